//! The files of a catalog as written: serde mirrors of `control.yaml`, frameworks, regimes,
//! classification, environments, releases. Checked and turned into the real types by
//! `catalog::load` at once; nobody else sees them. The JSON Schema for editors comes from here.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::{
    Action, Classification, Environment, Fold, Mode, ParameterType, ParameterValue, Severity,
};

/// `control.yaml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Control", description = "A control of a Probity catalog: control.yaml")]
pub(crate) struct RawControl {
    /// The id, `RET-003`: three capital letters, a hyphen, three digits; for the check of a
    /// published standard its name there, `PSS-hostPorts`.
    #[schemars(regex(pattern = "^[A-Z]{3}-([0-9]{3}|[a-z][A-Za-z0-9_]*)$"))]
    pub(crate) id: String,
    /// The required state in words; the folder's name follows it.
    pub(crate) title: String,
    /// How bad a failure is.
    pub(crate) severity: Severity,
    /// How far a bank may move it.
    pub(crate) mode: Mode,
    /// The catalog version that first had it.
    pub(crate) since: String,
    /// Why it matters, for those who are refused.
    pub(crate) rationale: String,
    /// The way out, for those who are refused.
    pub(crate) remediation: String,
    /// Where to read more.
    #[serde(default)]
    pub(crate) links: Vec<String>,
    /// Parameters that this control declares for the whole catalog, used as `params.<name>`.
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, RawParameter>,
    /// Expressions that others use by name, as `variables.<name>`.
    #[serde(default)]
    pub(crate) variables: Vec<RawVariable>,
    /// What is checked, by target; several rules of one target all have to hold.
    pub(crate) checks: BTreeMap<String, OneOrMany<RawRule>>,
}

/// An expression that others use by name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawVariable {
    /// The name: letters, digits and underscores.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"))]
    pub(crate) name: String,
    /// CEL of any type; it sees what the expression sees that uses it, and the variables before it.
    pub(crate) expression: String,
}

/// A declared parameter.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawParameter {
    /// Its type.
    #[serde(rename = "type")]
    pub(crate) kind: ParameterType,
    /// How several values become one: the strictest wins.
    pub(crate) fold: Fold,
    /// What holds where nobody speaks; left out, the parameter is then null.
    #[serde(default)]
    pub(crate) default: Option<ParameterValue>,
    /// Lowest and highest allowed number.
    #[serde(default)]
    pub(crate) range: Option<[i64; 2]>,
    /// The allowed words; for `enum-rank` from the loosest to the strictest.
    #[serde(default)]
    pub(crate) values: Vec<String>,
    /// The unit, for people.
    #[serde(default)]
    pub(crate) unit: Option<String>,
    /// What it decides, for people.
    pub(crate) description: String,
    /// The parameter that is the upper bound of this one; above it there is a conflict.
    #[serde(default)]
    pub(crate) at_most: Option<String>,
    /// Without a value the control judges nothing, and that is said at every start.
    #[serde(default)]
    pub(crate) expected: bool,
}

/// One rule of a check.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRule {
    /// CEL; where it is false the rule does not apply.
    #[serde(default)]
    pub(crate) when: Option<String>,
    /// The collection whose elements are judged one by one.
    #[serde(default)]
    #[schemars(regex(
        pattern = "^(containers\\.(all|main|run)|volumes|images|env|mounts|ports)$"
    ))]
    pub(crate) each: Option<String>,
    /// CEL; true where all is as it must be.
    pub(crate) expression: String,
    /// The field at fault, relative to the element, the pod or the resource; left out, it is the
    /// element itself.
    #[serde(default)]
    pub(crate) path: String,
    /// CEL for what was found; by default the value at the path.
    #[serde(default)]
    pub(crate) found: Option<String>,
    /// What may be there, in words; `{CEL}` is filled in.
    pub(crate) allowed: String,
    /// What is found is a secret: neither it nor the line that holds it is ever shown.
    #[serde(default)]
    pub(crate) secret: bool,
    /// CEL; true where the platform can do no better.
    #[serde(default)]
    pub(crate) cap: Option<String>,
    /// What a failure leads to, instead of the default by severity.
    #[serde(default)]
    pub(crate) action: Option<RawActions>,
    /// What to fill in where it is absent.
    #[serde(default)]
    pub(crate) fix: Vec<RawFix>,
}

/// Actions by environment.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawActions {
    /// In development.
    pub(crate) dev: Action,
    /// In the rehearsal.
    pub(crate) staging: Action,
    /// In production.
    pub(crate) production: Action,
}

/// One thing to fill in or take away.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFix {
    /// The collection whose elements are fixed one by one.
    #[serde(default)]
    #[schemars(regex(
        pattern = "^(containers\\.(all|main|run)|volumes|images|env|mounts|ports)$"
    ))]
    pub(crate) each: Option<String>,
    /// CEL; where it is false nothing is fixed.
    #[serde(default)]
    pub(crate) when: Option<String>,
    /// Only where the namespace asks for it: its label `probity.dev/mutate` names the control, and
    /// perhaps others, joined by `_`.
    #[serde(default)]
    pub(crate) opt_in: bool,
    /// Values by path; strings may hold `{CEL}`, and a string that is one `{CEL}` keeps its type.
    #[serde(default)]
    pub(crate) set: BTreeMap<String, serde_json::Value>,
    /// A value that what is set may stand instead of: the API server's own, where nobody says anything.
    /// Only with `opt_in`, since somebody may have said it after all.
    #[serde(default)]
    pub(crate) instead_of: Option<serde_json::Value>,
    /// Paths to take away.
    #[serde(default)]
    pub(crate) remove: Option<OneOrMany<String>>,
}

/// `frameworks/<framework>.yaml`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFramework {
    pub(crate) framework: String,
    pub(crate) name: String,
    pub(crate) title: String,
    /// Whether the list has every requirement of the framework.
    #[serde(default)]
    pub(crate) complete: bool,
    pub(crate) requirements: Vec<RawRequirement>,
}

/// One requirement of a framework.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRequirement {
    pub(crate) id: String,
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) controls: BTreeMap<String, RawBasis>,
    #[serde(default)]
    pub(crate) coverage: Option<RawCoverage>,
    #[serde(default)]
    pub(crate) because: Option<String>,
}

/// What is claimed of a requirement beyond what its controls show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RawCoverage {
    /// Its controls check all that it asks for.
    Full,
    /// No program can check it.
    Manual,
}

/// How sure we are that a requirement asks for a control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum RawBasis {
    /// Read in the source.
    Verified,
    /// From memory, to be read again.
    Memory,
}

/// `regimes/<regime>.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRegime {
    pub(crate) regime: String,
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) frameworks: Vec<String>,
    #[serde(default)]
    pub(crate) parameters: Vec<RawRegimeParameter>,
}

/// What a regime asks of a parameter.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRegimeParameter {
    pub(crate) name: String,
    pub(crate) value: ParameterValue,
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    #[serde(default)]
    pub(crate) when: Option<String>,
}

/// `classification.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawClassification {
    pub(crate) levels: Vec<RawLevel>,
    #[serde(default)]
    pub(crate) floors: Vec<RawFloor>,
}

/// What raises the class of whatever carries it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFloor {
    pub(crate) class: Classification,
    #[serde(default)]
    pub(crate) tag: Option<String>,
    #[serde(default)]
    pub(crate) label: Option<String>,
    #[serde(default)]
    pub(crate) attribute: Option<String>,
    #[serde(default)]
    pub(crate) values: Vec<String>,
    #[serde(default)]
    pub(crate) except: Vec<String>,
}

/// One level.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLevel {
    pub(crate) name: Classification,
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, ParameterValue>,
    #[serde(default)]
    pub(crate) severity_shift: Vec<RawShift>,
    #[serde(default)]
    pub(crate) raise_warnings_in: Vec<Environment>,
}

/// A move of severities.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawShift {
    #[serde(default)]
    pub(crate) families: Vec<String>,
    #[serde(default)]
    pub(crate) severities: Vec<Severity>,
    pub(crate) by: i8,
}

/// `environments.yaml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEnvironments {
    pub(crate) environments: Vec<RawEnvironment>,
    pub(crate) actions: Vec<RawActionRow>,
}

/// One environment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawEnvironment {
    pub(crate) name: Environment,
    pub(crate) description: String,
    #[serde(default)]
    pub(crate) parameters: BTreeMap<String, ParameterValue>,
}

/// One row of the default actions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawActionRow {
    #[serde(default)]
    pub(crate) severity: Option<Severity>,
    #[serde(default)]
    pub(crate) mode: Option<Mode>,
    pub(crate) dev: Action,
    pub(crate) staging: Action,
    pub(crate) production: Action,
}

/// `releases.yaml`: when each catalog version came out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawReleases {
    pub(crate) releases: Vec<RawRelease>,
}

/// One release.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRelease {
    pub(crate) version: String,
    pub(crate) date: String,
}

/// One thing, or a list of them; unlike an untagged enum it keeps the place of an error.
#[derive(Debug)]
pub(crate) struct OneOrMany<T>(pub(crate) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one entry or a list of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOrMany(vec![one]))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        T::deserialize(de::value::StrDeserializer::new(text)).map(|one| OneOrMany(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(OneOrMany(all))
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMany<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("OneOrMany_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({ "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }] })
    }
}
