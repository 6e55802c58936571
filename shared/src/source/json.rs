//! JSON with positions: one document or several after one another.
//!
//! Called by `Source::documents` and `Piece::read` for text that starts like JSON.

use std::ops::Range;

use super::{
    Document, Entry, Fault, Kind, MAX_DEPTH, Node, Span, Warning,
    pairs::{Origin, Pairs},
    position::{Base, Part, small},
    scalar,
};

/// A list that is passed over as if it were empty.
#[derive(Default)]
pub(super) struct Hole {
    /// From its opening bracket to behind its closing one, as far as they are in the text.
    pub(super) range: Range<usize>,
    /// Where what follows it stands.
    pub(super) after: Base,
}

pub(super) fn looks_like_json(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// Whether whoever wrote this meant JSON, so that its message is the one to show.
pub(super) fn is_surely_json(text: &str) -> bool {
    let rest = text.trim_start().get(1..).unwrap_or_default();
    rest.trim_start().starts_with(['"', '{', '[', '}', ']'])
}

/// Reads the documents of a part, the values of which stand `depth` levels deep.
pub(super) fn read(part: Part<'_>, depth: usize) -> Result<Vec<Document>, Fault> {
    Reader::new(part, Hole::default()).documents(depth)
}

/// Reads a part that is one document, but for a list in it.
pub(super) fn read_around(part: Part<'_>, hole: Hole) -> Result<Vec<Document>, Fault> {
    Reader::new(part, hole).documents(0)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    line: usize,
    line_start: usize,
    /// A place on this line and the characters before it.
    counted: (usize, usize),
    hole: Hole,
    warnings: Vec<Warning>,
}

impl<'t> Reader<'t> {
    fn new(part: Part<'t>, hole: Hole) -> Self {
        let Part { text, base, end } = part;
        Self {
            text: text.get(..end).unwrap_or(text),
            at: base.offset,
            line: base.lines + 1,
            line_start: base.offset,
            counted: (base.offset, base.column),
            hole,
            warnings: Vec::new(),
        }
    }

    fn documents(mut self, depth: usize) -> Result<Vec<Document>, Fault> {
        let mut documents = Vec::new();
        loop {
            self.skip_space();
            // What tools put between documents.
            while !documents.is_empty() && self.rest().starts_with("---") {
                self.at += 3;
                self.skip_space();
            }
            if self.rest().is_empty() {
                return Ok(documents);
            }
            let root = self.value(depth)?;
            documents.push(Document { root, warnings: std::mem::take(&mut self.warnings) });
        }
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.line += 1;
                    self.line_start = self.at;
                }
                b' ' | b'\t' | b'\r' => self.at += 1,
                _ => return,
            }
        }
    }

    /// The place from an offset on this line to where the reader stands.
    fn span_from(&mut self, start: usize) -> Span {
        // Counted on from the last place: a file can be one line of megabytes.
        let (from, column) = match self.counted {
            (from, column) if from >= self.line_start && from <= start => (from, column),
            _ => (self.line_start, 0),
        };
        let passed = self.text.get(from..start).unwrap_or_default();
        let column = column + passed.chars().count();
        self.counted = (start, column);
        Span {
            start: small(start),
            end: small(self.at),
            line: small(self.line),
            column: small(column + 1),
        }
    }

    fn fault(&mut self, message: impl Into<String>) -> Fault {
        let mut span = self.span_from(self.at);
        span.end += small(self.rest().chars().next().map_or(0, char::len_utf8));
        Fault::new(span, format!("this is not JSON: {}", message.into()))
    }

    fn expect(&mut self, byte: u8, what: &str) -> Result<(), Fault> {
        self.skip_space();
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(self.fault(format!("{what} is missing")))
    }

    fn value(&mut self, depth: usize) -> Result<Node, Fault> {
        self.skip_space();
        let mut span = self.span_from(self.at);
        if depth > MAX_DEPTH {
            return Err(Fault::new(span, format!("nested more than {MAX_DEPTH} levels deep")));
        }
        let kind = match self.peek() {
            Some(b'{') => self.mapping(depth)?,
            Some(b'[') if self.hole.range.contains(&self.at) => self.pass_hole(),
            Some(b'[') => self.sequence(depth)?,
            Some(b'"') => Kind::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
            None => return Err(self.fault("a value is missing")),
        };
        span.end = small(self.at);
        Ok(Node { kind, span })
    }

    fn word(&mut self) -> Result<Kind, Fault> {
        let words =
            [("true", Kind::Bool(true)), ("false", Kind::Bool(false)), ("null", Kind::Null)];
        match words.into_iter().find(|(word, _)| self.rest().starts_with(word)) {
            Some((word, kind)) => {
                self.at += word.len();
                Ok(kind)
            }
            None => Err(self.fault("a value is missing")),
        }
    }

    fn pass_hole(&mut self) -> Kind {
        let Hole { range, after } = &self.hole;
        self.at = range.end;
        self.line = after.lines + 1;
        self.line_start = range.end;
        self.counted = (range.end, after.column);
        Kind::Sequence(Vec::new())
    }

    fn sequence(&mut self, depth: usize) -> Result<Kind, Fault> {
        self.at += 1;
        let mut elements = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Kind::Sequence(elements));
        }
        loop {
            elements.push(self.value(depth + 1)?);
            self.skip_space();
            if self.peek() == Some(b',') {
                self.at += 1;
            } else {
                self.expect(b']', "`,` or `]`")?;
                return Ok(Kind::Sequence(elements));
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Kind, Fault> {
        self.at += 1;
        let mut pairs = Pairs::default();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Kind::Mapping(pairs.mapping));
        }
        loop {
            self.skip_space();
            let start = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.fault("a name in double quotes is missing"));
            }
            let key = self.string()?;
            let key_span = self.span_from(start);
            self.expect(b':', "`:`")?;
            let value = self.value(depth + 1)?;
            self.add(&mut pairs, Entry { key, key_span, value });
            self.skip_space();
            if self.peek() == Some(b',') {
                self.at += 1;
            } else {
                self.expect(b'}', "`,` or `}`")?;
                return Ok(Kind::Mapping(pairs.mapping));
            }
        }
    }

    /// The last of several pairs with one name wins, with a warning.
    fn add(&mut self, pairs: &mut Pairs, entry: Entry) {
        let (key, span) = (entry.key.clone(), entry.key_span);
        if let Some(first) = pairs.set(entry, Origin::Own) {
            self.warnings.push(Warning::duplicate(&key, span, first));
        }
    }

    fn number(&mut self) -> Result<Kind, Fault> {
        let rest = self.rest();
        let length = rest
            .bytes()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let text = rest.get(..length).unwrap_or_default();
        if !is_number(text) {
            return Err(self.fault(format!("`{text}` is not a number")));
        }
        let whole = !text.contains(['.', 'e', 'E']);
        let kind = match (whole.then(|| text.parse().ok()).flatten(), text.parse::<f64>()) {
            (Some(value), _) => Kind::Int(value),
            (None, Ok(value)) if value.is_finite() => scalar::number(value),
            _ => return Err(self.fault(format!("the number `{text}` is out of range"))),
        };
        self.at += length;
        Ok(kind)
    }

    /// A string from its opening quote to behind its closing one.
    fn string(&mut self) -> Result<String, Fault> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .bytes()
                .position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f))
                .unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                Some(_) => return Err(self.fault("a control character in a string")),
                None => return Err(self.fault("a string does not end")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let bytes = self.rest().as_bytes();
        let character = match bytes.get(1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.fault("an escape that is not known")),
        };
        self.at += 2;
        Ok(character)
    }

    fn unicode(&mut self) -> Result<char, Fault> {
        let unit = |text: &str| {
            let digits = text.strip_prefix("\\u")?.get(..4)?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(())?;
            u32::from_str_radix(digits, 16).ok()
        };
        let rest = self.rest();
        let (code, length) = match unit(rest) {
            Some(high @ 0xd800..=0xdbff) => match rest.get(6..).and_then(unit) {
                Some(low @ 0xdc00..=0xdfff) => {
                    (Some(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
                }
                _ => (None, 6),
            },
            code => (code, 6),
        };
        match code.and_then(char::from_u32) {
            Some(character) => {
                self.at += length;
                Ok(character)
            }
            None => Err(self.fault("an escape that is no character")),
        }
    }
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|text| digits(text.strip_prefix(['-', '+']).unwrap_or(text)))
}
