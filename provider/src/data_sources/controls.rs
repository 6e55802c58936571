//! `probity_controls`: the catalog as this provider has it, with what asks for each control.
//! Offline; needs no configuration.

use std::collections::BTreeSet;

use async_trait::async_trait;
use probity_catalog::{Catalog, Control, Severity};

use crate::context::Context;
use crate::data_source::DataSource;
use crate::diagnostics::{Diagnostic, Diagnostics};
use crate::resource::Operation;
use crate::schema::{Attribute, Nesting, Schema};
use crate::value::Value;

pub(super) struct Controls {
    context: Context,
    schema: Schema,
}

impl Controls {
    pub(super) fn new(context: Context) -> Self {
        Self { context, schema: schema() }
    }
}

fn schema() -> Schema {
    let of_control = vec![
        Attribute::string("id").computed().describe("Its id, such as `RET-003`."),
        Attribute::string("title").computed().describe("The required state, in words."),
        Attribute::string("severity").computed().describe("How bad a failure is."),
        Attribute::string("mode").computed().describe("How far it may be moved by settings."),
        Attribute::string("rationale").computed().describe("Why it matters."),
        Attribute::string_list("targets").computed().describe("What it judges."),
        Attribute::string_list("references").computed().describe("What asks for it."),
    ];
    Schema::new(
        "The controls that this provider judges by.",
        vec![
            Attribute::string("target")
                .one_of(&["pod", "s3", "kms"])
                .describe("Only controls that judge this."),
            Attribute::string("family").describe("Only controls of this family, such as `RET`."),
            Attribute::string("severity")
                .one_of(&["info", "low", "medium", "high", "critical"])
                .describe("Only controls of this severity or worse."),
            Attribute::string("regime")
                .describe("Only controls that this regime's frameworks ask for, such as `sox`."),
            Attribute::nested("controls", Nesting::List, of_control)
                .computed()
                .describe("The controls, by id."),
            Attribute::string("catalog_version").computed().describe("Version of the catalog."),
            Attribute::string("catalog_digest").computed().describe("SHA-256 of the catalog."),
        ],
    )
}

#[async_trait]
impl DataSource for Controls {
    fn type_name(&self) -> &'static str {
        "probity_controls"
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    async fn read(&self, _operation: &Operation, config: &Value) -> Result<Value, Diagnostics> {
        let in_force = self.context.get()?;
        let catalog = in_force.snapshot.catalog();
        let frameworks = config.get("regime").as_str().map(|id| frameworks(catalog, id));
        let frameworks = frameworks.transpose()?;
        let wanted = |control: &&Control| {
            selects(config, control)
                && frameworks.as_ref().is_none_or(|frameworks| {
                    catalog.asked_by(&control.id).any(|(f, _, _)| frameworks.contains(&f.id))
                })
        };
        let controls = in_force.snapshot.controls().filter(wanted);
        let controls = controls.map(|control| to_value(catalog, control)).collect();
        Ok(config
            .clone()
            .with("controls", Value::List(controls))
            .with("catalog_version", catalog.version().to_string())
            .with("catalog_digest", catalog.digest()))
    }
}

fn frameworks(catalog: &Catalog, regime: &str) -> Result<BTreeSet<String>, Diagnostics> {
    if let Some(regime) = catalog.regime(regime) {
        return Ok(regime.frameworks.iter().cloned().collect());
    }
    let known: Vec<&str> = catalog.regimes().map(|regime| regime.id.as_str()).collect();
    let detail = format!("`{regime}` is not a regime; known are {}", known.join(", "));
    Err(Diagnostic::error("unknown regime", detail).at("regime").into())
}

fn selects(config: &Value, control: &Control) -> bool {
    let is = |name: &str, test: &dyn Fn(&str) -> bool| config.get(name).as_str().is_none_or(test);
    let id = control.id.to_string();
    is("target", &|target| control.checks.iter().any(|c| c.id.target.as_str() == target))
        && is("family", &|family| {
            id.split('-').next().is_some_and(|f| f.eq_ignore_ascii_case(family))
        })
        && is("severity", &|word| {
            word.parse::<Severity>().is_ok_and(|least| control.severity >= least)
        })
}

fn to_value(catalog: &Catalog, control: &Control) -> Value {
    let texts = |texts: Vec<String>| Value::List(texts.into_iter().map(Value::from).collect());
    let references = catalog
        .asked_by(&control.id)
        .map(|(framework, requirement, _)| format!("{} {}", framework.name, requirement.id))
        .collect();
    let targets = control.checks.iter().map(|check| check.id.target.to_string()).collect();
    Value::object([
        ("id", Value::from(control.id.to_string())),
        ("title", control.title.as_ref().into()),
        ("severity", control.severity.as_str().into()),
        ("mode", control.mode.as_str().into()),
        ("rationale", control.rationale.as_ref().into()),
        ("targets", texts(targets)),
        ("references", texts(references)),
    ])
}
