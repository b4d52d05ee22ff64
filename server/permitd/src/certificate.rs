//! The peer's identity, from the certificate that the handshake verified.
//!
//! rustls has verified the chain and the possession of the key. It does not know SPIFFE: the rules for a leaf
//! (X509-SVID, sections 2 to 5) are checked here, and the identity comes from the verified leaf only: not from a common
//! name, another certificate of the chain, or a header.

use permit_protocol::jose::base64url;
use permit_types::spiffe::{SpiffeError, SpiffeId, TrustDomain};
use sha2::{Digest, Sha256};
use std::fmt;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::prelude::FromDer as _;

/// Why a certificate is not an agent's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CertificateError {
    /// The peer sent none. The handshake should not have got this far.
    #[error("the peer has no certificate")]
    Missing,
    /// Not DER, data behind the end, or an extension that occurs twice or does not parse.
    #[error("the certificate does not parse: {reason}")]
    Malformed {
        /// What the parser says.
        reason: String,
    },
    /// Not exactly one URI in the subject alternative names.
    #[error("the certificate has {count} URI names, not exactly one")]
    UriCount {
        /// How many there are.
        count: usize,
    },
    /// The URI is not a SPIFFE ID.
    #[error("the certificate's URI is not a SPIFFE ID: {0}")]
    SpiffeId(#[from] SpiffeError),
    /// The identity is of a trust domain other than the configured one.
    #[error("the certificate is of the trust domain `{found}`")]
    TrustDomain {
        /// The certificate's trust domain.
        found: TrustDomain,
    },
    /// A certificate that may sign certificates cannot be an agent's.
    #[error("the certificate is a certificate authority's")]
    Authority,
    /// `keyUsage` is missing, not critical, lacks digitalSignature or allows signing certificates or lists.
    #[error(
        "the certificate's key usage is not a critical digitalSignature without certificate or CRL signing"
    )]
    KeyUsage,
    /// `extendedKeyUsage` is there and lacks server or client authentication.
    #[error("the certificate's extended key usage lacks server or client authentication")]
    ExtendedKeyUsage,
    /// The subject is empty and the alternative name is not critical.
    #[error("the certificate has no subject and its alternative name is not critical")]
    SubjectAltNameNotCritical,
}

/// SHA-256 of a certificate's DER: `cnf."x5t#S256"` (RFC 8705, section 3.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct CertificateThumbprint([u8; 32]);

impl CertificateThumbprint {
    /// The thumbprint of a certificate.
    #[must_use]
    pub(crate) fn of(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }
}

impl fmt::Display for CertificateThumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&base64url(&self.0))
    }
}

impl fmt::Debug for CertificateThumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "CertificateThumbprint({self})")
    }
}

/// The agent at the other end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeerIdentity {
    /// Its name.
    pub spiffe_id: SpiffeId,
    /// Its certificate.
    pub x5t_s256: CertificateThumbprint,
    /// The last millisecond the certificate is valid. A connection can outlive it, so every request asks again.
    pub not_after_ms: i64,
    /// The certificate's serial number, big-endian, in lower-case hexadecimal.
    pub serial: String,
}

impl PeerIdentity {
    /// Reads the identity from the leaf that the handshake verified.
    ///
    /// # Errors
    /// [`CertificateError`] names the rule that is broken; the connection must be closed.
    pub(crate) fn from_leaf(der: &[u8], trust_domain: &TrustDomain) -> Result<Self, CertificateError> {
        let (rest, certificate) =
            X509Certificate::from_der(der).map_err(|error| malformed(error.to_string()))?;
        if !rest.is_empty() {
            return Err(malformed("data behind the certificate"));
        }
        for extension in certificate.extensions() {
            if let ParsedExtension::ParseError { error } = extension.parsed_extension() {
                return Err(malformed(error.to_string()));
            }
        }
        check_constraints(&certificate)?;
        check_key_usage(&certificate)?;
        let spiffe_id = SpiffeId::parse(single_uri(&certificate)?)?;
        if spiffe_id.trust_domain() != trust_domain {
            return Err(CertificateError::TrustDomain { found: spiffe_id.trust_domain().clone() });
        }
        let not_after_s = certificate.validity().not_after.timestamp();
        Ok(Self {
            spiffe_id,
            x5t_s256: CertificateThumbprint::of(der),
            not_after_ms: not_after_s.saturating_mul(1000).saturating_add(999),
            serial: certificate.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// Whether the certificate is still valid.
    #[must_use]
    pub(crate) fn is_current(&self, now_ms: i64) -> bool {
        now_ms <= self.not_after_ms
    }
}

fn malformed(reason: impl Into<String>) -> CertificateError {
    CertificateError::Malformed { reason: reason.into() }
}

fn check_constraints(certificate: &X509Certificate<'_>) -> Result<(), CertificateError> {
    let constraints = certificate.basic_constraints().map_err(|error| malformed(error.to_string()))?;
    if constraints.is_some_and(|extension| extension.value.ca) {
        Err(CertificateError::Authority)
    } else {
        Ok(())
    }
}

fn check_key_usage(certificate: &X509Certificate<'_>) -> Result<(), CertificateError> {
    let usage = certificate.key_usage().map_err(|error| malformed(error.to_string()))?;
    let usage = usage.filter(|extension| extension.critical).ok_or(CertificateError::KeyUsage)?.value;
    if !usage.digital_signature() || usage.key_cert_sign() || usage.crl_sign() {
        return Err(CertificateError::KeyUsage);
    }
    let extended = certificate.extended_key_usage().map_err(|error| malformed(error.to_string()))?;
    match extended {
        Some(extension) if !(extension.value.server_auth && extension.value.client_auth) => {
            Err(CertificateError::ExtendedKeyUsage)
        }
        _ => Ok(()),
    }
}

fn single_uri<'c>(certificate: &'c X509Certificate<'_>) -> Result<&'c str, CertificateError> {
    let names = certificate.subject_alternative_name().map_err(|error| malformed(error.to_string()))?;
    let names = names.ok_or(CertificateError::UriCount { count: 0 })?;
    if certificate.subject().iter().next().is_none() && !names.critical {
        return Err(CertificateError::SubjectAltNameNotCritical);
    }
    let uris: Vec<&str> = names
        .value
        .general_names
        .iter()
        .filter_map(|name| if let GeneralName::URI(uri) = name { Some(*uri) } else { None })
        .collect();
    match uris.as_slice() {
        [uri] => Ok(uri),
        _ => Err(CertificateError::UriCount { count: uris.len() }),
    }
}

#[cfg(test)]
mod tests;
