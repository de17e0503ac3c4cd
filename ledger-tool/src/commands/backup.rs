//! `backup` and `restore`.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use hash_store::Storage;
use ledger::mend::Copied;
use ledger::stat::Purpose;
use ledger::{Level, Options};
use serde::Serialize;

use super::verify;
use crate::cli::{BackupArgs, RestoreArgs};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::Anchor;
use crate::session::Session;

#[derive(Serialize)]
struct BackupDoc {
    schema: &'static str,
    path: String,
    copy: String,
    height_before: Option<u64>,
    height: u64,
    audit_root: String,
    bytes_copied: u64,
    segments_linked: u64,
}

pub(crate) fn backup(session: &Session, args: &BackupArgs) -> Result<Exit, Failure> {
    let (dir, dest) = args.places();
    let dir = session.directory(dir)?;
    let same = std::fs::canonicalize(&dir)
        .is_ok_and(|dir| std::fs::canonicalize(&dest).is_ok_and(|dest| dest == dir));
    if same {
        let what = "DIR and DEST are the same directory";
        return Err(Failure::Usage(what.to_owned()));
    }
    let (from, to) = (session.storage(&dir), session.storage(&dest));
    let total = log_bytes(&*from).map(|bytes| bytes.saturating_sub(log_bytes(&*to).unwrap_or(0)));
    let watch = session.watch("backup", total)?;
    let copied = copy(session, args, &watch.over(from), &watch.over(to), &dest);
    if watch.asked_to_stop() {
        return session.interrupted("the copy is as it was, or none yet; run it again to go on");
    }
    let copied = copied?;
    drop(watch);
    let Copied {
        height,
        height_before,
        audit_root,
        bytes,
        linked,
    } = copied;
    if session.json {
        session.document(&BackupDoc {
            schema: "ledger-tool.backup/1",
            path: dir.display().to_string(),
            copy: dest.display().to_string(),
            height_before,
            height,
            audit_root: audit_root.to_string(),
            bytes_copied: bytes,
            segments_linked: linked,
        })?;
    } else {
        let from = height_before.map_or_else(String::new, |before| {
            format!("from height {} ", human::count(before))
        });
        let shared = match linked {
            0 => String::new(),
            linked => format!(", {} shared", human::counted(linked, "segment", "segments")),
        };
        session.answer(&format!(
            "{} is a copy {from}up to height {}, {} copied and verified{shared}\naudit root {audit_root}@{height}\n",
            dest.display(),
            human::count(height),
            human::bytes(bytes),
        ))?;
    }
    Ok(Exit::Ok)
}

/// Bytes of a store's log; `None` where there is no store.
fn log_bytes(storage: &dyn Storage) -> Option<u64> {
    let files = ledger::stat::files(storage).ok()?;
    let log = files.iter().filter(|file| file.purpose == Purpose::Log);
    Some(log.map(|file| file.len).sum())
}

fn copy(
    session: &Session,
    args: &BackupArgs,
    from: &Arc<dyn Storage>,
    to: &Arc<dyn Storage>,
    dest: &Path,
) -> Result<Copied, Failure> {
    let reader = session.reader_in(Arc::clone(from))?;
    let copied = if args.hard_links {
        reader.backup_with_links(to)
    } else {
        reader.backup(to)
    };
    copied.map_err(Failure::to_write(dest))
}

pub(crate) fn restore(session: &Session, args: &RestoreArgs) -> Result<Exit, Failure> {
    let expected = args.root.as_deref().map(Anchor::parse).transpose();
    let expected = expected.map_err(|why| Failure::Usage(format!("--root: {why}")))?;
    let expected = expected.map(|anchor| (anchor.range.end, anchor.root));
    let started = Instant::now();
    let from = session.storage(&args.source);
    // Copied and read again, opened, and verified.
    let watch = session.watch("restore", log_bytes(&*from).map(|bytes| 3 * bytes))?;
    let to = watch.over(session.storage(&args.dir));
    let report = session.reader_in(watch.over(from)).and_then(|reader| {
        let report = reader.restore(&to, expected, Options::default(), &mut |_| true);
        report.map_err(Failure::to_write(&args.dir))
    });
    if watch.asked_to_stop() {
        return session.interrupted(
            "what was made is not verified, and may be no store yet: remove it, and restore again",
        );
    }
    let report = report?;
    drop(watch);
    let elapsed = started.elapsed();
    let outcome = verify::Outcome {
        dir: &args.dir,
        level: Level::Full,
        since: None,
        report: &report,
        elapsed,
        resume: None,
    };
    verify::show(session, &outcome)
}
