//! The answer of `eth_getProof` (EIP-1186): an account, and slots of its storage.
//!
//! It is held against the state root of a block: the account by its address, each slot by the
//! account's storage root. Keys are hashed with Keccak-256; an account is the RLP list of nonce,
//! balance, storage root and code hash, a slot the RLP of its number.

use patricia_state::{KeyMode, NodeHash, ProofNodes, StateProof, StateScheme, StateSuite, rlp};
use serde::Deserialize;

use super::file::StateFileError;
use super::judge::{StateAnchors, compare_scheme, compare_value, judgement, says};
use crate::human::{counted, hex, unhex};
use crate::proof::Judgement;

const SCHEME: StateScheme = StateScheme {
    suite: StateSuite::Keccak256,
    keys: KeyMode::Hashed,
};

/// The whole answer of a node, or what it is the result of.
#[derive(Deserialize)]
struct Answer {
    result: Option<serde_json::Value>,
    #[serde(rename = "accountProof")]
    account_proof: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AccountJson {
    address: String,
    account_proof: Vec<String>,
    balance: String,
    code_hash: String,
    nonce: String,
    storage_hash: String,
    #[serde(default)]
    storage_proof: Vec<SlotJson>,
}

#[derive(Deserialize)]
struct SlotJson {
    key: String,
    value: String,
    proof: Vec<String>,
}

/// A proof of an account and some of its slots.
#[derive(Clone, Debug)]
pub struct AccountProof {
    address: Vec<u8>,
    nodes: Vec<Vec<u8>>,
    nonce: Vec<u8>,
    balance: Vec<u8>,
    storage_root: NodeHash,
    code_hash: NodeHash,
    slots: Vec<Slot>,
}

#[derive(Clone, Debug)]
struct Slot {
    key: NodeHash,
    /// Without leading zeros; empty for zero, which is absent.
    value: Vec<u8>,
    nodes: Vec<Vec<u8>>,
}

/// Bytes after `0x`.
fn bytes(member: &'static str, text: &str) -> Result<Vec<u8>, StateFileError> {
    let expected = "0x and hex digits in pairs";
    let bytes = text.strip_prefix("0x").and_then(unhex);
    bytes.ok_or(StateFileError::Member { member, expected })
}

fn hash(member: &'static str, text: &str) -> Result<NodeHash, StateFileError> {
    let expected = "0x and 64 hex digits";
    let hash = bytes(member, text)?.try_into();
    hash.map_err(|_| StateFileError::Member { member, expected })
}

/// A number after `0x`, of 32 bytes at most, without leading zeros.
fn number(member: &'static str, text: &str) -> Result<Vec<u8>, StateFileError> {
    let digits = text.strip_prefix("0x").filter(|digits| digits.len() <= 64);
    let even = digits.map(|digits| match digits.len() % 2 {
        0 => digits.to_owned(),
        _ => format!("0{digits}"),
    });
    let expected = "0x and up to 64 hex digits";
    let bytes = even.as_deref().and_then(unhex);
    let bytes = bytes.ok_or(StateFileError::Member { member, expected })?;
    Ok(bytes.into_iter().skip_while(|byte| *byte == 0).collect())
}

fn nodes(member: &'static str, texts: &[String]) -> Result<Vec<Vec<u8>>, StateFileError> {
    texts.iter().map(|text| bytes(member, text)).collect()
}

impl AccountProof {
    /// Reads an answer; `None` where the file is something else.
    pub(super) fn from_json(json: &[u8]) -> Result<Option<Self>, StateFileError> {
        let Ok(answer) = serde_json::from_slice::<Answer>(json) else {
            return Ok(None);
        };
        let read: AccountJson = match (answer.result, answer.account_proof) {
            (Some(result), _) if result.get("accountProof").is_some() => {
                serde_json::from_value(result)?
            }
            (_, Some(_)) => serde_json::from_slice(json)?,
            _ => return Ok(None),
        };
        let slots = read.storage_proof.iter().map(|slot| {
            let short = number("key", &slot.key)?;
            let mut key = [0; 32];
            let (_, end) = key.split_at_mut(32 - short.len());
            end.copy_from_slice(&short);
            Ok(Slot {
                key,
                value: number("value", &slot.value)?,
                nodes: nodes("proof", &slot.proof)?,
            })
        });
        let slots = slots.collect::<Result<_, StateFileError>>()?;
        Ok(Some(Self {
            address: bytes("address", &read.address)?,
            nodes: nodes("accountProof", &read.account_proof)?,
            nonce: number("nonce", &read.nonce)?,
            balance: number("balance", &read.balance)?,
            storage_root: hash("storageHash", &read.storage_hash)?,
            code_hash: hash("codeHash", &read.code_hash)?,
            slots,
        }))
    }

    pub(super) fn judge(&self, anchors: &StateAnchors) -> Result<Judgement, &'static str> {
        if anchors.value.is_some() && anchors.key.is_none() {
            return Err("the proof may be for several keys: --key-hex says which has the value");
        }
        Ok(self.judged(anchors).unwrap_or_else(Judgement::invalid))
    }

    fn judged(&self, anchors: &StateAnchors) -> Result<Judgement, String> {
        compare_scheme(SCHEME, anchors)?;
        let own_root = root_of(&self.nodes);
        let root = anchors.root.unwrap_or(own_root);
        let account = proven(&self.nodes, &root, &self.address)?;
        let claimed = self.account();
        match &account {
            Some(account) if *account != claimed => {
                return Err("the account has other numbers than the file claims".to_owned());
            }
            None if !self.is_absent() => return Err("the account is absent".to_owned()),
            _ => {}
        }
        for slot in &self.slots {
            self.check(slot, account.is_some())?;
        }
        let address = format!("0x{}", hex(&self.address));
        let statement = match &anchors.key {
            None => {
                let is = if account.is_some() {
                    "is as the file says"
                } else {
                    "is absent"
                };
                format!("the account {address} {is}")
            }
            Some(key) if *key == self.address => {
                compare_value(account.as_deref(), anchors)?;
                says(&address, account.as_deref())
            }
            Some(key) => {
                let slot = self.slots.iter().find(|slot| slot.key[..] == **key);
                let slot = slot.ok_or("the proof is not for that key".to_owned())?;
                let value = Some(&slot.value[..]).filter(|value| !value.is_empty());
                compare_value(value, anchors)?;
                says(&format!("0x{} of {address}", hex(key)), value)
            }
        };
        let slots = counted(self.slots.len() as u64, "slot", "slots");
        Ok(judgement(
            &format!("{statement}, {slots} with it,"),
            SCHEME,
            anchors,
        ))
    }

    fn check(&self, slot: &Slot, account_is_there: bool) -> Result<(), String> {
        let key = hex(&slot.key);
        let value = if account_is_there {
            proven(&slot.nodes, &self.storage_root, &slot.key)
                .map_err(|e| format!("slot {key}: {e}"))?
        } else if slot.nodes.is_empty() {
            None
        } else {
            return Err(format!("slot {key}: the account has no storage"));
        };
        let mut expected = Vec::new();
        rlp::put_string(&mut expected, &slot.value);
        let claimed = Some(expected).filter(|_| !slot.value.is_empty());
        if value == claimed {
            return Ok(());
        }
        Err(format!("slot {key} has another value than the file claims"))
    }

    /// What the state has for such an account.
    fn account(&self) -> Vec<u8> {
        let mut content = Vec::new();
        let hashes = [&self.storage_root[..], &self.code_hash];
        let numbers = [&self.nonce[..], &self.balance];
        for string in numbers.into_iter().chain(hashes) {
            rlp::put_string(&mut content, string);
        }
        let mut account = Vec::new();
        rlp::put_list_header(&mut account, content.len());
        account.extend(content);
        account
    }

    /// Whether the file claims no more than what an absent account has.
    fn is_absent(&self) -> bool {
        let empty = [[0; 32], SCHEME.suite.empty_root()];
        let no_code = [[0; 32], SCHEME.suite.hash(b"")];
        self.nonce.is_empty()
            && self.balance.is_empty()
            && empty.contains(&self.storage_root)
            && no_code.contains(&self.code_hash)
    }
}

/// The root that a list of nodes leads to.
fn root_of(nodes: &[Vec<u8>]) -> NodeHash {
    let topmost = nodes.first();
    topmost.map_or_else(|| SCHEME.suite.empty_root(), |node| SCHEME.suite.hash(node))
}

fn proven(nodes: &[Vec<u8>], root: &NodeHash, key: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let proof = StateProof(ProofNodes::from_ethereum(nodes.to_vec()));
    let verified = proof.verify(SCHEME, root, &[key]);
    let verified = verified.map_err(|e| e.to_string())?;
    let value = verified.get(key).map_err(|e| e.to_string())?;
    Ok(value.map(<[u8]>::to_vec))
}
