//! `dump --format csv|sqlite`: entries as rows of a table.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ledger::{Snapshot, StateView, TreeView};
use patricia_state::Direction;

use super::dump::LineDoc;
use super::entry::Heights;
use super::state_entries::each_entry;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::Session;
use crate::sqlite::{Database, Table, Value};
use crate::stop::Stop;

pub(super) const CSV_HEAD: &str = "ledger,leaf_index,seq_no,height,data_hex,data\r\n";
pub(super) const CSV_STATE_HEAD: &str = "key_hex,value_hex\r\n";

const ENTRIES: &str = "CREATE TABLE entries \
    (leaf_index INTEGER PRIMARY KEY, seq_no INTEGER, height INTEGER, data BLOB)";
const STATE: &str = "CREATE TABLE state (key BLOB, value BLOB)";
const STORE: &str = "CREATE TABLE store (name TEXT, value TEXT)";

/// A row of an entry (RFC 4180). `data` is empty where the entry is not UTF-8.
pub(super) fn put_csv(output: &mut dyn Write, line: &LineDoc<'_>) -> io::Result<()> {
    let LineDoc {
        ledger,
        leaf_index,
        seq_no,
        height,
        data_hex,
        data,
    } = line;
    // Empty where what says so is damaged.
    let height = height.map_or_else(String::new, |height| height.to_string());
    write!(
        output,
        "{ledger},{leaf_index},{seq_no},{height},{data_hex},"
    )?;
    let text = data.unwrap_or_default();
    if text.contains([',', '"', '\r', '\n']) {
        write!(output, "\"{}\"\r\n", text.replace('"', "\"\""))
    } else {
        write!(output, "{text}\r\n")
    }
}

type Output = Database<BufWriter<File>>;

fn create(path: &Path) -> Result<(Output, String), Failure> {
    if path.as_os_str() == "-" {
        let needs = "--format sqlite writes a file: give it with -o FILE";
        return Err(Failure::Usage(needs.to_owned()));
    }
    let name = path.display().to_string();
    let file = File::create(path).map_err(Failure::io("create", name.clone()))?;
    let database = Database::new(BufWriter::with_capacity(1 << 16, file));
    Ok((database.map_err(Failure::io("write", name.clone()))?, name))
}

/// A table that says what the rows are of, and the end of the file.
fn finish(mut database: Output, facts: &[(&str, &str)]) -> io::Result<()> {
    let mut table = Table::default();
    for (id, (name, value)) in (1..).zip(facts) {
        let row = [Value::Text(name), Value::Text(value)];
        database.row(&mut table, id, &row)?;
    }
    database.end_table(table, "store", STORE)?;
    database.finish()?;
    Ok(())
}

/// The entries of a range.
pub(super) fn entries(
    session: &Session,
    (snapshot, tree): (&Snapshot, &TreeView<'_>),
    (from, to): (u64, u64),
    path: &Path,
) -> Result<Exit, Failure> {
    let stop = Stop::listen()?;
    let entries = tree.entries(from..to)?;
    let (mut database, name) = create(path)?;
    let mut heights = Heights::new(snapshot, tree.name());
    let mut progress = session.progress("dump", None);
    let (mut table, mut bytes) = (Table::default(), 0);
    let wrong = || Failure::io("write", name.clone());
    for entry in entries {
        let (index, entry) = entry?;
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let row = [
            Value::RowId,
            Value::Integer(signed(index.0.saturating_add(1))),
            Value::Integer(signed(heights.of(index.0)?)),
            Value::Blob(&entry),
        ];
        let written = database.row(&mut table, signed(index.0), &row);
        written.map_err(wrong())?;
        bytes += entry.len() as u64;
        progress.update(bytes, None);
        if stop.asked() {
            return Ok(Exit::Interrupted);
        }
    }
    let (root, height) = (tree.root().to_string(), snapshot.height().to_string());
    let facts = [
        ("network", snapshot.network().as_str()),
        ("ledger", tree.name()),
        ("tree", tree.tree().name()),
        ("height", &height),
        ("root_hash", &root),
    ];
    let ended = database.end_table(table, "entries", ENTRIES);
    ended
        .and_then(|()| finish(database, &facts))
        .map_err(wrong())?;
    let count = human::counted(to - from, "entry", "entries");
    session.detail(&format!("{count}, {}", human::bytes(bytes)));
    Ok(Exit::Ok)
}

/// The keys and values of a state.
pub(super) fn state(
    session: &Session,
    snapshot: &Snapshot,
    (ledger, view): (&str, &StateView),
    path: &Path,
) -> Result<Exit, Failure> {
    let stop = Stop::listen()?;
    let (mut database, name) = create(path)?;
    let wrong = || Failure::io("write", name.clone());
    let mut progress = session.progress("dump", None);
    let (mut table, mut count, mut bytes) = (Table::default(), 0i64, 0);
    each_entry(view, b"", None, Direction::Forward, |key, value| {
        count += 1;
        let row = [Value::Blob(key), Value::Blob(value)];
        let written = database.row(&mut table, count, &row);
        written.map_err(wrong())?;
        bytes += (key.len() + value.len()) as u64;
        progress.update(bytes, None);
        Ok::<_, Failure>(!stop.asked())
    })?;
    if stop.asked() {
        return Ok(Exit::Interrupted);
    }
    let (root, height) = (view.root().to_string(), view.height().to_string());
    let facts = [
        ("network", snapshot.network().as_str()),
        ("ledger", ledger),
        ("state", view.scheme().suite.name()),
        ("height", &height),
        ("root_hash", &root),
    ];
    let ended = database.end_table(table, "state", STATE);
    ended
        .and_then(|()| finish(database, &facts))
        .map_err(wrong())?;
    Ok(Exit::Ok)
}
