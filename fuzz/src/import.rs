//! What is imported: entries in three framings, and genesis files of Plenum.

use std::sync::Arc;

use hash_store::MemStorage;
use ledger::{LedgerSpec, Options, Store, TreeType};
use ledger_tool::input::{Entries, Framing};

/// The entries, or nothing if the input is refused.
fn entries(framing: Framing, bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut input = Entries::new(bytes, framing);
    let mut entries = Vec::new();
    loop {
        match input.advance() {
            Ok(true) => entries.push(input.entry().to_vec()),
            Ok(false) => break,
            Err(_) => return None,
        }
    }
    assert_eq!(input.bytes_read(), bytes.len() as u64);
    Some(entries)
}

/// That the lines are those of the input, whose last one may lack its end.
fn are_lines(entries: &[Vec<u8>], bytes: &[u8]) {
    let mut joined: Vec<u8> = Vec::new();
    for entry in entries {
        assert!(!entry.contains(&b'\n'));
        joined.extend(entry);
        joined.push(b'\n');
    }
    assert!(joined == bytes || joined.strip_suffix(b"\n") == Some(bytes));
}

/// An entry a line.
pub fn lines(bytes: &[u8]) -> bool {
    let Some(entries) = entries(Framing::Lines, bytes) else {
        return false;
    };
    are_lines(&entries, bytes);
    true
}

/// An entry a line, each JSON.
pub fn jsonl(bytes: &[u8]) -> bool {
    let Some(entries) = entries(Framing::JsonLines, bytes) else {
        return false;
    };
    are_lines(&entries, bytes);
    for entry in &entries {
        assert!(std::str::from_utf8(entry).is_ok());
    }
    true
}

/// Lengths and entries.
pub fn records(bytes: &[u8]) -> bool {
    let Some(entries) = entries(Framing::Records, bytes) else {
        return false;
    };
    let mut again = Vec::new();
    for entry in &entries {
        again.extend(u32::try_from(entry.len()).unwrap().to_le_bytes());
        again.extend(entry);
    }
    assert_eq!(again, bytes);
    true
}

/// A genesis file, loaded into a store: all of it or nothing.
pub fn plenum_genesis(bytes: &[u8]) -> bool {
    let options = Options {
        segment_len_first: 8192,
        background: false,
        ..Options::default()
    };
    let pool = LedgerSpec::log("pool".parse().unwrap(), TreeType::Sha256);
    let storage = Arc::new(MemStorage::new());
    let network = "fuzz".parse().unwrap();
    let store = Store::create_in(storage, [7; 16], network, &[pool], options).unwrap();
    let loaded = store.load_plenum_genesis("pool", bytes, 1);
    let snapshot = store.snapshot();
    let size = snapshot.ledger("pool").unwrap().size().0;
    let Ok(commit) = loaded else {
        assert_eq!((snapshot.height(), size), (0, 0));
        return false;
    };
    assert_eq!((commit.height, snapshot.height()), (1, 1));
    let lines = bytes.split_inclusive(|byte| *byte == b'\n');
    assert_eq!(size, lines.count() as u64);
    true
}
