//! What tlog clients read: tile paths, tiles and entry bundles (C2SP tlog-tiles), and proof files
//! (C2SP tlog-proof).
//!
//! Paths and bytes alone: which resources a log of some size has, what they are called and what is
//! in them. They are for SHA-256 trees; nobody else reads others.

mod bundle;
mod path;
#[cfg(feature = "note")]
mod proof;
#[cfg(feature = "note")]
mod proof_verify;
mod tile;

pub use bundle::{BundleError, ENTRY_LEN_MAX, decode_bundle, encode_bundle};
pub use path::{Resource, TILE_WIDTH, TilePath, TlogTileError, tiles_between};
#[cfg(feature = "note")]
pub use proof::{TlogProof, TlogProofError};
#[cfg(feature = "note")]
pub use proof_verify::VerifiedTlogProof;
pub use tile::{decode_tile, read_tile};
