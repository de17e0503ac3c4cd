//! What a process left is held against the model.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hash_store::{FileStorage, MemStorage, Storage};
use ledger::{Level, Reader, Store, Verdict, verify};
use ledger_tests::lab::model::Model;
use ledger_tests::lab::oracle::{Expect, go_on, holds};
use ledger_tests::lab::pruned;
use ledger_tests::lab::workload::{Event, options};

use crate::process::Story;

/// Opens what a process left: for reading, for writing, to go on, and once more.
pub(crate) fn judge(dir: &Path, model: &Model, story: &Story) -> Result<(), String> {
    let least = story.acknowledged.unwrap_or(0);
    let creating = story.acknowledged.is_none();
    let expect = Expect {
        model,
        least,
        most: if creating {
            model.last()
        } else {
            least + story.in_doubt
        },
        creating,
    };
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir));
    let scratch = Arc::new(MemStorage::new());
    match Reader::open_in(Arc::clone(&storage), scratch) {
        Ok(reader) => {
            // Readers go by the tip file, which an error may have kept from being written.
            let least = if story.killed { least } else { 0 };
            let expect = Expect { least, ..expect };
            holds(&reader.snapshot(), expect).map_err(|e| format!("reader: {e}"))?
        }
        Err(_) if creating => 0,
        Err(error) => return Err(format!("reader: {error}")),
    };
    let open = || open_unlocked(&storage);
    let store = match open() {
        Ok(store) => store,
        Err(_) if creating => return Ok(()),
        Err(error) => return Err(format!("open: {error}")),
    };
    let found = holds(&store.snapshot(), expect)?;
    let mut model = model.cut(found);
    for lens in [vec![20], vec![2500, 3000]] {
        let commit = Event::Commit(vec![(0, lens)], None);
        go_on(&store, &mut model, &[commit]).map_err(|e| format!("going on: {e}"))?;
    }
    store.close().map_err(|e| format!("close: {e}"))?;
    let store = open().map_err(|e| format!("second open: {e}"))?;
    let expect = Expect {
        model: &model,
        least: model.last(),
        most: model.last(),
        creating: false,
    };
    holds(&store.snapshot(), expect).map_err(|e| format!("second open: {e}"))?;
    if !store.report().clean {
        return Err(format!(
            "an orderly end was not clean: {:?}",
            store.report()
        ));
    }
    drop(store);
    let report = verify(storage, Level::Full, &mut |_| true).map_err(|e| e.to_string())?;
    if report.verdict == Verdict::Damaged {
        return Err(format!("verify finds damage: {:?}", report.findings));
    }
    Ok(())
}

/// The same of a store that dropped old states; what was acknowledged are heights. After an error no
/// derived file may be believed, otherwise the node log never has to be made anew.
pub(crate) fn judge_pruned(dir: &Path, story: &Story, had_errors: bool) -> Result<(), String> {
    let heights = pruned::real_events();
    let heights = heights
        .iter()
        .filter(|event| **event == pruned::Event::Commit);
    let heights = heights.count() as u64;
    let history = pruned::history(heights + 2);
    let least = story.acknowledged.unwrap_or(0);
    let most = heights.min(least + story.in_doubt);
    let creating = story.acknowledged.is_none();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir));
    match Reader::open_in(Arc::clone(&storage), Arc::new(MemStorage::new())) {
        Ok(reader) => {
            let least = if story.killed { least } else { 0 };
            pruned::holds(&reader.snapshot(), &history, least, most)
                .map_err(|e| format!("reader: {e}"))?;
        }
        Err(_) if creating => {}
        Err(error) => return Err(format!("reader: {error}")),
    }
    let store = match open_unlocked(&storage) {
        Ok(store) => store,
        Err(_) if creating => return Ok(()),
        Err(error) => return Err(format!("open: {error}")),
    };
    if !had_errors && store.report().rebuilt {
        return Err("the node log had to be made anew".to_owned());
    }
    let tip = pruned::holds(&store.snapshot(), &history, least, most)?;
    pruned::goes_on(&store, &history, tip)?;
    let tip = store.snapshot().height();
    store.close().map_err(|e| format!("close: {e}"))?;
    let store = open_unlocked(&storage).map_err(|e| format!("second open: {e}"))?;
    pruned::holds(&store.snapshot(), &history, tip, tip)
        .map_err(|e| format!("second open: {e}"))?;
    if !store.report().clean {
        return Err(format!(
            "an orderly end was not clean: {:?}",
            store.report()
        ));
    }
    drop(store);
    let report = verify(storage, Level::Full, &mut |_| true).map_err(|e| e.to_string())?;
    if report.verdict == Verdict::Damaged {
        return Err(format!("verify finds damage: {:?}", report.findings));
    }
    Ok(())
}

/// Opens the store once its lock is free: a process that another thread is just starting shares
/// every file of this one until it has become another program.
fn open_unlocked(storage: &Arc<dyn Storage>) -> ledger::Result<Store> {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        match Store::open_in(Arc::clone(storage), options()) {
            Err(error) if error.code() == "E-LOCKED" && Instant::now() < deadline => {
                std::thread::yield_now();
            }
            answer => return answer,
        }
    }
}
