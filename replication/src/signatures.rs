//! Ed25519 signatures, one alone or many at once, by one rule.
//!
//! The rule is RFC 8032 section 5.1.7 with the cofactor: `S < L`, the key a point of no small order,
//! `[8][S]B = [8]R + [8][k]A` with `k = SHA-512(R || A || message)`. Without the cofactor a signature
//! could pass among others and fail alone, so that nodes would disagree on it (Chalkias, Garillot,
//! Nikolaenko 2020, section 3).
//!
//! Many are one equation, each with a factor of 128 bits that depends on all of them (Bernstein,
//! Duif, Lange, Schwabe, Yang 2012, section 5): it holds for a wrong signature once in 2^128.
//!
//! Invariant: of claims that hold together each holds alone, and the other way round.

use std::collections::HashMap;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use sha2::{Digest, Sha512};

use crate::keys::{Ed25519Key, Ed25519Signature};

/// That a message is signed by a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim<'a> {
    pub(crate) key: &'a Ed25519Key,
    pub(crate) message: &'a [u8],
    pub(crate) signature: &'a Ed25519Signature,
}

/// The numbers of one signature.
struct Parts {
    r: EdwardsPoint,
    s: Scalar,
    k: Scalar,
}

impl Claim<'_> {
    /// Whether it holds.
    pub(crate) fn holds(&self) -> bool {
        let Some((a, Parts { r, s, k })) = point(self.key).zip(self.parts()) else {
            return false;
        };
        let expected = EdwardsPoint::vartime_double_scalar_mul_basepoint(&k, &-a, &s);
        (expected - r).mul_by_cofactor().is_identity()
    }

    fn parts(&self) -> Option<Parts> {
        let (r, s) = self.signature.as_bytes().split_first_chunk::<32>()?;
        let s = Scalar::from_canonical_bytes(s.try_into().ok()?).into_option()?;
        let hash = Sha512::new()
            .chain_update(r)
            .chain_update(self.key.as_bytes())
            .chain_update(self.message);
        Some(Parts {
            r: CompressedEdwardsY(*r).decompress()?,
            s,
            k: Scalar::from_bytes_mod_order_wide(&hash.finalize().into()),
        })
    }
}

/// The point of a key, if it is one of the curve and of no small order.
fn point(key: &Ed25519Key) -> Option<EdwardsPoint> {
    let point = CompressedEdwardsY(*key.as_bytes()).decompress()?;
    (!point.is_small_order()).then_some(point)
}

/// Whether all claims hold. Many cost about a third of what each costs alone, and less where keys
/// are the same.
#[cfg_attr(not(feature = "node"), allow(dead_code, reason = "nodes have many"))]
pub(crate) fn all_hold(claims: &[Claim<'_>]) -> bool {
    if let [claim] = claims {
        return claim.holds();
    }
    equation(claims).is_some_and(|sum| sum.mul_by_cofactor().is_identity())
}

/// The sum of `z ([k]A + R - [S]B)` over all claims; `None` if one of them has no such numbers.
#[cfg_attr(not(feature = "node"), allow(dead_code, reason = "nodes have many"))]
fn equation(claims: &[Claim<'_>]) -> Option<EdwardsPoint> {
    let parts: Option<Vec<Parts>> = claims.iter().map(Claim::parts).collect();
    let parts = parts?;
    let mut seed = Sha512::new();
    for (claim, parts) in claims.iter().zip(&parts) {
        // `k` stands for R, A and the message.
        seed.update(parts.k.as_bytes());
        seed.update(claim.signature.as_bytes());
    }
    let seed = seed.finalize().into();

    let mut keys = HashMap::new();
    let (mut points, mut scalars) = (Vec::new(), Vec::new());
    let mut base = Scalar::ZERO;
    for (z, (claim, parts)) in factors(seed).zip(claims.iter().zip(&parts)) {
        points.push(parts.r);
        scalars.push(z);
        base -= z * parts.s;
        *keys.entry(claim.key.as_bytes()).or_insert(Scalar::ZERO) += z * parts.k;
    }
    for (key, scalar) in keys {
        points.push(point(&Ed25519Key::new(*key))?);
        scalars.push(scalar);
    }
    points.push(ED25519_BASEPOINT_POINT);
    scalars.push(base);
    Some(EdwardsPoint::vartime_multiscalar_mul(scalars, points))
}

/// Numbers of 128 bits that follow from a seed, four of each hash.
#[cfg_attr(not(feature = "node"), allow(dead_code, reason = "nodes have many"))]
fn factors(seed: [u8; 64]) -> impl Iterator<Item = Scalar> {
    (0_u64..).flat_map(move |number| {
        let hash = Sha512::new()
            .chain_update(seed)
            .chain_update(number.to_le_bytes());
        let hash: [u8; 64] = hash.finalize().into();
        let (four, _) = hash.as_chunks::<16>();
        let four = four.iter().copied().map(u128::from_le_bytes);
        four.map(Scalar::from).collect::<Vec<_>>()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::UserKey;
    use curve25519_dalek::constants::EIGHT_TORSION;
    use proptest::prelude::*;

    /// Signs as RFC 8032 does, but adds points of small order to key and R; `half` is the secret
    /// scalar.
    fn sign_with(half: u64, key_torsion: usize, r_torsion: usize, message: &[u8]) -> [[u8; 32]; 3] {
        let (a, r) = (Scalar::from(half), Scalar::from(half + 77));
        let key = EdwardsPoint::mul_base(&a) + EIGHT_TORSION[key_torsion];
        let key = key.compress().to_bytes();
        let r_point = EdwardsPoint::mul_base(&r) + EIGHT_TORSION[r_torsion];
        let r_point = r_point.compress().to_bytes();
        let hash = Sha512::new().chain_update(r_point).chain_update(key);
        let hash = hash.chain_update(message).finalize();
        let s = r + Scalar::from_bytes_mod_order_wide(&hash.into()) * a;
        [key, r_point, s.to_bytes()]
    }

    type Owned = (Ed25519Key, Vec<u8>, Ed25519Signature);

    fn claims(owned: &[Owned]) -> Vec<Claim<'_>> {
        let claim = |(key, message, signature)| Claim {
            key,
            message,
            signature,
        };
        owned.iter().map(|(k, m, s)| claim((k, m, s))).collect()
    }

    fn signed(seed: u8, message: &[u8]) -> Owned {
        let key = UserKey::from_seed(&[seed; 32]);
        (key.public(), message.to_vec(), key.sign(message))
    }

    #[test]
    fn what_is_added_of_small_order_counts_neither_alone_nor_among_others() {
        for (key_torsion, r_torsion) in (0..8).flat_map(|a| (0..8).map(move |r| (a, r))) {
            let [key, r, s] = sign_with(5, key_torsion, r_torsion, b"m");
            let signature = [r, s].concat().try_into().unwrap();
            let odd = (
                Ed25519Key::new(key),
                b"m".to_vec(),
                Ed25519Signature::new(signature),
            );
            let owned = [signed(1, b"x"), odd, signed(2, b"y")];
            assert!(claims(&owned)[1].holds());
            assert!(all_hold(&claims(&owned)));
        }
    }

    #[test]
    fn keys_of_small_order_and_large_scalars_are_refused() {
        for torsion in EIGHT_TORSION {
            let key = Ed25519Key::new(torsion.compress().to_bytes());
            // R = B, S = 1 satisfies the equation for each of these keys.
            let r = ED25519_BASEPOINT_POINT.compress().to_bytes();
            let signature = [r, Scalar::ONE.to_bytes()].concat().try_into().unwrap();
            let owned = [
                (key, b"m".to_vec(), Ed25519Signature::new(signature)),
                signed(1, b"x"),
            ];
            assert!(!claims(&owned)[0].holds());
            assert!(!all_hold(&claims(&owned)));
        }
        // L, little-endian (RFC 8032 section 5.1): S + L is another form of the same scalar.
        let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
        let order = crate::hex::from_hex(order).unwrap();
        let (key, message, signature) = signed(1, b"x");
        let mut bytes = *signature.as_bytes();
        let mut carry = 0;
        for (byte, add) in bytes[32..].iter_mut().zip(order) {
            let sum = u16::from(*byte) + u16::from(add) + carry;
            (*byte, carry) = (sum.to_le_bytes()[0], sum >> 8);
        }
        let owned = [
            (key, message, Ed25519Signature::new(bytes)),
            signed(2, b"y"),
        ];
        assert!(!claims(&owned)[0].holds() && !all_hold(&claims(&owned)));
    }

    /// Two wrong signatures whose errors cancel out in a sum without factors.
    #[test]
    fn errors_do_not_cancel_out() {
        let mut owned = [signed(1, b"x"), signed(2, b"y")];
        assert!(all_hold(&claims(&owned)));
        for (at, difference) in [(0, Scalar::ONE), (1, -Scalar::ONE)] {
            let mut bytes = *owned[at].2.as_bytes();
            let s = Scalar::from_canonical_bytes(bytes[32..].try_into().unwrap()).unwrap();
            bytes[32..].copy_from_slice((s + difference).as_bytes());
            owned[at].2 = Ed25519Signature::new(bytes);
        }
        assert!(!all_hold(&claims(&owned)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn together_they_hold_if_each_does(
            count in 1_usize..12,
            flip in prop::option::of((any::<prop::sample::Index>(), 0_usize..97, 0_u8..8)),
        ) {
            let mut owned: Vec<Owned> = (0..count)
                .map(|at| signed(u8::try_from(at % 3).unwrap(), &[u8::try_from(at).unwrap(); 5]))
                .collect();
            prop_assert!(all_hold(&claims(&owned)));
            if let Some((at, byte, bit)) = flip {
                let (key, message, signature) = &mut owned[at.index(count)];
                let (mut k, mut s) = (*key.as_bytes(), *signature.as_bytes());
                match byte {
                    0..32 => k[byte] ^= 1 << bit,
                    32..96 => s[byte - 32] ^= 1 << bit,
                    _ => message[0] ^= 1 << bit,
                }
                (*key, *signature) = (Ed25519Key::new(k), Ed25519Signature::new(s));
                prop_assert!(!all_hold(&claims(&owned)));
            }
            let each = claims(&owned).iter().all(Claim::holds);
            prop_assert_eq!(each, all_hold(&claims(&owned)));
        }
    }
}
