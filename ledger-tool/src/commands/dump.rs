//! `dump`: the entries of a ledger, one after another, or the keys and values of its state.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use patricia_state::Direction;
use serde::Serialize;

use super::dump_table::{self, CSV_HEAD, CSV_STATE_HEAD, put_csv};
use super::entry::Heights;
use super::state::{PairDoc, snapshot_at};
use super::state_entries::each_entry;
use crate::cli::{DumpArgs, DumpFormat};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::{Session, heard};
use crate::stop::Stop;

#[derive(Serialize)]
pub(super) struct LineDoc<'a> {
    pub(super) ledger: &'a str,
    pub(super) leaf_index: u64,
    pub(super) seq_no: u64,
    pub(super) height: u64,
    pub(super) data_hex: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) data: Option<&'a str>,
}

pub(crate) fn run(session: &Session, args: DumpArgs) -> Result<Exit, Failure> {
    if args.state {
        return state(session, args);
    }
    let reader = session.reader(&session.directory(args.dir)?)?;
    let snapshot = reader.snapshot();
    let tree = snapshot.ledger(&args.ledger)?;
    let to = args.to.unwrap_or(tree.size().0);
    if args.from > to {
        let range = format!("--from {} is after --to {to}", args.from);
        return Err(Failure::Usage(range));
    }
    if args.format == DumpFormat::Sqlite {
        return dump_table::entries(session, (&snapshot, &tree), (args.from, to), &args.output);
    }
    let entries = tree.entries(args.from..to)?;
    // Where the output may be a pipe that is full, Ctrl-C ends the tool at once.
    let to_file = args.output.as_os_str() != "-";
    let stop = to_file.then(Stop::listen).transpose()?;
    let mut heights = Heights::new(&snapshot, &args.ledger);
    let (mut output, name) = create(&args.output)?;
    if args.format == DumpFormat::Csv {
        goes_on(output.write_all(CSV_HEAD.as_bytes()), &name)?;
    }
    let mut progress = session.progress("dump", None);
    let mut bytes = 0;
    for entry in entries {
        if stop.as_ref().is_some_and(Stop::asked) {
            goes_on(output.flush(), &name)?;
            return Ok(Exit::Interrupted);
        }
        // What came before a damaged entry is good, and is written when the output is dropped.
        let (index, entry) = entry?;
        let written = match args.format {
            DumpFormat::Raw => output.write_all(&entry),
            DumpFormat::Records => put_record(&mut output, &entry),
            DumpFormat::Jsonl | DumpFormat::Csv | DumpFormat::Sqlite => {
                let line = LineDoc {
                    ledger: &args.ledger,
                    leaf_index: index.0,
                    seq_no: index.0.saturating_add(1),
                    height: heights.of(index.0)?,
                    data_hex: human::hex(&entry),
                    data: str::from_utf8(&entry).ok(),
                };
                if args.format == DumpFormat::Csv {
                    put_csv(&mut output, &line)
                } else {
                    let json = serde_json::to_writer(&mut output, &line).map_err(io::Error::from);
                    json.and_then(|()| output.write_all(b"\n"))
                }
            }
        };
        if !goes_on(written, &name)? {
            return Ok(Exit::Ok);
        }
        bytes += entry.len() as u64;
        progress.update(bytes, None);
    }
    goes_on(output.flush(), &name)?;
    let count = human::counted(to - args.from, "entry", "entries");
    session.detail(&format!("{count}, {}", human::bytes(bytes)));
    Ok(Exit::Ok)
}

/// Prints the keys and values of the ledger's state, in order of keys.
fn state(session: &Session, args: DumpArgs) -> Result<Exit, Failure> {
    if args.format == DumpFormat::Raw {
        let asked = "--format raw is for entries: a state has keys and values";
        return Err(Failure::Usage(asked.to_owned()));
    }
    let snapshot = snapshot_at(session, args.dir, args.height)?;
    let view = snapshot.state(&args.ledger)?;
    if args.format == DumpFormat::Sqlite {
        let of = (args.ledger.as_str(), &view);
        return dump_table::state(session, &snapshot, of, &args.output);
    }
    let (mut output, name) = create(&args.output)?;
    if args.format == DumpFormat::Csv {
        goes_on(output.write_all(CSV_STATE_HEAD.as_bytes()), &name)?;
    }
    let mut progress = session.progress("dump", None);
    let (mut count, mut bytes) = (0u64, 0u64);
    let mut heard = true;
    each_entry(&view, b"", None, Direction::Forward, |key, value| {
        let written = match args.format {
            DumpFormat::Csv => {
                let (key, value) = (human::hex(key), human::hex(value));
                write!(output, "{key},{value}\r\n")
            }
            DumpFormat::Jsonl | DumpFormat::Raw | DumpFormat::Sqlite => {
                let line = PairDoc::of(key, value);
                let json = serde_json::to_writer(&mut output, &line).map_err(io::Error::from);
                json.and_then(|()| output.write_all(b"\n"))
            }
            DumpFormat::Records => {
                put_record(&mut output, key).and_then(|()| put_record(&mut output, value))
            }
        };
        count += 1;
        bytes += (key.len() + value.len()) as u64;
        progress.update(bytes, None);
        heard = goes_on(written, &name)?;
        Ok::<_, Failure>(heard)
    })?;
    if !heard {
        return Ok(Exit::Ok);
    }
    goes_on(output.flush(), &name)?;
    let count = human::counted(count, "key", "keys");
    session.detail(&format!("{count}, {}", human::bytes(bytes)));
    Ok(Exit::Ok)
}

fn put_record(output: &mut dyn Write, record: &[u8]) -> io::Result<()> {
    // Entries, keys and values are at most 16 MiB.
    let len = u32::try_from(record.len()).unwrap_or(u32::MAX);
    output.write_all(&len.to_le_bytes())?;
    output.write_all(record)
}

/// The output and its name; `-` is standard output.
pub(super) fn create(path: &Path) -> Result<(Box<dyn Write>, String), Failure> {
    if path.as_os_str() == "-" {
        let stdout = BufWriter::with_capacity(1 << 16, io::stdout().lock());
        return Ok((Box::new(stdout), "standard output".to_owned()));
    }
    let name = path.display().to_string();
    let file = File::create(path).map_err(Failure::io("create", name.clone()))?;
    Ok((Box::new(BufWriter::with_capacity(1 << 16, file)), name))
}

/// Whether anybody takes more.
pub(super) fn goes_on(written: io::Result<()>, name: &str) -> Result<bool, Failure> {
    match heard(written) {
        Err(Failure::Io { op, source, .. }) => Err(Failure::io(op, name)(source)),
        answer => answer,
    }
}
