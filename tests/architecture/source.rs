//! Reads Rust files as far as the rules need: which paths a file's production part names.
//!
//! Not a parser: it drops comments, literals and test modules, and follows `::` and braces. Knows
//! no rule. Called by the rules.

use std::fs;
use std::path::{Path, PathBuf};

/// One source file.
#[derive(Debug)]
pub(crate) struct Source {
    /// Where it lies, relative to the repository.
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// Module path within its crate: `src/catalog/load.rs` is `[catalog, load]`, `src/lib.rs` is `[]`.
    pub(crate) fn module(&self) -> Vec<String> {
        let parts: Vec<String> =
            self.path.with_extension("").iter().map(|p| p.to_string_lossy().into_owned()).collect();
        let start = parts.iter().position(|part| part == "src").map_or(0, |at| at + 1);
        match &parts[start..] {
            [root] if root == "lib" || root == "main" => Vec::new(),
            module => module.to_vec(),
        }
    }

    /// Whether the whole file is tests of the module above it.
    fn is_test(&self) -> bool {
        self.path.iter().any(|part| part == "tests.rs" || part == "tests")
    }

    /// Every path that starts with `root`, flattened: `use a::{b, c::d}` names `a::b` and `a::c::d`.
    /// Tests are left out.
    pub(crate) fn paths_from(&self, root: &str) -> Vec<Vec<String>> {
        if self.is_test() {
            return Vec::new();
        }
        let tokens = production(&tokens(&self.text));
        let mut found = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            if token == root
                && !continues_path(&tokens, at)
                && tokens.get(at + 1).is_some_and(|next| next == "::")
            {
                path(&tokens, at, &mut Vec::new(), &mut found);
            }
        }
        found
    }

    /// Modules at the crate's root that this file names, by `crate::` or by enough `super::`.
    pub(crate) fn modules_used(&self) -> Vec<String> {
        let depth = self.module().len();
        let from_crate = self.paths_from("crate").into_iter().filter_map(|p| p.get(1).cloned());
        let from_super = self.paths_from("super").into_iter().filter_map(|path| {
            let ups = path.iter().take_while(|segment| *segment == "super").count();
            if ups == depth { path.get(ups).cloned() } else { None }
        });
        let mut used: Vec<String> = from_crate.chain(from_super).collect();
        used.sort();
        used.dedup();
        used
    }

    /// Lines before the file's own tests.
    pub(crate) fn production_lines(&self) -> usize {
        let tests = self.text.lines().position(|line| line == "#[cfg(test)]");
        tests.unwrap_or_else(|| self.text.lines().count())
    }
}

/// All Rust files under `folder`, but for what builds leave behind.
pub(crate) fn sources(root: &Path, folder: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source::new(path.strip_prefix(root).unwrap(), text));
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Whether the token is a later segment; `::tonic` with nothing before it is a first one.
fn continues_path(tokens: &[String], at: usize) -> bool {
    const KEYWORDS: [&str; 8] = ["as", "dyn", "for", "impl", "in", "mut", "return", "use"];
    let Some([before, separator]) = at.checked_sub(2).and_then(|from| tokens.get(from..at)) else {
        return false;
    };
    let segment = is_name(before) && !KEYWORDS.contains(&before.as_str());
    separator == "::" && (segment || before == ">")
}

/// Follow one path from `at`, into braces; returns where it ends.
fn path(
    tokens: &[String],
    at: usize,
    sofar: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    let depth = sofar.len();
    let mut at = at;
    let end = loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") => break group(tokens, at + 1, sofar, found),
            Some(segment) if is_name(segment) || segment == "*" => sofar.push(segment.to_owned()),
            _ => break at,
        }
        let continues = tokens.get(at + 1).is_some_and(|next| next == "::");
        let starts =
            tokens.get(at + 2).is_some_and(|next| next == "{" || next == "*" || is_name(next));
        if !(continues && starts) {
            found.push(sofar.clone());
            break at + 1;
        }
        at += 2;
    };
    sofar.truncate(depth);
    end
}

/// The comma-separated paths of `{…}`; returns where it ends.
fn group(
    tokens: &[String],
    at: usize,
    sofar: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    let mut at = at;
    while let Some(token) = tokens.get(at) {
        match token.as_str() {
            "}" => return at + 1,
            name if is_name(name) || name == "*" => at = path(tokens, at, sofar, found),
            _ => at += 1,
        }
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

/// Without the items that `#[cfg(test)]` stands before.
fn production(tokens: &[String]) -> Vec<String> {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].iter().take(MARK.len()).eq(MARK.iter()) {
            at = item_end(tokens, at + MARK.len());
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Past the `;` or the closing brace of the item at `at`.
fn item_end(tokens: &[String], at: usize) -> usize {
    let mut open = 0_usize;
    for (offset, token) in tokens[at..].iter().enumerate() {
        match token.as_str() {
            "{" => open += 1,
            "}" if open <= 1 => return at + offset + 1,
            "}" => open -= 1,
            ";" if open == 0 => return at + offset + 1,
            _ => {}
        }
    }
    tokens.len()
}

/// Names, `::` and single signs; comments and literals are gone.
fn tokens(text: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let next = chars.get(at + 1).copied();
        match chars[at] {
            '/' if next == Some('/') => at = skip_until(&chars, at, |rest| rest[0] == '\n'),
            '/' if next == Some('*') => {
                at = skip_until(&chars, at + 2, |rest| rest.starts_with(&['*', '/'])) + 2;
            }
            '"' => at = string_end(&chars, at),
            '\'' => at = quote_end(&chars, at),
            'r' if matches!(next, Some('"' | '#')) => match raw_string_end(&chars, at) {
                Some(end) => at = end,
                None => at = name_end(&chars, at, &mut tokens),
            },
            ':' if next == Some(':') => {
                tokens.push("::".to_owned());
                at += 2;
            }
            c if c.is_alphanumeric() || c == '_' => at = name_end(&chars, at, &mut tokens),
            c if c.is_whitespace() => at += 1,
            c => {
                tokens.push(c.to_string());
                at += 1;
            }
        }
    }
    tokens
}

fn skip_until(chars: &[char], from: usize, stop: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| stop(&chars[*at..])).unwrap_or(chars.len())
}

fn name_end(chars: &[char], from: usize, tokens: &mut Vec<String>) -> usize {
    let end = skip_until(chars, from, |rest| !(rest[0].is_alphanumeric() || rest[0] == '_'));
    let end = end.max(from + 1);
    tokens.push(chars[from..end].iter().collect());
    end
}

fn string_end(chars: &[char], from: usize) -> usize {
    let mut at = from + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// Past a character literal, or past the quote of a lifetime.
fn quote_end(chars: &[char], from: usize) -> usize {
    match chars.get(from + 1) {
        Some('\\') => skip_until(chars, from + 3, |rest| rest[0] == '\'') + 1,
        Some(_) if chars.get(from + 2) == Some(&'\'') => from + 3,
        _ => from + 1,
    }
}

/// Past `r"…"` or `r#"…"#`; nothing for a raw name.
fn raw_string_end(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(from + 1 + hashes) != Some(&'"') {
        return None;
    }
    let mut close = vec!['"'];
    close.extend(std::iter::repeat_n('#', hashes));
    Some(skip_until(chars, from + 2 + hashes, |rest| rest.starts_with(&close)) + close.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str, root: &str) -> Vec<String> {
        Source::new("x/src/a.rs", text).paths_from(root).iter().map(|p| p.join("::")).collect()
    }

    #[test]
    fn groups_are_flattened() {
        let text = "use crate::{value::{self, Path}, source::Node}; fn f() -> crate::x::Y<u8> {}";
        assert_eq!(
            paths(text, "crate"),
            ["crate::value::self", "crate::value::Path", "crate::source::Node", "crate::x::Y"]
        );
    }

    #[test]
    fn comments_literals_and_tests_do_not_count() {
        let text = r##"
            //! crate::a
            /* crate::b */
            const S: &str = "crate::c \" crate::d"; const R: &str = r#"crate::e"#;
            fn f<'a>(c: char) -> bool { c == '"' || c == '\'' || crate::g::h(c) }
            #[cfg(test)]
            mod tests { use crate::i; fn t() { if true { crate::j::k() } } }
            fn after() { crate::l::m() }
        "##;
        assert_eq!(paths(text, "crate"), ["crate::g::h", "crate::l::m"]);
    }

    #[test]
    fn only_whole_paths_count() {
        assert!(paths("mycrate::x(); other::crate_::y()", "crate").is_empty());
        assert!(paths("kube::crate::x()", "crate").is_empty());
        assert_eq!(paths("use ::tonic::Status;", "tonic"), ["tonic::Status"]);
        assert_eq!(paths("tonic::Status::ok(); a(tonic::Code)", "tonic").len(), 2);
        assert_eq!(paths("pub use tonic::*;", "tonic"), ["tonic::*"]);
    }

    #[test]
    fn files_of_tests_do_not_count() {
        for path in ["x/src/a/tests.rs", "x/src/a/tests/b.rs"] {
            assert!(Source::new(path, "use crate::b;").paths_from("crate").is_empty());
        }
    }

    #[test]
    fn super_reaches_the_root() {
        let source = Source::new("x/src/a/b.rs", "use super::super::c::D; use super::E;");
        assert_eq!(source.modules_used(), ["c"]);
        let source = Source::new("x/src/a.rs", "use super::c::D;");
        assert_eq!(source.modules_used(), ["c"]);
    }
}
