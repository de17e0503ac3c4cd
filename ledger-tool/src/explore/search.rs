//! Searching a ledger: by index, leaf hash, id, key of the state, and by text.

use ledger::Snapshot;
use merkle_log::{Hash, LeafIndex};

use super::answer::{Answer, No};
use super::lists::letters_of;
use super::page::{Cell, Page, Section};
use super::route::{Query, asked};
use crate::human::{hex, unhex};

/// Entries and bytes of entries that one request looks through.
const ENTRIES_MAX: u64 = 20_000;
const BYTES_MAX: usize = 32 << 20;
/// Hits of a page.
const HITS_MAX: usize = 50;

pub(super) fn search(snapshot: &Snapshot, ledger: &str, query: &Query) -> Result<Answer, No> {
    let tree = snapshot.ledger(ledger)?;
    let asked_for = query.get("q").map_or("", |text| text.trim());
    if asked_for.is_empty() {
        return Ok(Answer::Elsewhere(format!("/ledger/{ledger}")));
    }
    let from = asked(query, "from")?;
    if from.is_none() {
        if let Ok(index) = asked_for.parse::<u64>()
            && index < tree.size().0
        {
            return Ok(Answer::Elsewhere(format!("/entry/{ledger}/{index}")));
        }
        if let Some(index) = by_name(snapshot, ledger, asked_for) {
            let LeafIndex(index) = index;
            return Ok(Answer::Elsewhere(format!("/entry/{ledger}/{index}")));
        }
        if let Ok(state) = snapshot.state(ledger)
            && state.get(asked_for.as_bytes())?.is_some()
        {
            let key = hex(asked_for.as_bytes());
            return Ok(Answer::Elsewhere(format!("/key/{ledger}/{key}")));
        }
    }
    // What has this leaf hash where there is no look-up, and what has this text in it.
    let hash = hash_of(asked_for);
    let from = from.unwrap_or(0);
    let size = tree.size().0;
    let end = from.saturating_add(ENTRIES_MAX).min(size);
    let (mut rows, mut bytes, mut next) = (Vec::new(), 0, end);
    for entry in tree.entries(from.min(size)..end)? {
        let (index, entry) = entry?;
        bytes += entry.len();
        let has_hash = hash.is_some_and(|hash| tree.tree().leaf(&entry) == hash);
        if has_hash || contains(&entry, asked_for.as_bytes()) {
            rows.push(vec![
                Cell::number(index.0).link(format!("/entry/{ledger}/{index}")),
                Cell::bytes(entry.len() as u64),
                Cell::text(letters_of(&entry, 80)),
            ]);
        }
        if rows.len() == HITS_MAX || bytes > BYTES_MAX {
            next = index.0 + 1;
            break;
        }
    }
    let mut links = vec![("all entries", format!("/ledger/{ledger}"))];
    if next < size {
        let words = percent(asked_for);
        links.push(("go on", format!("/search/{ledger}?q={words}&from={next}")));
    }
    let page = Page::new(format!("Search in {ledger}"))
        .with(Section::Facts(vec![
            ("asked for", Cell::text(asked_for)),
            ("looked through from", Cell::number(from)),
            ("to", Cell::number(next)),
            ("found", Cell::number(rows.len() as u64)),
        ]))
        .with(Section::Search(ledger.to_owned()))
        .with(Section::Table(
            "entries found",
            vec!["index", "size", "begins with"],
            rows,
        ))
        .with(Section::Links(links));
    Ok(Answer::Page(Box::new(page)))
}

fn hash_of(text: &str) -> Option<Hash> {
    let bytes: [u8; 32] = unhex(text)?.try_into().ok()?;
    Some(Hash::new(bytes))
}

/// By leaf hash or id, where the ledger has such a look-up.
fn by_name(snapshot: &Snapshot, ledger: &str, text: &str) -> Option<LeafIndex> {
    let by_hash = hash_of(text).and_then(|hash| snapshot.find_leaf(ledger, &hash).ok().flatten());
    let by_id = || {
        let found = snapshot.find_id(ledger, text).ok().flatten();
        found.filter(|found| found.ledger == ledger)
    };
    by_hash.or_else(|| by_id().map(|found| found.index))
}

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    bytes
        .windows(word.len().max(1))
        .any(|window| window == word)
}

/// A text in a query.
fn percent(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                escaped.push(char::from(byte));
            }
            byte => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}
