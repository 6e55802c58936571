//! What judging costs: thirty pod controls on admission reviews of 4, 14 and 76 KB.
//!
//! Three judges that must agree: the product, the same controls written by hand in Rust over
//! typed structs, and the `cel` crate's own interpreter (given what it lacks: borrowed values,
//! regular expressions compiled once; without `+ parse` also its converted values for free). Then
//! how the product's time grows with the catalog and with the object. Figures are medians of
//! thread CPU time of one run, and ratios between them; they are printed, never tested.
//! Run: `cargo bench --bench evaluate`.

#![expect(clippy::expect_used, reason = "a benchmark stops at what is wrong")]

mod measure;
mod ours;
mod theirs;

use measure::{Measured, measure};
use probity_benches::by_hand::{self, Pod};
use probity_benches::catalog::{Control, fixed, grown};
use probity_benches::{Answers, reviews};
use serde::Deserialize;

/// What the hand-written judge reads of a review.
#[derive(Deserialize)]
struct Review<'a> {
    #[serde(borrow)]
    request: Request<'a>,
}

#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    object: Pod<'a>,
}

fn main() {
    against_others();
    with_the_catalog();
    with_the_object();
}

fn against_others() {
    let controls = fixed(30);
    let ours = ours::Judge::new(&controls);
    let theirs = theirs::Judge::new(&controls);
    print(&format!("{} controls; medians of CPU time; allocations in brackets", controls.len()));
    print(&format!(
        "{:<8}{:>20}{:>20}{:>20}{:>12}{:>12}",
        "review", "ours", "by hand", "cel", "/ by hand", "cel / ours"
    ));
    let [small, typical, broken] = reviews::FIXED;
    let large = reviews::sized(76_000, 12);
    for (name, review) in [small, typical, ("76 KB", &large[..]), broken] {
        let failing = agree(&controls, &ours, &theirs, review);
        let typed: Review<'_> = serde_json::from_slice(review).expect("a review");
        row(
            name,
            &ours.measure_evaluation(review),
            &measure(|| by_hand::thirty(&typed.request.object)),
            &theirs.measure_evaluation(review),
        );
        row(
            "+ parse",
            &measure(|| ours.parse_and_judge(review)),
            &measure(|| parse_and_judge_by_hand(review)),
            &measure(|| theirs.parse_and_judge(review)),
        );
        print(&format!("        {} bytes; {failing}", review.len()));
    }
    print("budgets: evaluation at most 4 x by hand (stretch 3) with at most 5 allocations;");
    print("parse + evaluation at most 1.5 x by hand; at least 30 x faster than cel\n");
}

/// The same pod under catalogs of many sizes.
fn with_the_catalog() {
    let review = reviews::sized(14_000, 4);
    print("evaluation of one pod of 14 KB with 4 containers, as the catalog grows");
    print(&format!("{:>10}{:>20}{:>16}{:>14}", "controls", "ours", "controls x", "time x"));
    let mut first = None;
    for count in [10, 50, 200, 1_000] {
        let judge = ours::Judge::new(&grown(count));
        let measured = judge.measure_evaluation(&review);
        grows(&format!("{count:>10}"), count, &measured, &mut first);
    }
    print("wanted: the time grows by less than the catalog does\n");
}

/// The thirty controls on pods of many sizes.
fn with_the_object() {
    let judge = ours::Judge::new(&fixed(30));
    print("parse + evaluation of 30 controls, as the pod grows");
    print(&format!("{:>10}{:>20}{:>16}{:>14}", "bytes", "ours", "bytes x", "time x"));
    let mut first = None;
    for (bytes, containers) in [(4_000, 1), (14_000, 4), (76_000, 16), (400_000, 80)] {
        let review = reviews::sized(bytes, containers);
        let measured = measure(|| judge.parse_and_judge(&review));
        grows(&format!("{:>10}", review.len()), review.len(), &measured, &mut first);
    }
    print("wanted: the time grows at most as the pod does");
}

/// A row of how time grows with what is on its left, measured by the first row.
#[expect(clippy::cast_precision_loss, reason = "ratios of small numbers")]
fn grows(label: &str, size: usize, measured: &Measured, first: &mut Option<(usize, f64)>) {
    let (first_size, first_micros) = *first.get_or_insert((size, measured.micros));
    print(&format!(
        "{label}{:>20}{:>16.1}{:>14.1}",
        measured.to_string(),
        size as f64 / first_size as f64,
        measured.micros / first_micros,
    ));
}

fn parse_and_judge_by_hand(review: &[u8]) -> Answers {
    let review: Review<'_> = serde_json::from_slice(review).expect("a review");
    by_hand::thirty(&review.request.object)
}

/// All three give the same answers, or there is nothing to compare.
fn agree(
    controls: &[Control],
    ours: &ours::Judge,
    theirs: &theirs::Judge,
    review: &[u8],
) -> String {
    let answers = ours.answers(review);
    assert_eq!(answers, parse_and_judge_by_hand(review), "by hand");
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
