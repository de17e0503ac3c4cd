//! Asking single nodes, and several until one has an answer that holds.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::StatusCode;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::check::{CheckError, Entry, Found, NodeSet};
use super::connection::{Ask, Connection, HttpError};
use super::{Client, ClientError, FaultKind, NodeFault};
use crate::api::{
    BEFORE_BASE, ErrorReply, HandoverReply, HandoversReply, HeaderReply, QueryAnswer, Readiness,
    RequestReply,
};
use crate::committee::{Committee, NODES_BEFORE_KEY, NODES_KEY, NODES_LEDGER};
use crate::handover::Handover;
use crate::header::Header;
use crate::hex::{from_hex, to_hex};
use crate::names::RequestId;
use crate::nodes;
use crate::reply::{Committed, NodeStatus};

/// The longest event of a stream, in bytes.
const EVENT_LEN_MAX: usize = 16 << 20;
/// How long one node is waited for before another is asked.
pub(super) const TURN: Duration = Duration::from_secs(10);
/// Between two rounds through all nodes.
const PAUSE: Duration = Duration::from_millis(100);

/// What a node answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// With 200 or 202.
    Good(Bytes),
    /// With a refusal.
    Refused(StatusCode, ErrorReply),
}

impl Answer {
    /// The answer as what it should be; every refusal is a fault.
    pub(super) fn good<T: DeserializeOwned>(self) -> Result<T, FaultKind> {
        match self {
            Self::Good(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Self::Refused(_, refusal) => Err(FaultKind::Later(refusal)),
        }
    }
}

impl Client {
    /// What a node says of itself.
    ///
    /// # Errors
    /// [`NodeFault`].
    pub async fn status(&self, node: usize, patience: Duration) -> Result<NodeStatus, NodeFault> {
        self.read(node, "/v1/status", patience).await
    }

    /// Whether a node is ready.
    ///
    /// # Errors
    /// [`NodeFault`]: it does not answer, or says that it is not.
    pub async fn ready(&self, node: usize, patience: Duration) -> Result<Readiness, NodeFault> {
        self.read(node, "/health/ready", patience).await
    }

    /// A header that a node shows to be final; none if it has no certificate of its own.
    ///
    /// # Errors
    /// [`NodeFault`].
    pub async fn final_header(
        &self,
        node: usize,
        height: u64,
        patience: Duration,
    ) -> Result<Option<Header>, NodeFault> {
        let reply = self.header(node, height, patience).await?;
        let judged = self.judged(node, || Ok(self.verifier.header(&reply)?));
        judged.await.map_err(|kind| self.fault(node, kind))
    }

    /// A header as a node has it, not checked: [`final_header`](Self::final_header) does.
    ///
    /// # Errors
    /// [`NodeFault`].
    pub async fn header(
        &self,
        node: usize,
        height: u64,
        patience: Duration,
    ) -> Result<HeaderReply, NodeFault> {
        self.read(node, &format!("/v1/headers/{height}"), patience)
            .await
    }

    /// The transaction of a request.
    ///
    /// # Errors
    /// [`ClientError::Refused`] with the code `unknown-request`; [`ClientError::Unknown`].
    pub async fn transaction(&self, id: &RequestId) -> Result<Entry, ClientError> {
        let path = format!("/v1/requests/{id}?wait_ms=2000");
        let judge = |bytes: &[u8]| {
            let reply: RequestReply = serde_json::from_slice(bytes)?;
            Ok(self.verifier.entry(id, reply.proof.as_ref())?)
        };
        self.until_it_holds(&path, judge).await
    }

    /// What stands at a key that an application answers with.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unknown`].
    pub async fn state(
        &self,
        app: &str,
        query: &[u8],
        (ledger, key): (&str, &[u8]),
        now_ms: impl Fn() -> u64,
    ) -> Result<Found, ClientError> {
        let path = format!("/v1/query/{app}?hex={}", to_hex(query));
        let age_ms_max = u64::try_from(self.options.age_max.as_millis()).unwrap_or(u64::MAX);
        let judge = |bytes: &[u8]| {
            let reply: QueryAnswer = serde_json::from_slice(bytes)?;
            let at = (now_ms(), age_ms_max);
            let proof = reply.proofs.first();
            Ok(self.verifier.state((ledger, key), proof, at)?)
        };
        self.until_it_holds(&path, judge).await
    }

    /// The nodes: those who vote, and those who will.
    ///
    /// # Errors
    /// [`ClientError::Refused`], [`ClientError::Unknown`].
    pub async fn node_set(&self, now_ms: impl Fn() -> u64) -> Result<NodeSet, ClientError> {
        let path = format!("/v1/query/{}?hex={}", nodes::APP, to_hex(nodes::SET));
        let age_ms_max = u64::try_from(self.options.age_max.as_millis()).unwrap_or(u64::MAX);
        let judge = |bytes: &[u8]| {
            let reply: QueryAnswer = serde_json::from_slice(bytes)?;
            let at = (now_ms(), age_ms_max);
            let found = |key: &[u8], proof: usize| {
                let key = (NODES_LEDGER, key);
                self.verifier.state(key, reply.proofs.get(proof), at)
            };
            let (next, before) = (found(NODES_KEY, 0)?, found(NODES_BEFORE_KEY, 1)?);
            if next.height != before.height {
                return Err(CheckError::OfAnother("height").into());
            }
            let decode = |bytes: &[u8]| Committee::decode(bytes).map_err(CheckError::from);
            let value = next.value.as_deref();
            let value = value.ok_or(CheckError::OfAnother("network"))?;
            Ok(NodeSet {
                next: decode(value)?,
                before: before.value.as_deref().map(decode).transpose()?,
                found: next,
            })
        };
        self.until_it_holds(&path, judge).await
    }

    /// Asks a node for the handovers that are not known yet, and takes them. Tells whether there was any.
    ///
    /// # Errors
    /// [`NodeFault`]: it does not answer, or with what carries no trust.
    pub async fn learn(&self, node: usize, patience: Duration) -> Result<bool, NodeFault> {
        let mut learnt = false;
        loop {
            let path = format!("/v1/handovers?from={}", self.verifier.known_from());
            let reply: HandoversReply = self.read(node, &path, patience).await?;
            let taken = self.take(&reply).map_err(|kind| self.fault(node, kind))?;
            if !taken {
                return Ok(learnt);
            }
            learnt = true;
        }
    }

    fn take(&self, reply: &HandoversReply) -> Result<bool, FaultKind> {
        let decode = |reply: &HandoverReply| {
            let bytes = from_hex(&reply.handover).ok_or(CheckError::OfAnother("form"))?;
            Handover::decode(&bytes).map_err(CheckError::from)
        };
        let handovers: Result<Vec<_>, _> = reply.handovers.iter().map(decode).collect();
        Ok(self.verifier.take(&handovers?)?)
    }

    /// Judges an answer of a node; if it does not hold, again once the node has told who votes now.
    pub(super) async fn judged<T>(
        &self,
        node: usize,
        judge: impl Fn() -> Result<T, FaultKind>,
    ) -> Result<T, FaultKind> {
        let judged = judge();
        if matches!(judged, Err(FaultKind::Check(_)))
            && let Ok(true) = self.learn(node, TURN).await
        {
            return judge();
        }
        judged
    }

    /// Asks all nodes in turn until an answer holds.
    async fn until_it_holds<T>(
        &self,
        path: &str,
        judge: impl Fn(&[u8]) -> Result<T, FaultKind>,
    ) -> Result<T, ClientError> {
        let ask = Ask {
            path: path.to_owned(),
            body: None,
        };
        let deadline = Instant::now() + self.options.patience;
        let mut last = None;
        loop {
            let (mut refused, mut hopeful) = (None, false);
            for (node, named) in self.nodes.iter().enumerate() {
                let left = deadline.saturating_duration_since(Instant::now());
                let kind = match self.call(node, &ask, left.min(TURN)).await {
                    Ok(Answer::Good(bytes)) => match self.judged(node, || judge(&bytes)).await {
                        Ok(answer) => return Ok(answer),
                        Err(kind) => {
                            hopeful = true;
                            kind
                        }
                    },
                    Ok(Answer::Refused(status, refusal)) => {
                        // Who has not all history knows least.
                        let tells = refusal.code != BEFORE_BASE || refused.is_none();
                        if is_final(status) && tells {
                            refused = Some(refusal.clone());
                        }
                        hopeful |= !is_final(status);
                        FaultKind::Later(refusal)
                    }
                    Err(error) => error.into(),
                };
                // An answer that came tells more than one that did not, at the end of the time.
                if last.is_none() || !matches!(kind, FaultKind::Http(HttpError::Late(_))) {
                    let node = named.alias.clone();
                    let kind = Box::new(kind);
                    last = Some(NodeFault { node, kind });
                }
            }
            // One node may not know yet what another one does.
            if let Some(refusal) = refused
                && !hopeful
            {
                return Err(ClientError::Refused(refusal));
            }
            if Instant::now() + PAUSE >= deadline
                && let Some(last) = last.take()
            {
                return Err(ClientError::Unknown { last });
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// The bytes that a node answers with, whatever they are.
    #[cfg(all(feature = "daemon", not(test)))]
    pub(crate) async fn bytes(
        &self,
        node: usize,
        path: String,
        patience: Duration,
    ) -> Result<Bytes, NodeFault> {
        let ask = Ask { path, body: None };
        let kind = match self.call(node, &ask, patience).await {
            Ok(Answer::Good(bytes)) => return Ok(bytes),
            Ok(Answer::Refused(_, refusal)) => FaultKind::Later(refusal),
            Err(error) => error.into(),
        };
        Err(self.fault(node, kind))
    }

    async fn read<T: DeserializeOwned>(
        &self,
        node: usize,
        path: &str,
        patience: Duration,
    ) -> Result<T, NodeFault> {
        let ask = Ask {
            path: path.to_owned(),
            body: None,
        };
        let answer = self.call(node, &ask, patience).await;
        let answer = answer.map_err(FaultKind::from).and_then(Answer::good);
        answer.map_err(|kind| self.fault(node, kind))
    }

    pub(super) fn fault(&self, node: usize, kind: FaultKind) -> NodeFault {
        let alias = self.nodes.get(node).map(|node| node.alias.clone());
        let node = alias.unwrap_or_else(|| self.genesis().file().name.clone());
        let kind = Box::new(kind);
        NodeFault { node, kind }
    }

    /// Asks one node, over a connection that is open already where there is one.
    pub(super) async fn call(
        &self,
        node: usize,
        ask: &Ask,
        patience: Duration,
    ) -> Result<Answer, HttpError> {
        // An idle connection may have been closed by the node, which is told only by using it.
        let answered = match self.idle(node) {
            None => None,
            Some(connection) => match self.call_over(connection, node, ask, patience).await {
                // What only reads may be asked twice.
                Err(HttpError::Broken(_)) if ask.body.is_none() => None,
                Err(error) if error.nothing_was_sent() => None,
                answer => Some(answer?),
            },
        };
        let (status, bytes) = match answered {
            Some(answer) => answer,
            None => {
                let connection = self.open(node, patience).await?;
                self.call_over(connection, node, ask, patience).await?
            }
        };
        if status.is_success() {
            return Ok(Answer::Good(bytes));
        }
        let refusal = serde_json::from_slice(&bytes).unwrap_or_else(|_| ErrorReply {
            code: status.as_str().to_owned(),
            detail: String::from_utf8_lossy(&bytes).chars().take(200).collect(),
        });
        Ok(Answer::Refused(status, refusal))
    }

    /// Asks over this connection, and keeps it for the next time.
    async fn call_over(
        &self,
        mut connection: Connection,
        node: usize,
        ask: &Ask,
        patience: Duration,
    ) -> Result<(StatusCode, Bytes), HttpError> {
        let answer = connection.call(ask, patience).await?;
        if connection.is_open()
            && let Some(idle) = self.idle.get(node)
        {
            lock(idle).push(connection);
        }
        Ok(answer)
    }

    fn idle(&self, node: usize) -> Option<Connection> {
        let mut idle = lock(self.idle.get(node)?);
        std::iter::from_fn(|| idle.pop()).find(Connection::is_open)
    }

    async fn open(&self, node: usize, patience: Duration) -> Result<Connection, HttpError> {
        let address = match self.nodes.get(node) {
            Some(node) => node.client,
            None => return Err(HttpError::TooLong),
        };
        Connection::open(address, self.options.tls.as_ref(), patience).await
    }

    /// Follows the commits of a node as it tells them, until it stops telling.
    ///
    /// # Errors
    /// [`NodeFault`].
    pub async fn watch(
        &self,
        node: usize,
        patience: Duration,
        commits: &mpsc::Sender<Committed>,
    ) -> Result<(), NodeFault> {
        let followed = self.follow(node, patience, commits).await;
        followed.map_err(|kind| self.fault(node, kind))
    }

    async fn follow(
        &self,
        node: usize,
        patience: Duration,
        commits: &mpsc::Sender<Committed>,
    ) -> Result<(), FaultKind> {
        let mut connection = self.open(node, patience).await?;
        let ask = Ask {
            path: "/v1/watch".to_owned(),
            body: None,
        };
        let mut body = connection.stream(&ask).await?.into_body();
        let mut lines = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(HttpError::from)?;
            let Ok(bytes) = frame.into_data() else {
                continue;
            };
            lines.extend_from_slice(&bytes);
            if lines.len() > EVENT_LEN_MAX {
                return Err(HttpError::TooLong.into());
            }
            while let Some(end) = lines.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = lines.drain(..=end).collect();
                let Some(json) = line.strip_prefix(b"data: {") else {
                    continue;
                };
                let commit = serde_json::from_slice(&[b"{", json].concat())?;
                if commits.send(commit).await.is_err() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Whether a node means what it says with this status: asking again changes nothing.
pub(super) fn is_final(status: StatusCode) -> bool {
    status.is_client_error()
        && status != StatusCode::TOO_MANY_REQUESTS
        && status != StatusCode::REQUEST_TIMEOUT
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;
    use crate::client::ClientOptions;
    use crate::genesis::{Genesis, tests::example};

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Answers one request on each of so many connections, says so, and closes it when it is told.
    fn serve(listener: &TcpListener, connections: u64, closed: &Sender<()>, close: &Receiver<()>) {
        for height in 1..=connections {
            let (mut stream, _) = listener.accept().unwrap();
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                asked.extend(byte);
            }
            assert!(asked.starts_with(b"GET /health/ready "), "{asked:?}");
            let body = format!(r#"{{"ready":true,"height":{height},"age_ms":0}}"#);
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}", body.len());
            write!(stream, "{head}\r\n\r\n{body}").unwrap();
            close.recv().unwrap();
            drop(stream);
            closed.send(()).unwrap();
        }
    }

    /// The client learns that its connection was closed by using it, and opens another.
    #[test]
    fn a_connection_that_was_closed_while_idle_is_no_fault_of_the_node() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut file = example(1);
        file.nodes[0].client = listener.local_addr().unwrap();
        let genesis = Genesis::new(file).unwrap();
        let client = Client::new(genesis, ClientOptions::default());
        let (close, told) = channel();
        let (tell, closed) = channel();
        let server = std::thread::spawn(move || serve(&listener, 2, &tell, &told));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(async {
            assert_eq!(client.ready(0, PATIENCE).await.unwrap().height, 1);
            assert_eq!(lock(&client.idle[0]).len(), 1, "it is kept");
            // Nothing of the client runs meanwhile: to it the connection is open.
            close.send(()).unwrap();
            closed.recv().unwrap();
            assert!(lock(&client.idle[0])[0].is_open());
            assert_eq!(client.ready(0, PATIENCE).await.unwrap().height, 2);
        });
        close.send(()).unwrap();
        server.join().unwrap();
    }
}
