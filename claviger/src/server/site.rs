//! What a request gets: a page of the server's own, or the kernel's answer.

use super::body::{self, BodyError};
use super::connection::Peer;
use super::to_its_end::ToItsEnd;
use super::xks_proxy::Door;
use super::{Admissions, Metrics, admin, xks_proxy};
use crate::assemble::House;
use crate::config::Config;
use bytes::Bytes;
use http::header::{CONNECTION, HOST, USER_AGENT};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use http_body_util::Full;
use hyper::body::Incoming;
use kernel::{Answer, Common, Kernel, Origin, Pump};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Everything that requests are answered with.
pub(crate) struct Site {
    pub(super) kernel: Arc<Kernel>,
    pub(super) pump: Arc<Pump>,
    pub(super) store_kind: &'static str,
    pub(super) dev: bool,
    /// What a reset with `init=1` starts from.
    pub(super) seed: Option<PathBuf>,
    /// Who reaches keys here as external keys.
    xks: Option<Admissions>,
    metrics: Metrics,
}

impl Site {
    /// # Errors
    /// The file that the configuration names for `xks-proxy` cannot be read.
    pub(crate) fn new(kernel: Arc<Kernel>, house: &House, config: &Config) -> anyhow::Result<Self> {
        Ok(Self {
            kernel,
            pump: Arc::clone(&house.pump),
            store_kind: if config.ephemeral { "memory" } else { "sqlite" },
            dev: config.dev,
            seed: config.seed.clone(),
            xks: config
                .xks_proxy
                .as_deref()
                .map(Admissions::open)
                .transpose()?,
            metrics: Metrics::new(Arc::clone(&house.host)),
        })
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }
}

/// Answers one request.
pub(super) async fn answer(
    site: Arc<Site>,
    peer: Arc<Peer>,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let began = Instant::now();
    let (mut parts, body) = request.into_parts();
    // HTTP/2 carries the host in the URI; signatures cover a header.
    if !parts.headers.contains_key(HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(HOST, host);
    }
    if let Some(page) = admin::page(&site, &peer, &parts).await {
        return page.map(Full::new);
    }
    let answer = call(&site, &peer, parts, body).await;
    record(&site, &peer, &answer, began.elapsed());
    answer.response.map(Full::new)
}

async fn call(site: &Arc<Site>, peer: &Peer, parts: Parts, body: Incoming) -> Answer {
    let limit = site.kernel.host().settings.max_body;
    let body = match body::read(&parts.headers, body, limit).await {
        Ok(body) => body,
        Err(error) => return refuse(site, &parts, error, limit),
    };
    let origin = Arc::new(origin(peer, &parts));
    let kernel = Arc::clone(&site.kernel);
    let here = Arc::clone(site);
    let answering = async move {
        match here.xks.as_ref().zip(Door::of(parts.uri.path())) {
            Some((admissions, door)) => {
                let call = xks_proxy::answer(admissions, &kernel, door, &parts, &body, &origin);
                // Boxed, because all calls are moved with room for this one.
                Box::pin(call).await
            }
            None => kernel.answer(parts, body, origin).await,
        }
    };
    // A client that goes away does not stop a call between its effect and its record, and
    // a defect in one call ends no other.
    match ToItsEnd::new(answering).await {
        Ok(answer) => answer,
        Err(error) => {
            tracing::error!(%error, "a call did not end");
            broken()
        }
    }
}

fn refuse(site: &Site, parts: &Parts, error: BodyError, limit: usize) -> Answer {
    let (reason, message) = match error {
        BodyError::TooLarge => (
            Common::RequestEntityTooLarge,
            format!("The request body is larger than {limit} bytes."),
        ),
        BodyError::TooSlow => (
            Common::RequestTimeout,
            "The request body did not arrive in time.".to_owned(),
        ),
        BodyError::Broken => (
            Common::RequestTimeout,
            "The request body ended early.".to_owned(),
        ),
    };
    let mut answer = site.kernel.refuse(parts, reason, &message);
    // What is left of the body is not worth reading.
    if parts.version < Version::HTTP_2 {
        answer
            .response
            .headers_mut()
            .insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

fn broken() -> Answer {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    let code = Some("InternalFailure".into());
    Answer {
        response,
        service: "-",
        operation: "-",
        code,
        request_id: "-".to_owned(),
    }
}

fn origin(peer: &Peer, parts: &Parts) -> Origin {
    let header = |name| {
        parts
            .headers
            .get(name)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    Origin {
        source_ip: peer.address,
        user_agent: header(USER_AGENT).unwrap_or_default(),
        tls: peer.tls.clone(),
        host: header(HOST).unwrap_or_default(),
    }
}

/// One observation for each call, and a log line: an error where the server failed, else
/// for debugging, because the trail keeps every call and a line of text each costs as much
/// as deciding it.
fn record(site: &Site, peer: &Peer, answer: &Answer, took: Duration) {
    let status = answer.response.status().as_u16();
    let code = answer.code.as_deref().unwrap_or("-");
    site.metrics
        .call(answer.service, answer.operation, code, took);
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: "claviger::call",
                service = answer.service,
                operation = answer.operation,
                status,
                code,
                micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                source = %peer.address,
                request_id = %answer.request_id,
                "call"
            )
        };
    }
    if status == 500 || status == 503 {
        line!(error);
    } else {
        line!(debug);
    }
}
