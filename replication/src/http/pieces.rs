//! Pieces of the store for nodes that begin: bytes, as `snapshot::pieces` has them.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::Api;
use super::error::ApiError;
use super::reads::Parameters;
use crate::hex::from_hex;
use crate::node::{Node, NodeError};
use crate::snapshot::pieces::COMMITS_MAX;

/// Which commits are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Commits {
    /// From this height on.
    from: u64,
    /// At most so many.
    #[serde(default = "all")]
    count: u64,
}

const fn all() -> u64 {
    COMMITS_MAX
}

/// `GET /v1/commits`
pub(super) async fn commits(
    State(api): State<Api>,
    Parameters(Commits { from, count }): Parameters<Commits>,
) -> Result<Response, ApiError> {
    piece(api, move |node| node.commits_from(from, count)).await
}

/// Which height is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Before {
    /// One before this time.
    before_ms: u64,
}

/// `GET /v1/snapshot`
pub(super) async fn snapshot(
    State(api): State<Api>,
    Parameters(Before { before_ms }): Parameters<Before>,
) -> Result<Response, ApiError> {
    piece(api, move |node| node.commit_before(before_ms)).await
}

/// Which leaves are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Leaves {
    /// From this one on.
    #[serde(default)]
    from: u64,
}

/// `GET /v1/snapshot/{height}/leaves/{ledger}`
pub(super) async fn leaves(
    State(api): State<Api>,
    Path((height, ledger)): Path<(String, String)>,
    Parameters(Leaves { from }): Parameters<Leaves>,
) -> Result<Response, ApiError> {
    let height = number(&height)?;
    piece(api, move |node| node.leaves_at(height, &ledger, from)).await
}

/// Which pairs are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Pairs {
    /// Keys from this one on, in hex.
    #[serde(default)]
    from: String,
}

/// `GET /v1/snapshot/{height}/state/{ledger}`
pub(super) async fn state(
    State(api): State<Api>,
    Path((height, ledger)): Path<(String, String)>,
    Parameters(Pairs { from }): Parameters<Pairs>,
) -> Result<Response, ApiError> {
    let height = number(&height)?;
    let from = from_hex(&from);
    let from = from.ok_or_else(|| ApiError::parameter("from: no bytes in lower-case hex"))?;
    piece(api, move |node| node.pairs_at(height, &ledger, &from)).await
}

fn number(height: &str) -> Result<u64, ApiError> {
    let height = height.parse();
    height.map_err(|_| ApiError::parameter("height: no whole number"))
}

async fn piece(
    api: Api,
    read: impl FnOnce(&Node) -> Result<Vec<u8>, NodeError> + Send + 'static,
) -> Result<Response, ApiError> {
    let piece = api.ask(read).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream")], piece).into_response())
}
