//! Pieces and windows against the whole: what is read in parts is what is read at once.

use std::io::Read;

use proptest::prelude::*;

use super::super::{Document, Kind, Node, Options, Piece, Reading, Source, SourceError, Windows};

const OPTIONS: Options = Options { unknown_tag: false };

fn source(text: &str) -> Source {
    Source::new("t", text).unwrap()
}

fn read(piece: &Piece<'_>) -> Reading {
    piece.read(&OPTIONS)
}

/// Everything that is read in pieces, lists put together again.
fn put_together(source: &Source) -> Result<Vec<Document>, Vec<SourceError>> {
    let mut documents: Vec<Document> = Vec::new();
    let mut errors = Vec::new();
    for piece in source.pieces("items") {
        let reading = read(&piece);
        errors.extend(reading.errors);
        for document in reading.documents {
            match documents.last_mut() {
                Some(last) if last.root.span.start == document.root.span.start => {
                    let items = items(&mut last.root).expect("a piece of a list");
                    items.extend(
                        document.root.get("items").unwrap().as_sequence().unwrap().to_vec(),
                    );
                    last.warnings.extend(document.warnings);
                }
                _ => documents.push(document),
            }
        }
    }
    if errors.is_empty() { Ok(documents) } else { Err(errors) }
}

fn items(node: &mut Node) -> Option<&mut Vec<Node>> {
    let Kind::Mapping(mapping) = &mut node.kind else { return None };
    let entry = mapping.entries.iter_mut().find(|entry| entry.key == "items")?;
    match &mut entry.value.kind {
        Kind::Sequence(items) => Some(items),
        _ => None,
    }
}

/// Every value with the place where it starts, and for scalars where it ends.
fn places(node: &Node, into: &mut Vec<String>) {
    let span = node.span;
    let end = match &node.kind {
        Kind::Mapping(mapping) => {
            for entry in &mapping.entries {
                into.push(format!("{} at {:?}", entry.key, entry.key_span));
                places(&entry.value, into);
            }
            0
        }
        Kind::Sequence(elements) => {
            for element in elements {
                places(element, into);
            }
            0
        }
        _ => span.end,
    };
    // A list that is put together starts with its first element; what is empty at the end of a
    // document may stand anywhere behind it.
    let empty = matches!(&node.kind, Kind::Null) || node.as_str() == Some("");
    if !matches!(node.kind, Kind::Sequence(_)) && !empty {
        into.push(format!("{}-{end} {}:{} {}", span.start, span.line, span.column, node.to_json()));
    }
}

fn assert_same(text: &str) {
    let source = source(text);
    let whole = source.documents(&OPTIONS).unwrap_or_else(|error| panic!("{error}"));
    let parts = put_together(&source).unwrap_or_else(|errors| panic!("{errors:?}"));
    let said = |documents: &[Document]| {
        let mut said = Vec::new();
        for document in documents {
            places(&document.root, &mut said);
            said.extend(document.warnings.iter().map(|warning| format!("{warning:?}")));
        }
        said
    };
    let (parts, whole) = (said(&parts), said(&whole));
    for (part, whole) in parts.iter().zip(&whole) {
        assert_eq!(part, whole);
    }
    assert_eq!(parts.len(), whole.len(), "{text}");
}

/// A pod of some size; `index` tells it from others.
fn pod(index: usize) -> String {
    let words = "wörd ".repeat(index % 300);
    format!(
        r#"{{"kind": "Pod", "metadata": {{"name": "é{index}"}}, "a": "{words}\"]}}", "b": [1, [], {{}}]}}"#
    )
}

fn list(separator: &str, around: [&str; 2]) -> String {
    let pods: Vec<_> = (0..200).map(pod).collect();
    format!("{}{}{}", around[0], pods.join(separator), around[1])
}

fn block_list(indent: &str, around: [&str; 2]) -> String {
    let item = |index: usize| {
        let words = "wörd ".repeat(index % 300);
        format!(
            "{indent}- kind: Pod\n{indent}  args: [\"a: {words}\", x]\n{indent}  text: |\n\
             {indent}    - a\n\n{indent}    # {index}\n{indent}  list:\n{indent}  - - b\n{indent}    - c\n\
             # between\n"
        )
    };
    let items: String = (0..200).map(item).collect();
    format!("{}{items}{}", around[0], around[1])
}

#[test]
fn documents_are_pieces() {
    let text = "# é\n---\na: 1\nb: x\n---  \n%YAML 1.2\n--- # three\nc: ü\n--- \nd: [\n";
    let source = source(text);
    let pieces = source.pieces("items");
    assert_eq!(pieces.len(), 4);
    assert!(read(&pieces[0]).documents.is_empty());
    let documents = read(&pieces[1]).documents;
    let span = documents[0].root.get("b").unwrap().span;
    assert_eq!((span.line, span.column, pieces[1].covered(span)), (4, 4, "x"));
    assert_eq!(pieces[1].snippet(span).unwrap().text, "b: x");
    assert!(read(&pieces[2]).errors[0].to_string().starts_with("t:6:1: this is not YAML 1.1"));
    assert_eq!(read(&pieces[3]).errors[0].line, 11);
    let hidden = Source::new("t", "a: 1\n---\nb: \u{2028}").unwrap();
    let error = read(&hidden.pieces("items")[1]).errors.remove(0);
    assert_eq!((error.line, error.column), (3, 4));
}

#[test]
fn a_long_list_is_read_in_pieces_as_at_once() {
    for text in [
        list(
            ",\n  ",
            ["{\"kind\": \"List\",\n \"items\": [\n  ", "\n],\n \"apiVersion\": \"v1\"}\n"],
        ),
        list(", ", ["\n{\"é\": {\"items\": [1]}, \"items\":[", " ]}"]),
        list(",", ["{\"items\":[", "]}{\"kind\": 1}\n{\"items\": [1, {}]} --- {\"items\": []}"]),
        block_list("", ["# é\nkind: List\nitems: # these\n", "metadata:\n  a: é\n"]),
        block_list("  ", ["---\nitems:\n\n", "kind: List\n---\na: 1\n"]),
        block_list("", ["apiVersion: v1\nitems:\n", ""]).replace('\n', "\r\n"),
    ] {
        let pieces = source(&text).pieces("items").len();
        assert!(pieces > 3, "{pieces}");
        assert_same(&text);
    }
}

#[test]
fn what_looks_at_other_parts_is_left_whole() {
    for (text, around) in [
        ("an anchor", ["defaults: &d {a: 1}\nitems:\n", "- *d\n"]),
        ("an anchor in an element", ["items:\n", "- &é {a: 1}\n- b: *é\n"]),
        ("a merge", ["<<: {a: 1}\nitems:\n", ""]),
        ("a key twice", ["kind: A\nkind: B\nitems:\n", ""]),
        ("a list twice", ["items:\n- a: 1\nitems:\n", ""]),
        ("a quoted key", ["\"kind\": A\nitems:\n", ""]),
        ("another document", ["a: 1\n--- # here\nitems:\n", ""]),
        ("a flow sequence after it", ["items:\n", "b: [\n1]\n"]),
        ("a list in a text", ["kind: \"a\nitems:\n- \\n", "- \"\n"]),
        ("a document's end", ["items:\n", "...\na: 1\n"]),
        ("a carriage return", ["items:\n", "- a: \"b\rc\"\n"]),
    ] {
        let text = (text, block_list("", around));
        let source = source(&text.1);
        assert!(source.pieces("items").len() <= 2, "{}", text.0);
        if source.documents(&OPTIONS).is_ok() {
            assert_same(&text.1);
        }
    }
    for text in [
        list(",", ["{\"items\":[", "], \"items\": [{\"a\": 1}]}"]),
        list(",", ["{\"items\":[", "], \"\\u0069tems\": []}"]),
        list(",", ["{\"items\":[", "], # YAML\n \"a\": 1}"]),
        list(",", ["{\"items\":[", "], \"kind\": 1, \"kind\": 2}"]),
    ] {
        let source = source(&text);
        assert_eq!(source.pieces("items").len(), 1, "{text}");
        assert_same(&text);
    }
    // A sequence is deeper than what is left of a mapping by the same dash.
    assert_same("items:\n  - a\nkind: List\n");
    assert_same("{\"a\": 1} # YAML\n");
    assert_same("{\"a\": 1,}\n---\nb: 2\n");
}

#[test]
fn a_broken_value_does_not_lose_the_others() {
    let names = |text: &str| -> (Vec<String>, Vec<(u32, u32)>) {
        let source = source(text);
        let (mut names, mut errors) = (Vec::new(), Vec::new());
        for piece in source.pieces("items") {
            let reading = read(&piece);
            names.extend(
                reading.documents.iter().map(|document| document.root.to_json().to_string()),
            );
            errors.extend(reading.errors.iter().map(|error| (error.line, error.column)));
        }
        (names, errors)
    };
    let said = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for (text, good, bad) in [
        ("{\"a\":1}\n{\"b\":@}\n{\"c\":3}\n", &["{\"a\":1}", "{\"c\":3}"][..], (2, 6)),
        ("{\"a\":1}\n{\"b\":[2}\n{\"c\":3}\n", &["{\"a\":1}", "{\"c\":3}"], (2, 8)),
        ("{\"a\":1}\n{\"b\":{\n{\"c\":3}\n", &["{\"a\":1}", "{\"c\":3}"], (3, 1)),
        ("{\"a\":1}\n{\"b\":\"x\n{\"c\":3}\n", &["{\"a\":1}", "{\"c\":3}"], (2, 8)),
        ("{\"a\":1}\nb: 1\n{\"c\":3}\n", &["{\"a\":1}", "{\"c\":3}"], (2, 1)),
        ("{\"a\":1} {\"b\":@} {\"c\":3}", &["{\"a\":1}", "{\"c\":3}"], (1, 14)),
        ("{\"b\":1", &[], (1, 7)),
    ] {
        assert_eq!(names(text), (said(good), vec![bad]), "{text}");
    }
    for text in [
        "{\"kind\": \"List\", \"items\": [{\"a\": 1},\n {\"b\": @},\n {\"c\": 3}]}",
        "items:\n- a: 1\n- b: [\n- c: 3\nkind: List\n",
    ] {
        let (documents, errors) = names(text);
        let document: serde_json::Value = serde_json::from_str(&documents[0]).unwrap();
        let whole = serde_json::json!({"kind": "List", "items": [{"a": 1}, {"c": 3}]});
        assert_eq!((documents.len(), document), (1, whole), "{text}");
        assert_eq!(errors.len(), 1, "{text}");
    }
}

/// What stands beside on the same line may be a secret of somebody else.
#[test]
fn a_piece_shows_nothing_but_itself() {
    let source = source("{\"a\": \"mine\"} {\"b\": \"theirs\"} {\"c\": [}");
    let pieces = source.pieces("items");
    let documents = read(&pieces[0]).documents;
    let span = documents[0].root.get("a").unwrap().span;
    assert_eq!(pieces[0].snippet(span).unwrap().text, "{\"a\": \"mine\"}");
    assert!(pieces[1].snippet(span).is_none());
    let error = read(&pieces[2]).errors.remove(0);
    assert_eq!(error.snippet.unwrap().text, "{\"c\": [}");
    assert_eq!((error.line, error.column), (1, 38));
}

/// Gives a byte at a time, as a pipe may.
struct Dripping<'b>(&'b [u8]);

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let (Some((first, rest)), Some(slot)) = (self.0.split_first(), buffer.first_mut()) else {
            return Ok(0);
        };
        *slot = *first;
        self.0 = rest;
        Ok(1)
    }
}

/// All windows of a text, which together are the text.
fn windows(text: &str, least: usize) -> Vec<Source> {
    let windows: Vec<_> =
        Windows::new("t", Dripping(text.as_bytes()), least).map(Result::unwrap).collect();
    let all: String = windows.iter().map(Source::text).collect();
    assert_eq!(all, text.trim_start_matches('\u{feff}'));
    windows
}

#[test]
fn windows_end_with_documents() {
    let text = "\u{feff}a: 1\n---\nb: 2\nc: ---\n--- # no\n---  \r\nd: 4\n---";
    let starts: Vec<_> = windows(text, 1).iter().map(|w| w.text().lines().count()).collect();
    assert_eq!(starts, [1, 4, 3]);
    assert_eq!(windows(text, 12).len(), 2);
    assert_eq!(windows(text, 1000).len(), 1);
    let mixed = "{}\n---\n'l\n{}\n{}\nm'\n---\n{}\n{}\n";
    let texts: Vec<_> = windows(mixed, 4).iter().map(|w| w.text().to_owned()).collect();
    assert_eq!(texts, ["{}\n---\n'l\n{}\n{}\nm'\n", "---\n{}\n", "{}\n"]);
    let json = "{\"a\": {\n}}\n{\"b\": [\n{}\n,\n{}]\n}  \n{}\n";
    assert_eq!(windows(json, 1).len(), 3);
    assert_eq!(windows(&json.replace("}\n{", "}{"), 1).len(), 2);
    let last = &windows(text, 1)[2];
    let span = last.documents(&OPTIONS).unwrap()[0].root.get("d").unwrap().span;
    let covered = last.text().get(span.range());
    assert_eq!((span.line, span.column, covered), (7, 4, Some("4")));
}

#[test]
fn what_is_not_text_ends_the_windows() {
    let bytes = b"a: 1\n---\nb: \xff\n---\nc: 3\n";
    let mut windows = Windows::new("t", &bytes[..], 1);
    assert!(windows.next().unwrap().is_ok());
    let error = windows.next().unwrap().unwrap_err();
    assert_eq!((error.line, error.column), (3, 4));
    assert_eq!(error.snippet.unwrap().text, "b:");
    assert!(windows.next().is_none());
}

/// Looking at every byte again with every read would take minutes.
#[test]
fn a_long_line_is_searched_once() {
    let text = format!("{{\"a\": \"{}\"}}", "x".repeat(48 << 20));
    assert_eq!(Windows::new("t", text.as_bytes(), 1).count(), 1);
}

fn lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "items:",
        "kind: List",
        "- a: 1",
        "  b: 2",
        "  - c",
        "  - d: e",
        "    f: |",
        "      - g",
        "- [h, \"i",
        "- j\"]",
        "# k",
        "",
        "- 'l",
        "m'",
        "- &n o",
        "- *n",
        "---",
        "metadata:",
        "  items:",
        "-",
        "- - p",
        "{\"items\": [{\"q\": 1},",
        "{\"r\": 2}]}",
        "{}",
        "[]",
        "\"s\"",
    ]);
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Whatever can be read at once is read the same in pieces, and in windows.
    #[test]
    fn pieces_say_what_the_whole_says(text in lines()) {
        let source = source(&text);
        let windows = windows(&text, 7);
        if source.documents(&OPTIONS).is_err() {
            return Ok(());
        }
        assert_same(&text);
        let values = |source: &Source| -> Vec<String> {
            let read = source.pieces("items").iter().map(read).collect::<Vec<_>>();
            let documents = read.iter().flat_map(|reading| &reading.documents);
            documents.map(|document| format!("{:?}", document.root.to_json())).collect()
        };
        let through: Vec<_> = windows.iter().flat_map(values).collect();
        prop_assert_eq!(through, values(&source));
    }
}
