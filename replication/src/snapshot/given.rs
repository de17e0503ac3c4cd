//! A commit that a node gave, and the block that it is.
//!
//! The leaf of a commit fixes entries, states and time. What it does not fix is held against the header
//! here: the ids are those of the requests, the requests in their order are the header's, and there is
//! attached what a node attaches and nothing else. Who is to believe the header is told by its
//! certificate, or by that of a block further up.

use std::sync::Arc;

use ledger::WholeCommit;

use crate::block::{Block, Envelope, payload_hash};
use crate::certificate::{Certificate, GenesisVerifier};
use crate::handover::CertificateChain;
use crate::header::{Header, LedgerTip};
use crate::names::{BlockHash, NetworkHash};
use crate::node::{
    CERTIFICATE_ATTACHMENT, HEADER_ATTACHMENT, LEDGERS, ORDER_ATTACHMENT, in_order, order_of,
};
use crate::transaction::Transaction;
use crate::wire::FormError;

/// A commit is not the one that it should be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotGiven {
    /// It does not decode, or does not come out.
    #[error(transparent)]
    Commit(#[from] ledger::Error),
    /// Its header or certificate does not decode.
    #[error(transparent)]
    Form(#[from] FormError),
    /// Its certificate does not hold.
    #[error(transparent)]
    Certificate(#[from] ledger::bundle::CertificateError),
    /// A part is not what it should be.
    #[error("the {what} of the commit at height {height} is another one")]
    Other {
        /// Which.
        what: &'static str,
        /// Of which commit.
        height: u64,
    },
}

/// A commit after the genesis whose parts belong together.
#[derive(Debug)]
pub(crate) struct Given<'a> {
    pub(crate) whole: WholeCommit<'a>,
    pub(crate) block: Block,
    pub(crate) certificate: Option<Certificate>,
}

impl<'a> Given<'a> {
    /// Judges the bytes of a commit.
    pub(crate) fn judge(bytes: &'a [u8], network: &NetworkHash) -> Result<Self, NotGiven> {
        let whole = WholeCommit::decode(bytes)?;
        let height = whole.body().height;
        let other = |what| NotGiven::Other { what, height };
        let attached: Vec<_> = whole.attachments().collect();
        let mut attached = attached.into_iter().peekable();
        let mut next = |kind| attached.next_if(|kept| kept.0 == kind).map(|kept| kept.1);
        let header = next(HEADER_ATTACHMENT).ok_or(other("header"))?;
        let header = Header::decode(header)?;
        let certificate = next(CERTIFICATE_ATTACHMENT).map(Certificate::decode);
        let certificate = certificate.transpose()?;
        let order = next(ORDER_ATTACHMENT);
        if attached.next().is_some() {
            return Err(other("attachment"));
        }
        if header.network != *network || !is_of(&header, &whole) {
            return Err(other("header"));
        }
        let requests = requests(&whole, order).ok_or(other("requests"))?;
        if payload_hash(&requests) != header.payload_hash {
            return Err(other("requests"));
        }
        Ok(Self {
            block: Block::new(header, requests),
            certificate,
            whole,
        })
    }

    pub(crate) const fn header(&self) -> &Header {
        self.block.header()
    }

    /// Checks that it stands on a block, and its certificate if it has one.
    pub(crate) fn check(
        &self,
        parent: &BlockHash,
        verifier: &GenesisVerifier,
    ) -> Result<(), NotGiven> {
        let header = self.header();
        if header.parent != *parent {
            let height = header.height;
            let what = "parent";
            return Err(NotGiven::Other { what, height });
        }
        self.check_certificate(verifier)
    }

    /// Checks its certificate, if it has one.
    pub(crate) fn check_certificate(&self, verifier: &GenesisVerifier) -> Result<(), NotGiven> {
        if let Some(certificate) = &self.certificate {
            let chain = CertificateChain {
                handovers: Vec::new(),
                certificate: certificate.clone(),
            };
            verifier.check_chain(self.header(), &chain)?;
        }
        Ok(())
    }
}

/// Whether a header is that of a commit.
fn is_of(header: &Header, whole: &WholeCommit<'_>) -> bool {
    let body = whole.body();
    let tips = body.ledgers.iter().map(|ledger| LedgerTip {
        name: ledger.name.clone(),
        size: ledger.size,
        root: ledger.root,
        state_root: ledger.state_root,
    });
    header.height == body.height
        && header.time_ms == body.time_ms
        && header.audit_root == whole.audit_root()
        && header.ledgers.iter().cloned().eq(tips)
}

/// The requests of a commit in the order of its block; none if an entry is no request under its id, or
/// the order is not the one that a node notes.
fn requests(whole: &WholeCommit<'_>, order: Option<&[u8]>) -> Option<Vec<Arc<Envelope>>> {
    let mut queues = LEDGERS.map(|name| (name, Vec::new()));
    for entry in whole.entries() {
        let envelope = Envelope::decode(Transaction::request_bytes(entry.entry)?).ok()?;
        if entry.id != Some(envelope.id.as_bytes().as_slice()) {
            return None;
        }
        let queue = queues.iter_mut().find(|(name, _)| *name == entry.ledger);
        queue?.1.push(envelope);
    }
    // Without a note they went to one ledger.
    let went = match order {
        Some(order) => order.to_vec(),
        None => {
            let number = queues.iter().position(|(_, queue)| !queue.is_empty());
            let number = u8::try_from(number.unwrap_or_default()).ok()?;
            vec![number; whole.entries().count()]
        }
    };
    let lens: Vec<_> = queues.iter().map(|(_, queue)| queue.len()).collect();
    let taken = |number: usize| went.iter().filter(|n| usize::from(**n) == number).count();
    let fits = lens
        .iter()
        .enumerate()
        .all(|(number, len)| taken(number) == *len);
    if !fits || went.len() != lens.iter().sum::<usize>() || order_of(&went) != order {
        return None;
    }
    let queues = queues.into_iter().map(|(_, queue)| queue.into_iter());
    Some(in_order(queues.collect(), &went))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::tests::Solo;

    /// The bytes of a commit of requests of two ledgers, in turns.
    fn commit() -> (Solo, u64, Vec<u8>) {
        let mut solo = Solo::new();
        let height = solo.commit_two_ledgers().header().height;
        let bytes = solo.node.snapshot().transfer(height).unwrap();
        (solo, height, bytes)
    }

    #[test]
    fn a_commit_is_its_block() {
        let (solo, height, bytes) = commit();
        let network = solo.node.genesis().network();
        let given = Given::judge(&bytes, &network).unwrap();
        let block = solo.block_at(height);
        assert_eq!((height, &given.block), (2, &block));
        let snapshot = solo.node.snapshot();
        let leaves = snapshot.audit().leaf_hashes(1..2).unwrap();
        assert_eq!(leaves, [given.whole.leaf()]);
        assert_eq!(block.requests().len(), 4);
        let verifier = GenesisVerifier::new(solo.node.genesis());
        assert!(given.check(&block.header().parent, &verifier).is_ok());
        let other = given.check(&block.hash(), &verifier);
        assert!(matches!(other, Err(NotGiven::Other { what: "parent", .. })));
        let other = Given::judge(&bytes, &NetworkHash::new([7; 32]));
        assert!(matches!(other, Err(NotGiven::Other { what: "header", .. })));
        // The genesis has entries that are no requests.
        let first = solo.node.snapshot().transfer(1).unwrap();
        let first = Given::judge(&first, &network);
        assert!(matches!(
            first,
            Err(NotGiven::Other {
                what: "requests",
                ..
            })
        ));
    }

    #[test]
    fn no_bit_of_a_commit_can_be_another_one() {
        let (solo, height, bytes) = commit();
        let network = solo.node.genesis().network();
        let right = Given::judge(&bytes, &network).unwrap();
        let mut same = 0;
        for bit in 0..8 * bytes.len() {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            let Ok(given) = Given::judge(&changed, &network) else {
                continue;
            };
            // Another header is told by the one above it, and by its certificate.
            if given.block.hash() == right.block.hash() {
                same += 1;
                assert_eq!(given.block, right.block, "bit {bit}");
                assert_eq!(given.certificate, right.certificate, "bit {bit}");
            }
        }
        // What is written is left to what comes out.
        assert!(same > 100);
        let again = Solo::new();
        again.commit(right.block);
        assert_eq!(again.node.snapshot().transfer(height).unwrap(), bytes);
    }
}
