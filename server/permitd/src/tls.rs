//! TLS 1.3 with a client certificate of exactly one authority, and no state that outlives a connection.

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject as _;
use std::sync::Arc;

/// Why the TLS configuration cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A PEM text does not read.
    #[error("{what}: not valid PEM: {source}")]
    Pem {
        /// Which text.
        what: &'static str,
        /// The reader's error.
        source: rustls_pki_types::pem::Error,
    },
    /// Not exactly one authority. A pool of authorities would let each of them vouch for the others' agents.
    #[error("the authority file has {count} certificates, not exactly one")]
    AuthorityCount {
        /// How many there are.
        count: usize,
    },
    /// The client verifier refuses the authority.
    #[error("the authority is unusable: {0}")]
    Verifier(#[from] VerifierBuilderError),
    /// rustls refuses the certificate or the key.
    #[error("the server certificate is unusable: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Builds the configuration from PEM texts: the authority of the agents, the server's chain, and its key.
///
/// Sessions are never resumed: a resumed handshake does not verify the client's certificate again.
///
/// # Errors
/// [`TlsError`].
pub(crate) fn server_config(
    authority_pem: &str,
    chain_pem: &str,
    key_pem: &str,
) -> Result<ServerConfig, TlsError> {
    let authorities = certificates("authority", authority_pem)?;
    let [authority] = authorities.as_slice() else {
        return Err(TlsError::AuthorityCount { count: authorities.len() });
    };
    let mut roots = RootCertStore::empty();
    roots.add(authority.clone())?;
    let chain = certificates("server certificate", chain_pem)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes())
        .map_err(|source| TlsError::Pem { what: "server key", source })?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider)).build()?;
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.max_early_data_size = 0;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(what: &'static str, pem: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|source| TlsError::Pem { what, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_pki::Pki;

    #[test]
    fn the_configuration_leaves_nothing_open() {
        let pki = Pki::new();
        let config =
            server_config(&pki.authority_pem, &pki.server.certificate_pem, &pki.server.key_pem).unwrap();
        assert_eq!(config.send_tls13_tickets, 0);
        assert!(!config.session_storage.can_cache());
        assert!(!config.ticketer.enabled());
        assert_eq!(config.max_early_data_size, 0);
        assert_eq!(config.alpn_protocols, [b"h2".to_vec(), b"http/1.1".to_vec()]);
        assert!(config.crypto_provider().cipher_suites.iter().all(|suite| suite.tls13().is_some()));
    }

    #[test]
    fn trust_in_more_than_one_authority_is_refused() {
        let (one, two) = (Pki::new(), Pki::new());
        let pooled = format!("{}{}", one.authority_pem, two.authority_pem);
        let result = server_config(&pooled, &one.server.certificate_pem, &one.server.key_pem);
        assert!(matches!(result, Err(TlsError::AuthorityCount { count: 2 })));
        let result = server_config("", &one.server.certificate_pem, &one.server.key_pem);
        assert!(matches!(result, Err(TlsError::AuthorityCount { count: 0 })));
    }

    #[test]
    fn a_key_of_another_certificate_is_refused() {
        let (one, two) = (Pki::new(), Pki::new());
        let result = server_config(&one.authority_pem, &one.server.certificate_pem, &two.server.key_pem);
        assert!(matches!(result, Err(TlsError::Rustls(_))));
    }
}
