//! A bare TLS connection to the stage's server, for requests that no honest client sends.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::missing_errors_doc,
    reason = "a test cannot go on without its connection"
)]

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::stage::Stage;

/// Connects with the certificate and key in `folder`, or with none.
pub async fn connect(stage: &Stage, folder: Option<&Path>) -> io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let authority = std::fs::read(&stage.config.paths.authority_certificate).unwrap();
    roots.add(CertificateDer::from_pem_slice(&authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match folder {
        None => builder.with_no_client_auth(),
        Some(folder) => {
            let chain = CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap();
            let key = PrivateKeyDer::from_pem_file(folder.join("key.pem")).unwrap();
            builder.with_client_auth_cert(vec![chain], key).unwrap()
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let tcp = TcpStream::connect(stage.config.listen).await?;
    TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), tcp).await
}

/// Sends `bytes` and reads until the server ends the connection or has sent a whole head.
pub async fn exchange(stream: &mut TlsStream<TcpStream>, bytes: &[u8]) -> io::Result<String> {
    // A server that refuses while the request is still on its way closes; what it said is read all the same.
    let sent = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    loop {
        let read = stream.read_buf(&mut answer).await;
        let text = String::from_utf8_lossy(&answer);
        match read {
            Ok(n) if n > 0 && !text.contains("\r\n\r\n") => {}
            Err(error) if answer.is_empty() => return Err(sent.err().unwrap_or(error)),
            Ok(_) | Err(_) => return Ok(text.into_owned()),
        }
    }
}
