//! The README does what it says: every command runs, every file is right, every output is true.
//!
//! Commands run in a copy of the examples, with the built binaries, the real Terraform and a local
//! AWS. Nothing is known here of what they mean; the README states what is expected of it:
//!
//! - an `sh` block is run; `exit=1` after the language says how it ends, if not with 0;
//! - a `text` block right after it holds lines of its output, `…` for what differs or is left out;
//! - any other block with `file=` is that file of the repository, or is written for later commands.

#![expect(clippy::unwrap_used, reason = "a suite fails by panicking")]

mod blocks;
mod scratch;

use blocks::{Block, blocks};
use harness::tools;
use scratch::Scratch;

#[test]
fn everything_is_as_it_says() {
    let text = std::fs::read_to_string(tools::root().join("README.md")).unwrap();
    let scratch = Scratch::new();
    let mut printed = None;
    let mut run = 0;
    for block in blocks(&text) {
        printed = match block.language.as_str() {
            "sh" => {
                run += 1;
                Some(scratch.run(&block))
            }
            "text" => {
                if let Some(printed) = &printed {
                    assert_printed(&block, printed);
                }
                None
            }
            _ => {
                place(&scratch, &block);
                None
            }
        };
    }
    assert!(run > 3, "the README has lost its commands");
}

#[test]
fn links_lead_somewhere() {
    let text = std::fs::read_to_string(tools::root().join("README.md")).unwrap();
    let links = regex::Regex::new(r"\]\(([^)#]+)").unwrap();
    let local = links.captures_iter(&text).map(|found| found[1].to_owned());
    let dead: Vec<String> = local
        .filter(|link| !link.starts_with("http"))
        .filter(|link| !tools::root().join(link).exists())
        .collect();
    assert!(dead.is_empty(), "{dead:?}");
}

/// A file of the repository must be as shown; another is written.
fn place(scratch: &Scratch, block: &Block) {
    let Some(file) = block.attribute("file") else { return };
    match std::fs::read_to_string(tools::root().join(file)) {
        Ok(real) => assert!(
            real.contains(block.text.trim()),
            "README.md:{}: {file} does not read so",
            block.line
        ),
        Err(_) => scratch.write(file, &block.text),
    }
}

/// Every line of the block was printed, in this order.
fn assert_printed(block: &Block, printed: &str) {
    let mut rest = printed.lines();
    for (offset, line) in block.text.lines().enumerate() {
        if matches!(line.trim(), "" | "…") {
            continue;
        }
        assert!(
            rest.any(|found| same(line, found)),
            "README.md:{}: not printed, or not here:\n{line}\nbut:\n{printed}",
            block.line + 1 + offset,
        );
    }
}

/// Whether a line was printed as shown, `…` standing for anything.
fn same(shown: &str, printed: &str) -> bool {
    let parts: Vec<String> = shown.trim().split('…').map(regex::escape).collect();
    let pattern = format!("^{}$", parts.join(".*"));
    regex::Regex::new(&pattern).unwrap().is_match(printed.trim())
}

#[test]
fn lines_are_compared_whole() {
    assert!(same("catalog 0.1.0 … in … ms", "  catalog 0.1.0 3f9a12c4 in 9 ms"));
    assert!(!same("catalog 0.1.0", "catalog 0.1.0 3f9a12c4"));
    assert!(!same("a.c", "abc"));
}
