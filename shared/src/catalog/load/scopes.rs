//! The scopes that expressions of a catalog are compiled against: one per target, with the
//! catalog's own parameters in it.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    control::{Each, Parameter, ParameterType, Target},
    expression::{Scope, Variables},
    shape::{self, Type},
};

/// The variables that expressions may use.
pub(in crate::catalog) struct Scopes {
    /// By target and collection, without what a control declares.
    made: Arc<BTreeMap<(Target, Option<Each>), Scope>>,
    defined: Variables,
}

impl Scopes {
    pub(super) fn new<'p>(parameters: impl Iterator<Item = &'p Parameter>) -> Self {
        let fields = parameters.map(|parameter| (parameter.name.clone(), type_of(parameter)));
        let common = Scope::common(Type::object("params", "parameter", fields));
        let mut scopes = BTreeMap::new();
        for target in Target::ALL {
            let scope = match target.resource_type() {
                Some(resource) => common.clone().terraform(resource),
                None => common.clone().kubernetes(),
            };
            for each in Each::ALL {
                let with_element = scope.clone().element(each.as_str());
                scopes.extend(with_element.map(|scope| ((*target, Some(each)), scope)));
            }
            scopes.insert((*target, None), scope);
        }
        Self { made: Arc::new(scopes), defined: Variables::default() }
    }

    /// The same for a control that declares variables.
    pub(super) fn using(&self, variables: &Variables) -> Self {
        Self { made: Arc::clone(&self.made), defined: variables.clone() }
    }

    /// The scope of a target, with the element of a collection where one is named.
    pub(super) fn scope(&self, target: Target, each: Option<Each>) -> Scope {
        self.made.get(&(target, each)).cloned().unwrap_or_default().using(&self.defined)
    }

    /// The type that paths of a target start from.
    pub(super) fn root(target: Target) -> Type {
        match target.resource_type().and_then(shape::terraform::resource) {
            Some(resource) => Type::Object(resource),
            None => shape::kubernetes::object(),
        }
    }
}

/// Without a default a parameter is null where nobody speaks.
fn type_of(parameter: &Parameter) -> Type {
    let kind = match parameter.kind {
        ParameterType::Bool => Type::Bool,
        ParameterType::Int => Type::Int,
        ParameterType::String if parameter.values.is_empty() => Type::String,
        ParameterType::String => Type::word(&parameter.values),
        ParameterType::StringList => Type::list(Type::String),
    };
    if parameter.default.is_some() { kind } else { kind.nullable() }
}
