//! Numbers over time, in a fixed number of bins that grow wider as time goes on.

use alloc::vec::Vec;

/// Bins of one hour to begin with.
const BIN_MS: u64 = 3_600_000;
/// Where there would be more bins, two become one.
const BINS_MAX: usize = 64;

/// Sums over stretches of time of equal length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    start_ms: u64,
    bin_ms: u64,
    sums: Vec<u64>,
}

impl Default for Series {
    fn default() -> Self {
        Self {
            start_ms: 0,
            bin_ms: BIN_MS,
            sums: Vec::new(),
        }
    }
}

impl Series {
    /// Adds a number at a time. Times should rise; one before the first counts as the first.
    pub fn add(&mut self, time_ms: u64, number: u64) {
        if self.sums.is_empty() {
            self.start_ms = time_ms;
        }
        let since = time_ms.saturating_sub(self.start_ms);
        let mut bin = since / self.bin_ms;
        while bin >= BINS_MAX as u64 {
            self.widen();
            bin = since / self.bin_ms;
        }
        let bin = usize::try_from(bin).unwrap_or(0);
        if self.sums.len() <= bin {
            self.sums.resize(bin + 1, 0);
        }
        if let Some(sum) = self.sums.get_mut(bin) {
            *sum = sum.saturating_add(number);
        }
    }

    fn widen(&mut self) {
        self.bin_ms = self.bin_ms.saturating_mul(2);
        let pairs = self.sums.chunks(2);
        self.sums = pairs.map(|pair| pair.iter().sum()).collect();
    }

    /// When the first bin starts, in milliseconds since 1970.
    #[must_use]
    pub const fn start_ms(&self) -> u64 {
        self.start_ms
    }

    /// How long a bin is, in milliseconds.
    #[must_use]
    pub const fn bin_ms(&self) -> u64 {
        self.bin_ms
    }

    /// The sums, at most 64, in order of time.
    #[must_use]
    pub fn sums(&self) -> &[u64] {
        &self.sums
    }

    /// The sum of the bins that start at `from_ms` or later, and when the first of them does.
    #[must_use]
    pub fn since(&self, from_ms: u64) -> (u64, u64) {
        let skip = from_ms.saturating_sub(self.start_ms).div_ceil(self.bin_ms);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let sum = self.sums.iter().skip(skip).sum();
        let start = self.bin_ms.saturating_mul(skip as u64);
        (sum, self.start_ms.saturating_add(start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_grow_wider_and_lose_nothing() {
        let mut series = Series::default();
        let start = 1_700_000_000_000;
        for hour in 0..1000 {
            series.add(start + hour * BIN_MS, hour);
        }
        assert_eq!(series.bin_ms(), 16 * BIN_MS);
        assert_eq!(series.sums().len(), 63);
        assert_eq!(series.sums()[1], (16..32).sum::<u64>());
        assert_eq!(series.sums().iter().sum::<u64>(), (0..1000).sum::<u64>());
        let (sum, from) = series.since(start + 17 * BIN_MS);
        assert_eq!((sum, from), ((32..1000).sum::<u64>(), start + 32 * BIN_MS));
        assert_eq!(series.since(0), ((0..1000).sum::<u64>(), start));
        assert_eq!(series.since(u64::MAX).0, 0);
    }

    #[test]
    fn times_that_cannot_be_do_no_harm() {
        let mut series = Series::default();
        series.add(1000, 1);
        series.add(0, 2);
        series.add(u64::MAX, 3);
        assert_eq!(series.sums().iter().sum::<u64>(), 6);
        assert!(series.sums().len() <= BINS_MAX);
    }
}
