//! The crash laboratory: workloads on a simulated disk, and an oracle that knows what must be left.
//!
//! - `model` says what a store holds after each batch, computed without any store;
//! - `workload` is a list of events and drives a store through it, noting what was acknowledged;
//! - `oracle` opens what a crash left and holds it against the model: nothing acknowledged is
//!   missing, nothing is there that was not written, every root and byte is right, and a second
//!   recovery finds nothing to do;
//! - `crash` takes every operation of a workload as a crash point, `errors` lets every operation
//!   fail, `lies` lets every operation of the disk lie. Each image has a name from which it is made again.

pub mod crash;
pub mod errors;
pub mod lies;
pub mod model;
pub mod oracle;
pub mod pruned;
pub mod workload;

use std::collections::BTreeMap;

/// What a run of the laboratory did.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Distinct crash points: operations of workloads and of recoveries.
    pub points: u64,
    /// Images that were recovered and held against the model.
    pub images: u64,
    /// Those of them that were the same, byte for byte, as one before with the same expectation:
    /// its answer stands for theirs.
    pub repeated: u64,
    /// Images by what was done to them.
    pub kinds: BTreeMap<String, u64>,
    /// What the oracle refused, each with the name of its image.
    pub violations: Vec<String>,
}

impl Counts {
    /// Notes one image and what the oracle said.
    pub fn note(&mut self, kind: &str, verdict: Result<(), String>) {
        self.images += 1;
        match self.kinds.get_mut(kind) {
            Some(count) => *count += 1,
            None => {
                self.kinds.insert(kind.to_owned(), 1);
            }
        }
        if let Err(violation) = verdict {
            self.violations.push(violation);
        }
    }

    /// Adds what another run did.
    pub fn add(&mut self, other: Self) {
        self.points += other.points;
        self.images += other.images;
        self.repeated += other.repeated;
        for (kind, count) in other.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        self.violations.extend(other.violations);
    }

    /// Prints the counts, and fails if the oracle refused anything.
    ///
    /// # Panics
    /// Where there are violations; the first ones are named.
    #[expect(
        clippy::print_stdout,
        reason = "the counts are part of the test's answer"
    )]
    pub fn report(&self, what: &str) {
        println!(
            "{what}: {} crash points, {} fault kinds, {} images ({} distinct), {} violations",
            self.points,
            self.kinds.len(),
            self.images,
            self.images - self.repeated,
            self.violations.len()
        );
        for (kind, count) in &self.kinds {
            println!("  {count:>9} {kind}");
        }
        let some: Vec<&String> = self.violations.iter().take(10).collect();
        assert!(some.is_empty(), "violations, of which the first: {some:#?}");
    }
}
