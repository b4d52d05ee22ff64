//! One HTTP/1.1 exchange over mutual TLS, without interpreting it.

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap};
use hyper::{Request, Response, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;

use crate::error::ClientError;
use crate::identity::Identity;

/// The most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 1 << 20;

/// What the server answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

/// A kept-alive connection to one server; opened when needed.
#[derive(Debug)]
pub struct Transport {
    base: Uri,
    connector: TlsConnectorDebug,
    // Holds the idle connection; a request takes it out and puts it back.
    idle: Mutex<Option<Connection>>,
}

/// A connection and the task that drives it.
#[derive(Debug)]
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: JoinHandle<hyper::Result<()>>,
}

impl Connection {
    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Response<Incoming>> {
        self.sender.ready().await?;
        self.sender.send_request(request).await
    }

    /// Why the connection ended: a TLS alert reaches its driver, not the request that waits on it.
    async fn cause(self, seen: hyper::Error) -> ClientError {
        drop(self.sender);
        match self.driver.await {
            Ok(Err(error)) => connection_error(error),
            Ok(Ok(())) | Err(_) => connection_error(seen),
        }
    }
}

struct TlsConnectorDebug(TlsConnector);

impl std::fmt::Debug for TlsConnectorDebug {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsConnector")
    }
}

impl Transport {
    /// A transport to `base`, such as `https://localhost:8443`, as `identity`.
    ///
    /// # Errors
    /// When the address or the certificates are not usable.
    pub fn new(base: &str, identity: &Identity) -> Result<Self, ClientError> {
        let base: Uri = base.parse().map_err(|_| ClientError::Setup("the server's address"))?;
        if base.scheme_str() != Some("https") || base.host().is_none() {
            return Err(ClientError::Setup("the server's address"));
        }
        let connector = TlsConnectorDebug(TlsConnector::from(identity.tls()?));
        Ok(Self { base, connector, idle: Mutex::new(None) })
    }

    /// The URI of a path on the server, as proofs name it.
    #[must_use]
    pub fn uri(&self, path: &str) -> String {
        format!("https://{}{path}", self.authority())
    }

    /// Sends one request and reads the whole answer.
    ///
    /// # Errors
    /// [`ClientError::Connection`] when there is no answer.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, String)],
        body: Option<(&'static str, Vec<u8>)>,
    ) -> Result<Reply, ClientError> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, self.authority());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let bytes = match body {
            Some((content_type, bytes)) => {
                request = request.header(CONTENT_TYPE, content_type);
                Bytes::from(bytes)
            }
            None => Bytes::new(),
        };
        let request = request.body(Full::new(bytes)).map_err(|_| ClientError::Setup("the request"))?;
        let mut connection = match self.idle.lock().await.take() {
            Some(idle) if !idle.sender.is_closed() => idle,
            Some(_) | None => self.open().await?,
        };
        let response = match connection.exchange(request).await {
            Ok(response) => response,
            Err(error) => return Err(connection.cause(error).await),
        };
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|e| ClientError::Connection(e.to_string()))?.to_bytes();
        *self.idle.lock().await = Some(connection);
        Ok(Reply { status: parts.status, headers: parts.headers, body })
    }

    async fn open(&self) -> Result<Connection, ClientError> {
        let host = self.base.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.base.port_u16().unwrap_or(443);
        let tcp = TcpStream::connect((host, port)).await.map_err(connection_error)?;
        tcp.set_nodelay(true).map_err(connection_error)?;
        let name =
            ServerName::try_from(host.to_owned()).map_err(|_| ClientError::Setup("the server's name"))?;
        let tls = self.connector.0.connect(name, tcp).await.map_err(connection_error)?;
        let (sender, connection) = handshake(TokioIo::new(tls)).await.map_err(connection_error)?;
        Ok(Connection { sender, driver: tokio::spawn(connection) })
    }

    fn authority(&self) -> &str {
        self.base.authority().map_or("", |authority| authority.as_str())
    }
}

/// The innermost cause says what happened: `received fatal alert: CertificateRequired`.
fn connection_error(error: impl std::error::Error + 'static) -> ClientError {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    ClientError::Connection(cause.to_string())
}
