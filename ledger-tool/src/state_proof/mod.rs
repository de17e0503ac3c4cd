//! State proofs as files: our own, Plenum's serialized proof, and the answer of `eth_getProof`.

mod compact;
mod ethereum;
mod file;
mod judge;
mod plenum;

pub(crate) use ethereum::AccountProof;
pub(crate) use file::{Claim, StateFileError, StateProofFile, StateSource};
pub(crate) use judge::{Expected, StateAnchors, judge, scheme_name, verify};
pub(crate) use plenum::PlenumProof;

/// A file that holds a state proof in one of its forms.
#[derive(Debug)]
pub(crate) enum Form {
    Own(StateProofFile),
    Plenum(PlenumProof),
    Ethereum(AccountProof),
}

/// Reads a file that is a state proof; `None` where it is something else.
///
/// # Errors
/// It says that it is a state proof, and none can be read from it.
pub(crate) fn recognise(bytes: &[u8]) -> Result<Option<Form>, StateFileError> {
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
