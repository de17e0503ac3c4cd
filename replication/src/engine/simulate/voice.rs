//! What a node says to others: what the engine sends, or what a node at fault makes of it.
//!
//! A node at fault is a node as any other whose messages are changed on their way out. It holds its
//! own keys and nobody else's.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use bytes::Bytes;
use commonware_actor::{Feedback, Unreliable};
use commonware_codec::{DecodeExt, Encode};
use commonware_consensus::CertifiableBlock;
use commonware_consensus::simplex::types::{Finalize, Notarize, Proposal, Vote};
use commonware_cryptography::{Digestible, sha256};
use commonware_p2p::simulated;
use commonware_p2p::utils::mux;
use commonware_p2p::{CheckedSender, LimitedSender, Recipients, Sender as _};
use commonware_runtime::deterministic::Context;
use commonware_runtime::{IoBuf, IoBufs};
use hash_store::sim::Random;

use super::acquaintances::Desk;
use crate::block::Block;
use crate::engine::schemes::Schemes;
use crate::engine::types::{Body, Digest, Key, Scheme, digest, turn};
use crate::names::BlockHash;
use crate::node::{Replica, lock};

/// Which of a node's channels a message goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Votes,
    Blocks,
    Other,
}

/// What a node makes of its messages.
pub(super) enum Manner {
    /// Sends them as they are.
    Plain,
    /// Sends none.
    Silent,
    /// Flips a bit of every fourth.
    Altering(Mutex<Random>),
    /// Tells some nodes one thing and others another.
    Equivocating(Box<Equivocation>),
}

/// By the first block that an equivocating node made for a turn, the second. They conspire: what one
/// of them made, all tell.
pub(super) type Pairs = Arc<Mutex<HashMap<Digest, Arc<Block>>>>;

/// How a node tells two stories.
pub(super) struct Equivocation {
    pub(super) replica: Arc<Replica>,
    pub(super) schemes: Schemes,
    /// The nodes that are told the second story.
    pub(super) second: Vec<Key>,
    pub(super) pairs: Pairs,
    pub(super) random: Mutex<Random>,
}

/// The sending end of a channel.
#[derive(Clone)]
pub(super) struct Voice {
    pub(super) sender: simulated::Sender<Key, Context>,
    pub(super) desk: Desk,
    pub(super) subject: Subject,
    pub(super) manner: Arc<Manner>,
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Voice({:?})", self.subject)
    }
}

/// A message that may be sent now.
pub(super) struct Spoken {
    voice: Voice,
    to: Vec<Key>,
}

impl LimitedSender for Voice {
    type PublicKey = Key;
    type Checked<'a> = Spoken;

    fn check(&mut self, recipients: Recipients<Key>) -> Result<Spoken, SystemTime> {
        let mut to = self.sender.check(recipients)?.recipients();
        to.retain(|peer| self.desk.talks_to(peer));
        let voice = self.clone();
        Ok(Spoken { voice, to })
    }
}

impl CheckedSender for Spoken {
    type PublicKey = Key;

    fn recipients(&self) -> Vec<Key> {
        self.to.clone()
    }

    fn send(mut self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let message = message.into().coalesce();
        let manner = Arc::clone(&self.voice.manner);
        match &*manner {
            Manner::Plain => self.say(self.to.clone(), message, priority),
            Manner::Silent => {}
            Manner::Altering(random) => {
                let altered = alter(&mut lock(random), &message);
                self.say(self.to.clone(), altered.unwrap_or(message), priority);
            }
            Manner::Equivocating(equivocation) => {
                match equivocation.second_story(self.voice.subject, &message) {
                    None => self.say(self.to.clone(), message, priority),
                    Some(other) => {
                        let is_second = |key: &Key| equivocation.second.contains(key);
                        let (second, first) = self.to.iter().cloned().partition(is_second);
                        self.say(first, message, priority);
                        self.say(second, other, priority);
                    }
                }
            }
        }
        Unreliable::new(Feedback::Ok)
    }
}

impl Spoken {
    fn say(&mut self, to: Vec<Key>, message: IoBuf, priority: bool) {
        if !to.is_empty() {
            // Whoever is too busy does without, as on any link.
            let _ = self
                .voice
                .sender
                .send(Recipients::Some(to), message, priority);
        }
    }
}

/// Three of four messages stay as they are.
fn alter(random: &mut Random, message: &IoBuf) -> Option<IoBuf> {
    if message.is_empty() || !random.one_in(4) {
        return None;
    }
    let mut bytes = message.as_ref().to_vec();
    let bit = random.below(8 * bytes.len() as u64);
    let byte = bytes.get_mut(usize::try_from(bit / 8).ok()?)?;
    *byte ^= 1 << (bit % 8);
    Some(bytes.into())
}

impl Equivocation {
    /// What is told to the others, if they are told something else.
    fn second_story(&self, subject: Subject, message: &IoBuf) -> Option<IoBuf> {
        match subject {
            Subject::Blocks => self.other_block(message.clone().into()).map(Into::into),
            Subject::Votes => {
                let (epoch, vote) = mux::parse(message.clone()).ok()?;
                let other = self.other_vote(epoch, vote.into())?;
                let lane = message.len() - other.len();
                let (lane, _) = message.as_ref().split_at_checked(lane)?;
                Some([lane, &other].concat().into())
            }
            Subject::Other => None,
        }
    }

    /// Another block for the same turn, as right as the first; made when it is first needed. None for
    /// a block that no equivocating node made.
    fn second_block(&self, first: &Digest) -> Option<Arc<Block>> {
        if let Some(second) = lock(&self.pairs).get(first) {
            return Some(Arc::clone(second));
        }
        let made = lock(&self.replica.chain).get(&BlockHash::new(first.0))?;
        let header = made.block.header();
        if header.proposer != self.replica.identity {
            return None;
        }
        let turn = turn(&Body::new(Arc::clone(&made.block)).ok()?.context());
        let second = self.replica.propose(turn, header.time_ms + 1).ok()??;
        lock(&self.pairs).insert(*first, Arc::clone(&second));
        Some(second)
    }

    fn other_block(&self, bytes: Bytes) -> Option<Bytes> {
        let first = Body::decode(bytes).ok()?;
        let second = self.second_block(&first.digest())?;
        Some(Body::new(second).ok()?.encode())
    }

    /// A vote for the other block; for one that is nowhere if there is no other.
    fn other_vote(&self, epoch: u64, bytes: Bytes) -> Option<Bytes> {
        let scheme = self.schemes.of(epoch)?;
        let other = |proposal: &Proposal<Digest>| {
            let second = self.second_block(&proposal.payload);
            let payload = second.map_or_else(|| self.nowhere(), |second| digest(&second.hash()));
            Proposal::new(proposal.round, proposal.parent, payload)
        };
        let vote = match Vote::<Scheme, Digest>::decode(bytes).ok()? {
            Vote::Notarize(vote) => {
                Vote::Notarize(Notarize::sign(&*scheme, other(&vote.proposal))?)
            }
            Vote::Finalize(vote) => {
                Vote::Finalize(Finalize::sign(&*scheme, other(&vote.proposal))?)
            }
            Vote::Nullify(_) => return None,
        };
        Some(vote.encode())
    }

    fn nowhere(&self) -> Digest {
        let mut random = lock(&self.random);
        let mut nowhere = [0; 32];
        for part in nowhere.chunks_exact_mut(8) {
            part.copy_from_slice(&random.next().to_le_bytes());
        }
        sha256::Digest(nowhere)
    }
}
