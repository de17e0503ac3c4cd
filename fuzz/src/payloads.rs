//! The payloads of frames (FORMAT.md section 5), through a store that has to live with them.
//!
//! The input is a batch: its kind, its height, and its frames (kind u8, length u16, payload). It is
//! appended to the log of a small store as a writer that lies would, with all checks right. Then
//! the store is verified, read and opened. What verifies must open, and be read as it says.

use std::sync::Arc;

use hash_store::{
    Access, BatchBuffer, BatchKind, Found, FrameKind, HEADER_LEN, LogTip, LogWriter, MemStorage,
    Position, Scan, Segments, Storage, Superblock, Superblocks,
};
use ledger::{
    KeyMode, LedgerSpec, Level, Options, Reader, StateScheme, StateSuite, Store, TreeType, Verdict,
    WholeCommit, verify,
};
use merkle_log::{CompactRange, Growth};

const UUID: [u8; 16] = *b"payloads of lies";

fn options() -> Options {
    Options {
        segment_len_first: 1 << 16,
        background: false,
        ..Options::default()
    }
}

fn create(storage: Arc<dyn Storage>) -> Store {
    let state = StateScheme {
        suite: StateSuite::Keccak256,
        keys: KeyMode::AsGiven,
    };
    let ledgers = [
        LedgerSpec::log("pool".parse().unwrap(), TreeType::Sha256),
        LedgerSpec::with_state("domain".parse().unwrap(), TreeType::Blake3, state),
    ];
    let network = "fuzz".parse().unwrap();
    Store::create_in(storage, UUID, network, &ledgers, options()).unwrap()
}

fn commit(store: &Store, time_ms: u64, round: &str) {
    let mut batch = store.batch();
    for ledger in ["pool", "domain"] {
        for entry in 0..3 {
            let entry = format!("{ledger} {round} {entry}");
            batch.append(ledger, entry.as_bytes()).unwrap();
        }
    }
    batch.put("domain", b"doe", round.as_bytes()).unwrap();
    batch.put("domain", b"dog", b"puppy").unwrap();
    batch.put("domain", round.as_bytes(), b"round").unwrap();
    let sealed = batch.seal(time_ms, b"metadata").unwrap();
    store.commit(sealed).unwrap();
}

/// A store after one commit.
fn begun() -> Store {
    let store = create(Arc::new(MemStorage::new()));
    commit(&store, 1000, "one");
    store
}

/// What a store gives of the commit after that, with something attached.
pub fn given() -> Vec<u8> {
    let store = begun();
    commit(&store, 2000, "two");
    store.attach(2, 7, b"attached").unwrap();
    store.snapshot().transfer(2).unwrap()
}

/// A whole commit as bytes: what is taken is what the store gives of it then.
pub fn transfer(bytes: &[u8]) -> bool {
    let Ok(commit) = WholeCommit::decode(bytes) else {
        return false;
    };
    let ledgers = &commit.body().ledgers;
    let known = |name| ledgers.iter().any(|ledger| ledger.name.as_str() == name);
    assert!(
        commit
            .entries()
            .all(|e| e.ledger.is_empty() || known(e.ledger))
    );
    let store = begun();
    match store.take(&commit, &commit.leaf()) {
        Ok(_) => {
            assert_eq!(store.snapshot().transfer(2).unwrap(), bytes);
            assert_eq!(store.snapshot().audit().root(), commit.audit_root());
        }
        Err(_) => assert_eq!(store.snapshot().height(), 1),
    }
    true
}

/// The frames of the batches that an honest writer appends next: a commit, an attachment, a
/// declaration.
pub fn honest() -> Vec<(&'static str, Vec<u8>)> {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let store = create(storage.clone());
    commit(&store, 1000, "one");
    let mut inputs = Vec::new();
    let mut last = |name| {
        let segments = Segments::open(storage.clone(), UUID, Access::Read).unwrap();
        let start = Position::new(0, HEADER_LEN);
        let mut scan = Scan::new(Arc::new(segments), start, 1, None);
        let mut input = Vec::new();
        while let Ok(Some(Found::Batch { batch, .. })) = scan.next() {
            input = vec![
                batch.header.kind as u8,
                u8::try_from(batch.header.height).unwrap(),
            ];
            for frame in &batch.frames {
                input.push(frame.kind as u8);
                let len = u16::try_from(frame.payload.len()).unwrap();
                input.extend(len.to_le_bytes());
                input.extend(frame.payload);
            }
        }
        inputs.push((name, input));
    };
    commit(&store, 2000, "two");
    last("commit");
    store.attach(1, 7, b"a certificate").unwrap();
    last("attachment");
    let config = LedgerSpec::log("config".parse().unwrap(), TreeType::Sha256);
    store.declare(config).unwrap();
    last("declaration");
    inputs
}

fn frame_kind(code: u8) -> Option<FrameKind> {
    Some(match code {
        1 => FrameKind::Declaration,
        2 => FrameKind::Entries,
        3 => FrameKind::Delta,
        4 => FrameKind::Body,
        5 => FrameKind::Ranges,
        6 => FrameKind::Attachment,
        7 => FrameKind::Ids,
        8 => FrameKind::Padding,
        9 => FrameKind::Leaves,
        _ => return None,
    })
}

fn read_batch(bytes: &[u8]) -> Option<BatchBuffer> {
    let ([kind, height], mut rest) = bytes.split_first_chunk()?;
    let kind = match kind {
        1 => BatchKind::Declaration,
        2 => BatchKind::Commit,
        3 => BatchKind::Attachment,
        4 => BatchKind::Base,
        _ => return None,
    };
    let height = if kind == BatchKind::Commit {
        u64::from(*height)
    } else {
        0
    };
    let mut batch = BatchBuffer::new(kind, height);
    while let Some(([kind, len @ ..], after)) = rest.split_first_chunk::<3>() {
        let len = usize::from(u16::from_le_bytes(*len));
        let (payload, after) = after.split_at_checked(len)?;
        let pushed = batch.push(frame_kind(*kind)?, |to| to.extend_from_slice(payload));
        pushed.unwrap();
        rest = after;
    }
    Some(batch)
}

/// Appends the batch to the log of the closed store.
fn append(storage: &Arc<dyn Storage>, batch: &mut BatchBuffer) -> bool {
    let (mut superblocks, state) = Superblocks::open(&**storage).unwrap();
    let superblock = state.current;
    let segments = Segments::open(storage.clone(), UUID, Access::Write).unwrap();
    let tip = LogTip {
        batch: superblock.batch,
        height: superblock.height,
        end: superblock.end,
        last_body: superblock.last_body,
        chain: superblock.chain,
    };
    let mut log = LogWriter::open(Arc::new(segments), options(), tip).unwrap();
    // It says where the log ended before.
    storage.remove("tip").unwrap();
    let dirty = Superblock {
        clean: false,
        ..superblock
    };
    superblocks.write(dirty).unwrap();
    log.append(batch, |_| {}).is_ok()
}

/// That a store which verifies is read as it says.
fn read_all(storage: &Arc<dyn Storage>) {
    let reader = Reader::open_in(storage.clone(), Arc::new(MemStorage::new())).unwrap();
    let snapshot = reader.snapshot();
    for roots in snapshot.ledgers() {
        let tree = snapshot.ledger(roots.name.as_str()).unwrap();
        let entries = tree.entries(0..tree.size().0).unwrap();
        let entries: Vec<Vec<u8>> = entries.map(|entry| entry.unwrap().1).collect();
        let mut leaves = Vec::new();
        tree.tree().leaves(&entries, &mut leaves);
        let log = Growth::new(tree.tree(), &CompactRange::empty(0), leaves).unwrap();
        assert_eq!(log.after().root(tree.tree()).unwrap(), tree.root());
        if roots.state.is_some() {
            let state = snapshot.state(roots.name.as_str()).unwrap();
            let dog = state.get(b"dog").unwrap();
            // A ledger that the batch declares has no keys yet.
            let is_declared = *state.root().as_bytes() == state.scheme().suite.empty_root();
            assert_eq!(dog, (!is_declared).then_some(&b"puppy"[..]));
        }
    }
    for height in 1..=snapshot.height() {
        snapshot.commit(height).unwrap();
        snapshot.attachments(height).unwrap();
    }
}

/// A batch of frames with any payloads.
pub fn payloads(bytes: &[u8]) -> bool {
    let Some(mut batch) = read_batch(bytes) else {
        return false;
    };
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let store = create(storage.clone());
    commit(&store, 1000, "one");
    store.close().unwrap();
    if !append(&storage, &mut batch) {
        return false;
    }
    // Only a deep verification makes the states anew, as a reader does of a commit behind the
    // superblock.
    let report = verify(storage.clone(), Level::Deep, &mut |_| true).unwrap();
    let verified = report.verdict == Verdict::Verified;
    if let Ok(reader) = Reader::open_in(storage.clone(), Arc::new(MemStorage::new())) {
        let snapshot = reader.snapshot();
        for height in 1..=snapshot.height() {
            let _ = snapshot.commit(height);
            let _ = snapshot.attachments(height);
        }
    }
    if verified {
        read_all(&storage);
    }
    let opened = Store::open_in(storage.clone(), options());
    if verified {
        let height = opened.unwrap().snapshot().height();
        assert_eq!(height, report.height);
    }
    verified
}
