//! Refusals as HTTP: a status, and a body with the stable code.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::api::{BEFORE_BASE, ErrorReply};
use crate::node::NodeError;
use crate::reason::Reason;

/// The stable codes of the server's own, beside those of [`Reason`].
pub(super) const SERVER_CODES: [&str; 15] = [
    "bad-parameter",
    BEFORE_BASE,
    "internal",
    "media-type",
    "method",
    "no-such-path",
    "not-certified",
    "not-found",
    "overloaded",
    "rate",
    "slow",
    "store",
    "too-many-connections",
    "too-many-watchers",
    "unknown-request",
];

/// Why a request over HTTP was not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) detail: Cow<'static, str>,
}

/// The stable code of a refusal, beside its response, for the metrics.
#[derive(Clone, Copy, Debug)]
pub(super) struct RefusalCode(pub(super) &'static str);

impl ApiError {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        debug_assert!(SERVER_CODES.contains(&code) || code.parse::<Reason>().is_ok());
        let detail = detail.into();
        Self {
            status,
            code,
            detail,
        }
    }

    pub(super) fn refused(reason: Reason, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(status_of(reason), reason.code(), detail)
    }

    /// A parameter of the URL that makes no sense.
    pub(super) fn parameter(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-parameter", detail)
    }

    pub(super) fn internal(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }
}

/// The status that says to software that knows no reasons what to do about it.
const fn status_of(reason: Reason) -> StatusCode {
    match reason {
        Reason::Malformed | Reason::WrongNetwork => StatusCode::BAD_REQUEST,
        Reason::NotEnrolled | Reason::BadSignature => StatusCode::UNAUTHORIZED,
        Reason::Role | Reason::NotOwner => StatusCode::FORBIDDEN,
        Reason::NoSuchApp | Reason::NoSuchRecord | Reason::NoSuchUser => StatusCode::NOT_FOUND,
        Reason::Duplicate | Reason::UserExists => StatusCode::CONFLICT,
        Reason::Oversize => StatusCode::PAYLOAD_TOO_LARGE,
        Reason::SenderBusy => StatusCode::TOO_MANY_REQUESTS,
        Reason::Busy => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

impl From<NodeError> for ApiError {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Refused(refusal) => Self::refused(refusal.reason, refusal.detail),
            NodeError::NotFound { .. } => {
                Self::new(StatusCode::NOT_FOUND, "not-found", error.to_string())
            }
            NodeError::NotCertified { .. } => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                Self::new(status, "not-certified", error.to_string())
            }
            NodeError::BeforeBase { .. } => {
                Self::new(StatusCode::NOT_FOUND, BEFORE_BASE, error.to_string())
            }
            NodeError::Store(ledger::Error::BeforeBase { base, .. }) => {
                NodeError::BeforeBase { base }.into()
            }
            NodeError::Store(error) => {
                tracing::error!(code = error.code(), %error, "the store failed");
                // What is in the store's files is not for strangers.
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "store", error.code())
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = ErrorReply {
            code: self.code.to_owned(),
            detail: self.detail.into_owned(),
        };
        let mut response = (self.status, Json(body)).into_response();
        let wait = matches!(
            self.status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
        );
        if wait {
            let headers = response.headers_mut();
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response.extensions_mut().insert(RefusalCode(self.code));
        response
    }
}
