//! The agent's identity: its certificate and key, and the authority that it trusts.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::ClientError;

/// A certificate chain with its key, and the certificate authority of the server.
#[derive(Debug)]
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    roots: rustls::RootCertStore,
}

impl Identity {
    /// Reads PEM files.
    ///
    /// # Errors
    /// When a file cannot be read or does not hold what it should.
    pub fn read(
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
        authority: impl AsRef<Path>,
    ) -> Result<Self, ClientError> {
        let read = |path: &Path| {
            std::fs::read(path)
                .map_err(|source| ClientError::File { path: path.display().to_string(), source })
        };
        Self::from_pem(&read(certificate.as_ref())?, &read(key.as_ref())?, &read(authority.as_ref())?)
    }

    /// Reads PEM texts.
    ///
    /// # Errors
    /// When a text does not hold what it should.
    pub fn from_pem(certificate: &[u8], key: &[u8], authority: &[u8]) -> Result<Self, ClientError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(certificate)
            .collect::<Result<_, _>>()
            .map_err(|_| ClientError::Setup("the certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| ClientError::Setup("the private key"))?;
        let mut roots = rustls::RootCertStore::empty();
        for root in CertificateDer::pem_slice_iter(authority) {
            roots.add(root.map_err(|_| ClientError::Setup("the certificate authority"))?)?;
        }
        if chain.is_empty() || roots.is_empty() {
            return Err(ClientError::Setup("an empty certificate file"));
        }
        Ok(Self { chain, key, roots })
    }

    /// TLS 1.3 with this certificate, trusting this authority and nobody else.
    pub(crate) fn tls(&self) -> Result<Arc<rustls::ClientConfig>, ClientError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = rustls::ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .with_root_certificates(self.roots.clone())
            .with_client_auth_cert(self.chain.clone(), self.key.clone_key())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Arc::new(config))
    }
}
