//! Commits as they become durable, as server-sent events (WHATWG HTML section 9.2).

use std::convert::Infallible;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, stream};
use serde_json::json;
use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::Api;
use super::error::ApiError;
use crate::reply::Committed;

struct Watching {
    commits: Receiver<Committed>,
    api: Api,
    _slot: OwnedSemaphorePermit,
}

/// `GET /v1/watch`: an event `commit` for each commit from now on; `missed`, with how many, where
/// the client was too slow for all.
pub(super) async fn watch(
    State(api): State<Api>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let slot = std::sync::Arc::clone(&api.0.watchers).try_acquire_owned();
    let slot = slot.map_err(|_| {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        ApiError::new(status, "too-many-watchers", "too many clients watch")
    })?;
    let watching = Watching {
        commits: api.0.node.subscribe(),
        api,
        _slot: slot,
    };
    let events = stream::unfold(watching, |mut watching| async {
        let received = tokio::select! {
            received = watching.commits.recv() => received,
            () = watching.api.stopping() => return None,
        };
        let event = match received {
            Ok(commit) => {
                let id = commit.height.to_string();
                Event::default()
                    .event("commit")
                    .id(id)
                    .data(json!(commit).to_string())
            }
            Err(RecvError::Lagged(count)) => {
                Event::default().event("missed").data(count.to_string())
            }
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(event), watching))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}
