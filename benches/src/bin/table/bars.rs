//! The bars, one line each: what is measured, in which unit, and what it has to reach.

/// What a figure has to reach.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bar {
    /// At most this value.
    AtMost(f64),
    /// At least this value.
    AtLeast(f64),
    /// At most so many times the peer.
    AtMostPeer(f64),
    /// At least so many times the peer.
    AtLeastPeer(f64),
    /// Only shown.
    None,
}

use Bar::{AtLeast, AtLeastPeer, AtMost, AtMostPeer, None};

/// A line of the table.
pub(crate) struct Line {
    /// What is measured, as sections and peers name it.
    pub(crate) quantity: &'static str,
    /// In words.
    pub(crate) words: &'static str,
    pub(crate) bar: Bar,
}

const fn line(quantity: &'static str, words: &'static str, bar: Bar) -> Line {
    Line {
        quantity,
        words,
        bar,
    }
}

/// All lines, in the order of the table. "First" bars are those of the first working ledger.
pub(crate) const LINES: &[Line] = &[
    line(
        "build_32",
        "first: build 2^20 leaves, 32 B",
        AtMostPeer(1.0),
    ),
    line(
        "build_256",
        "first: build 2^20 leaves, 256 B",
        AtMostPeer(1.0),
    ),
    line(
        "inclusion_file",
        "first: inclusion proof, mapped file",
        AtMost(500.0),
    ),
    line("commit_1", "first: commit of 1 entry, p50", AtMostPeer(1.3)),
    line(
        "commit_10",
        "first: commit of 10 entries, p50",
        AtMostPeer(1.3),
    ),
    line("open_clean", "first: clean open, 1 M entries", AtMost(1.0)),
    line(
        "open_clean_large",
        "first: clean open, --large (20 M)",
        AtMost(1.0),
    ),
    line("build_32", "build 2^20 leaves, 32 B", AtMost(67.0)),
    line("build_256", "build 2^20 leaves, 256 B", AtMost(165.0)),
    line("append", "append one, memory, no root", None),
    line(
        "append_root",
        "append one and new root, memory",
        AtMost(180.0),
    ),
    line(
        "append_root_growth",
        "append one and new root, nodes kept",
        None,
    ),
    line("inclusion_prove", "inclusion proof, memory", AtMost(130.0)),
    line(
        "inclusion_first",
        "inclusion proof, mapped, first touch",
        None,
    ),
    line(
        "inclusion_file",
        "inclusion proof, mapped file",
        AtMost(200.0),
    ),
    line("inclusion_verify", "inclusion verify", AtMost(1900.0)),
    line(
        "consistency_prove",
        "consistency proof, memory",
        AtMost(200.0),
    ),
    line("consistency_verify", "consistency verify", AtMost(2300.0)),
    line("root_at", "root at a past size, memory", AtMost(1000.0)),
    line("durable_32_1", "durable, batches of 1, 32 B", AtLeast(5e3)),
    line(
        "durable_32_100",
        "durable, batches of 100, 32 B",
        AtLeast(350e3),
    ),
    line(
        "durable_32_10000",
        "durable, batches of 10,000, 32 B",
        AtLeast(6e6),
    ),
    line(
        "durable_256_10000",
        "durable, batches of 10,000, 256 B",
        AtLeast(2.2e6),
    ),
    line(
        "raw_32_100",
        "batches of 100, 32 B, of raw writes",
        AtLeastPeer(0.8),
    ),
    line(
        "raw_32_10000",
        "batches of 10,000, 32 B, of raw",
        AtLeastPeer(0.7),
    ),
    line(
        "raw_256_100",
        "batches of 100, 256 B, of raw writes",
        AtLeastPeer(0.8),
    ),
    line(
        "raw_256_10000",
        "batches of 10,000, 256 B, of raw",
        AtLeastPeer(0.7),
    ),
    line("open_proof", "clean open to first proof, 1 M", None),
    line(
        "open_dirty",
        "open with 1 M leaves to replay",
        AtMost(100.0),
    ),
    line(
        "verify",
        "full verify, batches of 10,000, 32 B",
        AtLeast(5e6),
    ),
    line("get", "verified get, warm", AtMost(0.5)),
    line("group", "group commit, 64 producers", AtLeastPeer(0.8)),
    line(
        "group_bare",
        "the same, beside bare writes by 64 producers",
        None,
    ),
    line(
        "state_build_durable",
        "first: state, bulk build, durable",
        AtMostPeer(1.0),
    ),
    line(
        "state_batch_durable",
        "first: state, batch of 10 k, durable",
        AtMostPeer(1.0),
    ),
    line("state_get", "first: state, get, warm", AtMostPeer(1.0)),
    line("state_prove", "first: state, proof", AtMostPeer(1.0)),
    line(
        "state_build_blake3",
        "state, bulk build, memory, BLAKE3",
        AtMost(0.40),
    ),
    line(
        "state_build_keccak",
        "state, bulk build, memory, Keccak",
        AtMost(0.40),
    ),
    line(
        "state_build_durable",
        "state, bulk build, durable, BLAKE3",
        AtMost(1.0),
    ),
    line(
        "state_build_durable_keccak",
        "state, bulk build, durable, Keccak",
        AtMost(1.0),
    ),
    line(
        "state_batch_keccak",
        "state, batch of 10 k, root, Keccak",
        AtMost(12.0),
    ),
    line(
        "state_batch_blake3",
        "state, batch of 10 k, root, BLAKE3",
        AtMost(8.0),
    ),
    line(
        "state_batch_durable",
        "state, batch of 10 k, durable, BLAKE3",
        AtMost(25.0),
    ),
    line(
        "state_batch_durable_keccak",
        "state, batch of 10 k, durable, Keccak",
        AtMost(25.0),
    ),
    line("state_get", "state, get, warm, store", AtMost(0.5)),
    line("state_get_memory", "state, get, memory", None),
    line("state_prove", "state, proof, store", AtMost(2.0)),
    line("state_prove_memory", "state, proof, memory", None),
    line("state_verify", "state, proof verify, Keccak", AtMost(4.0)),
    line("state_proof_bytes", "state, bytes of a proof", None),
    line("state_disk", "state, node log a key, built", AtMost(170.0)),
    line("state_log", "state, record log a key, built", None),
    line(
        "state_disk_kept",
        "state, node log, after 90 k updates",
        None,
    ),
    line(
        "state_disk_after",
        "state, node log, the same, pruned",
        AtMost(190.0),
    ),
    line(
        "state_log_after",
        "state, record log, after 90 k updates",
        None,
    ),
    line(
        "state_reopen",
        "state, reopen to the first proof",
        AtMost(1.0),
    ),
    line("state_past", "state, proof 9 commits back", AtMostPeer(1.2)),
    line(
        "state_memory",
        "state, anonymous memory, 1 M keys",
        AtMost(150.0),
    ),
];
