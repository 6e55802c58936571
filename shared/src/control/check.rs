//! A check: what a control says about one target, as compiled rules. No judgement here; the
//! loader makes these, `evaluate` and `fix` run them.

use super::{Action, CheckId, Environment};
use crate::{
    expression::{Expression, Read},
    value::{Path, Segment},
};

/// What a control says about one target.
#[derive(Debug)]
pub struct Check {
    /// Its id.
    pub id: CheckId,
    /// The rules; the worst verdict counts.
    pub rules: Vec<Rule>,
}

/// One condition, and what to say when it does not hold.
#[derive(Debug)]
pub struct Rule {
    /// Where it is false, the rule does not apply.
    pub when: Option<Expression>,
    /// The collection whose elements are judged one by one.
    pub each: Option<Each>,
    /// True where all is as it must be.
    pub expression: Expression,
    /// The field at fault.
    pub path: RulePath,
    /// What was found; by default the value at the path.
    pub found: Option<Expression>,
    /// What may be there.
    pub allowed: Template,
    /// Whether what is found must never be shown.
    pub secret: bool,
    /// True where the platform can do no better.
    pub cap: Option<Expression>,
    /// The control's own actions.
    pub action: Option<ActionTable>,
    /// What to fill in where it is absent.
    pub fixes: Vec<Fix>,
    /// Whether `when` says the same of all elements.
    pub when_once: bool,
    /// The names of the parameters that any of its expressions reads, sorted.
    pub parameters: Vec<String>,
    /// The names of the parameters that its fixes read, sorted.
    pub parameters_of_fixes: Vec<String>,
}

impl Rule {
    /// All its expressions: those that decide, those that are shown, those of its fixes.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let own =
            [self.when.as_ref(), Some(&self.expression), self.cap.as_ref(), self.found.as_ref()];
        let shown = own.into_iter().flatten().chain(self.allowed.expressions());
        shown.chain(self.fixes.iter().flat_map(Fix::expressions))
    }

    /// Everything that decides its verdict.
    pub fn reads(&self) -> impl Iterator<Item = &Read> {
        [self.when.as_ref(), Some(&self.expression), self.cap.as_ref()]
            .into_iter()
            .flatten()
            .flat_map(Expression::reads)
    }
}

/// A collection of a pod whose elements are judged one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Each {
    /// Containers, init containers and ephemeral containers.
    AllContainers,
    /// Containers and init containers.
    MainContainers,
    /// Containers and the init containers that keep running.
    RunningContainers,
    /// Volumes.
    Volumes,
    /// References to images: of all containers, and of image volumes.
    Images,
    /// Environment variables of all containers.
    Env,
    /// Mounts of all containers.
    Mounts,
    /// Ports of all containers.
    Ports,
}

impl Each {
    /// All of them, by name.
    pub const ALL: [Self; 8] = [
        Self::AllContainers,
        Self::MainContainers,
        Self::RunningContainers,
        Self::Volumes,
        Self::Images,
        Self::Env,
        Self::Mounts,
        Self::Ports,
    ];

    /// The spelling in control files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AllContainers => "containers.all",
            Self::MainContainers => "containers.main",
            Self::RunningContainers => "containers.run",
            Self::Volumes => "volumes",
            Self::Images => "images",
            Self::Env => "env",
            Self::Mounts => "mounts",
            Self::Ports => "ports",
        }
    }

    /// The variable that holds the element.
    pub const fn variable(self) -> &'static str {
        match self {
            Self::AllContainers | Self::MainContainers | Self::RunningContainers => "c",
            Self::Volumes => "volume",
            Self::Images => "image",
            Self::Env => "env",
            Self::Mounts => "mount",
            Self::Ports => "port",
        }
    }

    /// The collection of that name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.as_str() == text)
    }
}

/// What a path is relative to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Anchor {
    /// The element that `each` binds.
    Element,
    /// The pod specification.
    Pod,
    /// What holds the pod's `metadata`.
    PodParent,
    /// The object, or the resource.
    Root,
}

/// A path, and what it is relative to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePath {
    /// What it is relative to.
    pub anchor: Anchor,
    /// The way from there.
    pub path: Path,
}

impl RulePath {
    /// Reads a path as control files write it: `object.` and `metadata.` lead elsewhere than to
    /// the element or the pod specification.
    pub fn parse(path: Path, each: Option<Each>, terraform: bool) -> Self {
        if terraform {
            return Self { anchor: Anchor::Root, path };
        }
        match path.segments() {
            [Segment::Field(first), rest @ ..] if first == "object" => {
                Self { anchor: Anchor::Root, path: rest.iter().cloned().collect() }
            }
            [Segment::Field(first), ..] if first == "metadata" => {
                Self { anchor: Anchor::PodParent, path }
            }
            _ if each.is_some() => Self { anchor: Anchor::Element, path },
            _ => Self { anchor: Anchor::Pod, path },
        }
    }
}

/// A text with expressions in it.
#[derive(Debug, Default)]
pub struct Template {
    /// Its parts, in order.
    pub parts: Vec<TemplatePart>,
}

impl Template {
    /// The text, where nothing is filled in.
    pub fn constant(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [TemplatePart::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// The expressions in it.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.parts.iter().filter_map(|part| match part {
            TemplatePart::Text(_) => None,
            TemplatePart::Expression(expression) => Some(expression),
        })
    }
}

/// A part of a template.
#[derive(Debug)]
pub enum TemplatePart {
    /// Text as it stands.
    Text(String),
    /// The value of an expression.
    Expression(Expression),
}

/// A value with expressions in its strings.
#[derive(Debug)]
pub enum ValueTemplate {
    /// A value as it stands.
    Literal(serde_json::Value),
    /// A string with expressions in it.
    Text(Template),
    /// The value of one expression, of whatever type.
    Expression(Expression),
    /// A list.
    List(Vec<ValueTemplate>),
    /// An object.
    Object(Vec<(String, ValueTemplate)>),
}

impl ValueTemplate {
    /// The expressions in it.
    pub fn expressions(&self) -> Vec<&Expression> {
        match self {
            Self::Literal(_) => Vec::new(),
            Self::Text(template) => template.expressions().collect(),
            Self::Expression(expression) => vec![expression],
            Self::List(items) => items.iter().flat_map(Self::expressions).collect(),
            Self::Object(fields) => {
                fields.iter().flat_map(|(_, field)| field.expressions()).collect()
            }
        }
    }
}

/// The label by which a namespace asks for fixes that nobody gets unasked: ids of controls, joined
/// by `_`.
pub const OPT_IN_LABEL: &str = "probity.dev/mutate";

/// What to fill in or take away where a condition holds.
#[derive(Debug)]
pub struct Fix {
    /// The collection whose elements are fixed one by one.
    pub each: Option<Each>,
    /// Whether the namespace must ask for it.
    pub opt_in: bool,
    /// Where it is false, nothing is fixed.
    pub when: Option<Expression>,
    /// A value that counts as absent: the API server's own, where nobody says anything.
    pub instead_of: Option<serde_json::Value>,
    /// The changes.
    pub assignments: Vec<Assignment>,
}

impl Fix {
    /// The expressions that it hangs on or writes.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let values = self.assignments.iter().filter_map(|assignment| assignment.value.as_ref());
        self.when.iter().chain(values.flat_map(ValueTemplate::expressions))
    }
}

/// One change of a fix.
#[derive(Debug)]
pub struct Assignment {
    /// Where.
    pub path: RulePath,
    /// What to set; none to remove.
    pub value: Option<ValueTemplate>,
}

/// Actions by environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionTable {
    /// In development.
    pub dev: Action,
    /// In the rehearsal.
    pub staging: Action,
    /// In production.
    pub production: Action,
}

impl ActionTable {
    /// The action in one environment.
    pub const fn action(&self, environment: Environment) -> Action {
        match environment {
            Environment::Dev => self.dev,
            Environment::Staging => self.staging,
            Environment::Production => self.production,
        }
    }
}
