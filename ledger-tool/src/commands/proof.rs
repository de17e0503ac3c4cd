//! `proof inclusion`, `consistency`, `range`, `check` and `show`.

use std::io::BufReader;
use std::path::Path;

use ledger::{Snapshot, TreeView};
use merkle_log::note::SignedNote;
use merkle_log::{Hash, LeafIndex, TreeSize, TreeType};
use serde::Serialize;

use super::dump::{create, goes_on};
use super::proof_state;
use crate::cli::{
    CheckArgs, ConsistencyArgs, InclusionArgs, ProofOutput, RangeArgs, ShowArgs, TreeArgs,
};
use crate::failure::{Exit, Failure};
use crate::input::{self, Entries, Framing};
use crate::proof::{
    Anchor, Anchors, Claim, Drawing, Form, Glyphs, Judgement, Node, ProofFile, Role, Source,
    Verdict, anchor_of, judge,
};
use crate::session::{BAD, GOOD, Session, UNSURE};
use crate::signed::{self, SignedError};

/// The longest entry that a proof can be for; more is not read.
const DATA_LEN_MAX: u64 = ledger::ENTRY_LEN_MAX as u64;
/// The most entries of one range proof: their hashes in JSON must stay below what is read.
const RANGE_LEN_MAX: u64 = 500_000;

#[derive(Serialize)]
pub(super) struct CheckDoc<'a> {
    schema: &'static str,
    verdict: &'static str,
    statement: &'a str,
    remark: Option<&'a str>,
    code: Option<&'static str>,
    kind: Option<&'static str>,
    network: Option<&'a str>,
    ledger: Option<&'a str>,
}

impl<'a> CheckDoc<'a> {
    /// `code` is that of an invalid proof.
    pub(super) fn of(
        judgement: &'a Judgement,
        code: &'static str,
        kind: Option<&'static str>,
        network: Option<&'a str>,
        ledger: Option<&'a str>,
    ) -> Self {
        Self {
            schema: "ledger-tool.proof-check/1",
            verdict: judgement.verdict.name(),
            statement: &judgement.statement,
            remark: judgement.remark,
            code: (judgement.verdict == Verdict::Invalid).then_some(code),
            kind,
            network,
            ledger,
        }
    }
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

fn prove_range(
    snapshot: &Snapshot,
    tree: &TreeView<'_>,
    (from, to): (u64, u64),
    size: Option<u64>,
) -> Result<ProofFile, Failure> {
    let size = size.map_or(tree.size(), TreeSize);
    let proof = tree.prove_range(from..to, size)?;
    let mut leaves = Vec::new();
    for entry in tree.entries(from..to)? {
        leaves.push(tree.tree().leaf(&entry?.1));
    }
    let root = tree.root_at(size)?;
    let claim = Claim::Range {
        leaves,
        root,
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
        checkpoint: None,
    }
}

pub(crate) fn inclusion(session: &Session, args: InclusionArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let checkpoint = read_checkpoint(&args.output)?;
    let size = size_or(args.size, checkpoint.as_ref());
    let proof = prove_inclusion(&snapshot, &tree, args.leaf, size)?;
    finish(session, proof, checkpoint, &args.output)
}

pub(crate) fn consistency(session: &Session, args: ConsistencyArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let checkpoint = read_checkpoint(&args.output)?;
    let size = size_or(args.to, checkpoint.as_ref());
    let proof = prove_consistency(&snapshot, &tree, args.from, size)?;
    finish(session, proof, checkpoint, &args.output)
}

pub(crate) fn range(session: &Session, args: RangeArgs) -> Result<Exit, Failure> {
    if args.to.saturating_sub(args.from) > RANGE_LEN_MAX {
        let limit = RANGE_LEN_MAX;
        let asked = format!("a range proof is for at most {limit} entries");
        return Err(Failure::Usage(asked));
    }
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let checkpoint = read_checkpoint(&args.output)?;
    let size = size_or(args.size, checkpoint.as_ref());
    let proof = prove_range(&snapshot, &tree, (args.from, args.to), size)?;
    finish(session, proof, checkpoint, &args.output)
}

type Stated = (SignedNote, Anchor);

fn read_checkpoint(output: &ProofOutput) -> Result<Option<Stated>, Failure> {
    let Some(path) = &output.checkpoint else {
        return Ok(None);
    };
    let (note, checkpoint) = signed::read_checkpoint(path)?;
    Ok(Some((note, anchor_of(&checkpoint))))
}

/// The size asked for, or that of the checkpoint.
fn size_or(asked: Option<u64>, checkpoint: Option<&Stated>) -> Option<u64> {
    asked.or(checkpoint.map(|(_, stated)| stated.size.0))
}

fn finish(
    session: &Session,
    mut file: ProofFile,
    checkpoint: Option<Stated>,
    output: &ProofOutput,
) -> Result<Exit, Failure> {
    if let Some((note, stated)) = checkpoint {
        let (root, size) = file.claim.root();
        let computed = Anchor { root, size };
        if stated != computed {
            return Err(SignedError::OtherRoot { stated, computed }.into());
        }
        file.checkpoint = Some(note.to_string());
    }
    let form = match (output.compact, session.json) {
        (true, _) => Form::Compact,
        (false, true) => Form::JsonLine,
        (false, false) => Form::Json,
    };
    write(session, &file, &output.output, form)
}

pub(super) fn tree<'a>(snapshot: &'a Snapshot, args: &TreeArgs) -> Result<TreeView<'a>, Failure> {
    Ok(match &args.ledger {
        Some(name) => snapshot.ledger(name)?,
        None => snapshot.audit(),
    })
}

pub(super) fn write(
    session: &Session,
    proof: &ProofFile,
    path: &Path,
    form: Form,
) -> Result<Exit, Failure> {
    let bytes = proof.encode(form)?;
    let (mut output, name) = create(path)?;
    let written = output.write_all(&bytes).and_then(|()| output.flush());
    goes_on(written, &name)?;
    let (root, size) = proof.claim.root();
    session.detail(&format!("leads to {root}@{size}"));
    Ok(Exit::Ok)
}

pub(crate) fn check(session: &Session, args: &CheckArgs) -> Result<Exit, Failure> {
    let bytes = ProofFile::read_bytes(&args.file);
    if let Ok(bytes) = &bytes
        && let Some(exit) = proof_state::check(session, args, bytes)?
    {
        return Ok(exit);
    }
    let anchor = |option: &str, text: Option<&str>| {
        let anchor = text.map(Anchor::parse).transpose();
        anchor.map_err(|e| Failure::Usage(format!("{option}: {e}")))
    };
    let mut anchors = Anchors {
        root: anchor("--root", args.root.as_deref())?,
        old_root: anchor("--old-root", args.old_root.as_deref())?,
        leaves: None,
        keys: args.keys.as_deref().map(signed::read_keys).transpose()?,
    };
    let (file, judgement, code) = match bytes.and_then(|bytes| ProofFile::from_bytes(&bytes)) {
        Ok(file) => {
            anchors.leaves = match &args.data {
                Some(data) => Some(read_leaves(&file, data)?),
                None => None,
            };
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
    let source = file.as_ref().map(|file| &file.source);
    let document = CheckDoc::of(
        &judgement,
        code,
        file.as_ref().map(|file| file.claim.kind()),
        source.and_then(|source| source.network.as_deref()),
        source.and_then(|source| source.ledger.as_deref()),
    );
    print_judgement(session, &document, &judgement)?;
    Ok(exit_of(&judgement))
}

pub(super) fn print_judgement(
    session: &Session,
    document: &CheckDoc<'_>,
    judgement: &Judgement,
) -> Result<(), Failure> {
    if session.json {
        return session.document(document);
    }
    session.answer(&verdict_line(judgement))?;
    if let Some(remark) = judgement.remark {
        session.note(remark);
    }
    Ok(())
}

pub(super) const fn exit_of(judgement: &Judgement) -> Exit {
    match judgement.verdict {
        Verdict::Valid => Exit::Ok,
        Verdict::NotTrusted => Exit::Incomplete,
        Verdict::Invalid => Exit::No,
    }
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

/// The leaf hashes of the user's data: one entry as it is, or for a range all of it as records.
fn read_leaves(proof: &ProofFile, path: &Path) -> Result<Vec<Hash>, Failure> {
    if let Claim::Range { leaves, .. } = &proof.claim {
        return read_records(proof.tree, leaves.len(), path);
    }
    Ok(vec![proof.tree.leaf(&read_entry(path)?)])
}

/// Reads no further than one record beyond those needed.
fn read_records(tree: TreeType, needed: usize, path: &Path) -> Result<Vec<Hash>, Failure> {
    let (file, _) = input::open(path)?;
    let mut entries = Entries::new(BufReader::new(file), Framing::Records);
    let mut leaves = Vec::new();
    while leaves.len() <= needed && entries.advance()? {
        leaves.push(tree.leaf(entries.entry()));
    }
    Ok(leaves)
}

fn read_entry(path: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read;
    let (file, _) = input::open(path)?;
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
    let bytes = ProofFile::read_bytes(&args.file)?;
    if let Some(exit) = proof_state::show(session, &bytes)? {
        return Ok(exit);
    }
    let file = ProofFile::from_bytes(&bytes)?;
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
        kind: file.claim.kind(),
        holds: drawing.holds(),
        trees: trees.collect(),
    }
}

fn node_document(node: &Node) -> NodeDoc {
    let (role, path_index) = match node.role {
        Role::Computed => ("computed", None),
        Role::Proof(number) => ("proof", number.checked_sub(1)),
        Role::Leaf => ("leaf", None),
        Role::Leaves => ("leaves", None),
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
