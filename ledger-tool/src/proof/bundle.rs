//! Judging a proof bundle against what its reader trusts.
//!
//! Invariant: the verdict is that of the library's verifier; here it is put into words.

use ledger::ProofBundle;
use ledger::bundle::{
    BundleTrust, BundleVerdict, CertificateVerifier, Doubt, Evidence, Fact, Proven,
};
use merkle_log::TreeSize;
use merkle_log::note::Quorum;
use replication::GenesisVerifier;

use super::anchor::Anchor;
use super::check::{Judgement, Verdict};
use crate::human;

/// What the user has besides a bundle.
#[derive(Clone, Debug, Default)]
pub struct BundleAnchors {
    /// The root of the audit tree.
    pub root: Option<Anchor>,
    /// Who is trusted to sign checkpoints of the audit tree.
    pub trust: Option<Quorum>,
    /// The entry that the user has.
    pub entry: Option<Vec<u8>>,
    /// The key that the bundle is to be for.
    pub key: Option<Vec<u8>>,
    /// The value that the key is to have; `Some(None)` where it is to be absent.
    pub value: Option<Option<Vec<u8>>>,
    /// The commit must be of this time or later, in milliseconds since 1970.
    pub not_before_ms: Option<u64>,
    /// Who must have found its block final.
    pub nodes: Option<GenesisVerifier>,
}

/// More bytes of a key or value are not shown.
const SHOWN_MAX: usize = 64;

/// Judges a bundle.
///
/// # Errors
/// Anchors that do not belong to it.
pub fn judge_bundle(
    bundle: &ProofBundle,
    anchors: &BundleAnchors,
) -> Result<Judgement, &'static str> {
    let audit_root = match anchors.root {
        Some(Anchor { range, .. }) if range.begin != 0 => {
            return Err("--root is the root of the whole audit tree: HEX@SIZE");
        }
        anchor => anchor.map(|anchor| (TreeSize(anchor.range.end), anchor.root)),
    };
    let has_certificate = matches!(bundle.evidence, Evidence::Finality { .. });
    if anchors.nodes.is_some() && !has_certificate {
        return Err("--genesis is for bundles that carry a certificate, this one carries none");
    }
    let nodes = anchors.nodes.as_ref();
    let trust = BundleTrust {
        audit_root,
        certificates: nodes.map(|nodes| nodes as &dyn CertificateVerifier),
        checkpoints: anchors.trust.clone(),
        not_before_ms: anchors.not_before_ms,
        ..BundleTrust::default()
    };
    let (proven, doubt) = match bundle.verify(&trust) {
        BundleVerdict::Valid(proven) => (proven, None),
        BundleVerdict::Consistent(proven, doubt) => (proven, Some(doubt)),
        BundleVerdict::Invalid(error) => return Ok(Judgement::invalid(error.to_string())),
    };
    let compared = match compare(proven.fact(), anchors)? {
        Ok(compared) => compared,
        Err(reason) => return Ok(Judgement::invalid(reason.to_owned())),
    };
    let (verdict, remark) = match doubt {
        None if compared => (Verdict::Valid, None),
        None => {
            let remark = match proven.fact() {
                Fact::Entry { .. } => {
                    "nothing was compared with an entry: give its bytes with --data"
                }
                _ => "nothing was compared with a key: give --key-hex, and --value-hex or --absent",
            };
            (Verdict::Valid, Some(remark))
        }
        Some(Doubt::Stale { .. }) => (Verdict::Stale, None),
        Some(_) if has_certificate => {
            let remark = "give the network's genesis, for the certificate: --genesis FILE; or the \
                          root of the audit tree from a source you trust: --root HEX@SIZE";
            (Verdict::NotTrusted, Some(remark))
        }
        Some(_) => {
            let remark = "give the root of the audit tree from a source you trust: --root \
                          HEX@SIZE; or --keys, for a checkpoint";
            (Verdict::NotTrusted, Some(remark))
        }
    };
    let mut statement = statement(&proven, compared && anchors.entry.is_some());
    if anchors.nodes.is_some() {
        statement.push_str(", final by its nodes");
    }
    Ok(Judgement {
        verdict,
        statement,
        remark,
    })
}

/// Whether the fact is about what the user has; `false` where they have nothing to compare. The outer
/// error is for what does not belong to the fact, the inner one for another fact.
fn compare(
    fact: Fact<'_>,
    anchors: &BundleAnchors,
) -> Result<Result<bool, &'static str>, &'static str> {
    let BundleAnchors {
        entry, key, value, ..
    } = anchors;
    let (its_key, its_value) = match fact {
        Fact::Entry {
            entry: of_bundle, ..
        } => {
            if key.is_some() || value.is_some() {
                return Err(
                    "the bundle is for an entry: --key-hex, --value-hex and --absent are \
                            for those of keys",
                );
            }
            return Ok(match entry {
                Some(given) if given != of_bundle => {
                    Err("the bundle is for another entry than the data")
                }
                given => Ok(given.is_some()),
            });
        }
        Fact::Present { key, value } => (key, Some(value)),
        Fact::Absent { key } => (key, None),
    };
    if entry.is_some() {
        return Err("--data is for bundles of entries, this is one of a key");
    }
    if key.as_deref().is_some_and(|key| key != its_key) {
        return Ok(Err("the bundle is for another key"));
    }
    if value
        .as_ref()
        .is_some_and(|value| value.as_deref() != its_value)
    {
        return Ok(Err(
            "the key has another value than the one given, or none, or one after all",
        ));
    }
    Ok(Ok(key.is_some() && value.is_some()))
}

fn statement(proven: &Proven<'_>, is_this_entry: bool) -> String {
    let place = format!(
        "the ledger {} of network {}, at height {}, {}",
        proven.ledger(),
        proven.network(),
        proven.height(),
        human::time(proven.time_ms()),
    );
    let fact = match proven.fact() {
        Fact::Entry { leaf_index, entry } => {
            let seq_no = u128::from(leaf_index.0) + 1;
            let subject = if is_this_entry {
                "this entry".to_owned()
            } else {
                let len = human::counted(entry.len() as u64, "byte", "bytes");
                format!("the bundle's entry of {len}")
            };
            format!("{subject} is leaf {leaf_index} (seqNo {seq_no}) of")
        }
        Fact::Present { key, value } => {
            format!("the key {} has the value {} in", shown(key), shown(value))
        }
        Fact::Absent { key } => format!("the key {} is absent from", shown(key)),
    };
    let signers = match proven.signers() {
        [] => String::new(),
        signers => format!(", signed by {}", signers.join(", ")),
    };
    format!("{fact} {place}{signers}")
}

/// Bytes as hex, of long ones the start.
pub(crate) fn shown(bytes: &[u8]) -> String {
    match bytes.get(..SHOWN_MAX) {
        Some(start) if start.len() < bytes.len() => {
            let len = human::count(bytes.len() as u64);
            format!("{}... ({len} bytes)", human::hex(start))
        }
        _ if bytes.is_empty() => "of no bytes".to_owned(),
        _ => human::hex(bytes),
    }
}
