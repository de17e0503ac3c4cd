//! A proof as a tree: the nodes it gives, and those computed from them.
//!
//! Only the way from the root to what is given is drawn, at most two nodes a level, so a proof of
//! any tree fits a screen.

use merkle_log::{
    Hash, LeafIndex, NodeRange, PlanError, TreeSize, TreeType, consistency_plan, inclusion_plan,
};

use super::file::ProofFile;
use crate::session::{BAD, FAINT, GOOD};

/// Where a node's hash comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is computed from the nodes below.
    Computed,
    /// It is the proof's hash of that number, from 1.
    Proof(usize),
    /// It is the leaf that the proof is for.
    Leaf,
    /// It is the root of the earlier tree, complete within the later one.
    FirstRoot,
}

/// One node of the drawing, parents before children, left before right.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) range: NodeRange,
    pub(crate) hash: Hash,
    pub(crate) role: Role,
    pub(crate) depth: usize,
}

/// A proof's tree.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    pub(crate) nodes: Vec<Node>,
    pub(crate) expected: Hash,
}

/// The characters of a drawing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Glyphs {
    child: &'static str,
    last_child: &'static str,
    beside: &'static str,
    computed: char,
    given: char,
    leaf: char,
    differs: &'static str,
}

impl Glyphs {
    pub(crate) const UNICODE: Self = Self {
        child: "\u{251c}\u{2500} ",
        last_child: "\u{2514}\u{2500} ",
        beside: "\u{2502}  ",
        computed: '\u{25cb}',
        given: '\u{25cf}',
        leaf: '\u{25c0}',
        differs: "\u{2260}",
    };
    pub(crate) const ASCII: Self = Self {
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
    pub(crate) fn of(file: &ProofFile) -> Result<Self, String> {
        let (size, expected, path, plan, own) = match file {
            ProofFile::Inclusion {
                leaf, root, proof, ..
            } => {
                let LeafIndex(begin) = proof.leaf_index;
                let plan = inclusion_plan(proof.leaf_index, proof.tree_size).map_err(text)?;
                let end = begin.saturating_add(1);
                let own = (NodeRange { begin, end }, *leaf, Role::Leaf);
                (proof.tree_size, *root, &proof.path, plan, own)
            }
            ProofFile::Consistency {
                first_root,
                second_root,
                proof,
                ..
            } => {
                let (first, second) = (proof.first_size, proof.second_size);
                let plan = consistency_plan(first, second).map_err(text)?;
                let (begin, end) = (0, first.0);
                let own = (NodeRange { begin, end }, *first_root, Role::FirstRoot);
                (second, *second_root, &proof.path, plan, own)
            }
        };
        let needed = plan.len();
        if needed != path.len() {
            let got = path.len();
            return Err(format!("the proof needs {needed} hashes and has {got}"));
        }
        let mut given: Vec<(NodeRange, Hash, Role)> = plan
            .zip(path)
            .zip(1..)
            .map(|((range, hash), number)| (range, *hash, Role::Proof(number)))
            .collect();
        // The earlier tree is a node of the later one only if it is complete there.
        let is_node =
            !given.iter().any(|(range, ..)| range.begin < own.0.end) || own.2 == Role::Leaf;
        if is_node {
            given.push(own);
        }
        let mut nodes = Vec::new();
        let TreeSize(end) = size;
        draw(NodeRange { begin: 0, end }, 0, &given, &mut nodes)
            .ok_or("the proof's hashes do not make up its tree")?;
        Ok(Self { nodes, expected })
    }

    /// Whether the computed root is the one that the file claims.
    pub(crate) fn holds(&self) -> bool {
        self.nodes
            .first()
            .is_some_and(|root| root.hash == self.expected)
    }

    /// The drawing, line by line.
    pub(crate) fn render(&self, glyphs: &Glyphs) -> String {
        let mut text = String::new();
        // For each level above a node, whether more of its parent's children follow.
        let mut open: Vec<bool> = Vec::new();
        for (i, node) in self.nodes.iter().enumerate() {
            let later = self.nodes.iter().skip(i + 1);
            let follows = later
                .take_while(|other| other.depth >= node.depth)
                .any(|other| other.depth == node.depth);
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

    fn line(&self, node: &Node, glyphs: &Glyphs) -> String {
        let hash = short(&node.hash);
        let place = place(node.range);
        let role = match node.role {
            Role::Computed => format!("{FAINT}{} computed{FAINT:#}", glyphs.computed),
            Role::Proof(number) => format!("{} proof {number}", glyphs.given),
            Role::Leaf => format!("{GOOD}{} leaf{GOOD:#}", glyphs.leaf),
            Role::FirstRoot => format!("{GOOD}{} first root{GOOD:#}", glyphs.leaf),
        };
        let verdict = match (node.depth, self.holds()) {
            (0, true) => " = expected root".to_owned(),
            (0, false) => {
                let expected = short(&self.expected);
                format!(" {BAD}{} expected root {expected}{BAD:#}", glyphs.differs)
            }
            _ => String::new(),
        };
        format!("{hash}  {place}  {role}{verdict}")
    }
}

/// `#4`, or `[4,6)`
pub(crate) fn place(range: NodeRange) -> String {
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
    range: NodeRange,
    depth: usize,
    given: &[(NodeRange, Hash, Role)],
    nodes: &mut Vec<Node>,
) -> Option<Hash> {
    let at = nodes.len();
    if let Some((_, hash, role)) = given.iter().find(|(place, ..)| *place == range) {
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
    let left = draw(NodeRange { begin, end }, depth + 1, given, nodes)?;
    let (begin, end) = (split, range.end);
    let right = draw(NodeRange { begin, end }, depth + 1, given, nodes)?;
    let hash = TreeType::node(ProofFile::TREE, &left, &right);
    if let Some(node) = nodes.get_mut(at) {
        node.hash = hash;
    }
    Some(hash)
}
