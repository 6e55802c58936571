//! Any bytes as a file: reading never panics, places lie inside the file, and what was read says
//! the same when it is written as JSON and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use probity_catalog::{
    Arena,
    source::{Options, Source, Windows},
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(source) = Source::new("input", bytes) else { return };
    let options = Options::default();
    for window in Windows::new("input", bytes, 64).flatten() {
        for piece in window.pieces("items") {
            for document in piece.read(&options).documents {
                let _ = piece.snippet(document.root.span);
            }
        }
    }
    let documents = match source.documents(&options) {
        Ok(documents) => documents,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    for document in documents {
        let place = document.root.span;
        assert!(place.line >= 1, "lines count from one: {place:?}");
        let arena = Arena::new();
        let value = document.root.to_value(&arena);
        let Ok(json) = serde_json::to_vec(&value.to_json()) else { continue };
        let again = Source::new("again.json", json)
            .and_then(|source| source.document(&options))
            .expect("what was read can be written and read again");
        let second = Arena::new();
        assert_eq!(value.to_json(), again.root.to_value(&second).to_json());
    }
});
