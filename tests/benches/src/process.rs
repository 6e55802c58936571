//! What a process costs beside its time, and the middle of several measurements.

use std::fs;

/// Resident megabytes.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// At this moment.
    pub now: f64,
    /// The most there ever was.
    pub most: f64,
}

impl Memory {
    /// Of a running process, as Linux has it.
    pub fn of(process: u32) -> Self {
        let status =
            fs::read_to_string(format!("/proc/{process}/status")).expect("the process runs");
        let megabytes = |field: &str| {
            let line = status.lines().find(|line| line.starts_with(field)).unwrap_or_default();
            let kilobytes =
                line.split_whitespace().nth(1).and_then(|text| text.parse::<u32>().ok());
            f64::from(kilobytes.unwrap_or_default()) / 1024.0
        };
        Self { now: megabytes("VmRSS:"), most: megabytes("VmHWM:") }
    }
}

/// The one in the middle.
pub fn median(measured: &[f64]) -> f64 {
    let mut measured = measured.to_vec();
    measured.sort_by(f64::total_cmp);
    measured.get(measured.len() / 2).copied().unwrap_or(f64::NAN)
}
