//! Records that contradict each other although every check is right: what a program that lies, or
//! errs, writes. Nothing is believed of such a batch, and the error says what contradicts what.

use std::sync::Arc;

use hash_store::sim::SimStorage;
use hash_store::{Access, BatchBuffer, FrameKind, Position, Segments, segment_name};
use ledger::{CommitBody, Error, StateSuite, Store};
use ledger_tests::lab::workload::{open, options, spec};

use super::refused;

const UUID: [u8; 16] = [7; 16];

type Frames = Vec<(FrameKind, Vec<u8>)>;

/// A store killed after a commit of entries with ids, entries without, and writes that fill two
/// delta frames; and where that commit lies.
fn subject() -> (SimStorage, Position) {
    let disk = SimStorage::new();
    let specs = ["a", "look", "state", "state-b"].map(spec);
    let options = ledger::Options {
        segment_len_first: 32 << 10,
        ..options()
    };
    let network = "lab".parse().unwrap();
    let store = Store::create_in(Arc::new(disk.clone()), UUID, network, &specs, options).unwrap();
    for height in 1u8..=2 {
        let mut batch = store.batch();
        for n in 0..3 {
            batch.append("a", [height, n]).unwrap();
            let id = [b'i', height, n];
            batch.append_unique("look", id, [n, height, 1]).unwrap();
            batch.put("state", [n, height], [height; 2000]).unwrap();
            batch.put("state-b", [n], [height, n]).unwrap();
        }
        store
            .commit(batch.seal(u64::from(height), b"why").unwrap())
            .unwrap();
    }
    let at = store.snapshot().commit(2).unwrap().position;
    (disk.here().killed(), at)
}

/// A copy in which the frames and the height of the batch at a place are others.
fn forged(
    disk: &SimStorage,
    at: Position,
    height: u64,
    change: impl FnOnce(&mut Frames),
) -> SimStorage {
    let disk = disk.here().killed();
    let segments = Segments::open(Arc::new(disk.clone()), UUID, Access::Read).unwrap();
    let segment = segments.get(at.segment()).unwrap();
    let (len, bytes) = segments
        .batch(at, |batch| {
            let frames = batch.frames.iter();
            let mut frames: Frames = frames
                .map(|frame| (frame.kind, frame.payload.to_vec()))
                .collect();
            change(&mut frames);
            let mut buffer = BatchBuffer::new(batch.header.kind, height);
            for (kind, payload) in frames {
                buffer
                    .push(kind, |to| to.extend_from_slice(&payload))
                    .unwrap();
            }
            let (number, chain) = (batch.header.number, batch.header.chain_before);
            let placed = buffer.encode(segment.seed(), at.offset(), number, &chain);
            (
                usize::try_from(batch.header.len).unwrap(),
                placed.0.to_vec(),
            )
        })
        .unwrap();
    let name = segment_name(at.segment());
    let mut whole = disk.bytes(&name).unwrap();
    let start = super::at(at);
    whole[start..start + len].fill(0);
    whole[start..start + bytes.len()].copy_from_slice(&bytes);
    disk.put_bytes(&name, Some(whole));
    disk
}

/// What is said of the batch whose frames are changed so.
fn said(disk: &SimStorage, at: Position, change: impl FnOnce(&mut Frames)) -> &'static str {
    said_at(disk, at, 2, change)
}

fn said_at(
    disk: &SimStorage,
    at: Position,
    height: u64,
    change: impl FnOnce(&mut Frames),
) -> &'static str {
    match refused(&forged(disk, at, height, change)) {
        Error::Payload { what, .. } | Error::Mismatch { what, .. } => what,
        error => panic!("{error}"),
    }
}

fn body(change: impl FnOnce(&mut CommitBody)) -> impl FnOnce(&mut Frames) {
    move |frames| {
        let frame = frames.iter_mut().find(|(kind, _)| *kind == FrameKind::Body);
        let payload = &mut frame.unwrap().1;
        let len = |at| u32::from_le_bytes(payload[at..at + 4].try_into().unwrap());
        let end = 8 + usize::try_from(len(0)).unwrap();
        let mut body = CommitBody::decode(&payload[8..end]).unwrap();
        change(&mut body);
        let body = body.encode();
        let rest = payload[end..].to_vec();
        payload[..4].copy_from_slice(&u32::try_from(body.len()).unwrap().to_le_bytes());
        payload.truncate(8);
        payload.extend(body);
        payload.extend(rest);
    }
}

/// The frames of a kind.
fn of(frames: &mut Frames, kind: FrameKind) -> Vec<&mut Vec<u8>> {
    let frames = frames.iter_mut().filter(|(found, _)| *found == kind);
    frames.map(|(_, payload)| payload).collect()
}

#[test]
fn fault_35_a_body_that_does_not_fit_the_store() {
    let (disk, at) = subject();
    open(&forged(&disk, at, 2, |_| {})).unwrap();
    let said = |change: fn(&mut CommitBody)| said(&disk, at, body(change));
    let other = "network or height of a commit";
    assert_eq!(
        said(|body| body.network = "elsewhere".parse().unwrap()),
        other
    );
    let later = body(|body| body.height = 3);
    assert_eq!(said_at(&disk, at, 3, later), other);
    let count = "number of ledgers of a commit";
    assert_eq!(said(|body| drop(body.ledgers.pop())), count);
    let ledger = "size, name or state scheme of a ledger";
    assert_eq!(said(|body| body.ledgers[0].size += 1), ledger);
    assert_eq!(
        said(|body| body.ledgers[0].name = "b".parse().unwrap()),
        ledger
    );
    let suite = Some(StateSuite::Sha256.into());
    let scheme = body(move |body| body.ledgers[2].state = suite);
    assert_eq!(super::forged::said(&disk, at, scheme), ledger);
    assert_eq!(
        said(|body| body.ledgers[1].root = body.ledgers[0].root),
        "root"
    );
    assert_eq!(
        said(|body| body.ledgers[2].state_root = body.ledgers[3].state_root),
        "state root"
    );
    assert_eq!(
        said(|body| body.audit_root_before = body.ledgers[0].root),
        "audit root before"
    );
    // What no root here depends on is in the audit tree.
    assert_eq!(
        said(|body| body.metadata_hash = body.ledgers[0].root),
        "audit root after"
    );
}

#[test]
fn fault_35_frames_that_do_not_fit_the_ledgers() {
    use FrameKind::{Delta, Entries, Ids};
    let (disk, at) = subject();
    let said = |change: fn(&mut Frames)| said(&disk, at, change);
    let entries = "ledger or index of an entries frame";
    assert_eq!(said(|frames| of(frames, Entries)[0][0] = 9), entries);
    assert_eq!(said(|frames| of(frames, Entries)[0][8] += 1), entries);
    assert_eq!(said(|frames| of(frames, Entries)[0][0] = 1), entries);
    let ids = "ledger or place of an ids frame";
    assert_eq!(said(|frames| of(frames, Ids)[0][0] = 0), ids);
    assert_eq!(said(|frames| of(frames, Ids)[0][8] += 1), ids);
    let behind = |frames: &mut Frames| {
        let place = frames.iter().position(|(kind, _)| *kind == Ids).unwrap();
        let ids = frames[place].clone();
        frames.insert(place, ids);
    };
    assert_eq!(said(behind), ids);
    let delta = "ledger or keys of a delta frame";
    // No ledger, one without a state, keys that come again, keys that fall.
    assert_eq!(said(|frames| of(frames, Delta)[0][0] = 9), delta);
    assert_eq!(said(|frames| of(frames, Delta)[0][0] = 0), delta);
    let again = |frames: &mut Frames| {
        let place = frames.iter().position(|(kind, _)| *kind == Delta).unwrap();
        let writes = frames[place].clone();
        frames.insert(place, writes);
    };
    assert_eq!(said(again), delta);
    let falling = |frames: &mut Frames| {
        let place = frames.iter().position(|(kind, _)| *kind == Delta).unwrap();
        frames.swap(place, place + 1);
    };
    assert_eq!(said(falling), delta);
}

#[test]
fn fault_35_a_declaration_out_of_turn() {
    let disk = SimStorage::new();
    let network = "lab".parse().unwrap();
    let specs = ["a", "b"].map(spec);
    let store = Store::create_in(Arc::new(disk.clone()), UUID, network, &specs, options()).unwrap();
    let at = store.snapshot().log_end();
    store.declare(spec("c")).unwrap();
    let disk = disk.here().killed();
    drop(store);
    // The superblock lists the ledger already: what is missing is made anew from the log.
    disk.put_bytes("audit/heights", None);
    open(&forged(&disk, at, 0, |_| {})).unwrap();
    let two = forged(&disk, at, 0, |frames| {
        let (kind, mut payload) = frames[0].clone();
        payload[0] = 3;
        *payload.last_mut().unwrap() = b'd';
        frames.push((kind, payload));
    });
    assert_eq!(open(&two).unwrap().snapshot().ledgers().len(), 4);
    for ordinal in [0, 1, 3, 5] {
        let said = said_at(&disk, at, 0, |frames| {
            of(frames, FrameKind::Declaration)[0][0] = ordinal;
        });
        assert_eq!(said, "ordinal of a declaration");
    }
}
