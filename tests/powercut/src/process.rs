//! What `tests/real/judge.rs` is told of a process.

/// What a process told before the power was cut.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// Batches acknowledged; none while the store was being created.
    pub(crate) acknowledged: Option<u64>,
    /// So many more batches may be there.
    pub(crate) in_doubt: u64,
    /// It did not end of itself.
    pub(crate) killed: bool,
}
