//! Readers beside the writer that drops states: of this process and of others.

use std::sync::atomic::{AtomicBool, Ordering};

use ledger::{Error, Options, Reader, Verdict};
use ledger_tests::store::options;

use super::states::{
    Map, apply, at, check_kept, check_view, commit, create, create_with, filled, last, state,
    verdict, writes,
};

#[test]
fn readers_of_other_processes_are_right_or_told() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create(&home);
    let mut history = filled(&store, 100, 300);
    let early = Reader::open(&home).unwrap();
    let snapshot = early.snapshot();
    // This one has the files open, and goes on reading them.
    let held = state(&snapshot, 50).unwrap();
    store.prune("domain", &last(10)).unwrap();
    check_view(&held, at(&history, 50));
    // Who looks only now is told.
    let refused = state(&snapshot, 51).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Dropped {
                height: 51,
                oldest: 91,
                ..
            }
        ),
        "{refused}"
    );
    let late = Reader::open(&home).unwrap();
    assert_eq!(check_kept(&late.snapshot(), &history), 91);
    for round in 0..6 {
        for height in 101 + round * 20..=120 + round * 20 {
            commit(&store, &mut history, &writes(height, 300, 12, 60));
        }
        store.prune("domain", &last(10)).unwrap();
        late.refresh().unwrap();
        assert_eq!(check_kept(&late.snapshot(), &history), 111 + round * 20);
        early.refresh().unwrap();
        assert_eq!(check_kept(&early.snapshot(), &history), 111 + round * 20);
    }
    check_view(&held, at(&history, 50));
}

/// The same with threads of its own: readers beside the writer never see anything wrong.
#[test]
fn passes_beside_commits_and_readers() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("store");
    let store = create_with(
        &home,
        Options {
            background: true,
            ..options()
        },
    );
    store.set_keep("domain", last(8)).unwrap();
    let history: Vec<Map> = {
        let mut history = vec![Map::new()];
        for height in 1..=300 {
            let mut map = history[history.len() - 1].clone();
            for (key, value) in writes(height, 400, 12, 60) {
                apply(&mut map, &key, &value);
            }
            history.push(map);
        }
        history
    };
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for own in [true, false] {
            let (store, history, done, home) = (&store, &history, &done, &home);
            scope.spawn(move || {
                let reader = Reader::open(home).unwrap();
                let mut looks = 0;
                while !done.load(Ordering::Acquire) || looks < 3 {
                    reader.refresh().unwrap();
                    let snapshot = if own {
                        store.snapshot()
                    } else {
                        reader.snapshot()
                    };
                    looks += 1;
                    let Some(back) = snapshot.height().checked_sub(looks % 7).filter(|h| *h > 0)
                    else {
                        continue;
                    };
                    match state(&snapshot, back) {
                        Ok(view) => check_view(&view, at(history, back)),
                        // Between the look and the read, the writer went on.
                        Err(error) => assert_eq!(error.code(), "E-DROPPED", "{error}"),
                    }
                }
            });
        }
        for height in 1..=300 {
            let mut batch = store.batch();
            for (key, value) in writes(height, 400, 12, 60) {
                batch.put("domain", key, value).unwrap();
            }
            store.commit(batch.seal(0, b"").unwrap()).unwrap();
        }
        done.store(true, Ordering::Release);
    });
    assert!(check_kept(&store.snapshot(), &history) > 1);
    store.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    let names = std::fs::read_dir(home.join("domain/trie")).unwrap();
    let mut names = names.map(|name| name.unwrap().path());
    assert!(names.all(|name| name.extension() != Some("next".as_ref())));
}
