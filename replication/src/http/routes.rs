//! What there is, by method and path.
//!
//! Invariant: the list here and the one in `openapi.json` are the same.

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::error::{ApiError, RefusalCode};
use super::{Api, health, pieces, reads, requests, watch};

/// Every route: method, path, handler.
pub(super) fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Api>)> {
    vec![
        ("post", "/v1/requests", post(requests::submit)),
        ("get", "/v1/requests/{id}", get(requests::show)),
        ("get", "/v1/query/{app}", get(reads::query)),
        ("get", "/v1/headers/{height}", get(reads::header)),
        ("get", "/v1/handovers", get(reads::handovers)),
        ("get", "/v1/commits", get(pieces::commits)),
        ("get", "/v1/snapshot", get(pieces::snapshot)),
        (
            "get",
            "/v1/snapshot/{height}/leaves/{ledger}",
            get(pieces::leaves),
        ),
        (
            "get",
            "/v1/snapshot/{height}/state/{ledger}",
            get(pieces::state),
        ),
        ("get", "/v1/status", get(reads::status)),
        ("get", "/v1/genesis", get(reads::genesis)),
        ("get", "/v1/watch", get(watch::watch)),
        ("get", "/health/live", get(health::live)),
        ("get", "/health/ready", get(health::ready)),
        ("get", "/metrics", get(health::metrics)),
        ("get", "/openapi.json", get(reads::openapi)),
    ]
}

pub(super) fn router(api: Api) -> Router {
    let mut router = Router::new();
    for (_, path, handler) in routes() {
        let counted = middleware::from_fn_with_state((api.clone(), path), count);
        router = router.route(path, handler.layer(counted));
    }
    router
        .fallback(async || {
            ApiError::new(StatusCode::NOT_FOUND, "no-such-path", "see /openapi.json")
        })
        .method_not_allowed_fallback(async |method: Method| {
            let detail = format!("the path does not take {method}");
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method", detail)
        })
        .layer(middleware::from_fn_with_state(api.clone(), slot))
        .with_state(api)
}

/// Counts the answers of a route.
async fn count(
    axum::extract::State((api, path)): axum::extract::State<(Api, &'static str)>,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    api.0.metrics.answered(path, response.status().as_u16());
    response
}

/// Answers if there are not too many requests under way, and counts refusals.
async fn slot(
    axum::extract::State(api): axum::extract::State<Api>,
    request: Request,
    next: Next,
) -> Response {
    let response = match api.0.slots.try_acquire() {
        Ok(_slot) => next.run(request).await,
        Err(_) => {
            let status = StatusCode::SERVICE_UNAVAILABLE;
            ApiError::new(status, "overloaded", "too many requests at once").into_response()
        }
    };
    if let Some(RefusalCode(code)) = response.extensions().get() {
        api.0.metrics.refused(code);
    }
    response
}
