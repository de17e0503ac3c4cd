//! Whole commits as bytes: a store that takes what another gave of its commits has the same ones.
//! Every bit of a small one is changed: what the leaf fixes is not taken otherwise.

use std::collections::BTreeSet;
use std::sync::Arc;

use hash_store::MemStorage;
use ledger::{
    Error, KeyMode, LedgerSpec, Snapshot, StateScheme, StateSuite, Store, TransferError, TreeType,
    WholeCommit,
};
use ledger_tests::store::options;
use merkle_log::Hash;
use proptest::prelude::*;

const LEDGERS: [&str; 3] = ["domain", "pool", "plain"];

fn create() -> Store {
    let hashed = StateScheme {
        suite: StateSuite::Keccak256,
        keys: KeyMode::Hashed,
    };
    let domain = LedgerSpec::with_state(
        LEDGERS[0].parse().unwrap(),
        TreeType::Sha256,
        StateSuite::Blake3,
    );
    let pool = LedgerSpec::with_state(LEDGERS[1].parse().unwrap(), TreeType::Blake3, hashed);
    let specs = [
        domain.with_ids_in("ids".parse().unwrap()),
        pool,
        LedgerSpec::log(LEDGERS[2].parse().unwrap(), TreeType::Sha256),
    ];
    let network = "transfer".parse().unwrap();
    Store::create_in(
        Arc::new(MemStorage::new()),
        [4; 16],
        network,
        &specs,
        options(),
    )
    .unwrap()
}

/// What stands in one commit.
#[derive(Clone, Debug)]
struct Plan {
    /// Ledger, length, and whether it has an id, where ids are.
    entries: Vec<(usize, usize, bool)>,
    /// Ledger, key and value; of an empty one, a removal.
    writes: Vec<(usize, u8, Vec<u8>)>,
    metadata: Vec<u8>,
    attached: Vec<(u32, Vec<u8>)>,
    attached_later: Vec<(u32, Vec<u8>)>,
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

fn plans() -> impl Strategy<Value = Vec<Plan>> {
    let attached = || prop::collection::vec((1u32..5, bytes(40)), 0..3);
    let plan = (
        prop::collection::vec((0usize..3, 0usize..900, any::<bool>()), 0..12),
        prop::collection::vec((0usize..2, any::<u8>(), bytes(600)), 0..12),
        bytes(30),
        attached(),
        attached(),
    );
    let plan = plan.prop_map(
        |(entries, writes, metadata, attached, attached_later)| Plan {
            entries,
            writes,
            metadata,
            attached,
            attached_later,
        },
    );
    prop::collection::vec(plan, 1..6)
}

fn commit(store: &Store, plan: &Plan) {
    let mut batch = store.batch();
    let height = store.snapshot().height() + 1;
    for (at, (ledger, len, has_id)) in plan.entries.iter().enumerate() {
        let name = LEDGERS[*ledger];
        let entry = vec![u8::try_from(at).unwrap(); *len];
        if *has_id && *ledger == 0 {
            let id = format!("{height} {at}");
            batch.append_unique(name, id, entry).unwrap();
        } else {
            batch.append(name, entry).unwrap();
        }
    }
    for (ledger, key, value) in &plan.writes {
        batch.put(LEDGERS[*ledger], [*key], value).unwrap();
    }
    let mut sealed = batch.seal(height * 1000, &plan.metadata).unwrap();
    for (kind, bytes) in &plan.attached {
        sealed.attach(*kind, bytes).unwrap();
    }
    store.commit(sealed).unwrap();
    for (kind, bytes) in &plan.attached_later {
        store.attach(height, *kind, bytes).unwrap();
    }
}

/// The leaf of a height in the audit tree.
fn leaf(snapshot: &Snapshot, height: u64) -> Hash {
    let body = snapshot.commit(height).unwrap().body_bytes;
    snapshot.audit().tree().leaf(&body)
}

fn outcome<T>(taken: Result<T, Error>) -> Option<TransferError> {
    match taken {
        Err(Error::Transfer(error)) => Some(error),
        _ => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_store_that_takes_every_commit_is_the_same(plans in plans()) {
        let (from, to) = (create(), create());
        for plan in &plans {
            commit(&from, plan);
        }
        let given = from.snapshot();
        for height in 1..=given.height() {
            let bytes = given.transfer(height).unwrap();
            let whole = WholeCommit::decode(&bytes).unwrap();
            prop_assert_eq!(whole.body(), &given.commit(height).unwrap().body);
            let attached = given.attachments(height).unwrap();
            let shown = whole.attachments().map(|(kind, bytes)| (kind, bytes.to_vec()));
            let kept = attached.iter().map(|kept| (kept.kind, kept.bytes.clone()));
            prop_assert!(shown.eq(kept));
            for entry in whole.entries() {
                let view = given.ledger(entry.ledger).unwrap();
                let index = merkle_log::LeafIndex(entry.index);
                prop_assert_eq!(view.entry(index).unwrap(), entry.entry);
                let id = given.id(entry.ledger, index).ok().flatten();
                prop_assert_eq!(id.as_deref(), entry.id);
            }
            // Another leaf, and another height.
            let other = outcome(to.take(&whole, &Hash::new([7; 32])));
            let is_leaf = matches!(other, Some(TransferError::Leaf { .. }));
            prop_assert!(is_leaf);
            let expected = leaf(&given, height);
            to.take(&whole, &expected).unwrap();
            let again = outcome(to.take(&whole, &expected));
            let is_height = matches!(again, Some(TransferError::Outcome { what: "height", .. }));
            prop_assert!(is_height);
            prop_assert_eq!(to.snapshot().transfer(height).unwrap(), bytes);
            let (one, other) = (given.commit(height).unwrap(), to.snapshot().commit(height).unwrap());
            prop_assert_eq!(one.body_bytes, other.body_bytes);
            prop_assert_eq!((one.audit_root, one.chain), (other.audit_root, other.chain));
            prop_assert_eq!(one.metadata, other.metadata);
            prop_assert_eq!(to.snapshot().attachments(height).unwrap(), attached);
        }
        let (given, taken) = (given, to.snapshot());
        prop_assert_eq!(given.ledgers(), taken.ledgers());
        prop_assert_eq!(given.audit().root(), taken.audit().root());
        for entry in 0..given.ledger(LEDGERS[0]).unwrap().size().0 {
            let index = merkle_log::LeafIndex(entry);
            if let Some(id) = given.id(LEDGERS[0], index).unwrap() {
                let found = taken.find_id(LEDGERS[0], id).unwrap().unwrap();
                prop_assert_eq!(found.index, index);
            }
        }
    }

    #[test]
    fn arbitrary_bytes_are_refused(bytes in bytes(200)) {
        let refused = outcome(WholeCommit::decode(&bytes));
        let is_form = matches!(refused, Some(TransferError::Form { .. }));
        prop_assert!(is_form);
    }
}

#[test]
fn of_a_commit_with_a_bit_changed_only_ids_and_attachments_are_taken() {
    let plan = Plan {
        entries: vec![(0, 5, true), (1, 3, false), (2, 4, false)],
        writes: vec![(0, 1, b"one".to_vec()), (1, 2, b"two".to_vec())],
        metadata: b"why".to_vec(),
        attached: vec![(3, b"beside".to_vec())],
        attached_later: Vec::new(),
    };
    let from = create();
    commit(&from, &plan);
    let given = from.snapshot();
    let bytes = given.transfer(1).unwrap();
    let expected = leaf(&given, 1);
    // The id, and of the attachment its kind and bytes.
    let at = |part: &[u8]| {
        let found = bytes.windows(part.len()).position(|window| window == part);
        found.unwrap()..found.unwrap() + part.len()
    };
    let (id, beside) = (at(b"1 0"), at(b"beside"));
    let free: BTreeSet<usize> = id
        .chain(beside.clone())
        .chain(beside.start - 16..beside.start - 12)
        .collect();
    let mut taken = 0;
    for place in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[place] ^= 1 << bit;
            let to = create();
            let whole = WholeCommit::decode(&changed);
            let result = whole.and_then(|whole| to.take(&whole, &expected));
            assert_eq!(
                result.is_ok(),
                free.contains(&place),
                "bit {bit} of {place}"
            );
            assert_eq!(to.snapshot().height(), u64::from(result.is_ok()));
            if result.is_ok() {
                taken += 1;
                assert_eq!(to.snapshot().audit().root(), given.audit().root());
            }
        }
    }
    assert_eq!(taken, 8 * free.len());
    // Cut anywhere; what is left without its last frame has nothing attached.
    let bare = beside.start - 24 - 8;
    for len in 0..bytes.len() {
        let to = create();
        let whole = WholeCommit::decode(&bytes[..len]);
        let result = whole.and_then(|whole| to.take(&whole, &expected));
        assert_eq!(result.is_ok(), len == bare, "{len} bytes");
    }
}
