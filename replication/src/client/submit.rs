//! Sees one request through: sent until a node takes it, followed until it is proven to be final.

use std::collections::BTreeSet;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, sleep};

use super::check::Entry;
use super::connection::{Ask, HttpError};
use super::nodes::{Answer, TURN, is_final};
use super::{Client, ClientError, FaultKind};
use crate::api::RequestReply;
use crate::names::RequestId;
use crate::reason::Reason;
use crate::request::SignedRequest;

/// For a node to answer, beyond the time that it was asked to wait.
const SLACK: Duration = Duration::from_secs(2);
/// Between two tries, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// What one node's answer comes to.
enum Step {
    /// The request is proven to be final.
    Done(Box<Entry>),
    /// The node refuses it for good.
    Refused(crate::api::ErrorReply),
    /// Nothing can be told yet.
    Unclear(FaultKind),
}

impl Client {
    /// Sends a request, to the node of that number first, and waits until it is proven to be final.
    /// It may have been rejected: the transaction says so.
    ///
    /// # Errors
    /// [`ClientError::Refused`], by so many nodes that not all of them lie, or by the one that is
    /// asked: it will not be done, unless a node that was sent it lies and passes it on before it
    /// expires. [`ClientError::InDoubt`]: it may be done.
    pub async fn submit(&self, signed: &SignedRequest, first: usize) -> Result<Entry, ClientError> {
        let (id, bytes) = (signed.request.id(), Bytes::from(signed.encode()));
        let deadline = Instant::now() + self.options.patience;
        let mut pause = PAUSES.0;
        // Whether some node may have taken it.
        let mut sent = false;
        let mut refused_by = BTreeSet::new();
        // Those who have no vote have no word either, but when nobody else is asked.
        let mut voting = self.voting();
        if voting.is_empty() {
            voting = (0..self.nodes.len()).collect();
        }
        let enough = (self.verifier.committee().faults() + 1).min(voting.len());
        let mut turn = first;
        let mut last = None;
        loop {
            let node = turn % self.nodes.len();
            turn = turn.wrapping_add(1);
            let left = deadline.saturating_duration_since(Instant::now());
            let kind = match self
                .offer(node, &id, &bytes, left.min(TURN), &mut sent)
                .await
            {
                Step::Done(entry) => return Ok(*entry),
                Step::Refused(refusal) => {
                    refused_by.extend(voting.contains(&node).then_some(node));
                    if !sent && refused_by.len() == enough {
                        return Err(ClientError::Refused(refusal));
                    }
                    FaultKind::Later(refusal)
                }
                Step::Unclear(kind) => kind,
            };
            // An answer that came tells more than one that did not, at the end of the time.
            if last.is_none() || !matches!(kind, FaultKind::Http(HttpError::Late(_))) {
                last = Some(self.fault(node, kind));
            }
            if Instant::now() + pause >= deadline
                && let Some(last) = last.take()
            {
                return Err(ClientError::InDoubt { id, last });
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    /// Offers a request to one node, and follows it there if the node has it.
    async fn offer(
        &self,
        node: usize,
        id: &RequestId,
        bytes: &Bytes,
        wait: Duration,
        sent: &mut bool,
    ) -> Step {
        let wait_ms = wait.as_millis();
        let offer = Ask {
            path: format!("/v1/requests?wait_ms={wait_ms}"),
            body: Some(bytes.clone()),
        };
        match self.call(node, &offer, wait + SLACK).await {
            Err(error) => {
                *sent |= !error.nothing_was_sent();
                Step::Unclear(error.into())
            }
            Ok(Answer::Good(body)) => {
                *sent = true;
                self.judge(node, id, &body).await
            }
            // Somebody has it: one who said otherwise, or who was sent it before.
            Ok(Answer::Refused(_, refusal)) if refusal.code == Reason::Duplicate.code() => {
                let follow = Ask {
                    path: format!("/v1/requests/{id}?wait_ms={wait_ms}"),
                    body: None,
                };
                match self.call(node, &follow, wait + SLACK).await {
                    Ok(Answer::Good(body)) => self.judge(node, id, &body).await,
                    Ok(Answer::Refused(_, refusal)) => Step::Unclear(FaultKind::Later(refusal)),
                    Err(error) => Step::Unclear(error.into()),
                }
            }
            Ok(Answer::Refused(status, refusal)) if is_final(status) => Step::Refused(refusal),
            Ok(Answer::Refused(_, refusal)) => Step::Unclear(FaultKind::Later(refusal)),
        }
    }

    async fn judge(&self, node: usize, id: &RequestId, body: &[u8]) -> Step {
        let reply: RequestReply = match serde_json::from_slice(body) {
            Ok(reply) => reply,
            Err(error) => return Step::Unclear(error.into()),
        };
        if reply.proof.is_none() {
            return Step::Unclear(FaultKind::NotFinal);
        }
        let entry = || Ok(self.verifier.entry(id, reply.proof.as_ref())?);
        match self.judged(node, entry).await {
            Ok(entry) => Step::Done(Box::new(entry)),
            Err(kind) => Step::Unclear(kind),
        }
    }
}
