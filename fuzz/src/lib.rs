//! One target for each decoder and verifier of the suite.
//!
//! A target takes any bytes, panics if a promise is broken, and answers whether the bytes were
//! accepted. The promises: nothing panics; what a decoder accepts, its encoder would have written;
//! what is proven of something known is true of it. Where a check would stop every change, the
//! target mends it and tries again, so that what lies behind the check is reached too.
//!
//! Two programs share these files: libFuzzer's (`fuzz_targets`), and a test of the workspace that
//! replays the corpus and changes of it (`tests/fuzz.rs`).

pub mod bundles;
pub mod commit;
pub mod files;
pub mod import;
pub mod merkle;
pub mod network;
pub mod payloads;
pub mod seeds;
pub mod state;
pub mod state_files;
pub mod store;
pub mod tlog;

/// A target under its name, which is also the name of its folder in the corpus.
pub type Target = (&'static str, fn(&[u8]) -> bool);

/// Every target.
pub const TARGETS: [Target; 43] = [
    ("file_header", store::file_header),
    ("begin_header", store::begin_header),
    ("batch", store::batch),
    ("superblock", store::superblock),
    ("tip", store::tip),
    ("footer", store::footer),
    ("proof_json", merkle::proof_json),
    ("proof_compact", merkle::proof_compact),
    ("proof_file_json", files::json),
    ("proof_file_compact", files::compact),
    ("proof_file_tlog", files::tlog),
    ("proof_bundle_compact", bundles::compact),
    ("proof_bundle_json", bundles::json),
    ("bundle", tlog::bundle),
    ("tile", tlog::tile),
    ("tile_path", tlog::tile_path),
    ("note", tlog::note),
    ("checkpoint", tlog::checkpoint),
    ("key", tlog::key),
    ("tlog_proof", tlog::tlog_proof),
    ("commit_body", commit::commit_body),
    ("payloads", payloads::payloads),
    ("transfer", payloads::transfer),
    ("import_lines", import::lines),
    ("import_jsonl", import::jsonl),
    ("import_records", import::records),
    ("plenum_line", commit::plenum_line),
    ("plenum_genesis", import::plenum_genesis),
    ("rlp", state::rlp),
    ("hex_prefix", state::hex_prefix),
    ("plenum_value", state::plenum_value),
    ("plenum_proof", state::plenum_proof),
    ("state_nodes", state::state_nodes),
    ("state_file_json", state_files::json),
    ("state_file_compact", state_files::compact),
    ("state_file_foreign", state_files::foreign),
    ("request", network::request),
    ("request_json", network::request_json),
    ("block_header", network::block_header),
    ("certificate", network::certificate),
    ("genesis", network::genesis_file),
    ("replicated", network::replicated),
    ("replies", network::replies),
];
