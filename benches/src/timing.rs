//! Timing: medians of several samples. This file is compiled into the peers too.

use std::time::{Duration, Instant};

/// The median of samples, which there must be at least one of; 0 without.
#[must_use]
pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(0.0)
}

/// Nanoseconds.
#[must_use]
pub fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

/// Nanoseconds that `work` takes.
pub fn time<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let done = work();
    (nanos(start.elapsed()), done)
}

/// Nanoseconds a call: the median over `samples` samples of `calls` calls each, after one sample
/// that is not counted.
pub fn per_call(samples: u32, calls: u32, mut call: impl FnMut()) -> f64 {
    let mut sample = || {
        let (nanos, ()) = time(|| (0..calls).for_each(|_| call()));
        nanos / f64::from(calls)
    };
    let _ = sample();
    median((0..samples).map(|_| sample()).collect())
}
