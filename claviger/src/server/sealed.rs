//! What a server answers whose seal is closed: nothing but that.

use super::admin;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use serde_json::json;

/// Seconds until the slots are tried again.
pub(crate) const RETRY_SECONDS: u64 = 2;
const MESSAGE: &str = "The server is sealed: no slot of its seal has opened yet.";

/// The answer to any request: `503`, in the form that the client reads.
pub(super) fn answer(path: &str, headers: &HeaderMap) -> Response<Bytes> {
    let mut response = if path.starts_with("/_") {
        page(path)
    } else {
        error(headers)
    };
    let wait = HeaderValue::from(RETRY_SECONDS);
    response.headers_mut().insert(RETRY_AFTER, wait);
    response
}

/// The server's own pages: health says what is wrong, and the others are not there.
fn page(path: &str) -> Response<Bytes> {
    let page = match path {
        "/_claviger/health" | "/_localstack/health" => json!({
            "status": "sealed",
            "version": env!("CARGO_PKG_VERSION"),
            "failures": ["seal: no slot has opened; the log says why"],
        }),
        _ => json!({ "message": MESSAGE }),
    };
    admin::json(StatusCode::SERVICE_UNAVAILABLE, &page)
}

/// An error that AWS SDKs try again after.
fn error(headers: &HeaderMap) -> Response<Bytes> {
    let text = |name: &str| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    let target = text("x-amz-target");
    if !target.is_empty() || text("content-type").contains("json") {
        // KMS's own word for it.
        let code = if target.starts_with("TrentService.") {
            "KMSInternalException"
        } else {
            "ServiceUnavailable"
        };
        let body = json!({ "__type": code, "message": MESSAGE });
        return admin::json(StatusCode::SERVICE_UNAVAILABLE, &body);
    }
    let body = format!(
        "<ErrorResponse><Error><Type>Receiver</Type><Code>ServiceUnavailable</Code><Message>{MESSAGE}</Message>\
         </Error><RequestId>-</RequestId></ErrorResponse>"
    );
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    let xml = HeaderValue::from_static("text/xml");
    response.headers_mut().insert(CONTENT_TYPE, xml);
    response
}
