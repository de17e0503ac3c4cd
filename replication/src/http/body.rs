//! Bodies of requests: so long, in so much time, of a type that is known.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::error::ApiError;
use super::limits::Limits;
use crate::reason::Reason;
use crate::request::SignedRequest;

/// Bytes beside the payload of a request as JSON: names, numbers, spaces.
const JSON_EXTRA: usize = 4096;

/// Reads a body that is a request, as JSON or as its canonical bytes, and gives the latter.
pub(super) async fn read_request(
    headers: &HeaderMap,
    body: Body,
    request_len_max: u32,
    limits: &Limits,
) -> Result<Vec<u8>, ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let essence = content_type.split(';').next().unwrap_or("").trim();
    let len_max = request_len_max as usize;
    match essence {
        "application/octet-stream" => Ok(read(body, len_max, limits).await?.to_vec()),
        "application/json" => {
            let json = read(body, 2 * len_max + JSON_EXTRA, limits).await?;
            let signed = SignedRequest::from_json(&json);
            let refused =
                |error: serde_json::Error| ApiError::refused(Reason::Malformed, error.to_string());
            Ok(signed.map_err(refused)?.encode())
        }
        _ => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "a request is application/json or application/octet-stream",
        )),
    }
}

async fn read(body: Body, len_max: usize, limits: &Limits) -> Result<Bytes, ApiError> {
    let patience = Duration::from_millis(limits.body_ms);
    let collected = tokio::time::timeout(patience, Limited::new(body, len_max).collect()).await;
    match collected {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let detail = format!("the body is longer than {len_max} bytes");
            Err(ApiError::refused(Reason::Oversize, detail))
        }
        Ok(Err(error)) => Err(ApiError::refused(Reason::Malformed, error.to_string())),
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "slow",
            format!("the body did not come within {} ms", limits.body_ms),
        )),
    }
}
