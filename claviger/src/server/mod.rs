//! The HTTP side: the only place that knows hyper.

mod admin;
mod body;
mod client;
mod connection;
mod crowd;
mod health;
mod metrics;
pub(crate) mod outbound;
mod page_guard;
mod sealed;
mod site;
mod tls;
mod to_its_end;
mod trust;
mod watch;
mod xks_proxy;

pub(crate) use client::{Client, ClientError};
pub(crate) use metrics::Metrics;
pub(crate) use sealed::RETRY_SECONDS;
pub(crate) use site::Site;
pub(crate) use xks_proxy::Admissions;

use crate::config::TlsFiles;
use anyhow::Context;
use connection::Peer;
use crowd::{Crowd, Place};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, watch as signal};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use watch::Activity;

/// How long requests that run may take to end when the server stops.
pub(crate) const DRAIN: Duration = Duration::from_secs(10);
/// As [`DRAIN`], for a server that answers only that it is sealed.
const SEALED_DRAIN: Duration = Duration::from_secs(1);
/// The longest TLS handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The pause after an accept that failed, for want of file descriptors mostly.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound listener: connections wait until it runs.
pub(crate) struct Server {
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    crowd: Crowd,
}

impl Server {
    /// Binds the address.
    pub(crate) async fn bind(
        address: SocketAddr,
        tls: Option<&TlsFiles>,
        max_connections: usize,
    ) -> anyhow::Result<Self> {
        let tls = tls.map(tls::acceptor).transpose()?;
        let listener = TcpListener::bind(address)
            .await
            .with_context(|| format!("cannot listen on {address}"))?;
        Ok(Self {
            listener,
            tls,
            crowd: Crowd::new(max_connections, crowd::PATIENCE),
        })
    }

    /// Where clients find the server.
    pub(crate) fn endpoint(&self) -> anyhow::Result<String> {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Ok(format!("{scheme}://{}", self.listener.local_addr()?))
    }

    /// Answers until `stop` resolves, then lets running requests end within [`DRAIN`].
    pub(crate) async fn run(self, site: Arc<Site>, stop: impl Future<Output = ()>) {
        let ((), guests) = self.receive(Some(&site), stop).await;
        drop(self.listener);
        guests.leave(DRAIN).await;
    }

    /// Answers that the server is sealed until `work` is done, and gives what it made.
    pub(crate) async fn sealed<T>(&self, work: impl Future<Output = T>) -> T {
        let (made, guests) = self.receive(None, work).await;
        guests.leave(SEALED_DRAIN).await;
        made
    }

    async fn receive<T>(
        &self,
        site: Option<&Arc<Site>>,
        until: impl Future<Output = T>,
    ) -> (T, Guests) {
        let (stopping, stopped) = signal::channel(false);
        let mut running = JoinSet::new();
        let mut until = std::pin::pin!(until);
        loop {
            let accepted = tokio::select! {
                made = &mut until => return (made, Guests { running, stopping }),
                accepted = self.accept() => accepted,
            };
            // Ended connections are reaped as new ones come.
            while running.try_join_next().is_some() {}
            let Some((stream, address, permit)) = accepted else {
                continue;
            };
            let (tls, site, stopped) = (self.tls.clone(), site.cloned(), stopped.clone());
            let place = self.crowd.enter(permit);
            running.spawn(async move {
                let _counted = site.as_ref().map(|site| site.metrics().connection());
                serve(stream, address, tls, site.clone(), stopped, &place).await;
            });
        }
    }

    /// The next connection. Where there are too many, waits until one ends.
    async fn accept(&self) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
        let permit = self.crowd.permit().await?;
        match self.listener.accept().await {
            Ok((stream, address)) => Some((stream, address, permit)),
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                None
            }
        }
    }
}

/// The connections that there are.
struct Guests {
    running: JoinSet<()>,
    stopping: signal::Sender<bool>,
}

impl Guests {
    /// Lets running requests end in some time.
    async fn leave(mut self, time: Duration) {
        self.stopping.send_replace(true);
        let drained = tokio::time::timeout(time, async {
            while self.running.join_next().await.is_some() {}
        })
        .await;
        if drained.is_err() {
            tracing::warn!(
                connections = self.running.len(),
                "connections did not end in time and are closed"
            );
            self.running.shutdown().await;
        }
    }
}

async fn serve(
    stream: TcpStream,
    address: SocketAddr,
    tls: Option<TlsAcceptor>,
    site: Option<Arc<Site>>,
    stopped: signal::Receiver<bool>,
    place: &Place,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let address = address.ip().to_canonical();
    let Some(acceptor) = tls else {
        let peer = Peer { address, tls: None };
        return connection::serve(stream, peer, site, stopped, place).await;
    };
    let shaking = Activity::new();
    let handshake = tokio::select! {
        done = tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)) => done,
        () = place.make_room(&shaking) => {
            return tracing::debug!(%address, "a TLS handshake makes room for other connections");
        }
    };
    match handshake {
        Ok(Ok(stream)) => {
            let peer = Peer {
                address,
                tls: tls::details(stream.get_ref().1),
            };
            connection::serve(stream, peer, site, stopped, place).await;
        }
        Ok(Err(error)) => tracing::debug!(%error, %address, "TLS handshake failed"),
        Err(_) => tracing::debug!(%address, "TLS handshake took too long"),
    }
}
