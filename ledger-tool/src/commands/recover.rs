//! `recover`: what verifies, in a new directory, and what is missing.

use std::path::Path;

use ledger::Options;
use ledger::mend::{self, Proven, RecoverOptions, Recovered};
use merkle_log::Hash;
use serde::Serialize;

use super::repair::{Scratch, UnrepairedDoc, describe};
use crate::cli::RecoverArgs;
use crate::evidence::AUDIT_ORIGIN;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::Anchor;
use crate::session::{BAD, GOOD, Session};
use crate::signed;

#[derive(Serialize)]
struct RecoverDoc<'a> {
    schema: &'static str,
    path: String,
    output: String,
    height: u64,
    height_before: u64,
    audit_root: String,
    proven: &'static str,
    proven_height: Option<u64>,
    ledgers: Vec<LedgerDoc<'a>>,
    gaps: Vec<UnrepairedDoc<'a>>,
    entries_salvaged: u64,
    kept_in: Option<&'a str>,
}

#[derive(Serialize)]
struct LedgerDoc<'a> {
    name: &'a str,
    tree_size: u64,
    root_hash: String,
}

pub(crate) fn run(session: &Session, args: RecoverArgs) -> Result<Exit, Failure> {
    let expected = expected(&args)?;
    let dir = session.directory(args.dir)?;
    let watch = session.watch("recover", None)?;
    let storage = watch.over(session.storage(&dir));
    let to = watch.over(session.storage(&args.output));
    let scratch = Scratch::new(session);
    let options = RecoverOptions {
        expected,
        open: Options::default(),
    };
    let recovered = mend::recover(&storage, &scratch.storage, &to, options, &mut |_| true);
    if watch.asked_to_stop() {
        let output = args.output.display();
        return session.interrupted(&format!("remove {output} and run it again"));
    }
    let recovered = recovered.map_err(Failure::to_write(&dir))?;
    drop(watch);
    if session.json {
        session.document(&document(&dir, &args.output, &recovered))?;
    } else {
        session.answer(&text(&args.output, &recovered))?;
    }
    Ok(if recovered.gaps.is_empty() {
        Exit::Ok
    } else {
        Exit::No
    })
}

/// The height and root that the user trusts.
fn expected(args: &RecoverArgs) -> Result<Option<(u64, Hash)>, Failure> {
    if let Some(text) = &args.root {
        let anchor = Anchor::parse(text);
        let anchor = anchor.map_err(|why| Failure::Usage(format!("--root: {why}")))?;
        return Ok(Some((anchor.range.end, anchor.root)));
    }
    let Some((file, keys)) = args.checkpoint.as_ref().zip(args.keys.as_ref()) else {
        return Ok(None);
    };
    let trust = signed::read_trust(keys, 1)?;
    let (note, _) = signed::read_checkpoint(file)?;
    let name = file.display().to_string();
    let verified = trust
        .verify_checkpoint(&note)
        .map_err(|source| signed::SignedError::Note { file: name, source })?;
    let stated = verified.checkpoint();
    if !stated.origin().ends_with(AUDIT_ORIGIN) {
        let what = format!(
            "the checkpoint is of {}, not of an audit tree",
            stated.origin()
        );
        return Err(Failure::Usage(human::safe(&what)));
    }
    Ok(Some((stated.size().0, *stated.root())))
}

fn document<'a>(dir: &Path, output: &Path, recovered: &'a Recovered) -> RecoverDoc<'a> {
    let (proven, proven_height) = match recovered.proven {
        Proven::NotAsked => ("not_asked", None),
        Proven::UpTo(height) => ("proven", Some(height)),
        Proven::NotReached(height) => ("not_reached", Some(height)),
    };
    let ledgers = recovered.report.ledgers.iter().map(|ledger| LedgerDoc {
        name: &ledger.name,
        tree_size: ledger.size,
        root_hash: ledger.root.to_string(),
    });
    RecoverDoc {
        schema: "ledger-tool.recover/1",
        path: dir.display().to_string(),
        output: output.display().to_string(),
        height: recovered.height,
        height_before: recovered.height_before,
        audit_root: recovered.audit_root.to_string(),
        proven,
        proven_height,
        ledgers: ledgers.collect(),
        gaps: recovered.gaps.iter().map(UnrepairedDoc::of).collect(),
        entries_salvaged: recovered.salvaged,
        kept_in: recovered.kept_in.as_deref(),
    }
}

fn text(output: &Path, recovered: &Recovered) -> String {
    let height = recovered.height;
    let mut text = format!(
        "rescued  heights 1 to {height} of {} into {}, every byte and root verified\n",
        recovered.height_before,
        output.display(),
    );
    for ledger in &recovered.report.ledgers {
        let entries = human::counted(ledger.size, "entry", "entries");
        text += &format!(
            "         {}: {entries}, root {}\n",
            ledger.name, ledger.root
        );
    }
    text += &format!("         audit root {}@{height}\n", recovered.audit_root);
    text += &match recovered.proven {
        Proven::NotAsked => String::new(),
        Proven::UpTo(proven) => format!("proven   up to height {proven} by the root given\n"),
        Proven::NotReached(stated) => {
            format!("proven   no: the root given is of height {stated}, which was not reached\n")
        }
    };
    for gap in &recovered.gaps {
        text += &describe(gap);
    }
    if let Some(folder) = &recovered.kept_in {
        let salvaged = human::counted(recovered.salvaged, "entry", "entries");
        let output = output.display();
        text += &format!(
            "left     {salvaged} behind the first gap in {output}/{folder}/entries.jsonl, the \
             segments as they are beside it\n"
        );
    }
    text += &if recovered.gaps.is_empty() {
        format!("{GOOD}RECOVERED{GOOD:#}: nothing is missing\n")
    } else {
        format!("{BAD}INCOMPLETE{BAD:#}: the gaps above could not be recovered\n")
    };
    text
}
