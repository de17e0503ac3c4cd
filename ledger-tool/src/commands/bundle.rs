//! `proof bundle`, and what `proof show` says of one.

use std::io::Write;

use ledger::bundle::{BundleTrust, BundleVerdict, Evidence, Fact, Proven};
use ledger::{ProofBundle, Snapshot};
use merkle_log::{Hash, LeafIndex, TreeSize};
use serde::Serialize;

use super::dump::{create, goes_on};
use super::proof_check::verdict_line;
use crate::cli::BundleArgs;
use crate::failure::{Exit, Failure};
use crate::human;
use crate::proof::{Anchor, FileError, Judgement, shown};
use crate::session::Session;
use crate::signed::{self, SignedError};

#[derive(Serialize)]
struct BundleDoc<'a> {
    schema: &'static str,
    kind: &'static str,
    holds: bool,
    network: &'a str,
    ledger: &'a str,
    height: u64,
    time: String,
    fact: FactDoc,
    audit: RootDoc,
    evidence: &'static str,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FactDoc {
    Entry {
        leaf_index: u64,
        seq_no: u128,
        data_hex: String,
    },
    Present {
        key_hex: String,
        value_hex: String,
    },
    Absent {
        key_hex: String,
    },
}

#[derive(Serialize)]
struct RootDoc {
    tree_size: u64,
    root_hash: Hash,
}

pub(crate) fn prove(session: &Session, args: &BundleArgs) -> Result<Exit, Failure> {
    let snapshot = session
        .reader(&session.directory(args.dir.clone())?)?
        .snapshot();
    let mut evidence = Evidence::None;
    let mut audit_size = snapshot.height();
    if let Some(path) = &args.checkpoint {
        let (note, checkpoint) = signed::read_checkpoint(path)?;
        let stated = Anchor::of_checkpoint(&checkpoint);
        audit_size = checkpoint.size().0;
        let computed = snapshot.audit().root_at(checkpoint.size())?;
        let computed = Anchor::of_tree(computed, checkpoint.size());
        if stated != computed {
            return Err(SignedError::OtherRoot { stated, computed }.into());
        }
        evidence = Evidence::Checkpoint(note.to_string());
    }
    let height = args.height.unwrap_or(audit_size);
    let mut bundle = bundle(&snapshot, args, height, TreeSize(audit_size))?;
    bundle.evidence = evidence;
    // What it carries must be of this store, not only of its root.
    if let BundleVerdict::Invalid(error) = bundle.verify(&BundleTrust::default()) {
        return Err(Failure::Bundle(error));
    }
    let bytes = if args.compact {
        bundle.to_compact()
    } else {
        bundle.to_json(session.json)
    };
    let bytes = bytes.map_err(FileError::Bundle)?;
    let (mut output, name) = create(&args.output)?;
    let written = output.write_all(&bytes).and_then(|()| output.flush());
    goes_on(written, &name)?;
    session.detail(&format!("leads to the audit tree of size {audit_size}"));
    Ok(Exit::Ok)
}

fn bundle(
    snapshot: &Snapshot,
    args: &BundleArgs,
    height: u64,
    audit_size: TreeSize,
) -> Result<ProofBundle, Failure> {
    let ledger = args.ledger.as_str();
    let key = match (args.leaf, &args.key, &args.key_hex) {
        (Some(leaf), ..) => {
            let leaf = LeafIndex(leaf);
            return Ok(snapshot.bundle_entry(ledger, leaf, height, audit_size)?);
        }
        (_, Some(text), _) => text.clone().into_bytes(),
        (.., Some(hex)) => human::unhex(hex)
            .ok_or_else(|| Failure::Usage(format!("--key-hex {hex}: not pairs of hex digits")))?,
        // The parser asks for one of them.
        _ => return Err(Failure::Usage("give --leaf, --key or --key-hex".to_owned())),
    };
    Ok(snapshot.bundle_key(ledger, &key, height, audit_size)?)
}

pub(super) fn show(session: &Session, bundle: &ProofBundle) -> Result<Exit, Failure> {
    let proven = match bundle.verify(&BundleTrust::default()) {
        BundleVerdict::Valid(proven) | BundleVerdict::Consistent(proven, _) => proven,
        BundleVerdict::Invalid(error) => {
            let judgement = Judgement::invalid(error.to_string());
            session.answer(&verdict_line(&judgement))?;
            return Ok(Exit::No);
        }
    };
    if session.json {
        session.document(&document(bundle, &proven))?;
    } else {
        session.answer(&text(bundle, &proven))?;
    }
    Ok(Exit::Ok)
}

const fn evidence(bundle: &ProofBundle) -> &'static str {
    match bundle.evidence {
        Evidence::None => "none",
        Evidence::Checkpoint(_) => "checkpoint",
        Evidence::Finality { .. } => "finality",
    }
}

fn document<'a>(bundle: &ProofBundle, proven: &'a Proven<'a>) -> BundleDoc<'a> {
    let (tree_size, root_hash) = proven.audit_root();
    BundleDoc {
        schema: "ledger-tool.proof-show/1",
        kind: "bundle",
        holds: true,
        network: proven.network().as_str(),
        ledger: proven.ledger().as_str(),
        height: proven.height(),
        time: human::time(proven.time_ms()),
        fact: match proven.fact() {
            Fact::Entry { leaf_index, entry } => FactDoc::Entry {
                leaf_index: leaf_index.0,
                seq_no: u128::from(leaf_index.0) + 1,
                data_hex: human::hex(entry),
            },
            Fact::Present { key, value } => FactDoc::Present {
                key_hex: human::hex(key),
                value_hex: human::hex(value),
            },
            Fact::Absent { key } => FactDoc::Absent {
                key_hex: human::hex(key),
            },
        },
        audit: RootDoc {
            tree_size: tree_size.0,
            root_hash,
        },
        evidence: evidence(bundle),
    }
}

fn text(bundle: &ProofBundle, proven: &Proven<'_>) -> String {
    let fact = match proven.fact() {
        Fact::Entry { leaf_index, entry } => {
            let bytes = human::counted(entry.len() as u64, "byte", "bytes");
            format!("leaf       {leaf_index}, {bytes}\n")
        }
        Fact::Present { key, value } => {
            format!("key        {}\nvalue      {}\n", shown(key), shown(value))
        }
        Fact::Absent { key } => format!("key        {}\nvalue      absent\n", shown(key)),
    };
    let root = proven.body().ledger(proven.ledger().as_str());
    let roots = root.map_or_else(String::new, |roots| match proven.fact() {
        Fact::Entry { .. } => format!("root       {}@{}\n", roots.root, roots.size),
        _ => format!("state root {}\n", roots.state_root),
    });
    let (size, audit) = proven.audit_root();
    format!(
        "network    {}\nledger     {}\nheight     {}, {}\n{fact}{roots}audit root {audit}@{size}\n\
         evidence   {}, not checked\n",
        proven.network(),
        proven.ledger(),
        proven.height(),
        human::time(proven.time_ms()),
        evidence(bundle),
    )
}
