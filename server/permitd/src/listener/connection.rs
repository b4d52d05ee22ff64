//! One connection after its handshake.

use super::{Listener, ListenerLimits};
use crate::certificate::{CertificateError, PeerIdentity};
use crate::problem::Problem;
use crate::refusals::{Cause, Refusals};
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Version};
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use permit_protocol::problem::ProblemCode;
use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::server::TlsStream;
use tower::ServiceExt as _;

/// The least that hyper takes as a read buffer.
const BUFFER_BYTES_MIN: usize = 8192;

/// Serves a connection whose certificate names an agent, and closes any other.
pub(super) async fn serve(
    listener: &Listener,
    tls: TlsStream<TcpStream>,
    mut stopping: watch::Receiver<bool>,
) {
    let (_, session) = tls.get_ref();
    let leaf = session.peer_certificates().and_then(|chain| chain.first());
    let identity = leaf
        .ok_or(CertificateError::Missing)
        .and_then(|leaf| PeerIdentity::from_leaf(leaf, &listener.trust_domain));
    let identity = match identity {
        Ok(identity) => Arc::new(identity),
        Err(error) => {
            listener.refusals.count(Cause::CertificateRefused);
            return tracing::warn!(%error, "a connection was closed: its certificate is no agent's");
        }
    };
    let http2 = session.alpn_protocol() == Some(b"h2");
    let builder = builder(&listener.limits, http2);
    let begun = Arc::new(AtomicBool::new(false));
    let service = service(listener, identity, Arc::clone(&begun));
    let mut connection = pin!(builder.serve_connection(TokioIo::new(tls), service));
    let drain = Duration::from_millis(listener.limits.drain_timeout_ms);
    let mut first_request =
        pin!(tokio::time::sleep(Duration::from_millis(listener.limits.header_timeout_ms)));
    let mut age = pin!(tokio::time::sleep(Duration::from_millis(listener.limits.connection_age_ms)));
    loop {
        tokio::select! {
            result = connection.as_mut() => return end(result, &listener.refusals),
            () = first_request.as_mut(), if !first_request.is_elapsed() => {
                if !begun.load(Ordering::Acquire) {
                    listener.refusals.count(Cause::ConnectionIdle);
                    return tracing::info!("a connection was closed: it made no request in time");
                }
            }
            () = age.as_mut() => break,
            stopped = stopping.wait_for(|stop| *stop) => {
                if let Err(error) = stopped {
                    tracing::debug!(%error, "the accept loop is gone");
                }
                break;
            }
        }
    }
    connection.as_mut().graceful_shutdown();
    match tokio::time::timeout(drain, connection).await {
        Ok(result) => end(result, &listener.refusals),
        Err(_) => tracing::info!("a connection was cut at the end of its drain time"),
    }
}

/// Logs how a connection ended, and counts what hyper refused before there was a request.
fn end(result: Result<(), Box<dyn std::error::Error + Send + Sync>>, refusals: &Refusals) {
    if let Err(error) = result {
        match error.downcast_ref::<hyper::Error>() {
            Some(error) if error.is_parse() => refusals.count(Cause::HttpMalformed),
            Some(error) if error.is_timeout() => refusals.count(Cause::ConnectionIdle),
            _ => {}
        }
        tracing::debug!(%error, "a connection ended with an error");
    }
}

/// The protocol is the one ALPN settled: guessing it from the first bytes would wait for them without end.
fn builder(limits: &ListenerLimits, http2: bool) -> Builder<TokioExecutor> {
    let builder = Builder::new(TokioExecutor::new());
    let mut builder = if http2 { builder.http2_only() } else { builder.http1_only() };
    let buffer = usize::try_from(limits.header_bytes_max).unwrap_or(BUFFER_BYTES_MIN).max(BUFFER_BYTES_MIN);
    let header_timeout = Duration::from_millis(limits.header_timeout_ms);
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_headers(limits.headers_max)
        .max_buf_size(buffer)
        .half_close(false);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(limits.header_bytes_max)
        .keep_alive_interval(header_timeout)
        .keep_alive_timeout(header_timeout);
    builder
}

type Erased = tower::util::BoxCloneService<Request<Incoming>, Response, Infallible>;

fn service(
    listener: &Listener,
    identity: Arc<PeerIdentity>,
    begun: Arc<AtomicBool>,
) -> TowerToHyperService<Erased> {
    let (router, clock) = (listener.router.clone(), listener.clock.clone());
    let refusals = Arc::clone(&listener.refusals);
    TowerToHyperService::new(Erased::new(tower::service_fn(move |request: Request<Incoming>| {
        begun.store(true, Ordering::Release);
        let (router, identity, now_ms) = (router.clone(), Arc::clone(&identity), clock.now_ms());
        let refusals = Arc::clone(&refusals);
        async move {
            if !identity.is_current(now_ms) {
                refusals.count(Cause::Problem(ProblemCode::CertificateExpired));
                return Ok(certificate_expired(request.version()));
            }
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(identity);
            router.oneshot(request).await
        }
    })))
}

/// The handshake was good once; a connection that outlives its certificate ends here.
fn certificate_expired(version: Version) -> Response {
    let detail = "the certificate of this connection has expired; connect again with a new one";
    let mut response = Problem::new(ProblemCode::CertificateExpired, detail).into_response();
    if version < Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}
