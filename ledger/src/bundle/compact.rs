//! The compact form of a bundle (FORMAT.md section 13). The fields are a bincode value; this is the
//! only module that knows it.
//!
//! Invariant: each bundle has one encoding, and no other bytes decode.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use merkle_log::{Hash, LeafIndex, TreeSize};
use serde::{Deserialize, Serialize};

use super::error::BundleFormError;
use super::{BUNDLE_LEN_MAX, Evidence, ProofBundle, Subject};

const MAGIC: [u8; 4] = *b"LPB1";
/// Magic, length and check.
const AROUND: usize = 12;

const CONFIG: Configuration<LittleEndian, Fixint, Limit<BUNDLE_LEN_MAX>> =
    bincode::config::legacy().with_limit::<BUNDLE_LEN_MAX>();

const TOO_LARGE: BundleFormError = BundleFormError::TooLarge {
    limit: BUNDLE_LEN_MAX as u64,
};

/// The fields in the order of the format.
#[derive(Serialize, Deserialize)]
struct Fields {
    ledger: String,
    subject: SubjectFields,
    body: Vec<u8>,
    audit_size: u64,
    audit_path: Vec<Hash>,
    evidence: EvidenceFields,
}

#[derive(Serialize, Deserialize)]
enum SubjectFields {
    Entry {
        leaf_index: u64,
        entry: Vec<u8>,
        path: Vec<Hash>,
    },
    State {
        key: Vec<u8>,
        value: Option<Vec<u8>>,
        nodes: Vec<Vec<u8>>,
    },
}

#[derive(Serialize, Deserialize)]
enum EvidenceFields {
    None,
    Checkpoint(String),
    Finality {
        header: Vec<u8>,
        certificate: Vec<u8>,
    },
}

impl From<ProofBundle> for Fields {
    fn from(bundle: ProofBundle) -> Self {
        Self {
            ledger: bundle.ledger.as_str().to_owned(),
            subject: match bundle.subject {
                Subject::Entry {
                    leaf_index,
                    entry,
                    path,
                } => SubjectFields::Entry {
                    leaf_index: leaf_index.0,
                    entry,
                    path,
                },
                Subject::State { key, value, nodes } => SubjectFields::State { key, value, nodes },
            },
            body: bundle.body,
            audit_size: bundle.audit_size.0,
            audit_path: bundle.audit_path,
            evidence: match bundle.evidence {
                Evidence::None => EvidenceFields::None,
                Evidence::Checkpoint(text) => EvidenceFields::Checkpoint(text),
                Evidence::Finality {
                    header,
                    certificate,
                } => EvidenceFields::Finality {
                    header,
                    certificate,
                },
            },
        }
    }
}

impl TryFrom<Fields> for ProofBundle {
    type Error = BundleFormError;

    fn try_from(fields: Fields) -> Result<Self, BundleFormError> {
        Ok(Self {
            ledger: fields.ledger.parse()?,
            subject: match fields.subject {
                SubjectFields::Entry {
                    leaf_index,
                    entry,
                    path,
                } => Subject::Entry {
                    leaf_index: LeafIndex(leaf_index),
                    entry,
                    path,
                },
                SubjectFields::State { key, value, nodes } => Subject::State { key, value, nodes },
            },
            body: fields.body,
            audit_size: TreeSize(fields.audit_size),
            audit_path: fields.audit_path,
            evidence: match fields.evidence {
                EvidenceFields::None => Evidence::None,
                EvidenceFields::Checkpoint(text) => Evidence::Checkpoint(text),
                EvidenceFields::Finality {
                    header,
                    certificate,
                } => Evidence::Finality {
                    header,
                    certificate,
                },
            },
        })
    }
}

impl ProofBundle {
    /// Whether bytes begin as the compact form of a bundle does.
    #[must_use]
    pub fn is_compact(bytes: &[u8]) -> bool {
        bytes.starts_with(&MAGIC)
    }

    /// The compact form.
    ///
    /// # Errors
    /// [`BundleFormError::TooLarge`] beyond [`BUNDLE_LEN_MAX`].
    pub fn to_compact(&self) -> Result<Vec<u8>, BundleFormError> {
        let fields = Fields::from(self.clone());
        let fields = bincode::serde::encode_to_vec(&fields, CONFIG).map_err(|_| TOO_LARGE)?;
        if fields.len() > BUNDLE_LEN_MAX - AROUND {
            return Err(TOO_LARGE);
        }
        let len = u32::try_from(fields.len()).map_err(|_| TOO_LARGE)?;
        let mut bytes = Vec::with_capacity(fields.len() + AROUND);
        bytes.extend(MAGIC);
        bytes.extend(len.to_le_bytes());
        bytes.extend(fields);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// The bundle that `bytes` are the compact form of. Takes no more memory than a few times the
    /// bytes.
    ///
    /// # Errors
    /// Every [`BundleFormError`] but [`Json`](BundleFormError::Json) and
    /// [`NotHex`](BundleFormError::NotHex).
    pub fn from_compact(bytes: &[u8]) -> Result<Self, BundleFormError> {
        if bytes.len() > BUNDLE_LEN_MAX {
            return Err(TOO_LARGE);
        }
        let Some((&MAGIC, rest)) = bytes.split_first_chunk() else {
            return Err(BundleFormError::NotABundle);
        };
        let len = rest.first_chunk().copied().map_or(0, u32::from_le_bytes);
        let (expected, got) = (u64::from(len) + AROUND as u64, bytes.len() as u64);
        let wrong_length = || BundleFormError::WrongLength { expected, got };
        if expected != got {
            return Err(wrong_length());
        }
        let (checked, stored) = bytes.split_last_chunk().ok_or_else(wrong_length)?;
        let (expected, computed) = (u32::from_le_bytes(*stored), crc32fast::hash(checked));
        if expected != computed {
            return Err(BundleFormError::WrongCheck { expected, computed });
        }
        let fields = checked.get(MAGIC.len() + 4..).ok_or_else(wrong_length)?;
        let decoded: Result<(Fields, usize), _> = bincode::serde::decode_from_slice(fields, CONFIG);
        let (decoded, consumed) = decoded.map_err(|_| BundleFormError::Malformed)?;
        if consumed != fields.len() {
            return Err(BundleFormError::WrongLength {
                expected: consumed as u64,
                got: fields.len() as u64,
            });
        }
        decoded.try_into()
    }
}
