//! The scopes that expressions of a catalog are compiled against: one per target, with the
//! catalog's own parameters in it.

use crate::{
    control::{Each, Parameter, ParameterType, Target},
    expression::{Scope, Variables},
    shape::{self, Type},
};

/// The variables that expressions may use.
pub(in crate::catalog) struct Scopes {
    common: Scope,
}

impl Scopes {
    pub(super) fn new<'p>(parameters: impl Iterator<Item = &'p Parameter>) -> Self {
        let fields = parameters.map(|parameter| (parameter.name.clone(), type_of(parameter)));
        Self { common: Scope::common(Type::object("params", "parameter", fields)) }
    }

    /// The same for a control that declares variables.
    pub(super) fn using(&self, variables: &Variables) -> Self {
        Self { common: self.common.clone().using(variables) }
    }

    /// The scope of a target, with the element of a collection where one is named.
    pub(super) fn scope(&self, target: Target, each: Option<Each>) -> Scope {
        let scope = match target.resource_type() {
            Some(resource) => self.common.clone().terraform(resource),
            None => self.common.clone().kubernetes(),
        };
        let Some(each) = each else { return scope };
        scope.clone().element(each.as_str()).unwrap_or(scope)
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
