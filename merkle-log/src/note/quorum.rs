//! How many of the known keys must have signed.

use alloc::vec::Vec;

use super::error::NoteError;
use super::text::SignedNote;
use super::verify::{VerifiedCheckpoint, VerifierKeys};

/// Keys that are trusted to sign, of which so many must.
#[derive(Clone, Debug)]
pub struct Quorum {
    keys: VerifierKeys,
    needed: usize,
}

impl Quorum {
    /// `needed` of these keys must sign; one, where it is 0.
    #[must_use]
    pub const fn new(keys: VerifierKeys, needed: usize) -> Self {
        Self { keys, needed }
    }

    /// Checks who signed a checkpoint. The same public key counts once, under whatever names.
    ///
    /// # Errors
    /// As [`VerifierKeys::verify_checkpoint`], and [`NoteError::TooFewSigners`].
    pub fn verify_checkpoint(&self, note: &SignedNote) -> Result<VerifiedCheckpoint, NoteError> {
        let verified = self.keys.verify_checkpoint(note)?;
        let signatures = verified.signatures().iter();
        let mut signers: Vec<_> = signatures.map(|s| s.key().public_key()).collect();
        signers.sort_unstable();
        signers.dedup();
        let (got, needed) = (signers.len(), self.needed);
        if got < needed {
            return Err(NoteError::TooFewSigners { needed, got });
        }
        Ok(verified)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::note::{KeyKind, SigningKey};
    use alloc::vec;

    #[test]
    fn a_public_key_counts_once_under_any_names() {
        let key = |name, kind, seed| SigningKey::from_seed(name, kind, &[seed; 32]).unwrap();
        let log = key("log", KeyKind::Ed25519, 1);
        let alias = key("alias", KeyKind::Ed25519, 1);
        let witness = key("witness", KeyKind::Cosignature, 2);
        let known = [&log, &alias, &witness].map(|key| key.verifier_key().clone());
        let known = VerifierKeys::new(known).unwrap();
        let root = "0CMNeHUF/tGAsyS5emyo9VtkPFTgmiVbqqWM5NmD8zI=";
        let mut note = SignedNote::unsigned(&alloc::format!("log\n1\n{root}\n")).unwrap();
        let verdicts = |note: &SignedNote| {
            let of = |needed| Quorum::new(known.clone(), needed).verify_checkpoint(note);
            [0, 1, 2, 3].map(|needed| of(needed).is_ok())
        };
        assert_eq!(verdicts(&note), [false; 4]);
        note.sign(&log).unwrap();
        note.sign(&alias).unwrap();
        assert_eq!(verdicts(&note), [true, true, false, false]);
        note.cosign(&witness, 1).unwrap();
        assert_eq!(verdicts(&note), [true, true, true, false]);
        let few = Quorum::new(known.clone(), 3).verify_checkpoint(&note);
        let (needed, got) = (3, 2);
        let expected = Err(NoteError::TooFewSigners { needed, got });
        assert_eq!(vec![few.map(|_| ())], vec![expected]);
    }
}
