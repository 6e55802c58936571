//! The parser against that of the `cel` crate: what one refuses the other refuses, and what both
//! take becomes the same tree with the same places. And what is said of what is refused.

mod reference;

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::*;
use crate::expression::parse::{MAX_DEPTH, parse};
use crate::source::{Node, Options, Source};

/// Whether a source is taken; panics where the reference has another opinion or another tree.
#[track_caller]
fn is_taken(source: &str) -> bool {
    let reference = reference::parse(source).filter(|tree| tree.depth <= MAX_DEPTH);
    match (parse(source), reference) {
        (Ok(own), Some(reference)) => {
            assert_eq!(format!("{own:#?}"), format!("{reference:#?}"), "{source}");
            true
        }
        (Err(_), None) => false,
        (Ok(_), None) => panic!("taken, and refused by the reference: {source}"),
        (Err(error), Some(_)) => panic!("refused, and taken by the reference: {source}\n{error:?}"),
    }
}

fn catalog() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The YAML files of a folder, cases left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| match path {
        path if path.ends_with("cases") => Vec::new(),
        path if path.is_dir() => files(&path),
        path => vec![path],
    };
    entries
        .flat_map(below)
        .filter(|path| path.extension().is_some_and(|own| own == "yaml"))
        .collect()
}

/// Every text in a node, and what stands between braces in it.
fn texts(node: &Node, found: &mut Vec<String>) {
    if let Some(text) = node.as_str() {
        let inner = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        found.extend(inner.map(|(inner, _)| inner.to_owned()));
        found.push(text.to_owned());
    }
    let fields = node.as_mapping().into_iter().flat_map(|own| &own.entries).map(|own| &own.value);
    fields.chain(node.as_sequence().into_iter().flatten()).for_each(|node| texts(node, found));
}

#[test]
fn what_the_catalog_says() {
    let mut taken = 0;
    for path in ["controls", "regimes"].iter().flat_map(|name| files(&catalog().join(name))) {
        let source = Source::new("control.yaml", fs::read(&path).unwrap()).unwrap();
        let root = source.document(&Options::default()).unwrap().root;
        let mut found = Vec::new();
        for node in ["checks", "parameters"].iter().filter_map(|field| root.get(field)) {
            texts(node, &mut found);
        }
        taken += found.iter().filter(|text| is_taken(text)).count();
    }
    assert!(taken > 500, "{taken}");
}

#[test]
fn what_the_documentation_says_and_kubernetes_was_asked() {
    let read = |path: &str| fs::read_to_string(catalog().join("..").join(path)).unwrap();
    let (documented, asked) = (read("docs/expressions.md"), read("tests/oracles/recorded.txt"));
    let documented = documented.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let documented = documented.map(|part| part.replace("\\|", "|"));
    let asked = asked.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned);
    let taken = documented.chain(asked).filter(|source| is_taken(source)).count();
    assert!(taken > 1_000, "{taken}");
}

#[test]
fn literals() {
    for source in [
        "0",
        "007",
        "9223372036854775807",
        "-9223372036854775808",
        "- 5",
        "--5",
        "---5",
        "!-5",
        "0x1F",
        "-0x10",
        "-0x8000000000000000",
        "5u",
        "5U",
        "0xFFu",
        "18446744073709551615u",
        "-5u",
        "1.5",
        ".5",
        "-.5",
        "1e3",
        "1E+3",
        "1.5e-3",
        "1.e5",
        "1.foo",
        "5.5.foo",
        "'a'",
        "\"a\"",
        "''",
        "'''a'b''c\nd'''",
        "\"\"\"a\"b\"\"\"",
        "'é' + '🐱'",
        "'''a\r\nb\rc'''",
        r"'\a\b\f\n\r\t\v\\\'\x41\X7f\101\u00e9\U0001F431\`\?'",
        "'\\\"'",
        r"r'\d'",
        r"R'\'",
        r#"r"""a"b\""""#,
        "b'é\\xff\\377'",
        r"br'\x'",
        "bR'a'",
        "B\"\"\"a\"\"\"",
        "'a' // b",
        "// a\n'b'",
        "\x0c1\t",
        "true",
        "null",
    ] {
        assert!(is_taken(source), "{source}");
    }
    for source in [
        "9223372036854775808",
        "-9223372036854775809",
        "0x8000000000000000",
        "1e999",
        "-1e999",
        "18446744073709551616u",
        "1.",
        "1e",
        "0x",
        "0xg",
        "5m",
        "1.5u",
        "'a",
        "'a\nb'",
        "'a\rb'",
        "'''a",
        "''''a'''b'",
        r"'\d'",
        r"'\400'",
        r"'\08'",
        r"'\x4'",
        r"'\x+4'",
        r"'\ud800'",
        r"'\U00110000'",
        r"'\u12'",
        r"b'\u0041'",
        r"b'\U00000041'",
        r"r'\''",
        "rb'a'",
        r"'\",
        "'\\\n'",
        "'''\\'''",
        "\u{b}1",
        "\u{a0}1",
        "é",
        "#",
        "a = b",
        "a & b",
        "a | b",
        "'a' 'b'",
    ] {
        assert!(!is_taken(source), "{source}");
    }
}

/// With two spaces in between.
const TAKEN: &str = "a.b.c  a . b  a.?b  a.?b.c[?0]  a[0][?'b']  a.`b.c/d-e f`  a.?`b`  .a  .a(1)  \
    . a.b  a.for  a.for()  a.true_  f()  f (1, 2)  a.f(1).g()  []  [,]  [1,]  [?a, b,]  {}  {,}  \
    {'a': 1,}  {?'a': b, c: d}  a ? b : c  a ? b : c ? d : e  a ? (b ? c : d) : e  a ? [?b] : c  \
    a ? .b : c  a ?.b : c  !a  !!a  !!!a.b  -a  --a.b  a - -5  a--5  a-5  a -b  a in b in c  \
    a < b == c  a + b * c - d / e % f  a && b || c && d  a || b || c || d || e || f  a && (b && c)  \
    ((a))  a in [1]  inner  in_";

const REFUSED: &str = "a.  a..b  a.1  a.5  a.in  a.null  a.?b(c)  a.`b`()  `a`  a.``  a.`b  a.`é`  \
    for  .for  for()  a?.b  a b  f(  f(1,)  f(,)  [,1]  [1 2]  [1,,]  {1}  {'a': }  {?}  a ? b  \
    a ? b :  a ? b ? c : d : e  !-a  -!a  a !b  a not in b  +a  (a  a)  ()  a[  a[]  a{}  \
    a.b{c: d}  in  && a  a &&  a,  a ? : b  .  ..a";

#[test]
fn forms() {
    assert_eq!(TAKEN.split("  ").find(|source| !is_taken(source)), None);
    assert_eq!(REFUSED.split("  ").find(|source| is_taken(source)), None);
}

#[test]
fn what_is_said_of_mistakes() {
    let twice = "write a backslash twice, or `r\"…\"`, in which it stands for itself";
    for (source, place, message, help) in [
        ("c.tty and true", "and", "`and` is not an operator", "write `&&`"),
        ("c.image.matches('\\d')", "\\d", "`\\d` is not an escape", twice),
        ("b'\\u0041'", "\\u", "`\\u` is not an escape", twice),
        ("c.name == 'a", "'", "the text that begins here is never closed", ""),
        ("c.`name", "`", "the name that begins here is never closed", ""),
        ("c.name # a", "#", "`#` has no meaning here", ""),
        ("c.name\u{a0}== 'a'", "\u{a0}", "`\\u{a0}` has no meaning here", ""),
        ("size(c.name", "(", "`(` is never closed", ""),
        ("c.name in ['a' 'b']", "'b'", "`]` is missing before `'b'`", ""),
        ("c.name == 'a')", ")", "`)` does not belong here", ""),
        ("c.name 'a'", "'a'", "an operator is missing before `'a'`", ""),
        ("c.name == ", "", "a value is missing at the end", ""),
        ("c.name == )", ")", "a value is missing before `)`", ""),
        ("c.name.", "", "the name of a field is missing at the end", ""),
        ("c.name.'a'", "'a'", "the name of a field is missing before `'a'`", ""),
        ("c.tty ? true", "", "`:` is missing at the end", ""),
        ("{'a' 1}", "1", "`:` is missing before `1`", ""),
        ("if", "if", "`if` is a reserved word", ""),
        ("Pod{name: 'a'}", "{", "there is no message type `Pod`", ""),
        ("1e999", "1e999", "`1e999` is larger than any number", ""),
        (
            "-9223372036854775809",
            "9223372036854775809",
            "`-9223372036854775809` does not fit 64 bits",
            "",
        ),
    ] {
        refused(source, place, message, help);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn whatever_is_written(
        words in prop::collection::vec(prop::sample::select(vec![
            "a", "b", "a.b", ".", ".?", "[", "]", "[?", "(", "()", ")", "{", "}", ":", ",", "?",
            "&&", "||", "!", "-", "+", "*", "%", "==", "in", "<", ">=", "1", "0x1f", "-5", "1u",
            "1.5", ".5", "1e3", "'x'", "'\\n'", "r'\\'", "b'x'", "\"", "'''", "true", "null", "f(",
            ".f(", "for", "`a`", "é", "\n", "//", "=", "&", "\\", " ", " ",
        ]), 0..12),
    ) {
        is_taken(&words.concat());
    }
}
