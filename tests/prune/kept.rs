//! What a pruned store serves, refuses, takes and makes anew.

use std::num::NonZeroU64;
use std::sync::Arc;

use hash_store::sim::{Choice, OpKind, SimStorage};
use ledger::{Keep, LedgerSpec, Reader, Store, TreeType, Verdict};
use ledger_tests::store::{copy, options};

use super::states::{
    Map, at, check_kept, check_view, commit, create, filled, last, log_len, scheme, state, verdict,
    writes,
};

/// The log of a store that never held anything but this.
fn fresh_len(map: &Map) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let store = create(&dir.path().join("store"));
    let writes: Vec<_> = map.clone().into_iter().collect();
    commit(&store, &mut vec![Map::new()], &writes);
    store.close().unwrap();
    log_len(&dir.path().join("store"))
}

#[test]
fn a_thousand_commits_of_which_the_last_ten_are_kept() {
    const KEYS: u64 = 4000;
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    store.set_keep("domain", last(10)).unwrap();
    let mut history = vec![Map::new()];
    let all: Vec<_> = (0..KEYS)
        .map(|key| (key.to_be_bytes().to_vec(), vec![7; 60]))
        .collect();
    commit(&store, &mut history, &all);
    let fresh = fresh_len(&history[1]);
    let (mut pinned, mut most, mut sum) = (None, 0, 0);
    for height in 2..=1000 {
        commit(&store, &mut history, &writes(height, KEYS, 4, 60));
        let len = log_len(&home);
        match height {
            300 => pinned = Some(store.snapshot().at_height(295).unwrap()),
            // The nodes of the pinned height stay, those of the heights around it do not.
            301..=700 if height % 50 == 0 => {
                let pinned = pinned.as_ref().unwrap();
                check_view(&pinned.state("domain").unwrap(), at(&history, 295));
                if height > 400 {
                    let oldest = pinned.kept("domain").unwrap().oldest();
                    assert!(oldest > 350 && oldest <= height - 9, "{oldest} at {height}");
                    for dropped in [294, 296] {
                        let refused = state(&store.snapshot(), dropped).unwrap_err();
                        assert_eq!(refused.code(), "E-DROPPED");
                        let named = format!("every height from {oldest} on is kept");
                        assert!(refused.to_string().ends_with(&named), "{refused}");
                    }
                }
            }
            701 => {
                let view = pinned.take().unwrap().state("domain").unwrap();
                check_view(&view, at(&history, 295));
                assert!(
                    len < 3 * fresh,
                    "{len} with a pinned height, a fresh log has {fresh}"
                );
            }
            _ => {}
        }
        if height > 850 {
            (most, sum) = (most.max(len), sum + len);
            assert!(state(&store.snapshot(), 295).is_err());
        }
    }
    let average = sum / 150;
    // While a pass copies, both copies are there.
    assert!(most < 3 * fresh, "{most} at most, a fresh log has {fresh}");
    assert!(
        average * 10 < fresh * 18,
        "{average} on average, a fresh log has {fresh}"
    );
    let sizes = store.prune("domain", &last(10)).unwrap();
    assert_eq!((sizes.after.oldest(), sizes.height), (991, 1000));
    let len = log_len(&home);
    assert!(len * 10 < fresh * 13, "{len}, a fresh log has {fresh}");
    assert_eq!(check_kept(&store.snapshot(), &history), 991);
    assert_eq!(
        check_kept(&Reader::open(&home).unwrap().snapshot(), &history),
        991
    );
    store.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    // Nothing keeps the rest from coming back but that it is dropped here: the log has it.
    let store = Store::open(&home, options()).unwrap();
    assert!(store.report().clean);
    assert_eq!(check_kept(&store.snapshot(), &history), 991);
    let old = store.snapshot().at_height(5).unwrap();
    check_view(&old.state_from_log("domain").unwrap(), at(&history, 5));
}

#[test]
fn a_plan_changes_nothing_and_says_what_pruning_does() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 120, 300);
    let keep = last(5).and([7, 60]);
    let before = log_len(&home);
    let plan = store.plan_prune("domain", &keep).unwrap();
    assert_eq!(log_len(&home), before);
    assert_eq!(check_kept(&store.snapshot(), &history), 1);
    assert_eq!((plan.before.oldest(), plan.after.oldest()), (1, 116));
    let done = store.prune("domain", &keep).unwrap();
    assert_eq!(done, plan);
    assert!(log_len(&home) * 2 < before && plan.sizes.after * 2 < plan.sizes.before);
    assert_eq!(check_kept(&store.snapshot(), &history), 116);
    for single in [7, 60] {
        check_view(
            &state(&store.snapshot(), single).unwrap(),
            at(&history, single),
        );
    }
    for (keep, code) in [
        (Keep::all().and([8]), "E-DROPPED"),
        (Keep::all().and([0]), "E-NO-HEIGHT"),
        (Keep::all().and([121]), "E-NO-HEIGHT"),
    ] {
        assert_eq!(store.prune("domain", &keep).unwrap_err().code(), code);
        assert_eq!(store.set_keep("domain", keep).unwrap_err().code(), code);
    }
    assert_eq!(
        store.prune("none", &keep).unwrap_err().code(),
        "E-NO-LEDGER"
    );
    store.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    // One of the two is given up, the other stays, over a reopening and commits too.
    let store = Store::open(&home, options()).unwrap();
    let mut history = history;
    store.set_keep("domain", last(20).and([60])).unwrap();
    let said = store.snapshot().kept("domain").unwrap();
    assert_eq!(said.keep(), &last(20).and([60]));
    assert_eq!(said.keep().last_heights().map(NonZeroU64::get), Some(20));
    for height in 121..=400 {
        commit(&store, &mut history, &writes(height, 300, 12, 60));
    }
    let oldest = check_kept(&store.snapshot(), &history);
    assert!((300..=381).contains(&oldest), "{oldest}");
    assert!(state(&store.snapshot(), 60).is_ok() && state(&store.snapshot(), 7).is_err());
}

/// What is missing or damaged is made anew, and then holds what was kept, not more.
#[test]
fn a_pruned_log_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let history = filled(&store, 150, 300);
    store.prune("domain", &last(4).and([33])).unwrap();
    store.close().unwrap();
    let len = log_len(&home);
    for lost in [
        "domain/trie",
        "domain/states",
        "domain/trie/0000000000000000.kept",
        "audit/heights",
    ] {
        let copied = copy(&home);
        let home = copied.path();
        let path = home.join(lost);
        if path.is_dir() {
            std::fs::remove_dir_all(&path).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
        // Read-only, the delta frames answer for what is kept; what is not is refused.
        assert_eq!(
            check_kept(&Reader::open(home).unwrap().snapshot(), &history),
            147
        );
        let store = Store::open(home, options()).unwrap();
        assert!(store.report().rebuilt, "{lost}");
        assert_eq!(check_kept(&store.snapshot(), &history), 147);
        assert!(state(&store.snapshot(), 33).is_ok());
        store.close().unwrap();
        assert!(
            log_len(home) * 4 < len * 5,
            "{lost}: {} after {len}",
            log_len(home)
        );
        assert_eq!(verdict(home), (Verdict::Verified, vec![]));
    }
    // Without the file that says what is dropped, everything is kept: it comes back.
    std::fs::remove_file(home.join("domain/kept")).unwrap();
    std::fs::remove_dir_all(home.join("domain/trie")).unwrap();
    let store = Store::open(&home, options()).unwrap();
    assert_eq!(check_kept(&store.snapshot(), &history), 1);
}

/// A short log that is made anew is pruned once, at its end.
#[test]
fn what_is_made_anew_is_pruned_once() {
    let disk = SimStorage::new();
    let spec = LedgerSpec::with_state("domain".parse().unwrap(), TreeType::Sha256, scheme());
    let (storage, network) = (Arc::new(disk.clone()), "test-net".parse().unwrap());
    let store = Store::create_in(storage, [3; 16], network, &[spec], options()).unwrap();
    let history = filled(&store, 40, 50);
    store.prune("domain", &last(4).and([33])).unwrap();
    let sizes = store.snapshot().state_sizes("domain").unwrap();
    assert!(sizes.before == sizes.after && sizes.after > 0);
    store.close().unwrap();
    let lost = disk.here().image(Choice::All);
    lost.put_bytes("domain/states", None);
    lost.record_ops();
    let store = Store::open_in(Arc::new(lost.clone()), options()).unwrap();
    let passes = lost.take_ops().into_iter().filter(|op| {
        op.kind == OpKind::Sync && op.name.starts_with("domain/trie/") && op.name.ends_with(".next")
    });
    assert_eq!(passes.count(), 1);
    assert_eq!(check_kept(&store.snapshot(), &history), 37);
    let anew = store.snapshot().state_sizes("domain").unwrap();
    assert_eq!(anew, sizes);
}

/// The file that says what is kept, from a later time than the store: no height that was never
/// reached counts as the oldest.
#[test]
fn a_file_of_kept_heights_from_later_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let mut history = filled(&store, 20, 50);
    let killed = copy(&home);
    store.close().unwrap();
    let closed = copy(&home);
    let store = Store::open(&home, options()).unwrap();
    let then = history.clone();
    // What a crash left of a list that was never said does not count.
    std::fs::write(home.join("domain/kept.next"), b"half").unwrap();
    for height in 21..=60 {
        commit(&store, &mut history, &writes(height, 50, 12, 60));
    }
    store.prune("domain", &last(2).and([30])).unwrap();
    store.close().unwrap();
    for early in [killed, closed] {
        std::fs::copy(home.join("domain/kept"), early.path().join("domain/kept")).unwrap();
        let store = Store::open(early.path(), options()).unwrap();
        assert_eq!(check_kept(&store.snapshot(), &then), 20);
        check_view(&state(&store.snapshot(), 20).unwrap(), at(&then, 20));
        drop(store);
        let reader = Reader::open(early.path()).unwrap();
        assert_eq!(reader.snapshot().kept("domain").unwrap().oldest(), 20);
    }
}
