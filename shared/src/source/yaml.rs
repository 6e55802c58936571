//! YAML events to nodes: tags, merge keys, aliases, duplicate keys, as kubectl has them.
//!
//! The only file that knows the YAML parser; called by `Source::documents`.

mod budget;

use std::collections::HashMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, StrInput};

use self::budget::Budget;
use super::{
    Document, Entry, Fault, Kind, MAX_DEPTH, Node, Options, Span, Warning, characters,
    pairs::{Origin, Pairs},
    position::{Base, Offsets, Part, small},
    scalar::{self, Tag},
};

/// Reads the documents of a part, which stand `depth` levels deep.
pub(super) fn read(part: Part<'_>, options: Options, depth: usize) -> Result<Vec<Document>, Fault> {
    let Part { text, base, .. } = part;
    let own = part.own();
    characters::check(own).map_err(|fault| fault.shifted(base))?;
    let reader = Reader {
        text,
        base,
        options,
        offsets: Offsets::new(own, base),
        parser: Parser::new_from_str(own),
        anchors: HashMap::new(),
        budget: Budget::default(),
        warnings: Vec::new(),
    };
    reader.documents(depth)
}

/// Whether a part is well-formed, whatever it holds.
pub(super) fn is_well_formed(part: Part<'_>) -> bool {
    let mut parser = Parser::new_from_str(part.own());
    loop {
        match parser.next_event() {
            Some(Ok((Event::StreamEnd, _))) | None => return true,
            Some(Ok(_)) => {}
            Some(Err(_)) => return false,
        }
    }
}

struct Reader<'t> {
    /// The whole file: places count from its start.
    text: &'t str,
    base: Base,
    options: Options,
    offsets: Offsets<'t>,
    parser: Parser<'t, StrInput<'t>>,
    anchors: HashMap<usize, Anchor>,
    budget: Budget,
    warnings: Vec<Warning>,
}

/// A value with a name, complete or (`None`) still being read.
type Anchor = Option<Anchored>;

struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

/// A node with what an alias to it would cost.
struct Measured {
    node: Node,
    nodes: usize,
    depth: usize,
}

/// What precedes a value: `&anchor` and `!tag`.
struct Properties {
    anchor: usize,
    tag: Option<Written>,
}

/// Tags as far as they matter.
#[derive(Clone, Copy)]
enum Written {
    Core(Tag),
    /// `!`, or a tag of somebody's own: a scalar is text.
    Text,
    Unknown,
}

impl<'t> Reader<'t> {
    fn documents(mut self, depth: usize) -> Result<Vec<Document>, Fault> {
        let mut documents = Vec::new();
        let mut prologue = small(self.base.offset);
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::DocumentStart(_) => {
                    self.refuse_version(prologue, span)?;
                    self.anchors.clear();
                    self.budget = Budget::default();
                    let (event, span) = self.next()?;
                    let empty = is_nothing(&event);
                    let root = self.node(event, span, depth)?.node;
                    let warnings = std::mem::take(&mut self.warnings);
                    if !empty {
                        documents.push(Document { root, warnings });
                    }
                }
                Event::DocumentEnd => prologue = span.start,
                Event::StreamEnd => return Ok(documents),
                _ => {}
            }
        }
    }

    /// `%YAML` stands between two documents; the parser reads past it.
    fn refuse_version(&self, from: u32, start: Span) -> Result<(), Fault> {
        let prologue = self.text.get(from as usize..start.start as usize).unwrap_or_default();
        let mut offset = from as usize;
        for line in prologue.split_inclusive('\n') {
            if let Some(version) = line.strip_prefix("%YAML")
                && version.split_whitespace().next() != Some("1.1")
            {
                let mut span = Span::at_end_of(self.text.get(..offset).unwrap_or_default());
                span.end += small(line.trim_end().len());
                return Err(Fault::new(
                    span,
                    "this is not YAML 1.1, the version that kubectl reads",
                )
                .with_help("remove the line"));
            }
            offset += line.len();
        }
        Ok(())
    }

    fn next(&mut self) -> Result<(Event<'t>, Span), Fault> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => Ok((event, self.span(span.start, span.end))),
            Some(Err(error)) => Err(self.scan_fault(&error)),
            None => Ok((Event::StreamEnd, Span::default())),
        }
    }

    fn span(&self, start: Marker, end: Marker) -> Span {
        self.offsets.span((start.index(), start.line(), start.col()), end.index())
    }

    fn scan_fault(&self, error: &ScanError) -> Fault {
        let span = self.span(*error.marker(), *error.marker());
        Fault::new(span, format!("this is not YAML: {}", error.info()))
    }

    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Measured, Fault> {
        if depth > MAX_DEPTH {
            return Err(too_deep(span));
        }
        match event {
            Event::Alias(id) => self.alias(id, span, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let properties = self.properties(anchor, tag.as_deref(), span)?;
                let node = Node { kind: scalar(&text, style, &properties, span)?, span };
                self.budget.plain(1, span)?;
                Ok(self.anchored(&properties, Measured { node, nodes: 1, depth: 0 }))
            }
            Event::SequenceStart(anchor, tag) => {
                let properties = self.properties(anchor, tag.as_deref(), span)?;
                self.budget.plain(1, span)?;
                let sequence = self.sequence(span, depth)?;
                Ok(self.anchored(&properties, sequence))
            }
            Event::MappingStart(anchor, tag) => {
                let properties = self.properties(anchor, tag.as_deref(), span)?;
                self.budget.plain(1, span)?;
                let mapping = self.mapping(span, depth)?;
                Ok(self.anchored(&properties, mapping))
            }
            _ => Err(Fault::new(span, "this is not YAML: a value is missing")),
        }
    }

    fn properties(
        &mut self,
        anchor: usize,
        tag: Option<&saphyr_parser::Tag>,
        span: Span,
    ) -> Result<Properties, Fault> {
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
        let tag = tag.map(|tag| self.tag(tag, span)).transpose()?.flatten();
        Ok(Properties { anchor, tag })
    }

    fn tag(&self, tag: &saphyr_parser::Tag, span: Span) -> Result<Option<Written>, Fault> {
        let core = match (tag.handle.as_str(), tag.suffix.as_str()) {
            ("tag:yaml.org,2002:", suffix) => suffix,
            ("!", "unknown") if self.options.unknown_tag => return Ok(Some(Written::Unknown)),
            ("" | "!", suffix) => match suffix.strip_prefix("tag:yaml.org,2002:") {
                Some(core) => core,
                None => return Ok(Some(Written::Text)),
            },
            _ => return Ok(Some(Written::Text)),
        };
        match core {
            "binary" => Ok(Some(Written::Core(Tag::Binary))),
            "bool" => Ok(Some(Written::Core(Tag::Bool))),
            "float" => Ok(Some(Written::Core(Tag::Float))),
            "int" => Ok(Some(Written::Core(Tag::Int))),
            "null" => Ok(Some(Written::Core(Tag::Null))),
            "str" | "timestamp" => Ok(Some(Written::Core(Tag::Str))),
            "map" | "seq" | "set" | "omap" | "pairs" | "merge" => Ok(None),
            other => Err(Fault::new(span, format!("the tag `!!{other}` is not known"))),
        }
    }

    fn anchored(&mut self, properties: &Properties, measured: Measured) -> Measured {
        let Measured { mut node, nodes, depth } = measured;
        if let Some(Written::Unknown) = properties.tag {
            node.kind = Kind::Unknown;
        }
        if properties.anchor != 0 {
            let node = node.clone();
            self.anchors.insert(properties.anchor, Some(Anchored { node, nodes, depth }));
        }
        Measured { node, nodes, depth }
    }

    fn alias(&mut self, id: usize, span: Span, depth: usize) -> Result<Measured, Fault> {
        match self.anchors.get(&id) {
            None => Err(Fault::new(span, "this alias names an anchor of another document")),
            Some(None) => Err(Fault::new(span, "the value of this anchor contains itself")),
            Some(Some(anchor)) if depth + anchor.depth > MAX_DEPTH => Err(too_deep(span)),
            Some(Some(anchor)) => {
                self.budget.aliased(anchor.nodes, span)?;
                let node = anchor.node.clone();
                Ok(Measured { node, nodes: anchor.nodes, depth: anchor.depth })
            }
        }
    }

    fn sequence(&mut self, mut span: Span, depth: usize) -> Result<Measured, Fault> {
        let mut elements = Vec::new();
        let (mut nodes, mut deepest) = (1, 0);
        loop {
            let (event, place) = self.next()?;
            if event == Event::SequenceEnd {
                span.end = span.end.max(place.end);
                let node = Node { kind: Kind::Sequence(elements), span };
                return Ok(Measured { node, nodes, depth: deepest });
            }
            let element = self.node(event, place, depth + 1)?;
            nodes += element.nodes;
            deepest = deepest.max(element.depth + 1);
            elements.push(element.node);
        }
    }

    fn mapping(&mut self, mut span: Span, depth: usize) -> Result<Measured, Fault> {
        let mut pairs = Pairs::default();
        let (mut nodes, mut deepest) = (1, 0);
        loop {
            let (event, place) = self.next()?;
            if event == Event::MappingEnd {
                span.end = span.end.max(place.end);
                let node = Node { kind: Kind::Mapping(pairs.mapping), span };
                return Ok(Measured { node, nodes, depth: deepest });
            }
            let key = self.key(event, place, depth)?;
            let (event, value_place) = self.next()?;
            let value = self.node(event, value_place, depth + 1)?;
            nodes += value.nodes + 1;
            deepest = deepest.max(value.depth + 1);
            match key {
                Key::Merge => self.merge(&mut pairs, value.node, place)?,
                Key::Name(key) => {
                    let entry = Entry { key, key_span: place, value: value.node };
                    if let Some(first) = pairs.set(entry, Origin::Own) {
                        let written = self.text.get(place.range()).unwrap_or_default();
                        self.warnings.push(Warning::duplicate(written, place, first));
                    }
                }
            }
        }
    }

    fn key(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Key, Fault> {
        if let Event::Scalar(text, style, 0, None) = &event {
            self.budget.plain(1, span)?;
            return match (style, &**text) {
                (ScalarStyle::Plain, "<<") => Ok(Key::Merge),
                (ScalarStyle::Plain, text) => scalar::plain_key(text).map(Key::Name),
                (_, text) => Ok(Key::Name(text.to_owned())),
            }
            .map_err(|message| Fault::new(span, message));
        }
        match self.node(event, span, depth + 1)?.node.kind {
            Kind::String(text) => Ok(Key::Name(text)),
            Kind::Bool(value) => Ok(Key::Name(value.to_string())),
            Kind::Int(value) => Ok(Key::Name(value.to_string())),
            _ => Err(Fault::new(span, "a key must be a string, a whole number or a truth value")),
        }
    }

    /// `<<: *defaults`, `<<: [*first, *second]`: of several, earlier ones win; against the names of
    /// the mapping itself, what is written later wins.
    fn merge(&mut self, pairs: &mut Pairs, node: Node, span: Span) -> Result<(), Fault> {
        let wrong = || Fault::new(span, "`<<` takes a mapping or a list of mappings");
        let mappings = match node.kind {
            Kind::Mapping(mapping) => vec![mapping],
            Kind::Sequence(elements) => elements
                .into_iter()
                .rev()
                .map(|element| match element.kind {
                    Kind::Mapping(mapping) => Ok(mapping),
                    _ => Err(wrong()),
                })
                .collect::<Result<_, _>>()?,
            _ => return Err(wrong()),
        };
        for entry in mappings.into_iter().flat_map(|mapping| mapping.entries) {
            let key = entry.key.clone();
            if pairs.set(entry, Origin::Merged).is_some() {
                let message = format!("`<<` replaces `{key}`, which is written before it");
                self.warnings.push(Warning { message, span });
            }
        }
        Ok(())
    }
}

enum Key {
    Merge,
    Name(String),
}

fn scalar(
    text: &str,
    style: ScalarStyle,
    properties: &Properties,
    span: Span,
) -> Result<Kind, Fault> {
    let kind = match properties.tag {
        Some(Written::Unknown) => Ok(Kind::Unknown),
        Some(Written::Core(tag)) => scalar::tagged(tag, text),
        None if style == ScalarStyle::Plain => scalar::plain(text),
        Some(Written::Text) | None => Ok(Kind::String(text.to_owned())),
    };
    kind.map_err(|message| Fault::new(span, message))
}

fn is_nothing(event: &Event<'_>) -> bool {
    matches!(event, Event::Scalar(text, ScalarStyle::Plain, 0, None) if text.is_empty())
}

fn too_deep(span: Span) -> Fault {
    Fault::new(span, format!("nested more than {MAX_DEPTH} levels deep"))
}
