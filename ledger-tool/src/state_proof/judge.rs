//! Judging a state proof against what its reader trusts.
//!
//! Invariants:
//!
//! - without a root from outside the file no proof is valid, however well its nodes fit together;
//! - a root says nothing about how keys become keys of the trie, so every statement names it.

use patricia_state::{KeyMode, NodeHash, PrefixProof, StateProof, StateScheme, StateSuite};

use super::Form;
use super::file::{Claim, StateProofFile};
use crate::cli::{StateAnchorArgs, unhex};
use crate::failure::Failure;
use crate::human::{counted, hex, printable};
use crate::proof::{FILE_LEN_MAX, Judgement, Verdict};

pub(super) const NO_ROOT: &str = "give the root from a source you trust: --root HEX";
const NO_KEY: &str = "nothing was compared with a key: give --key-hex";
const NO_VALUE: &str = "nothing was compared with a value: give --value-hex or --absent";

/// What the user has besides the file.
#[derive(Clone, Debug, Default)]
pub struct StateAnchors {
    /// The root.
    pub root: Option<NodeHash>,
    /// What the state is computed with.
    pub scheme: Option<StateScheme>,
    /// The key that the proof is to be for.
    pub key: Option<Vec<u8>>,
    /// What that key is to have.
    pub value: Option<Expected>,
}

/// What the key is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This value.
    Value(Vec<u8>),
    /// None.
    Absent,
}

impl StateAnchors {
    pub(crate) fn of(root: Option<&str>, args: &StateAnchorArgs) -> Result<Self, Failure> {
        let root = root.map(|text| {
            let root = unhex("--root", text)?;
            NodeHash::try_from(root).map_err(|_| {
                Failure::Usage("--root: the root of a state is 64 hex digits".to_owned())
            })
        });
        let hex = |option, text: &Option<String>| {
            let text = text.as_deref();
            text.map(|text| unhex(option, text)).transpose()
        };
        let value = hex("--value-hex", &args.value_hex)?.map(Expected::Value);
        Ok(Self {
            root: root.transpose()?,
            scheme: args.state.as_deref().map(scheme).transpose()?,
            key: hex("--key-hex", &args.key_hex)?,
            value: value.or(args.absent.then_some(Expected::Absent)),
        })
    }
}

/// Reads `SUITE[:hashed]`.
fn scheme(text: &str) -> Result<StateScheme, Failure> {
    let (suite, keys) = match text.strip_suffix(":hashed") {
        Some(suite) => (suite, KeyMode::Hashed),
        None => (text, KeyMode::AsGiven),
    };
    let suite = StateSuite::from_name(suite).ok_or_else(|| {
        Failure::Usage(format!(
            "--state {text}: blake3, keccak256, sha3-256 or sha256, and :hashed after it"
        ))
    })?;
    Ok(StateScheme { suite, keys })
}

/// A scheme in words.
pub(crate) fn scheme_name(scheme: StateScheme) -> String {
    let keys = match scheme.keys {
        KeyMode::AsGiven => "as given",
        KeyMode::Hashed => "hashed",
    };
    format!("{}, keys {keys}", scheme.suite.name())
}

/// Judges a proof.
///
/// # Errors
/// Anchors that do not belong to its kind.
pub fn judge(form: &Form, anchors: &StateAnchors) -> Result<Judgement, &'static str> {
    match form {
        Form::Own(file) => own(file, anchors),
        Form::Plenum(proof) => proof.judge(anchors),
        Form::Ethereum(proof) => proof.judge(anchors),
    }
}

fn own(file: &StateProofFile, anchors: &StateAnchors) -> Result<Judgement, &'static str> {
    let single = file.claim.pairs().len() == 1 && matches!(file.claim, Claim::Keys(_));
    if anchors.value.is_some() && anchors.key.is_none() && !single {
        return Err("the proof is for several keys: --key-hex says which has the value");
    }
    Ok(judged(file, anchors).unwrap_or_else(Judgement::invalid))
}

fn judged(file: &StateProofFile, anchors: &StateAnchors) -> Result<Judgement, String> {
    verify(file)?;
    compare_root(&file.root, anchors)?;
    compare_scheme(file.scheme, anchors)?;
    let asked = match &anchors.key {
        Some(key) => Some((key, value_of(file, key)?)),
        None => match file.claim.pairs() {
            [(key, value)] if matches!(file.claim, Claim::Keys(_)) => Some((key, value.as_deref())),
            _ => None,
        },
    };
    let statement = match asked {
        Some((key, value)) => {
            compare_value(value, anchors)?;
            says(&printable(key), value)
        }
        None => match &file.claim {
            Claim::Keys(pairs) => {
                let present = pairs.iter().filter(|(_, value)| value.is_some()).count();
                let absent = counted((pairs.len() - present) as u64, "key", "keys");
                let present = counted(present as u64, "key", "keys");
                format!("{present} with values, {absent} absent")
            }
            Claim::Prefix { prefix, pairs } => {
                let count = counted(pairs.len() as u64, "key", "keys");
                let prefix = match (prefix.as_slice(), file.scheme.keys) {
                    ([], _) => "in all".to_owned(),
                    (prefix, KeyMode::AsGiven) => format!("with the prefix {}", printable(prefix)),
                    (prefix, KeyMode::Hashed) => {
                        format!("whose hashes have the prefix {}", hex(prefix))
                    }
                };
                format!("{count} {prefix}, and no others")
            }
        },
    };
    Ok(judgement(&statement, file.scheme, anchors))
}

/// That the nodes prove what the file claims of its own root.
///
/// # Errors
/// Why they do not, for people.
pub fn verify(file: &StateProofFile) -> Result<(), String> {
    let nodes = file.nodes.clone();
    let other = "the proof leads to other values than the file claims".to_owned();
    let holds = match &file.claim {
        Claim::Keys(pairs) => {
            let keys: Vec<&[u8]> = pairs.iter().map(|(key, _)| key.as_slice()).collect();
            let verified = StateProof(nodes).verify(file.scheme, &file.root, &keys);
            let verified = verified.map_err(|e| e.to_string())?;
            let claimed = pairs
                .iter()
                .map(|(key, value)| (&key[..], value.as_deref()));
            verified.iter().eq(claimed)
        }
        Claim::Prefix { prefix, pairs } => {
            // No honest file claims more than it is long.
            let limit = usize::try_from(FILE_LEN_MAX).unwrap_or(usize::MAX);
            let verified = PrefixProof(nodes).verify(file.scheme, &file.root, prefix, limit);
            let verified = verified.map_err(|e| e.to_string())?;
            let claimed = pairs
                .iter()
                .map(|(key, value)| (&key[..], value.as_deref()));
            verified
                .iter()
                .map(|(key, value)| (key, Some(value)))
                .eq(claimed)
        }
    };
    if holds { Ok(()) } else { Err(other) }
}

/// What a verified file says about a key of the user's.
fn value_of<'a>(file: &'a StateProofFile, key: &[u8]) -> Result<Option<&'a [u8]>, String> {
    let find = |key: &[u8]| {
        let found = file.claim.pairs().iter().find(|(other, _)| other == key);
        found.map(|(_, value)| value.as_deref())
    };
    match &file.claim {
        Claim::Keys(_) => find(key),
        Claim::Prefix { prefix, .. } => {
            let key = file.scheme.trie_key(key);
            let covered = key.starts_with(prefix);
            covered.then(|| find(&key).flatten())
        }
    }
    .ok_or_else(|| format!("the proof is not for the key {}", printable(key)))
}

pub(super) fn compare_root(root: &NodeHash, anchors: &StateAnchors) -> Result<(), String> {
    match &anchors.root {
        Some(given) if given != root => {
            let (root, given) = (hex(root), hex(given));
            Err(format!(
                "the proof is for the root {root}, --root is {given}"
            ))
        }
        _ => Ok(()),
    }
}

pub(super) fn compare_scheme(scheme: StateScheme, anchors: &StateAnchors) -> Result<(), String> {
    match anchors.scheme {
        Some(given) if given != scheme => {
            let (scheme, given) = (scheme_name(scheme), scheme_name(given));
            Err(format!("the proof is for {scheme}; --state is {given}"))
        }
        _ => Ok(()),
    }
}

pub(super) fn compare_value(value: Option<&[u8]>, anchors: &StateAnchors) -> Result<(), String> {
    let shown = |value: &[u8]| format!("the value {}", crate::human::start_of(&hex(value)));
    match (&anchors.value, value) {
        (Some(Expected::Absent), Some(value)) => {
            Err(format!("the key is not absent, it has {}", shown(value)))
        }
        (Some(Expected::Value(_)), None) => Err("the key is absent".to_owned()),
        (Some(Expected::Value(given)), Some(value)) if given != value => Err(format!(
            "the key has {}, --value-hex is another one",
            shown(value)
        )),
        _ => Ok(()),
    }
}

/// What is proven of a key.
pub(super) fn says(key: &str, value: Option<&[u8]>) -> String {
    match value {
        Some(value) => {
            let len = counted(value.len() as u64, "byte", "bytes");
            let value = crate::human::start_of(&printable(value));
            format!("the key {key} has the value {value} ({len})")
        }
        None => format!("the key {key} is absent"),
    }
}

/// The judgement of a proof that holds and that agrees with all that was given.
pub(super) fn judgement(statement: &str, scheme: StateScheme, anchors: &StateAnchors) -> Judgement {
    let (verdict, remark) = match (anchors.root, &anchors.key, &anchors.value) {
        (None, ..) => (Verdict::NotTrusted, Some(NO_ROOT)),
        (_, None, _) => (Verdict::Valid, Some(NO_KEY)),
        (_, _, None) => (Verdict::Valid, Some(NO_VALUE)),
        _ => (Verdict::Valid, None),
    };
    Judgement {
        verdict,
        statement: format!("{statement} in the state ({})", scheme_name(scheme)),
        remark,
    }
}
