//! `truncate`: a plan, and with `--apply` the deed.
//!
//! Invariant: the store was taken back if and only if a superblock was written, whenever the work
//! was stopped.

use hash_store::{Storage, Superblocks};
use ledger::Options;
use ledger::mend::{self, Truncation};
use serde::Serialize;

use crate::cli::TruncateArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::lock;
use crate::session::Session;

#[derive(Serialize)]
struct TruncateDoc<'a> {
    schema: &'static str,
    path: String,
    applied: bool,
    height_before: u64,
    height: u64,
    audit_root: String,
    file: String,
    offset: u64,
    kept_in: Option<&'a str>,
}

pub(crate) fn run(session: &Session, args: TruncateArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir)?;
    let storage = session.storage(&dir);
    let before = generation(&*storage);
    let watch = session.watch("truncate", None)?;
    let watched = watch.over(session.storage(&dir));
    let done = if args.apply {
        let done = mend::truncate(&watched, args.to, Options::default());
        done.map(|(done, _)| done).map_err(Failure::to_write(&dir))
    } else {
        if let Some(pid) = lock::holder(&dir) {
            session.warn(&format!(
                "process {pid} writes this store: --apply will be refused"
            ));
        }
        mend::plan_truncation(&watched, args.to).map_err(Failure::from)
    };
    if watch.asked_to_stop() {
        return session.interrupted(if generation(&*storage) == before {
            "the store is as it was"
        } else {
            "the store was taken back; the next open for writing completes it"
        });
    }
    let done = done?;
    drop(watch);
    let Truncation {
        height,
        height_before,
        audit_root,
        end,
        kept_in,
        ..
    } = done;
    let file = hash_store::segment_name(end.segment());
    if session.json {
        session.document(&TruncateDoc {
            schema: "ledger-tool.truncate/1",
            path: dir.display().to_string(),
            applied: args.apply,
            height_before,
            height,
            audit_root: audit_root.to_string(),
            file,
            offset: end.offset(),
            kept_in: kept_in.as_deref(),
        })?;
        return Ok(Exit::Ok);
    }
    let commits = human::counted(height_before.saturating_sub(height), "commit", "commits");
    let (stays, goes) = (human::count(height), human::count(height_before));
    let mut text = if args.apply {
        format!("taken back from height {goes} to height {stays}: {commits} cut off\n")
    } else {
        format!("would take back from height {goes} to height {stays}: {commits} to cut off\n")
    };
    text += &format!(
        "the log ends in {file} at {}\naudit root {audit_root}@{height}\n",
        end.offset()
    );
    text += &match kept_in {
        Some(folder) => format!("what was cut off is kept in {folder}\n"),
        None => "nothing was changed; give --apply to do it\n".to_owned(),
    };
    session.answer(&text)?;
    Ok(Exit::Ok)
}

/// The generation of the superblock that counts.
fn generation(storage: &dyn Storage) -> Option<u64> {
    let state = Superblocks::read(storage).ok();
    state.map(|state| state.current.generation)
}
