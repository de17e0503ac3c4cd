//! The format as written in docs/FORMAT.md, held against what the store writes.
//!
//! `tests/reader.py` knows the format from that page alone: it parses the page's tables and reads a
//! store with them. So a store that differs from the page, or a page that differs from the store,
//! fails here.

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use hash_store::{FileStorage, Storage};
use ledger::{
    Keep, KeyMode, LedgerSpec, Options, Snapshot, StateScheme, StateSuite, Store, TreeType,
};
use ledger_tests::store::{copy, create, edit, fill, options, specs};
use patricia_state::Direction;

const NAMES: [&str; 2] = ["pool", "domain"];

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn page() -> PathBuf {
    home().join("../docs/FORMAT.md")
}

fn reader(arguments: &[&str], page: &Path) -> Output {
    Command::new("python3")
        .arg(home().join("reader.py"))
        .args(arguments)
        .arg("--format")
        .arg(page)
        .output()
        .expect("the tests need python3")
}

/// A store with everything that the format has: several segments, a late ledger, attachments in
/// commits and after them, entries that are long, empty and zero.
fn rich(dir: &Path) -> Store {
    let store = create(dir, &NAMES);
    fill(&store, &NAMES, &[1, 40, 0, 300, 3, 17]);
    let mut batch = store.batch();
    for entry in [vec![], vec![0; 9000], vec![7; 5000]] {
        batch.append("domain", entry).unwrap();
    }
    let mut sealed = batch.seal(1_800_000_000_000, b"metadata").unwrap();
    sealed.attach(1, b"header").unwrap();
    store.commit(sealed).unwrap();
    store.attach(7, 2, b"certificate").unwrap();
    store.attach(2, 2, b"certificate").unwrap();
    store.attach(7, 3, b"another").unwrap();
    store.declare(specs(&["late"]).remove(0)).unwrap();
    fill(&store, &["pool", "domain", "late"], &[5, 600, 2, 1]);
    with_states(&store, &[StateSuite::Sha3_256.into()]);
    with_lookups(&store);
    store
}

/// Ledgers with look-ups, of one id space, with ids of every length and entries without; runs that
/// were merged, and leaves behind them.
fn with_lookups(store: &Store) {
    let log = |name: &str| LedgerSpec::log(name.parse().unwrap(), TreeType::Sha256);
    let space = || "requests".parse().unwrap();
    store
        .declare(log("found").with_leaf_hashes().with_ids_in(space()))
        .unwrap();
    store.declare(log("named").with_ids_in(space())).unwrap();
    store.declare(log("hashed").with_leaf_hashes()).unwrap();
    for round in 0..3u32 {
        let mut batch = store.batch();
        for i in 0..500u32 {
            let id = [round.to_le_bytes(), i.to_le_bytes()].concat();
            match i % 50 {
                7 => batch.append("found", b"without"),
                8 => batch.append_unique("found", [id, vec![9; 1000]].concat(), b"long"),
                9 => batch.append_unique("named", [&id[..], b"x"].concat(), vec![1; 5000]),
                _ => batch.append_unique("found", id, i.to_le_bytes()),
            }
            .unwrap();
            batch.append("hashed", i.to_le_bytes()).unwrap();
        }
        let time = store.snapshot().time_ms();
        store.commit(batch.seal(time, b"").unwrap()).unwrap();
        if round < 2 {
            store.sync_derived().unwrap();
        }
    }
}

/// Ledgers with state, and writes of every shape: long, short and shared keys, one key the
/// beginning of another, removals, an emptied state.
fn with_states(store: &Store, schemes: &[StateScheme]) {
    let name_of = |scheme: &StateScheme| format!("{}-{}", scheme.suite.name(), scheme.keys.code());
    for scheme in schemes {
        let name = name_of(scheme).parse().unwrap();
        let spec = LedgerSpec::with_state(name, TreeType::Sha256, *scheme);
        store.declare(spec).unwrap();
    }
    for round in 0..7u8 {
        let mut batch = store.batch();
        for (i, scheme) in (0u8..).zip(schemes) {
            let name = name_of(scheme);
            for key in 0..round * 3 {
                let len = (usize::from(key) * 7 + usize::from(round + i)) % 50;
                let shared = vec![round % 3; usize::from(key % 4)];
                for key in [shared, vec![key.wrapping_mul(16), round], vec![key]] {
                    batch.put(&name, key, vec![round; len]).unwrap();
                }
            }
            batch.delete(&name, [round]).unwrap();
            batch.put(&name, vec![1; 100], vec![round; 5000]).unwrap();
        }
        let sealed = batch
            .seal(1_900_000_000_000 + u64::from(round), b"")
            .unwrap();
        store.commit(sealed).unwrap();
        if round == 4 {
            empty_the_first(store, &name_of(&schemes[0]));
        }
    }
}

fn empty_the_first(store: &Store, name: &str) {
    let view = store.snapshot().state(name).unwrap();
    let mut batch = store.batch();
    for entry in view.entries(Direction::Forward) {
        batch.delete(name, entry.unwrap().0).unwrap();
    }
    let sealed = batch.seal(1_900_000_000_004, b"").unwrap();
    store.commit(sealed).unwrap();
    let emptied = store.snapshot().state(name).unwrap();
    assert_eq!(
        *emptied.root().as_bytes(),
        emptied.scheme().suite.empty_root()
    );
}

#[test]
fn an_independent_reader_computes_states_of_every_suite() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = create(&path, &NAMES);
    let scheme = |suite, keys| StateScheme { suite, keys };
    let schemes = [
        scheme(StateSuite::Blake3, KeyMode::AsGiven),
        scheme(StateSuite::Keccak256, KeyMode::Hashed),
        scheme(StateSuite::Sha3_256, KeyMode::AsGiven),
        scheme(StateSuite::Sha256, KeyMode::Hashed),
    ];
    with_states(&store, &schemes);
    store.close().unwrap();
    let read = reader(&["verify", path.to_str().unwrap()], &page());
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "{said}");
}

/// The state of a ledger of which only some heights are kept, online and at once.
#[test]
fn an_independent_reader_reads_what_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let name = "domain".parse().unwrap();
    let spec = LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Sha3_256);
    let store = Store::create(&path, "test-net".parse().unwrap(), &[spec], options()).unwrap();
    let keep = Keep::last(NonZeroU64::new(3).unwrap());
    let verified = |store: Store, damage: Option<&str>| {
        let height = store.snapshot().height();
        let kept = store.snapshot().kept("domain").unwrap();
        store.close().unwrap();
        let read = reader(&["verify", path.to_str().unwrap()], &page());
        let said = String::from_utf8_lossy(&read.stderr).into_owned();
        assert!(read.status.success(), "height {height}: {said}");
        if let Some(name) = damage {
            let damaged = copy(&path);
            // The last bytes are the last run of the nodes, or the single height.
            edit(&damaged.path().join(name), |bytes| {
                *bytes.last_mut().unwrap() ^= 4;
            });
            let read = reader(&["verify", damaged.path().to_str().unwrap()], &page());
            assert!(!read.status.success(), "damage to {name} went unnoticed");
        }
        (Store::open(&path, options()).unwrap(), kept.oldest())
    };
    let fill = |store: &Store, heights: u64| {
        for _ in 0..heights {
            let height = store.snapshot().height() + 1;
            let mut batch = store.batch();
            for key in 0..8u64 {
                let key = (height * 5 + key * key) % 40;
                let byte = u8::try_from(height % 256).unwrap();
                batch
                    .put("domain", key.to_be_bytes(), vec![byte; 600])
                    .unwrap();
            }
            store.commit(batch.seal(0, b"").unwrap()).unwrap();
        }
    };
    fill(&store, 20);
    store.prune("domain", &keep.clone().and([4, 9])).unwrap();
    let files = ["domain/kept", "domain/trie/0000000000000000.kept"];
    let (store, oldest) = verified(store, Some(files[0]));
    assert_eq!(oldest, 18);
    store.set_keep("domain", keep.and([9])).unwrap();
    fill(&store, 60);
    let (store, oldest) = verified(store, Some(files[1]));
    assert!(oldest > 18);
    fill(&store, 1);
    verified(store, None);
}

#[test]
fn an_independent_reader_agrees_with_the_store() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = rich(&path);
    let snapshot = store.snapshot();
    let mut expected = format!("network test-net\nheight {}\n", snapshot.height());
    let chain = snapshot.commit(snapshot.height()).unwrap().chain;
    let hex: String = chain.iter().map(|byte| format!("{byte:02x}")).collect();
    let killed = copy(&path);
    store.close().unwrap();
    let read = reader(&["verify", path.to_str().unwrap()], &page());
    let text = String::from_utf8(read.stdout).unwrap();
    let error = String::from_utf8(read.stderr).unwrap();
    assert!(read.status.success(), "{text}{error}");
    let batches = format!("batches {}\n", 2 + 1 + 11 + 3 + 9 + 6);
    expected.push_str(&batches);
    expected.push_str(&format!("chain {hex}\n"));
    for ledger in snapshot.ledgers() {
        let line = format!("ledger {} {} {}\n", ledger.name, ledger.size, ledger.root);
        expected.push_str(&line);
    }
    expected.push_str("ok\n");
    assert_eq!(text, expected);

    // After a recovery too.
    let store = Store::open(killed.path(), options()).unwrap();
    fill(&store, &NAMES, &[9]);
    store.close().unwrap();
    let read = reader(&["verify", killed.path().to_str().unwrap()], &page());
    assert!(read.status.success(), "{read:?}");
}

/// A store in `dir` that begins with what another one has, in parts of a few kilobytes.
fn begun(source: &Snapshot, specs: &[LedgerSpec], dir: &Path) -> Store {
    let small = Options {
        batch_len_max: 6 << 10,
        ..options()
    };
    let storage = Arc::new(FileStorage::new(dir));
    let network = source.network().clone();
    let mut writer = Store::begin_in(storage, [7; 16], network, specs, small).unwrap();
    for ledger in source.ledgers() {
        let name = ledger.name.as_str();
        let leaves = source.ledger(name).unwrap().leaf_hashes(0..ledger.size);
        writer.leaves(name, &leaves.unwrap()).unwrap();
        if ledger.state.is_some() {
            let state = source.state(name).unwrap();
            for entry in state.entries(Direction::Forward) {
                let (key, value) = entry.unwrap();
                writer.set(name, &key, value).unwrap();
            }
        }
    }
    let before = source.audit().leaf_hashes(0..source.height() - 1);
    writer.audit_leaves(&before.unwrap()).unwrap();
    let last = source.commit(source.height()).unwrap();
    let attachments = source.attachments(source.height()).unwrap();
    let store = writer.finish(&last.body_bytes, &last.metadata, &attachments);
    store.unwrap().close().unwrap();
    Store::open(dir, options()).unwrap()
}

#[test]
fn an_independent_reader_agrees_with_a_store_that_begins_at_a_height() {
    let (whole, light) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let schemes: [StateScheme; 2] = [
        StateSuite::Blake3.into(),
        StateScheme {
            suite: StateSuite::Keccak256,
            keys: KeyMode::Hashed,
        },
    ];
    let specs: Vec<LedgerSpec> = [
        LedgerSpec::log("pool".parse().unwrap(), TreeType::Blake3).with_leaf_hashes(),
        LedgerSpec::with_state("given".parse().unwrap(), TreeType::Sha256, schemes[0]).with_ids(),
        LedgerSpec::with_state("hashed".parse().unwrap(), TreeType::Sha256, schemes[1]),
    ]
    .into();
    let network = "test-net".parse().unwrap();
    let source = Store::create(whole.path(), network, &specs, options()).unwrap();
    let commit = |store: &Store, count: u32| {
        let height = store.snapshot().height() + 1;
        let mut batch = store.batch();
        for i in 0..count {
            let text = format!("{height} {i}").into_bytes();
            batch.append("pool", &text).unwrap();
            batch.append_unique("given", &text, &text).unwrap();
            let key = [
                u8::try_from(i % 200).unwrap(),
                u8::try_from(height).unwrap(),
            ];
            batch.put("given", key, vec![3; 40]).unwrap();
            batch.put("hashed", key, &text).unwrap();
        }
        let mut sealed = batch.seal(height, b"metadata").unwrap();
        sealed.attach(5, b"header").unwrap();
        store.commit(sealed).unwrap();
    };
    [300, 7, 1, 90]
        .into_iter()
        .for_each(|count| commit(&source, count));
    source.attach(4, 6, b"certificate").unwrap();
    let store = begun(&source.snapshot(), &specs, light.path());
    [5, 400, 0, 2]
        .into_iter()
        .for_each(|count| commit(&store, count));
    store.attach(4, 6, b"another certificate").unwrap();
    store.declare(crate::specs(&["late"]).remove(0)).unwrap();
    commit(&store, 3);
    let snapshot = store.snapshot();
    store.close().unwrap();
    let read = reader(&["verify", light.path().to_str().unwrap()], &page());
    let said = String::from_utf8(read.stdout).unwrap();
    let why = String::from_utf8_lossy(&read.stderr).into_owned();
    assert!(read.status.success(), "{why}");
    assert!(said.contains("height 9\n"), "{said}");
    for ledger in snapshot.ledgers() {
        let line = format!("ledger {} {} {}\n", ledger.name, ledger.size, ledger.root);
        assert!(said.contains(&line), "{said}");
    }
    // Before anything else is committed, too.
    let fresh = tempfile::tempdir().unwrap();
    begun(&source.snapshot(), &specs, fresh.path())
        .close()
        .unwrap();
    let read = reader(&["verify", fresh.path().to_str().unwrap()], &page());
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
}

#[test]
fn the_independent_reader_dumps_the_same_entries() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let store = rich(&path);
    let arguments = ["dump", path.to_str().unwrap(), "--ledger", "domain"];
    let read = reader(&arguments, &page());
    assert!(read.status.success(), "{read:?}");
    let text = String::from_utf8(read.stdout).unwrap();
    let snapshot = store.snapshot();
    let view = snapshot.ledger("domain").unwrap();
    assert_eq!(text.lines().count() as u64, view.size().0);
    for (line, item) in text.lines().zip(view.entries(0..view.size().0).unwrap()) {
        let (index, bytes) = item.unwrap();
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(
            line.contains(&format!("\"leaf_index\": {}", index.0)),
            "{line}"
        );
        assert!(line.contains(&format!("\"data_hex\": \"{hex}\"")), "{line}");
    }
}

#[test]
fn an_independent_reader_agrees_with_a_backup_and_with_a_store_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let [path, backup] = ["store", "backup"].map(|name| dir.path().join(name));
    let store = rich(&path);
    let to: Arc<dyn Storage> = Arc::new(FileStorage::new(&backup));
    store.backup(&to).unwrap();
    store.close().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(&path));
    ledger::mend::truncate(&storage, 9, options()).unwrap();
    for (dir, heights) in [(&backup, "height 22\n"), (&path, "height 9\n")] {
        let read = reader(&["verify", dir.to_str().unwrap()], &page());
        let said = String::from_utf8_lossy(&read.stderr);
        assert!(read.status.success(), "{said}");
        let text = String::from_utf8(read.stdout).unwrap();
        assert!(text.contains(heights), "{text}");
    }
}

/// A wrong number anywhere in the page's tables makes the reader refuse a good store.
#[test]
fn an_error_in_the_page_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    rich(&path).close().unwrap();
    let good = std::fs::read_to_string(page()).unwrap();
    let errors = [
        (
            "| 16 | 8 | length of the batch in bytes |",
            "| 16 | 4 | length of the batch in bytes |",
        ),
        ("4 body, 5 ranges", "5 body, 4 ranges"),
        (
            "| 92 | 4 | check of bytes 0..92",
            "| 92 | 4 | check of bytes 0..88",
        ),
        ("2 tiles, 3 entry index", "3 tiles, 2 entry index"),
        (
            "| 60 | 4 | check of bytes 0..60, offset of the trailer |",
            "| 60 | 4 | check of bytes 0..56, offset of the trailer |",
        ),
        ("leaf H(00 | entry)", "leaf H(02 | entry)"),
        (
            "segment number * 2^32 + offset / 8",
            "segment number * 2^32 + offset / 4",
        ),
        ("6 attachment, 7 ids", "7 attachment, 6 ids"),
        ("for each entries, ids, delta", "for each entries, delta"),
        (
            "the size that is at least 2^10",
            "the size that is at least 2^9",
        ),
        ("but the last holds 254", "but the last holds 253"),
        (
            "fingerprint u64, leaf index u64",
            "leaf index u64, fingerprint u64",
        ),
    ];
    for (right, wrong) in errors {
        assert!(good.contains(right), "{right}");
        let bad = dir.path().join("FORMAT.md");
        std::fs::write(&bad, good.replace(right, wrong)).unwrap();
        let read = reader(&["verify", path.to_str().unwrap()], &bad);
        assert!(!read.status.success(), "{wrong} went unnoticed");
    }
}

#[test]
fn the_independent_reader_notices_damage() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    rich(&path).close().unwrap();
    for (name, _) in ledger_tests::store::files(&path) {
        if name == "tip" {
            continue;
        }
        let damaged = copy(&path);
        edit(&damaged.path().join(&name), |bytes| {
            let at = 5000 % bytes.len().min(4400);
            bytes[at] ^= 4;
        });
        let read = reader(&["verify", damaged.path().to_str().unwrap()], &page());
        assert!(!read.status.success(), "damage to {name} went unnoticed");
    }
}

/// The worked example in section 11 of the page is what a store with that content really holds.
#[test]
fn the_worked_example_is_what_the_store_writes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("store");
    let uuid = core::array::from_fn(|i| u8::try_from(i).unwrap());
    let store = Store::create_in(
        std::sync::Arc::new(hash_store::FileStorage::new(&path)),
        uuid,
        "example".parse().unwrap(),
        &specs(&["domain"]),
        ledger::Options::default(),
    )
    .unwrap();
    let mut batch = store.batch();
    batch.append("domain", b"hello").unwrap();
    batch.append("domain", b"world").unwrap();
    let sealed = batch.seal(1_700_000_000_000, b"").unwrap();
    let commit = store.commit(sealed).unwrap();
    store.close().unwrap();
    let segment = std::fs::read(&ledger_tests::store::segments(&path)[0]).unwrap();
    let start = usize::try_from(commit.position.offset()).unwrap();
    let text = std::fs::read_to_string(page()).unwrap();
    let (_, example) = text.split_once("## 11. ").unwrap();
    let (example, _) = example.split_once("\n## ").unwrap_or((example, ""));
    let mut at = start;
    for line in example.lines().filter(|line| line.starts_with("    ")) {
        let mut words = line.split_whitespace();
        let offset = usize::from_str_radix(words.next().unwrap(), 16).unwrap();
        assert!(segment[at..offset].iter().all(|byte| *byte == 0), "{line}");
        at = offset;
        for word in words.take_while(|word| word.len() == 2) {
            let byte = u8::from_str_radix(word, 16);
            assert_eq!(byte, Ok(segment[at]), "{line}: at {at:#x}");
            at += 1;
        }
    }
    assert_eq!(at, start + 1024, "the example is the whole batch");
}
