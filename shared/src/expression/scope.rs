//! The variables an expression may use, and their values.

use std::sync::Arc;

use super::known::Known;
use super::sharing::{Memo, Plan, Shared};
use super::{Expression, Variables};
use crate::shape::{self, Type, kubernetes, terraform};
use crate::value::{Arena, Value};

/// The declared variables, in order. Adding a variable leaves the slots of the others as they
/// are, so bindings made for a scope also fit expressions compiled against its beginning. Copies are
/// cheap: every rule has one.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    variables: Arc<Vec<(String, Type)>>,
    /// What other conditions have settled.
    known: Vec<Known>,
    /// Whether such a condition is broken, so that nobody can say what it settles.
    is_unsure: bool,
    /// What expressions may use as `variables.name`.
    defined: Variables,
}

/// The place of a variable in a scope and in its bindings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot(pub(crate) usize);

/// The values of the variables of a scope.
#[derive(Clone, Debug, Default)]
pub struct Bindings<'a> {
    pub(crate) values: Vec<Option<Value<'a>>>,
    /// What is known of these very values.
    pub(super) shared: Option<Shared<'a>>,
}

impl Scope {
    /// A scope without variables.
    pub fn new() -> Self {
        Scope::default()
    }

    /// The variables of every target: `params environment classification regimes`.
    /// `params` is the type of all declared parameters ([`Type::object`]).
    pub fn common(params: Type) -> Self {
        Scope::new()
            .with("params", params)
            .with("environment", Type::word(["dev", "staging", "production"]))
            .with(
                "classification",
                Type::word(["public", "internal", "confidential", "restricted"]),
            )
            .with("regimes", Type::list(Type::String))
    }

    /// Adds the variables of Kubernetes targets:
    /// `object oldObject request namespaceObject pod podMeta serviceAccount roleBindings`.
    #[must_use]
    pub fn kubernetes(self) -> Self {
        self.with("object", kubernetes::object())
            .with("oldObject", kubernetes::object().nullable())
            .with("request", kubernetes::request())
            .with("namespaceObject", kubernetes::namespace())
            .with("pod", kubernetes::pod())
            .with("podMeta", kubernetes::object_meta())
            .with("serviceAccount", kubernetes::service_account())
            .with("roleBindings", Type::list(Type::Dyn))
    }

    /// Adds the variables of a Terraform resource: `resource prior action provider`.
    #[must_use]
    pub fn terraform(self, type_name: &str) -> Self {
        let resource = terraform::resource(type_name).map_or(Type::Dyn, Type::Object);
        self.with("resource", resource.clone())
            .with("prior", resource.nullable())
            .with("action", Type::word(["create", "update", "delete", "replace"]))
            .with("provider", terraform::provider())
    }

    /// Adds the variable that `each:` binds; `None` for a collection that does not exist.
    #[must_use]
    pub fn element(self, each: &str) -> Option<Self> {
        shape::element(each).map(|(name, kind)| self.with(name, kind))
    }

    /// Adds a variable, or gives one that is there another type.
    #[must_use]
    pub fn with(mut self, name: &str, kind: Type) -> Self {
        let variables = Arc::make_mut(&mut self.variables);
        match variables.iter_mut().find(|(own, _)| own == name) {
            Some(variable) => variable.1 = kind,
            None => variables.push((name.to_owned(), kind)),
        }
        self
    }

    /// The same where `condition` has turned out so: what it made sure of need not be asked again.
    #[must_use]
    pub fn given(mut self, condition: &Expression, truth: bool) -> Self {
        self.known.extend(condition.settles(truth).iter().cloned());
        self
    }

    /// The same after a condition that could not be compiled: what it was meant to make sure of is
    /// not asked for a second time.
    #[must_use]
    pub fn given_something(mut self) -> Self {
        self.is_unsure = true;
        self
    }

    /// The same with what a control declares.
    #[must_use]
    pub fn using(mut self, variables: &Variables) -> Self {
        self.defined = variables.clone();
        self
    }

    pub(super) fn variables(&self) -> &Variables {
        &self.defined
    }

    pub(super) fn is_unsure(&self) -> bool {
        self.is_unsure
    }

    pub(super) fn known(&self) -> &[Known] {
        &self.known
    }

    /// The slot of a variable.
    pub fn slot(&self, name: &str) -> Option<Slot> {
        self.variables.iter().position(|(own, _)| own == name).map(Slot)
    }

    /// The type of a variable.
    pub fn kind(&self, name: &str) -> Option<&Type> {
        self.variables.iter().find(|(own, _)| own == name).map(|(_, kind)| kind)
    }

    /// The names, in the order of their slots.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(|(name, _)| name.as_str())
    }

    /// Bindings in which no variable has a value yet; reading one is an error.
    pub fn bindings<'a>(&self) -> Bindings<'a> {
        Bindings { values: vec![None; self.variables.len()], shared: None }
    }
}

impl<'a> Bindings<'a> {
    /// Gives a variable its value.
    pub fn set(&mut self, slot: Slot, value: Value<'a>) {
        self.shared = None;
        self.put(slot, value);
    }

    /// Lets expressions share their work from now on, until a variable changes.
    pub(crate) fn share(&mut self, plan: &'a Plan, arena: &'a Arena) {
        let subject = plan.subject_memo(arena);
        self.shared = Some(Shared { plan, subject, element: None });
    }

    /// Gives the element variable its value, with what is known of it; what is known of the
    /// other variables stays.
    pub(crate) fn set_element(&mut self, slot: Slot, value: Value<'a>, memo: Option<Memo<'a>>) {
        if let Some(shared) = &mut self.shared {
            shared.element = memo;
        }
        self.put(slot, value);
    }

    fn put(&mut self, slot: Slot, value: Value<'a>) {
        if self.values.len() <= slot.0 {
            self.values.resize(slot.0 + 1, None);
        }
        if let Some(place) = self.values.get_mut(slot.0) {
            *place = Some(value);
        }
    }

    /// Gives a variable its value by name; false where the scope has no such variable.
    pub fn set_named(&mut self, scope: &Scope, name: &str, value: Value<'a>) -> bool {
        scope.slot(name).map(|slot| self.set(slot, value)).is_some()
    }
}
