//! `entry`: one entry of a ledger, and where an entry was committed.

use ledger::Snapshot;
use merkle_log::LeafIndex;
use serde::Serialize;

use crate::cli::EntryArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::{Session, heard};

#[derive(Serialize)]
struct EntryDoc<'a> {
    schema: &'static str,
    network: &'a str,
    ledger: &'a str,
    leaf_index: u64,
    seq_no: u64,
    height: u64,
    time: String,
    size_bytes: u64,
    leaf_hash: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_hex: Option<String>,
    data_hex: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a str>,
}

/// Finds the heights that committed the entries of a ledger; in order of entries at the cost of
/// one commit record a height.
#[derive(Debug)]
pub(crate) struct Heights<'a> {
    snapshot: &'a Snapshot,
    ledger: &'a str,
    /// The height found last, and the entries up to it.
    at: Option<(u64, u64)>,
}

impl<'a> Heights<'a> {
    pub(crate) const fn new(snapshot: &'a Snapshot, ledger: &'a str) -> Self {
        let at = None;
        Self {
            snapshot,
            ledger,
            at,
        }
    }

    /// The height that committed an entry, which must not stand before the one asked for last.
    pub(crate) fn of(&mut self, index: u64) -> ledger::Result<u64> {
        let (mut height, mut size) = match self.at {
            Some(at) => at,
            None => self.search(index)?,
        };
        while size <= index {
            height += 1;
            size = self.size_at(height)?;
        }
        self.at = Some((height, size));
        Ok(height)
    }

    /// The first height with more than `index` entries, by halving.
    fn search(&self, index: u64) -> ledger::Result<(u64, u64)> {
        let first = self.snapshot.base().unwrap_or(1);
        let (mut low, mut high) = (first, self.snapshot.height());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.size_at(middle)? > index {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        Ok((low, self.size_at(low)?))
    }

    fn size_at(&self, height: u64) -> ledger::Result<u64> {
        let commit = self.snapshot.commit(height)?;
        Ok(commit
            .body
            .ledger(self.ledger)
            .map_or(0, |ledger| ledger.size))
    }
}

pub(crate) fn run(session: &Session, args: &EntryArgs) -> Result<Exit, Failure> {
    let (dir, index) = args.places()?;
    let reader = session.reader(&session.directory(dir)?)?;
    let snapshot = reader.snapshot();
    let found = args.lookup.find(&snapshot, &args.ledger)?;
    let (ledger, index) = match found {
        Some(found) => (found.ledger, found.index.0),
        None => (args.ledger.clone(), index.unwrap_or_default()),
    };
    let tree = snapshot.ledger(&ledger)?;
    let entry = tree.entry(LeafIndex(index))?;
    if args.raw {
        use std::io::Write;
        let mut stdout = std::io::stdout().lock();
        heard(stdout.write_all(&entry).and_then(|()| stdout.flush()))?;
        return Ok(Exit::Ok);
    }
    let height = Heights::new(&snapshot, &ledger).of(index)?;
    let id = match snapshot.id(&ledger, LeafIndex(index)) {
        Err(ledger::Error::NoLookup { .. }) => None,
        id => id?,
    };
    let document = EntryDoc {
        schema: "ledger-tool.entry/1",
        network: snapshot.network().as_str(),
        ledger: &ledger,
        id_hex: id.as_deref().map(human::hex),
        leaf_index: index,
        seq_no: index.saturating_add(1),
        height,
        time: human::time(snapshot.commit(height)?.body.time_ms),
        size_bytes: entry.len() as u64,
        leaf_hash: tree.tree().leaf(&entry).to_string(),
        data_hex: human::hex(&entry),
        data: str::from_utf8(&entry).ok(),
    };
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&text(&document, &entry))?;
    }
    Ok(Exit::Ok)
}

fn text(document: &EntryDoc<'_>, entry: &[u8]) -> String {
    let EntryDoc {
        ledger,
        leaf_index,
        seq_no,
        height,
        time,
        leaf_hash,
        size_bytes,
        ..
    } = document;
    let size = human::bytes(*size_bytes);
    let shown = match document.data {
        Some(data) => human::safe(data) + "\n",
        None => human::hex_dump(entry),
    };
    format!(
        "entry      {ledger} {leaf_index} (seqNo {seq_no}), {size}\n\
         committed  at height {height}, {time}\n\
         leaf hash  {leaf_hash}\n\
         {shown}"
    )
}
