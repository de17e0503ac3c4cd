//! Handing requests in, and what became of them.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::Api;
use super::body::read_request;
use super::error::ApiError;
use super::reads::{Parameters, bundle_json};
use crate::api::{RequestReply, Stage};
use crate::names::RequestId;
use crate::node::NodeError;
use crate::reply::RequestStatus;

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Wait {
    /// How long to wait for the request to be final, in milliseconds.
    wait_ms: u64,
    /// Whether the proof is wanted.
    proof: bool,
}

impl Default for Wait {
    fn default() -> Self {
        Self {
            wait_ms: 0,
            proof: true,
        }
    }
}

impl Wait {
    fn deadline(&self, api: &Api) -> Instant {
        let wait_ms = self.wait_ms.min(api.0.limits.wait_ms_max);
        Instant::now() + Duration::from_millis(wait_ms)
    }
}

/// `POST /v1/requests`: a node that is behind passes the request on and does not wait for what others
/// know long before.
pub(super) async fn submit(
    State(api): State<Api>,
    Parameters(wait): Parameters<Wait>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let len_max = api.0.node.policy().request_len_max;
    let bytes = read_request(&headers, body, len_max, &api.0.limits).await?;
    let start = Instant::now();
    let submitted = api.ask(move |node| node.submit(&bytes)).await?;
    let deadline = match api.readiness().await?.ready {
        true => wait.deadline(&api),
        false => start,
    };
    let id = submitted.id;
    let waited = tokio::select! {
        waited = timeout_at(deadline, submitted.status) => waited,
        () = api.stopping() => Ok(Ok(RequestStatus::Pending)),
    };
    let status = match waited {
        Ok(Ok(status)) => status,
        // Not yet; or whoever would tell is gone, and the log says.
        Err(_) | Ok(Err(_)) => RequestStatus::Pending,
    };
    if matches!(status, RequestStatus::Final(_)) {
        api.0.metrics.finality(start.elapsed());
    }
    let reply = RequestReply::new(id, status).ok_or_else(|| unknown(&id))?;
    answer(&api, reply, &wait, deadline).await
}

/// `GET /v1/requests/{id}`
pub(super) async fn show(
    State(api): State<Api>,
    Path(id): Path<String>,
    Parameters(wait): Parameters<Wait>,
) -> Result<Response, ApiError> {
    let id: Result<RequestId, _> = id.parse();
    let id = id.map_err(|error| ApiError::parameter(error.to_string()))?;
    let deadline = wait.deadline(&api);
    // From before the first look on, so that no commit is missed.
    let mut commits = api.0.node.subscribe();
    let reply = loop {
        let status = api.ask(move |node| node.request(&id)).await?;
        let waits = matches!(status, RequestStatus::Unknown | RequestStatus::Pending);
        let reply = RequestReply::new(id, status);
        if !waits {
            break reply;
        }
        tokio::select! {
            // Whatever was missed, the next look sees it.
            committed = timeout_at(deadline, commits.recv()) => if committed.is_err() {
                break reply;
            },
            () = api.stopping() => break reply,
        }
    };
    let Some(reply) = reply else {
        return Err(match api.0.node.base() {
            Some(base) => NodeError::BeforeBase { base }.into(),
            None => unknown(&id),
        });
    };
    answer(&api, reply, &wait, deadline).await
}

fn unknown(id: &RequestId) -> ApiError {
    let detail = format!("request {id} is neither in the log nor does it wait");
    ApiError::new(StatusCode::NOT_FOUND, "unknown-request", detail)
}

/// The reply, with the proof if the request is final and something vouches for it in time.
async fn answer(
    api: &Api,
    mut reply: RequestReply,
    wait: &Wait,
    deadline: Instant,
) -> Result<Response, ApiError> {
    let status = match reply.status {
        Stage::Pending => StatusCode::ACCEPTED,
        Stage::Dropped | Stage::Final => StatusCode::OK,
    };
    if reply.status == Stage::Final && wait.proof {
        let id = reply.id;
        let mut commits = api.0.node.subscribe();
        loop {
            let proven = api.ask(move |node| match node.prove_request(&id) {
                Ok((_, _, bundle)) => Ok(Some(bundle)),
                Err(NodeError::NotCertified { .. }) => Ok(None),
                Err(error) => Err(error),
            });
            if let Some(bundle) = proven.await? {
                reply.proof = Some(bundle_json(&bundle)?);
                break;
            }
            let committed = tokio::select! {
                committed = timeout_at(deadline, commits.recv()) => committed,
                () = api.stopping() => break,
            };
            if committed.is_err() {
                break;
            }
        }
    }
    Ok((status, Json(reply)).into_response())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::body::to_bytes;
    use axum::http::header::CONTENT_TYPE;
    use axum::http::{HeaderMap, HeaderValue};
    use serde_json::Value;
    use tokio::sync::watch;
    use tokio::time::timeout;

    use super::*;
    use crate::http::Limits;
    use crate::node::tests::Solo;

    #[test]
    fn a_node_that_is_behind_takes_a_request_and_does_not_wait() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let solo = Solo::new();
            let limits = Limits {
                wait_ms_max: 3_600_000,
                ..Limits::default()
            };
            let late_ms = solo.node.status().time_ms + limits.ready_ms + 1;
            let (_stop, stopping) = watch::channel(false);
            let api = Api::new(
                solo.node.clone(),
                Arc::new(move || late_ms),
                Arc::new(String::new),
                limits,
                stopping,
            );
            let wait = Wait {
                wait_ms: limits.wait_ms_max,
                proof: true,
            };
            let octets = HeaderValue::from_static("application/octet-stream");
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, octets)]);
            let body = Body::from(solo.envelope(1).bytes.to_vec());
            let reply = submit(State(api), Parameters(wait), headers, body);
            let reply = timeout(Duration::from_secs(60), reply).await.unwrap();
            let reply = reply.ok().unwrap();
            assert_eq!(reply.status(), StatusCode::ACCEPTED);
            let body = to_bytes(reply.into_body(), 4096).await.unwrap();
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["status"], "pending");
            assert_eq!(solo.node.status().pending, 1);
        });
    }
}
