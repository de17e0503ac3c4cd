//! Whether the node lives, whether it is ready, and its figures.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Api;
use super::error::ApiError;

/// `GET /health/live`: whoever answers lives.
pub(super) async fn live() -> Json<bool> {
    Json(true)
}

/// `GET /health/ready`: 503 while the last commit is too old, as the node is behind or alone.
pub(super) async fn ready(State(api): State<Api>) -> Result<Response, ApiError> {
    let body = api.readiness().await?;
    let code = match body.ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
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
