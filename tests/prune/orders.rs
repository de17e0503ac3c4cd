//! Any order of sealing, committing, dropping, pruning, reopening and losing files.

use ledger::{Error, Reader, Sealed, Snapshot, Store, Verdict};
use ledger_tests::store::{copy, options};
use proptest::prelude::*;

use super::states::{Map, apply, at, check_kept, check_view, create, last, root_of, verdict};

#[derive(Clone, Debug)]
enum Step {
    Seal {
        on: prop::sample::Index,
        writes: Vec<(Vec<u8>, Vec<u8>)>,
    },
    Commit(prop::sample::Index),
    Drop(prop::sample::Index),
    Hold(prop::sample::Index),
    LetGo(prop::sample::Index),
    Prune {
        keep: u64,
        single: prop::sample::Index,
    },
    Keep(u64),
    Reopen,
    Kill,
    LoseNodes,
}

fn any_step() -> impl Strategy<Value = Step> {
    let key = prop::collection::vec(0u8..3, 0..4);
    let value = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..50),
        // Large enough that passes begin by themselves.
        any::<u8>().prop_map(|byte| vec![byte; 9000]),
    ];
    let writes = prop::collection::vec((key, value), 0..10);
    let index = any::<prop::sample::Index>;
    prop_oneof![
        12 => (index(), writes).prop_map(|(on, writes)| Step::Seal { on, writes }),
        9 => index().prop_map(Step::Commit),
        1 => index().prop_map(Step::Drop),
        2 => index().prop_map(Step::Hold),
        1 => index().prop_map(Step::LetGo),
        2 => (1u64..6, index()).prop_map(|(keep, single)| Step::Prune { keep, single }),
        1 => (1u64..5).prop_map(Step::Keep),
        1 => Just(Step::Reopen),
        1 => Just(Step::Kill),
        1 => Just(Step::LoseNodes),
    ]
}

/// A sealed batch with what it leads to, and the one it stands on.
#[derive(Clone)]
struct Version {
    sealed: Sealed,
    map: Map,
    parent: Option<usize>,
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_sealing_committing_and_pruning(steps in prop::collection::vec(any_step(), 1..60)) {
        let mut dir = tempfile::tempdir().unwrap();
        let mut home = dir.path().join("store");
        let mut store = create(&home);
        let mut history = vec![Map::new()];
        let mut versions: Vec<Option<Version>> = Vec::new();
        let mut held: Vec<(Snapshot, u64)> = Vec::new();
        for step in steps {
            let tip = history.len() as u64 - 1;
            match step {
                Step::Seal { on, writes } => {
                    let on = on.index(versions.len() + 1).checked_sub(1);
                    let on = on.filter(|on| versions[*on].is_some());
                    let (mut batch, mut map) = match on.and_then(|on| versions[on].as_ref()) {
                        Some(parent) => (parent.sealed.child(), parent.map.clone()),
                        None => (store.batch(), history[history.len() - 1].clone()),
                    };
                    for (key, value) in &writes {
                        batch.put("domain", key, value).unwrap();
                        apply(&mut map, key, value);
                    }
                    let sealed = batch.seal(0, b"").unwrap();
                    let root = sealed.body().ledger("domain").unwrap().state_root;
                    prop_assert_eq!(root, root_of(&map));
                    versions.push(Some(Version { sealed, map, parent: on }));
                }
                Step::Commit(version) if !versions.is_empty() => {
                    let mut chain = vec![version.index(versions.len())];
                    while let Some(parent) = versions[chain[chain.len() - 1]].as_ref().and_then(|v| v.parent) {
                        chain.push(parent);
                    }
                    for version in chain.into_iter().rev() {
                        let Some(Version { sealed, map, .. }) = &versions[version] else { break };
                        match store.commit(sealed.clone()) {
                            Ok(_) => history.push(map.clone()),
                            Err(Error::StaleParent { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
                Step::Drop(version) if !versions.is_empty() => {
                    let version = version.index(versions.len());
                    versions[version] = None;
                }
                Step::Hold(height) if tip > 0 => {
                    let height = height.index(history.len() - 1) as u64 + 1;
                    let snapshot = store.snapshot().at_height(height).unwrap();
                    if snapshot.state("domain").is_ok() {
                        held.push((snapshot, height));
                    }
                }
                Step::LetGo(which) if !held.is_empty() => {
                    held.swap_remove(which.index(held.len()));
                }
                Step::Prune { keep, single } if tip > 0 => {
                    let single = single.index(history.len() - 1) as u64 + 1;
                    let keep = last(keep).and([single]);
                    match store.prune("domain", &keep) {
                        Ok(plan) => prop_assert!(plan.after.holds(single)),
                        Err(Error::Dropped { height, .. }) => prop_assert_eq!(height, single),
                        Err(error) => panic!("{error}"),
                    }
                }
                Step::Keep(heights) => store.set_keep("domain", last(heights)).unwrap(),
                Step::Reopen => {
                    versions.clear();
                    held.clear();
                    store.close().unwrap();
                    store = Store::open(&home, options()).unwrap();
                    prop_assert!(store.report().clean);
                }
                Step::Kill => {
                    versions.clear();
                    held.clear();
                    let killed = copy(&home);
                    home = killed.path().to_owned();
                    store = Store::open(&home, options()).unwrap();
                    prop_assert!(!store.report().rebuilt);
                    dir = killed;
                }
                Step::LoseNodes => {
                    versions.clear();
                    held.clear();
                    store.close().unwrap();
                    std::fs::remove_dir_all(home.join("domain/trie")).unwrap();
                    store = Store::open(&home, options()).unwrap();
                }
                Step::Commit(_) | Step::Drop(_) | Step::Hold(_) | Step::LetGo(_) | Step::Prune { .. } => {}
            }
            for (snapshot, height) in &held {
                check_view(&snapshot.state("domain").unwrap(), at(&history, *height));
            }
            for Version { sealed, map, .. } in versions.iter().flatten() {
                for (key, value) in map {
                    prop_assert_eq!(sealed.get("domain", key).unwrap(), Some(value.clone()));
                }
            }
        }
        versions.clear();
        held.clear();
        let snapshot = Reader::open(&home).unwrap().snapshot();
        check_kept(&snapshot, &history);
        store.close().unwrap();
        prop_assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
        let store = Store::open(&home, options()).unwrap();
        check_kept(&store.snapshot(), &history);
        drop(dir);
    }
}
