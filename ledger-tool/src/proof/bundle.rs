//! Judging a proof bundle against what its reader trusts.
//!
//! Invariant: the verdict is that of the library's verifier; here it is put into words.

use ledger::ProofBundle;
use ledger::bundle::{BundleTrust, BundleVerdict, Doubt, Fact, Proven};
use merkle_log::TreeSize;
use merkle_log::note::Quorum;

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
    /// The commit must be of this time or later, in milliseconds since 1970.
    pub not_before_ms: Option<u64>,
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
    let trust = BundleTrust {
        audit_root,
        checkpoints: anchors.trust.clone(),
        not_before_ms: anchors.not_before_ms,
        ..BundleTrust::default()
    };
    let (proven, doubt) = match bundle.verify(&trust) {
        BundleVerdict::Valid(proven) => (proven, None),
        BundleVerdict::Consistent(proven, doubt) => (proven, Some(doubt)),
        BundleVerdict::Invalid(error) => return Ok(Judgement::invalid(error.to_string())),
    };
    let mut compared = true;
    match (&anchors.entry, proven.fact()) {
        (Some(given), Fact::Entry { entry, .. }) if given == entry => {}
        (Some(_), Fact::Entry { .. }) => {
            let reason = "the bundle is for another entry than the data";
            return Ok(Judgement::invalid(reason.to_owned()));
        }
        (Some(_), _) => return Err("--data is for bundles of entries, this is one of a key"),
        (None, Fact::Entry { .. }) => compared = false,
        (None, _) => {}
    }
    let (verdict, remark) = match doubt {
        None if compared => (Verdict::Valid, None),
        None => {
            let remark = "nothing was compared with an entry: give its bytes with --data";
            (Verdict::Valid, Some(remark))
        }
        Some(Doubt::Stale { .. }) => (Verdict::Stale, None),
        Some(_) => {
            let remark = "give the root of the audit tree from a source you trust: --root \
                          HEX@SIZE; or --keys, for a checkpoint";
            (Verdict::NotTrusted, Some(remark))
        }
    };
    Ok(Judgement {
        verdict,
        statement: statement(&proven, compared && anchors.entry.is_some()),
        remark,
    })
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
