//! Passes requests on: what one node took in, all should have, so that whoever's turn it is puts it
//! into a block, and a node that dies takes nothing with it that others could have.
//!
//! Nothing depends on a message here: a request that is lost is proposed by the node that has it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, IoBuf};
use futures::FutureExt;
use tokio::sync::mpsc;
use tracing::debug;

use super::types::Key;
use crate::block::Envelope;
use crate::node::{Node, NodeError};
use crate::reason::Reason;
use crate::wire::put_bytes;

/// Bytes of requests in one message, unless a single one has more.
const MESSAGE_LEN: usize = 64 << 10;
/// How long a request waits for others to go with it: links take so many messages a second only.
const TOGETHER: Duration = Duration::from_millis(2);
/// Bytes of requests that are looked at together, about.
const HEARD_LEN: usize = 1 << 20;
/// How long nothing is heard of a node that passed on what nobody signed: nodes look at signatures
/// before they do, and each of their own has it cost the others nothing.
const UNHEARD: Duration = Duration::from_secs(1);
/// The longest message: one request of any length, or several.
pub(super) const MESSAGE_LEN_MAX: usize = 8 + crate::policy::BLOCK_LEN_LIMIT as usize;

/// Sends requests to all other nodes, several at once where several wait.
pub(super) async fn send_all(
    clock: impl Clock,
    mut requests: mpsc::Receiver<Arc<Envelope>>,
    mut sender: impl Sender<PublicKey = Key>,
) {
    while let Some(first) = requests.recv().await {
        let mut message = Vec::with_capacity(4 + first.bytes.len());
        put_bytes(&mut message, &first.bytes);
        clock.sleep(TOGETHER).await;
        while message.len() < MESSAGE_LEN
            && let Ok(next) = requests.try_recv()
        {
            if message.len() + 4 + next.bytes.len() > MESSAGE_LEN_MAX {
                send(&mut sender, std::mem::take(&mut message));
            }
            put_bytes(&mut message, &next.bytes);
        }
        send(&mut sender, message);
    }
}

fn send(sender: &mut impl Sender<PublicKey = Key>, message: Vec<u8>) {
    // Peers that are away, or have too much already, do without.
    let _ = sender.send(Recipients::All, IoBuf::from(message), false);
}

/// Takes in what other nodes send: what comes while the messages before are looked at, together.
pub(super) async fn hear_all(
    clock: impl Clock,
    node: Node,
    mut receiver: impl Receiver<PublicKey = Key>,
) {
    let mut unheard: HashMap<Key, SystemTime> = HashMap::new();
    while let Ok(first) = receiver.recv().await {
        // By sender: what one sends says nothing of what others do. In order: simulations are to be
        // the same each time.
        let mut messages: BTreeMap<Key, Vec<_>> = BTreeMap::new();
        let (mut next, mut len) = (Some(first), 0);
        while let Some((peer, message)) = next {
            len += message.len();
            messages.entry(peer).or_default().push(message);
            next = match len < HEARD_LEN {
                true => receiver.recv().now_or_never().and_then(Result::ok),
                false => None,
            };
        }
        unheard.retain(|_, until| *until > clock.current());
        messages.retain(|peer, _| !unheard.contains_key(peer));
        for (peer, messages) in messages {
            let messages = messages.iter().map(AsRef::as_ref);
            let requests: Vec<_> = messages.flat_map(requests).collect();
            for refused in node.hear(&requests) {
                debug!(%peer, %refused, "requests that were passed on are not taken");
                if matches!(&refused, NodeError::Refused(r) if r.reason == Reason::BadSignature) {
                    unheard.insert(peer.clone(), clock.current() + UNHEARD);
                }
            }
        }
    }
}

/// The requests in a message, up to where it stops being one.
fn requests(message: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = message;
    std::iter::from_fn(move || {
        let (len, after) = rest.split_first_chunk::<4>()?;
        let len = usize::try_from(u32::from_le_bytes(*len)).ok()?;
        let (request, after) = after.split_at_checked(len)?;
        rest = after;
        Some(request)
    })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::num::NonZeroUsize;

    use commonware_codec::DecodeExt;
    use commonware_cryptography::{Signer, ed25519};
    use commonware_p2p::Message;
    use commonware_runtime::{Runner, Spawner, Supervisor, deterministic};

    use super::*;
    use crate::node::tests::Solo;

    #[derive(Debug)]
    struct Link(mpsc::UnboundedReceiver<Message<Key>>);

    impl Receiver for Link {
        type Error = io::Error;
        type PublicKey = Key;

        async fn recv(&mut self) -> io::Result<Message<Key>> {
            let message = self.0.recv().await;
            message.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
        }

        fn capacity(&self) -> NonZeroUsize {
            NonZeroUsize::MAX
        }
    }

    fn peer(seed: u8) -> Key {
        let key = ed25519::PrivateKey::decode([seed; 32].to_vec());
        key.unwrap().public_key()
    }

    fn message(requests: &[&[u8]]) -> IoBuf {
        let mut message = Vec::new();
        requests.iter().for_each(|r| put_bytes(&mut message, r));
        IoBuf::from(message)
    }

    #[test]
    fn a_message_is_read_up_to_where_it_stops_being_one() {
        let whole = message(&[b"one", b"", b"three"]);
        let whole: &[u8] = whole.as_ref();
        let read = |len: usize| requests(&whole[..len]).collect::<Vec<_>>();
        assert_eq!(read(whole.len()), [&b"one"[..], b"", b"three"]);
        for len in 0..whole.len() {
            let expected = usize::from(len >= 7) + usize::from(len >= 11);
            assert_eq!(read(len).len(), expected, "{len} bytes");
        }
        assert_eq!(requests(&[0xff; 12]).count(), 0);
    }

    /// It costs the others one verification a second, and those who sign nothing of it.
    #[test]
    fn who_passes_on_what_nobody_signed_is_not_heard_for_a_while() {
        deterministic::Runner::timed(Duration::from_secs(30)).start(|context| async move {
            let solo = Solo::new();
            let (wire, link) = mpsc::unbounded_channel();
            let node = solo.node.clone();
            let hearing = context.child("hearing");
            hearing.spawn(move |clock| hear_all(clock, node, Link(link)));
            let request = |nonce| solo.envelope(nonce).bytes.to_vec();
            let mut bad = request(1);
            *bad.last_mut().unwrap() ^= 1;
            let say = |from: u8, requests: &[&[u8]]| {
                wire.send((peer(from), message(requests))).unwrap();
            };
            // What came together from different peers is told apart.
            say(1, &[&bad, &request(2)]);
            say(2, &[&request(3)]);
            context.sleep(Duration::from_millis(10)).await;
            assert_eq!(solo.node.status().pending, 1);
            say(1, &[&request(4)]);
            say(2, &[&request(5)]);
            context.sleep(Duration::from_millis(10)).await;
            assert_eq!(solo.node.status().pending, 2);
            context.sleep(UNHEARD).await;
            say(1, &[&request(6)]);
            context.sleep(Duration::from_millis(10)).await;
            assert_eq!(solo.node.status().pending, 3, "it is heard again");
        });
    }
}
