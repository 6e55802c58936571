//! What judging costs: thirty pod controls on admission reviews of 4, 14 and 70 KB.
//!
//! Three judges that must agree: our expressions, the same rules written by hand in Rust over
//! typed structs, and the `cel` crate's own interpreter (given what it lacks: borrowed values,
//! regular expressions compiled once; without `+ parse` also its converted values for free). Figures are medians of thread CPU time of one run, and
//! ratios between them; they are printed, never tested. Run: `cargo bench --bench evaluate`.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark stops at what is wrong")]

mod by_hand;
mod measure;
mod ours;
mod theirs;

use measure::{Measured, measure};
use serde::Deserialize;

/// One control of the fixed catalog.
#[derive(Deserialize)]
struct Control {
    id: String,
    each: String,
    expression: String,
}

const CONTROLS: &str = include_str!("../../fixtures/engine/controls.json");

const REVIEWS: [(&str, &[u8]); 3] = [
    ("4 KB", include_bytes!("../../fixtures/engine/review-4k.json")),
    ("14 KB", include_bytes!("../../fixtures/engine/review-14k.json")),
    ("76 KB", include_bytes!("../../fixtures/engine/review-76k.json")),
];

/// For each control whether it holds; for controls over containers, for all of them.
type Answers = Vec<bool>;

fn main() {
    let controls: Vec<Control> = serde_json::from_str(CONTROLS).expect("controls.json");
    let ours = ours::Judge::new(&controls);
    let theirs = theirs::Judge::new(&controls);
    print(&format!("{} controls; medians of CPU time; allocations in brackets", controls.len()));
    print(&format!(
        "{:<8}{:>20}{:>20}{:>20}{:>12}{:>12}",
        "review", "ours", "by hand", "cel", "/ by hand", "cel / ours"
    ));
    for (name, review) in REVIEWS {
        let failing = agree(&controls, &ours, &theirs, review);
        row(
            name,
            &ours.measure_evaluation(review),
            &by_hand::measure_evaluation(review),
            &theirs.measure_evaluation(review),
        );
        row(
            "+ parse",
            &measure(|| ours.parse_and_judge(review)),
            &measure(|| by_hand::parse_and_judge(review)),
            &measure(|| theirs.parse_and_judge(review)),
        );
        print(&format!("        {} bytes; {failing}", review.len()));
    }
    print("budgets: evaluation at most 4 x by hand (stretch 3) with at most 5 allocations;");
    print("parse + evaluation at most 1.5 x by hand; at least 30 x faster than cel");
}

/// All three give the same answers, or there is nothing to compare.
fn agree(
    controls: &[Control],
    ours: &ours::Judge,
    theirs: &theirs::Judge,
    review: &[u8],
) -> String {
    let answers = ours.parse_and_judge(review);
    assert_eq!(answers, by_hand::parse_and_judge(review), "by hand");
    assert_eq!(answers, theirs.parse_and_judge(review), "cel");
    let failing = controls.iter().zip(&answers).filter(|(_, holds)| !**holds);
    let ids: Vec<&str> = failing.map(|(control, _)| control.id.as_str()).collect();
    if ids.is_empty() { "all hold".to_owned() } else { format!("failing: {}", ids.join(" ")) }
}

fn row(name: &str, ours: &Measured, by_hand: &Measured, theirs: &Measured) {
    print(&format!(
        "{name:<8}{:>20}{:>20}{:>20}{:>12.2}{:>12.0}",
        ours.to_string(),
        by_hand.to_string(),
        theirs.to_string(),
        ours.micros / by_hand.micros,
        theirs.micros / ours.micros,
    ));
}

#[expect(clippy::print_stdout, reason = "the table is what a benchmark is for")]
fn print(line: &str) {
    println!("{line}");
}
