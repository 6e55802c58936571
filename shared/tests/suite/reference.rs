//! The reference of functions, `docs/expressions.md`, is made from their table. With
//! `PROBITY_WRITE=1` this test writes it; otherwise it says that it is out of date. That every
//! example is true is tested beside the table.

use std::fmt::Write;
use std::{env, fs, path::Path};

use probity_catalog::expression::functions::{Charge, Function, GROUPS};

const INTRODUCTION: &str = "\
# Expressions

What a control can say, function by function. [`shared/README.md`](../shared/README.md) says how to write a control, and which
variables there are. This page is made from the table that the program calls by; each example is evaluated, and is true.

**The language** is CEL: `true false null`, numbers `1 1u 1.5`, texts `'a' \"a\" r'\\d'`, bytes `b'a'`, lists `[1, 2]`, maps
`{'a': 1}`; an element or entry with `?` before it is left out where it is absent: `[?pod.?hostname]`, `{?'a': pod.?hostname}`.
Fields are `a.b`, or `a['b']` for any text. Fields whose names are words of the language are written in backticks: `` a.`in` ``.

**What is unknown** (a value that Terraform learns at apply) makes an answer unknown only where it decides: `false && unknown` is
false, `[1, unknown].exists(n, n == 1)` true, `[unknown].size()` 1. What was decided stays so, whatever the unknown turns out to be.

**What cannot be computed** is an error and never a value; `&&`, `||`, `all` and `exists` pass over an error where another operand
decides. An error that is certain when the control is loaded, such as `duration('5 minutes')`, is refused then.

**Cost.** An expression may cost 1,000,000 units, an evaluation of many as much for each. A step costs one; *by size* one more for
eight bytes of a text and for each element of a list or map that is read; *by work* as much as there is to do, such as one for
each part that is found or each pair that is compared. Regular expressions are those of RE2, in linear time; one that is written
out is compiled once.

**Kubernetes.** The last column says which version of Kubernetes first had the function in its own policies; a control with one
that has none can be judged here, but not exported. `authorizer` is not offered: it asks the API server, and controls see only
what is judged.
";

#[test]
fn the_reference_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/expressions.md");
    let made = reference();
    if env::var_os("PROBITY_WRITE").is_some() {
        fs::write(&file, &made).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    assert!(kept == made, "docs/expressions.md is out of date: run this test with PROBITY_WRITE=1");
}

fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    for group in &GROUPS {
        let head =
            "| call | gives | what | example | cost | Kubernetes |\n|---|---|---|---|---|---|\n";
        write!(page, "\n## {}\n\n{head}", group.title).unwrap();
        for function in group.functions {
            let since = group.since(function).unwrap_or("–");
            writeln!(page, "{} {since} |", row(function)).unwrap();
        }
    }
    page
}

fn row(function: &Function) -> String {
    let cost = match function.cost {
        Charge::Constant => "1",
        Charge::Linear => "by size",
        Charge::Own => "by work",
    };
    let example =
        if function.example.is_empty() { "–".to_owned() } else { code(function.example) };
    format!(
        "| {} | {} | {} | {example} | {cost} |",
        code(&function.to_string()),
        function.returns.name(),
        cell(function.doc)
    )
}

/// Code in a cell: a bar would end the cell, a backtick the code.
fn code(text: &str) -> String {
    let fence = if text.contains('`') { "``" } else { "`" };
    format!("{fence}{}{fence}", cell(text))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
