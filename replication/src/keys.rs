//! Keys of users and nodes, from seeds of 32 bytes.
//!
//! - Ed25519 (RFC 8032): the seed is the secret key. Users sign requests with it, nodes are known to
//!   each other by it.
//! - BLS12-381 (draft-irtf-cfrg-bls-signature-05): public keys in G2, signatures in G1. The secret
//!   key is `KeyGen` of the seed. Nodes vote with it, so that votes add up to one signature.
//!
//! A sum of signatures is worth something only among keys whose owners have proven that they hold
//! them (section 3.3 there): a key without its proof is refused.

use std::fmt;

use blst::BLST_ERROR;
use blst::min_sig;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use crate::hex::hex_bytes;
use crate::signatures::Claim;

/// Domain of votes (draft-irtf-cfrg-bls-signature-05 section 4.2.3).
pub(crate) const VOTE_DOMAIN: &[u8] = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";
/// Domain of proofs of possession.
const POSSESSION_DOMAIN: &[u8] = b"BLS_POP_BLS12381G1_XMD:SHA-256_SSWU_RO_POP_";

hex_bytes!(
    /// An Ed25519 public key, as it is written: it may be no point of the curve.
    Ed25519Key,
    32
);

hex_bytes!(
    /// An Ed25519 signature.
    Ed25519Signature,
    64
);

hex_bytes!(
    /// A BLS12-381 public key, compressed, as it is written: it may be no point of the group.
    BlsKey,
    96
);

hex_bytes!(
    /// A BLS12-381 signature, compressed, as it is written.
    BlsSignature,
    48
);

impl Ed25519Key {
    /// Whether a signature is this key's over a message: RFC 8032 section 5.1.7 with the cofactor,
    /// and no key of small order.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &Ed25519Signature) -> bool {
        let key = self;
        let claim = Claim {
            key,
            message,
            signature,
        };
        claim.holds()
    }

    /// Whether it is the key of somebody: a point of the curve, of no small order.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        VerifyingKey::from_bytes(self.as_bytes()).is_ok_and(|key| !key.is_weak())
    }
}

impl BlsKey {
    /// Checks that whoever made the key holds its secret. About 1 ms.
    #[must_use]
    pub fn is_possessed(&self, proof: &BlsSignature) -> bool {
        let Some((key, proof)) = self.point().zip(proof.point()) else {
            return false;
        };
        let verified = proof.verify(true, self.as_bytes(), POSSESSION_DOMAIN, &[], &key, true);
        verified == BLST_ERROR::BLST_SUCCESS
    }

    /// The point, if it is one of the group and not its identity.
    pub(crate) fn point(&self) -> Option<min_sig::PublicKey> {
        min_sig::PublicKey::key_validate(self.as_bytes()).ok()
    }
}

impl BlsSignature {
    /// The point, if it is one of the curve. Its group is checked by verifying.
    pub(crate) fn point(&self) -> Option<min_sig::Signature> {
        min_sig::Signature::from_bytes(self.as_bytes()).ok()
    }
}

/// A user's secret key.
#[derive(Clone)]
pub struct UserKey(SigningKey);

impl UserKey {
    /// The key of a seed.
    #[must_use]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> Ed25519Key {
        Ed25519Key::new(self.0.verifying_key().to_bytes())
    }

    /// Signs a message.
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Ed25519Signature {
        Ed25519Signature::new(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserKey(secret of {})", self.public())
    }
}

/// A node's secret keys: one for its identity, one for its votes, and the one that its votes will be
/// signed with next, if there is to be another.
#[derive(Clone)]
pub struct NodeKeys {
    identity: SigningKey,
    voting: min_sig::SecretKey,
    next: Option<min_sig::SecretKey>,
}

impl NodeKeys {
    /// The keys of two seeds: that of the identity, that of the votes.
    ///
    /// # Panics
    /// Never: `KeyGen` refuses seeds under 32 bytes only.
    #[must_use]
    pub fn from_seeds(identity: &[u8; 32], voting: &[u8; 32]) -> Self {
        Self {
            identity: SigningKey::from_bytes(identity),
            voting: key_gen(voting),
            next: None,
        }
    }

    /// These keys, and the seed of the one for votes that is next. A node with both votes with the one
    /// that its network knows.
    #[must_use]
    pub fn with_next(self, voting: &[u8; 32]) -> Self {
        Self {
            next: Some(key_gen(voting)),
            ..self
        }
    }

    /// The public key that the node is known by.
    #[must_use]
    pub fn identity(&self) -> Ed25519Key {
        Ed25519Key::new(self.identity.verifying_key().to_bytes())
    }

    /// The public key of its votes.
    #[must_use]
    pub fn voting(&self) -> BlsKey {
        BlsKey::new(self.voting.sk_to_pk().to_bytes())
    }

    /// The proof that the node holds the secret of [`voting`](Self::voting).
    #[must_use]
    pub fn possession(&self) -> BlsSignature {
        let key = self.voting.sk_to_pk().to_bytes();
        BlsSignature::new(self.voting.sign(&key, POSSESSION_DOMAIN, &[]).to_bytes())
    }

    /// Whether the node has the secret of a key for votes.
    #[must_use]
    pub fn has(&self, key: &BlsKey) -> bool {
        self.secret(key).is_some()
    }

    fn secret(&self, key: &BlsKey) -> Option<&min_sig::SecretKey> {
        let mut secrets = std::iter::once(&self.voting).chain(&self.next);
        secrets.find(|secret| secret.sk_to_pk().to_bytes() == *key.as_bytes())
    }

    /// The secret of a voting key, for the engine, if it is this node's.
    #[cfg(feature = "node")]
    pub(crate) fn voting_secret(&self, key: &BlsKey) -> Option<[u8; 32]> {
        self.secret(key).map(min_sig::SecretKey::to_bytes)
    }

    /// The secret keys, for the engine: seed of the identity, scalar of the votes.
    #[cfg(feature = "node")]
    pub(crate) fn secrets(&self) -> ([u8; 32], [u8; 32]) {
        (self.identity.to_bytes(), self.voting.to_bytes())
    }
}

/// The public key for votes of a seed, and the proof that whoever made it holds the secret.
#[must_use]
pub fn voting_key(seed: &[u8; 32]) -> (BlsKey, BlsSignature) {
    let secret = key_gen(seed);
    let key = secret.sk_to_pk().to_bytes();
    let proof = secret.sign(&key, POSSESSION_DOMAIN, &[]);
    (BlsKey::new(key), BlsSignature::new(proof.to_bytes()))
}

#[expect(clippy::expect_used, reason = "KeyGen takes every seed of 32 bytes")]
fn key_gen(seed: &[u8; 32]) -> min_sig::SecretKey {
    min_sig::SecretKey::key_gen(seed, &[]).expect("a seed of 32 bytes")
}

impl fmt::Debug for NodeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeKeys(secrets of {})", self.identity())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032 section 7.1, test 2.
    #[test]
    fn signs_as_rfc_8032_does() {
        let seed = crate::hex::from_hex(
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        );
        let key = UserKey::from_seed(&seed.unwrap().try_into().unwrap());
        let public = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
        assert_eq!(key.public().to_string(), public);
        let signature = key.sign(&[0x72]);
        assert_eq!(
            signature.to_string(),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(key.public().verifies(&[0x72], &signature));
        assert!(!key.public().verifies(&[0x73], &signature));
    }

    /// The keys that Plenum's README prints: an Ed25519 key of one seed, the X25519 key of the other.
    #[test]
    fn plenums_node_keys_follow_from_their_seeds() {
        let vectors = include_str!("../../tests/vectors/plenum/readme_keys.json");
        let vectors: serde_json::Value = serde_json::from_str(vectors).unwrap();
        let nodes = vectors["nodes"].as_array().unwrap();
        for node in nodes {
            let seed = |name: &str| -> [u8; 32] {
                let text = node[name].as_str().unwrap();
                text.as_bytes().try_into().unwrap()
            };
            let keys = NodeKeys::from_seeds(&seed("second_seed"), &seed("first_seed"));
            assert_eq!(keys.identity().to_string(), node["verkey_hex"]);
            let x25519 = curve25519_dalek::MontgomeryPoint::mul_base_clamped(seed("first_seed"));
            assert_eq!(crate::hex::to_hex(x25519.as_bytes()), node["pubkey_hex"]);
        }
        assert_eq!(nodes.len(), 2);
    }

    #[test]
    fn a_key_of_small_order_is_nobodys() {
        let identity = [1u8]
            .into_iter()
            .chain([0; 31])
            .collect::<Vec<_>>()
            .try_into()
            .unwrap();
        assert!(!Ed25519Key::new(identity).is_usable());
        assert!(UserKey::from_seed(&[7; 32]).public().is_usable());
    }

    #[test]
    fn possession_is_proven_for_one_key_alone() {
        let keys = NodeKeys::from_seeds(&[1; 32], &[2; 32]);
        let others = NodeKeys::from_seeds(&[1; 32], &[3; 32]);
        assert!(keys.voting().is_possessed(&keys.possession()));
        assert!(!keys.voting().is_possessed(&others.possession()));
        assert!(!others.voting().is_possessed(&keys.possession()));
        assert!(!BlsKey::new([0; 96]).is_possessed(&keys.possession()));
    }

    #[test]
    fn a_node_has_the_secret_of_either_of_its_keys() {
        let (now, next) = (voting_key(&[2; 32]), voting_key(&[3; 32]));
        let keys = NodeKeys::from_seeds(&[1; 32], &[2; 32]);
        assert_eq!(now, (keys.voting(), keys.possession()));
        assert_eq!(keys.voting_secret(&now.0), Some(keys.secrets().1));
        assert_eq!(keys.voting_secret(&next.0), None);
        let both = keys.clone().with_next(&[3; 32]);
        assert_eq!(both.voting_secret(&now.0), Some(keys.secrets().1));
        let other = NodeKeys::from_seeds(&[1; 32], &[3; 32]);
        assert_eq!(both.voting_secret(&next.0), Some(other.secrets().1));
        assert_eq!((both.voting(), both.identity()), (now.0, keys.identity()));
    }

    #[test]
    fn secrets_are_not_shown() {
        let keys = NodeKeys::from_seeds(&[1; 32], &[2; 32]).with_next(&[1; 32]);
        let user = UserKey::from_seed(&[1; 32]);
        let shown = format!("{keys:?} {user:?}");
        assert!(!shown.contains(&"01".repeat(8)) && shown.contains(&user.public().to_string()));
    }
}
