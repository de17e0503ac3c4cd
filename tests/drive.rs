//! One process to be killed or failed: drives a store through a workload on a real file system, and
//! tells on standard output what was acknowledged. `tests/real` runs it.
//!
//! `drive run DIR WORKLOAD` creates the store; events that end a process are orderly ends here.
//! `drive prune DIR` creates a store that drops old states (`lab/pruned.rs`); what is acknowledged
//! there are heights.
//! `drive open DIR` settles what an earlier process left, and closes the store.
//!
//! Lines: `begin`, `acknowledged <batches>`, `failed <code> <what>`, `again <code>` for each
//! further try of what failed, `end`.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "its output is its purpose; it is test code"
)]

use std::path::Path;
use std::sync::Arc;

use hash_store::{FileStorage, Storage};
use ledger::{LedgerSpec, Result, Store};
use ledger_tests::lab::model::NETWORK;
use ledger_tests::lab::pruned;
use ledger_tests::lab::workload::{Event, Workload, options, perform, spec};

/// A fault may stay for a few calls.
const TRIES: usize = 40;

pub(crate) fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    println!("begin");
    match arguments[..] {
        ["run", dir, workload] => run(Path::new(dir), &Workload::named(workload).unwrap()),
        ["prune", dir] => prune(Path::new(dir)),
        ["open", dir] => settle(Path::new(dir)),
        _ => panic!("drive run DIR WORKLOAD | drive prune DIR | drive open DIR"),
    }
    println!("end");
}

fn storage(dir: &Path) -> Arc<dyn Storage> {
    Arc::new(FileStorage::new(dir))
}

fn open(dir: &Path) -> Result<Store> {
    Store::open_in(storage(dir), options())
}

fn create(dir: &Path, ledgers: &[&str]) -> Result<Store> {
    let specs: Vec<LedgerSpec> = ledgers.iter().map(|name| spec(name)).collect();
    Store::create_in(
        storage(dir),
        [7; 16],
        NETWORK.parse().unwrap(),
        &specs,
        options(),
    )
}

fn run(dir: &Path, workload: &Workload) {
    let mut store = match create(dir, &workload.ledgers) {
        Ok(store) => store,
        Err(error) => return println!("failed {} creating", error.code()),
    };
    let mut acknowledged = workload.ledgers.len();
    println!("acknowledged {acknowledged}");
    for event in &workload.events {
        if matches!(event, Event::Reopen | Event::Kill | Event::PowerCut(_)) {
            if let Err(error) = store.close() {
                println!("failed {} closing", error.code());
            }
            match tried("opening", || open(dir)) {
                Some(opened) => store = opened,
                None => return,
            }
            continue;
        }
        let what = if *event == Event::Watermark {
            "marking"
        } else {
            "writing"
        };
        match tried(what, || perform(&store, event)) {
            Some(true) => {
                acknowledged += 1;
                println!("acknowledged {acknowledged}");
            }
            Some(false) => {}
            None => return,
        }
    }
    if let Err(error) = store.close() {
        println!("failed {} closing", error.code());
    }
}

fn prune(dir: &Path) {
    let mut store = match pruned::create(storage(dir)) {
        Ok(store) => store,
        Err(error) => return println!("failed {} creating", error.code()),
    };
    let mut heights = 0;
    println!("acknowledged {heights}");
    for event in pruned::real_events() {
        let what = match event {
            pruned::Event::Reopen => {
                if let Err(error) = store.close() {
                    println!("failed {} closing", error.code());
                }
                match tried("opening", || open(dir)) {
                    Some(opened) => store = opened,
                    None => return,
                }
                continue;
            }
            pruned::Event::Commit => "writing",
            pruned::Event::Watermark => "marking",
            _ => "pruning",
        };
        match tried(what, || pruned::perform(&store, event)) {
            Some(true) => {
                heights += 1;
                println!("acknowledged {heights}");
            }
            Some(false) => {}
            None => return,
        }
    }
    if let Err(error) = store.close() {
        println!("failed {} closing", error.code());
    }
}

fn settle(dir: &Path) {
    if let Some(store) = tried("opening", || open(dir))
        && let Err(error) = store.close()
    {
        println!("failed {} closing", error.code());
    }
}

/// Tries until it goes well or the store is poisoned.
fn tried<T>(what: &str, mut attempt: impl FnMut() -> Result<T>) -> Option<T> {
    let mut error = match attempt() {
        Ok(done) => return Some(done),
        Err(error) => error,
    };
    println!("failed {} {what}", error.code());
    for _ in 0..TRIES {
        if error.code() == "E-POISONED" {
            return None;
        }
        match attempt() {
            Ok(done) => {
                println!("again ok");
                return Some(done);
            }
            Err(again) => error = again,
        }
        println!("again {}", error.code());
    }
    None
}
