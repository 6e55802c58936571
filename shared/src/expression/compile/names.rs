//! "Did you mean": the nearest known name to one that is not.

use super::CompileError;

/// How many known names are listed where none is near.
const LISTED: usize = 12;

/// Adds the nearest known name as help, or the known names where there are few.
pub(super) fn suggest<'n>(
    error: CompileError,
    name: &str,
    known: impl Iterator<Item = &'n str>,
    introduction: &str,
) -> CompileError {
    let known: Vec<&str> = known.collect();
    if let Some(near) = nearest(name, known.iter().copied()) {
        return error.with_help(format!("did you mean `{near}`?"));
    }
    match known.len() {
        1..=LISTED => error.with_help(format!("{introduction}: {}", known.join(", "))),
        _ => error,
    }
}

/// The known name with the fewest differences, if they are few for its length.
pub(super) fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    known
        .map(|other| (distance(&name.to_lowercase(), &other.to_lowercase()), other))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

/// Insertions, removals, replacements and swaps of neighbours from one text to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for (row, from) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, to) in b.iter().enumerate() {
            let cell =
                |line: &[usize], column: usize| line.get(column).copied().unwrap_or(usize::MAX / 2);
            let replaced = cell(&above, column) + usize::from(from != to);
            let mut best =
                replaced.min(cell(&above, column + 1) + 1).min(cell(&current, column) + 1);
            let swapped = row > 0
                && column > 0
                && a.get(row - 1) == Some(to)
                && b.get(column - 1) == Some(from);
            if swapped {
                best = best.min(cell(&before, column - 1) + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}
