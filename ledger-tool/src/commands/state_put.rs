//! `state put`: writes keys of a state, batch by batch, as they are read.
//!
//! Invariants as of `import`: `committed HEIGHT TREE_SIZE` is printed once that commit is durable,
//! and every commit it printed stays, whatever ends the command.

use std::io::{BufReader, Write};

use ledger::{Batch, Store};
use serde::Serialize;

use super::import;
use crate::cli::StatePutArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::input;
use crate::progress::{Progress, millis};
use crate::session::{Session, heard};
use crate::stop::{Stop, UntilStopped};
use crate::writes::Writes;

/// A commit takes no further line that would make its keys and values longer than this.
const BATCH_BYTES_MAX: usize = 16 << 20;
/// Lines between two looks at the clock.
const LINES_A_LOOK: u64 = 1024;

#[derive(Serialize)]
struct PutDoc<'a> {
    schema: &'static str,
    ledger: &'a str,
    writes: u64,
    commits: u64,
    bytes_read: u64,
    height: u64,
    tree_size: u64,
    root_hash: String,
    state_root: String,
    interrupted: bool,
    elapsed_ms: u64,
}

struct Put<'a> {
    session: &'a Session,
    store: &'a Store,
    ledger: &'a str,
    lines_a_commit: u64,
    time_ms: Option<u64>,
    each: bool,
    heard: bool,
    progress: Progress,
    len: Option<u64>,
    /// Lines that are committed, and those since.
    committed: u64,
    pending: u64,
    commits: u64,
    bytes_read: u64,
}

pub(crate) fn run(session: &Session, args: &StatePutArgs) -> Result<Exit, Failure> {
    let (dir, file) = args.places();
    let dir = session.directory(dir)?;
    let time_ms = args.time.as_deref().map(import::time).transpose()?;
    let stop = Stop::listen()?;
    let (file, len) = input::open(&file)?;
    let store = import::open(session, &dir, &args.ledger)?;
    store.snapshot().state(&args.ledger)?;
    let mut put = Put {
        session,
        store: &store,
        ledger: &args.ledger,
        lines_a_commit: args.batch.into(),
        time_ms,
        each: !args.quiet_commits && !session.json,
        heard: true,
        progress: session.progress("state put", len),
        len,
        committed: 0,
        pending: 0,
        commits: 0,
        bytes_read: 0,
    };
    let input = BufReader::with_capacity(1 << 18, UntilStopped::new(file, stop.clone()));
    let result = put.lines(Writes::new(input), &stop);
    let answered = put.answer(&result);
    let closed = store.close();
    result?;
    closed?;
    answered
}

impl Put<'_> {
    /// Writes line by line; `true` if the user ended it.
    fn lines(
        &mut self,
        mut writes: Writes<impl std::io::BufRead>,
        stop: &Stop,
    ) -> Result<bool, Failure> {
        let mut batch = self.store.batch();
        for number in 0u64.. {
            let write = writes.next();
            // What was read when an end was asked for may be half a line.
            if stop.asked() {
                return Ok(true);
            }
            let Some((key, value)) = write? else { break };
            let len = key.len() + value.len();
            if self.pending > 0 && batch.bytes_len().saturating_add(len) > BATCH_BYTES_MAX {
                batch = self.commit(batch)?;
            }
            batch.put(self.ledger, key, value)?;
            self.pending += 1;
            self.bytes_read = writes.bytes_read();
            if self.pending >= self.lines_a_commit {
                batch = self.commit(batch)?;
            }
            if number.is_multiple_of(LINES_A_LOOK) {
                self.progress.update(self.bytes_read, self.len);
            }
        }
        if self.pending > 0 {
            self.commit(batch)?;
        }
        Ok(false)
    }

    /// Commits a batch; answers with the next one.
    fn commit(&mut self, batch: Batch) -> Result<Batch, Failure> {
        let time = self.time_ms.unwrap_or_else(human::now_ms);
        let time = time.max(self.store.snapshot().time_ms());
        self.store.commit(batch.seal(time, b"")?)?;
        self.committed += self.pending;
        self.pending = 0;
        self.commits += 1;
        if self.each && self.heard {
            self.heard = self.progress.aside(|| self.print_committed())?;
        }
        self.progress.update(self.bytes_read, self.len);
        Ok(self.store.batch())
    }

    /// Prints the last commit; `false` if nobody reads it.
    fn print_committed(&self) -> Result<bool, Failure> {
        let snapshot = self.store.snapshot();
        let size = snapshot.ledger(self.ledger)?.size();
        let mut stdout = std::io::stdout().lock();
        let line = format!("committed {} {size}\n", snapshot.height());
        let written = stdout.write_all(line.as_bytes());
        heard(written.and_then(|()| stdout.flush()))
    }

    /// Says what came of it.
    fn answer(&self, result: &Result<bool, Failure>) -> Result<Exit, Failure> {
        let snapshot = self.store.snapshot();
        let tree = snapshot.ledger(self.ledger)?;
        let state_root = snapshot.state(self.ledger)?.root();
        if self.session.json {
            if let Ok(interrupted) = result {
                self.session.document(&PutDoc {
                    schema: "ledger-tool.state-put/1",
                    ledger: self.ledger,
                    writes: self.committed,
                    commits: self.commits,
                    bytes_read: self.bytes_read,
                    height: snapshot.height(),
                    tree_size: tree.size().0,
                    root_hash: tree.root().to_string(),
                    state_root: state_root.to_string(),
                    interrupted: *interrupted,
                    elapsed_ms: millis(self.progress.elapsed()),
                })?;
            }
        } else if !self.each && self.commits > 0 {
            self.print_committed()?;
        }
        let lines = human::counted(self.committed, "write", "writes");
        let commits = human::counted(self.commits, "commit", "commits");
        let elapsed = human::seconds(self.progress.elapsed());
        let summary = format!("{lines} in {commits}, {elapsed}");
        if matches!(result, Ok(false)) {
            let done = format!("put {summary}; state root {state_root}");
            self.session.note(&done);
            return Ok(Exit::Ok);
        }
        let rest = if self.committed == 0 {
            "nothing was written".to_owned()
        } else {
            format!("put {summary}; the input's first {lines} are in, the rest is not")
        };
        self.session.note(&rest);
        Ok(Exit::Interrupted)
    }
}
