//! One connection: HTTP/1.1 or HTTP/2, whichever the client speaks.

use super::crowd::Place;
use super::sealed;
use super::site::{Site, answer};
use super::watch::{Activity, Watched};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use kernel::TlsDetails;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch as signal;

/// The most bytes that the headers of a request may have.
const MAX_HEADERS: usize = 64 * 1024;
/// The most requests that a client of HTTP/2 may have under way.
const MAX_STREAMS: u32 = 128;

/// How long an idle connection that makes room may take to close.
const FAREWELL: Duration = Duration::from_secs(1);

/// The other end of a connection.
#[derive(Debug, Clone)]
pub(super) struct Peer {
    pub(super) address: IpAddr,
    pub(super) tls: Option<TlsDetails>,
}

/// Answers the requests of a connection until it ends or the server stops. Without a site the
/// server is sealed.
pub(super) async fn serve<S>(
    stream: S,
    peer: Peer,
    site: Option<Arc<Site>>,
    mut stopped: signal::Receiver<bool>,
    place: &Place,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let activity = Activity::new();
    let watched = TokioIo::new(Watched::new(stream, activity.clone()));
    let peer = Arc::new(peer);
    let address = peer.address;
    let idling = activity.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        let busy = activity.begin(request.version() == http::Version::HTTP_2);
        let (site, peer) = (site.clone(), Arc::clone(&peer));
        async move {
            let response = match site {
                Some(site) => answer(site, peer, request).await,
                None => sealed::answer(request.uri().path(), request.headers()).map(Full::new),
            };
            drop(busy);
            Ok::<Response<Full<Bytes>>, Infallible>(response)
        }
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(MAX_HEADERS);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_header_list_size(u32::try_from(MAX_HEADERS).unwrap_or(u32::MAX))
        .max_concurrent_streams(MAX_STREAMS);
    let connection = builder.serve_connection(watched, service);
    let mut connection = std::pin::pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = stop(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
        () = place.make_room(&idling) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                outcome = connection => outcome,
                // A client that does not care to close gets no more time.
                () = tokio::time::sleep(FAREWELL) => return,
            }
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, %address, "connection ended");
    }
}

/// Resolves when the server stops.
async fn stop(stopped: &mut signal::Receiver<bool>) {
    // An error means that the sender is gone, and with it the server.
    drop(stopped.wait_for(|stopped| *stopped).await);
}
