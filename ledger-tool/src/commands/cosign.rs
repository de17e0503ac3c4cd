//! `checkpoint cosign`: signing another's checkpoint as a witness does.
//!
//! Invariant: nothing is signed that contradicts what the key signed before, as far as the user
//! gives it, nor the copy of the log that the user gives.

use std::io::Write;
use std::path::Path;

use merkle_log::TreeType;
use merkle_log::note::{
    Checkpoint, KeyKind, NoteError, SignedNote, SigningKey, VerifiedCheckpoint, VerifierKeys,
};

use super::checkpoint::{answer, judge};
use super::dump::{create, goes_on};
use super::import::time;
use super::proof_check::read_whole;
use crate::cli::CheckpointCosignArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::{self, Anchor, Anchors, Judgement, Verdict};
use crate::session::Session;
use crate::signed::{self, SignedError};

pub(crate) fn run(session: &Session, args: CheckpointCosignArgs) -> Result<Exit, Failure> {
    let key = signed::read_secret(&args.key)?;
    let trust = signed::read_trust(&args.keys, 1)?;
    let time_ms = args.time.as_deref().map(time).transpose()?;
    let time_s = time_ms.unwrap_or_else(human::now_ms) / 1000;
    let (mut note, stated) = signed::read_checkpoint(&args.file)?;
    let mut judgement = match trust.verify_checkpoint(&note) {
        Ok(verified) => judge(session, &verified, args.dir.clone())?,
        Err(error) => Judgement::invalid(error.to_string()),
    };
    if judgement.verdict == Verdict::Valid {
        match &args.old {
            Some(old) => {
                let old = signed_before(old, &key)?;
                judgement = follows(&judgement, &old, &stated, args.proof.as_deref())?;
            }
            None if session.given_directory(args.dir)?.is_none() => {
                session.note("the checkpoint was compared with no earlier one: give --old or DIR");
            }
            None => {}
        }
    }
    if judgement.verdict != Verdict::Valid {
        return answer(session, &judgement, &stated);
    }
    let file = args.file.display().to_string();
    sign(&mut note, &key, time_s).map_err(|source| SignedError::Note { file, source })?;
    let (mut output, name) = create(&args.output)?;
    let written = write!(output, "{note}").and_then(|()| output.flush());
    goes_on(written, &name)?;
    let anchor = Anchor::of_checkpoint(&stated);
    session.detail(&format!("cosigned {anchor} of {}", stated.origin()));
    Ok(Exit::Ok)
}

fn sign(note: &mut SignedNote, key: &SigningKey, time_s: u64) -> Result<(), NoteError> {
    match key.verifier_key().kind() {
        KeyKind::Cosignature => note.cosign(key, time_s),
        _ => note.sign(key),
    }
}

/// A checkpoint that the key itself has signed.
fn signed_before(path: &Path, key: &SigningKey) -> Result<VerifiedCheckpoint, Failure> {
    let (note, _) = signed::read_checkpoint(path)?;
    let file = path.display().to_string();
    let keys = VerifierKeys::new([key.verifier_key().clone()]);
    let keys = keys.map_err(|e| Failure::Usage(e.to_string()))?;
    let verified = keys.verify_checkpoint(&note);
    Ok(verified.map_err(|source| SignedError::Note { file, source })?)
}

/// Whether a checkpoint may follow the one that was signed before it.
fn follows(
    judgement: &Judgement,
    old: &VerifiedCheckpoint,
    new: &Checkpoint,
    proof: Option<&Path>,
) -> Result<Judgement, Failure> {
    let old = old.checkpoint();
    let (of, before) = (new.origin(), old.origin());
    if of != before {
        return Ok(Judgement::invalid(format!(
            "it is of {of}, the one signed before is of {before}"
        )));
    }
    let (from, to) = (Anchor::of_checkpoint(old), Anchor::of_checkpoint(new));
    if old.size() > new.size() {
        return Ok(Judgement::invalid(format!("{of} had {from} before {to}")));
    }
    if old.size() == new.size() {
        let conflict = Judgement::invalid(format!("{of} has two roots, {from} and {to}"));
        let same = from == to;
        return Ok(if same { judgement.clone() } else { conflict });
    }
    // Every tree begins with the empty one.
    if old.size().0 == 0 {
        return Ok(judgement.clone());
    }
    let missing =
        || Failure::Usage("give the consistency proof from --old with --proof".to_owned());
    let file = read_whole(proof.ok_or_else(missing)?)?;
    // The keeper of the log is not trusted: it must not choose the hash functions.
    if file.tree != TreeType::Sha256 {
        let reason = "the growth of a tree that is not sha-256 is followed in a copy: give DIR";
        return Err(Failure::Usage(reason.to_owned()));
    }
    let anchors = Anchors {
        root: Some(to),
        old_root: Some(from),
        ..Anchors::default()
    };
    let judged = proof::judge(&file, &anchors);
    let judged = judged.map_err(|e| Failure::Usage(e.to_owned()))?;
    Ok(match judged.verdict {
        Verdict::Valid => judgement.clone(),
        _ => judged,
    })
}
