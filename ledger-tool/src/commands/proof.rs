//! `proof inclusion`, `consistency`, `check` and `show`.

use std::path::Path;

use ledger::{Snapshot, TreeView};
use merkle_log::{LeafIndex, TreeSize};
use serde::Serialize;

use super::dump::{create, goes_on};
use crate::cli::{CheckArgs, ConsistencyArgs, InclusionArgs, ShowArgs, TreeArgs};
use crate::failure::{Exit, Failure};
use crate::proof::{
    Anchor, Anchors, Claim, Drawing, Glyphs, Judgement, Node, ProofFile, Role, Source, Verdict,
    judge,
};
use crate::session::{BAD, GOOD, Session, UNSURE};

/// The longest entry that a proof can be for; more is not read.
const DATA_LEN_MAX: u64 = ledger::ENTRY_LEN_MAX as u64;

#[derive(Serialize)]
struct CheckDoc<'a> {
    schema: &'static str,
    verdict: &'static str,
    statement: &'a str,
    remark: Option<&'a str>,
    code: Option<&'static str>,
    kind: Option<&'static str>,
    network: Option<&'a str>,
    ledger: Option<&'a str>,
}

#[derive(Serialize)]
struct ShowDoc {
    schema: &'static str,
    kind: &'static str,
    holds: bool,
    trees: Vec<TreeDoc>,
}

#[derive(Serialize)]
struct TreeDoc {
    expected_root: String,
    /// Parents before children, left before right.
    nodes: Vec<NodeDoc>,
}

#[derive(Serialize)]
struct NodeDoc {
    begin: u64,
    end: u64,
    depth: usize,
    hash: String,
    role: &'static str,
    /// Which hash of the proof's path it is, from 0.
    path_index: Option<usize>,
}

/// The proof that a store makes.
pub(super) fn prove_inclusion(
    snapshot: &Snapshot,
    tree: &TreeView<'_>,
    leaf: u64,
    size: Option<u64>,
) -> Result<ProofFile, Failure> {
    let size = size.map_or(tree.size(), TreeSize);
    let proof = tree.prove_inclusion(LeafIndex(leaf), size)?;
    let claim = Claim::Inclusion {
        leaf: tree.tree().leaf(&tree.entry(LeafIndex(leaf))?),
        root: tree.root_at(size)?,
        proof,
    };
    Ok(file(snapshot, tree, claim))
}

/// The proof that a store makes.
pub(super) fn prove_consistency(
    snapshot: &Snapshot,
    tree: &TreeView<'_>,
    from: u64,
    to: Option<u64>,
) -> Result<ProofFile, Failure> {
    let (first, second) = (TreeSize(from), to.map_or(tree.size(), TreeSize));
    let proof = tree.prove_consistency(first, second)?;
    let claim = Claim::Consistency {
        first_root: tree.root_at(first)?,
        second_root: tree.root_at(second)?,
        proof,
    };
    Ok(file(snapshot, tree, claim))
}

fn file(snapshot: &Snapshot, tree: &TreeView<'_>, claim: Claim) -> ProofFile {
    ProofFile {
        source: Source {
            network: Some(snapshot.network().to_string()),
            ledger: Some(tree.name().to_owned()),
        },
        tree: tree.tree(),
        claim,
    }
}

pub(crate) fn inclusion(session: &Session, args: InclusionArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let proof = prove_inclusion(&snapshot, &tree, args.leaf, args.size)?;
    write(session, &proof, &args.output)
}

pub(crate) fn consistency(session: &Session, args: ConsistencyArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let proof = prove_consistency(&snapshot, &tree, args.from, args.to)?;
    write(session, &proof, &args.output)
}

fn tree<'a>(snapshot: &'a Snapshot, args: &TreeArgs) -> Result<TreeView<'a>, Failure> {
    Ok(match &args.ledger {
        Some(name) => snapshot.ledger(name)?,
        None => snapshot.audit(),
    })
}

pub(super) fn write(session: &Session, proof: &ProofFile, path: &Path) -> Result<Exit, Failure> {
    let json = proof.to_json(session.json)?;
    let (mut output, name) = create(path)?;
    let written = output
        .write_all(json.as_bytes())
        .and_then(|()| output.flush());
    goes_on(written, &name)?;
    if let Claim::Inclusion { proof, root, .. } = &proof.claim {
        session.detail(&format!("leads to {root}@{}", proof.tree_size));
    }
    Ok(Exit::Ok)
}

pub(crate) fn check(session: &Session, args: &CheckArgs) -> Result<Exit, Failure> {
    let anchor = |option: &str, text: Option<&str>| {
        let anchor = text.map(Anchor::parse).transpose();
        anchor.map_err(|e| Failure::Usage(format!("{option}: {e}")))
    };
    let anchors = Anchors {
        root: anchor("--root", args.root.as_deref())?,
        old_root: anchor("--old-root", args.old_root.as_deref())?,
        entry: args.data.as_deref().map(read_entry).transpose()?,
    };
    let (file, judgement, code) = match ProofFile::read(&args.file) {
        Ok(file) => {
            let judged = judge(&file, &anchors);
            let judged = judged.map_err(|e| Failure::Usage(e.to_owned()))?;
            (Some(file), judged, "E-PROOF")
        }
        // No tree can have made such a file: it proves nothing.
        Err(Failure::Proof(error)) if error.exit() == Exit::No => {
            let judged = Judgement::invalid(error.to_string());
            (None, judged, error.code())
        }
        Err(error) => return Err(error),
    };
    let invalid = judgement.verdict == Verdict::Invalid;
    if session.json {
        let source = file.as_ref().map(|file| &file.source);
        session.document(&CheckDoc {
            schema: "ledger-tool.proof-check/1",
            verdict: judgement.verdict.name(),
            statement: &judgement.statement,
            remark: judgement.remark,
            code: invalid.then_some(code),
            kind: file.as_ref().map(ProofFile::kind),
            network: source.and_then(|source| source.network.as_deref()),
            ledger: source.and_then(|source| source.ledger.as_deref()),
        })?;
    } else {
        session.answer(&verdict_line(&judgement))?;
        if let Some(remark) = judgement.remark {
            session.note(remark);
        }
    }
    Ok(match judgement.verdict {
        Verdict::Valid => Exit::Ok,
        Verdict::NotTrusted => Exit::Incomplete,
        Verdict::Invalid => Exit::No,
    })
}

pub(super) fn verdict_line(judgement: &Judgement) -> String {
    let statement = crate::human::safe(&judgement.statement);
    match judgement.verdict {
        Verdict::Valid => format!("{GOOD}VALID{GOOD:#}: {statement}\n"),
        Verdict::NotTrusted => {
            format!(
                "{UNSURE}CONSISTENT, NOT TRUSTED{UNSURE:#}: {statement}, if its root is right\n"
            )
        }
        Verdict::Invalid => format!("{BAD}INVALID{BAD:#}: {statement}\n"),
    }
}

fn read_entry(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let (file, _) = crate::input::open(path)?;
    let name = path.display().to_string();
    let mut entry = Vec::new();
    file.take(DATA_LEN_MAX + 1)
        .read_to_end(&mut entry)
        .map_err(Failure::io("read", name.clone()))?;
    if entry.len() as u64 > DATA_LEN_MAX {
        return Err(Failure::Usage(format!(
            "--data {name}: longer than the {DATA_LEN_MAX} bytes that an entry may have"
        )));
    }
    Ok(entry)
}

pub(crate) fn show(session: &Session, args: &ShowArgs) -> Result<Exit, Failure> {
    let file = ProofFile::read(&args.file)?;
    let drawing = match Drawing::of(&file) {
        Ok(drawing) => drawing,
        Err(reason) => {
            let judgement = Judgement::invalid(reason);
            session.answer(&verdict_line(&judgement))?;
            return Ok(Exit::No);
        }
    };
    if session.json {
        session.document(&document(&file, &drawing))?;
    } else {
        let glyphs = if args.ascii {
            Glyphs::ASCII
        } else {
            Glyphs::UNICODE
        };
        session.answer(&drawing.render(&glyphs))?;
    }
    Ok(if drawing.holds() { Exit::Ok } else { Exit::No })
}

fn document(file: &ProofFile, drawing: &Drawing) -> ShowDoc {
    let trees = drawing.trees.iter().map(|tree| TreeDoc {
        expected_root: tree.expected.to_string(),
        nodes: tree.nodes.iter().map(node_document).collect(),
    });
    ShowDoc {
        schema: "ledger-tool.proof-show/1",
        kind: file.kind(),
        holds: drawing.holds(),
        trees: trees.collect(),
    }
}

fn node_document(node: &Node) -> NodeDoc {
    let (role, path_index) = match node.role {
        Role::Computed => ("computed", None),
        Role::Proof(number) => ("proof", number.checked_sub(1)),
        Role::Leaf => ("leaf", None),
        Role::FirstRoot => ("first_root", None),
    };
    NodeDoc {
        begin: node.range.begin,
        end: node.range.end,
        depth: node.depth,
        hash: node.hash.to_string(),
        role,
        path_index,
    }
}
