//! Windows against the whole: what is read some at a time is what is read at once.

use std::io::{self, Cursor, Read};

use proptest::prelude::*;

use super::{
    super::{
        Again, GROUP, Kind, Node, Piece, Source, Span, Window, Windows, piece::Form,
        split::last_boundary,
    },
    pieces::{OPTIONS, block_list, lines, list, pieces, source, tokens},
};

/// Gives a byte at a time, as a pipe may, and all of them again or none.
struct Dripping<'b> {
    bytes: &'b [u8],
    at: usize,
    again: bool,
}

impl<'b> Dripping<'b> {
    fn new(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0, again: true }
    }
}

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (Some(byte), Some(slot)) = (self.bytes.get(self.at), buffer.first_mut()) else {
            return Ok(0);
        };
        *slot = *byte;
        self.at += 1;
        Ok(1)
    }
}

impl Again for Dripping<'_> {
    fn place(&mut self) -> io::Result<Option<u64>> {
        Ok(self.again.then_some(self.at as u64))
    }

    fn go_back(&mut self, place: u64) -> io::Result<()> {
        self.at = usize::try_from(place).unwrap();
        Ok(())
    }
}

/// All windows of a text, which together are the text.
fn windows(text: &str, least: usize) -> Vec<Window> {
    let input = Dripping::new(text.as_bytes());
    Windows::new("t", input, least, "items").map(Result::unwrap).collect()
}

#[test]
fn windows_end_with_documents() {
    let text = "\u{feff}a: 1\n---\nb: 2\nc: ---\n--- # no\n---  \r\nd: 4\n---";
    let starts: Vec<_> = windows(text, 1).iter().map(|w| w.text().lines().count()).collect();
    assert_eq!(starts, [1, 4, 3]);
    assert_eq!(windows(text, 12).len(), 3);
    assert_eq!(windows(text, 1000).len(), 1);
    let mixed = "{}\n---\n'l\n{}\n{}\nm'\n---\n{}\n{}\n";
    let texts: Vec<_> = windows(mixed, 4).iter().map(|w| w.text().to_owned()).collect();
    assert_eq!(texts, ["{}\n", "---\n'l\n{}\n{}\nm'\n", "---\n{}\n", "{}\n"]);
    let json = "{\"a\": {\n}}\n{\"b\": [\n{}\n,\n{}]\n}  \n{}\n";
    assert_eq!(windows(json, 1).len(), 3);
    assert_eq!(windows(&json.replace("}\n{", "}{"), 1).len(), 2);
    let last = &windows(text, 1)[2];
    let piece = last.pieces().remove(0);
    let span = piece.read(&OPTIONS).documents[0].root.get("d").unwrap().span;
    assert_eq!((span.line, span.column, piece.covered(span)), (7, 4, "4"));
}

#[test]
fn what_is_not_text_ends_the_windows() {
    let bytes = b"a: 1\n---\nb: \xff\n---\nc: 3\n";
    let mut windows = Windows::new("t", Dripping::new(bytes), 1, "items");
    assert!(windows.next().unwrap().is_ok());
    let error = windows.next().unwrap().unwrap_err();
    assert_eq!((error.line, error.column), (3, 4));
    assert_eq!(error.snippet.unwrap().text, "b:");
    assert!(windows.next().is_none());
}

/// Looking at every byte again with every read would take minutes.
#[test]
fn a_long_line_is_searched_once() {
    let text = format!("{{\"items\": [{{\"a\": \"{}\"}}]}}", "x".repeat(48 << 20));
    assert_eq!(Windows::new("t", Cursor::new(text), 1 << 16, "items").count(), 2);
}

/// All that a piece says: values with their places and how they are shown, and what is wrong.
fn said(piece: &Piece<'_>) -> Vec<String> {
    let reading = piece.read(&OPTIONS);
    let mut said = vec![piece.text().to_owned()];
    for document in &reading.documents {
        for warning in &document.warnings {
            said.push(format!("{} {}", warning.message, place(piece, warning.span, true)));
        }
        if matches!(piece.form, Form::Documents | Form::Json) {
            say(piece, &document.root, true, &mut said);
            continue;
        }
        // What stands around a list is nowhere to be shown.
        said.push(place(piece, document.root.span, false));
        for entry in &document.root.as_mapping().unwrap().entries {
            said.push(format!("{} {}", entry.key, place(piece, entry.key_span, false)));
            say(piece, &entry.value, entry.key == "items", &mut said);
        }
    }
    said.extend(reading.errors.iter().map(ToString::to_string));
    said
}

fn say(piece: &Piece<'_>, node: &Node, shown: bool, into: &mut Vec<String>) {
    into.push(place(piece, node.span, shown));
    match &node.kind {
        Kind::Mapping(mapping) => {
            for entry in &mapping.entries {
                into.push(format!("{} {}", entry.key, place(piece, entry.key_span, shown)));
                say(piece, &entry.value, shown, into);
            }
        }
        Kind::Sequence(elements) => {
            for element in elements {
                say(piece, element, shown, into);
            }
        }
        _ => into.push(node.to_json().to_string()),
    }
}

fn place(piece: &Piece<'_>, span: Span, shown: bool) -> String {
    let text = shown.then(|| (piece.snippet(span), piece.covered(span)));
    format!("{}:{} {text:?}", span.line, span.column)
}

/// What is said through windows, and what the same text says at once.
fn both(text: &str, least: usize) -> [Vec<Vec<String>>; 2] {
    let windows = windows(text, least);
    let through =
        windows.iter().flat_map(|window| window.pieces().iter().map(said).collect::<Vec<_>>());
    let source = source(text);
    let at_once = pieces(&source, GROUP.min(least));
    [through.collect(), at_once.iter().map(said).collect()]
}

fn assert_same(text: &str, least: usize) {
    let [through, at_once] = both(text, least);
    let start: String = text.chars().take(300).collect();
    for (one, other) in through.iter().flatten().zip(at_once.iter().flatten()) {
        assert_eq!(one, other, "in windows of {least}: {start}");
    }
    let count = |said: &[Vec<String>]| said.iter().map(Vec::len).collect::<Vec<_>>();
    assert_eq!(count(&through), count(&at_once), "in windows of {least}: {start}");
}

/// Enough for some 10 KB.
const PODS: usize = 40;

/// Texts that hold one long list, or a few.
fn long_lists() -> Vec<String> {
    let json = |around| list(PODS, ",\n  ", around);
    let pretty =
        serde_json::from_str::<serde_json::Value>(&list(PODS, ", ", ["{\"items\":[", "]}"]));
    let pretty = serde_json::to_string_pretty(&pretty.unwrap()).unwrap();
    let broken = |text: String, index: usize| text.replacen(&format!("\"é{index}\""), "@", 1);
    vec![
        json(["{\"kind\": \"List\",\n \"items\": [\n  ", "\n],\n \"apiVersion\": \"v1\"}\n"]),
        json(["{\"items\": [\n  ", "\n], \"é\": {\"items\": [1]}, \"kind\": \"List\"}"]),
        json(["\u{feff}---\n\n{\"items\": [", "]\n}\n\n---\na: 1\n---"]),
        json(["{}\n{\"items\": [", "]}\n{\"items\": [1, 2]}\n{}\n--- \n"]),
        list(PODS, ",", ["{\"é\": \"é\", \"items\":[", "], \"kind\": \"List\"}"]),
        list(PODS, "\n,", ["{\"items\":[", "]}"]),
        json(["{\"items\":[", "]}"]).replace('\n', "\r\n"),
        json(["a: 1\n---\n{\"items\":[", "]}"]) + "\n" + &json(["{\"items\":[", "]}"]),
        broken(broken(json(["{\"items\":[", "], \"kind\": \"List\"}"]), 30), 3),
        pretty,
        block_list(PODS, "", ["apiVersion: v1\nitems:\n", "kind: List\nmetadata:\n  a: é\n"]),
        block_list(PODS, "  ", ["# é\nkind: List\nitems: # these\n\n", ""]),
        block_list(PODS, "", ["---\nitems:\n", "kind: List\n---\nb: 1\n"]).replace('\n', "\r\n"),
        block_list(PODS, "", ["a: |\n  items:\n  - 1\nitems:\n", "b: 1"])
            .replacen("args: [", "args: ", 2),
    ]
}

#[test]
fn a_list_is_read_some_elements_at_a_time() {
    for text in long_lists() {
        for least in [13, 500, 3000] {
            assert_same(&text, least);
            let largest = windows(&text, least).iter().map(|window| window.text().len()).max();
            assert!(largest.unwrap() <= 3 * least + 800, "{largest:?} in windows of {least}");
        }
    }
}

/// It is one window, and says what it says at once.
#[test]
fn what_cannot_be_cut_is_held() {
    let json = |around| list(PODS, ",", around);
    for text in [
        json(["{\"items\":[", "], \"items\": []}"]),
        json(["{\"items\":[", "], \"\\u0069tems\": []}"]),
        json(["{\"items\":[", "], \"a\": 1, \"a\": 2}"]),
        json(["{\"items\":[", "], \"a\": @}"]),
        json(["{\"items\":[", "]} {\"a\": 1}"]),
        json(["{\"items\":[", "]}\n[1]\n"]),
        json(["{\"items\":[", "]}\n--- # no\n"]),
        json(["{\"items\":[", "]} # YAML"]),
        json(["{\"items\":[", ", {a: 'b, c'}]}"]),
        json(["{\"items\":[", ", # {\n 1]}"]),
        json(["{\"items\":[", "]"]),
        json(["{\"items\":[", ", \"a\n\"]}"]),
        json(["{\"items\":[", "}"]),
        json(["{\"items\":[", ",]}"]),
        json(["[", "]"]),
        block_list(PODS, "", ["a: &a 1\nitems:\n", ""]),
        block_list(PODS, "", ["items:\n", "- &a 1\n"]),
        block_list(PODS, "", ["items:\n", "a: *b\n"]),
        block_list(PODS, "", ["items:\n", "items: []\n"]),
        block_list(PODS, "", ["items:\n", "...\n"]),
        block_list(PODS, "", ["\"a\": 1\nitems:\n", ""]),
        block_list(PODS, "", ["items:\n", "- \"a\rb\"\n"]),
    ] {
        assert_same(&text, 500);
        let windows = windows(&text, 500);
        assert_eq!(windows.iter().map(Window::text).collect::<String>(), text);
        assert_eq!(windows.len(), 1, "{text}");
    }
}

#[test]
fn what_cannot_be_read_again_is_held() {
    let text = list(PODS, ",", ["{\"items\":[", "]}"]);
    let input = Dripping { again: false, ..Dripping::new(text.as_bytes()) };
    let windows: Vec<_> = Windows::new("t", input, 500, "items").map(Result::unwrap).collect();
    assert_eq!(windows.iter().map(Window::text).collect::<Vec<_>>(), [text]);
}

#[test]
fn what_is_not_text_in_a_list_is_an_error() {
    let text = list(PODS, ",\n", ["{\"items\":[", "]}\n"]);
    let mut bytes = text.clone().into_bytes();
    let at = text.rfind("wörd").unwrap();
    bytes[at] = 0xff;
    let error = |windows: &mut Windows<Dripping<'_>>| windows.next().unwrap().unwrap_err();
    let of_all = Source::new("t", bytes.clone()).unwrap_err();
    let mut windows = Windows::new("t", Dripping::new(&bytes), 500, "items");
    assert_eq!(error(&mut windows).to_string(), of_all.to_string());
    assert!(windows.next().is_none());
}

/// A reader that loses its end between the first pass and the second.
struct Shrinking<'b>(Dripping<'b>);

impl Read for Shrinking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Again for Shrinking<'_> {
    fn place(&mut self) -> io::Result<Option<u64>> {
        self.0.place()
    }

    fn go_back(&mut self, place: u64) -> io::Result<()> {
        self.0.bytes = &self.0.bytes[..self.0.bytes.len() / 2];
        self.0.go_back(place)
    }
}

#[test]
fn a_file_that_shrinks_is_an_error() {
    let text = list(PODS, ",", ["{\"items\":[", "]}"]);
    let input = Shrinking(Dripping::new(text.as_bytes()));
    let windows: Vec<_> = Windows::new("t", input, 500, "items").collect();
    let (last, others) = windows.split_last().unwrap();
    assert!(others.len() > 3 && others.iter().all(Result::is_ok));
    let message = last.as_ref().unwrap_err().to_string();
    assert_eq!(message, "t: cannot be read: it became shorter while it was read");
}

/// A sound text with something put into it.
fn broken() -> impl Strategy<Value = String> {
    let text = prop::sample::select(vec![
        "{\"kind\": \"List\", \"items\": [{\"a\": [1, {}]}, {\"b\": \"é, {\"},\n 3, \"x\"], \"metadata\": {}}\n",
        "{\"items\":\n[{\"a\": 1}\n,\n{\"b\": 2}\n]\n}\n\n{\"items\": [1]}\n",
        "kind: List\nitems:\n- a: 1\n  b: |\n    - c\n# d\n- e: [f,\n    g]\n- h\nmetadata:\n  i: {}\n",
        "---\nitems:\n  - a: \"b\n     c\"\n  -\n    d: é\n  - - e\nkind: List\n---\n{}\n",
    ]);
    (text, any::<prop::sample::Index>(), any::<prop::sample::Index>(), tokens()).prop_map(
        |(text, from, to, tokens)| {
            let place =
                |index: prop::sample::Index| text.floor_char_boundary(index.index(text.len()));
            let (from, to) = (place(from), place(to));
            let to = if to < from || to > from + 3 { from } else { to };
            let (before, after) = (text.get(..from).unwrap(), text.get(to..).unwrap());
            format!("{before}{tokens}{after}")
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// Of several that are broken, it depends on the window what a bracket or a quote that is not
    /// closed takes with it.
    #[test]
    fn windows_say_what_the_whole_says(
        text in lines(),
        least in prop_oneof![Just(1), Just(7), Just(30)],
    ) {
        if source(&text).documents(&OPTIONS).is_ok() {
            assert_same(&text, least);
        }
    }

    #[test]
    fn windows_of_one_document_say_what_the_whole_says(
        text in prop_oneof![lines(), tokens(), broken()],
        least in prop_oneof![Just(1), Just(7), Just(30)],
    ) {
        if last_boundary(text.as_bytes()).is_none() {
            assert_same(&text, least);
        }
    }
}
