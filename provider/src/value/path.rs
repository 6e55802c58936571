//! The way to a value inside a resource, as Terraform underlines it in the configuration.

use std::fmt;

/// One step of an [`AttributePath`].
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// An attribute or block by name.
    Attribute(String),
    /// An element of a map by key.
    Key(String),
    /// An element of a list by position.
    Index(usize),
}

/// Where in a resource something is. Elements of sets have no path: it ends at the set.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub struct AttributePath(Vec<Step>);

impl AttributePath {
    /// The resource as a whole.
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps from the outside in.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// This path and one more step.
    #[must_use]
    pub fn step(&self, step: Step) -> Self {
        let mut steps = self.0.clone();
        steps.push(step);
        AttributePath(steps)
    }

    /// This path, then the attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Self {
        self.step(Step::Attribute(name.to_owned()))
    }

    /// This path, then the map element.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        self.step(Step::Key(key.to_owned()))
    }

    /// This path, then the list element.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.step(Step::Index(index))
    }
}

impl From<&str> for AttributePath {
    /// The path of a top-level attribute.
    fn from(name: &str) -> Self {
        AttributePath::root().attribute(name)
    }
}

impl FromIterator<Step> for AttributePath {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        AttributePath(steps.into_iter().collect())
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Attribute(name) if position == 0 => f.write_str(name)?,
                Step::Attribute(name) => write!(f, ".{name}")?,
                Step::Key(key) => write!(f, "[{key:?}]")?,
                Step::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
