//! `demo`: the main job on real data, in one command.
//!
//! The data is compiled in: the genesis ledgers of Sovrin's main network, whose roots the reference system
//! (Hyperledger Indy Plenum) computed too.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ledger::{LedgerSpec, Level, Options, Reader, StateSuite, Store, TreeType, Verdict};
use merkle_log::{Hash, LeafIndex, TreeSize};
use serde::Serialize;

use super::proof::{prove_consistency, prove_inclusion, write};
use super::proof_check::{read_bytes, read_whole, verdict_line};
use super::proof_state::prove_key;
use super::verify;
use crate::cli::DemoArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::{self, Anchor, Anchors, Form, Judgement, judge};
use crate::session::Session;
use crate::state_proof::{self, StateAnchors};
use crate::stop::Stop;

/// A genesis ledger, and what the reference system computes from it.
struct Genesis {
    ledger: &'static str,
    file: &'static [u8],
    size: u64,
    /// In Base58, as the reference system writes roots.
    root: &'static str,
    /// Of the state that its transactions write.
    state_root: &'static str,
}

const NETWORK: &str = "sovrin-mainnet";
const POOL: Genesis = Genesis {
    ledger: "pool",
    file: include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/vectors/plenum/data/sovrin_mainnet_pool.jsonl"
    )),
    size: 136,
    root: "BoXLu21YMWT7JsPz7A8sVKN3zTeUhdyXikT9B7hygWS3",
    state_root: "AdzjRbHfhrZV5WbYepEBTP8MWzi8hX6XnL1vD22JXJqe",
};
const DOMAIN: Genesis = Genesis {
    ledger: "domain",
    file: include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../tests/vectors/plenum/data/sovrin_mainnet_domain.jsonl"
    )),
    size: 16,
    root: "66smAmghRPbmGU8NM6SnNfKGcptasGHvrDCuezNysaBP",
    state_root: "8ezjMCVSp2ZTpiuKGVSK596Z3oVnGQRv8RfL8cNHzLpZ",
};
/// The leaf of the pool ledger that is proven.
const LEAF: u64 = 5;
/// The node whose data in the pool's state is proven.
const NODE: &str = "GWgp6huggos5HrzHVDy5xeBkYHxPvrRZzjPNAyJAqpjA";
/// A size that the pool ledger had, and its root then, as the reference system computes it.
const EARLIER: (u64, &str) = (100, "3nPK6o6SevtqnE5HZP8Tsjzjs2JSAqdZ5uq53B9w7NcD");

#[derive(Serialize)]
struct DemoDoc {
    schema: &'static str,
    store: String,
    network: &'static str,
    ledgers: Vec<LedgerDoc>,
    proofs: Vec<ProofDoc>,
    verdict: &'static str,
}

#[derive(Serialize)]
struct LedgerDoc {
    name: &'static str,
    tree_size: u64,
    root_hash: String,
    root_base58: String,
    reference_base58: &'static str,
    state_root: String,
    state_root_base58: String,
}

#[derive(Serialize)]
struct ProofDoc {
    kind: &'static str,
    file: String,
    verdict: &'static str,
    #[serde(skip)]
    judgement: Judgement,
}

/// Where everything is put.
struct Places {
    store: PathBuf,
    inclusion: PathBuf,
    consistency: PathBuf,
    state: PathBuf,
    entry: PathBuf,
}

pub(crate) fn run(session: &Session, args: DemoArgs) -> Result<Exit, Failure> {
    let stop = Stop::listen()?;
    let mut progress = session.progress("demo", None);
    let places = make_places(session.given_directory(args.dir)?)?;
    progress.update(0, None);
    let left = format!("what was made is in {}", places.store.display());
    if stop.asked() {
        return session.interrupted(&left);
    }
    load(&places.store)?;
    let reader = session.reader(&places.store)?;
    let ledgers = [POOL, DOMAIN]
        .into_iter()
        .map(|genesis| compare(&reader, &genesis))
        .collect::<Result<Vec<_>, _>>()?;
    prove(session, &reader, &places)?;
    let proofs = check_as_a_stranger(&places)?;
    let started = Instant::now();
    let report = ledger::verify(session.storage(&places.store), Level::Full, &mut |at| {
        progress.update(at.bytes_done, Some(at.bytes_total));
        !stop.asked()
    })?;
    if stop.asked() {
        return session.interrupted(&left);
    }
    drop(progress);
    let elapsed = started.elapsed();
    let good = report.verdict == Verdict::Verified
        && proofs
            .iter()
            .all(|p| p.judgement.verdict == proof::Verdict::Valid);
    if session.json {
        session.document(&DemoDoc {
            schema: "ledger-tool.demo/1",
            store: places.store.display().to_string(),
            network: NETWORK,
            ledgers,
            proofs,
            verdict: if good { "verified" } else { "damaged" },
        })?;
    } else {
        let verification = verify::text(&verify::Outcome {
            dir: &places.store,
            level: Level::Full,
            since: None,
            report: &report,
            elapsed,
            resume: None,
        });
        session.answer(&text(&places, &ledgers, &proofs, &verification))?;
    }
    Ok(if good { Exit::Ok } else { Exit::No })
}

fn make_places(dir: Option<PathBuf>) -> Result<Places, Failure> {
    let dir = match dir {
        Some(dir) => dir,
        None => tempfile::Builder::new()
            .prefix("ledger-demo-")
            .tempdir()
            .map_err(Failure::io("create", "a temporary directory"))?
            .keep(),
    };
    let proofs = dir.join("proofs");
    fs::create_dir_all(&dir).map_err(Failure::io("create", dir.display().to_string()))?;
    let mut found = fs::read_dir(&dir).map_err(Failure::io("list", dir.display().to_string()))?;
    if found.next().is_some() {
        let location = dir.display().to_string();
        return Err(ledger::Error::from(hash_store::Error::NotEmpty { location }).into());
    }
    fs::create_dir(&proofs).map_err(Failure::io("create", proofs.display().to_string()))?;
    Ok(Places {
        store: dir.join("store"),
        inclusion: proofs.join("inclusion.json"),
        consistency: proofs.join("consistency.json"),
        state: proofs.join("state.json"),
        entry: proofs.join("entry"),
    })
}

/// Makes the store and loads both ledgers, each in one commit.
fn load(dir: &Path) -> Result<(), Failure> {
    let network = NETWORK.parse().map_err(ledger::Error::from)?;
    let mut specs = Vec::new();
    for genesis in [POOL, DOMAIN] {
        let name = genesis.ledger.parse().map_err(ledger::Error::from)?;
        let (tree, suite) = (TreeType::Sha256, StateSuite::Sha3_256);
        specs.push(LedgerSpec::with_state(name, tree, suite));
    }
    let store = Store::create(dir, network, &specs, Options::default())?;
    for genesis in [POOL, DOMAIN] {
        let time = human::now_ms().max(store.snapshot().time_ms());
        store.load_plenum_genesis_with_state(genesis.ledger, genesis.file, time)?;
    }
    Ok(store.close()?)
}

/// Holds a ledger against what the reference system computes.
fn compare(reader: &Reader, genesis: &Genesis) -> Result<LedgerDoc, Failure> {
    let snapshot = reader.snapshot();
    let tree = snapshot.ledger(genesis.ledger)?;
    let state_root = snapshot.state(genesis.ledger)?.root();
    let document = LedgerDoc {
        name: genesis.ledger,
        tree_size: tree.size().0,
        root_hash: tree.root().to_string(),
        root_base58: bs58::encode(tree.root()).into_string(),
        reference_base58: genesis.root,
        state_root: state_root.to_string(),
        state_root_base58: bs58::encode(state_root).into_string(),
    };
    let roots = [
        (&document.root_base58, genesis.root),
        (&document.state_root_base58, genesis.state_root),
    ];
    for (computed, expected) in roots {
        if computed != expected || document.tree_size != genesis.size {
            return Err(Failure::Reference {
                ledger: genesis.ledger,
                computed: computed.clone(),
                expected,
            });
        }
    }
    Ok(document)
}

/// Writes three proofs, and the entry that one of them is for.
fn prove(session: &Session, reader: &Reader, places: &Places) -> Result<(), Failure> {
    let form = if session.json {
        Form::JsonLine
    } else {
        Form::Json
    };
    let snapshot = reader.snapshot();
    let pool = snapshot.ledger(POOL.ledger)?;
    let inclusion = prove_inclusion(&snapshot, &pool, LEAF, None)?;
    write(session, &inclusion, &places.inclusion, form)?;
    let consistency = prove_consistency(&snapshot, &pool, EARLIER.0, None)?;
    write(session, &consistency, &places.consistency, form)?;
    let state = prove_key(&snapshot, POOL.ledger, NODE.as_bytes())?;
    let file = places.state.display().to_string();
    fs::write(&places.state, state.encode(form)?).map_err(Failure::io("write", file))?;
    let entry = pool.entry(LeafIndex(LEAF))?;
    let file = places.entry.display().to_string();
    fs::write(&places.entry, entry).map_err(Failure::io("write", file))
}

/// Checks the files as one does who has nothing else but the roots that the reference system
/// computes.
fn check_as_a_stranger(places: &Places) -> Result<Vec<ProofDoc>, Failure> {
    let file = places.entry.display().to_string();
    let entry = fs::read(&places.entry).map_err(Failure::io("read", file))?;
    let root = anchor(POOL.size, POOL.root);
    let old_root = anchor(EARLIER.0, EARLIER.1);
    let for_inclusion = Anchors {
        root,
        leaves: Some(vec![TreeType::Sha256.leaf(&entry)]),
        ..Anchors::default()
    };
    let for_consistency = Anchors {
        root,
        old_root,
        ..Anchors::default()
    };
    let files = [
        (&places.inclusion, for_inclusion),
        (&places.consistency, for_consistency),
    ];
    let checked = files.into_iter().map(|(path, anchors)| {
        let file = read_whole(path)?;
        let judged = judge(&file, &anchors);
        let judgement = judged.map_err(|e| Failure::Usage(e.to_owned()))?;
        Ok(ProofDoc {
            kind: file.claim.kind(),
            file: path.display().to_string(),
            verdict: judgement.verdict.name(),
            judgement,
        })
    });
    let mut checked = checked.collect::<Result<Vec<_>, Failure>>()?;
    checked.push(check_state(&places.state)?);
    Ok(checked)
}

/// Checks the state proof against the reference system's root of the pool's state.
fn check_state(path: &Path) -> Result<ProofDoc, Failure> {
    let bytes = read_bytes(path)?;
    let anchors = StateAnchors {
        root: root_of(POOL.state_root),
        key: Some(NODE.as_bytes().to_vec()),
        ..StateAnchors::default()
    };
    let judgement = match state_proof::recognise(&bytes)? {
        Some(form) => {
            state_proof::judge(&form, &anchors).map_err(|why| Failure::Usage(why.to_owned()))?
        }
        None => Judgement::invalid("the file is no state proof".to_owned()),
    };
    Ok(ProofDoc {
        kind: "state",
        file: path.display().to_string(),
        verdict: judgement.verdict.name(),
        judgement,
    })
}

fn root_of(base58: &str) -> Option<[u8; Hash::LEN]> {
    let mut root = [0; Hash::LEN];
    bs58::decode(base58).onto(&mut root).ok()?;
    Some(root)
}

fn anchor(size: u64, base58: &str) -> Option<Anchor> {
    let root = root_of(base58)?;
    Some(Anchor::of_tree(Hash::new(root), TreeSize(size)))
}

fn text(places: &Places, ledgers: &[LedgerDoc], proofs: &[ProofDoc], verification: &str) -> String {
    let mut text =
        String::from("The genesis ledgers of Sovrin MainNet, loaded into a new store:\n\n");
    for ledger in ledgers {
        let size = human::counted(ledger.tree_size, "entry", "entries");
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "  {:<10} {size}\n  {:<10} root {}\n  {:<10}      {}",
            ledger.name, "", ledger.root_hash, "", ledger.root_base58
        );
        let (root, base58) = (&ledger.state_root, &ledger.state_root_base58);
        let _ = writeln!(
            text,
            "  {:<10} state {root}\n  {:<10}      {base58}",
            "", ""
        );
        text += "             equal what the reference system, Hyperledger Indy Plenum, computes\n";
    }
    text += "\nThree proofs, written to files and checked as a stranger does, who has only the\n\
             files and the reference roots:\n\n";
    for proof in proofs {
        let _ = write!(
            text,
            "  {}\n  {}",
            proof.file,
            verdict_line(&proof.judgement)
        );
    }
    text += "\nThe whole store, held against itself:\n\n";
    for line in verification.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text += "\nTry next:\n\n";
    for command in commands(places, ledgers) {
        let _ = writeln!(text, "  {command}");
    }
    text
}

/// Commands that work when they are pasted into a shell.
fn commands(places: &Places, ledgers: &[LedgerDoc]) -> Vec<String> {
    let tool = std::env::current_exe().unwrap_or_else(|_| "ledger-tool".into());
    let tool = quoted(&tool);
    let store = quoted(&places.store);
    let inclusion = quoted(&places.inclusion);
    let root = ledgers.first().map_or("", |pool| pool.root_hash.as_str());
    let mut commands = vec![
        format!("{tool} info {store}"),
        format!("{tool} entry {store} --ledger pool {LEAF}"),
        format!("{tool} state get {store} --ledger pool --key {NODE}"),
        format!("{tool} proof show {inclusion}"),
    ];
    let size = POOL.size;
    let entry = quoted(&places.entry);
    commands.push(format!(
        "{tool} proof check {inclusion} --data {entry} --root {root}@{size}"
    ));
    commands.push(format!("{tool} dump {store} --ledger domain"));
    commands.push(format!("{tool} verify {store}"));
    commands
}

/// A path as one word of a shell's command line.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+@".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}
