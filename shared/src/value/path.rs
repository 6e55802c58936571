//! Paths into values: `spec.containers[0].image`.

use std::fmt;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Segment {
    /// A field of a map.
    Field(String),
    /// An element of a list.
    Index(usize),
}

/// A path into a value: fields and indices.
///
/// It is shown, and read, as `metadata.labels["a.b/c"]` and `spec.containers[0].image`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Vec<Segment>);

/// Why a text is not a path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` is not a path: {problem}")]
pub struct PathError {
    path: String,
    problem: &'static str,
}

impl Path {
    /// The empty path: the value itself.
    pub const fn root() -> Self {
        Path(Vec::new())
    }

    /// Reads the form that `Display` writes.
    ///
    /// ```
    /// use probity_catalog::value::Path;
    ///
    /// let path = Path::parse(r#"metadata.labels["probity.dev/owner"]"#).unwrap();
    /// assert_eq!(path.to_pointer(), "/metadata/labels/probity.dev~1owner");
    /// ```
    pub fn parse(text: &str) -> Result<Self, PathError> {
        parse(text).map_err(|problem| PathError { path: text.to_owned(), problem })
    }

    /// The steps, outermost first.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this is the value itself.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a field at the end.
    pub fn push_field(&mut self, name: impl Into<String>) {
        self.0.push(Segment::Field(name.into()));
    }

    /// Adds an index at the end.
    pub fn push_index(&mut self, index: usize) {
        self.0.push(Segment::Index(index));
    }

    /// This path with a field at the end.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.push_field(name);
        self
    }

    /// This path with an index at the end.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.push_index(index);
        self
    }

    /// This path, then the other.
    #[must_use]
    pub fn join(&self, rest: &Path) -> Self {
        Path(self.0.iter().chain(&rest.0).cloned().collect())
    }

    /// The path without its last step; `None` for the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        self.0.split_last().map(|(_, rest)| Path(rest.to_vec()))
    }

    /// Whether the other path leads here or to something that holds this.
    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The JSON pointer of RFC 6901.
    pub fn to_pointer(&self) -> String {
        self.0.iter().fold(String::new(), |mut pointer, segment| {
            pointer.push('/');
            match segment {
                Segment::Field(name) => {
                    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                }
                Segment::Index(index) => pointer.push_str(&index.to_string()),
            }
            pointer
        })
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        Path(segments.into_iter().collect())
    }
}

impl Extend<Segment> for Path {
    fn extend<I: IntoIterator<Item = Segment>>(&mut self, segments: I) {
        self.0.extend(segments);
    }
}

impl std::str::FromStr for Path {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        Path::parse(text)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(out, "[{index}]")?,
                Segment::Field(name) if !is_plain(name) => {
                    write!(out, "[\"{}\"]", name.replace('\\', "\\\\").replace('"', "\\\""))?;
                }
                Segment::Field(name) if position == 0 => out.write_str(name)?,
                Segment::Field(name) => write!(out, ".{name}")?,
            }
        }
        Ok(())
    }
}

/// Whether a field can be written without quotes.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.contains(['.', '[', ']', '"', '\\', '/', ' '])
}

fn parse(text: &str) -> Result<Path, &'static str> {
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            rest = if let Some(quoted) = inside.strip_prefix('"') {
                let (name, after) = unquote(quoted)?;
                segments.push(Segment::Field(name));
                after.strip_prefix(']').ok_or("`]` is missing")?
            } else {
                let (digits, after) = inside.split_once(']').ok_or("`]` is missing")?;
                let index = digits.parse().map_err(|_| "an index is a number")?;
                segments.push(Segment::Index(index));
                after
            };
            continue;
        }
        if !segments.is_empty() {
            rest = rest.strip_prefix('.').ok_or("`.` is missing between two fields")?;
        }
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if !is_plain(name) {
            return Err("a field is empty or needs quotes, as in labels[\"a.b/c\"]");
        }
        segments.push(Segment::Field(name.to_owned()));
        rest = after;
    }
    Ok(Path(segments))
}

/// Reads up to the closing quote; gives the name and what follows the quote.
fn unquote(text: &str) -> Result<(String, &str), &'static str> {
    let mut name = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => return Ok((name, characters.as_str())),
            '\\' => name.push(characters.next().ok_or("the closing quote is missing")?),
            _ => name.push(character),
        }
    }
    Err("the closing quote is missing")
}
