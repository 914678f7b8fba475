//! The command line's side of HTTP: one request to a running server.

use anyhow::Context;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::request::Parts;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The longest time for a request and its answer.
const DEADLINE: Duration = Duration::from_secs(10);
/// The largest answer, in bytes.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// No server answers there. Everything else that goes wrong is an answer.
#[derive(Debug, thiserror::Error)]
#[error("no server answers at {endpoint}: {cause}")]
pub(crate) struct ClientError {
    endpoint: String,
    cause: String,
}

/// A server to ask.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    endpoint: Uri,
    /// Certificates that an `https` server is trusted by.
    authorities: Option<PathBuf>,
}

/// How a request is changed just before it is sent, such as signed.
type Prepare<'a> = &'a dyn Fn(&mut Parts, &[u8]) -> anyhow::Result<()>;

impl Client {
    /// A client of an endpoint such as `http://127.0.0.1:4566`.
    pub(crate) fn new(endpoint: &str, authorities: Option<&Path>) -> anyhow::Result<Self> {
        let parsed: Uri = endpoint
            .parse()
            .with_context(|| format!("'{endpoint}' is not an endpoint"))?;
        let known = matches!(parsed.scheme_str(), Some("http" | "https"));
        anyhow::ensure!(
            known && parsed.host().is_some(),
            "'{endpoint}' is not http://HOST:PORT or https://HOST:PORT"
        );
        Ok(Self {
            endpoint: parsed,
            authorities: authorities.map(Path::to_owned),
        })
    }

    /// Sends one request from a runtime of its own and gives status and body.
    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        body: &str,
        prepare: Prepare<'_>,
    ) -> anyhow::Result<(StatusCode, Bytes)> {
        let authority = self
            .endpoint
            .authority()
            .context("the endpoint has no host")?
            .as_str();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, authority)
            .header(USER_AGENT, concat!("claviger/", env!("CARGO_PKG_VERSION")))
            .header(CONTENT_TYPE, "application/json")
            .body(Bytes::from(body.to_owned()))?;
        let (mut parts, body) = request.into_parts();
        prepare(&mut parts, &body)?;
        let request = Request::from_parts(parts, Full::new(body));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            match tokio::time::timeout(DEADLINE, self.exchange(request)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(self.silent(&"it took too long").into()),
            }
        })
    }

    fn silent(&self, cause: &dyn std::fmt::Display) -> ClientError {
        ClientError {
            endpoint: self.endpoint.to_string(),
            cause: cause.to_string(),
        }
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> anyhow::Result<(StatusCode, Bytes)> {
        let host = self
            .endpoint
            .host()
            .unwrap_or_default()
            .trim_matches(['[', ']']);
        let secure = self.endpoint.scheme_str() == Some("https");
        let port = self
            .endpoint
            .port_u16()
            .unwrap_or(if secure { 443 } else { 80 });
        let stream = TcpStream::connect((host, port))
            .await
            .map_err(|error| self.silent(&error))?;
        if !secure {
            return self.over(stream, request).await;
        }
        let name =
            ServerName::try_from(host.to_owned()).context("the endpoint's host is no name")?;
        let file = self
            .authorities
            .as_deref()
            .context("an https endpoint needs --ca FILE, the certificates to trust")?;
        let connector = TlsConnector::from(Arc::new(super::trust::config(file)?));
        let stream = connector
            .connect(name, stream)
            .await
            .map_err(|error| self.silent(&error))?;
        self.over(stream, request).await
    }

    async fn over<S>(
        &self,
        stream: S,
        request: Request<Full<Bytes>>,
    ) -> anyhow::Result<(StatusCode, Bytes)>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| self.silent(&error))?;
        tokio::spawn(connection);
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| self.silent(&error))?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER)
            .collect()
            .await
            .map_err(|error| self.silent(&error))?;
        Ok((parts.status, body.to_bytes()))
    }
}
