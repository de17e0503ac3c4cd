//! What one server bears, and what it bears from one client.

use serde::{Deserialize, Serialize};

/// What one server bears. A client is whoever has the same IP address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at once.
    pub connections_max: u32,
    /// Connections of one client at once.
    pub connections_per_client_max: u32,
    /// Requests that are being answered at once.
    pub requests_max: u32,
    /// Requests of one client in a second; twice as many at once after a pause.
    pub requests_per_second: u32,
    /// Streams of commits at once.
    pub watchers_max: u32,
    /// For the head of a request, and between two requests, in milliseconds.
    pub head_ms: u64,
    /// For the body of a request, in milliseconds.
    pub body_ms: u64,
    /// For a client that takes nothing of an answer, in milliseconds.
    pub stall_ms: u64,
    /// How long a client may ask to wait for a request to become final, in milliseconds.
    pub wait_ms_max: u64,
    /// For what is under way when the server stops, in milliseconds.
    pub stop_ms: u64,
    /// Age of the last commit, in milliseconds, from which on the node is not ready.
    pub ready_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 4096,
            connections_per_client_max: 2048,
            requests_max: 4096,
            requests_per_second: 20_000,
            watchers_max: 256,
            head_ms: 10_000,
            body_ms: 10_000,
            stall_ms: 20_000,
            wait_ms_max: 60_000,
            stop_ms: 3_000,
            ready_ms: 10_000,
        }
    }
}
