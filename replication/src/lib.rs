//! Several nodes agree on one ledger, and one reply can be checked alone.
//!
//! Users sign [requests](Request); nodes put them into blocks, execute them with the compiled-in
//! applications, and vote for the header that holds the roots that come out. What a quorum voted
//! for is one commit of a [`ledger`] store, with its [`Header`] and [`Certificate`] attached, so
//! that a reply with its proof is checked against the [`Genesis`] alone. The consensus protocol is
//! not written here: it is an engine behind one private module.
//!
//! ```
//! use replication::{NetworkHash, Request, UserKey, record};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let alice = UserKey::from_seed(&[7; 32]);
//! let put = record::Operation::Put { key: b"door".to_vec(), value: b"red".to_vec() };
//! let request = Request {
//!     network: NetworkHash::new([1; 32]),
//!     sender: "alice".parse()?,
//!     app: record::APP.parse()?,
//!     nonce: 1,
//!     expires_ms: 1_700_000_060_000,
//!     payload: put.encode(),
//! };
//! let signed = request.sign(&alice);
//! assert!(signed.is_signed_by(&alice.public()));
//! # Ok(()) }
//! ```
//!
//! # Features
//!
//! Without any: what clients and verifiers need, with no engine, no network and no store. `client`
//! adds HTTP to nodes, `node` applications and the store, `server` the HTTP API, `engine` consensus.
//! `ctl` and `daemon` (both default) are the commands `ledgerctl` and `ledgerd`; `simulate` runs nodes
//! on simulated machines.

#![forbid(unsafe_code)]
#![cfg_attr(
    all(feature = "node", not(feature = "engine")),
    allow(dead_code, reason = "the engine drives the node")
)]

mod action;
pub mod api;
#[cfg(feature = "node")]
pub mod app;
#[cfg(feature = "node")]
mod block;
mod certificate;
#[cfg(feature = "client")]
pub mod client;
mod committee;
#[cfg(feature = "ctl")]
pub mod ctl;
#[cfg(feature = "daemon")]
pub mod daemon;
#[cfg(feature = "engine")]
pub mod engine;
mod genesis;
mod handover;
mod header;
mod hex;
#[cfg(feature = "server")]
pub mod http;
#[cfg(any(feature = "ctl", feature = "daemon"))]
pub mod keyfile;
mod keys;
pub mod member;
mod names;
#[cfg(feature = "node")]
pub mod node;
pub mod nodes;
mod open_request;
mod policy;
mod reason;
pub mod record;
pub mod reply;
mod request;
mod role;
mod rule;
mod signatures;
#[cfg(feature = "server")]
mod snapshot;
mod transaction;
mod wire;

#[cfg(feature = "simulate")]
pub use engine::simulate;

pub use action::{Action, NoSuchAction};
pub use certificate::{Certificate, GenesisVerifier};
pub use committee::{
    Committee, CommitteeError, CommitteeNode, NODES_BEFORE_KEY, NODES_KEY, NODES_LEDGER, epoch_end,
    epoch_of,
};
pub use genesis::{
    DEV_EPOCH_LEN_MIN, EPOCH_LEN, EPOCH_LEN_MIN, GENESIS_LEN_MAX, Genesis, GenesisError,
    GenesisFile, GenesisNode, GenesisUser, NODES_MAX, NODES_MIN, USERS_MAX, quorum,
};
pub use handover::{CertificateChain, HANDOVER_LEN_MAX, HANDOVERS_MAX, Handover, HandoverError};
pub use header::{Header, LedgerTip};
pub use hex::{HexError, from_hex, to_hex};
pub use keys::{BlsKey, BlsSignature, Ed25519Key, Ed25519Signature, NodeKeys, UserKey, voting_key};
pub use names::{BlockHash, NAME_LEN_MAX, Name, NameError, NetworkHash, RequestId};
pub use open_request::OpenRequest;
pub use policy::{BLOCK_LEN_LIMIT, Policy};
pub use reason::{NoSuchReason, Reason};
pub use request::{Request, SignedRequest};
pub use role::{NoSuchRole, Role, Roles};
pub use rule::{Agreement, AgreementError, BLOCKS_MAX, PARTIES_MAX, Party, PartyError, Rule};
pub use transaction::Transaction;
pub use wire::FormError;
