use super::*;
use crate::certificate::PeerIdentity;
use crate::pki::{KeyedCertificate, Validity, params};
use crate::test_pki::{AGENT, NOW_MS, Pki, VALIDITY, der, domain};
use crate::tls::server_config;
use axum::Extension;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode};
use axum::routing::get;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use permit_types::spiffe::SpiffeId;
use rcgen::SanType;
use rustls::client::Resumption;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, HandshakeKind, RootCertStore};
use rustls_pki_types::pem::PemObject as _;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

const LIMITS: ListenerLimits = ListenerLimits {
    connections_max: 16,
    handshake_timeout_ms: 10_000,
    header_timeout_ms: 10_000,
    header_bytes_max: 24_576,
    headers_max: 16,
    streams_max: 8,
    connection_age_ms: 60_000,
    drain_timeout_ms: 10_000,
};

/// Far more than any cut in these tests takes, and less than the limits they do not lower.
const PATIENCE: Duration = Duration::from_secs(8);

/// A listener on a loopback port, with the time and the handlers' pace in the test's hands.
struct Running {
    pki: Pki,
    address: SocketAddr,
    now_ms: Arc<AtomicI64>,
    entered: Arc<Notify>,
    proceed: Arc<Notify>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    refusals: Arc<Refusals>,
}

async fn run(limits: ListenerLimits) -> Running {
    let pki = Pki::new();
    let tls = Arc::new(
        server_config(&pki.authority_pem, &pki.server.certificate_pem, &pki.server.key_pem).unwrap(),
    );
    let (entered, proceed) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = (Arc::clone(&entered), Arc::clone(&proceed));
    let router = Router::new()
        .route("/whoami", get(|peer: Extension<Arc<PeerIdentity>>| async move { peer.spiffe_id.to_string() }))
        .route(
            "/slow",
            get(move || {
                let (entered, proceed) = slow.clone();
                async move {
                    entered.notify_one();
                    proceed.notified().await;
                    "done"
                }
            }),
        );
    let now_ms = Arc::new(AtomicI64::new(NOW_MS));
    let time = Arc::clone(&now_ms);
    let clock = Clock::new(move || time.load(Ordering::SeqCst));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let refusals = Arc::new(Refusals::default());
    let listener =
        Listener { tls, router, trust_domain: domain(), limits, clock, refusals: Arc::clone(&refusals) };
    let served = tokio::spawn(listener.serve(socket, async { drop(stopped.await) }));
    Running { pki, address, now_ms, entered, proceed, stop, served, refusals }
}

fn client(pki: &Pki, certificate: Option<&KeyedCertificate>, alpn: &str) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(der(&pki.authority_pem)).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match certificate {
        None => builder.with_no_client_auth(),
        Some(keyed) => {
            let key = PrivateKeyDer::from_pem_slice(keyed.key_pem.as_bytes()).unwrap();
            builder.with_client_auth_cert(vec![der(&keyed.certificate_pem)], key).unwrap()
        }
    };
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    config.resumption = Resumption::in_memory_sessions(8);
    config
}

impl Running {
    async fn connect(&self, config: &Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        TlsConnector::from(Arc::clone(config)).connect(name, stream).await
    }

    async fn agent(&self, alpn: &str) -> TlsStream<TcpStream> {
        self.connect(&Arc::new(client(&self.pki, Some(&self.pki.agent), alpn))).await.unwrap()
    }

    /// What a client with this certificate reads until the end, after asking for `/whoami`.
    async fn exchange(&self, certificate: Option<&KeyedCertificate>) -> Result<String, std::io::Error> {
        let config = Arc::new(client(&self.pki, certificate, "http/1.1"));
        let mut stream = self.connect(&config).await?;
        stream.write_all(b"GET /whoami HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        Ok(text)
    }

    /// Waits until exactly this was counted.
    async fn counts(&self, expected: &[(&str, u64)]) {
        let expected: BTreeMap<_, _> = expected.iter().map(|&(word, n)| (word.to_owned(), n)).collect();
        let mut found = BTreeMap::new();
        let until = tokio::time::Instant::now() + PATIENCE;
        while found != expected && tokio::time::Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(5)).await;
            for (word, count) in self.refusals.take() {
                *found.entry(word).or_default() += count;
            }
        }
        assert_eq!(found, expected);
    }

    /// The connection's end must come as an error and never as an answer.
    async fn refuses(&self, certificate: Option<&KeyedCertificate>, reason: &str) {
        let error = self.exchange(certificate).await.expect_err("no answer").to_string();
        assert!(error.contains(reason), "{error}");
    }
}

type Sender1 = hyper::client::conn::http1::SendRequest<Body>;

async fn http1(stream: TlsStream<TcpStream>) -> (Sender1, JoinHandle<hyper::Result<()>>) {
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    (sender, tokio::spawn(connection))
}

fn ask(path: &str) -> Request<Body> {
    Request::get(path).header("host", "x").body(Body::empty()).unwrap()
}

async fn text(response: Response<Incoming>) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn both_http_versions_know_their_peer() {
    let running = run(LIMITS).await;
    let (mut sender, _) = http1(running.agent("http/1.1").await).await;
    assert_eq!(text(sender.send_request(ask("/whoami")).await.unwrap()).await, AGENT);
    let stream = TokioIo::new(running.agent("h2").await);
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake::<_, _, Body>(TokioExecutor::new(), stream).await.unwrap();
    tokio::spawn(connection);
    let request = Request::get("https://localhost/whoami").body(Body::empty()).unwrap();
    assert_eq!(text(sender.send_request(request).await.unwrap()).await, AGENT);
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let running = run(LIMITS).await;
    running.refuses(None, "CertificateRequired").await;
    running.counts(&[("certificate_missing", 1)]).await;
}

#[tokio::test]
async fn a_certificate_of_another_authority_is_refused() {
    let running = run(LIMITS).await;
    running.refuses(Some(&Pki::new().agent), "alert").await;
    running.counts(&[("certificate_untrusted", 1)]).await;
}

#[tokio::test]
async fn an_expired_certificate_is_refused() {
    let running = run(LIMITS).await;
    let past =
        Validity { not_before_ms: VALIDITY.not_before_ms, not_after_ms: VALIDITY.not_before_ms + 1000 };
    let expired = running.pki.authority.issue_agent(&SpiffeId::parse(AGENT).unwrap(), past).unwrap();
    running.refuses(Some(&expired), "CertificateExpired").await;
    running.counts(&[("certificate_expired", 1)]).await;
}

#[tokio::test]
async fn a_certificate_of_the_future_is_refused() {
    let running = run(LIMITS).await;
    let later = Validity { not_before_ms: VALIDITY.not_after_ms, not_after_ms: VALIDITY.not_after_ms + 1000 };
    let early = running.pki.authority.issue_agent(&SpiffeId::parse(AGENT).unwrap(), later).unwrap();
    running.refuses(Some(&early), "alert").await;
    running.counts(&[("certificate_not_yet_valid", 1)]).await;
}

#[tokio::test]
async fn the_servers_own_certificate_is_no_clients() {
    let running = run(LIMITS).await;
    running.refuses(Some(&running.pki.server), "alert").await;
    running.counts(&[("certificate_refused", 1)]).await;
}

#[tokio::test]
async fn a_trusted_certificate_that_is_no_agents_is_closed() {
    let running = run(LIMITS).await;
    let uri = |text: &str| SanType::URI(text.try_into().unwrap());
    for names in [
        vec![uri(AGENT), uri("spiffe://acme.example/agent/admin")],
        vec![uri("spiffe://evil.example/agent/support/7")],
        vec![SanType::DnsName("localhost".try_into().unwrap())],
    ] {
        let mut params = params("agent", VALIDITY).unwrap();
        params.subject_alt_names = names;
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        let leaf = running.pki.authority.sign(params).unwrap();
        let answer = running.exchange(Some(&leaf)).await;
        assert!(answer.as_ref().map_or(true, String::is_empty), "{answer:?}");
    }
    assert!(running.exchange(Some(&running.pki.agent)).await.unwrap().ends_with(AGENT));
    running.counts(&[("certificate_refused", 3)]).await;
}

#[tokio::test]
async fn a_forwarded_certificate_header_changes_nothing() {
    let running = run(LIMITS).await;
    let (mut sender, _) = http1(running.agent("http/1.1").await).await;
    let mut request = ask("/whoami");
    for name in ["x-forwarded-client-cert", "client-cert", "ssl-client-cert", "x-client-cert"] {
        request.headers_mut().insert(name, "URI=spiffe://acme.example/agent/admin".parse().unwrap());
    }
    assert_eq!(text(sender.send_request(request).await.unwrap()).await, AGENT);
}

#[tokio::test]
async fn no_session_is_ever_resumed() {
    let running = run(LIMITS).await;
    let config = Arc::new(client(&running.pki, Some(&running.pki.agent), "http/1.1"));
    for _ in 0..2 {
        let mut stream = running.connect(&config).await.unwrap();
        stream.write_all(b"GET /whoami HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
        let (_, session) = stream.get_ref();
        assert_eq!(session.tls13_tickets_received(), 0);
        assert_eq!(session.handshake_kind(), Some(HandshakeKind::Full));
    }
}

/// A TLS 1.2 client hello: no supported_versions extension, one ECDHE suite.
#[tokio::test]
async fn a_tls_1_2_client_is_refused() {
    let running = run(LIMITS).await;
    let extensions =
        [[0, 13, 0, 4, 0, 2, 4, 3].as_slice(), &[0, 10, 0, 4, 0, 2, 0, 23], &[0, 11, 0, 2, 1, 0]].concat();
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let body = [
        [3, 3].as_slice(),
        &[7; 32],
        &[0],
        &[0, 2, 0xc0, 0x2b],
        &[1, 0],
        &[0, length(&extensions)],
        &extensions,
    ]
    .concat();
    let hello = [[22, 3, 1, 0, length(&body) + 4, 1, 0, 0, length(&body)].as_slice(), &body].concat();
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(&hello).await.unwrap();
    let mut answer = [0; 7];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, [21, 3, 3, 0, 2, 2, 70], "the alert protocol_version");
    running.counts(&[("tls_version", 1)]).await;
}

#[tokio::test]
async fn what_is_not_tls_and_what_breaks_off_is_counted() {
    let running = run(LIMITS).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    drop(stream.read_to_end(&mut Vec::new()).await);
    drop(TcpStream::connect(running.address).await.unwrap());
    running.counts(&[("handshake_aborted", 1), ("handshake_malformed", 1)]).await;
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_cut() {
    let running = run(ListenerLimits { handshake_timeout_ms: 100, ..LIMITS }).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let mut bytes = [0; 8];
    let end = tokio::time::timeout(PATIENCE, stream.read(&mut bytes)).await.expect("cut long before");
    assert_eq!(end.unwrap(), 0);
    running.counts(&[("handshake_timeout", 1)]).await;
}

#[tokio::test]
async fn a_connection_that_asks_nothing_is_closed() {
    let running = run(ListenerLimits { header_timeout_ms: 100, ..LIMITS }).await;
    for alpn in ["http/1.1", "h2"] {
        let mut stream = running.agent(alpn).await;
        if alpn == "http/1.1" {
            stream.write_all(b"GET /whoami HTTP/1.1\r\nhost: x\r\n").await.unwrap();
        }
        let mut bytes = Vec::new();
        drop(tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("cut long before"));
        assert!(!String::from_utf8_lossy(&bytes).contains(AGENT));
    }
    running.counts(&[("connection_idle", 2)]).await;
}

#[tokio::test]
async fn a_full_server_refuses_further_connections() {
    let running = run(ListenerLimits { connections_max: 1, ..LIMITS }).await;
    let (mut sender, connection) = http1(running.agent("http/1.1").await).await;
    assert_eq!(text(sender.send_request(ask("/whoami")).await.unwrap()).await, AGENT);
    assert!(running.exchange(Some(&running.pki.agent)).await.is_err());
    running.counts(&[("connections_full", 1)]).await;
    drop(sender);
    connection.await.unwrap().unwrap();
    while running.exchange(Some(&running.pki.agent)).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_connection_does_not_outlive_its_certificate() {
    let running = run(LIMITS).await;
    let (mut sender, _) = http1(running.agent("http/1.1").await).await;
    assert_eq!(sender.send_request(ask("/whoami")).await.unwrap().status(), StatusCode::OK);
    running.now_ms.store(VALIDITY.not_after_ms + 1000, Ordering::SeqCst);
    let response = sender.send_request(ask("/whoami")).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(response.headers()["connection"], "close");
    assert!(text(response).await.contains("\"code\":\"certificate_expired\""));
    running.counts(&[("certificate_expired", 1)]).await;
}

#[tokio::test]
async fn an_old_connection_is_asked_to_end() {
    let running = run(ListenerLimits { connection_age_ms: 1, ..LIMITS }).await;
    let (_sender, connection) = http1(running.agent("http/1.1").await).await;
    drop(connection.await.unwrap());
}

#[tokio::test]
async fn headers_are_bounded_in_size_and_number() {
    let running = run(LIMITS).await;
    for (name_count, value_bytes) in [(20, 1), (1, 40_000)] {
        let mut stream = running.agent("http/1.1").await;
        let mut request = "GET /whoami HTTP/1.1\r\nhost: x\r\n".to_owned();
        for index in 0..name_count {
            request.push_str(&format!("x-{index}: {}\r\n", "v".repeat(value_bytes)));
        }
        request.push_str("\r\n");
        drop(stream.write_all(request.as_bytes()).await);
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes).await);
        let answer = String::from_utf8_lossy(&bytes);
        assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
    }
    running.counts(&[("http_malformed", 2)]).await;
}

#[tokio::test]
async fn requests_of_two_lengths_are_refused() {
    let running = run(LIMITS).await;
    for headers in [
        "content-length: 5\r\ncontent-length: 6",
        "content-length: 5, 6",
        "content-length: +5",
        "transfer-encoding: chunked, identity",
    ] {
        let mut stream = running.agent("http/1.1").await;
        let request =
            format!("POST /whoami HTTP/1.1\r\nhost: x\r\n{headers}\r\n\r\nhelloGET /whoami HTTP/1.1\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        drop(stream.read_to_end(&mut bytes).await);
        let answer = String::from_utf8_lossy(&bytes);
        assert!(answer.starts_with("HTTP/1.1 400"), "{headers}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{headers}: one answer, then the end");
    }
    running.counts(&[("http_malformed", 4)]).await;
}

#[tokio::test]
async fn shutdown_lets_requests_in_flight_end() {
    let running = run(LIMITS).await;
    let (mut sender, _) = http1(running.agent("http/1.1").await).await;
    let response = tokio::spawn(async move { text(sender.send_request(ask("/slow")).await.unwrap()).await });
    running.entered.notified().await;
    running.stop.send(()).unwrap();
    running.proceed.notify_one();
    assert_eq!(response.await.unwrap(), "done");
    running.served.await.unwrap();
    assert!(TcpStream::connect(running.address).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn shutdown_cuts_what_does_not_end() {
    let running = run(ListenerLimits { drain_timeout_ms: 100, ..LIMITS }).await;
    let (mut sender, _) = http1(running.agent("http/1.1").await).await;
    let response = tokio::spawn(async move { sender.send_request(ask("/slow")).await.is_err() });
    running.entered.notified().await;
    running.stop.send(()).unwrap();
    running.served.await.unwrap();
    assert!(response.await.unwrap());
}
