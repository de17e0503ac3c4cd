//! A node that begins with the state at a certified height, and gets the history behind.
//!
//! The height is the last one of an epoch, for it has a certificate of its own and its state says who
//! votes next; and so long ago that no request from before it can come again, for the ids of those are
//! not known. All that the node gets comes from nodes that may lie: it counts only where it comes out
//! as a certificate says, or a leaf of the audit tree that a certificate stands for.
//!
//! - `pieces` is the form of what goes over HTTP;
//! - `served` makes pieces of a store;
//! - `given` judges a commit that a node gave, with the block that it is;
//! - `peers` asks nodes, one after the other, and none again that gave what does not come out;
//! - `base` makes a store that begins at that height;
//! - `fill` makes a store with all history beside it;
//! - `places` puts that one in its place.

// As the run of a node, which uses them.
#[cfg(all(feature = "daemon", not(test)))]
pub(crate) mod base;
#[cfg(all(feature = "daemon", not(test)))]
pub(crate) mod fill;
#[cfg(feature = "daemon")]
mod given;
#[cfg(all(feature = "daemon", not(test)))]
mod peers;
pub(crate) mod pieces;
#[cfg(feature = "daemon")]
pub(crate) mod places;
mod served;
