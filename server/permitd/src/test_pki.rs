//! Certificates, keys and proofs for the tests of this crate.

use crate::certificate::PeerIdentity;
use crate::jose::{PublicKey, base64url};
use crate::pki::{Authority, KeyedCertificate, Validity, generate_token_key};
use crate::spiffe::{SpiffeId, TrustDomain};
use crate::token::{AccessTokens, TokenKey};
use crate::uri::BaseUrl;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

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

/// A client's proof key.
pub(crate) enum ProofKey {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl ProofKey {
    pub(crate) fn p256() -> Self {
        Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn ed25519() -> Self {
        Self::Ed25519(Ed25519KeyPair::generate().unwrap())
    }

    pub(crate) fn public(&self) -> PublicKey {
        PublicKey::from_jwk(&self.jwk()).unwrap()
    }

    pub(crate) fn jwk(&self) -> Value {
        match self {
            Self::P256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": base64url(&point[1..33]), "y": base64url(&point[33..])})
            }
            Self::Ed25519(pair) => {
                json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(pair.public_key().as_ref())})
            }
        }
    }

    pub(crate) fn alg(&self) -> &'static str {
        if matches!(self, Self::P256(_)) { "ES256" } else { "EdDSA" }
    }

    pub(crate) fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": self.alg(), "jwk": self.jwk()})
    }

    /// Signs texts as they are, so that a test can write JSON that no serializer would.
    pub(crate) fn sign(&self, header: &str, payload: &str) -> String {
        let input = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        let signature = match self {
            Self::P256(pair) => pair.sign(&SystemRandom::new(), input.as_bytes()).unwrap().as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(input.as_bytes()).as_ref().to_vec(),
        };
        format!("{input}.{}", base64url(&signature))
    }
}
