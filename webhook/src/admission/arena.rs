//! One arena per worker thread, used again from review to review.
//!
//! A panic drops the arena it happened in; one that grew large is given back to the system.
//! Called by `admission`.

use std::cell::Cell;

use probity_catalog::value::Arena;

/// What a thread keeps between two reviews.
const KEEP: usize = 1 << 20;

thread_local! {
    static ARENA: Cell<Option<Arena>> = const { Cell::new(None) };
}

/// Runs `work` with an empty arena that holds at most `limit` bytes; more is a panic, which the
/// caller contains.
pub(super) fn with<R>(limit: usize, work: impl FnOnce(&Arena) -> R) -> R {
    let mut arena = ARENA.take().unwrap_or_default();
    arena.set_allocation_limit(Some(limit));
    let result = work(&arena);
    if arena.allocated_bytes() <= KEEP {
        arena.reset();
        ARENA.set(Some(arena));
    }
    result
}
