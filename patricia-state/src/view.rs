//! Stored nodes as a walk sees them: records, and inside them nodes as RLP.

use crate::nibbles::Nibbles;
use crate::node::{Link, Links, Node, NodeError};
use crate::record::{BranchRecord, Child, Location, Record};
use crate::source::{NodeSource, Root, StoredNodeError};
use crate::suite::NodeHash;

/// A node that borrows from its source.
#[derive(Clone, Copy, Debug)]
pub(crate) enum View<'a> {
    Leaf { path: Nibbles<'a>, value: &'a [u8] },
    Extension { path: Nibbles<'a>, child: Child<'a> },
    Branch(Branch<'a>),
}

/// A branch, whose children are looked up when asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Branch<'a> {
    Record {
        record: BranchRecord<'a>,
        location: Location,
    },
    /// RLP of less than 32 bytes in the record at `holder`, decoded before without an error.
    Inline { rlp: &'a [u8], holder: Location },
}

/// Reads the node that `child` names.
#[inline]
pub(crate) fn open<'a, S: NodeSource>(
    source: &'a S,
    child: Child<'a>,
) -> Result<View<'a>, S::Error> {
    match child {
        Child::Stored { hash, location } => open_stored(source, hash, location),
        Child::Inline { rlp, holder } => inline_view(rlp, holder).map_err(|reason| {
            StoredNodeError::Damaged {
                location: holder,
                reason,
            }
            .into()
        }),
    }
}

/// Reads the topmost node of a state, or `None` if the state has no keys.
#[inline]
pub(crate) fn open_root<'a, S: NodeSource>(
    source: &'a S,
    root: &Root,
) -> Result<Option<View<'a>>, S::Error> {
    root.location
        .map(|location| open_stored(source, &root.hash, location))
        .transpose()
}

#[inline]
fn open_stored<'a, S: NodeSource>(
    source: &'a S,
    hash: &NodeHash,
    location: Location,
) -> Result<View<'a>, S::Error> {
    read_record(source, hash, location).map(|record| View::new(record, location))
}

/// The node that `bytes` start with.
pub(crate) fn parse(bytes: &[u8], location: Location) -> Result<View<'_>, StoredNodeError> {
    Record::parse(bytes, location)
        .map(|record| View::new(record, location))
        .map_err(|reason| StoredNodeError::Damaged { location, reason })
}

/// Reads a record.
#[inline]
pub(crate) fn read_record<'a, S: NodeSource>(
    source: &'a S,
    hash: &NodeHash,
    location: Location,
) -> Result<Record<'a>, S::Error> {
    Record::parse(source.record(location, hash)?, location)
        .map_err(|reason| StoredNodeError::Damaged { location, reason }.into())
}

impl<'a> View<'a> {
    /// The node of the record at `location`.
    #[inline]
    pub(crate) const fn new(record: Record<'a>, location: Location) -> Self {
        match record {
            Record::Leaf { path, value, .. } => View::Leaf { path, value },
            Record::Extension { path, child } => View::Extension { path, child },
            Record::Branch(record) => View::Branch(Branch::Record { record, location }),
        }
    }
}

fn inline_view(rlp: &[u8], holder: Location) -> Result<View<'_>, NodeError> {
    Ok(match Node::decode(rlp)? {
        Node::Leaf { path, value } => View::Leaf { path, value },
        Node::Extension { path, child } => View::Extension {
            path,
            child: inline_child(child, holder)?,
        },
        Node::Branch { .. } => View::Branch(Branch::Inline { rlp, holder }),
    })
}

/// A child of an inline node. There is no room for a hash in one.
const fn inline_child(link: Link<'_>, holder: Location) -> Result<Child<'_>, NodeError> {
    match link {
        Link::Inline(rlp) => Ok(Child::Inline { rlp, holder }),
        Link::Hash(_) => Err(NodeError::NotHashed(crate::node::HASHED_LEN_MIN)),
    }
}

impl<'a> Branch<'a> {
    /// Bit n says that child n is there.
    pub(crate) fn mask(&self) -> u16 {
        match self {
            Self::Record { record, .. } => record.mask(),
            Self::Inline { rlp, .. } => {
                let (children, _) = inline_branch(rlp);
                let present = (0..16_u32)
                    .zip(children)
                    .filter(|(_, child)| child.is_some());
                present.fold(0, |mask, (nibble, _)| mask | 1_u16.unbounded_shl(nibble))
            }
        }
    }

    pub(crate) fn value(&self) -> Option<&'a [u8]> {
        match self {
            Self::Record { record, .. } => record.value(),
            Self::Inline { rlp, .. } => inline_branch(rlp).1,
        }
    }

    /// Returns child `nibble`, or `None` if there is none.
    #[inline]
    pub(crate) fn child(&self, nibble: u8) -> Result<Option<Child<'a>>, StoredNodeError> {
        match *self {
            Self::Record { record, location } => record
                .child(nibble)
                .map_err(|reason| StoredNodeError::Damaged { location, reason }),
            Self::Inline { rlp, holder } => child_of_inline(rlp, holder, nibble),
        }
    }
}

/// Child `nibble` of a branch that was decoded before.
fn child_of_inline(
    rlp: &[u8],
    holder: Location,
    nibble: u8,
) -> Result<Option<Child<'_>>, StoredNodeError> {
    let (links, _) = inline_branch(rlp);
    let link = links.get(usize::from(nibble)).copied().flatten();
    let child = link.map(|link| inline_child(link, holder)).transpose();
    child.map_err(|reason| StoredNodeError::Damaged {
        location: holder,
        reason,
    })
}

/// Takes a branch apart that was decoded before.
fn inline_branch(rlp: &[u8]) -> (Links<'_>, Option<&[u8]>) {
    match Node::decode(rlp) {
        Ok(Node::Branch { children, value }) => (children, value),
        _ => ([None; 16], None),
    }
}
