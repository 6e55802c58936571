//! Thread CPU time and allocations of one call.

use std::alloc::System;
use std::fmt;
use std::hint::black_box;

use probity_benches::process::median;
use rustix::time::{ClockId, clock_gettime};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Samples of which the median counts.
const SAMPLES: usize = 101;

/// Calls before anything is measured.
const WARM_UP: usize = 70;

/// A sample repeats the call until it takes about this long.
const SAMPLE_NANOS: f64 = 200_000.0;

/// What one call costs.
pub(crate) struct Measured {
    pub(crate) micros: f64,
    allocations: usize,
}

impl fmt::Display for Measured {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.2} us ({})", self.micros, self.allocations)
    }
}

/// Measures a call after warming it up.
pub(crate) fn measure<T>(mut call: impl FnMut() -> T) -> Measured {
    // The first calls also make what is made once: regular expressions keep their scratch space,
    // and become tables when they are searched for often.
    for _ in 0..WARM_UP {
        black_box(call());
    }
    let region = Region::new(ALLOCATOR);
    black_box(call());
    let change = region.change();
    let once = (0..5).map(|_| nanos(&mut call, 1)).fold(f64::INFINITY, f64::min);
    let repeats = (SAMPLE_NANOS / once.max(1.0)).clamp(1.0, 10_000.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let repeats = repeats as u32;
    let samples: Vec<f64> = (0..SAMPLES).map(|_| nanos(&mut call, repeats)).collect();
    Measured {
        micros: median(&samples) / 1_000.0,
        allocations: change.allocations + change.reallocations,
    }
}

fn nanos<T>(call: &mut impl FnMut() -> T, repeats: u32) -> f64 {
    let before = clock();
    for _ in 0..repeats {
        black_box(call());
    }
    (clock() - before) / f64::from(repeats)
}

#[expect(clippy::cast_precision_loss, reason = "differences of nanoseconds")]
fn clock() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
}
