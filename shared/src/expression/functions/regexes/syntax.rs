//! RE2's syntax in that of the `regex` crate, so that a pattern means here what it means to an API
//! server: `\d`, `\w`, `\s` and `\b` know ASCII alone, a bracket inside of a class is a bracket,
//! `\Q…\E` is literal, and a repetition ends at a thousand.
//!
//! Knows no functions; what neither syntax has is left to the crate to refuse.

use std::iter::Peekable;
use std::str::Chars;

/// No part is repeated more often.
const MOST_REPEATS: u32 = 1_000;

/// The classes in brackets and colons.
const POSIX: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Translates a pattern, or says what is wrong with it.
pub(super) fn translate(pattern: &str) -> Result<String, String> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 16),
    };
    translator.pattern()?;
    Ok(translator.out)
}

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
}

impl Translator<'_> {
    fn pattern(&mut self) -> Result<(), String> {
        // Whether what was read last repeats what stands before it.
        let mut repeats = false;
        while let Some(next) = self.rest.next() {
            let again = match next {
                '*' | '+' | '?' => {
                    self.out.push(next);
                    true
                }
                '{' => self.repeat()?,
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                other => self.plain(other),
            };
            if again && repeats {
                return Err("it repeats a repetition".to_owned());
            }
            repeats = again;
            if again && self.rest.next_if_eq(&'?').is_some() {
                self.out.push('?');
            }
        }
        Ok(())
    }

    fn plain(&mut self, character: char) -> bool {
        self.out.push(character);
        false
    }

    /// What follows a backslash, outside of a class.
    fn escape(&mut self) -> Result<bool, String> {
        let Some(letter) = self.rest.next() else { return Ok(self.plain('\\')) };
        match letter {
            'b' => self.out.push_str(r"(?-u:\b)"),
            'B' => self.out.push_str(r"(?-u:\B)"),
            'Q' => self.literal(),
            letter => match perl(letter) {
                Some(class) => self.out.push_str(class),
                None => self.escaped(letter)?,
            },
        }
        Ok(false)
    }

    /// An escape that both syntaxes have, with its braces.
    fn escaped(&mut self, letter: char) -> Result<(), String> {
        match letter {
            // Boundaries of words to the crate, plain characters to RE2.
            '<' | '>' => self.out.push(letter),
            '0'..='7' => self.octal(letter)?,
            'p' | 'P' if self.is_negated() => {
                let turned = if letter == 'p' { 'P' } else { 'p' };
                self.rest.next();
                self.rest.next();
                self.out.extend(['\\', turned, '{']);
                self.copy_through('}');
            }
            'u' | 'U' => return Err(format!("`\\{letter}` is no escape")),
            _ => {
                self.out.push('\\');
                self.out.push(letter);
                if matches!(letter, 'p' | 'P' | 'x') && self.rest.peek() == Some(&'{') {
                    self.copy_through('}');
                }
            }
        }
        Ok(())
    }

    /// Whether `{^` follows.
    fn is_negated(&self) -> bool {
        let mut ahead = self.rest.clone();
        ahead.next() == Some('{') && ahead.next() == Some('^')
    }

    /// A character by up to three octal digits; a single one but 0 would be a group.
    fn octal(&mut self, first: char) -> Result<(), String> {
        let mut value = first.to_digit(8).unwrap_or_default();
        let mut digits = 1;
        while let Some(digit) = self.rest.peek().and_then(|next| next.to_digit(8)) {
            if digits == 3 {
                break;
            }
            self.rest.next();
            value = value * 8 + digit;
            digits += 1;
        }
        if digits == 1 && first != '0' {
            return Err(format!("`\\{first}` would look back, which is not possible"));
        }
        // Three octal digits are a character of Latin-1, or a few beyond.
        let text = char::from_u32(value).unwrap_or_default().to_string();
        self.out.push_str(&regex::escape(&text));
        Ok(())
    }

    /// Up to `\E` or the end.
    fn literal(&mut self) {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            if next == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                break;
            }
            text.push(next);
        }
        self.out.push_str(&regex::escape(&text));
    }

    fn copy_through(&mut self, end: char) {
        for next in self.rest.by_ref() {
            self.out.push(next);
            if next == end {
                break;
            }
        }
    }

    /// After `(`: a name, which nobody asks for, is left out; flags are those of RE2.
    fn group(&mut self) -> Result<bool, String> {
        self.out.push('(');
        let head: String = self.rest.clone().take_while(|next| !":)>".contains(*next)).collect();
        if let Some(name) = head.strip_prefix("?P<").or_else(|| head.strip_prefix("?<")) {
            if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
                return Err(format!("`{name}` is not a name of a group"));
            }
            self.rest.nth(head.chars().count());
        } else if let Some(flags) = head.strip_prefix('?') {
            if let Some(other) = flags.chars().find(|flag| !"imsU-".contains(*flag)) {
                return Err(format!("there is no flag `{other}`"));
            }
            self.rest.nth(head.chars().count() - 1);
            self.out.push_str(&head);
        }
        Ok(false)
    }

    /// After `{`: a repetition if it has the form of one, else a brace.
    fn repeat(&mut self) -> Result<bool, String> {
        let text: String = self.rest.clone().take_while(|next| *next != '}').collect();
        let closes = self.rest.clone().nth(text.chars().count()) == Some('}');
        let (least, most) =
            text.split_once(',').map_or((text.as_str(), None), |(a, b)| (a, Some(b)));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let most = most.filter(|most| !most.is_empty());
        if !closes || !is_number(least) || !most.is_none_or(is_number) {
            self.out.push_str(r"\{");
            return Ok(false);
        }
        let is_small = |part: &str| part.parse::<u32>().is_ok_and(|times| times <= MOST_REPEATS);
        if !is_small(least) || !most.is_none_or(is_small) {
            return Err(format!("it repeats something more than {MOST_REPEATS} times"));
        }
        self.out.push('{');
        self.copy_through('}');
        Ok(true)
    }

    /// After `[`, to the bracket that closes.
    fn class(&mut self) -> Result<bool, String> {
        self.out.push('[');
        if self.rest.next_if_eq(&'^').is_some() {
            self.out.push('^');
        }
        let mut is_first = true;
        loop {
            match self.rest.next() {
                None => return Ok(false),
                Some(']') if !is_first => {
                    self.out.push(']');
                    return Ok(false);
                }
                Some(next) => self.item(next)?,
            }
            is_first = false;
        }
    }

    /// A class inside of a class, a character, or a range of them.
    fn item(&mut self, first: char) -> Result<(), String> {
        if first == '[' && self.rest.peek() == Some(&':') {
            let name: String = self.rest.clone().skip(1).take_while(|next| *next != ':').collect();
            if !POSIX.contains(&name.trim_start_matches('^')) {
                return Err(format!("there is no class `[:{name}:]`"));
            }
            self.out.push('[');
            self.copy_through(']');
            return Ok(());
        }
        if !self.member(first)? {
            return Ok(());
        }
        let mut ahead = self.rest.clone();
        if ahead.next() == Some('-') && !matches!(ahead.peek(), None | Some(']')) {
            self.rest.next();
            self.out.push('-');
            if let Some(last) = self.rest.next() {
                self.member(last)?;
            }
        }
        Ok(())
    }

    /// One member of a class; whether a range can begin with it.
    fn member(&mut self, first: char) -> Result<bool, String> {
        if first == '\\' {
            let Some(letter) = self.rest.next() else { return Ok(false) };
            if let Some(class) = perl(letter) {
                self.out.push_str(class);
                return Ok(false);
            }
            self.escaped(letter)?;
            return Ok(!matches!(letter, 'p' | 'P'));
        }
        // What means something in a class of the crate, and nothing in one of RE2.
        if "[]^-&~\\".contains(first) {
            self.out.push('\\');
        }
        self.out.push(first);
        Ok(true)
    }
}

/// The classes of Perl, in ASCII.
fn perl(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        's' => r"[\t\n\f\r ]",
        'S' => r"[^\t\n\f\r ]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::compile_regex;

    /// Pattern, a text that it finds something in, one that it does not.
    #[test]
    fn patterns_mean_what_they_mean_to_re2() {
        for (pattern, found, missed) in [
            (r"^\d$", "7", "٧"),
            (r"^\D$", "٧", "7"),
            (r"^\w$", "_", "é"),
            (r"^[\w-]$", "-", "é"),
            (r"^[\W]$", "é", "e"),
            (r"^\s$", "\n", "\u{b}"),
            (r"^\S$", "\u{a0}", " "),
            (r"é\b", "éa", "é "),
            (r"a\B", "ab", "a b"),
            (r"^\Qa.b[\E$", "a.b[", "axb["),
            (r"^[[a]$", "[", "b"),
            (r"^[a&&b]$", "&", "c"),
            (r"^[a~~b]$", "~", "c"),
            (r"^[+--]$", ",", "."),
            (r"^[]a]$", "]", "b"),
            (r"^[^]a]$", "b", "]"),
            (r"^[[:alpha:]_]$", "_", "1"),
            (r"^[\]\d]$", "5", "a"),
            (r"^[a-]$", "-", "b"),
            (r"^\<a\>$", "<a>", "a"),
            (r"^a{,2}$", "a{,2}", "aa"),
            (r"^a{2,}$", "aaa", "a"),
            (r"^\x{41}\pL$", "AB", "A1"),
            (r"(?i)^(?P<name>ab)(?:c)$", "ABC", "AB"),
            (r"^(?P<1>a)(?<1>b)??c$", "abc", "bc"),
            (r"^\101\07$", "A\u{7}", "A7"),
            (r"^\p{^Greek}$", "a", "α"),
            (r"(?s-i:^a.b$)", "a\nb", "A\nb"),
        ] {
            let regex = compile_regex(pattern).unwrap();
            assert!(regex.is_match(found), "{pattern} finds something in {found:?}");
            assert!(!regex.is_match(missed), "{pattern} finds nothing in {missed:?}");
        }
    }

    #[test]
    fn what_re2_refuses_is_refused() {
        for pattern in [
            r"(?x)a b",
            r"a{1001}",
            r"a{2,1001}",
            r"\u0041",
            r"\u{41}",
            r"(?=a)",
            r"(?!a)",
            r"(a)\1",
            r"[b-a]",
            r"(",
            r"[a",
            r"\",
            r"*a",
            r"(?u:a)",
            r"a\",
        ] {
            assert!(compile_regex(pattern).is_err(), "{pattern}");
        }
    }
}
