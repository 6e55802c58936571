//! Judging configurations offline: form first, then the resource, then the gate.

use super::{Lifecycle, propose::propose};
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::provider::{Action, Judged, Phase};
use crate::resource::PlanRequest;
use crate::schema::{Attribute, AttributeKind, Block, Nesting};
use crate::value::{AttributePath, Value};

impl Lifecycle {
    /// `ValidateProviderConfig`.
    pub fn validate_provider(&self, config: &Value) -> Diagnostics {
        let mut diagnostics = check_form(&self.provider.schema().block, config);
        diagnostics.extend(self.provider.validate(config));
        diagnostics
    }

    /// `ConfigureProvider`.
    pub async fn configure(&self, config: &Value, terraform_version: &str) -> Diagnostics {
        self.stop.send_replace(false);
        self.provider.configure(config, terraform_version).await
    }

    /// `ValidateResourceConfig`.
    pub fn validate_resource(
        &self,
        type_name: &str,
        config: &Value,
    ) -> Result<Diagnostics, Diagnostics> {
        let resource = self.resource(type_name)?;
        let schema = resource.schema();
        let mut diagnostics = check_form(&schema.block, config);
        diagnostics.extend(resource.validate(config));
        if !config.is_set() {
            return Ok(diagnostics);
        }
        let mut planned = propose(&schema.block, config, &Value::Null);
        let request = PlanRequest { config, prior: None };
        diagnostics.extend(resource.defaults(&request, &mut planned));
        diagnostics.extend(self.provider.judge(&Judged {
            phase: Phase::Validate,
            action: Action::Create,
            type_name,
            schema,
            resource: &planned,
            config,
            prior: &Value::Null,
        }));
        Ok(diagnostics)
    }

    /// `ValidateDataResourceConfig`.
    pub fn validate_data_source(
        &self,
        type_name: &str,
        config: &Value,
    ) -> Result<Diagnostics, Diagnostics> {
        let source = self.data_source(type_name)?;
        let mut diagnostics = check_form(&source.schema().block, config);
        diagnostics.extend(source.validate(config));
        Ok(diagnostics)
    }
}

/// Runs the validators of every configured attribute and warns of deprecated ones.
fn check_form(block: &Block, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    check_block(block, config, &AttributePath::root(), &mut diagnostics);
    diagnostics
}

fn check_block(block: &Block, config: &Value, path: &AttributePath, found: &mut Diagnostics) {
    check_attributes(&block.attributes, config, path, found);
    for nested in &block.blocks {
        let path = path.attribute(nested.name);
        check_block(&nested.block, config.get(nested.name), &path, found);
    }
}

fn check_attributes(
    attributes: &[Attribute],
    config: &Value,
    path: &AttributePath,
    found: &mut Diagnostics,
) {
    for attribute in attributes {
        let value = config.get(attribute.name);
        if !value.is_null() {
            check_attribute(attribute, value, &path.attribute(attribute.name), found);
        }
    }
}

fn check_attribute(
    attribute: &Attribute,
    value: &Value,
    path: &AttributePath,
    found: &mut Diagnostics,
) {
    let name = path.to_string();
    if let Some(instead) = attribute.deprecated {
        let detail = format!("`{name}` is deprecated: {instead}");
        found.push(Diagnostic::warning("deprecated attribute", detail).at(path.clone()));
    }
    for validator in &attribute.validators {
        if let Err(problem) = validator.check(value) {
            let detail = format!("`{name}` {problem}");
            found.push(Diagnostic::error("invalid value", detail).at(path.clone()));
        }
    }
    if let AttributeKind::Nested(nesting, inner) = &attribute.kind {
        check_nested(*nesting, inner, value, path, found);
    }
}

fn check_nested(
    nesting: Nesting,
    attributes: &[Attribute],
    value: &Value,
    path: &AttributePath,
    found: &mut Diagnostics,
) {
    match nesting {
        Nesting::Single => check_attributes(attributes, value, path, found),
        Nesting::List => {
            for (index, element) in value.elements().iter().enumerate() {
                check_attributes(attributes, element, &path.index(index), found);
            }
        }
        Nesting::Map => {
            for (key, element) in value.entries() {
                check_attributes(attributes, element, &path.key(key), found);
            }
        }
        // An element of a set has no path: its faults are shown at the set.
        Nesting::Set => {
            for element in value.elements() {
                let mut inner = Diagnostics::new();
                check_attributes(attributes, element, path, &mut inner);
                found.extend(inner.into_iter().map(|diagnostic| diagnostic.at(path.clone())));
            }
        }
    }
}
