//! A development certificate authority: enough to run permitd and its agents without an external PKI.
//!
//! Certificates are built from typed parts, never from text templates. The authority has no URI name constraint,
//! because rustls rejects every certificate below one; the trust domain is checked for each connection.

mod store;

pub use store::{InitFiles, StoreError, init, write_new};

use permit_types::spiffe::{SpiffeId, TrustDomain};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PKCS_ECDSA_P256_SHA256, PKCS_ED25519, SanType, SerialNumber,
};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use time::OffsetDateTime;
use zeroize::Zeroizing;

const SERIAL_BYTES: usize = 16;

/// Why a certificate cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// The certificate library refuses.
    #[error("the certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The operating system's random generator failed.
    #[error("the operating system's random generator failed")]
    Randomness,
    /// The validity is empty, or not a time a certificate can state.
    #[error("the validity from {not_before_ms} ms to {not_after_ms} ms is empty or out of range")]
    Validity {
        /// The wished beginning.
        not_before_ms: i64,
        /// The wished end.
        not_after_ms: i64,
    },
    /// The agent is of another trust domain than the authority.
    #[error("the agent is of the trust domain `{found}`, not the authority's")]
    TrustDomain {
        /// The agent's trust domain.
        found: TrustDomain,
    },
}

/// When a certificate is valid, in milliseconds since the Unix epoch; certificates keep whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// The first moment.
    pub not_before_ms: i64,
    /// The last moment.
    pub not_after_ms: i64,
}

/// A certificate with its private key, both PEM.
pub struct KeyedCertificate {
    /// The certificate.
    pub certificate_pem: String,
    /// The PKCS #8 private key, wiped when dropped.
    pub key_pem: Zeroizing<String>,
}

impl fmt::Debug for KeyedCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("KeyedCertificate").finish_non_exhaustive()
    }
}

/// An authority that signs the server's and the agents' certificates of one trust domain.
pub struct Authority {
    trust_domain: TrustDomain,
    issuer: Issuer<'static, KeyPair>,
}

impl fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Authority").field("trust_domain", &self.trust_domain).finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes a new authority and its self-signed certificate.
    ///
    /// # Errors
    /// [`PkiError`].
    pub fn create(
        trust_domain: TrustDomain,
        validity: Validity,
    ) -> Result<(Self, KeyedCertificate), PkiError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let mut params = params("Permit development authority", validity)?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let certificate = params.self_signed(&key)?;
        let keyed = KeyedCertificate {
            certificate_pem: certificate.pem(),
            key_pem: Zeroizing::new(key.serialize_pem()),
        };
        Ok((Self { trust_domain, issuer: Issuer::new(params, key) }, keyed))
    }

    /// Takes up an authority again from its PEM texts.
    ///
    /// # Errors
    /// [`PkiError::Certificate`].
    pub fn load(trust_domain: TrustDomain, certificate_pem: &str, key_pem: &str) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(key_pem)?;
        Ok(Self { trust_domain, issuer: Issuer::from_ca_cert_pem(certificate_pem, key)? })
    }

    /// Issues a server certificate for `localhost`, `127.0.0.1`, `::1` and the further names and addresses.
    ///
    /// # Errors
    /// [`PkiError`].
    pub fn issue_server(&self, names: &[&str], validity: Validity) -> Result<KeyedCertificate, PkiError> {
        let mut params = params("Permit server", validity)?;
        for name in ["localhost"].iter().chain(names) {
            params.subject_alt_names.push(match name.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName((*name).try_into()?),
            });
        }
        for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
            params.subject_alt_names.push(SanType::IpAddress(address));
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// Issues an agent's certificate: its SPIFFE ID is the one alternative name.
    ///
    /// # Errors
    /// [`PkiError::TrustDomain`] for an agent of another trust domain, and the others.
    pub fn issue_agent(&self, agent: &SpiffeId, validity: Validity) -> Result<KeyedCertificate, PkiError> {
        if agent.trust_domain() != &self.trust_domain {
            return Err(PkiError::TrustDomain { found: agent.trust_domain().clone() });
        }
        let mut params = params("Permit agent", validity)?;
        params.subject_alt_names = vec![SanType::URI(agent.as_str().try_into()?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            vec![ExtendedKeyUsagePurpose::ClientAuth, ExtendedKeyUsagePurpose::ServerAuth];
        self.sign(params)
    }

    /// Signs any leaf; the tests make bad ones with it.
    pub(crate) fn sign(&self, params: CertificateParams) -> Result<KeyedCertificate, PkiError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(KeyedCertificate {
            certificate_pem: certificate.pem(),
            key_pem: Zeroizing::new(key.serialize_pem()),
        })
    }
}

/// Makes an Ed25519 key for signing tokens, as PKCS #8 PEM.
///
/// # Errors
/// [`PkiError::Certificate`].
pub fn generate_token_key() -> Result<Zeroizing<String>, PkiError> {
    Ok(Zeroizing::new(KeyPair::generate_for(&PKCS_ED25519)?.serialize_pem()))
}

/// Parameters without rcgen's defaults for name and validity, which run from 1975 to 4096.
pub(crate) fn params(common_name: &str, validity: Validity) -> Result<CertificateParams, PkiError> {
    let Validity { not_before_ms, not_after_ms } = validity;
    let out = || PkiError::Validity { not_before_ms, not_after_ms };
    let instant = |ms: i64| OffsetDateTime::from_unix_timestamp(ms.div_euclid(1000)).map_err(|_| out());
    if not_before_ms >= not_after_ms {
        return Err(out());
    }
    let mut params = CertificateParams::default();
    params.not_before = instant(not_before_ms)?;
    params.not_after = instant(not_after_ms)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.use_authority_key_identifier_extension = true;
    params.serial_number = Some(serial()?);
    Ok(params)
}

/// A random positive serial number (RFC 5280, section 4.1.2.2).
fn serial() -> Result<SerialNumber, PkiError> {
    let mut bytes = [0u8; SERIAL_BYTES];
    getrandom::fill(&mut bytes).map_err(|_| PkiError::Randomness)?;
    let [first, ..] = &mut bytes;
    *first = (*first & 0x7f) | 0x40;
    Ok(SerialNumber::from_slice(&bytes))
}

#[cfg(test)]
mod tests;
