//! `backup` and `restore`.

use ledger::mend::Copied;
use ledger::{Level, Options};
use serde::Serialize;

use super::verify;
use crate::cli::{BackupArgs, RestoreArgs};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::Anchor;
use crate::session::Session;
use crate::stop::Stop;

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
    let reader = session.reader(&dir)?;
    let same = std::fs::canonicalize(&dir)
        .is_ok_and(|dir| std::fs::canonicalize(&dest).is_ok_and(|dest| dest == dir));
    if same {
        let what = "DIR and DEST are the same directory";
        return Err(Failure::Usage(what.to_owned()));
    }
    let to = session.storage(&dest);
    let copied = if args.hard_links {
        reader.backup_with_links(&to)
    } else {
        reader.backup(&to)
    };
    let copied = copied.map_err(Failure::to_write(&dest))?;
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

pub(crate) fn restore(session: &Session, args: &RestoreArgs) -> Result<Exit, Failure> {
    let expected = args.root.as_deref().map(Anchor::parse).transpose();
    let expected = expected.map_err(|why| Failure::Usage(format!("--root: {why}")))?;
    let expected = expected.map(|anchor| (anchor.range.end, anchor.root));
    let stop = Stop::listen()?;
    let reader = session.reader(&args.source)?;
    let mut progress = session.progress("restore", None);
    let to = session.storage(&args.dir);
    let report = reader.restore(&to, expected, Options::default(), &mut |at| {
        progress.update(at.bytes_done, Some(at.bytes_total));
        !stop.asked()
    });
    let report = report.map_err(Failure::to_write(&args.dir))?;
    let elapsed = progress.elapsed();
    drop(progress);
    let outcome = verify::Outcome {
        dir: &args.dir,
        level: Level::Full,
        report: &report,
        elapsed,
        resume: None,
    };
    verify::show(session, &outcome, &stop)
}
