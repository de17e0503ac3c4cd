//! The bars, one line each: what is measured, what it has to reach, and what the machine allows.

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// What is measured, as sections and peers name it.
    pub(crate) quantity: &'static str,
    /// In words.
    pub(crate) words: &'static str,
    pub(crate) bar: Bar,
    /// What the bar was set against: hashes, loads and syncs alone on this machine.
    pub(crate) limit: Option<f64>,
    /// What is hoped for beyond the bar, in the bar's terms.
    pub(crate) stretch: Option<f64>,
}

const fn line(quantity: &'static str, words: &'static str, bar: Bar) -> Line {
    Line {
        quantity,
        words,
        bar,
        limit: Option::None,
        stretch: Option::None,
    }
}

impl Line {
    const fn limit(self, limit: f64) -> Self {
        Self {
            limit: Some(limit),
            ..self
        }
    }

    const fn stretch(self, stretch: f64) -> Self {
        Self {
            stretch: Some(stretch),
            ..self
        }
    }
}

/// All lines, in the order of the table. "First" bars are those of the first working ledger.
#[rustfmt::skip] // A line of the table is a line here.
pub(crate) const LINES: &[Line] = &[
    line("build_32", "first: build 2^20 leaves, 32 B", AtMostPeer(1.0)),
    line("build_256", "first: build 2^20 leaves, 256 B", AtMostPeer(1.0)),
    line("inclusion_file", "first: inclusion proof, mapped file", AtMost(500.0)),
    line("commit_1", "first: commit of 1 entry, p50", AtMostPeer(1.3)),
    line("commit_10", "first: commit of 10 entries, p50", AtMostPeer(1.3)),
    line("open_clean", "first: clean open, 1 M entries", AtMost(1.0)),
    line("open_clean_large", "first: clean open, --large", AtMost(1.0)),
    line("state_build_durable", "first: state, bulk build, durable", AtMostPeer(1.0)),
    line("state_batch_durable", "first: state, batch of 10 k, durable", AtMostPeer(1.0)),
    line("state_get", "first: state, get, warm", AtMostPeer(1.0)),
    line("state_prove", "first: state, proof", AtMostPeer(1.0)),
    // Logs.
    line("build_32", "build 2^20 leaves, 32 B", AtMost(67.0)).limit(50.0).stretch(53.0),
    line("build_256", "build 2^20 leaves, 256 B", AtMost(165.0)).limit(128.0).stretch(133.0),
    line("build_blake3_32", "build 2^20 leaves, BLAKE3, 32 B", AtMost(33.0)).limit(22.0).stretch(25.0),
    line("build_blake3_256", "build 2^20 leaves, BLAKE3, 256 B", AtMost(71.0)).limit(49.0).stretch(55.0),
    line("append", "append one, memory, no root", None),
    line("append_root", "append one and new root, memory", AtMost(180.0)).limit(130.0).stretch(140.0),
    line("append_root_growth", "append one and new root, nodes kept", None),
    line("inclusion_prove", "inclusion proof, memory", AtMost(130.0)).limit(65.0).stretch(80.0),
    line("inclusion_first", "inclusion proof, mapped, first touch", None),
    line("inclusion_file", "inclusion proof, mapped file", AtMost(200.0)).limit(65.0).stretch(120.0),
    line("inclusion_uneven", "the same, uneven size, edge made anew", None),
    line("inclusion_edged", "the same, uneven size, edge kept", None),
    line("inclusion_verify", "inclusion verify", AtMost(1900.0)).limit(1650.0).stretch(1750.0),
    line("verify_many", "verify many proofs, each", AtMost(900.0)).limit(660.0).stretch(750.0),
    line("consistency_prove", "consistency proof, memory", AtMost(200.0)).limit(70.0).stretch(100.0),
    line("consistency_verify", "consistency verify", AtMost(2300.0)).limit(1700.0).stretch(1900.0),
    line("root_at", "root at a past size, memory", AtMost(1000.0)).limit(800.0).stretch(850.0),
    line("multi_prove", "multi-leaf proof of 100", AtMost(5.0)),
    line("range_prove", "range proof of 100", AtMost(0.3)),
    line("durable_32_1", "durable, batches of 1, 32 B", AtLeast(5e3)).limit(6.6e3).stretch(6e3),
    line("durable_32_100", "durable, batches of 100, 32 B", AtLeast(350e3)).limit(438e3).stretch(450e3),
    line("durable_32_10000", "durable, batches of 10,000, 32 B", AtLeast(6e6)).limit(16e6).stretch(9e6),
    line("durable_256_10000", "durable, batches of 10,000, 256 B", AtLeast(2.2e6)).limit(2.8e6).stretch(2.6e6),
    line("open_clean", "clean open, 1 M entries", AtMost(1.0)).stretch(0.5),
    line("open_proof", "clean open to first proof, 1 M", None),
    line("open_dirty", "open with 1 M leaves to replay", AtMost(100.0)).limit(53.0).stretch(60.0),
    line("rebuild", "rebuild everything derived, a leaf", AtMost(80.0)).limit(50.0).stretch(55.0),
    line("leaf_bytes", "bytes a leaf beyond the entry", AtMost(85.0)).limit(64.25).stretch(53.0),
    // States.
    line("state_batch_keccak", "state, batch of 10 k, root, Keccak", AtMost(12.0)).limit(6.5).stretch(8.0),
    line("state_batch_blake3", "state, batch of 10 k, root, BLAKE3", AtMost(8.0)).limit(4.0).stretch(5.0),
    line("state_batch_keccak_alone", "the same, Keccak, one thread", None),
    line("state_batch_blake3_alone", "the same, BLAKE3, one thread", None),
    line("state_batch_durable_keccak", "state, batch of 10 k, durable, Keccak", AtMost(25.0)).limit(10.0).stretch(15.0),
    line("state_batch_durable", "state, batch of 10 k, durable, BLAKE3", AtMost(25.0)).limit(10.0).stretch(15.0),
    line("state_build_keccak", "state, bulk build, memory, Keccak", AtMost(0.40)).limit(0.2).stretch(0.25),
    line("state_build_blake3", "state, bulk build, memory, BLAKE3", AtMost(0.40)).limit(0.2).stretch(0.25),
    line("state_build_keccak_alone", "the same, Keccak, one thread", None),
    line("state_build_blake3_alone", "the same, BLAKE3, one thread", None),
    line("state_build_durable_keccak", "state, bulk build, durable, Keccak", AtMost(1.0)).limit(0.2).stretch(0.6),
    line("state_build_durable", "state, bulk build, durable, BLAKE3", AtMost(1.0)).limit(0.2).stretch(0.6),
    line("state_get", "state, get, warm, store", AtMost(0.5)).limit(0.15).stretch(0.3),
    line("state_get_memory", "state, get, memory", None),
    line("state_prove", "state, proof, store", AtMost(2.0)).limit(1.0).stretch(1.2),
    line("state_prove_memory", "state, proof, memory", None),
    line("state_verify", "state, proof verify, Keccak", AtMost(4.0)).limit(2.0).stretch(2.6),
    line("state_proof_bytes", "state, bytes of a proof", None),
    line("state_disk", "state, node log a key, built", AtMost(170.0)).limit(114.0).stretch(150.0),
    line("state_log", "state, record log a key, built", None),
    line("state_disk_kept", "state, node log, after 90 k updates", None),
    line("state_disk_after", "state, node log, the same, pruned", AtMost(190.0)).limit(114.0).stretch(170.0),
    line("state_log_after", "state, record log, after 90 k updates", None),
    line("state_reopen", "state, reopen to the first proof", AtMost(1.0)).stretch(0.3),
    line("state_past", "state, proof 9 commits back", AtMostPeer(1.2)).stretch(1.05),
    line("state_memory", "state, anonymous memory, 1 M keys", AtMost(150.0)).limit(43.0).stretch(80.0),
    // Records.
    line("record_1", "hash-store: batch of 1 record, 256 B, p50", AtMostPeer(1.15)),
    line("record_100", "hash-store: batches of 100 records", AtLeastPeer(0.9)),
    line("record_10000", "hash-store: batches of 10,000 records", AtLeastPeer(0.8)),
    line("raw_32_100", "with index and chain: batches of 100, 32 B", AtLeastPeer(0.8)),
    line("raw_256_100", "with index and chain: batches of 100, 256 B", AtLeastPeer(0.8)),
    line("raw_32_10000", "with index and chain: batches of 10,000, 32 B", AtLeastPeer(0.7)),
    line("raw_256_10000", "with index and chain: batches of 10,000, 256 B", AtLeastPeer(0.7)),
    line("record_scan", "hash-store: verified scan, 1 M records", AtMostPeer(1.25)),
    line("record_get", "hash-store: verified get", AtMost(0.5)),
    line("get", "ledger: verified get, warm", AtMost(0.5)),
    line("store_open", "hash-store: open 1 M records after a kill", AtMost(15.0)),
    line("record_bytes", "hash-store: bytes on disk a byte of payload", AtMost(1.11)),
    line("store_1", "beside other engines: batch of 1, p50", None),
    line("store_100", "beside other engines: batches of 100", None),
    line("store_10000", "beside other engines: batches of 10,000", None),
    line("store_get", "beside other engines: random get", None),
    // Ledgers and recovery.
    line("commit_1", "commit of 1 entry, all trees, p50", AtMostPeer(1.3)),
    line("commit_10", "commit of 10 entries, all trees, p50", AtMostPeer(1.3)),
    line("group", "group commit, 64 producers, a thread each", AtLeastPeer(0.8)),
    line("group_bare", "the same, beside bare writes by 64 producers", None),
    line("group_loop", "group commit, 64 producers of one event loop", AtLeastPeer(0.8)),
    line("open_clean_large", "clean open, --large", AtMost(1.0)),
    line("open_killed", "open after a kill, 64 MiB past the watermark", AtMost(250.0)),
    line("verify", "full verify, batches of 10,000, 32 B", AtLeast(5e6)),
    line("state_rebuild", "state rebuilt from the log alone", AtLeast(300e3)),
    line("lookup_none", "1 M entries of 32 B in batches of 10,000, no look-up", None),
    line("lookup_both", "the same with ids and leaf hashes looked up", None),
    line("lookup_id", "find an id, warm, 1 M ids", None),
    line("lookup_no_id", "find that an id is not there", None),
    line("lookup_leaf", "find a leaf hash, warm", None),
    // Cost against size.
    line("flat_append", "append with the root: 2^26 leaves to 2^20", AtMost(2.0)),
    line("flat_prove", "inclusion proof: 2^26 leaves to 2^20", AtMost(2.0)),
    line("flat_get", "state, get: 10^7 keys to 10^5", AtMost(2.5)),
    line("flat_batch", "state, durable batch: 10^7 keys to 10^5", AtMost(2.5)),
];
