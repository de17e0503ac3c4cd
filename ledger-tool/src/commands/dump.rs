//! `dump`: the entries of a ledger, one after another, or the keys and values of its state.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ledger::mend::{Salvaged, salvage};
use patricia_state::Direction;
use serde::Serialize;

use super::RangeDoc;
use super::entry::Heights;
use super::state::{PairDoc, snapshot_at};
use super::state_entries::each_entry;
use crate::cli::{DumpArgs, DumpFormat};
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::{Session, heard};

#[derive(Serialize)]
struct LineDoc<'a> {
    ledger: &'a str,
    leaf_index: u64,
    seq_no: u64,
    /// Null where what says so is damaged.
    height: Option<u64>,
    data_hex: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
}

#[derive(Serialize)]
struct LostDoc<'a> {
    ledger: &'a str,
    lost: RangeDoc,
}

pub(crate) fn run(session: &Session, args: DumpArgs) -> Result<Exit, Failure> {
    if args.state {
        return state(session, args);
    }
    if args.salvage {
        return salvaged(session, &args);
    }
    let reader = session.reader(&session.directory(args.dir.clone())?)?;
    let snapshot = reader.snapshot();
    let tree = snapshot.ledger(&args.ledger)?;
    let to = args.to.unwrap_or(tree.size().0);
    if args.from > to {
        let range = format!("--from {} is after --to {to}", args.from);
        return Err(Failure::Usage(range));
    }
    let entries = tree.entries(args.from..to)?;
    let mut heights = Heights::new(&snapshot, &args.ledger);
    let (mut output, name) = create(&args.output)?;
    let mut progress = session.progress("dump", None);
    let mut bytes = 0;
    for entry in entries {
        // What came before a damaged entry is good, and is written when the output is dropped.
        let (index, entry) = entry?;
        let height = match args.format {
            DumpFormat::Jsonl => Some(heights.of(index.0)?),
            DumpFormat::Raw | DumpFormat::Records => None,
        };
        let written = put_entry(&mut output, &args, index.0, height, &entry);
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

/// Prints what is left of the entries, and says what is not.
fn salvaged(session: &Session, args: &DumpArgs) -> Result<Exit, Failure> {
    let storage = session.storage(&session.directory(args.dir.clone())?);
    let (from, to) = (args.from, args.to.unwrap_or(u64::MAX));
    let (mut output, name) = create(&args.output)?;
    let mut progress = session.progress("dump", None);
    let (mut bytes, mut lost) = (0, 0);
    let mut heard = Ok(true);
    let found = salvage(&storage, &args.ledger, &mut |found| {
        let written = match found {
            Salvaged::Entry { index, .. } if index < from => return true,
            Salvaged::Entry { index, .. } if index >= to => return false,
            Salvaged::Entry {
                index,
                height,
                bytes: entry,
            } => {
                bytes += entry.len() as u64;
                progress.update(bytes, None);
                put_entry(&mut output, args, index, height, entry)
            }
            Salvaged::Lost(range) => {
                let (begin, end) = (range.start.max(from), range.end.min(to));
                if begin >= end {
                    return range.start < to;
                }
                lost += end - begin;
                let text = format!("entries [{begin},{end}) of {} are lost", args.ledger);
                progress.aside(|| session.warn(&text));
                match args.format {
                    DumpFormat::Jsonl => put_line(
                        &mut output,
                        &LostDoc {
                            ledger: &args.ledger,
                            lost: RangeDoc { begin, end },
                        },
                    ),
                    DumpFormat::Raw | DumpFormat::Records => Ok(()),
                }
            }
        };
        heard = goes_on(written, &name);
        matches!(heard, Ok(true))
    })?;
    drop(progress);
    if !heard? {
        return Ok(Exit::Ok);
    }
    goes_on(output.flush(), &name)?;
    for damage in &found.damage {
        session.warn(&damage.to_string());
    }
    if found.is_cut {
        session.warn("the log ends early: how many entries are lost behind its end is not known");
    }
    let count = human::counted(found.entries, "entry", "entries");
    let missing = human::counted(lost, "entry", "entries");
    session.detail(&format!("{count}, {}; {missing} lost", human::bytes(bytes)));
    Ok(if lost > 0 || found.is_cut {
        Exit::No
    } else {
        Exit::Ok
    })
}

fn put_entry(
    output: &mut dyn Write,
    args: &DumpArgs,
    index: u64,
    height: Option<u64>,
    entry: &[u8],
) -> io::Result<()> {
    match args.format {
        DumpFormat::Raw => output.write_all(entry),
        DumpFormat::Records => put_record(output, entry),
        DumpFormat::Jsonl => put_line(
            output,
            &LineDoc {
                ledger: &args.ledger,
                leaf_index: index,
                seq_no: index.saturating_add(1),
                height,
                data_hex: human::hex(entry),
                data: str::from_utf8(entry).ok(),
            },
        ),
    }
}

fn put_line(mut output: &mut dyn Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut output, line).map_err(io::Error::from)?;
    output.write_all(b"\n")
}

/// Prints the keys and values of the ledger's state, in order of keys.
fn state(session: &Session, args: DumpArgs) -> Result<Exit, Failure> {
    if args.format == DumpFormat::Raw {
        let asked = "--format raw is for entries: a state has keys and values";
        return Err(Failure::Usage(asked.to_owned()));
    }
    let snapshot = snapshot_at(session, args.dir, args.height)?;
    let view = snapshot.state(&args.ledger)?;
    let (mut output, name) = create(&args.output)?;
    let mut progress = session.progress("dump", None);
    let (mut count, mut bytes) = (0u64, 0u64);
    let mut heard = true;
    each_entry(&view, b"", None, Direction::Forward, |key, value| {
        let written = match args.format {
            DumpFormat::Jsonl | DumpFormat::Raw => {
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
