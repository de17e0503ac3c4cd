//! Where two stores part, held against histories whose difference is known.

use ledger::mend::{Comparison, compare};
use ledger::{LedgerSpec, Reader, Snapshot, Store, TreeType};
use merkle_log::LeafIndex;

use super::stores::{commit, create, fill, options};

/// Two stores with the same commits up to `common`, then with marks of their own.
fn pair(common: u64, more: [u64; 2]) -> (tempfile::TempDir, [Store; 2]) {
    let dir = tempfile::tempdir().unwrap();
    let stores = ["a", "b"].map(|name| create(&dir.path().join(name), "net"));
    for (store, (more, mark)) in stores.iter().zip(more.into_iter().zip(["!", "?"])) {
        fill(store, 1..=common);
        for height in common + 1..=common + more {
            commit(store, height, mark);
        }
    }
    (dir, stores)
}

fn snapshots(stores: &[Store; 2]) -> [Snapshot; 2] {
    [stores[0].snapshot(), stores[1].snapshot()]
}

#[test]
fn equal_stores_agree_and_so_does_a_prefix() {
    let (dir, stores) = pair(40, [0, 0]);
    let [a, b] = snapshots(&stores);
    assert_ne!(a.uuid(), b.uuid());
    let expected = Comparison::Agree {
        height: 40,
        audit_root: a.audit().root(),
    };
    assert_eq!(compare(&a, &b).unwrap(), expected);
    fill(&stores[1], 41..=45);
    let longer = stores[1].snapshot();
    assert_eq!(compare(&a, &longer).unwrap(), expected);
    assert_eq!(compare(&longer, &a).unwrap(), expected);
    // The same through readers of another process's kind.
    let readers = ["a", "b"].map(|name| Reader::open(dir.path().join(name)).unwrap());
    let answer = compare(&readers[0].snapshot(), &readers[1].snapshot());
    assert_eq!(answer.unwrap(), expected);
}

#[test]
fn the_first_height_entry_and_key_are_named_whatever_came_before() {
    for common in [0, 1, 2, 7, 8, 31, 64] {
        let (_dir, stores) = pair(common, [3, 5]);
        let [a, b] = snapshots(&stores);
        let Comparison::Part(parted) = compare(&a, &b).unwrap() else {
            panic!("they part after {common}");
        };
        assert_eq!(parted.height, common + 1);
        assert_eq!(
            parted.audit_roots[0],
            a.audit().root_at(merkle_log::TreeSize(common + 1)).unwrap()
        );
        assert_eq!(parted.times_ms, [1_000 * (common + 1); 2]);
        assert_eq!(parted.metadata_hashes[0], parted.metadata_hashes[1]);
        let domain = parted
            .ledgers
            .iter()
            .find(|ledger| ledger.name == "domain")
            .unwrap();
        let size_before = (1..=common).map(|height| 1 + height % 7).sum();
        let entry = domain.entry.as_ref().unwrap();
        assert_eq!(entry.index, LeafIndex(size_before));
        let tree = a.ledger("domain").unwrap();
        let leaf = tree.tree().leaf(&tree.entry(entry.index).unwrap());
        assert_eq!(entry.leaves[0], Some(leaf));
        assert_ne!(entry.leaves[0], entry.leaves[1]);
        // The smallest of the keys written by the commit that differs.
        let height = common + 1;
        let written = (0..1 + height % 7).map(|entry| format!("key {}", (height * 7 + entry) % 50));
        let key = domain.key.as_ref().unwrap();
        assert_eq!(key.key, written.min().unwrap().as_bytes());
        assert_eq!(key.values[0], Some(format!("value {height}!").into_bytes()));
        assert_eq!(key.values[1], Some(format!("value {height}?").into_bytes()));
        // The pool ledger gets no entries at every fourth height.
        let has_pool = parted.ledgers.iter().any(|ledger| ledger.name == "pool");
        assert_eq!(has_pool, height % 4 != 0);
    }
}

#[test]
fn one_entry_more_is_the_first_that_only_one_has() {
    let (_dir, stores) = pair(10, [0, 0]);
    for (store, texts) in stores.iter().zip([&["same"][..], &["same", "more"]]) {
        let mut batch = store.batch();
        for text in texts {
            batch.append("pool", text).unwrap();
        }
        store.commit(batch.seal(20_000, b"").unwrap()).unwrap();
    }
    let [a, b] = snapshots(&stores);
    let Comparison::Part(parted) = compare(&a, &b).unwrap() else {
        panic!("they part");
    };
    assert_eq!(parted.height, 11);
    let [pool] = &parted.ledgers[..] else {
        panic!("only one ledger differs: {:?}", parted.ledgers);
    };
    let entry = pool.entry.as_ref().unwrap();
    assert_eq!(entry.index, LeafIndex(a.ledger("pool").unwrap().size().0));
    assert_eq!(entry.leaves[0], None);
    assert!(entry.leaves[1].is_some() && pool.key.is_none());
}

/// A commit that only writes to the state leaves the entries the same; ledgers of two kinds of trees
/// have no entry or key to be named.
#[test]
fn no_entry_is_named_where_none_differs() {
    let (dir, stores) = pair(10, [0, 0]);
    for (store, value) in stores.iter().zip(["one", "two"]) {
        let mut batch = store.batch();
        batch.put("domain", "key", value).unwrap();
        store.commit(batch.seal(20_000, b"").unwrap()).unwrap();
    }
    let [a, b] = snapshots(&stores);
    let Comparison::Part(parted) = compare(&a, &b).unwrap() else {
        panic!("they part");
    };
    let [domain] = &parted.ledgers[..] else {
        panic!("only one ledger differs: {:?}", parted.ledgers);
    };
    assert!(domain.entry.is_none());
    assert_eq!(domain.key.as_ref().unwrap().key, b"key");

    let [a, b] = [TreeType::Sha256, TreeType::Blake3].map(|tree| {
        let spec = LedgerSpec::log("pool".parse().unwrap(), tree);
        let (home, network) = (dir.path().join(tree.name()), "net".parse().unwrap());
        let store = Store::create(&home, network, &[spec], options()).unwrap();
        let mut batch = store.batch();
        batch.append("pool", "the same").unwrap();
        store.commit(batch.seal(1, b"").unwrap()).unwrap();
        store.snapshot()
    });
    let Comparison::Part(parted) = compare(&a, &b).unwrap() else {
        panic!("they part");
    };
    let [pool] = &parted.ledgers[..] else {
        panic!("only one ledger: {:?}", parted.ledgers);
    };
    assert!(parted.height == 1 && pool.entry.is_none() && pool.key.is_none());
}

#[test]
fn stores_of_two_networks_are_not_compared() {
    let dir = tempfile::tempdir().unwrap();
    let [a, b] = ["a", "b"].map(|name| create(&dir.path().join(name), name).snapshot());
    assert_eq!(compare(&a, &b).unwrap(), Comparison::OtherNetwork);
}
