//! Many numbers as percentiles, in memory that does not grow with them.
//!
//! Invariants:
//!
//! - numbers below 128 are kept exactly, larger ones to within 1/64 of themselves;
//! - a percentile is never below the number that it stands for, nor above the greatest one seen.

use alloc::vec::Vec;

/// Buckets in which numbers are kept exactly.
const EXACT: u64 = 128;
/// Buckets for each power of two above, as a power of two.
const STEPS_LOG2: u32 = 6;

/// How a set of numbers is distributed: sizes in bytes, or times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution {
    counts: Vec<u64>,
    count: u64,
    sum: u64,
    max: u64,
}

impl Distribution {
    /// Adds a number. O(1).
    pub fn add(&mut self, number: u64) {
        let bucket = bucket_of(number);
        if self.counts.len() <= bucket {
            self.counts.resize(bucket + 1, 0);
        }
        if let Some(count) = self.counts.get_mut(bucket) {
            *count += 1;
        }
        self.count += 1;
        self.sum = self.sum.saturating_add(number);
        self.max = self.max.max(number);
    }

    /// Adds all numbers of another set.
    pub fn merge(&mut self, other: &Self) {
        if self.counts.len() < other.counts.len() {
            self.counts.resize(other.counts.len(), 0);
        }
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        self.count += other.count;
        self.sum = self.sum.saturating_add(other.sum);
        self.max = self.max.max(other.max);
    }

    /// How many numbers there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.sum
    }

    /// The greatest of them; 0 if there is none.
    #[must_use]
    pub const fn max(&self) -> u64 {
        self.max
    }

    /// The least number that `percent` of a hundred are not above; 0 if there is none. Requires
    /// `percent` <= 100.
    #[must_use]
    pub fn percentile(&self, percent: u64) -> u64 {
        let wanted = u128::from(self.count) * u128::from(percent);
        let wanted = u64::try_from(wanted.div_ceil(100)).unwrap_or(u64::MAX);
        let mut seen = 0;
        for (bucket, count) in self.counts.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= wanted {
                return last_of(bucket).min(self.max);
            }
        }
        self.max
    }
}

/// The bucket of a number: itself, or its power of two and the bits that follow the first.
fn bucket_of(number: u64) -> usize {
    if number < EXACT {
        return usize::try_from(number).unwrap_or(0);
    }
    let shift = number.ilog2() - STEPS_LOG2;
    let step = number >> shift;
    let bucket = (u64::from(shift) << STEPS_LOG2) + step;
    usize::try_from(bucket).unwrap_or(usize::MAX)
}

/// The greatest number of a bucket.
const fn last_of(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < EXACT {
        return bucket;
    }
    let steps = 1 << STEPS_LOG2;
    let shift = bucket / steps - 1;
    let step = bucket % steps + steps;
    // The last bucket ends where numbers do.
    match (step + 1).checked_mul(1 << shift) {
        Some(end) => end - 1,
        None => u64::MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn percentiles_are_those_of_the_sorted_numbers(
            mut numbers in prop::collection::vec(prop_oneof![0u64..300, any::<u64>()], 1..200),
            percent in 0u64..=100,
        ) {
            let mut distribution = Distribution::default();
            let (first, second) = numbers.split_at(numbers.len() / 2);
            let mut other = Distribution::default();
            first.iter().for_each(|n| distribution.add(*n));
            second.iter().for_each(|n| other.add(*n));
            distribution.merge(&other);
            numbers.sort_unstable();
            let rank = (numbers.len() as u64 * percent).div_ceil(100).max(1);
            let exact = numbers[usize::try_from(rank).unwrap() - 1];
            let found = distribution.percentile(percent);
            prop_assert!(found >= exact);
            prop_assert!(found - exact <= exact / 64, "{} for {}", found, exact);
            prop_assert_eq!(distribution.count(), numbers.len() as u64);
            prop_assert_eq!(distribution.max(), *numbers.last().unwrap());
        }
    }

    #[test]
    fn every_number_lies_in_its_bucket_and_buckets_rise() {
        let mut before = None;
        for number in (0..5000).chain((13..64).flat_map(|bit| [(1 << bit) - 1, 1 << bit])) {
            let bucket = bucket_of(number);
            assert!(last_of(bucket) >= number);
            assert!(bucket == 0 || last_of(bucket - 1) < number, "{number}");
            assert!(before <= Some(bucket));
            before = Some(bucket);
        }
        assert_eq!(last_of(bucket_of(u64::MAX)), u64::MAX);
        assert_eq!(Distribution::default().percentile(50), 0);
    }
}
