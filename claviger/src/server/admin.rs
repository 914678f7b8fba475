//! The server's own pages under `/_claviger/`. Whatever changes more than a developer's
//! scratch server is no page but a signed operation.

use super::connection::Peer;
use super::site::Site;
use super::{health, page_guard};
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, ORIGIN, REFERER};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The page that a request asks for; `None` where it asks for none, and the kernel answers.
pub(super) async fn page(site: &Arc<Site>, peer: &Peer, parts: &Parts) -> Option<Response<Bytes>> {
    if site.dev && page_guard::is_foreign(parts) {
        return Some(refusal(
            StatusCode::FORBIDDEN,
            "with --dev only this machine has access, by localhost or a loopback address, and no web pages of others",
        ));
    }
    const READ: &[Method] = &[Method::GET, Method::HEAD];
    const WRITE: &[Method] = &[Method::POST];
    let (methods, page) = match parts.uri.path() {
        "/_claviger/health" | "/_localstack/health" => (READ, Page::Health),
        "/_claviger/metrics" => (READ, Page::Metrics),
        "/_claviger/reset" => (WRITE, Page::Reset),
        _ => return None,
    };
    if !methods.contains(&parts.method) {
        return Some(method_not_allowed(methods));
    }
    Some(match page {
        Page::Health => health::page(site),
        Page::Metrics => metrics(site),
        // Boxed, because every call is moved with room for whatever may be waited for here.
        Page::Reset => Box::pin(reset(site, peer, parts)).await,
    })
}

enum Page {
    Health,
    Metrics,
    Reset,
}

/// A JSON answer.
pub(super) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(format!("{value}\n")));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn refusal(status: StatusCode, message: &str) -> Response<Bytes> {
    json(status, &serde_json::json!({ "message": message }))
}

fn method_not_allowed(methods: &[Method]) -> Response<Bytes> {
    let mut response = refusal(StatusCode::METHOD_NOT_ALLOWED, "method not allowed");
    let names: Vec<_> = methods.iter().map(Method::as_str).collect();
    if let Ok(names) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert(ALLOW, names);
    }
    response
}

fn metrics(site: &Site) -> Response<Bytes> {
    const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let Ok(text) = site.metrics().encode() else {
        return refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the metrics cannot be written",
        );
    };
    let mut response = Response::new(Bytes::from(text));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
    response
}

/// Empties a developer's server. With `init=1` the seed file is applied again.
async fn reset(site: &Arc<Site>, peer: &Peer, parts: &Parts) -> Response<Bytes> {
    if !site.dev {
        return refusal(
            StatusCode::NOT_FOUND,
            "a server is emptied only where it was started with --dev",
        );
    }
    // A page in a browser on the same machine is no developer.
    let from_a_page = [ORIGIN.as_str(), REFERER.as_str(), "sec-fetch-site"]
        .iter()
        .any(|name| parts.headers.contains_key(*name));
    if !peer.address.is_loopback() || from_a_page {
        return refusal(
            StatusCode::FORBIDDEN,
            "a server is emptied only from the same machine, and not by a web page",
        );
    }
    let again = parts
        .uri
        .query()
        .is_some_and(|query| query.split('&').any(|part| part == "init=1"));
    let seed = site.seed.clone().filter(|_| again);
    let host = Arc::clone(site.kernel.host());
    let emptied = tokio::task::spawn_blocking(move || crate::bootstrap::reset(&host)).await;
    let done = match (emptied, seed) {
        (Ok(Ok(())), Some(file)) => {
            // A stop lets running requests end.
            let stopping = AtomicBool::new(false);
            Ok(crate::seed::apply(&site.kernel, &file, site.dev, &stopping).await)
        }
        (emptied, _) => emptied,
    };
    match done {
        Ok(Ok(())) => json(StatusCode::OK, &serde_json::json!({ "status": "reset" })),
        Ok(Err(error)) => {
            tracing::error!(error = format!("{error:#}"), "cannot empty the server");
            refusal(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the server cannot be emptied; its log says why",
            )
        }
        Err(_) => refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the server cannot be emptied",
        ),
    }
}
