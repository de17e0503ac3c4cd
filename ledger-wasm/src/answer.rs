//! The verdict as JSON.
//!
//! Invariant: the verdict is that of `ledger`'s verifier; here it is put into words. What an answer
//! names counts only where `verdict` is `valid`.

use ledger::ProofBundle;
use ledger::bundle::{BundleVerdict, Doubt, Fact, Proven};
use merkle_log::Hash;
use serde::Serialize;

use crate::trust;

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    proven: Option<ProvenMembers<'a>>,
}

#[derive(Serialize)]
struct ProvenMembers<'a> {
    network: &'a str,
    ledger: &'a str,
    height: u64,
    time_ms: u64,
    fact: FactMembers,
    audit_root: RootMembers,
    /// Of the trusted keys, the names of those that signed.
    signers: &'a [String],
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FactMembers {
    Entry { leaf_index: u64, data_hex: String },
    Present { key_hex: String, value_hex: String },
    Absent { key_hex: String },
}

#[derive(Serialize)]
struct RootMembers {
    tree_size: u64,
    root_hash: Hash,
}

/// Verifies a bundle, compact or JSON, against the JSON of what its reader trusts. O(size of both).
///
/// The answer is JSON: `verdict` is `valid`, `consistent` (it fits together, but nobody trusted
/// vouches for it, or it is too old: `reason`), `invalid`, or `unreadable` (either input is not what
/// it should be); with the first two, `proven` says what.
#[must_use]
pub fn judge(bundle: &[u8], trust: &[u8]) -> Vec<u8> {
    let refused = |verdict, reason| encode(verdict, Some(reason), None);
    let trust = match trust::read(trust) {
        Ok(trust) => trust,
        Err(reason) => return refused("unreadable", reason),
    };
    let read = if bundle.trim_ascii_start().starts_with(b"{") {
        ProofBundle::from_json(bundle)
    } else {
        ProofBundle::from_compact(bundle)
    };
    let bundle = match read {
        Ok(bundle) => bundle,
        Err(error) => return refused("unreadable", format!("bundle: {error}")),
    };
    match bundle.verify(&trust.of_bundles()) {
        BundleVerdict::Valid(proven) => encode("valid", None, Some(&proven)),
        BundleVerdict::Consistent(proven, doubt) => {
            let reason = match doubt {
                Doubt::NothingTrusted => "nothing that is trusted vouches for it",
                Doubt::Stale { .. } => "it is older than allowed",
            };
            encode("consistent", Some(reason.to_owned()), Some(&proven))
        }
        BundleVerdict::Invalid(error) => refused("invalid", error.to_string()),
    }
}

fn encode(verdict: &'static str, reason: Option<String>, proven: Option<&Proven<'_>>) -> Vec<u8> {
    let answer = Answer {
        schema: "ledger-wasm.verdict/1",
        verdict,
        reason,
        proven: proven.map(members),
    };
    #[allow(clippy::expect_used, reason = "strings and numbers, no map")]
    serde_json::to_vec(&answer).expect("plain members are always JSON")
}

fn members<'a>(proven: &'a Proven<'_>) -> ProvenMembers<'a> {
    let (tree_size, root_hash) = proven.audit_root();
    ProvenMembers {
        network: proven.network().as_str(),
        ledger: proven.ledger().as_str(),
        height: proven.height(),
        time_ms: proven.time_ms(),
        fact: match proven.fact() {
            Fact::Entry { leaf_index, entry } => FactMembers::Entry {
                leaf_index: leaf_index.0,
                data_hex: hex(entry),
            },
            Fact::Present { key, value } => FactMembers::Present {
                key_hex: hex(key),
                value_hex: hex(value),
            },
            Fact::Absent { key } => FactMembers::Absent { key_hex: hex(key) },
        },
        audit_root: RootMembers {
            tree_size: tree_size.0,
            root_hash,
        },
        signers: proven.signers(),
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(value.into(), 16).unwrap_or('0');
    let digits = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.collect()
}
