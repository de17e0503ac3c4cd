//! A record of a node log taken apart, also where it does not parse: for people who look at damage.

use std::format;
use std::string::ToString;
use std::vec::Vec;

use hash_store::FlawKind;
use hash_store::inspect::{Field, Sheet};

use crate::nibbles::Nibbles;
use crate::record::{Child, Location, Record};
use crate::suite::{NodeHash, StateSuite};

/// A record taken apart.
#[derive(Clone, Debug)]
pub struct NodeParts {
    /// Its fields; of a record that does not parse, as far as they could be read.
    pub fields: Vec<Field>,
    /// Hash of the node, where the record parses.
    pub hash: Option<NodeHash>,
    /// Children that have records of their own: nibble (none of an extension's), hash, location.
    pub children: Vec<(Option<u8>, NodeHash, Location)>,
}

/// Takes the record apart that `bytes` start with, at `location` of the log and `offset` of its
/// file; the bytes may go on after it. With `expected` the node's hash is held against it.
#[must_use]
pub fn inspect_node(
    bytes: &[u8],
    location: Location,
    offset: u64,
    suite: StateSuite,
    expected: Option<&NodeHash>,
) -> NodeParts {
    let parsed = Record::split(bytes, location);
    let len = parsed
        .as_ref()
        .map_or(bytes.len().min(64), |(_, rest)| bytes.len() - rest.len());
    let bytes = bytes.get(..len).unwrap_or(bytes);
    let mut sheet = Sheet::new(bytes, offset);
    let mut parts = NodeParts {
        fields: Vec::new(),
        hash: None,
        children: Vec::new(),
    };
    match parsed {
        Ok((record, _)) => {
            put(&mut sheet, &record, location, &mut parts.children);
            let mut rlp = Vec::new();
            if record.put_rlp(&mut rlp).is_ok() {
                let hash = suite.hash(&rlp);
                parts.hash = Some(hash);
                if expected.is_some_and(|expected| *expected != hash) {
                    sheet.flaw(
                        FlawKind::Payload,
                        format!("the node's hash is {}", hex(&hash)),
                    );
                }
            } else {
                sheet.flaw(FlawKind::Payload, "a child does not parse");
            }
        }
        Err(error) => {
            sheet.bytes("no record", len);
            sheet.flaw(FlawKind::Payload, error.to_string());
        }
    }
    parts.fields = sheet.into_fields();
    parts
}

fn put(
    sheet: &mut Sheet<'_>,
    record: &Record<'_>,
    location: Location,
    children: &mut Vec<(Option<u8>, NodeHash, Location)>,
) {
    match record {
        Record::Leaf { path, value, .. } => {
            let left = sheet.left();
            sheet.bytes("leaf", left);
            sheet.means(format!(
                "path {}, value of {} bytes",
                nibbles(*path),
                value.len()
            ));
        }
        Record::Extension { path, child } => {
            let width = kind(sheet, "extension");
            distance(sheet, width, location);
            slot(sheet, None, child, children);
            let left = sheet.left();
            sheet.bytes("path", left);
            sheet.means(nibbles(*path));
        }
        Record::Branch(branch) => {
            let width = kind(sheet, "branch");
            let mask = sheet.u16("mask");
            let found = branch.children().unwrap_or([None; 16]);
            let there = (0u8..16).filter(|nibble| mask >> nibble & 1 == 1);
            let digits: Vec<_> = there.clone().map(|nibble| format!("{nibble:x}")).collect();
            sheet.means(format!("children {}", digits.join(" ")));
            for _ in there.clone() {
                distance(sheet, width, location);
            }
            for nibble in there {
                match found.get(usize::from(nibble)) {
                    Some(Some(child)) => slot(sheet, Some(nibble), child, children),
                    _ => {
                        sheet.bytes(&format!("child {nibble:x}"), 32);
                        sheet.flaw(FlawKind::Payload, "does not parse");
                    }
                }
            }
            if let Some(value) = branch.value() {
                let left = sheet.left();
                sheet.bytes("value", left);
                sheet.means(format!("{} bytes", value.len()));
            }
        }
    }
}

/// The first byte; answers with the bytes of a distance.
fn kind(sheet: &mut Sheet<'_>, name: &str) -> usize {
    let first = sheet.u8("kind");
    let width = usize::try_from(first & 7).unwrap_or(0) + 1;
    sheet.means(format!("{name}, distances of {width} bytes"));
    width
}

fn distance(sheet: &mut Sheet<'_>, width: usize, location: Location) {
    let bytes = sheet.bytes("distance", width);
    let far = bytes
        .iter()
        .rev()
        .fold(0, |n, byte| n << 8 | u64::from(*byte));
    match far {
        0 => sheet.means("0, inside this record"),
        far => match location.0.checked_sub(far) {
            Some(at) => sheet.means(format!("{far}, at {at}")),
            None => sheet.flaw(FlawKind::Payload, "before the start of the log"),
        },
    }
}

fn slot(
    sheet: &mut Sheet<'_>,
    nibble: Option<u8>,
    child: &Child<'_>,
    children: &mut Vec<(Option<u8>, NodeHash, Location)>,
) {
    let name = nibble.map_or_else(|| "child".into(), |nibble| format!("child {nibble:x}"));
    let bytes = sheet.bytes(&name, 32);
    match child {
        Child::Stored { hash, location } => {
            sheet.means(format!("{} at {location}", hex(*hash)));
            children.push((nibble, **hash, *location));
        }
        Child::Inline { rlp, .. } => {
            let zeros = bytes.get(rlp.len()..).unwrap_or_default();
            sheet.means(format!("inline, {} bytes", rlp.len()));
            if zeros.iter().any(|byte| *byte != 0) {
                sheet.flaw(FlawKind::Padding, "not zero behind the child");
            }
        }
    }
}

fn nibbles(path: Nibbles<'_>) -> std::string::String {
    match path.len() {
        0 => "empty".into(),
        _ => format!("{path:?}"),
    }
}

fn hex(bytes: &[u8]) -> std::string::String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::ToOwned;
    use std::string::String;

    use super::*;
    use crate::{Batch, NodeLog, NodeSource, Overlay};

    /// Every record of a log of real batches, from the topmost node down.
    #[test]
    fn records_are_whole_and_a_flipped_bit_changes_the_hash() {
        let suite = StateSuite::Sha3_256;
        let log = NodeLog::in_memory(suite);
        let mut batch = Batch::new(suite);
        for i in 0..300u32 {
            batch.set(
                &suite.hash(&i.to_le_bytes())[..(i % 5 + 2) as usize],
                &[7; 40][..(i % 40 + 1) as usize],
            );
        }
        let state = Overlay::empty(suite);
        let view = log.view();
        let state = state.seal(&view, suite, &batch.changes()).unwrap();
        state.store(|extension| log.append(extension)).unwrap();
        let view = log.view();
        let root = *state.root();
        let mut seen = 0;
        let mut next = std::vec![(root.hash, root.location.unwrap())];
        while let Some((hash, location)) = next.pop() {
            let bytes = view.record(location, &hash).unwrap();
            let parts = inspect_node(bytes, location, 4096 + location.0, suite, Some(&hash));
            assert_eq!(parts.hash, Some(hash));
            assert!(parts.fields.iter().all(|field| field.flaw.is_none()));
            let len: u64 = parts.fields.iter().map(|field| field.len).sum();
            let (_, rest) = Record::split(bytes, location).unwrap();
            assert_eq!(len, (bytes.len() - rest.len()) as u64);
            // Each distance leads to a child, and each child says which it is and where.
            let said = |name: &str| -> Vec<&str> {
                let named = parts
                    .fields
                    .iter()
                    .filter(|field| field.name.starts_with(name));
                named.map(|field| field.value.as_str()).collect()
            };
            let (distances, slots) = (said("distance"), said("child"));
            let far = |text: &&str| text.split_once(", at ").unwrap().1.to_owned();
            let led = distances.iter().filter(|text| !text.starts_with("0,"));
            let stored = parts.children.iter();
            let places: Vec<String> = stored.clone().map(|(_, _, at)| at.to_string()).collect();
            assert_eq!(led.map(far).collect::<Vec<_>>(), places);
            let named = stored.map(|(_, hash, at)| {
                let digits = hash
                    .iter()
                    .fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
                format!("{digits} at {at}")
            });
            let expected: Vec<String> = named.collect();
            let slots = slots.into_iter().filter(|text| !text.starts_with("inline"));
            assert_eq!(slots.collect::<Vec<_>>(), expected);
            let mut bad = bytes[..usize::try_from(len).unwrap()].to_vec();
            let bit = usize::try_from(location.0).unwrap() % (bad.len() * 8);
            bad[bit / 8] ^= 1 << (bit % 8);
            let bad = inspect_node(&bad, location, 0, suite, Some(&hash));
            let distance = bad.hash == Some(hash);
            assert!(distance || bad.fields.iter().any(|field| field.flaw.is_some()));
            seen += 1;
            next.extend(parts.children.iter().map(|(_, hash, at)| (*hash, *at)));
        }
        assert!(seen > 100, "{seen}");
        for noise in [&[][..], &[0xff; 3], &[0x10, 0xff, 0xff], &[0x08; 40]] {
            let parts = inspect_node(noise, Location(0), 0, suite, None);
            assert!(parts.fields.iter().any(|field| field.flaw.is_some()) && parts.hash.is_none());
        }
    }

    #[test]
    fn a_path_is_told_nibble_by_nibble() {
        let suite = StateSuite::Blake3;
        let keys: [(&[&[u8]], _); 2] = [
            (&[&[0x12, 0x3a]], "path 123a, value of 40 bytes"),
            (&[&[0x12], &[0x13]], "path empty, value of 40 bytes"),
        ];
        for (keys, told) in keys {
            let log = NodeLog::in_memory(suite);
            let mut batch = Batch::new(suite);
            keys.iter().for_each(|key| batch.set(key, &[7; 40]));
            let state = Overlay::empty(suite);
            let state = state.seal(&log.view(), suite, &batch.changes()).unwrap();
            state.store(|extension| log.append(extension)).unwrap();
            let (view, root) = (log.view(), *state.root());
            let mut next = Some((root.hash, root.location.unwrap()));
            let mut leaf = Vec::new();
            while let Some((hash, at)) = next {
                let parts = inspect_node(view.record(at, &hash).unwrap(), at, 0, suite, None);
                next = parts.children.first().map(|(_, hash, at)| (*hash, *at));
                leaf = parts.fields;
            }
            let values: Vec<&str> = leaf.iter().map(|field| field.value.as_str()).collect();
            assert_eq!(values, [told]);
        }
    }
}
