//! Two signed checkpoints that cannot both be true, for whoever has the signers' keys.
//!
//! Checkpoints of one size contradict each other by their roots. Of two sizes they do where the
//! later tree had another root at the earlier size than the earlier checkpoint states: `growth` is
//! that root, with the proof that the later tree grew from it. No store is needed to check either.

use merkle_log::note::{Checkpoint, NoteError, SignedNote, VerifierKeys};
use merkle_log::{ConsistencyProof, Hash, TreeType};
use serde::{Deserialize, Serialize};

use crate::proof::{Anchor, signer_names};
use crate::signed;

const SCHEMA: &str = "ledger-tool.evidence/1";

/// How the origin of an audit tree ends.
pub(crate) const AUDIT_ORIGIN: &str = "/audit";

/// Two checkpoints, and what ties them together where their sizes differ.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Evidence {
    schema: String,
    first: String,
    second: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    growth: Option<Growth>,
}

/// Of audit trees alone, whose hash is known.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Growth {
    /// The root that the later tree had at the size of the earlier checkpoint.
    pub(crate) root_hash: Hash,
    /// The consistency proof from that root to the one of the later checkpoint.
    pub(crate) path: Vec<Hash>,
}

/// What two checkpoints say of each other.
pub(crate) enum Comparison {
    Same(String),
    /// Their sizes differ: roots alone do not tell.
    Open(String),
    Conflict(String),
    Invalid(String),
}

impl Evidence {
    pub(crate) fn of(first: &SignedNote, second: &SignedNote) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            first: first.to_string(),
            second: second.to_string(),
            growth: None,
        }
    }

    pub(crate) fn with_growth(self, growth: Growth) -> Self {
        let growth = Some(growth);
        Self { growth, ..self }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.schema == SCHEMA
    }

    /// Whether the checkpoints contradict each other, and, given keys, whether these signed them.
    pub(crate) fn judge(&self, keys: Option<&VerifierKeys>) -> Result<Comparison, NoteError> {
        let (first_note, first) = signed::parse_checkpoint(self.first.as_bytes())?;
        let (second_note, second) = signed::parse_checkpoint(self.second.as_bytes())?;
        let mut signers = String::new();
        if let Some(keys) = keys {
            let verified = keys
                .verify_checkpoint(&first_note)
                .and_then(|first| Ok((first, keys.verify_checkpoint(&second_note)?)));
            match verified {
                Ok((first, second)) => {
                    signers = format!(
                        ", the first signed by {}, the second by {}",
                        signer_names(first.signatures()),
                        signer_names(second.signatures())
                    );
                }
                Err(error) => return Ok(Comparison::Invalid(error.to_string())),
            }
        }
        let (a, b) = (
            Anchor::of_checkpoint(&first),
            Anchor::of_checkpoint(&second),
        );
        let of = first.origin();
        Ok(if of != second.origin() {
            let other = second.origin();
            Comparison::Invalid(format!("they are of two trees, {of} and {other}"))
        } else if a == b {
            Comparison::Same(format!("{of} has the root {a}{signers}"))
        } else if a.range == b.range {
            Comparison::Conflict(format!("{of} has two roots, {a} and {b}{signers}"))
        } else if let Some(growth) = &self.growth {
            grown(of, growth, [&first, &second], &signers)
        } else {
            Comparison::Open(format!(
                "{of} has the roots {a} and {b}{signers}: a consistency proof tells whether both \
                 hold"
            ))
        })
    }
}

/// What two checkpoints of different sizes say, given how the later tree grew.
fn grown(
    of: &str,
    growth: &Growth,
    mut checkpoints: [&Checkpoint; 2],
    signers: &str,
) -> Comparison {
    if !of.ends_with(AUDIT_ORIGIN) {
        return Comparison::Invalid(format!("growth is of audit trees, not of {of}"));
    }
    checkpoints.sort_by_key(|checkpoint| checkpoint.size());
    let [earlier, later] = checkpoints;
    let proof = ConsistencyProof {
        first_size: earlier.size(),
        second_size: later.size(),
        path: growth.path.clone(),
    };
    if let Err(error) = proof.verify(TreeType::Sha256, &growth.root_hash, later.root()) {
        return Comparison::Invalid(format!("the growth is not that of the later tree: {error}"));
    }
    let [from, to] = checkpoints.map(Anchor::of_checkpoint);
    let was = Anchor::of_tree(growth.root_hash, earlier.size());
    if was == from {
        Comparison::Same(format!("{of} grew from the root {from} to {to}{signers}"))
    } else {
        Comparison::Conflict(format!(
            "{of} has the root {from}, and the root {to}, which grew from {was}{signers}"
        ))
    }
}
