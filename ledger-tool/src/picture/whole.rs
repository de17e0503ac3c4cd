//! Pictures of proof bundles: from what vouches for the audit root down to an entry or a key.

use ledger::ProofBundle;
use ledger::bundle::{Evidence, Fact, Proven, Subject};
use merkle_log::{InclusionProof, LeafIndex, TreeType};
use patricia_state::ProofNodes;

use super::merkle::{self, Marked};
use super::{Body, Node, Picture, Role, in_order, shorten, trie};
use crate::human::{self, counted};
use crate::proof::{Claim, Drawing, ProofFile, Source};
use crate::state_proof::{self, StateProofFile, StateSource};

const SHORT: usize = 24;

/// The picture of a bundle that is consistent in itself: `proven` is what it says.
///
/// # Errors
/// Why it cannot be drawn.
pub(crate) fn bundle(bundle: &ProofBundle, proven: &Proven<'_>) -> Result<Picture, String> {
    let mut nodes = Vec::new();
    let (size, audit_root) = proven.audit_root();
    nodes.push(evidence(bundle));
    let body_leaf = TreeType::Sha256.leaf(&bundle.body);
    let of_audit = Claim::Inclusion {
        leaf: body_leaf,
        root: audit_root,
        proof: InclusionProof {
            leaf_index: LeafIndex(proven.height().saturating_sub(1)),
            tree_size: size,
            path: bundle.audit_path.clone(),
        },
    };
    let leaf = add_tree(&mut nodes, of_audit, TreeType::Sha256, (0, "audit root"))?;
    let body = nodes.len();
    nodes.push(
        Node::new(Some(leaf), Role::Given, "commit body")
            .edge("hash of")
            .line(format!("height {}", human::count(proven.height())))
            .line(human::time(proven.time_ms()))
            .detail(format!("leaf hash {body_leaf}")),
    );
    let name = proven.ledger().as_str();
    let roots = proven.body().ledger(name);
    let roots = roots.ok_or("the body does not name the ledger")?;
    match &bundle.subject {
        Subject::Entry {
            leaf_index,
            entry,
            path,
        } => {
            let claim = Claim::Inclusion {
                leaf: roots.tree.leaf(entry),
                root: roots.root,
                proof: InclusionProof {
                    leaf_index: *leaf_index,
                    tree_size: merkle_log::TreeSize(roots.size),
                    path: path.clone(),
                },
            };
            let edge = format!("root of {name}");
            let leaf = add_tree(&mut nodes, claim, roots.tree, (body, &edge))?;
            let text = human::printable(entry.get(..200).unwrap_or(entry));
            nodes.push(
                Node::new(
                    Some(leaf),
                    Role::Subject,
                    format!("entry, {}", counted(entry.len() as u64, "byte", "bytes")),
                )
                .edge("hash of")
                .line(format!("seqNo {}", u128::from(leaf_index.0) + 1))
                .line(shorten(&text, SHORT))
                .detail(shorten(&text, 200)),
            );
        }
        Subject::State {
            key,
            value,
            nodes: of_state,
        } => {
            let file = StateProofFile {
                source: StateSource::default(),
                scheme: roots.state.ok_or("the ledger has no state")?,
                root: *roots.state_root.as_bytes(),
                claim: state_proof::Claim::Keys(vec![(key.clone(), value.clone())]),
                nodes: ProofNodes::new(of_state.clone()),
            };
            trie::add(
                &mut nodes,
                &file,
                (Some(body), &format!("state root of {name}")),
            );
        }
    }
    in_order(&mut nodes);
    let title = match proven.fact() {
        Fact::Entry { leaf_index, .. } => format!(
            "Entry {} of {name}, from its bytes to the audit root",
            human::count(leaf_index.0)
        ),
        Fact::Present { .. } => format!("A key of {name} and its value, up to the audit root"),
        Fact::Absent { .. } => format!("A key that {name} does not have, up to the audit root"),
    };
    Ok(Picture::new(title, Body::Nodes(nodes))
        .fact(
            "network",
            shorten(&human::plain(proven.network().as_str()), 200),
        )
        .fact(
            "height",
            format!(
                "{}, {}",
                human::count(proven.height()),
                human::time(proven.time_ms())
            ),
        )
        .fact("audit root", format!("{audit_root}@{size}"))
        .fact(
            "verdict",
            "each step leads to the next; `proof check` says whether the audit root is trusted",
        ))
}

fn evidence(bundle: &ProofBundle) -> Node {
    match &bundle.evidence {
        Evidence::None => Node::new(None, Role::Absent, "nothing vouches for it")
            .line("compare the audit root")
            .detail("the reader has the audit root from elsewhere"),
        Evidence::Checkpoint(text) => {
            let origin = text.lines().next().unwrap_or_default();
            let signers = text
                .lines()
                .filter_map(|line| line.strip_prefix("\u{2014} "));
            let signers = signers.filter_map(|line| line.split(' ').next());
            let signers: Vec<String> = signers.take(16).map(human::plain).collect();
            Node::new(None, Role::Evidence, "checkpoint, not checked")
                .line(shorten(&human::plain(origin), SHORT))
                .line(shorten(&signers.join(", "), SHORT))
                .detail(shorten(&format!("signed by {}", signers.join(", ")), 400))
        }
        Evidence::Finality {
            header,
            certificate,
        } => Node::new(None, Role::Evidence, "finality, not checked")
            .line(format!("block header, {} B", header.len()))
            .line(format!("certificate, {} B", certificate.len()))
            .detail("a block header with the audit root, and the certificate that it is final"),
    }
}

/// Adds the tree of an inclusion proof; answers with the box of its leaf.
fn add_tree(
    nodes: &mut Vec<Node>,
    claim: Claim,
    tree: TreeType,
    (under, edge): (usize, &str),
) -> Result<usize, String> {
    let file = ProofFile {
        source: Source::default(),
        tree,
        claim,
        checkpoint: None,
    };
    let drawing = Drawing::of(&file)?;
    let tree = drawing.trees.first().ok_or("a proof without a tree")?;
    let leaf = merkle::add(nodes, tree, (Some(under), edge), Marked::Proof);
    leaf.ok_or_else(|| "a proof without a leaf".to_owned())
}
