//! Words, strings and braces of an HCL text, with their places; all else is passed over.

use probity_catalog::source::Span;

/// A piece of the text that matters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `{` or `[` or `(`
    Open,
    /// `}` or `]` or `)`
    Close,
    /// A name or a number.
    Word,
    /// A string in quotes, or a here-document.
    String,
    /// Any other character.
    Other(char),
}

pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut scanner = Scanner { text, at: 0, line: 1, column: 1 };
    let mut tokens = Vec::new();
    while let Some(character) = scanner.peek() {
        let start = scanner.span();
        let kind = match character {
            character if character.is_whitespace() => {
                scanner.skip(1);
                continue;
            }
            '#' => {
                scanner.skip_while(|character| character != '\n');
                continue;
            }
            '/' if scanner.rest().starts_with("//") => {
                scanner.skip_while(|character| character != '\n');
                continue;
            }
            '/' if scanner.rest().starts_with("/*") => {
                let length = scanner.rest().find("*/").map_or(usize::MAX, |end| end + 2);
                scanner.skip_bytes(length);
                continue;
            }
            '"' => {
                scanner.string();
                Kind::String
            }
            '<' if scanner.rest().starts_with("<<") && scanner.here_document() => Kind::String,
            '{' | '[' | '(' => {
                scanner.skip(1);
                Kind::Open
            }
            '}' | ']' | ')' => {
                scanner.skip(1);
                Kind::Close
            }
            character if is_word(character) => {
                scanner.skip_while(is_word);
                Kind::Word
            }
            other => {
                scanner.skip(1);
                Kind::Other(other)
            }
        };
        tokens.push(Token { kind, span: Span { end: scanner.span().start, ..start } });
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    line: u32,
    column: u32,
}

impl<'t> Scanner<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn span(&self) -> Span {
        let start = u32::try_from(self.at).unwrap_or(u32::MAX);
        Span { start, end: start, line: self.line, column: self.column }
    }

    fn skip(&mut self, characters: usize) {
        for character in self.rest().chars().take(characters) {
            self.at += character.len_utf8();
            if character == '\n' {
                self.line += 1;
                self.column = 1;
            } else {
                self.column += 1;
            }
        }
    }

    fn skip_bytes(&mut self, bytes: usize) {
        let passed = self.rest().get(..bytes).unwrap_or(self.rest());
        self.skip(passed.chars().count());
    }

    fn skip_while(&mut self, matches: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.skip_bytes(rest.find(|character| !matches(character)).unwrap_or(rest.len()));
    }

    /// A string, with `${…}` in it, which may hold strings.
    fn string(&mut self) {
        self.skip(1);
        // What is open: a string (`"`) or an interpolation (`{`).
        let mut open = vec!['"'];
        while let (Some(character), Some(inner)) = (self.peek(), open.last().copied()) {
            match (inner, character) {
                ('"', '\\') => self.skip(1),
                ('"', '$' | '%') if self.rest().get(1..2) == Some("{") => {
                    open.push('{');
                    self.skip(1);
                }
                ('"', '"') | ('{', '}') => {
                    open.pop();
                }
                ('{', '"' | '{') => open.push(character),
                // A string does not go over the end of its line; this one was never closed.
                ('"', '\n') => return,
                _ => {}
            }
            self.skip(1);
        }
    }

    /// `<<EOT` to the line that holds `EOT` alone; false where this is none.
    fn here_document(&mut self) -> bool {
        let rest = self.rest();
        let head = rest.get(2..).unwrap_or_default();
        let head = head.strip_prefix('-').unwrap_or(head);
        let word: String = head.chars().take_while(|character| is_word(*character)).collect();
        if word.is_empty() {
            return false;
        }
        let mut length = 0;
        for (number, line) in rest.split_inclusive('\n').enumerate() {
            if number > 0 && line.trim() == word {
                length += line.trim_end().len();
                break;
            }
            length += line.len();
        }
        self.skip_bytes(length);
        true
    }
}
