//! The proxy's answers in JSON.

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use kernel::{Answer, Failure};
use serde_json::{Value, json};
use service_kms::xks_proxy::spell;

const SERVICE: &str = "kms-xks-proxy";

/// A success.
pub(super) fn success(operation: &'static str, request_id: String, body: &Value) -> Answer {
    finish(operation, request_id, None, 200, body)
}

/// An error, as the specification spells it.
pub(super) fn failure(operation: &'static str, request_id: String, failure: &Failure) -> Answer {
    let (status, name, message) = spell(failure);
    let body = json!({ "errorName": name, "errorMessage": message });
    finish(operation, request_id, Some(name), status, &body)
}

/// Methods other than `POST` are refused ("API Operations").
pub(super) fn method_not_allowed(request_id: String) -> Answer {
    let body =
        json!({ "errorName": "ValidationException", "errorMessage": "the method is not POST" });
    let mut answer = finish("-", request_id, Some("MethodNotAllowed"), 405, &body);
    let headers = answer.response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static("POST"));
    answer
}

fn finish(
    operation: &'static str,
    request_id: String,
    code: Option<&'static str>,
    status: u16,
    body: &Value,
) -> Answer {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    Answer {
        response,
        service: SERVICE,
        operation,
        code: code.map(Into::into),
        request_id,
    }
}
