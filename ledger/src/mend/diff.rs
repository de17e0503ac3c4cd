//! Where two stores part: the first height, entry and key, by roots and not by reading all.
//!
//! Audit roots are compared by bisection over heights, ledger roots by bisection over sizes, states
//! by walking the two tries past equal subtries. So the cost is O(log² n) nodes and what differs,
//! whatever the stores hold.

use merkle_log::{Hash, LeafIndex, TreeSize};

use crate::body::LedgerRoots;
use crate::error::Result;
use crate::store::{Snapshot, StateView, TreeView};

/// How two stores stand to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Comparison {
    /// Stores of different networks: nothing is compared.
    OtherNetwork,
    /// The same commits up to the lower height; equal heights are equal stores.
    Agree {
        /// The last height that both have.
        height: u64,
        /// Root of the audit tree at that height.
        audit_root: Hash,
    },
    /// They part.
    Part(Box<Divergence>),
}

/// The first commit that two stores do not have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Its height; the commits before it are the same.
    pub height: u64,
    /// The audit roots after it, in the first store and in the second.
    pub audit_roots: [Hash; 2],
    /// Times of the two commits, in milliseconds since 1970.
    pub times_ms: [u64; 2],
    /// Hashes of the callers' metadata.
    pub metadata_hashes: [Hash; 2],
    /// Ledgers that are not the same after it.
    pub ledgers: Vec<LedgerDivergence>,
}

/// A ledger that is not the same after the first commit that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerDivergence {
    /// Its name.
    pub name: String,
    /// Its roots in the first store and in the second; `None`: it is not declared there.
    pub roots: [Option<LedgerRoots>; 2],
    /// The first entry that differs, or that only one has.
    pub entry: Option<FirstEntry>,
    /// The first key, in the order of the trie, whose values differ.
    pub key: Option<FirstKey>,
}

/// An entry that two ledgers do not share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstEntry {
    /// Its index.
    pub index: LeafIndex,
    /// Leaf hashes in the first store and in the second; `None`: the ledger ends before.
    pub leaves: [Option<Hash>; 2],
}

/// A key of the trie that two states do not have the same value for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstKey {
    /// The trie's key: a hash in the hashed key mode.
    pub key: Vec<u8>,
    /// Its values; `None`: absent.
    pub values: [Option<Vec<u8>>; 2],
}

/// Finds where two stores part.
///
/// # Errors
/// [`Error::Log`](crate::Error::Log), [`Error::State`](crate::Error::State) where what has to be read is
/// damaged; [`Error::BeforeBase`](crate::Error::BeforeBase), which names the height, where they part
/// before what one of them begins with.
pub fn compare(first: &Snapshot, second: &Snapshot) -> Result<Comparison> {
    if first.network() != second.network() {
        return Ok(Comparison::OtherNetwork);
    }
    let common = first.height().min(second.height());
    let (a, b) = (first.audit(), second.audit());
    let height = match first_difference(&a, &b, common)? {
        None => {
            let audit_root = a.root_at(TreeSize(common))?;
            return Ok(Comparison::Agree {
                height: common,
                audit_root,
            });
        }
        Some(index) => index + 1,
    };
    let (first, second) = (first.at_height(height)?, second.at_height(height)?);
    let bodies = [first.commit(height)?.body, second.commit(height)?.body];
    let mut ledgers = Vec::new();
    let only_second = second.ledgers().iter();
    let only_second = only_second.filter(|l| first.ledgers().iter().all(|o| o.name != l.name));
    for name in first.ledgers().iter().chain(only_second).map(|l| &l.name) {
        ledgers.extend(compare_ledger(&first, &second, name.as_str())?);
    }
    let [before, after] = bodies;
    Ok(Comparison::Part(Box::new(Divergence {
        height,
        audit_roots: [first.audit().root(), second.audit().root()],
        times_ms: [before.time_ms, after.time_ms],
        metadata_hashes: [before.metadata_hash, after.metadata_hash],
        ledgers,
    })))
}

fn compare_ledger(
    first: &Snapshot,
    second: &Snapshot,
    name: &str,
) -> Result<Option<LedgerDivergence>> {
    let roots_in = |snapshot: &Snapshot| {
        let mut ledgers = snapshot.ledgers().iter();
        ledgers.find(|ledger| ledger.name.as_str() == name).cloned()
    };
    let roots = [roots_in(first), roots_in(second)];
    let [a, b] = &roots;
    if a == b {
        return Ok(None);
    }
    let (mut entry, mut key) = (None, None);
    if let (Some(a), Some(b)) = (a, b) {
        if a.tree == b.tree {
            entry = first_entry(&first.ledger(name)?, &second.ledger(name)?)?;
        }
        if a.state.is_some() && a.state == b.state && a.state_root != b.state_root {
            key = first_key(&first.state(name)?, &second.state(name)?)?;
        }
    }
    Ok(Some(LedgerDivergence {
        name: name.to_owned(),
        roots,
        entry,
        key,
    }))
}

fn first_entry(a: &TreeView<'_>, b: &TreeView<'_>) -> Result<Option<FirstEntry>> {
    let common = a.size().0.min(b.size().0);
    let index = match first_difference(a, b, common)? {
        Some(index) => index,
        None if a.size() == b.size() => return Ok(None),
        None => common,
    };
    let leaf = |tree: &TreeView<'_>| -> Result<Option<Hash>> {
        if index >= tree.size().0 {
            return Ok(None);
        }
        Ok(tree.leaf_hashes(index..index + 1)?.pop())
    };
    Ok(Some(FirstEntry {
        index: LeafIndex(index),
        leaves: [leaf(a)?, leaf(b)?],
    }))
}

fn first_key(a: &StateView, b: &StateView) -> Result<Option<FirstKey>> {
    let first = a.diff(b).next().transpose()?;
    Ok(first.map(|found| FirstKey {
        key: found.key,
        values: [
            found.before.map(<[u8]>::to_vec),
            found.after.map(<[u8]>::to_vec),
        ],
    }))
}

/// The first leaf below `common` that two trees do not share: trees that agree at a size agree at
/// every smaller one.
fn first_difference(a: &TreeView<'_>, b: &TreeView<'_>, common: u64) -> Result<Option<u64>> {
    let agree =
        |size: u64| Ok::<_, crate::Error>(a.root_at(TreeSize(size))? == b.root_at(TreeSize(size))?);
    if agree(common)? {
        return Ok(None);
    }
    let (mut same, mut differs) = (0, common);
    while differs - same > 1 {
        let middle = same + (differs - same) / 2;
        if agree(middle)? {
            same = middle;
        } else {
            differs = middle;
        }
    }
    Ok(Some(same))
}
