//! Settings of the property tests: the same cases in every run.

use proptest::test_runner::{Config, RngSeed};

pub(crate) fn cases(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    }
}
