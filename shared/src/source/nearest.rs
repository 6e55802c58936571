//! The nearest known name to one that is not known: "did you mean".

/// The candidate with the fewest edits to `name`, where that is few enough to be a slip.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let name = folded(name);
    let limit = name.len().div_ceil(3).clamp(1, 4);
    candidates
        .into_iter()
        .map(|candidate| {
            let folded = folded(candidate);
            // Who has the beginning right has seldom meant another word.
            let begins = name.starts_with(&folded) || folded.starts_with(&name);
            (distance(&name, &folded), !begins, candidate)
        })
        .filter(|(edits, ..)| *edits <= limit)
        .min_by_key(|(edits, begins_otherwise, _)| (*edits, *begins_otherwise))
        .map(|(.., candidate)| candidate)
}

/// Case and separators are slips that cost nothing.
fn folded(name: &str) -> Vec<char> {
    name.chars()
        .take(64)
        .filter(|character| !matches!(character, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Edits (insert, delete, replace, swap of neighbours) between two names.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    let mut left_before = None;
    for (row, a) in left.iter().enumerate() {
        let mut current = Vec::with_capacity(above.len());
        let mut last = row + 1;
        current.push(last);
        let mut right_before = None;
        for (column, b) in right.iter().enumerate() {
            let at =
                |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replace = at(&above, column) + usize::from(a != b);
            let mut edits = replace.min(at(&above, column + 1) + 1).min(last + 1);
            if Some(b) == left_before && Some(a) == right_before && column > 0 {
                edits = edits.min(at(&before, column - 1) + 1);
            }
            current.push(edits);
            last = edits;
            right_before = Some(b);
        }
        left_before = Some(a);
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn finds_slips_and_leaves_strangers_alone() {
        let known = ["versioning", "lifecycle_rules", "access_log"];
        assert_eq!(nearest("versoning", known), Some("versioning"));
        assert_eq!(nearest("Versioning", known), Some("versioning"));
        assert_eq!(nearest("accessLog", known), Some("access_log"));
        assert_eq!(nearest("failed", ["waived", "fail"]), Some("fail"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn counts_edits() {
        let edits = |a: &str, b: &str| {
            distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
        };
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("", "abc"), 3);
        assert_eq!(edits("ab", "ba"), 1);
        assert_eq!(edits("same", "same"), 0);
    }
}
