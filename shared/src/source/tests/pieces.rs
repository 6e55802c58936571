//! Pieces against the whole: what is read in parts is what is read at once.

use proptest::prelude::*;

use super::super::{
    Document, Kind, Node, Options, Piece, Reading, Source, SourceError,
    split::{self, Cut, GROUP},
};

pub(super) const OPTIONS: Options = Options { unknown_tag: false };

pub(super) fn source(text: &str) -> Source {
    Source::new("t", text).unwrap()
}

fn read(piece: &Piece<'_>) -> Reading {
    piece.read(&OPTIONS)
}

/// Pieces with so many bytes of a list in each.
pub(super) fn pieces(source: &Source, group: usize) -> Vec<Piece<'_>> {
    split::pieces(source, Cut { list: "items", group })
}

/// Everything that is read in pieces, lists put together again.
fn put_together(source: &Source, group: usize) -> Result<Vec<Document>, Vec<SourceError>> {
    let mut documents: Vec<Document> = Vec::new();
    let mut errors = Vec::new();
    for piece in pieces(source, group) {
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
    assert_same_in_groups(text, GROUP);
    // Within brackets a text in quotes may go on on a line that looks like an element: where it is
    // cut is an error.
    if !text.contains(", \"i\n") {
        assert_same_in_groups(text, 1);
    }
}

fn assert_same_in_groups(text: &str, group: usize) {
    let source = source(text);
    let whole = source.documents(&OPTIONS).unwrap_or_else(|error| panic!("{error}"));
    let parts = put_together(&source, group).unwrap_or_else(|errors| panic!("{text}: {errors:?}"));
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
        assert_eq!(part, whole, "{text}");
    }
    assert_eq!(parts.len(), whole.len(), "{text}");
}

/// A pod of some size; `index` tells it from others.
pub(super) fn pod(index: usize) -> String {
    let words = "wörd ".repeat(index % 300);
    format!(
        r#"{{"kind": "Pod", "metadata": {{"name": "é{index}"}}, "a": "{words}\"]}}", "b": [1, [], {{}}]}}"#
    )
}

pub(super) fn list(pods: usize, separator: &str, around: [&str; 2]) -> String {
    let pods: Vec<_> = (0..pods).map(pod).collect();
    format!("{}{}{}", around[0], pods.join(separator), around[1])
}

pub(super) fn block_list(pods: usize, indent: &str, around: [&str; 2]) -> String {
    let item = |index: usize| {
        let words = "wörd ".repeat(index % 300);
        format!(
            "{indent}- kind: Pod\n{indent}  args: [\"a: {words}\", x]\n{indent}  text: |\n\
             {indent}    - a\n\n{indent}    # {index}\n{indent}  list:\n{indent}  - - b\n{indent}    - c\n\
             # between\n"
        )
    };
    let items: String = (0..pods).map(item).collect();
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
            200,
            ",\n  ",
            ["{\"kind\": \"List\",\n \"items\": [\n  ", "\n],\n \"apiVersion\": \"v1\"}\n"],
        ),
        list(200, ", ", ["{\"items\":[\"\\ud83d\\ude00\", 1E2, ", "]}"]),
        list(200, ", ", ["\n{\"é\": {\"items\": [1]}, \"items\":[", " ]}"]),
        list(
            200,
            ",",
            ["{\"items\":[", "]}{\"kind\": 1}\n{\"items\": [1, {}]} --- {\"items\": []}"],
        ),
        block_list(200, "", ["# é\nkind: List\nitems: # these\n", "metadata:\n  a: é\n"]),
        block_list(200, "  ", ["---\nitems:\n\n", "kind: List\n---\na: 1\n"]),
        block_list(200, "", ["apiVersion: v1\nitems:\n", ""]).replace('\n', "\r\n"),
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
        let text = (text, block_list(200, "", around));
        let source = source(&text.1);
        assert!(source.pieces("items").len() <= 2, "{}", text.0);
        if source.documents(&OPTIONS).is_ok() {
            assert_same(&text.1);
        }
    }
    for text in [
        list(200, ",", ["{\"items\":[", "], \"items\": [{\"a\": 1}]}"]),
        list(200, ",", ["{\"items\":[", "], \"\\u0069tems\": []}"]),
        list(200, ",", ["{\"items\":[", "], # YAML\n \"a\": 1}"]),
        list(200, ",", ["{\"items\":[", "], \"kind\": 1, \"kind\": 2}"]),
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

pub(super) fn lines() -> impl Strategy<Value = String> {
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

/// Pieces of JSON, some of which are YAML alone, and of what is neither.
pub(super) fn tokens() -> impl Strategy<Value = String> {
    let token = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"items\": [",
        "\"kind\": ",
        "\"a\": ",
        "\"b",
        "b\"",
        "\"x, {\"",
        "{\"c\": 1}",
        "{d: 2}, ",
        "{\"e\": [",
        "], ",
        "1",
        "-2",
        "true",
        "yes",
        "f g",
        "'h, i'",
        "'}",
        "# j, ",
        "#{",
        "&k ",
        "*k",
        "!l ",
        "? ",
        "- ",
        "---",
        "\n---\n",
        "@",
        "\t",
        "\r\n",
        "é",
        "\\",
    ]);
    prop::collection::vec(token, 0..16).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Whatever can be read at once is read the same in pieces.
    #[test]
    fn pieces_say_what_the_whole_says(text in lines()) {
        if source(&text).documents(&OPTIONS).is_ok() {
            assert_same(&text);
        }
    }

    #[test]
    fn pieces_of_json_say_what_the_whole_says(tokens in tokens()) {
        for text in [format!("{{\"items\": [{tokens}"), format!("{{\"items\": [{tokens}], \"kind\": 1}}")] {
            if source(&text).documents(&OPTIONS).is_ok() {
                assert_same(&text);
            }
        }
    }
}
