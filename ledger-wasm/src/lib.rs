//! The verifier of proof bundles as a WebAssembly module of its own.
//!
//! [`judge`] takes a bundle and what its reader trusts as bytes, and answers with JSON; `exports` is
//! how a page calls it. It links `ledger` without the store: no file, no clock, no random number.
//! Certificates of a replicated network are checked with `replication`'s verifier, whose signatures
//! are C code: building the module takes clang.
//!
//! ```text
//! CC_wasm32_unknown_unknown=clang AR_wasm32_unknown_unknown=llvm-ar \
//!     cargo build -p ledger-wasm --profile wasm --target wasm32-unknown-unknown
//! ```
//!
//! `make-page` puts the module into `page.html`: one file that verifies bundles, from the disk and
//! without a network.
//!
//! A page asks for room, writes both inputs there, and reads the answer:
//!
//! ```text
//! const put = (room, bytes) => {
//!   const at = room(bytes.length); // may move the memory: take the buffer only now
//!   new Uint8Array(e.memory.buffer).set(bytes, at);
//! };
//! put(e.ledger_bundle_room, bundle);
//! put(e.ledger_trust_room, trust);
//! const len = e.ledger_verify();
//! const answer = new Uint8Array(e.memory.buffer, e.ledger_answer(), len);
//! ```
//!
//! What is trusted, every member optional (`{}` trusts nothing):
//!
//! ```text
//! {"network":"my-network",
//!  "audit_root":{"tree_size":9,"root_hash":"<hex>"},
//!  "keys":["example.org/log+0123abcd+<base64>"], "quorum":1,
//!  "genesis":"<the text of a network's genesis file>",
//!  "not_before_ms":1700000000000}
//! ```

#![deny(unsafe_code)]

mod answer;
mod exports;
mod trust;

pub use answer::judge;
pub use exports::{ledger_answer, ledger_bundle_room, ledger_trust_room, ledger_verify};
