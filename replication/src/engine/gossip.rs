//! Passes requests on: what one node took in, all should have, so that whoever's turn it is puts it
//! into a block, and a node that dies takes nothing with it that others could have.
//!
//! Nothing depends on a message here: a request that is lost is proposed by the node that has it.

use std::sync::Arc;
use std::time::Duration;

use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, IoBuf};
use tokio::sync::mpsc;
use tracing::debug;

use super::types::Key;
use crate::block::Envelope;
use crate::node::Node;
use crate::wire::put_bytes;

/// Bytes of requests in one message, unless a single one has more.
const MESSAGE_LEN: usize = 64 << 10;
/// How long a request waits for others to go with it: links take so many messages a second only.
const TOGETHER: Duration = Duration::from_millis(2);
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

/// Takes in what other nodes send.
pub(super) async fn hear_all(node: Node, mut receiver: impl Receiver<PublicKey = Key>) {
    while let Ok((peer, message)) = receiver.recv().await {
        let mut rest: &[u8] = message.as_ref();
        let mut requests = Vec::new();
        while let Some((len, after)) = rest.split_first_chunk::<4>() {
            let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX);
            let Some((request, after)) = after.split_at_checked(len) else {
                debug!(%peer, "a message ends within a request");
                break;
            };
            requests.push(request);
            rest = after;
        }
        for refused in node.hear(&requests) {
            debug!(%peer, %refused, "a request that was passed on is not taken");
        }
    }
}
