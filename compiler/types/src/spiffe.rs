//! SPIFFE IDs, which identify agents and people.

use std::fmt;

/// The longest SPIFFE ID that is accepted, in bytes (SPIFFE-ID 2.3).
pub const SPIFFE_ID_BYTES_MAX: usize = 2048;
const TRUST_DOMAIN_BYTES_MAX: usize = 255;
const SCHEME: &str = "spiffe://";

/// Why a text is not a SPIFFE ID or a trust domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpiffeError {
    /// Longer than [`SPIFFE_ID_BYTES_MAX`], or a trust domain longer than 255 bytes.
    #[error("the SPIFFE ID is too long")]
    TooLong,
    /// Does not begin with `spiffe://`.
    #[error("the scheme is not `spiffe`")]
    Scheme,
    /// Empty, or a character outside `[a-z0-9.-_]`; ports, user info and percent-encoding end here too.
    #[error("the trust domain is empty or has a character outside [a-z0-9.-_]")]
    TrustDomain,
    /// No path: that names a whole trust domain, never an agent.
    #[error("the path is empty")]
    NoPath,
    /// An empty, `.` or `..` segment, a trailing slash, or a character outside `[a-zA-Z0-9.-_]`.
    #[error("a path segment is empty, `.`, `..` or has a character outside [a-zA-Z0-9.-_]")]
    Path,
}

/// The authority that vouches for an identity: `acme.example`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrustDomain(String);

impl TrustDomain {
    /// Reads a bare trust domain name.
    ///
    /// # Errors
    /// [`SpiffeError::TrustDomain`] or [`SpiffeError::TooLong`].
    pub fn parse(text: &str) -> Result<Self, SpiffeError> {
        if text.len() > TRUST_DOMAIN_BYTES_MAX {
            return Err(SpiffeError::TooLong);
        }
        let valid = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
        };
        if text.is_empty() || !text.bytes().all(valid) {
            return Err(SpiffeError::TrustDomain);
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The identity of a workload: `spiffe://acme.example/agent/support/7`. It always has a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpiffeId {
    text: String,
    trust_domain: TrustDomain,
}

impl SpiffeId {
    /// Reads a SPIFFE ID. Nothing is normalised: an ID has one spelling.
    ///
    /// # Errors
    /// [`SpiffeError`] for every deviation from the SPIFFE-ID specification, section 2.
    pub fn parse(text: &str) -> Result<Self, SpiffeError> {
        if text.len() > SPIFFE_ID_BYTES_MAX {
            return Err(SpiffeError::TooLong);
        }
        let rest = text.strip_prefix(SCHEME).ok_or(SpiffeError::Scheme)?;
        let (domain, path) = match rest.split_once('/') {
            Some((domain, path)) => (domain, Some(path)),
            None => (rest, None),
        };
        let trust_domain = TrustDomain::parse(domain)?;
        let path = path.ok_or(SpiffeError::NoPath)?;
        if !path.split('/').all(valid_segment) {
            return Err(SpiffeError::Path);
        }
        Ok(Self { text: text.to_owned(), trust_domain })
    }

    /// The whole ID.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The trust domain.
    #[must_use]
    pub fn trust_domain(&self) -> &TrustDomain {
        &self.trust_domain
    }

    /// The path, with its leading slash.
    #[must_use]
    pub fn path(&self) -> &str {
        let domain_end = SCHEME.len().saturating_add(self.trust_domain.0.len());
        self.text.get(domain_end..).unwrap_or("")
    }
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn valid_segment(segment: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(valid)
}

#[cfg(test)]
mod tests;
