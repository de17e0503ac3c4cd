//! State proofs as files: our own, Plenum's serialized proof, and the answer of `eth_getProof`.
//!
//! [`recognise`] reads a file in any form, [`judge`] holds it against the [`StateAnchors`] that its
//! reader brings along. No part reads a store or a clock.

mod compact;
mod ethereum;
mod file;
mod judge;
mod plenum;

pub use ethereum::AccountProof;
pub use file::{Claim, Pair, StateFileError, StateProofFile, StateSource};
pub(crate) use judge::scheme_name;
pub use judge::{Expected, StateAnchors, judge, verify};
pub use plenum::PlenumProof;

/// A file that holds a state proof in one of its forms.
#[derive(Debug)]
pub enum Form {
    /// The tool's own, JSON or compact.
    Own(StateProofFile),
    /// Plenum's.
    Plenum(PlenumProof),
    /// Ethereum's.
    Ethereum(AccountProof),
}

/// Reads a file that is a state proof; `None` where it is something else.
///
/// # Errors
/// It says that it is a state proof, and none can be read from it.
pub fn recognise(bytes: &[u8]) -> Result<Option<Form>, StateFileError> {
    if compact::is_compact(bytes) {
        return Ok(Some(Form::Own(compact::decode(bytes)?)));
    }
    if let Some(file) = StateProofFile::from_json(bytes)? {
        return Ok(Some(Form::Own(file)));
    }
    if let Some(proof) = AccountProof::from_json(bytes)? {
        return Ok(Some(Form::Ethereum(proof)));
    }
    Ok(PlenumProof::read(bytes)?.map(Form::Plenum))
}
