//! `export tiles`.

use ledger::tlog::{self, Exported};
use ledger::{Durability, Reader};
use merkle_log::note::SigningKey;
use serde::Serialize;

use super::checkpoint::signed_checkpoint;
use crate::cli::ExportTilesArgs;
use crate::failure::{Exit, Failure};
use crate::human::counted;
use crate::session::{Session, to_json};
use crate::signed::{self, SignedError};

#[derive(Serialize)]
struct ExportDoc<'a> {
    schema: &'static str,
    ledger: &'a str,
    size_before: u64,
    tree_size: u64,
    root_hash: String,
    files_written: u64,
}

pub(crate) fn tiles(session: &Session, args: &ExportTilesArgs) -> Result<Exit, Failure> {
    let key = signed::read_secret(&args.key)?;
    let watch = session.watch("export", None)?;
    let storage = watch.over(session.storage(&session.directory(args.dir.clone())?));
    let answer = session
        .reader_in(storage)
        .and_then(|reader| export(session, args, &key, &reader));
    if watch.asked_to_stop() {
        return session.interrupted(
            "the checkpoint is as it was, and what it covers is whole; run it again to go on",
        );
    }
    session.answer(&answer?)?;
    Ok(Exit::Ok)
}

/// Exports, and gives the answer.
fn export(
    session: &Session,
    args: &ExportTilesArgs,
    key: &SigningKey,
    reader: &Reader,
) -> Result<String, Failure> {
    if reader.durability() == Durability::Unknown {
        return Err(SignedError::NotDurable.into());
    }
    let snapshot = reader.snapshot();
    let tree = snapshot.ledger(&args.ledger)?;
    let file = args.key.display().to_string();
    let note = signed_checkpoint(&snapshot, &tree, key);
    let note = note.map_err(|source| SignedError::Note { file, source })?;
    let Exported {
        before,
        after,
        files,
    } = tlog::export(&tree, &note, &args.output)?;
    let root = tree.root();
    if session.json {
        let document = to_json(&ExportDoc {
            schema: "ledger-tool.export-tiles/1",
            ledger: tree.name(),
            size_before: before.0,
            tree_size: after.0,
            root_hash: root.to_string(),
            files_written: files,
        })?;
        return Ok(document + "\n");
    }
    let new = counted(after.0.saturating_sub(before.0), "new entry", "new entries");
    let files = counted(files, "tile", "tiles");
    Ok(format!("exported {new} in {files}; root {root}@{after}\n"))
}
