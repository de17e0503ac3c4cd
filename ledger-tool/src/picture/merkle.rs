//! Pictures of Merkle trees and of proofs in them.

use ledger::{Error, TreeView};
use merkle_log::{LeafIndex, NodeRange, ProveError, TreeSize, prove_multi};

use super::{Body, Node, Picture, Role, shorten};
use crate::failure::Failure;
use crate::human::{self, counted};
use crate::proof::{Claim, Drawing, Node as Drawn, ProofFile, Role as DrawnRole, Source, Tree};

/// A tree of so many leaves is drawn in full; of a larger one the ways to some leaves.
pub(crate) const LEAVES_MAX: u64 = 32;
/// Leaves that may be asked for.
const ASKED_MAX: usize = 64;

/// The picture of a proof of a log, and whether it leads to the root that the file claims.
///
/// # Errors
/// Why the proof cannot be drawn.
pub(crate) fn proof(file: &ProofFile) -> Result<(Picture, bool), String> {
    let drawing = Drawing::of(file)?;
    let mut nodes = Vec::new();
    for tree in &drawing.trees {
        add(&mut nodes, tree, (None, ""), Marked::Proof);
    }
    let claim = &file.claim;
    let title = match claim {
        Claim::Inclusion { proof, .. } => format!(
            "Leaf {} is in the tree of size {}",
            human::count(proof.leaf_index.0),
            human::count(proof.tree_size.0)
        ),
        Claim::Multi { proof, .. } => format!(
            "{} are in the tree of size {}",
            counted(proof.leaf_indices.len() as u64, "leaf", "leaves"),
            human::count(proof.tree_size.0)
        ),
        Claim::Range { proof, .. } => format!(
            "Leaves [{}, {}) are in the tree of size {}",
            human::count(proof.begin.0),
            human::count(proof.end.0),
            human::count(proof.tree_size.0)
        ),
        Claim::Consistency { proof, .. } => format!(
            "The tree of size {} begins with that of size {}",
            human::count(proof.second_size.0),
            human::count(proof.first_size.0)
        ),
        Claim::SubtreeInclusion { proof, .. } => format!(
            "Leaf {} is in the subtree {}",
            human::count(proof.leaf_index.0),
            proof.subtree
        ),
        Claim::SubtreeConsistency { proof, .. } => format!(
            "The subtree {} is part of the tree of size {}",
            proof.subtree,
            human::count(proof.tree_size.0)
        ),
    };
    let title = if drawing.holds() {
        title
    } else {
        format!("INVALID: {title}")
    };
    let picture = Picture::new(title, Body::Nodes(nodes));
    let picture = match (&file.source.network, &file.source.ledger) {
        (Some(network), Some(ledger)) => picture.fact(
            "says it is of",
            shorten(&human::plain(&format!("{network}/{ledger}")), 200),
        ),
        _ => picture,
    };
    let root = claim.root();
    let mut picture = picture.fact("root", format!("{}@{}", root.root, root.range.end));
    if let Some(old) = claim.old_root() {
        picture = picture.fact("earlier root", format!("{}@{}", old.root, old.range.end));
    }
    let verdict = if drawing.holds() {
        "leads to the root that it claims; `proof check` says whether that is trusted"
    } else {
        "does not lead to the root that it claims"
    };
    Ok((picture.fact("verdict", verdict), drawing.holds()))
}

/// The picture of a tree as it is or was at a size: in full, or the ways to some leaves.
///
/// # Errors
/// A leaf or size that there is not; what reading gives.
pub(crate) fn tree(
    view: &TreeView<'_>,
    network: &str,
    size: Option<u64>,
    leaves: &[u64],
) -> Result<Picture, Failure> {
    let size = size.map_or(view.size(), TreeSize);
    let root = view.root_at(size)?;
    let name = format!("{network}/{}", view.name());
    let title = format!("{name}: the tree of {}", counted(size.0, "leaf", "leaves"));
    let mut indices: Vec<u64> = match leaves {
        [] if size.0 <= LEAVES_MAX => (0..size.0).collect(),
        [] => vec![0, size.0 - 1],
        given if given.len() > ASKED_MAX => {
            let got = given.len();
            return Err(Failure::Usage(format!(
                "{got} leaves to be drawn, at most {ASKED_MAX} can be"
            )));
        }
        given => given.to_vec(),
    };
    indices.sort_unstable();
    indices.dedup();
    let mut nodes = Vec::new();
    if size.0 > 0 {
        let indices: Vec<LeafIndex> = indices.into_iter().map(LeafIndex).collect();
        let proof = prove_multi(view, view.tree(), &indices, size).map_err(unproven)?;
        let mut hashes = Vec::with_capacity(indices.len());
        for index in &indices {
            hashes.append(&mut view.leaf_hashes(index.0..index.0 + 1)?);
        }
        let file = ProofFile {
            source: Source::default(),
            tree: view.tree(),
            claim: Claim::Multi {
                leaves: hashes,
                root,
                proof,
            },
            checkpoint: None,
        };
        let drawing = Drawing::of(&file).map_err(Failure::Usage)?;
        let marked = if leaves.is_empty() {
            Marked::Tree
        } else {
            Marked::Leaves
        };
        for tree in &drawing.trees {
            add(&mut nodes, tree, (None, ""), marked);
        }
    } else {
        let empty = Node::new(None, Role::Computed, "no leaves");
        nodes.push(
            empty
                .line(start_of(&root.to_string()))
                .detail(root.to_string()),
        );
    }
    let picture = Picture::new(title, Body::Nodes(nodes));
    Ok(picture
        .fact("tree", view.tree().name())
        .fact("root", format!("{root}@{size}")))
}

fn unproven(error: ProveError<Error>) -> Failure {
    match error {
        ProveError::Plan(plan) => Failure::Plan(plan),
        ProveError::Read(error) => Failure::Store(error),
        _ => Failure::Usage(error.to_string()),
    }
}

/// What the boxes of a tree are marked as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Marked {
    /// What a proof gives and what it is for.
    Proof,
    /// A tree, of which not all is shown.
    Tree,
    /// The same, with the leaves that were asked for.
    Leaves,
}

/// Adds a tree below a box; answers with the box of its first leaf, or of what stands for it.
pub(super) fn add(
    nodes: &mut Vec<Node>,
    tree: &Tree,
    (under, edge): (Option<usize>, &str),
    marked: Marked,
) -> Option<usize> {
    let first = nodes.len();
    let mut path: Vec<usize> = Vec::new();
    let mut subject = None;
    for drawn in &tree.nodes {
        path.truncate(drawn.depth);
        let at = nodes.len();
        let parent = path.last().copied().or(under);
        let is_root = at == first;
        let (role, note) = said(drawn, marked);
        let (role, note) = match (is_root, tree.holds(), marked) {
            (true, false, _) => {
                let expected = start_of(&tree.expected.to_string());
                (Role::Wrong, format!("{note}, {} is {expected}", tree.name))
            }
            (true, true, Marked::Proof) => (role, format!("{note} = {}", tree.name)),
            (true, true, _) => (role, "root".to_owned()),
            _ => (role, note),
        };
        let hash = drawn.hash.to_string();
        let mut node = Node::new(parent, role, note)
            .line(start_of(&hash))
            .line(place(drawn.range));
        if is_root {
            node = node.edge(edge);
        }
        node.detail = hash;
        if matches!(drawn.role, DrawnRole::Leaf) && subject.is_none() {
            subject = Some(at);
        }
        nodes.push(node);
        path.push(at);
    }
    subject
}

fn said(drawn: &Drawn, marked: Marked) -> (Role, String) {
    let leaves = drawn.range.end.saturating_sub(drawn.range.begin);
    match (drawn.role, marked) {
        (DrawnRole::Computed, Marked::Proof) => (Role::Computed, "computed".to_owned()),
        (DrawnRole::Computed, _) => (Role::Computed, "node".to_owned()),
        (DrawnRole::Proof(number), Marked::Proof) => (Role::Given, format!("proof {number}")),
        (DrawnRole::Proof(_), _) if leaves == 1 => (Role::Given, "leaf".to_owned()),
        (DrawnRole::Proof(_), _) => (Role::Elided, counted(leaves, "leaf", "leaves")),
        (DrawnRole::Leaf, Marked::Tree) => (Role::Given, "leaf".to_owned()),
        (DrawnRole::Leaf, _) => (Role::Subject, "leaf".to_owned()),
        (DrawnRole::Leaves, _) => (Role::Subject, counted(leaves, "leaf", "leaves")),
        (DrawnRole::FirstRoot(name), _) => (Role::Subject, name.to_owned()),
    }
}

/// `#4`, or `[4, 6)`
fn place(range: NodeRange) -> String {
    let NodeRange { begin, end } = range;
    if end.saturating_sub(begin) == 1 {
        format!("#{begin}")
    } else {
        format!("[{begin}, {end})")
    }
}

/// The start of a hash.
pub(super) fn start_of(hash: &str) -> String {
    hash.chars().take(8).collect()
}
