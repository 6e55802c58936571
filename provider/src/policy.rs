//! AWS policy documents: parsed once, compared by meaning, rendered in one form. Read, plan and the
//! waits after a write all use this comparison, so that what one calls equal the others do too.
//! Knows nothing of Terraform and makes no calls. Used by the AWS resources.

pub mod bucket;
pub mod key;
pub mod lockout;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// A policy document whose equality is that of its meaning: order of statements and values, lone
/// values against lists of one, the spelling of actions and an account id against its root ARN
/// do not count.
#[derive(Clone, Debug, Default)]
pub struct Document {
    statements: Vec<Statement>,
}

/// One statement of a policy document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statement {
    /// The statement's id; none and the empty text are the same.
    pub sid: Option<String>,
    /// Whether the statement allows (else it denies).
    pub allows: bool,
    /// Who it is about, by the type of principal (`AWS`, `Service`, …).
    pub principals: BTreeMap<String, BTreeSet<String>>,
    /// The actions, as they were spelt.
    pub actions: BTreeSet<String>,
    /// The resources.
    pub resources: BTreeSet<String>,
    /// Operator to key to values.
    pub conditions: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// The negated forms, which are kept and compared but never written by us.
    negated: BTreeMap<&'static str, BTreeMap<String, BTreeSet<String>>>,
}

/// Why a text is not a policy document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// Not JSON at all.
    #[error("not valid JSON: {0}")]
    Json(String),
    /// A field is missing or has a form that AWS does not know.
    #[error("statement {index}: {message}")]
    Statement {
        /// Counted from one, as a person counts.
        index: usize,
        /// What is wrong with it.
        message: String,
    },
    /// The outer form is wrong.
    #[error("{0}")]
    Form(&'static str),
}

/// Why one statement is wrong; its number is added by the caller.
type StatementResult<T> = Result<T, String>;

impl Document {
    /// A document of these statements.
    pub fn new(statements: Vec<Statement>) -> Self {
        Self { statements }
    }

    /// Reads a whole document.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| PolicyError::Json(error.to_string()))?;
        let Value::Object(document) = value else {
            return Err(PolicyError::Form("a policy document is a JSON object"));
        };
        let statements = document
            .get("Statement")
            .ok_or(PolicyError::Form("the document has no `Statement`"))?;
        Ok(Self::new(statements_of(statements)?))
    }

    /// Reads what users write for extra statements: one statement or a list of them.
    pub fn parse_statements(text: &str) -> Result<Vec<Statement>, PolicyError> {
        let value: Value =
            serde_json::from_str(text).map_err(|error| PolicyError::Json(error.to_string()))?;
        statements_of(&value)
    }

    /// The statements in the order in which they were given.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The document as AWS takes it.
    pub fn render(&self) -> String {
        json!({
            "Version": "2012-10-17",
            "Statement": self.statements.iter().map(Statement::to_json).collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// Whether the text is a document of the same meaning. A text that is none never is.
    pub fn is_equivalent(&self, text: &str) -> bool {
        Self::parse(text).is_ok_and(|other| *self == other)
    }
}

/// Statements as the JSON list that `policy_statements` holds.
pub fn render_statements<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> String {
    Value::Array(statements.into_iter().map(Statement::to_json).collect()).to_string()
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        let meanings = |document: &Self| {
            let mut all: Vec<String> = document.statements.iter().map(Statement::meaning).collect();
            all.sort();
            all
        };
        meanings(self) == meanings(other)
    }
}

impl Statement {
    /// Whether two statements mean the same.
    pub fn is_equivalent(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }

    /// A text that is equal for statements of equal meaning.
    fn meaning(&self) -> String {
        let actions: BTreeSet<String> =
            self.actions.iter().map(|action| action.to_ascii_lowercase()).collect();
        let mut negated = self.negated.clone();
        if let Some(Some(actions)) = negated.get_mut("NotAction").map(|map| map.get_mut("")) {
            *actions = actions.iter().map(|action| action.to_ascii_lowercase()).collect();
        }
        format!(
            "{:?}",
            (
                &self.sid,
                self.allows,
                canonical_principals(&self.principals),
                actions,
                &self.resources,
                canonical_conditions(&self.conditions),
                negated,
            )
        )
    }

    /// The statement as AWS takes it: lists of one are written as the lone value.
    fn to_json(&self) -> Value {
        let mut out = Map::new();
        if let Some(sid) = &self.sid {
            out.insert("Sid".into(), json!(sid));
        }
        out.insert("Effect".into(), json!(if self.allows { "Allow" } else { "Deny" }));
        if !self.principals.is_empty() {
            out.insert("Principal".into(), principals_to_json(&self.principals));
        }
        if !self.actions.is_empty() {
            out.insert("Action".into(), set_to_json(&self.actions));
        }
        if !self.resources.is_empty() {
            out.insert("Resource".into(), set_to_json(&self.resources));
        }
        for (field, values) in &self.negated {
            let value = match values.get("") {
                Some(set) => set_to_json(set),
                None => principals_to_json(values),
            };
            out.insert((*field).into(), value);
        }
        if !self.conditions.is_empty() {
            let conditions = self.conditions.iter().map(|(operator, keys)| {
                let keys: Map<String, Value> =
                    keys.iter().map(|(key, values)| (key.clone(), set_to_json(values))).collect();
                (operator.clone(), Value::Object(keys))
            });
            out.insert("Condition".into(), Value::Object(conditions.collect()));
        }
        Value::Object(out)
    }
}

fn statements_of(value: &Value) -> Result<Vec<Statement>, PolicyError> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        Value::Object(_) => std::slice::from_ref(value),
        _ => return Err(PolicyError::Form("statements are a JSON object or a list of objects")),
    };
    list.iter()
        .enumerate()
        .map(|(index, statement)| {
            statement_of(statement)
                .map_err(|message| PolicyError::Statement { index: index + 1, message })
        })
        .collect()
}

fn statement_of(value: &Value) -> StatementResult<Statement> {
    let Value::Object(fields) = value else {
        return Err("is not a JSON object".into());
    };
    let mut statement = Statement::default();
    let mut effect = None;
    for (field, value) in fields {
        match field.as_str() {
            "Sid" => {
                statement.sid = value.as_str().filter(|sid| !sid.is_empty()).map(str::to_owned);
            }
            "Effect" => effect = value.as_str(),
            "Principal" => statement.principals = principals_of(value)?,
            "Action" => statement.actions = set_of(field, value)?,
            "Resource" => statement.resources = set_of(field, value)?,
            "Condition" => statement.conditions = conditions_of(value)?,
            "NotPrincipal" => {
                statement.negated.insert("NotPrincipal", principals_of(value)?);
            }
            "NotAction" => {
                let set = BTreeMap::from([(String::new(), set_of(field, value)?)]);
                statement.negated.insert("NotAction", set);
            }
            "NotResource" => {
                let set = BTreeMap::from([(String::new(), set_of(field, value)?)]);
                statement.negated.insert("NotResource", set);
            }
            other => return Err(format!("`{other}` is not a field of a statement")),
        }
    }
    statement.allows = match effect {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err("`Effect` must be `Allow` or `Deny`".into()),
    };
    Ok(statement)
}

fn set_of(field: &str, value: &Value) -> StatementResult<BTreeSet<String>> {
    match value {
        Value::Array(list) => list.iter().map(|item| scalar_of(field, item)).collect(),
        one => Ok(BTreeSet::from([scalar_of(field, one)?])),
    }
}

/// AWS stores `true` and `1.2` as texts, so both are the same here.
fn scalar_of(field: &str, value: &Value) -> StatementResult<String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        _ => Err(format!("`{field}` must hold text or a list of texts")),
    }
}

/// `"*"` and `{"AWS": "*"}` both mean everybody.
fn principals_of(value: &Value) -> StatementResult<BTreeMap<String, BTreeSet<String>>> {
    match value {
        Value::String(everybody) if everybody == "*" => {
            Ok(BTreeMap::from([("AWS".to_owned(), BTreeSet::from(["*".to_owned()]))]))
        }
        Value::Object(kinds) => kinds
            .iter()
            .map(|(kind, value)| Ok((kind.clone(), set_of("Principal", value)?)))
            .collect(),
        _ => Err("`Principal` must be `*` or an object such as `{\"AWS\": …}`".into()),
    }
}

fn conditions_of(
    value: &Value,
) -> StatementResult<BTreeMap<String, BTreeMap<String, BTreeSet<String>>>> {
    let Value::Object(operators) = value else {
        return Err("`Condition` must be an object".into());
    };
    operators
        .iter()
        .map(|(operator, keys)| {
            let Value::Object(keys) = keys else {
                return Err(format!("condition `{operator}` must be an object"));
            };
            let keys: StatementResult<BTreeMap<_, _>> =
                keys.iter().map(|(key, values)| Ok((key.clone(), set_of(key, values)?))).collect();
            Ok((operator.clone(), keys?))
        })
        .collect()
}

/// An account id means its root: AWS stores the ARN.
fn canonical_principals(
    principals: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeMap<&str, BTreeSet<String>> {
    principals
        .iter()
        .map(|(kind, values)| {
            let values = values.iter().map(|value| {
                root_account(value).filter(|_| kind == "AWS").unwrap_or(value.as_str()).to_owned()
            });
            (kind.as_str(), values.collect())
        })
        .collect()
}

/// The account of `arn:<partition>:iam::<account>:root`.
fn root_account(principal: &str) -> Option<&str> {
    let rest = principal.strip_prefix("arn:")?.strip_suffix(":root")?;
    let (_, account) = rest.split_once(":iam::")?;
    (account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())).then_some(account)
}

/// Names of condition keys do not tell upper from lower case.
fn canonical_conditions(
    conditions: &BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
) -> BTreeMap<&str, BTreeMap<String, &BTreeSet<String>>> {
    conditions
        .iter()
        .map(|(operator, keys)| {
            let keys = keys.iter().map(|(key, values)| (key.to_ascii_lowercase(), values));
            (operator.as_str(), keys.collect())
        })
        .collect()
}

fn set_to_json(values: &BTreeSet<String>) -> Value {
    match (values.len(), values.first()) {
        (1, Some(one)) => json!(one),
        _ => json!(values),
    }
}

fn principals_to_json(principals: &BTreeMap<String, BTreeSet<String>>) -> Value {
    let everybody = BTreeSet::from(["*".to_owned()]);
    match (principals.len(), principals.get("AWS")) {
        (1, Some(values)) if *values == everybody => json!("*"),
        _ => Value::Object(
            principals.iter().map(|(kind, set)| (kind.clone(), set_to_json(set))).collect(),
        ),
    }
}

/// A set of texts, for statements written in code.
pub(crate) fn texts<const N: usize>(values: [&str; N]) -> BTreeSet<String> {
    values.into_iter().map(str::to_owned).collect()
}

/// One condition with one key, for statements written in code.
pub(crate) fn condition(
    operator: &str,
    key: &str,
    value: &str,
) -> (String, BTreeMap<String, BTreeSet<String>>) {
    (operator.to_owned(), BTreeMap::from([(key.to_owned(), texts([value]))]))
}

#[cfg(test)]
mod tests;
