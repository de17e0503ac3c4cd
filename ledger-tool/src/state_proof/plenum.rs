//! Plenum's serialized state proof: one RLP list of nodes, as bytes or in Base64.
//!
//! It says neither its key nor its root; the topmost node stands last. Values are what Plenum's
//! state has, without the `rlp([value])` around them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use patricia_state::plenum::decode_value;
use patricia_state::rlp::exact_list;
use patricia_state::{NodeHash, ProofNodes, StateProof, StateScheme, StateSuite};

use super::file::StateFileError;
use super::judge::{StateAnchors, compare_value, judgement, says};
use crate::human::printable;
use crate::proof::Judgement;

#[derive(Clone, Debug)]
/// A proof in that form.
pub struct PlenumProof {
    nodes: ProofNodes,
}

impl PlenumProof {
    /// Reads a file; `None` where it is something else.
    pub(super) fn read(bytes: &[u8]) -> Result<Option<Self>, StateFileError> {
        let decoded = STANDARD.decode(bytes.trim_ascii()).ok();
        // In Base64 the first byte of a list is a letter or digit.
        let list = decoded.as_deref().unwrap_or(bytes);
        if list.first().is_none_or(|first| *first < 0xc0) {
            return Ok(None);
        }
        exact_list(list).map_err(StateFileError::Plenum)?;
        let nodes = ProofNodes::from_plenum(list).map_err(StateFileError::Plenum)?;
        Ok(Some(Self { nodes }))
    }

    pub(super) fn judge(&self, anchors: &StateAnchors) -> Result<Judgement, &'static str> {
        let Some(key) = &anchors.key else {
            return Err("Plenum's proofs do not say their key: give --key-hex");
        };
        Ok(self.judged(key, anchors).unwrap_or_else(Judgement::invalid))
    }

    fn judged(&self, key: &[u8], anchors: &StateAnchors) -> Result<Judgement, String> {
        let scheme = anchors.scheme.unwrap_or(StateSuite::Sha3_256.into());
        let root = anchors.root.unwrap_or_else(|| self.own_root(scheme));
        let proof = StateProof(self.nodes.clone());
        let verified = proof.verify(scheme, &root, &[key]);
        let verified = verified.map_err(|e| e.to_string())?;
        let stored = verified.get(key).map_err(|e| e.to_string())?;
        let value = stored.map(decode_value).transpose();
        let value = value.map_err(|e| format!("the value is none of Plenum's: {e}"))?;
        compare_value(value, anchors)?;
        Ok(judgement(&says(&printable(key), value), scheme, anchors))
    }

    /// The root that it leads to.
    fn own_root(&self, scheme: StateScheme) -> NodeHash {
        let topmost = self.nodes.nodes().first();
        topmost.map_or_else(|| scheme.suite.empty_root(), |node| scheme.suite.hash(node))
    }
}
