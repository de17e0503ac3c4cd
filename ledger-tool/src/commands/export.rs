//! `export tiles`.

use ledger::Durability;
use ledger::tlog::{self, Exported};
use serde::Serialize;

use super::checkpoint::signed_checkpoint;
use crate::cli::ExportTilesArgs;
use crate::failure::{Exit, Failure};
use crate::human::counted;
use crate::session::Session;
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

pub(crate) fn tiles(session: &Session, args: ExportTilesArgs) -> Result<Exit, Failure> {
    let key = signed::read_secret(&args.key)?;
    let reader = session.reader(&session.directory(args.dir)?)?;
    if reader.durability() == Durability::Unknown {
        return Err(SignedError::NotDurable.into());
    }
    let snapshot = reader.snapshot();
    let tree = snapshot.ledger(&args.ledger)?;
    let file = args.key.display().to_string();
    let note = signed_checkpoint(&snapshot, &tree, &key);
    let note = note.map_err(|source| SignedError::Note { file, source })?;
    let Exported {
        before,
        after,
        files,
    } = tlog::export(&tree, &note, &args.output)?;
    let root = tree.root();
    if session.json {
        session.document(&ExportDoc {
            schema: "ledger-tool.export-tiles/1",
            ledger: tree.name(),
            size_before: before.0,
            tree_size: after.0,
            root_hash: root.to_string(),
            files_written: files,
        })?;
    } else {
        let new = counted(after.0.saturating_sub(before.0), "new entry", "new entries");
        let files = counted(files, "tile", "tiles");
        session.answer(&format!("exported {new} in {files}; root {root}@{after}\n"))?;
    }
    Ok(Exit::Ok)
}
