//! `repair`: a plan, and with `--apply` the deed.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hash_store::{MemStorage, Storage};
use ledger::mend::{self, EntrySource, Repair, RepairOptions, RepairSource, Unrepaired};
use ledger::{ENTRY_LEN_MAX, Options, Reader, Verdict};
use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::next::{self, AffectedDoc};
use crate::cli::RepairArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::{BAD, FAINT, GOOD, Session};
use crate::watched::Watch;

#[derive(Serialize)]
struct RepairDoc<'a> {
    schema: &'static str,
    path: String,
    applied: bool,
    verdict: &'static str,
    steps: Vec<StepDoc<'a>>,
    unrepaired: Vec<UnrepairedDoc<'a>>,
    kept_in: Option<&'a str>,
    next: Vec<String>,
}

#[derive(Serialize)]
struct StepDoc<'a> {
    step: &'static str,
    file: Option<&'a str>,
    what: String,
}

#[derive(Serialize)]
pub(super) struct UnrepairedDoc<'a> {
    code: &'static str,
    file: &'a str,
    offset: u64,
    batch: u64,
    affected: AffectedDoc,
    reason: &'a str,
}

impl<'a> UnrepairedDoc<'a> {
    pub(super) fn of(unrepaired: &'a Unrepaired) -> Self {
        Self {
            code: unrepaired.code,
            file: &unrepaired.file,
            offset: unrepaired.offset,
            batch: unrepaired.batch,
            affected: AffectedDoc::of(&unrepaired.affected),
            reason: &unrepaired.reason,
        }
    }
}

/// A temporary directory for what is made beside a store, removed with the value.
pub(super) struct Scratch {
    pub(super) storage: Arc<dyn Storage>,
    _dir: Option<TempDir>,
}

impl Scratch {
    /// Memory where there is no such directory.
    pub(super) fn new(session: &Session) -> Self {
        let mut builder = tempfile::Builder::new();
        let dir = builder.prefix("ledger-tool-").tempdir().ok();
        let storage: Arc<dyn Storage> = match &dir {
            Some(dir) => session.storage(dir.path()),
            None => Arc::new(MemStorage::new()),
        };
        Self { storage, _dir: dir }
    }
}

pub(crate) fn run(session: &Session, args: &RepairArgs) -> Result<Exit, Failure> {
    let dir = session.directory(args.dir.clone())?;
    let watch = session.watch("repair", None)?;
    let done = repair(session, args, &dir, &watch);
    if watch.asked_to_stop() {
        let left = "it may be repaired in part, what was changed is in lost+found; run it again";
        return session.interrupted(if args.apply { left } else { "nothing changed" });
    }
    let done = done?;
    drop(watch);
    let is_whole = done.unrepaired.is_empty()
        && done
            .report
            .as_ref()
            .is_none_or(|report| report.verdict == Verdict::Verified);
    let next = next_commands(&dir, &args.sources, args.drop_last_batch, args.apply, &done);
    if session.json {
        session.document(&document(&dir, args.apply, is_whole, &done, next))?;
    } else {
        session.answer(&text(args.apply, is_whole, &done, &next))?;
    }
    Ok(if is_whole { Exit::Ok } else { Exit::No })
}

fn repair(
    session: &Session,
    args: &RepairArgs,
    dir: &Path,
    watch: &Watch,
) -> Result<Repair, Failure> {
    let storage = watch.over(session.storage(dir));
    let mut scratches = Vec::new();
    let mut sources = Vec::new();
    for path in &args.sources {
        if path.is_dir() {
            let scratch = Scratch::new(session);
            let made = Arc::clone(&scratch.storage);
            scratches.push(scratch);
            let reader = Reader::open_in(watch.over(session.storage(path)), made)?;
            sources.push(RepairSource::Store(reader));
        } else {
            sources.push(RepairSource::Entries(Box::new(Dump::open(path)?)));
        }
    }
    let options = RepairOptions {
        sources,
        drop_last_batch: args.drop_last_batch,
        open: Options::default(),
    };
    let scratch = Scratch::new(session);
    let done = if args.apply {
        mend::repair(&storage, &scratch.storage, &options)
    } else {
        mend::plan_repair(&storage, &scratch.storage, &options)
    };
    done.map_err(Failure::to_write(dir))
}

fn next_commands(
    dir: &Path,
    sources: &[PathBuf],
    drop_last_batch: bool,
    applied: bool,
    done: &Repair,
) -> Vec<String> {
    let mut next = Vec::new();
    if !applied && !done.steps.is_empty() {
        let mut again = format!("ledger-tool repair {}", next::word(dir));
        for source in sources {
            again += &format!(" --from {}", next::word(source));
        }
        if drop_last_batch {
            again += " --drop-last-batch";
        }
        next.push(again + " --apply");
    }
    if done.unrepaired.is_empty() {
        return next;
    }
    if sources.is_empty() {
        next.push(next::repair_from_peer(dir));
    }
    let is_unsettled = done
        .unrepaired
        .iter()
        .any(|left| left.code == "E-UNSETTLED");
    if is_unsettled && !drop_last_batch {
        let dir = next::word(dir);
        next.push(format!("ledger-tool repair {dir} --drop-last-batch"));
    }
    next.push(next::recover(dir));
    next
}

const fn verdict(applied: bool, is_whole: bool, done: &Repair) -> &'static str {
    match (is_whole, done.steps.is_empty(), applied) {
        (true, true, _) => "whole",
        (true, false, true) => "repaired",
        (true, false, false) => "repairable",
        (false, ..) => "damaged",
    }
}

fn document<'a>(
    dir: &Path,
    applied: bool,
    is_whole: bool,
    done: &'a Repair,
    next: Vec<String>,
) -> RepairDoc<'a> {
    let steps = done.steps.iter().map(|step| StepDoc {
        step: step.name(),
        file: step.file(),
        what: step.to_string(),
    });
    RepairDoc {
        schema: "ledger-tool.repair/1",
        path: dir.display().to_string(),
        applied: applied && !done.steps.is_empty(),
        verdict: verdict(applied, is_whole, done),
        steps: steps.collect(),
        unrepaired: done.unrepaired.iter().map(UnrepairedDoc::of).collect(),
        kept_in: done.kept_in.as_deref(),
        next,
    }
}

fn text(applied: bool, is_whole: bool, done: &Repair, next: &[String]) -> String {
    let mut text = String::new();
    for step in &done.steps {
        let would = if applied { "done: " } else { "would " };
        text += &format!("{would}{}\n", human::safe(&step.to_string()));
    }
    for left in &done.unrepaired {
        text += &describe(left);
    }
    if let Some(folder) = &done.kept_in {
        text += &format!("what was changed is kept in {folder}\n");
    }
    text += &next::lines(next);
    text += &match verdict(applied, is_whole, done) {
        "whole" => format!("{GOOD}WHOLE{GOOD:#}: there is nothing to repair\n"),
        "repaired" => format!("{GOOD}REPAIRED{GOOD:#}: every frame and every hash verifies\n"),
        "repairable" => "nothing was changed; give --apply to do it\n".to_owned(),
        _ if applied => format!("{BAD}DAMAGED{BAD:#}: not all of it could be repaired\n"),
        _ => format!("{BAD}DAMAGED{BAD:#}: not all of it can be repaired; nothing was changed\n"),
    };
    text
}

/// Something that stays damaged, for people.
pub(super) fn describe(left: &Unrepaired) -> String {
    let Unrepaired {
        code,
        file,
        offset,
        batch,
        affected,
        reason,
    } = left;
    let mut text = format!("{BAD}{code}{BAD:#}");
    if !file.is_empty() {
        text += &format!("  {file} at {offset}");
    }
    if *batch > 0 {
        text += &format!(" (batch {batch})");
    }
    text += &format!("\n    {}\n", human::safe(reason));
    let effect = next::effect(affected);
    if !effect.is_empty() {
        text += &format!("    {FAINT}effect{FAINT:#}  {effect} cannot be read or proven\n");
    }
    text
}

/// Entry and its ledger in hex, and what is around them.
const LINE_LEN_MAX: u64 = 8 * ENTRY_LEN_MAX as u64 + 1024;

/// The lines that `dump --format jsonl` writes, read anew for each range that is asked for.
#[derive(Debug)]
struct Dump {
    path: PathBuf,
}

#[derive(Deserialize)]
struct Line {
    ledger: String,
    leaf_index: u64,
    data_hex: String,
}

impl Dump {
    fn open(path: &Path) -> Result<Self, Failure> {
        let dump = Self {
            path: path.to_owned(),
        };
        let file = path.display().to_string();
        let mut lines = dump.lines().map_err(Failure::io("open", file.clone()))?;
        lines.next().map_err(Failure::io("read", file))?;
        Ok(dump)
    }

    fn lines(&self) -> io::Result<Lines> {
        Ok(Lines {
            input: BufReader::new(File::open(&self.path)?),
            line: Vec::new(),
        })
    }
}

struct Lines {
    input: BufReader<File>,
    line: Vec<u8>,
}

impl Lines {
    fn next(&mut self) -> io::Result<Option<Line>> {
        self.line.clear();
        let mut limited = (&mut self.input).take(LINE_LEN_MAX);
        if limited.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        let line = serde_json::from_slice(&self.line);
        line.map(Some).map_err(|_| {
            let what = "no line of `dump --format jsonl`";
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }
}

impl EntrySource for Dump {
    fn entries(&self, ledger: &str, range: Range<u64>) -> io::Result<Option<Vec<Vec<u8>>>> {
        let mut lines = self.lines()?;
        let mut found = Vec::new();
        while let Some(line) = lines.next()? {
            let wanted = range.start + found.len() as u64;
            if line.ledger != ledger || line.leaf_index != wanted {
                continue;
            }
            let bytes = human::unhex(&line.data_hex);
            let Some(bytes) = bytes.filter(|bytes| bytes.len() <= ENTRY_LEN_MAX) else {
                return Ok(None);
            };
            found.push(bytes);
            if range.start + found.len() as u64 == range.end {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }
}
