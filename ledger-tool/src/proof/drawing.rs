//! A proof as a tree: the nodes it gives, and those computed from them.
//!
//! Only the way from the root to what is given is drawn, at most two nodes a level, so a proof of
//! any tree fits a screen; of a long range of leaves its greatest nodes are drawn.

use std::collections::BTreeMap;

use merkle_log::{
    Hash, LeafIndex, NodeRange, PlanError, TreeType, consistency_plan, inclusion_plan, multi_plan,
    range_plan, subtree_consistency_plan, subtree_inclusion_plan,
};

use super::anchor::Anchor;
use super::claim::Claim;
use super::file::ProofFile;
use crate::session::{BAD, FAINT, GOOD};

/// Where a node's hash comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is computed from the nodes below.
    Computed,
    /// It is the proof's hash of that number, from 1.
    Proof(usize),
    /// It is a leaf that the proof is for.
    Leaf,
    /// It is computed from leaves that the proof is for, which are too many to be drawn.
    Leaves,
    /// It is the root of the earlier tree, or of the subtree, complete within the later one.
    FirstRoot(&'static str),
}

/// One node of the drawing, parents before children, left before right.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) range: NodeRange,
    pub(crate) hash: Hash,
    pub(crate) role: Role,
    pub(crate) depth: usize,
}

/// A tree as far as a proof shows it.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
    /// The root that the file claims, and what it calls it.
    pub(crate) expected: Hash,
    pub(crate) name: &'static str,
}

/// A proof's trees: one, or the later and the earlier one where the earlier is no node of it.
#[derive(Clone, Debug)]
pub struct Drawing {
    pub(crate) trees: Vec<Tree>,
}

/// The characters of a drawing.
#[derive(Clone, Copy, Debug)]
pub struct Glyphs {
    child: &'static str,
    last_child: &'static str,
    beside: &'static str,
    computed: char,
    given: char,
    leaf: char,
    differs: &'static str,
}

impl Glyphs {
    /// Lines and circles.
    pub const UNICODE: Self = Self {
        child: "\u{251c}\u{2500} ",
        last_child: "\u{2514}\u{2500} ",
        beside: "\u{2502}  ",
        computed: '\u{25cb}',
        given: '\u{25cf}',
        leaf: '\u{25c0}',
        differs: "\u{2260}",
    };
    /// ASCII alone.
    pub const ASCII: Self = Self {
        child: "|- ",
        last_child: "`- ",
        beside: "|  ",
        computed: 'o',
        given: '*',
        leaf: '<',
        differs: "!=",
    };
}

impl Drawing {
    /// Draws a proof. A proof whose path has not the length that its sizes need cannot be drawn.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn of(file: &ProofFile) -> Result<Self, String> {
        let tree = file.tree;
        let root = file.claim.root();
        let trees = match &file.claim {
            Claim::Inclusion { leaf, proof, .. } => {
                let plan = inclusion_plan(proof.leaf_index, proof.tree_size).map_err(text)?;
                let mut given = given(plan, &proof.path)?;
                give_leaf(proof.leaf_index, leaf, &mut given);
                vec![Tree::of(tree, root, &given, "root")]
            }
            Claim::SubtreeInclusion { leaf, proof, .. } => {
                let plan = subtree_inclusion_plan(proof.leaf_index, proof.subtree).map_err(text)?;
                let mut given = given(plan, &proof.path)?;
                give_leaf(proof.leaf_index, leaf, &mut given);
                vec![Tree::of(tree, root, &given, "subtree root")]
            }
            Claim::Range { leaves, proof, .. } => {
                let (begin, end) = (proof.begin, proof.end);
                let plan = range_plan(begin, end, proof.tree_size).map_err(text)?;
                let mut given = given(plan.into_iter(), &proof.path)?;
                if end.0.checked_sub(begin.0) != Some(leaves.len() as u64) {
                    let got = leaves.len();
                    return Err(format!("[{begin}, {end}) is proven with {got} leaf hashes"));
                }
                give_leaves(tree, begin.0, leaves, &mut given);
                vec![Tree::of(tree, root, &given, "root")]
            }
            Claim::Multi { leaves, proof, .. } => {
                let plan = multi_plan(&proof.leaf_indices, proof.tree_size).map_err(text)?;
                let mut given = given(plan.into_iter(), &proof.path)?;
                let (indices, got) = (proof.leaf_indices.len(), leaves.len());
                if indices != got {
                    return Err(format!(
                        "{indices} leaves are proven with {got} leaf hashes"
                    ));
                }
                for (index, leaf) in proof.leaf_indices.iter().zip(leaves) {
                    give_leaf(*index, leaf, &mut given);
                }
                vec![Tree::of(tree, root, &given, "root")]
            }
            Claim::Consistency { proof, .. } => {
                let (first, second) = (proof.first_size, proof.second_size);
                let plan = consistency_plan(first, second).map_err(text)?;
                let given = given(plan, &proof.path)?;
                let old = file.claim.old_root().unwrap_or(root);
                two_trees(tree, (old, root), given, ("first root", "second root"))
            }
            Claim::SubtreeConsistency { proof, .. } => {
                let (subtree, size) = (proof.subtree, proof.tree_size);
                if subtree.is_empty() {
                    return Err(format!("the subtree {subtree} has no entries"));
                }
                let plan = subtree_consistency_plan(subtree, size).map_err(text)?;
                let given = given(plan, &proof.path)?;
                let old = file.claim.old_root().unwrap_or(root);
                two_trees(tree, (old, root), given, ("subtree root", "root"))
            }
        };
        let trees: Option<Vec<Tree>> = trees.into_iter().collect();
        let trees = trees.ok_or("the proof's hashes do not make up its tree")?;
        Ok(Self { trees })
    }

    /// Whether every computed root is the one that the file claims.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.trees.iter().all(Tree::holds)
    }

    /// The drawing, line by line.
    #[must_use]
    pub fn render(&self, glyphs: &Glyphs) -> String {
        let trees: Vec<String> = self.trees.iter().map(|tree| tree.render(glyphs)).collect();
        trees.join("\n")
    }
}

impl Tree {
    fn of(tree: TreeType, expected: Anchor, given: &Given, name: &'static str) -> Option<Self> {
        let mut nodes = Vec::new();
        draw(tree, expected.range, 0, given, &mut nodes)?;
        Some(Self {
            nodes,
            expected: expected.root,
            name,
        })
    }

    /// Whether the computed root is the one that the file claims.
    pub(crate) fn holds(&self) -> bool {
        let root = self.nodes.first();
        root.is_some_and(|root| root.hash == self.expected)
    }

    fn render(&self, glyphs: &Glyphs) -> String {
        let mut text = String::new();
        // For each level above a node, whether more of its parent's children follow.
        let mut open: Vec<bool> = Vec::new();
        for (node, follows) in self.nodes.iter().zip(self.followed()) {
            open.truncate(node.depth);
            for more in open.iter().skip(1) {
                text += if *more { glyphs.beside } else { "   " };
            }
            if node.depth > 0 {
                text += if follows {
                    glyphs.child
                } else {
                    glyphs.last_child
                };
            }
            open.push(follows);
            text += &self.line(node, glyphs);
            text.push('\n');
        }
        text
    }

    /// For each node, whether another child of its parent comes after it.
    fn followed(&self) -> Vec<bool> {
        let mut seen: Vec<bool> = Vec::new();
        let mut followed: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in self.nodes.iter().rev() {
            // What is deeper stands below another node.
            seen.resize(node.depth.saturating_add(1), false);
            followed.push(seen.pop().unwrap_or(false));
            seen.push(true);
        }
        followed.reverse();
        followed
    }

    fn line(&self, node: &Node, glyphs: &Glyphs) -> String {
        let hash = short(&node.hash);
        let place = place(node.range);
        let role = match node.role {
            Role::Computed => format!("{FAINT}{} computed{FAINT:#}", glyphs.computed),
            Role::Proof(number) => format!("{} proof {number}", glyphs.given),
            Role::Leaf => format!("{GOOD}{} leaf{GOOD:#}", glyphs.leaf),
            Role::Leaves => format!("{GOOD}{} leaves{GOOD:#}", glyphs.leaf),
            Role::FirstRoot(name) => format!("{GOOD}{} {name}{GOOD:#}", glyphs.leaf),
        };
        let verdict = match (node.depth, self.holds()) {
            (0, true) => format!(" = expected {}", self.name),
            (0, false) => {
                let (name, expected) = (self.name, short(&self.expected));
                let differs = glyphs.differs;
                format!(" {BAD}{differs} expected {name} {expected}{BAD:#}")
            }
            _ => String::new(),
        };
        format!("{hash}  {place}  {role}{verdict}")
    }
}

/// Hashes that are not computed, by begin and end of the leaves below them.
type Given = BTreeMap<(u64, u64), (Hash, Role)>;

/// The trees of a proof between two roots: one, where the first root is a node of the later tree.
fn two_trees(
    tree: TreeType,
    (old, new): (Anchor, Anchor),
    mut given: Given,
    (old_name, new_name): (&'static str, &'static str),
) -> Vec<Option<Tree>> {
    let NodeRange { begin, end } = old.range;
    let is_node = !given.keys().any(|(b, e)| begin <= *b && *e <= end);
    if is_node {
        given.insert((begin, end), (old.root, Role::FirstRoot(old_name)));
    }
    let mut trees = vec![Tree::of(tree, new, &given, new_name)];
    if !is_node {
        trees.push(Tree::of(tree, old, &given, old_name));
    }
    trees
}

fn give_leaf(LeafIndex(begin): LeafIndex, leaf: &Hash, given: &mut Given) {
    let end = begin.saturating_add(1);
    given.insert((begin, end), (*leaf, Role::Leaf));
}

/// More leaves than these are not drawn one by one.
const LEAVES_MAX: usize = 32;

/// Adds the leaves of a range, or where they are many its greatest nodes.
fn give_leaves(tree: TreeType, begin: u64, leaves: &[Hash], given: &mut Given) {
    if leaves.len() <= LEAVES_MAX {
        for (at, leaf) in (begin..).zip(leaves) {
            given.insert((at, at.saturating_add(1)), (*leaf, Role::Leaf));
        }
        return;
    }
    let (mut rest, mut at) = (leaves, begin);
    let end = begin.saturating_add(leaves.len() as u64);
    for id in (NodeRange { begin, end }).subtrees() {
        let count = 1u64 << id.level.min(63);
        let taken = usize::try_from(count).unwrap_or(usize::MAX).min(rest.len());
        let (below, after) = rest.split_at(taken);
        let mut row = below.to_vec();
        while row.len() > 1 {
            let mut parents = Vec::with_capacity(row.len() / 2);
            tree.nodes(&row, &mut parents);
            row = parents;
        }
        if let Some(hash) = row.first() {
            given.insert((at, at.saturating_add(count)), (*hash, Role::Leaves));
        }
        (rest, at) = (after, at.saturating_add(count));
    }
}

/// The hashes of a proof with the places they stand for.
fn given(plan: impl Iterator<Item = NodeRange>, path: &[Hash]) -> Result<Given, String> {
    let plan: Vec<NodeRange> = plan.collect();
    let (needed, got) = (plan.len(), path.len());
    if needed != got {
        return Err(format!("the proof needs {needed} hashes and has {got}"));
    }
    let numbered = plan.into_iter().zip(path).zip(1..);
    Ok(numbered
        .map(|((range, hash), number)| ((range.begin, range.end), (*hash, Role::Proof(number))))
        .collect())
}

/// `#4`, or `[4,6)`
fn place(range: NodeRange) -> String {
    let NodeRange { begin, end } = range;
    if end - begin == 1 {
        format!("#{begin}")
    } else {
        format!("[{begin},{end})")
    }
}

fn text(error: PlanError) -> String {
    error.to_string()
}

fn short(hash: &Hash) -> String {
    hash.to_string().chars().take(8).collect()
}

/// Draws a node and what is below it; answers with its hash, or with `None` where neither it nor
/// its parts are given.
fn draw(
    tree: TreeType,
    range: NodeRange,
    depth: usize,
    given: &Given,
    nodes: &mut Vec<Node>,
) -> Option<Hash> {
    let at = nodes.len();
    if let Some((hash, role)) = given.get(&(range.begin, range.end)) {
        nodes.push(Node {
            range,
            hash: *hash,
            role: *role,
            depth,
        });
        return Some(*hash);
    }
    // The largest power of two below the number of leaves; a range of one cannot be split.
    let leaves = range.end.checked_sub(range.begin)?;
    let left = 1u64 << leaves.checked_sub(1)?.checked_ilog2()?;
    let split = range.begin + left;
    nodes.push(Node {
        range,
        hash: Hash::default(),
        role: Role::Computed,
        depth,
    });
    let (begin, end) = (range.begin, split);
    let left = draw(tree, NodeRange { begin, end }, depth + 1, given, nodes)?;
    let (begin, end) = (split, range.end);
    let right = draw(tree, NodeRange { begin, end }, depth + 1, given, nodes)?;
    let hash = tree.node(&left, &right);
    if let Some(node) = nodes.get_mut(at) {
        node.hash = hash;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use merkle_log::TreeSize;

    /// A file whose hashes are right in number and nothing else.
    fn drawn(file: &str) -> Drawing {
        Drawing::of(&super::super::json::decode(file.as_bytes()).unwrap()).unwrap()
    }

    fn inclusion(index: u64, size: u64) -> String {
        let path = inclusion_plan(LeafIndex(index), TreeSize(size)).unwrap();
        let path = vec![Hash::default(); path.len()];
        let (path, zero) = (serde_json::to_string(&path).unwrap(), Hash::default());
        format!(
            r#"{{"schema":"ledger-tool.proof/1","kind":"inclusion","hash":"sha-256",
            "leaf_index":{index},"tree_size":{size},"leaf_hash":"{zero}","root_hash":"{zero}",
            "path":{path}}}"#
        )
    }

    #[test]
    fn drawings_of_the_largest_trees_are_small() {
        for size in [1 << 63, (1 << 63) + 1, u64::MAX] {
            for index in [0, size / 2, size - 1] {
                let drawing = drawn(&inclusion(index, size));
                assert!(drawing.trees[0].nodes.len() <= 129);
                let text = drawing.render(&Glyphs::UNICODE);
                assert!(text.lines().count() <= 129);
            }
        }
    }

    #[test]
    fn every_leaf_of_every_small_tree_is_drawn_once_with_all_of_its_path() {
        for size in 1..40 {
            for index in 0..size {
                let drawing = drawn(&inclusion(index, size));
                let nodes = &drawing.trees[0].nodes;
                let given = nodes.iter().filter(|node| node.role != Role::Computed);
                // What is given makes up the tree, from left to right.
                let mut at = 0;
                for node in given {
                    assert_eq!(node.range.begin, at);
                    at = node.range.end;
                }
                assert_eq!(at, size);
            }
        }
    }
}
