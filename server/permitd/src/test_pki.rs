//! Certificates, keys and proofs for the tests of this crate.

use crate::certificate::PeerIdentity;
use crate::pki::{Authority, KeyedCertificate, Validity, generate_token_key};
use crate::token::{AccessTokens, TokenKey};
use permit_protocol::uri::BaseUrl;
use permit_types::spiffe::{SpiffeId, TrustDomain};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

pub(crate) const NOW_MS: i64 = 1_795_000_000_000;
/// Wide enough for any clock, because rustls asks the system's.
pub(crate) const VALIDITY: Validity =
    Validity { not_before_ms: 1_600_000_000_000, not_after_ms: 2_500_000_000_000 };
pub(crate) const BASE: &str = "https://permit.acme.example";
pub(crate) const AGENT: &str = "spiffe://acme.example/agent/support/7";

pub(crate) fn domain() -> TrustDomain {
    TrustDomain::parse("acme.example").unwrap()
}

pub(crate) fn der(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
}

/// An authority with a server certificate and one good agent, all PEM.
pub(crate) struct Pki {
    pub(crate) authority: Authority,
    pub(crate) authority_pem: String,
    pub(crate) server: KeyedCertificate,
    pub(crate) agent: KeyedCertificate,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let (authority, keyed) = Authority::create(domain(), VALIDITY).unwrap();
        let server = authority.issue_server(&[], VALIDITY).unwrap();
        let agent = authority.issue_agent(&SpiffeId::parse(AGENT).unwrap(), VALIDITY).unwrap();
        Self { authority, authority_pem: keyed.certificate_pem, server, agent }
    }

    pub(crate) fn identity(&self) -> PeerIdentity {
        PeerIdentity::from_leaf(&der(&self.agent.certificate_pem), &domain()).unwrap()
    }
}

pub(crate) fn access_tokens() -> AccessTokens {
    let key = TokenKey::from_pem(&generate_token_key().unwrap()).unwrap();
    AccessTokens::new(key, BaseUrl::parse(BASE).unwrap(), 300_000)
}
