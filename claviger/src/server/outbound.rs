//! The server's own requests to external key store proxies.
//!
//! Accounts name a proxy's endpoint, and the operator says which endpoints there are and where: a
//! caller of the server cannot make it connect to anything else.

use crate::config::XksEndpoint;
use anyhow::Context;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HOST, HeaderValue, USER_AGENT};
use http::{Method, Request};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use kernel::{
    Answering, Clock, Outbound, OutboundAnswer, OutboundError, OutboundRequest, Provider,
};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The largest answer, in bytes: a ciphertext of 4300 bytes in Base64 has a tenth of it.
const MAX_ANSWER: usize = 64 * 1024;
/// How long a connection may wait for its next request.
const IDLE: Duration = Duration::from_secs(3);
/// The most connections that wait, for each endpoint.
const MAX_IDLE: usize = 16;
/// Where systems keep the certificates of public authorities.
const AUTHORITIES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// What the operator chose.
#[derive(Debug)]
pub(crate) struct Choice<'c> {
    /// The endpoints that may be named, and where they are.
    pub(crate) endpoints: &'c [XksEndpoint],
    /// `https://PORT.localhost` is that port of this machine.
    pub(crate) dev: bool,
    /// Certificates to trust instead of those of public authorities.
    pub(crate) authorities: Option<&'c Path>,
    /// How long an answer may take, from the connection on.
    pub(crate) deadline: Duration,
}

/// The way to external key store proxies.
pub(crate) struct Proxies {
    places: HashMap<String, Place>,
    dev: bool,
    tls: Option<Arc<ClientConfig>>,
    deadline: Duration,
    clock: Arc<dyn Clock>,
    idle: Mutex<HashMap<Place, Vec<Waiting>>>,
}

/// Where an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Place {
    host: String,
    port: u16,
    /// The name that the certificate must prove; `None` without TLS.
    name: Option<String>,
}

struct Waiting {
    since: Instant,
    sender: SendRequest<Full<Bytes>>,
}

impl Proxies {
    pub(crate) fn new(choice: &Choice<'_>, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let places: HashMap<_, _> = choice
            .endpoints
            .iter()
            .map(|endpoint| (endpoint.name.clone(), place(endpoint)))
            .collect();
        let secure = places.values().any(|place| place.name.is_some());
        Ok(Self {
            places,
            dev: choice.dev,
            tls: secure
                .then(|| trusted(choice.authorities).map(Arc::new))
                .transpose()?,
            deadline: choice.deadline,
            clock,
            idle: Mutex::default(),
        })
    }

    /// Where an endpoint is; `None` for one that the operator does not allow.
    fn place(&self, endpoint: &str) -> Option<Place> {
        let name = endpoint.to_ascii_lowercase();
        self.places
            .get(&name)
            .cloned()
            .or_else(|| developers(&name).filter(|_| self.dev))
    }

    async fn exchange(&self, request: OutboundRequest) -> Result<OutboundAnswer, OutboundError> {
        let Some(place) = self.place(&request.endpoint) else {
            tracing::warn!(
                endpoint = request.endpoint,
                "an external key store names an endpoint that xks-endpoints does not"
            );
            return Err(OutboundError::Unreachable);
        };
        let signed = self.sign(&request)?;
        while let Some(sender) = self.waiting(&place) {
            // The other end may have closed it: a fresh connection then decides.
            if let Ok(answer) = self.over(&place, sender, signed.clone()).await {
                return Ok(answer);
            }
        }
        let sender = self.connect(&place).await?;
        self.over(&place, sender, signed).await
    }

    /// Signs what AWS KMS signs: the host and the time ("Appendix A" of AWS's XKS proxy API
    /// specification).
    fn sign(&self, request: &OutboundRequest) -> Result<Request<Full<Bytes>>, OutboundError> {
        let host = request.endpoint.trim_start_matches("https://");
        let (mut parts, ()) = Request::builder()
            .method(Method::POST)
            .uri(&request.path)
            .header(HOST, host)
            .body(())
            .map_err(|_| OutboundError::Unreachable)?
            .into_parts();
        let now = self.clock.now().as_second();
        let credentials = sigv4::Credentials::new(&request.access_key_id, request.secret.expose());
        let signing = sigv4::Signing::new(&request.region, request.signing_name, now);
        sigv4::sign_headers(&Provider, &mut parts, &request.body, &credentials, &signing)
            .map_err(|_| OutboundError::Unreachable)?;
        const AGENT: &str = concat!("claviger/", env!("CARGO_PKG_VERSION"));
        let headers = &mut parts.headers;
        headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Request::from_parts(parts, Full::new(request.body.clone())))
    }

    async fn connect(&self, place: &Place) -> Result<SendRequest<Full<Bytes>>, OutboundError> {
        let stream = TcpStream::connect((place.host.as_str(), place.port))
            .await
            .map_err(|_| OutboundError::Unreachable)?;
        // Small requests, each waiting for its answer: nothing gains from holding them back.
        let _ = stream.set_nodelay(true);
        let Some(name) = &place.name else {
            return shake_hands(stream).await;
        };
        let config = self.tls.clone().ok_or(OutboundError::Tls)?;
        let name = ServerName::try_from(name.clone()).map_err(|_| OutboundError::Tls)?;
        let stream = TlsConnector::from(config)
            .connect(name, stream)
            .await
            .map_err(|error| {
                tracing::warn!(%error, host = place.host, "no trusted TLS to an external key store proxy");
                OutboundError::Tls
            })?;
        shake_hands(stream).await
    }

    async fn over(
        &self,
        place: &Place,
        mut sender: SendRequest<Full<Bytes>>,
        request: Request<Full<Bytes>>,
    ) -> Result<OutboundAnswer, OutboundError> {
        sender.ready().await.map_err(|error| cause(&error))?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| cause(&error))?;
        let status = response.status().as_u16();
        let body = Limited::new(response.into_body(), MAX_ANSWER)
            .collect()
            .await
            .map_err(|_| OutboundError::Unreadable)?
            .to_bytes();
        self.keep(place, sender);
        Ok(OutboundAnswer { status, body })
    }

    /// A connection that waits for its next request.
    fn waiting(&self, place: &Place) -> Option<SendRequest<Full<Bytes>>> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.get_mut(place)?;
        while let Some(Waiting { since, sender }) = waiting.pop() {
            if since.elapsed() < IDLE && !sender.is_closed() {
                return Some(sender);
            }
        }
        None
    }

    fn keep(&self, place: &Place, sender: SendRequest<Full<Bytes>>) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.entry(place.clone()).or_default();
        waiting.retain(|waiting| waiting.since.elapsed() < IDLE && !waiting.sender.is_closed());
        if waiting.len() < MAX_IDLE {
            waiting.push(Waiting {
                since: Instant::now(),
                sender,
            });
        }
    }
}

impl Outbound for Proxies {
    fn post(&self, request: OutboundRequest) -> Answering<'_> {
        Box::pin(async move {
            match tokio::time::timeout(self.deadline, self.exchange(request)).await {
                Ok(outcome) => outcome,
                Err(_) => Err(OutboundError::TimedOut),
            }
        })
    }
}

async fn shake_hands<S>(stream: S) -> Result<SendRequest<Full<Bytes>>, OutboundError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| cause(&error))?;
    tokio::spawn(connection);
    Ok(sender)
}

fn cause(error: &hyper::Error) -> OutboundError {
    if error.is_parse() {
        OutboundError::Unreadable
    } else {
        OutboundError::Unreachable
    }
}

fn place(endpoint: &XksEndpoint) -> Place {
    let name = endpoint.name.trim_start_matches("https://").to_owned();
    match &endpoint.address {
        None => Place {
            host: name.clone(),
            port: 443,
            name: Some(name),
        },
        Some(address) => Place {
            host: address.host.clone(),
            port: address.port,
            name: address.secure.then_some(name),
        },
    }
}

/// `https://PORT.localhost`.
fn developers(endpoint: &str) -> Option<Place> {
    let port = endpoint
        .strip_prefix("https://")?
        .strip_suffix(".localhost")?;
    Some(Place {
        host: "127.0.0.1".to_owned(),
        port: port.parse().ok()?,
        name: None,
    })
}

fn trusted(file: Option<&Path>) -> anyhow::Result<ClientConfig> {
    let file = file
        .map(Path::to_owned)
        .or_else(|| {
            let mut known = AUTHORITIES.iter().map(PathBuf::from);
            known.find(|file| file.exists())
        })
        .context(
            "xks-endpoints are reached by TLS, and no certificates are known to trust: set xks-ca",
        )?;
    super::trust::config(&file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::SystemClock;

    fn proxies(texts: &[&str], dev: bool) -> Proxies {
        let endpoints: Vec<_> = texts.iter().map(|text| text.parse().unwrap()).collect();
        let choice = Choice {
            endpoints: &endpoints,
            dev,
            authorities: None,
            deadline: Duration::from_millis(250),
        };
        Proxies::new(&choice, Arc::new(SystemClock)).unwrap()
    }

    #[test]
    fn only_what_the_operator_allows_has_a_place() {
        let proxies = proxies(&["https://xks.lab=http://127.0.0.1:8000"], false);
        let place = proxies.place("https://XKS.lab").unwrap();
        assert_eq!(
            (place.host.as_str(), place.port, place.name),
            ("127.0.0.1", 8000, None)
        );
        for endpoint in [
            "https://127.0.0.1",
            "https://8000.localhost",
            "https://xks.lab.example.com",
            "http://xks.lab",
            "https://xks.lab:8000",
        ] {
            assert!(proxies.place(endpoint).is_none(), "{endpoint}");
        }
    }

    #[test]
    fn developers_reach_ports_of_their_machine_and_nothing_else() {
        let proxies = proxies(&[], true);
        assert_eq!(proxies.place("https://4566.localhost").unwrap().port, 4566);
        for endpoint in [
            "https://localhost",
            "https://70000.localhost",
            "https://a.4566.localhost",
            "https://169.254.169.254",
        ] {
            assert!(proxies.place(endpoint).is_none(), "{endpoint}");
        }
    }
}
