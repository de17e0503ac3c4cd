//! `proof inclusion`, `consistency`, `range`, `subtree-inclusion`, `subtree-consistency` and
//! `carry`: making proof files. Judging them is in [`super::proof_check`].

use std::path::Path;

use ledger::{Error, Snapshot, TreeView};
use merkle_log::note::SignedNote;
use merkle_log::{
    Hash, LeafIndex, NodeRange, ProveError, TreeSize, hash_of_range, prove_multi,
    prove_subtree_consistency, prove_subtree_inclusion,
};

use super::dump::{create, goes_on};
use super::proof_check::read_whole;
use crate::cli::{
    CarryArgs, ConsistencyArgs, InclusionArgs, ProofOutput, RangeArgs, SubtreeConsistencyArgs,
    SubtreeInclusionArgs, TreeArgs,
};
use crate::failure::{Exit, Failure};
use crate::proof::{Anchor, Claim, Form, ProofFile, Source, carried_on};
use crate::session::Session;
use crate::signed::{self, SignedError};

/// The most entries of one range proof: their hashes in JSON must stay below what is read.
const RANGE_LEN_MAX: u64 = 500_000;

/// The proof that a store makes.
pub(crate) fn prove_inclusion(
    snapshot: &Snapshot,
    tree: &TreeView<'_>,
    leaf: u64,
    size: Option<u64>,
) -> Result<ProofFile, Failure> {
    let size = size.map_or(tree.size(), TreeSize);
    let proof = tree.prove_inclusion(LeafIndex(leaf), size)?;
    let claim = Claim::Inclusion {
        leaf: leaf_hash(tree, LeafIndex(leaf))?,
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
    let leaves = match tree.entries(from..to) {
        Ok(entries) => {
            let leaf = |entry: ledger::Result<(_, Vec<u8>)>| Ok(tree.tree().leaf(&entry?.1));
            entries.map(leaf).collect::<Result<Vec<_>, Error>>()?
        }
        // The entries are not in this store, and the tree is.
        Err(Error::BeforeBase { .. }) => tree.leaf_hashes(from..to)?,
        Err(error) => return Err(error.into()),
    };
    let root = tree.root_at(size)?;
    let claim = Claim::Range {
        leaves,
        root,
        proof,
    };
    Ok(file(snapshot, tree, claim))
}

fn prove_many(
    snapshot: &Snapshot,
    tree: &TreeView<'_>,
    leaves: &[u64],
    size: Option<u64>,
) -> Result<ProofFile, Failure> {
    let size = size.map_or(tree.size(), TreeSize);
    let mut indices: Vec<LeafIndex> = leaves.iter().copied().map(LeafIndex).collect();
    indices.sort_unstable();
    indices.dedup();
    let root = tree.root_at(size)?;
    let proof = prove_multi(tree, tree.tree(), &indices, size).map_err(unproven)?;
    let mut leaves = Vec::with_capacity(indices.len());
    for index in &indices {
        leaves.push(leaf_hash(tree, *index)?);
    }
    let claim = Claim::Multi {
        leaves,
        root,
        proof,
    };
    Ok(file(snapshot, tree, claim))
}

fn leaf_hash(tree: &TreeView<'_>, index: LeafIndex) -> Result<Hash, Failure> {
    match tree.entry(index) {
        Ok(entry) => Ok(tree.tree().leaf(&entry)),
        Err(before @ Error::BeforeBase { .. }) => {
            let mut leaves = tree.leaf_hashes(index.0..index.0.saturating_add(1))?;
            leaves.pop().ok_or_else(|| before.into())
        }
        Err(error) => Err(error.into()),
    }
}

fn unproven(error: ProveError<Error>) -> Failure {
    match error {
        ProveError::Plan(plan) => Failure::Plan(plan),
        ProveError::Read(error) => Failure::Store(error),
        _ => Failure::Usage(error.to_string()),
    }
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

pub(crate) fn inclusion(session: &Session, mut args: InclusionArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let ledger = args.tree.ledger.as_deref().unwrap_or("audit");
    if let Some(found) = args.lookup.find(&snapshot, ledger)? {
        args.leaves.push(found.index.0);
        args.tree.ledger = Some(found.ledger);
    }
    let tree = tree(&snapshot, &args.tree)?;
    let checkpoint = read_checkpoint(&args.output)?;
    let size = size_or(args.size, checkpoint.as_ref());
    let proof = match args.leaves.as_slice() {
        [leaf] => prove_inclusion(&snapshot, &tree, *leaf, size)?,
        leaves => prove_many(&snapshot, &tree, leaves, size)?,
    };
    let form = form(session, &args.output, args.tlog);
    finish(session, proof, checkpoint, &args.output, form)
}

pub(crate) fn subtree_inclusion(
    session: &Session,
    args: SubtreeInclusionArgs,
) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let subtree = subtree(&tree, args.from, args.to)?;
    let index = LeafIndex(args.leaf);
    let proof = prove_subtree_inclusion(&tree, tree.tree(), index, subtree).map_err(unproven)?;
    let claim = Claim::SubtreeInclusion {
        leaf: leaf_hash(&tree, index)?,
        root: hash_of_range(&tree, tree.tree(), subtree)?,
        proof,
    };
    let checkpoint = read_checkpoint(&args.output)?;
    let form = form(session, &args.output, false);
    let proof = file(&snapshot, &tree, claim);
    finish(session, proof, checkpoint, &args.output, form)
}

pub(crate) fn subtree_consistency(
    session: &Session,
    args: SubtreeConsistencyArgs,
) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let checkpoint = read_checkpoint(&args.output)?;
    let size = size_or(args.size, checkpoint.as_ref()).map_or(tree.size(), TreeSize);
    let subtree = subtree(&tree, args.from, args.to)?;
    let root = tree.root_at(size)?;
    let proof = prove_subtree_consistency(&tree, tree.tree(), subtree, size).map_err(unproven)?;
    let claim = Claim::SubtreeConsistency {
        subtree_root: hash_of_range(&tree, tree.tree(), subtree)?,
        root,
        proof,
    };
    let form = form(session, &args.output, false);
    let proof = file(&snapshot, &tree, claim);
    finish(session, proof, checkpoint, &args.output, form)
}

/// A subtree of the tree, which has entries.
fn subtree(tree: &TreeView<'_>, begin: u64, end: u64) -> Result<NodeRange, Failure> {
    let range = NodeRange { begin, end };
    // Reads nothing; refuses what is outside the tree or has no entries.
    let _entries = tree.entries(begin..end)?;
    if range.is_empty() || !range.is_subtree() {
        return Err(Failure::Usage(format!(
            "{range} is no subtree: it begins at a multiple of the least power of two that is not \
             below its number of entries"
        )));
    }
    Ok(range)
}

pub(crate) fn carry(session: &Session, args: &CarryArgs) -> Result<Exit, Failure> {
    let (proof, consistency) = (read_whole(&args.proof)?, read_whole(&args.consistency)?);
    let checkpoint = read_checkpoint(&args.output)?;
    let form = form(session, &args.output, args.tlog);
    let carried = carried_on(&proof, &consistency)?;
    finish(session, carried, checkpoint, &args.output, form)
}

pub(crate) fn consistency(session: &Session, args: ConsistencyArgs) -> Result<Exit, Failure> {
    let snapshot = session.reader(&session.directory(args.dir)?)?.snapshot();
    let tree = tree(&snapshot, &args.tree)?;
    let checkpoint = read_checkpoint(&args.output)?;
    let size = size_or(args.to, checkpoint.as_ref());
    let proof = prove_consistency(&snapshot, &tree, args.from, size)?;
    let form = form(session, &args.output, false);
    finish(session, proof, checkpoint, &args.output, form)
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
    let form = form(session, &args.output, false);
    finish(session, proof, checkpoint, &args.output, form)
}

type Stated = (SignedNote, Anchor);

fn read_checkpoint(output: &ProofOutput) -> Result<Option<Stated>, Failure> {
    let Some(path) = &output.checkpoint else {
        return Ok(None);
    };
    let (note, checkpoint) = signed::read_checkpoint(path)?;
    Ok(Some((note, Anchor::of_checkpoint(&checkpoint))))
}

/// The size asked for, or that of the checkpoint.
fn size_or(asked: Option<u64>, checkpoint: Option<&Stated>) -> Option<u64> {
    asked.or(checkpoint.map(|(_, stated)| stated.range.end))
}

fn finish(
    session: &Session,
    mut file: ProofFile,
    checkpoint: Option<Stated>,
    output: &ProofOutput,
    form: Form,
) -> Result<Exit, Failure> {
    if let Some((note, stated)) = checkpoint {
        let computed = file.claim.root();
        if stated != computed {
            return Err(SignedError::OtherRoot { stated, computed }.into());
        }
        file.checkpoint = Some(note.to_string());
    }
    write(session, &file, &output.output, form)
}

const fn form(session: &Session, output: &ProofOutput, tlog: bool) -> Form {
    match (tlog, output.compact, session.json) {
        (true, ..) => Form::Tlog,
        (_, true, _) => Form::Compact,
        (_, _, true) => Form::JsonLine,
        _ => Form::Json,
    }
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
    session.detail(&format!("leads to {}", proof.claim.root()));
    Ok(Exit::Ok)
}
