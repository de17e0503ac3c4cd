//! Answers with their proofs, headers with their certificates, and what the node says of itself.

use axum::Json;
use axum::extract::{FromRequestParts, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::ProofBundle;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::ApiError;
use super::{Api, OPENAPI};
use crate::api::{HandoverReply, HandoversReply, HeaderReply, QueryAnswer};
use crate::header::Header;
use crate::hex::{from_hex, to_hex};
use crate::node::{CERTIFICATE_ATTACHMENT, HEADER_ATTACHMENT};
use crate::reply::NodeStatus;

/// Handovers in one answer.
const HANDOVERS_AT_ONCE: usize = 64;

/// The parameters after the question mark, refused with the API's own code.
pub(super) struct Parameters<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequestParts<Api> for Parameters<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, api).await {
            Ok(Query(parameters)) => Ok(Self(parameters)),
            Err(error) => Err(ApiError::parameter(error.body_text())),
        }
    }
}

/// A query is given in hex, or as it is.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    hex: Option<String>,
    text: Option<String>,
    /// Whether the proofs are wanted.
    #[serde(default = "wanted")]
    proof: bool,
}

const fn wanted() -> bool {
    true
}

/// `GET /v1/query/{app}`
pub(super) async fn query(
    State(api): State<Api>,
    Path(app): Path<String>,
    Parameters(asked): Parameters<Asked>,
) -> Result<Json<QueryAnswer>, ApiError> {
    let query = match (asked.hex, asked.text) {
        (Some(hex), None) => {
            from_hex(&hex).ok_or_else(|| ApiError::parameter("hex: no bytes in lower-case hex"))?
        }
        (None, Some(text)) => text.into_bytes(),
        _ => return Err(ApiError::parameter("a query takes either hex or text")),
    };
    let reply = api
        .ask(move |node| node.query(&app, &query, asked.proof))
        .await?;
    let proofs: Result<_, _> = reply.proofs.iter().map(bundle_json).collect();
    Ok(Json(QueryAnswer {
        height: reply.height,
        value: reply.value,
        proofs: proofs?,
    }))
}

/// A bundle in its JSON form.
pub(super) fn bundle_json(bundle: &ProofBundle) -> Result<Value, ApiError> {
    let broken = |what: String| ApiError::internal(format!("the proof has no JSON: {what}"));
    let json = bundle.to_json(true).map_err(|e| broken(e.to_string()))?;
    serde_json::from_slice(&json).map_err(|e| broken(e.to_string()))
}

/// `GET /v1/headers/{height}`
pub(super) async fn header(
    State(api): State<Api>,
    Path(height): Path<String>,
) -> Result<Json<HeaderReply>, ApiError> {
    let height: Result<u64, _> = height.parse();
    let height = height.map_err(|_| ApiError::parameter("height: no whole number"))?;
    let found = api.ask(move |node| {
        let snapshot = node.snapshot();
        if height == 0 || height > snapshot.height() {
            return Ok(None);
        }
        Ok(Some(snapshot.attachments(height)?))
    });
    let mut header = None;
    let mut certificate = None;
    for attachment in found.await?.into_iter().flatten() {
        match attachment.kind {
            HEADER_ATTACHMENT => header = Some(attachment.bytes),
            CERTIFICATE_ATTACHMENT => certificate = Some(to_hex(&attachment.bytes)),
            _ => {}
        }
    }
    let not_found = || {
        let detail = format!("there is no commit at height {height} here");
        ApiError::new(StatusCode::NOT_FOUND, "not-found", detail)
    };
    let bytes = header.ok_or_else(not_found)?;
    let decoded = Header::decode(&bytes).map_err(|e| ApiError::internal(e.to_string()))?;
    Ok(Json(HeaderReply {
        height,
        block: decoded.hash(),
        header: to_hex(&bytes),
        certificate,
    }))
}

/// Which handovers are wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct From {
    /// Of the ends of epochs from this one on.
    #[serde(default)]
    from: u64,
}

/// `GET /v1/handovers`
pub(super) async fn handovers(
    State(api): State<Api>,
    Parameters(From { from }): Parameters<From>,
) -> Result<Json<HandoversReply>, ApiError> {
    let found = api.ask(move |node| node.handovers(from, HANDOVERS_AT_ONCE));
    let handovers = found.await?;
    let handovers = handovers.iter().map(|handover| HandoverReply {
        epoch: handover.header.epoch,
        handover: to_hex(&handover.encode()),
    });
    Ok(Json(HandoversReply {
        handovers: handovers.collect(),
    }))
}

/// `GET /v1/status`
pub(super) async fn status(State(api): State<Api>) -> Result<Json<NodeStatus>, ApiError> {
    Ok(Json(api.ask(|node| Ok(node.status())).await?))
}

/// `GET /v1/genesis`
pub(super) async fn genesis(State(api): State<Api>) -> Result<Response, ApiError> {
    let json = api.0.node.genesis().to_json();
    Ok(as_json(
        json.map_err(|e| ApiError::internal(e.to_string()))?,
    ))
}

/// `GET /openapi.json`
pub(super) async fn openapi() -> Response {
    as_json(OPENAPI.to_owned())
}

fn as_json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], text).into_response()
}
