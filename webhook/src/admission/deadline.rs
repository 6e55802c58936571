//! How long a review may take: less than the API server said it would wait.
//!
//! It says so in `?timeout=`, rounded up to a second; an answer after that helps nobody, so ours
//! ends a tenth earlier. Called by `admission`.

use std::time::Duration;

use crate::duration;

/// What the API server waits when it does not say.
const DEFAULT: Duration = Duration::from_secs(10);
/// The most it can be configured to wait.
const LONGEST: Duration = Duration::from_secs(30);
/// Time for the answer's way back.
const MARGIN: Duration = Duration::from_millis(100);

/// The time for a review whose URL has this query.
pub(super) fn of(query: Option<&str>) -> Duration {
    let given = query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .find_map(|pair| pair.strip_prefix("timeout="))
        .and_then(|text| duration::parse(text).ok())
        .filter(|timeout| !timeout.is_zero())
        .unwrap_or(DEFAULT)
        .min(LONGEST);
    given.saturating_sub(MARGIN.max(given / 10)).max(given / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_ends_before_the_caller_stops_waiting() {
        let millis = |query| of(query).as_millis();
        assert_eq!(millis(Some("timeout=3s")), 2_700);
        assert_eq!(millis(Some("a=b&timeout=1s")), 900);
        assert_eq!(millis(Some("timeout=100ms")), 50);
        assert_eq!(millis(None), 9_000);
        assert_eq!(millis(Some("timeout=soon")), 9_000);
        assert_eq!(millis(Some("timeout=0s")), 9_000);
        assert_eq!(millis(Some("timeout=9h")), 27_000);
    }
}
