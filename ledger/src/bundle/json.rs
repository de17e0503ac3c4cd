//! The JSON form of a bundle: `ledger-tool.proof/1`, kind `bundle`. Bytes are lower-case hex.
//!
//! Invariant: nothing stands in it twice, and no member that is not known is passed over, so that no
//! reader can be told another thing than the verifier.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use merkle_log::{Hash, LeafIndex, TreeSize};
use serde::{Deserialize, Serialize};

use super::error::BundleFormError;
use super::{BUNDLE_LEN_MAX, Evidence, ProofBundle, Subject, hex};

const SCHEMA: &str = "ledger-tool.proof/1";
const KIND: &str = "bundle";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    schema: String,
    kind: String,
    ledger: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    entry: Option<EntryMembers>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<StateMembers>,
    body_hex: String,
    audit_size: u64,
    audit_path: Vec<Hash>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    checkpoint: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finality: Option<FinalityMembers>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryMembers {
    leaf_index: u64,
    data_hex: String,
    path: Vec<Hash>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateMembers {
    key_hex: String,
    value_hex: Option<String>,
    nodes_hex: Vec<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FinalityMembers {
    header_hex: String,
    certificate_hex: String,
}

fn bytes(member: &'static str, text: &str) -> Result<Vec<u8>, BundleFormError> {
    hex::decode(text).ok_or(BundleFormError::NotHex { member })
}

impl ProofBundle {
    /// The JSON form, in one line or in many.
    ///
    /// # Errors
    /// [`BundleFormError::TooLarge`] beyond [`BUNDLE_LEN_MAX`].
    pub fn to_json(&self, one_line: bool) -> Result<Vec<u8>, BundleFormError> {
        let document = self.document();
        let mut json = if one_line {
            serde_json::to_vec(&document)?
        } else {
            serde_json::to_vec_pretty(&document)?
        };
        json.push(b'\n');
        if json.len() > BUNDLE_LEN_MAX {
            let limit = BUNDLE_LEN_MAX as u64;
            return Err(BundleFormError::TooLarge { limit });
        }
        Ok(json)
    }

    fn document(&self) -> Document {
        let (mut entry, mut state) = (None, None);
        match &self.subject {
            Subject::Entry {
                leaf_index,
                entry: data,
                path,
            } => {
                entry = Some(EntryMembers {
                    leaf_index: leaf_index.0,
                    data_hex: hex::encode(data),
                    path: path.clone(),
                });
            }
            Subject::State { key, value, nodes } => {
                state = Some(StateMembers {
                    key_hex: hex::encode(key),
                    value_hex: value.as_deref().map(hex::encode),
                    nodes_hex: nodes.iter().map(|node| hex::encode(node)).collect(),
                });
            }
        }
        let (checkpoint, finality) = match &self.evidence {
            Evidence::None => (None, None),
            Evidence::Checkpoint(text) => (Some(text.clone()), None),
            Evidence::Finality {
                header,
                certificate,
            } => {
                let members = FinalityMembers {
                    header_hex: hex::encode(header),
                    certificate_hex: hex::encode(certificate),
                };
                (None, Some(members))
            }
        };
        Document {
            schema: SCHEMA.to_owned(),
            kind: KIND.to_owned(),
            ledger: self.ledger.as_str().to_owned(),
            entry,
            state,
            body_hex: hex::encode(&self.body),
            audit_size: self.audit_size.0,
            audit_path: self.audit_path.clone(),
            checkpoint,
            finality,
        }
    }

    /// The bundle that `json` is the JSON form of.
    ///
    /// # Errors
    /// [`BundleFormError::Json`], [`BundleFormError::NotHex`], [`BundleFormError::Name`],
    /// [`BundleFormError::Malformed`], [`BundleFormError::NotABundle`] or
    /// [`BundleFormError::TooLarge`].
    pub fn from_json(json: &[u8]) -> Result<Self, BundleFormError> {
        if json.len() > BUNDLE_LEN_MAX {
            let limit = BUNDLE_LEN_MAX as u64;
            return Err(BundleFormError::TooLarge { limit });
        }
        let document: Document = serde_json::from_slice(json)?;
        if document.schema != SCHEMA || document.kind != KIND {
            return Err(BundleFormError::NotABundle);
        }
        let subject = match (document.entry, document.state) {
            (Some(entry), None) => Subject::Entry {
                leaf_index: LeafIndex(entry.leaf_index),
                entry: bytes("data_hex", &entry.data_hex)?,
                path: entry.path,
            },
            (None, Some(state)) => {
                let value = state.value_hex.as_deref();
                let nodes = state.nodes_hex.iter();
                Subject::State {
                    key: bytes("key_hex", &state.key_hex)?,
                    value: value.map(|value| bytes("value_hex", value)).transpose()?,
                    nodes: nodes
                        .map(|node| bytes("nodes_hex", node))
                        .collect::<Result<_, _>>()?,
                }
            }
            _ => return Err(BundleFormError::Malformed),
        };
        let evidence = match (document.checkpoint, document.finality) {
            (None, None) => Evidence::None,
            (Some(text), None) => Evidence::Checkpoint(text),
            (None, Some(finality)) => Evidence::Finality {
                header: bytes("header_hex", &finality.header_hex)?,
                certificate: bytes("certificate_hex", &finality.certificate_hex)?,
            },
            _ => return Err(BundleFormError::Malformed),
        };
        Ok(Self {
            ledger: document.ledger.parse()?,
            subject,
            body: bytes("body_hex", &document.body_hex)?,
            audit_size: TreeSize(document.audit_size),
            audit_path: document.audit_path,
            evidence,
        })
    }
}
