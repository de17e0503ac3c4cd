//! `info`: what a store holds.

use std::fmt::Write;
use std::path::Path;

use ledger::{Durability, KeyMode, Reader};
use serde::Serialize;

use super::state::key_mode_name;
use crate::cli::StoreArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::session::{ProblemDoc, Session, durability_name, problem_of};

#[derive(Serialize)]
struct InfoDoc {
    schema: &'static str,
    path: String,
    format: u32,
    network: String,
    uuid: String,
    height: u64,
    /// The height that the store begins with, if that is not 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<u64>,
    /// Of the last commit; null before the first.
    time: Option<String>,
    durability: &'static str,
    problem: Option<ProblemDoc>,
    audit: AuditDoc,
    ledgers: Vec<LedgerDoc>,
}

#[derive(Serialize)]
struct AuditDoc {
    tree_size: u64,
    root_hash: String,
}

#[derive(Serialize)]
struct LedgerDoc {
    name: String,
    tree: &'static str,
    tree_size: u64,
    root_hash: String,
    state: &'static str,
    key_mode: Option<&'static str>,
    state_root: Option<String>,
}

pub(crate) fn run(session: &Session, args: StoreArgs) -> Result<Exit, Failure> {
    show(session, &session.directory(args.dir)?)
}

pub(super) fn show(session: &Session, dir: &Path) -> Result<Exit, Failure> {
    let reader = session.reader(dir)?;
    let document = document(dir, &reader);
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&text(&document))?;
    }
    Ok(Exit::Ok)
}

fn document(dir: &Path, reader: &Reader) -> InfoDoc {
    let snapshot = reader.snapshot();
    let audit = snapshot.audit();
    let ledgers = snapshot.ledgers().iter().map(|ledger| LedgerDoc {
        name: ledger.name.to_string(),
        tree: ledger.tree.name(),
        tree_size: ledger.size,
        root_hash: ledger.root.to_string(),
        state: ledger.state.map_or("none", |state| state.suite.name()),
        key_mode: ledger.state.map(|state| key_mode_name(state.keys)),
        state_root: ledger.state.map(|_| ledger.state_root.to_string()),
    });
    InfoDoc {
        schema: "ledger-tool.info/1",
        path: dir.display().to_string(),
        format: hash_store::FORMAT_VERSION,
        network: snapshot.network().to_string(),
        uuid: human::hex(&snapshot.uuid()),
        height: snapshot.height(),
        base: snapshot.base(),
        time: (snapshot.height() > 0).then(|| human::time(snapshot.time_ms())),
        durability: durability_name(reader.durability()),
        problem: problem_of(reader),
        audit: AuditDoc {
            tree_size: audit.size().0,
            root_hash: audit.root().to_string(),
        },
        ledgers: ledgers.collect(),
    }
}

fn text(info: &InfoDoc) -> String {
    let mut text = String::new();
    let width = info.ledgers.iter().map(|ledger| ledger.name.len());
    let width = width.max().unwrap_or(0).max("network".len());
    let mut line = |name: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{name:width$}  {value}");
    };
    line("store", &format!("{}  format {}", info.path, info.format));
    line("network", &info.network);
    let height = human::count(info.height);
    match &info.time {
        Some(time) => line("height", &format!("{height}, last commit {time}")),
        None => line("height", &format!("{height}, nothing was committed yet")),
    }
    if let Some(base) = info.base {
        let base = human::count(base);
        line(
            "",
            &format!("begins with height {base}: nothing from before is there"),
        );
    }
    if info.durability == durability_name(Durability::Unknown) {
        line("", "durability unknown: not closed in order");
    }
    let size = human::counted(info.audit.tree_size, "commit", "commits");
    line("audit", &size);
    line("", &format!("root {}", info.audit.root_hash));
    for ledger in &info.ledgers {
        let size = human::counted(ledger.tree_size, "entry", "entries");
        line(&ledger.name, &format!("{size}, tree {}", ledger.tree));
        line("", &format!("root {}", ledger.root_hash));
        if let Some(root) = &ledger.state_root {
            let hashed = ledger.key_mode == Some(key_mode_name(KeyMode::Hashed));
            let keys = if hashed { ", keys hashed" } else { "" };
            line("", &format!("state {}{keys}, root {root}", ledger.state));
        }
    }
    text
}
