//! The HTTP API of a node: JSON in, JSON out, described in `openapi.json`.
//!
//! Invariants:
//!
//! - it talks to a [`Node`] and knows no store, no engine and no keys;
//! - every refusal has a stable code in its body: a [`Reason`](crate::Reason), or one of the
//!   server's own; nothing that a client sends makes it panic, wait for ever or keep more than the
//!   [`Limits`] say;
//! - what a handler asks of the node is asked on threads that may block.
//!
//! `serve` accepts connections and holds them to the limits; `routes` lists what there is;
//! `requests`, `reads`, `pieces`, `health` and `watch` answer.

mod admission;
mod body;
mod error;
mod health;
mod limits;
mod metrics;
mod pieces;
mod reads;
mod requests;
mod routes;
mod serve;
mod stall;
#[cfg(test)]
mod tests;
mod watch;

use std::sync::Arc;

use tokio::sync::{Semaphore, watch as channel};

use crate::api::Readiness;
use crate::node::{Clock, Node, NodeError};
use error::ApiError;
pub use limits::Limits;
use metrics::Metrics;
pub use serve::{Server, TlsError, tls_acceptor};

/// The description of the API (`OpenAPI` 3.1), as it is served.
pub const OPENAPI: &str = include_str!("../../openapi.json");

/// Metrics of the engine, in the Prometheus text form.
pub type EngineMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What all handlers share.
#[derive(Clone)]
pub(crate) struct Api(Arc<Shared>);

struct Shared {
    node: Node,
    clock: Clock,
    engine_metrics: EngineMetrics,
    limits: Limits,
    metrics: Metrics,
    /// Requests that are being answered.
    slots: Semaphore,
    watchers: Arc<Semaphore>,
    stopping: channel::Receiver<bool>,
}

impl Api {
    fn new(
        node: Node,
        clock: Clock,
        engine_metrics: EngineMetrics,
        limits: Limits,
        stopping: channel::Receiver<bool>,
    ) -> Self {
        Self(Arc::new(Shared {
            node,
            clock,
            engine_metrics,
            slots: Semaphore::new(limits.requests_max as usize),
            watchers: Arc::new(Semaphore::new(limits.watchers_max as usize)),
            limits,
            metrics: Metrics::default(),
            stopping,
        }))
    }

    /// Asks the node, where it may block.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Node) -> Result<T, NodeError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let node = self.0.node.clone();
        let asked = tokio::task::spawn_blocking(move || question(&node)).await;
        match asked {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(ApiError::internal("the node stops")),
        }
    }

    /// Whether the node is level with the network, as far as its clock tells.
    async fn readiness(&self) -> Result<Readiness, ApiError> {
        let status = self.ask(|node| Ok(node.status())).await?;
        let age_ms = (self.0.clock)().saturating_sub(status.time_ms);
        Ok(Readiness {
            ready: age_ms <= self.0.limits.ready_ms,
            height: status.height,
            age_ms,
        })
    }

    /// Returns when the server stops.
    async fn stopping(&self) {
        let mut stopping = self.0.stopping.clone();
        // An error means that the server is gone.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    }
}
