//! `checkpoint sign`, `verify`, `show` and `compare`.
//!
//! Invariant: nothing is signed that the store could still lose.

use std::io::Write;
use std::path::{Path, PathBuf};

use ledger::{Durability, Snapshot, TreeView};
use merkle_log::note::{
    Checkpoint, NOTE_LEN_MAX, NoteError, SignedNote, SigningKey, VerifiedCheckpoint,
};
use serde::Serialize;

use super::dump::{create, goes_on};
use super::proof::tree;
use super::proof_check::verdict_line;
use crate::cli::{
    CheckpointCompareArgs, CheckpointShowArgs, CheckpointSignArgs, CheckpointVerifyArgs,
};
use crate::evidence::{Comparison, Evidence};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::{Anchor, Judgement, Verdict, signer_names};
use crate::session::{BAD, GOOD, Session, UNSURE, to_json};
use crate::signed::{self, SignedError};

#[derive(Serialize)]
struct CheckpointDoc<'a> {
    schema: &'static str,
    origin: &'a str,
    tree_size: u64,
    root_hash: String,
    extensions: &'a [String],
    signatures: Vec<SignatureDoc<'a>>,
}

#[derive(Serialize)]
struct SignatureDoc<'a> {
    name: &'a str,
    id: String,
}

#[derive(Serialize)]
struct VerifyDoc<'a> {
    schema: &'static str,
    verdict: &'static str,
    statement: &'a str,
    origin: &'a str,
    tree_size: u64,
    root_hash: String,
    code: Option<&'static str>,
}

#[derive(Serialize)]
struct CompareDoc<'a> {
    schema: &'static str,
    verdict: &'static str,
    statement: &'a str,
    evidence: Option<&'a Evidence>,
}

/// A checkpoint of the tree as it is in the store, signed.
pub(super) fn signed_checkpoint(
    snapshot: &Snapshot,
    tree: &TreeView<'_>,
    key: &SigningKey,
) -> Result<SignedNote, NoteError> {
    let checkpoint = Checkpoint::new(&origin(snapshot, tree), tree.size(), tree.root())?;
    let mut note = SignedNote::unsigned(&checkpoint.to_string())?;
    note.sign(key)?;
    Ok(note)
}

pub(super) fn origin(snapshot: &Snapshot, tree: &TreeView<'_>) -> String {
    format!("{}/{}", snapshot.network(), tree.name())
}

pub(crate) fn sign(session: &Session, args: CheckpointSignArgs) -> Result<Exit, Failure> {
    let key = signed::read_secret(&args.key)?;
    let reader = session.reader(&session.directory(args.dir)?)?;
    if reader.durability() == Durability::Unknown {
        return Err(SignedError::NotDurable.into());
    }
    let snapshot = reader.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let file = args.key.display().to_string();
    let note = signed_checkpoint(&snapshot, &tree, &key);
    let note = note.map_err(|source| SignedError::Note { file, source })?;
    let (mut output, name) = create(&args.output)?;
    let written = write!(output, "{note}").and_then(|()| output.flush());
    goes_on(written, &name)?;
    session.detail(&format!("signed {}@{}", tree.root(), tree.size()));
    Ok(Exit::Ok)
}

pub(crate) fn verify(session: &Session, args: CheckpointVerifyArgs) -> Result<Exit, Failure> {
    let trust = signed::read_trust(&args.keys, args.quorum)?;
    let (note, stated) = signed::read_checkpoint(&args.file)?;
    let judgement = match trust.verify_checkpoint(&note) {
        Ok(verified) => judge(session, &verified, args.dir)?,
        Err(error) => Judgement::invalid(error.to_string()),
    };
    answer(session, &judgement, &stated)
}

/// Says what came of holding a checkpoint against keys, and a store or an earlier one.
pub(super) fn answer(
    session: &Session,
    judgement: &Judgement,
    stated: &Checkpoint,
) -> Result<Exit, Failure> {
    let no = judgement.verdict == Verdict::Invalid;
    if session.json {
        session.document(&VerifyDoc {
            schema: "ledger-tool.checkpoint-verify/1",
            verdict: judgement.verdict.name(),
            statement: &judgement.statement,
            origin: stated.origin(),
            tree_size: stated.size().0,
            root_hash: stated.root().to_string(),
            code: no.then_some("E-CHECKPOINT"),
        })?;
    } else if judgement.verdict == Verdict::NotTrusted {
        let statement = human::safe(&judgement.statement);
        session.answer(&format!("{UNSURE}NOT COMPARED{UNSURE:#}: {statement}\n"))?;
    } else {
        session.answer(&verdict_line(judgement))?;
    }
    Ok(match judgement.verdict {
        Verdict::Valid => Exit::Ok,
        Verdict::Stale | Verdict::NotTrusted => Exit::Incomplete,
        Verdict::Invalid => Exit::No,
    })
}

/// Judges a checkpoint that known keys signed, against a store if one is given.
pub(super) fn judge(
    session: &Session,
    verified: &VerifiedCheckpoint,
    dir: Option<PathBuf>,
) -> Result<Judgement, Failure> {
    let stated = Anchor::of_checkpoint(verified.checkpoint());
    let (signers, of) = (
        signer_names(verified.signatures()),
        verified.checkpoint().origin(),
    );
    let valid = |rest: &str| Judgement {
        verdict: Verdict::Valid,
        statement: format!("{of} has the root {stated}, signed by {signers}{rest}"),
        remark: None,
    };
    let Some(dir) = session.given_directory(dir)? else {
        return Ok(valid(""));
    };
    let snapshot = session.reader(&dir)?.snapshot();
    let ledgers = snapshot.ledgers().iter().map(|roots| roots.name.as_str());
    let mut views = Vec::new();
    for name in ledgers {
        views.push(snapshot.ledger(name)?);
    }
    views.push(snapshot.audit());
    let Some(tree) = views.iter().find(|tree| origin(&snapshot, tree) == of) else {
        return Ok(Judgement::invalid(format!("the store has no tree {of}")));
    };
    let size = verified.checkpoint().size();
    if size > tree.size() {
        let ours = tree.size();
        return Ok(Judgement {
            verdict: Verdict::NotTrusted,
            statement: format!("the store has {ours} of the {size} entries of {of}"),
            remark: None,
        });
    }
    let ours = Anchor::of_tree(tree.root_at(size)?, size);
    if ours != stated {
        return Ok(Judgement::invalid(format!(
            "{of} has the root {stated} as signed by {signers}, the store has {ours}"
        )));
    }
    Ok(valid("; the store has it too"))
}

pub(crate) fn show(session: &Session, args: &CheckpointShowArgs) -> Result<Exit, Failure> {
    let (note, checkpoint) = signed::read_checkpoint(&args.file)?;
    if session.json {
        let signatures = note.signatures().iter().map(|signature| SignatureDoc {
            name: signature.name(),
            id: signature.id().to_string(),
        });
        session.document(&CheckpointDoc {
            schema: "ledger-tool.checkpoint/1",
            origin: checkpoint.origin(),
            tree_size: checkpoint.size().0,
            root_hash: checkpoint.root().to_string(),
            extensions: checkpoint.extensions(),
            signatures: signatures.collect(),
        })?;
        return Ok(Exit::Ok);
    }
    let mut text = format!(
        "origin     {}\nsize       {}\nroot       {}\n",
        checkpoint.origin(),
        checkpoint.size(),
        checkpoint.root()
    );
    for line in checkpoint.extensions() {
        text += &format!("extension  {line}\n");
    }
    for signature in note.signatures() {
        text += &format!(
            "signature  {} {}, not checked\n",
            signature.name(),
            signature.id()
        );
    }
    let lines: Vec<String> = text.lines().map(human::safe).collect();
    session.answer(&(lines.join("\n") + "\n"))?;
    Ok(Exit::Ok)
}

pub(crate) fn compare(session: &Session, args: &CheckpointCompareArgs) -> Result<Exit, Failure> {
    let keys = args.keys.as_deref().map(signed::read_keys).transpose()?;
    let evidence = match &args.second {
        Some(second) => Evidence::of(
            &signed::read_checkpoint(&args.first)?.0,
            &signed::read_checkpoint(second)?.0,
        ),
        None => read_evidence(args)?,
    };
    let compared = evidence
        .judge(keys.as_ref())
        .map_err(|source| SignedError::Note {
            file: args.first.display().to_string(),
            source,
        })?;
    let (verdict, label, statement, exit) = match &compared {
        Comparison::Same(text) => ("same", format!("{GOOD}SAME{GOOD:#}"), text, Exit::Ok),
        Comparison::Open(text) => (
            "open",
            format!("{UNSURE}OPEN{UNSURE:#}"),
            text,
            Exit::Incomplete,
        ),
        Comparison::Conflict(text) => ("conflict", format!("{BAD}CONFLICT{BAD:#}"), text, Exit::No),
        Comparison::Invalid(text) => ("invalid", format!("{BAD}INVALID{BAD:#}"), text, Exit::No),
    };
    let conflict = matches!(compared, Comparison::Conflict(_));
    if let (true, Some(path)) = (conflict, &args.output) {
        write_evidence(&evidence, path)?;
    }
    let shown = conflict && args.output.is_none();
    if session.json {
        session.document(&CompareDoc {
            schema: "ledger-tool.checkpoint-compare/1",
            verdict,
            statement,
            evidence: shown.then_some(&evidence),
        })?;
    } else {
        session.answer(&format!("{label}: {}\n", human::safe(statement)))?;
        if shown && args.second.is_some() {
            session.answer(&(to_json(&evidence)? + "\n"))?;
        }
    }
    if keys.is_none() {
        session.note("no signature was checked: give the signers' keys with --keys");
    }
    Ok(exit)
}

/// Writes evidence to a file that is not there yet.
pub(super) fn write_evidence(evidence: &Evidence, path: &Path) -> Result<(), Failure> {
    let (mut output, name) = create(path)?;
    let text = to_json(evidence)? + "\n";
    let written = output.write_all(text.as_bytes());
    goes_on(written.and_then(|()| output.flush()), &name)?;
    Ok(())
}

fn read_evidence(args: &CheckpointCompareArgs) -> Result<Evidence, Failure> {
    let name = args.first.display();
    let bytes = signed::read_short(&args.first, 8 * NOTE_LEN_MAX as u64)?;
    let evidence: Result<Evidence, _> = serde_json::from_slice(&bytes);
    match evidence {
        Ok(evidence) if evidence.is_known() => Ok(evidence),
        _ => Err(Failure::Usage(format!(
            "{name} is no evidence of an earlier comparison: give two checkpoints"
        ))),
    }
}
