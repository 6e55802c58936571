//! The variables of a subject, bound once, and the elements that rules walk over. Used by
//! judging and by fixing alike, so that both see the same.

use std::sync::LazyLock;

use bumpalo::collections::Vec as Collected;

use crate::{
    catalog::Regime,
    control::{Classification, Each, Target},
    expression::{Bindings, Cost, EvaluateError, Expression, Holding, Memo, Plan, Scope, Slot},
    shape::Type,
    snapshot::{Condition, Current, Snapshot, Tables},
    subject::{Subject, View, kubernetes::PodView, terraform::ResourceView},
    value::{Arena, Path, Value},
};

/// The places of the variables of one kind of target.
struct Slots {
    scope: Scope,
    common: Vec<Slot>,
    own: Vec<Slot>,
    element: Option<Slot>,
}

const COMMON: [&str; 4] = ["params", "environment", "classification", "regimes"];
const OF_PODS: [&str; 8] = [
    "object",
    "oldObject",
    "request",
    "namespaceObject",
    "pod",
    "podMeta",
    "serviceAccount",
    "roleBindings",
];
const OF_RESOURCES: [&str; 4] = ["resource", "prior", "action", "provider"];

static KUBERNETES: LazyLock<Slots> = LazyLock::new(|| {
    let scope = Scope::common(Type::Dyn).kubernetes();
    let with_element = scope.clone().element(Each::AllContainers.as_str()).unwrap_or_default();
    Slots::new(with_element, &OF_PODS, Some(Each::AllContainers.variable()))
});

// The place of a variable does not hang on the resource type.
static TERRAFORM: LazyLock<Slots> =
    LazyLock::new(|| Slots::new(Scope::common(Type::Dyn).terraform(""), &OF_RESOURCES, None));

impl Slots {
    fn new(scope: Scope, own: &[&str], element: Option<&str>) -> Self {
        let slots = |names: &[&str]| names.iter().filter_map(|name| scope.slot(name)).collect();
        let (common, own) = (slots(&COMMON), slots(own));
        Self { common, own, element: element.and_then(|name| scope.slot(name)), scope }
    }
}

/// A subject's variables with their values.
pub(crate) struct Frame<'a> {
    bindings: Bindings<'a>,
    slots: &'static Slots,
    arena: &'a Arena,
    /// The class that the subject is judged under.
    pub(crate) classification: Classification,
    /// The parameters as they are for this subject.
    pub(crate) current: Current<'a>,
    /// The regimes that the subject itself names, beyond those of the settings.
    pub(crate) own_regimes: Vec<&'a Regime>,
    worlds: Vec<World<'a>>,
    here: World<'a>,
    /// What the expressions share.
    plan: Option<&'a Plan>,
}

/// What may be so: the parameters and the class in one imaginable case.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct World<'a> {
    params: Value<'a>,
    classification: Value<'a>,
}

impl<'a> Frame<'a> {
    pub(crate) fn new(snapshot: &'a Snapshot, subject: &Subject<'a>, arena: &'a Arena) -> Self {
        let target = subject.identity.target;
        let slots: &'static Slots = match &subject.view {
            View::Pod(_) => &KUBERNETES,
            View::Resource(_) => &TERRAFORM,
        };
        let marks = subject.marks();
        let (class, classes) = snapshot.classes(subject, &marks);
        let tables = snapshot.parameters();
        let (own_regimes, more_regimes) = snapshot.own_regimes(&marks);
        let mut frame = Self {
            bindings: slots.scope.bindings(),
            slots,
            arena,
            classification: class,
            current: Current::new(tables, target, class),
            own_regimes,
            worlds: Vec::new(),
            here: World::default(),
            plan: None,
        };
        frame.bind(&subject.view);
        let regimes = snapshot.settings().regimes.iter();
        let regimes = regimes
            .chain(frame.own_regimes.iter().map(|regime| &regime.id))
            .map(|id| Value::from(id.as_str()));
        let regimes = Collected::from_iter_in(regimes, arena).into_bump_slice();
        frame.here.classification =
            if classes.is_empty() { Value::from(class.as_str()) } else { Value::Unknown };
        frame.bind_common([
            Value::Unknown,
            Value::from(snapshot.environment().as_str()),
            frame.here.classification,
            Value::List(regimes),
        ]);
        let possible = frame.meet_conditions(snapshot, target, more_regimes);
        frame.imagine(tables, target, &classes, &possible);
        frame.here.params = frame.current.value(arena);
        frame.enter(frame.here);
        frame
    }

    /// Adds what regimes ask of just such subjects, those that the subject itself names included,
    /// and says of what nobody knows whether it is asked: all that any regime asks, where the
    /// subject may name more of them. A condition that cannot be evaluated counts as met: nobody
    /// gets away by being malformed.
    fn meet_conditions(
        &mut self,
        snapshot: &'a Snapshot,
        target: Target,
        more_regimes: bool,
    ) -> Vec<Condition<'a>> {
        let tables = snapshot.parameters();
        let named = self.own_regimes.clone();
        let own = named.iter().flat_map(|regime| tables.rows(regime, target));
        let (mut met, mut possible) = (Vec::new(), Vec::new());
        for condition in tables.conditions(target, snapshot.catalog()).chain(own) {
            match self.meets(&condition) {
                Some(true) => met.push(condition),
                Some(false) => {}
                None => possible.push(condition),
            }
        }
        if more_regimes {
            let is_known = |regime: &&Regime| {
                snapshot.settings().regimes.contains(&regime.id)
                    || named.iter().any(|own| own.id == regime.id)
            };
            let others = snapshot.catalog().regimes().filter(|regime| !is_known(regime));
            let rows = others.flat_map(|regime| tables.rows(regime, target));
            possible.extend(rows.filter(|condition| self.meets(condition) != Some(false)));
        }
        for condition in &met {
            self.current.add(condition);
        }
        possible
    }

    fn meets(&self, condition: &Condition<'a>) -> Option<bool> {
        let Some(when) = condition.when else { return Some(true) };
        match self.evaluate(when, &mut Cost::default()) {
            Ok(Value::Bool(false)) => Some(false),
            Ok(Value::Unknown) => None,
            Ok(_) | Err(_) => Some(true),
        }
    }

    /// Prepares the worlds that may turn out to be the real one, where that is not known.
    fn imagine(
        &mut self,
        tables: &'a Tables,
        target: Target,
        classes: &[Classification],
        possible: &[Condition<'a>],
    ) {
        if classes.is_empty() && possible.is_empty() {
            return;
        }
        let own = [self.classification];
        for class in if classes.is_empty() { &own } else { classes } {
            for met in [false, true] {
                let mut current = self.current.under(tables, target, *class);
                possible.iter().filter(|_| met).for_each(|condition| current.add(condition));
                self.worlds.push(World {
                    params: current.value(self.arena),
                    classification: Value::from(class.as_str()),
                });
            }
        }
        for class in classes {
            self.current.or_under(tables, target, *class);
        }
        for condition in possible {
            self.current.may_add(condition);
        }
    }

    /// The worlds that may turn out to be the real one; none where it is known.
    pub(crate) fn worlds(&self) -> Vec<World<'a>> {
        self.worlds.clone()
    }

    /// The world as far as it is known.
    pub(crate) fn here(&self) -> World<'a> {
        self.here
    }

    /// Judges under another world from now on.
    pub(crate) fn enter(&mut self, world: World<'a>) {
        let values = [(0, world.params), (2, world.classification)];
        for (at, value) in values {
            if let Some(slot) = self.slots.common.get(at) {
                self.bindings.set(*slot, value);
            }
        }
    }

    fn bind_common(&mut self, values: [Value<'a>; 4]) {
        for (slot, value) in self.slots.common.iter().zip(values) {
            self.bindings.set(*slot, value);
        }
    }

    /// Binds what a subject shows of itself; again after a fix has changed it.
    pub(crate) fn bind(&mut self, view: &View<'a>) {
        let slots = self.slots;
        match view {
            View::Pod(view) => {
                let PodView { object, old_object, request, namespace_object, .. } = view;
                let PodView { pod, pod_meta, service_account, role_bindings, .. } = view;
                let around = [object, old_object, request, namespace_object];
                let own = [pod, pod_meta, service_account, role_bindings];
                for (slot, value) in slots.own.iter().zip(around.into_iter().chain(own)) {
                    self.bindings.set(*slot, *value);
                }
            }
            View::Resource(ResourceView { resource, prior, operation, provider, .. }) => {
                let operation = Value::from(operation.as_str());
                for (slot, value) in slots.own.iter().zip([*resource, *prior, operation, *provider])
                {
                    self.bindings.set(*slot, value);
                }
            }
        }
    }

    pub(crate) fn bind_element(&mut self, element: Value<'a>) {
        if let Some(slot) = self.slots.element {
            self.bindings.set(slot, element);
        }
    }

    /// Binds an element with what is known of it.
    pub(crate) fn remember_element(&mut self, element: Value<'a>, memo: Option<Memo<'a>>) {
        if let Some(slot) = self.slots.element {
            self.bindings.set_element(slot, element, memo);
        }
    }

    /// Lets expressions share their work from now on, until a variable gets another value.
    pub(crate) fn share(&mut self, plan: Option<&'a Plan>) {
        self.plan = plan;
        if let Some(plan) = plan {
            self.bindings.share(plan, self.arena);
        }
    }

    /// An empty memo of an element.
    pub(crate) fn element_memo(&self) -> Option<Memo<'a>> {
        self.plan.map(|plan| plan.element_memo(self.arena))
    }

    pub(crate) fn evaluate(
        &self,
        expression: &'a Expression,
        cost: &mut Cost,
    ) -> Result<Value<'a>, EvaluateError> {
        expression.evaluate(&self.bindings, self.arena, cost)
    }

    /// Whether an expression is true; if not, nothing is spent.
    #[inline]
    pub(crate) fn holds(&self, expression: &'a Expression, cost: &mut Cost) -> bool {
        expression.holds(&self.bindings, self.arena, cost)
    }

    /// How many families of conditions are asked about each element.
    pub(crate) fn element_families(&self) -> usize {
        self.plan.map_or(0, Plan::element_families)
    }

    /// Who of the family of a condition holds for the element at hand.
    pub(crate) fn holding(&self, expression: &'a Expression, cost: &Cost) -> Holding {
        expression.holding(&self.bindings, self.arena, cost)
    }

    pub(crate) fn arena(&self) -> &'a Arena {
        self.arena
    }
}

/// One element of a collection, and where it stands in the pod specification.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'a> {
    /// The element.
    pub(crate) value: Value<'a>,
    /// What holds it: the container, the volume.
    pub(crate) holder: Value<'a>,
    /// The list that holds it: `initContainers`.
    pub(crate) field: &'static str,
    /// Its place there.
    pub(crate) index: usize,
    /// The list of the holder in which the element stands, and its place there.
    pub(crate) nested: Option<(&'static str, usize)>,
    /// The way on to the element.
    pub(crate) tail: &'static [&'static str],
}

impl<'a> Element<'a> {
    /// Where the element stands, `pod` being where the pod specification stands.
    pub(crate) fn path(&self, pod: Path) -> Path {
        let path = pod.field(self.field).index(self.index);
        let path = match self.nested {
            Some((list, index)) => path.field(list).index(index),
            None => path,
        };
        self.tail.iter().fold(path, |path, name| path.field(*name))
    }

    /// What stands at the same place under another holder.
    pub(crate) fn under(&self, holder: Value<'a>) -> Option<Self> {
        let item = match self.nested {
            Some((list, index)) => holder.get(list)?.index(index)?,
            None => holder,
        };
        let value = self.tail.iter().try_fold(item, |value, name| value.get(name))?;
        Some(Self { value, holder, ..*self })
    }
}

/// Why a collection cannot be walked over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// It is not known yet.
    Unknown,
    /// It is something else than a list.
    NoList(&'static str),
}

const IMAGE: &[&str] = &["image"];
const IMAGE_OF_VOLUME: &[&str] = &["image", "reference"];

/// A list of the pod, and the way from its items to the elements.
type Part = (&'static str, &'static [&'static str]);

const ALL_CONTAINERS: &[Part] =
    &[("containers", &[]), ("initContainers", &[]), ("ephemeralContainers", &[])];

const fn parts(each: Each) -> &'static [Part] {
    match each {
        Each::AllContainers | Each::Env | Each::Mounts | Each::Ports => ALL_CONTAINERS,
        Each::MainContainers | Each::RunningContainers => {
            &[("containers", &[]), ("initContainers", &[])]
        }
        Each::Volumes => &[("volumes", &[])],
        Each::Images => &[
            ("containers", IMAGE),
            ("initContainers", IMAGE),
            ("ephemeralContainers", IMAGE),
            ("volumes", IMAGE_OF_VOLUME),
        ],
    }
}

/// The list inside the items of `parts` whose items are the elements.
const fn nested(each: Each) -> Option<&'static str> {
    match each {
        Each::Env => Some("env"),
        Each::Mounts => Some("volumeMounts"),
        Each::Ports => Some("ports"),
        _ => None,
    }
}

/// Visits the elements of a collection of a pod, in the order of the object. Plain loops: this
/// runs for every rule of every review.
pub(crate) fn visit<'a>(
    pod: Value<'a>,
    each: Each,
    mut visitor: impl FnMut(Result<Element<'a>, Broken>),
) {
    for (field, tail) in parts(each) {
        match pod.get(field) {
            None | Some(Value::Null) => {}
            Some(Value::List(items)) => {
                for (index, holder) in items.iter().enumerate() {
                    if let Some(list) = nested(each) {
                        visit_nested(*holder, (field, index), list, &mut visitor);
                    } else if let Some(element) = element(*holder, each, field, index, tail) {
                        visitor(Ok(element));
                    }
                }
            }
            Some(Value::Unknown) => visitor(Err(Broken::Unknown)),
            Some(_) => visitor(Err(Broken::NoList(field))),
        }
    }
}

fn visit_nested<'a>(
    holder: Value<'a>,
    (field, index): (&'static str, usize),
    list: &'static str,
    visitor: &mut impl FnMut(Result<Element<'a>, Broken>),
) {
    match holder.get(list) {
        None | Some(Value::Null) => {}
        Some(Value::List(items)) => {
            for (at, value) in items.iter().enumerate() {
                let nested = Some((list, at));
                visitor(Ok(Element { value: *value, holder, field, index, nested, tail: &[] }));
            }
        }
        Some(Value::Unknown) => visitor(Err(Broken::Unknown)),
        Some(_) => visitor(Err(Broken::NoList(list))),
    }
}

/// What a holder contributes to a collection: itself, its image, or nothing.
fn element<'a>(
    holder: Value<'a>,
    each: Each,
    field: &'static str,
    index: usize,
    tail: &'static [&'static str],
) -> Option<Element<'a>> {
    let value = tail.iter().try_fold(holder, |value, name| value.get(name))?;
    if !tail.is_empty() && (value.is_null() || value.as_str() == Some("")) {
        return None;
    }
    if each == Each::RunningContainers && field != "containers" {
        let policy = holder.get("restartPolicy").and_then(|policy| policy.as_str());
        policy.filter(|policy| *policy == "Always")?;
    }
    Some(Element { value, holder, field, index, nested: None, tail })
}
