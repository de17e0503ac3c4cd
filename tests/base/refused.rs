//! What a store cannot begin with.

use hash_store::sim::SimStorage;
use ledger::{BaseWriter, Error, Snapshot, Store};
use merkle_log::Hash;
use patricia_state::Direction;

use super::stores::{begin, begun, changes, commit, create, give, last};

fn source() -> Store {
    let store = create(&SimStorage::new());
    changes(4)
        .iter()
        .for_each(|change| commit(&store, change, 3));
    store
}

/// A pair or leaf that is not as it was, missing, or one too many: the ledger is named, and what
/// does not come out.
#[test]
fn what_does_not_come_out_is_named() {
    let source = source();
    let source = source.snapshot();
    let wrong = Hash::new([9; 32]);
    let refused = |alter: &dyn Fn(&mut BaseWriter)| {
        let mut writer = begin(&source, &SimStorage::new()).unwrap();
        give(&source, &mut writer, 50).unwrap();
        alter(&mut writer);
        let (body, metadata, attachments) = last(&source);
        let error = writer.finish(&body, &metadata, &attachments).unwrap_err();
        assert_eq!(error.code(), "E-BASE");
        error
    };
    let more = refused(&|writer| writer.leaves("pool", &[wrong]).unwrap());
    let size = source.ledger("pool").unwrap().size().0;
    assert!(
        matches!(&more, Error::BaseSize { ledger, expected, computed }
            if ledger == "pool" && (*expected, *computed) == (size, size + 1)),
        "{more}"
    );
    let more = refused(&|writer| writer.audit_leaves(&[wrong]).unwrap());
    assert!(
        matches!(&more, Error::BaseSize { ledger, expected, computed }
            if ledger == "audit" && (*expected, *computed) == (3, 4)),
        "{more}"
    );
    let more = refused(&|writer| writer.set("domain", &[0xff; 40], b"one more").unwrap());
    assert!(is_root(&more, "domain", "state root"), "{more}");
}

fn is_root(error: &Error, name: &str, differs: &str) -> bool {
    matches!(error, Error::BaseRoot { ledger, what, .. } if (&**ledger, *what) == (name, differs))
}

/// As `give`, with one leaf or value altered.
fn give_altered(
    source: &Snapshot,
    to: &mut BaseWriter,
    leaf_of: Option<&str>,
    value_of: Option<&str>,
) {
    let wrong = Hash::new([9; 32]);
    for ledger in source.ledgers() {
        let name = ledger.name.as_str();
        let view = source.ledger(name).unwrap();
        let mut leaves = view.leaf_hashes(0..ledger.size).unwrap();
        if leaf_of == Some(name) {
            leaves[0] = wrong;
        }
        to.leaves(name, &leaves).unwrap();
        if ledger.state.is_none() {
            continue;
        }
        let state = source.state(name).unwrap();
        for (i, pair) in state.entries(Direction::Forward).enumerate() {
            let (key, value) = pair.unwrap();
            let mut value = value.to_vec();
            if i == 3 && value_of == Some(name) {
                value[0] ^= 1;
            }
            to.set(name, &key, &value).unwrap();
        }
    }
    let mut leaves = source.audit().leaf_hashes(0..source.height() - 1).unwrap();
    if leaf_of == Some("audit") {
        leaves[1] = wrong;
    }
    to.audit_leaves(&leaves).unwrap();
}

#[test]
fn one_altered_leaf_or_value_is_enough() {
    let source = source();
    let source = source.snapshot();
    let finish = |leaf_of, value_of| {
        let disk = SimStorage::new();
        let mut writer = begin(&source, &disk).unwrap();
        give_altered(&source, &mut writer, leaf_of, value_of);
        let (body, metadata, attachments) = last(&source);
        let finished = writer.finish(&body, &metadata, &attachments);
        (finished, disk)
    };
    assert!(finish(None, None).0.is_ok());
    for name in ["pool", "domain", "hashed", "late", "audit"] {
        let (finished, disk) = finish(Some(name), None);
        let error = finished.unwrap_err();
        let what = if name == "audit" {
            "root before"
        } else {
            "root"
        };
        assert!(is_root(&error, name, what), "{error}");
        // What is left is no store, and the next try takes its place.
        let refused = Store::open_in(std::sync::Arc::new(disk.clone()), super::stores::options());
        assert_eq!(refused.unwrap_err().code(), "E-UNFINISHED");
        assert_eq!(begun(&source, &disk).snapshot().height(), 4);
    }
    for name in ["domain", "hashed"] {
        let error = finish(None, Some(name)).0.unwrap_err();
        assert!(is_root(&error, name, "state root"), "{error}");
    }
}

/// Body and metadata belong together, and to this network.
#[test]
fn another_body_or_metadata_is_refused() {
    let source = source();
    let source = source.snapshot();
    let finish = |body: &[u8], metadata: &[u8]| {
        let mut writer = begin(&source, &SimStorage::new()).unwrap();
        give(&source, &mut writer, 50).unwrap();
        writer.finish(body, metadata, &[]).unwrap_err()
    };
    let (body, metadata, _) = last(&source);
    let error = finish(&body, b"other metadata");
    assert!(is_root(&error, "audit", "metadata"), "{error}");
    let other = body.len() - 1;
    assert_eq!(finish(&body[..other], &metadata).code(), "E-PAYLOAD");
    let mut other = source.commit(4).unwrap().body;
    other.network = "other-net".parse().unwrap();
    assert_eq!(finish(&other.encode(), &metadata).code(), "E-PAYLOAD");
    let mut other = source.commit(4).unwrap().body;
    other.ledgers.pop();
    assert_eq!(finish(&other.encode(), &metadata).code(), "E-PAYLOAD");
    let earlier = source.commit(3).unwrap();
    let error = finish(&earlier.body_bytes, &earlier.metadata);
    assert_eq!(error.code(), "E-BASE");
}

/// Keys rise, over parts too; no value is empty; unknown ledgers have names.
#[test]
fn writes_that_no_state_has_are_refused_at_once() {
    let source = source();
    let source = source.snapshot();
    let mut writer = begin(&source, &SimStorage::new()).unwrap();
    writer.set("domain", b"key", b"value").unwrap();
    for key in [&b"key"[..], b"ke"] {
        let refused = writer.set("domain", key, b"value").unwrap_err();
        assert!(matches!(refused, Error::BaseWrite { .. }), "{refused}");
    }
    writer.roots("domain").unwrap();
    let refused = writer.set("domain", b"key", b"value").unwrap_err();
    assert!(matches!(refused, Error::BaseWrite { .. }), "{refused}");
    let refused = writer.set("domain", b"later", b"").unwrap_err();
    assert!(matches!(refused, Error::BaseWrite { .. }), "{refused}");
    let refused = writer.set("pool", b"key", b"value").unwrap_err();
    assert!(matches!(refused, Error::NoState { .. }), "{refused}");
    let refused = writer.leaves("none", &[]).unwrap_err();
    assert!(matches!(refused, Error::NoSuchLedger { .. }), "{refused}");
}

/// Who gave a wrong ledger is known when it was given.
#[test]
fn the_roots_so_far_are_told() {
    let source = source();
    let source = source.snapshot();
    let mut writer = begin(&source, &SimStorage::new()).unwrap();
    give(&source, &mut writer, 7).unwrap();
    for ledger in source.ledgers() {
        assert_eq!(writer.roots(ledger.name.as_str()).unwrap(), *ledger);
    }
    let body = source.commit(4).unwrap().body;
    let audit = writer.audit_roots().unwrap();
    assert_eq!(audit, (3, body.audit_root_before));
    let (body, metadata, attachments) = last(&source);
    let light = writer.finish(&body, &metadata, &attachments).unwrap();
    assert_eq!(light.snapshot().base(), Some(4));
}
