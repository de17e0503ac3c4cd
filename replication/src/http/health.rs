//! Whether the node lives, whether it is ready, and its figures.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Api;
use super::error::ApiError;
use crate::api::Readiness;

/// `GET /health/live`: whoever answers lives.
pub(super) async fn live() -> Json<bool> {
    Json(true)
}

/// `GET /health/ready`: 503 while the last commit is too old, as the node is behind or alone.
pub(super) async fn ready(State(api): State<Api>) -> Result<Response, ApiError> {
    let status = api.ask(|node| Ok(node.status())).await?;
    let age_ms = (api.0.clock)().saturating_sub(status.time_ms);
    let ready = age_ms <= api.0.limits.ready_ms;
    let code = match ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    let height = status.height;
    let body = Readiness {
        ready,
        height,
        age_ms,
    };
    Ok((code, Json(body)).into_response())
}

/// `GET /metrics`
pub(super) async fn metrics(State(api): State<Api>) -> Result<Response, ApiError> {
    let (status, certified) = api
        .ask(|node| Ok((node.status(), node.certified())))
        .await?;
    let mut text = api.0.metrics.text(&status, certified);
    text.push_str(&(api.0.engine_metrics)());
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], text).into_response())
}
