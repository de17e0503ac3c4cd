//! `import`: appends the entries of a file, batch by batch, as they are read.
//!
//! Invariants:
//!
//! - `committed HEIGHT TREE_SIZE` is printed once that commit is durable, and at once;
//! - whatever ends an import, every commit it printed stays, and it says how far it came.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use ledger::tlog::TileDirectory;
use ledger::{Batch, Options, Store};
use merkle_log::LeafIndex;
use serde::Serialize;

use super::checkpoint;
use crate::cli::{ImportArgs, ImportFormat};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::input::{self, Entries, Framing};
use crate::progress::{Progress, millis};
use crate::session::{Session, heard};
use crate::signed;
use crate::stop::{Stop, UntilStopped};

/// A commit takes no further entry that would make its entries longer than this.
const BATCH_BYTES_MAX: usize = 16 << 20;
/// Entries between two looks at the clock.
const ENTRIES_A_LOOK: u64 = 1024;

#[derive(Serialize)]
struct ImportDoc<'a> {
    schema: &'static str,
    ledger: &'a str,
    entries: u64,
    commits: u64,
    bytes_read: u64,
    height: u64,
    tree_size: u64,
    root_hash: String,
    interrupted: bool,
    elapsed_ms: u64,
}

/// What was committed so far.
#[derive(Default)]
struct Done {
    entries: u64,
    commits: u64,
    bytes_read: u64,
}

struct Import<'a> {
    session: &'a Session,
    store: &'a Store,
    ledger: &'a str,
    id_field: Option<&'a str>,
    entries_a_commit: usize,
    time_ms: Option<u64>,
    each: bool,
    progress: Progress,
    len: Option<u64>,
    heard: bool,
    done: Done,
}

pub(crate) fn run(session: &Session, args: &ImportArgs) -> Result<Exit, Failure> {
    let (dir, file) = args.places();
    let dir = session.directory(dir)?;
    let time_ms = args.time.as_deref().map(time).transpose()?;
    if args.state && args.format != ImportFormat::PlenumGenesis {
        let only = "--state is for --format plenum-genesis; `state put` writes other states";
        return Err(Failure::Usage(only.to_owned()));
    }
    if args.id_field.is_some() && args.format != ImportFormat::Jsonl {
        let only = "--id-field is for --format jsonl: other entries have no members";
        return Err(Failure::Usage(only.to_owned()));
    }
    let stop = Stop::listen()?;
    if args.format == ImportFormat::Tiles {
        return tiles(session, args, &dir, &file, time_ms, &stop);
    }
    let (file, len) = input::open(&file)?;
    let store = open(session, &dir, &args.ledger)?;
    let mut import = Import::new(session, &store, args, time_ms, len);
    let input = BufReader::with_capacity(1 << 18, UntilStopped::new(file, stop.clone()));
    let result = match args.format {
        ImportFormat::Lines => import.entries(Entries::new(input, Framing::Lines), &stop),
        ImportFormat::Jsonl => import.entries(Entries::new(input, Framing::JsonLines), &stop),
        ImportFormat::Records => import.entries(Entries::new(input, Framing::Records), &stop),
        ImportFormat::PlenumGenesis => import.genesis(input, args.state, &stop),
        ImportFormat::Tiles => Ok(false),
    };
    let answered = import.answer(&result);
    let closed = store.close();
    result?;
    closed?;
    answered
}

/// Imports a directory of tiles.
fn tiles(
    session: &Session,
    args: &ImportArgs,
    dir: &Path,
    from: &Path,
    time_ms: Option<u64>,
    stop: &Stop,
) -> Result<Exit, Failure> {
    let missing = || Failure::Usage("--format tiles needs --keys".to_owned());
    let keys = signed::read_keys(args.keys.as_deref().ok_or_else(missing)?)?;
    let store = open(session, dir, &args.ledger)?;
    let snapshot = store.snapshot();
    let tree = snapshot.ledger(&args.ledger)?;
    let origin = match &args.origin {
        Some(origin) => origin.clone(),
        None => checkpoint::origin(&snapshot, &tree),
    };
    let directory = TileDirectory::open(from, &origin, &keys)?;
    directory.check_begins_with(&tree)?;
    let mut import = Import::new(session, &store, args, time_ms, None);
    let result = import.tiles(&directory, stop);
    let answered = import.answer(&result);
    let closed = store.close();
    result?;
    closed?;
    answered
}

pub(super) fn time(text: &str) -> Result<u64, Failure> {
    human::parse_time(text).ok_or_else(|| {
        Failure::Usage(format!(
            "--time {text}: neither RFC 3339 with an offset nor milliseconds since 1970"
        ))
    })
}

/// Opens a store for writing, and says what was not as it should be.
pub(super) fn open(session: &Session, dir: &Path, ledger: &str) -> Result<Store, Failure> {
    let store =
        Store::open_in(session.storage(dir), Options::default()).map_err(Failure::to_write(dir))?;
    let report = store.report();
    if let Some(torn) = &report.torn {
        session.warn(&format!(
            "batch {} was never acknowledged and was taken away; its {} are in {}",
            torn.batch,
            human::counted(torn.bytes, "byte", "bytes"),
            torn.saved_in,
        ));
    }
    if let Some(stray) = &report.stray {
        session.warn(&format!(
            "a bit was set where nothing was written, behind {}; what was there is in {}",
            stray.at, stray.saved_in,
        ));
    }
    if let Some(damage) = &report.superblock {
        session.warn(&format!("one of two superblocks was damaged: {damage}"));
    }
    if report.rebuilt {
        session.note("trees and indexes were rebuilt from the log");
    } else if !report.clean {
        session.detail(&format!(
            "the store was not closed in order; {} replayed",
            human::counted(report.replayed, "batch was", "batches were")
        ));
    }
    store.snapshot().ledger(ledger)?;
    Ok(store)
}

impl<'a> Import<'a> {
    fn new(
        session: &'a Session,
        store: &'a Store,
        args: &'a ImportArgs,
        time_ms: Option<u64>,
        len: Option<u64>,
    ) -> Self {
        Self {
            session,
            store,
            ledger: &args.ledger,
            id_field: args.id_field.as_deref(),
            entries_a_commit: usize::try_from(args.batch).unwrap_or(1),
            time_ms,
            each: !args.quiet_commits && !session.json,
            progress: session.progress("import", len),
            len,
            heard: true,
            done: Done::default(),
        }
    }

    /// Imports the entries of tiles, each proven before it is appended; `true` if the user ended
    /// it.
    fn tiles(&mut self, from: &TileDirectory, stop: &Stop) -> Result<bool, Failure> {
        let mut next = self
            .store
            .snapshot()
            .ledger(self.ledger)?
            .size()
            .next_index();
        let mut batch = self.store.batch();
        loop {
            if stop.asked() {
                return Ok(true);
            }
            let entries = from.entries_from(next)?;
            if entries.is_empty() {
                break;
            }
            for entry in entries {
                if is_full(&batch, &entry) {
                    batch = self.commit(batch)?;
                }
                batch.append(self.ledger, &entry)?;
                next = LeafIndex(next.0.saturating_add(1));
                self.done.bytes_read += entry.len() as u64;
                if batch.len() >= self.entries_a_commit {
                    batch = self.commit(batch)?;
                }
            }
        }
        if !batch.is_empty() {
            self.commit(batch)?;
        }
        Ok(false)
    }

    /// Imports entries one by one; `true` if the user ended it.
    fn entries<R: BufRead>(
        &mut self,
        mut entries: Entries<R>,
        stop: &Stop,
    ) -> Result<bool, Failure> {
        let mut batch = self.store.batch();
        for number in 0u64.. {
            let more = entries.advance();
            // What was read when an end was asked for may be half an entry.
            if stop.asked() {
                return Ok(true);
            }
            if !more? {
                break;
            }
            let entry = entries.entry();
            if is_full(&batch, entry) {
                batch = self.commit(batch)?;
            }
            match self.id_field {
                Some(field) => {
                    let id = input::id_in(entry, field, number + 1)?;
                    batch.append_unique(self.ledger, id, entry)?
                }
                None => batch.append(self.ledger, entry)?,
            };
            self.done.bytes_read = entries.bytes_read();
            if batch.len() >= self.entries_a_commit {
                batch = self.commit(batch)?;
            }
            if number.is_multiple_of(ENTRIES_A_LOOK) {
                self.progress.update(self.done.bytes_read, self.len);
            }
        }
        if !batch.is_empty() {
            self.commit(batch)?;
        }
        Ok(false)
    }

    /// Imports a genesis file; `true` if the user ended it.
    fn genesis<R: BufRead>(
        &mut self,
        input: R,
        with_state: bool,
        stop: &Stop,
    ) -> Result<bool, Failure> {
        let (store, ledger, now) = (self.store, self.ledger, self.now());
        let loaded = if with_state {
            store.load_plenum_genesis_with_state(ledger, input, now)
        } else {
            store.load_plenum_genesis(ledger, input, now)
        };
        if stop.asked() && loaded.is_err() {
            return Ok(true);
        }
        loaded?;
        self.done.entries = self.store.snapshot().ledger(self.ledger)?.size().0;
        self.done.bytes_read = self.len.unwrap_or(0);
        self.committed()?;
        Ok(false)
    }

    /// The next commit's time: as asked for, but never before the last one's.
    fn now(&self) -> u64 {
        let time = self.time_ms.unwrap_or_else(human::now_ms);
        time.max(self.store.snapshot().time_ms())
    }

    /// Commits a batch; answers with the next one.
    fn commit(&mut self, batch: Batch) -> Result<Batch, Failure> {
        let count = batch.len() as u64;
        self.store.commit(batch.seal(self.now(), b"")?)?;
        self.done.entries += count;
        self.committed()?;
        Ok(self.store.batch())
    }

    fn committed(&mut self) -> Result<(), Failure> {
        self.done.commits += 1;
        if self.each && self.heard {
            self.heard = self.progress.aside(|| self.print_committed())?;
        }
        self.progress.update(self.done.bytes_read, self.len);
        Ok(())
    }

    /// Prints the last commit; `false` if nobody reads it.
    fn print_committed(&self) -> Result<bool, Failure> {
        let snapshot = self.store.snapshot();
        let size = snapshot.ledger(self.ledger)?.size();
        let mut stdout = std::io::stdout().lock();
        let line = format!("committed {} {size}\n", snapshot.height());
        heard(
            stdout
                .write_all(line.as_bytes())
                .and_then(|()| stdout.flush()),
        )
    }

    /// Says what came of it.
    fn answer(&self, result: &Result<bool, Failure>) -> Result<Exit, Failure> {
        let interrupted = matches!(result, Ok(true));
        let snapshot = self.store.snapshot();
        let tree = snapshot.ledger(self.ledger)?;
        if self.session.json {
            if result.is_ok() {
                self.session.document(&ImportDoc {
                    schema: "ledger-tool.import/1",
                    ledger: self.ledger,
                    entries: self.done.entries,
                    commits: self.done.commits,
                    bytes_read: self.done.bytes_read,
                    height: snapshot.height(),
                    tree_size: tree.size().0,
                    root_hash: tree.root().to_string(),
                    interrupted,
                    elapsed_ms: millis(self.progress.elapsed()),
                })?;
            }
        } else if !self.each && self.done.commits > 0 {
            self.print_committed()?;
        }
        let entries = human::counted(self.done.entries, "entry", "entries");
        let commits = human::counted(self.done.commits, "commit", "commits");
        let elapsed = human::seconds(self.progress.elapsed());
        let summary = format!("{entries} in {commits}, {elapsed}");
        if matches!(result, Ok(false)) {
            self.session
                .note(&format!("imported {summary}; root {}", tree.root()));
            return Ok(Exit::Ok);
        }
        let rest = if self.done.entries == 0 {
            "nothing was imported".to_owned()
        } else {
            format!("imported {summary}; the input's first {entries} are in, the rest is not")
        };
        self.session.note(&rest);
        Ok(Exit::Interrupted)
    }
}

fn is_full(batch: &Batch, entry: &[u8]) -> bool {
    !batch.is_empty() && batch.bytes_len().saturating_add(entry.len()) > BATCH_BYTES_MAX
}
