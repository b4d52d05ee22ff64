//! Accepts connections: TCP, TLS, HTTP, each bounded in number, size and time.

mod connection;
mod handshake;

use axum::Router;
use permit_types::spiffe::TrustDomain;
use rustls::ServerConfig;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use crate::refusals::{Cause, Refusals};

/// How long to wait when the system has no more descriptors; accepting at once would only spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a connection may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenerLimits {
    /// Connections at one time; more are closed at once.
    pub connections_max: usize,
    /// Time for a TLS handshake, in milliseconds.
    pub handshake_timeout_ms: u64,
    /// Time for one request's headers, and for the first request to begin, in milliseconds.
    pub header_timeout_ms: u64,
    /// Size of one request's headers, in bytes; at least 8192.
    pub header_bytes_max: u32,
    /// Number of one request's headers (HTTP/1.1).
    pub headers_max: usize,
    /// Requests at one time on one HTTP/2 connection.
    pub streams_max: u32,
    /// Age at which a connection is asked to end, in milliseconds.
    pub connection_age_ms: u64,
    /// Time to end in order, at that age and at shutdown, in milliseconds.
    pub drain_timeout_ms: u64,
}

/// Where the time comes from: milliseconds since the Unix epoch.
#[derive(Clone)]
pub(crate) struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// A clock that asks `now_ms`.
    pub(crate) fn new(now_ms: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(now_ms))
    }

    /// Now.
    #[must_use]
    pub(crate) fn now_ms(&self) -> i64 {
        (self.0)()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}

/// What every connection needs.
#[derive(Debug, Clone)]
pub(crate) struct Listener {
    /// From [`crate::tls::server_config`].
    pub tls: Arc<ServerConfig>,
    /// The routes. Every request carries an `Extension<Arc<PeerIdentity>>`.
    pub router: Router,
    /// The agents' trust domain.
    pub trust_domain: TrustDomain,
    /// The limits.
    pub limits: ListenerLimits,
    /// The time that certificates are checked against on every request.
    pub clock: Clock,
    /// Where connections are counted that get no further.
    pub refusals: Arc<Refusals>,
}

impl Listener {
    /// Serves until `shutdown` completes, then lets requests in flight end for `drain_timeout_ms`.
    pub(crate) async fn serve(self, socket: TcpListener, shutdown: impl Future<Output = ()>) {
        let capacity = self.limits.connections_max.min(Semaphore::MAX_PERMITS);
        let permits = Arc::new(Semaphore::new(capacity));
        let (stop, stopping) = watch::channel(false);
        let acceptor = TlsAcceptor::from(Arc::clone(&self.tls));
        let drain = Duration::from_millis(self.limits.drain_timeout_ms);
        let shared = Arc::new(self);
        let mut shutdown = pin!(shutdown);
        loop {
            let accepted = tokio::select! {
                () = &mut shutdown => break,
                accepted = socket.accept() => accepted,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    shared.refusals.count(Cause::AcceptFailed);
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
                tracing::warn!(connections_max = capacity, "a connection was refused: the server is full");
                shared.refusals.count(Cause::ConnectionsFull);
                continue;
            };
            let (shared, acceptor, stopping) = (Arc::clone(&shared), acceptor.clone(), stopping.clone());
            tokio::spawn(async move {
                shared.handle(stream, acceptor, stopping).await;
                drop(permit);
            });
        }
        drop(socket);
        stop.send_replace(true);
        let all = u32::try_from(capacity).unwrap_or(u32::MAX);
        // Every connection ends itself within the drain time; the margin is for its last wake-up.
        if tokio::time::timeout(drain.saturating_mul(2), permits.acquire_many(all)).await.is_err() {
            tracing::warn!("connections were still open at the end of the drain time");
        }
    }

    async fn handle(&self, stream: TcpStream, acceptor: TlsAcceptor, stopping: watch::Receiver<bool>) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no delay could not be set");
        }
        let limit = Duration::from_millis(self.limits.handshake_timeout_ms);
        let tls = match tokio::time::timeout(limit, acceptor.accept(stream)).await {
            Ok(Ok(tls)) => tls,
            Ok(Err(error)) => {
                self.refusals.count(handshake::cause(&error));
                return tracing::info!(%error, "a handshake failed");
            }
            Err(_) => {
                self.refusals.count(Cause::HandshakeTimeout);
                return tracing::info!("a handshake took too long");
            }
        };
        connection::serve(self, tls, stopping).await;
    }
}

#[cfg(test)]
mod tests;
