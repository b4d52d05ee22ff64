//! The server's own address, and RFC 3986 normalization for comparing the `htu` of a proof with it.
//!
//! The address is configured. What a client writes into `Host`, `Forwarded` or an absolute request target is never
//! part of a comparison. `fluent-uri` parses and normalizes; this module only rejects what no `htu` and no base URL may be.

use std::fmt;

use fluent_uri::Uri;
use fluent_uri::component::{Authority, Host};

/// The longest URI that is accepted, in bytes.
pub const URI_BYTES_MAX: usize = 2048;
const SCHEME: &str = "https://";

/// Why a text is not a usable https URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Longer than [`URI_BYTES_MAX`].
    #[error("the URI is too long")]
    TooLong,
    /// Not an absolute `https` URI.
    #[error("the URI is not an absolute https URI")]
    Scheme,
    /// User info, an empty host, a character that no host has, or a port that is not a number.
    #[error("the URI's authority is not a plain host with an optional port")]
    Authority,
    /// A query or a fragment, which neither an `htu` nor an issuer has.
    #[error("the URI has a query or a fragment")]
    QueryOrFragment,
    /// A character that a path cannot have, or an incomplete percent-encoding.
    #[error("the URI's path has an invalid character or percent-encoding")]
    Path,
}

/// A normalized https URI without query and fragment. Equality is equality after RFC 3986, sections 6.2.2 and 6.2.3.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetUri(String);

impl TargetUri {
    /// Normalizes the `htu` claim of a proof.
    ///
    /// # Errors
    /// [`UriError`]; a query or a fragment is rejected, because RFC 9449, section 4.2 defines `htu` without them.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let uri = parse(text)?.normalize();
        let root = if uri.path().is_empty() { "/" } else { "" };
        Ok(Self(format!("{uri}{root}")))
    }

    /// The normalized text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TargetUri {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The public base address of this server: `https://permit.acme.example`, with or without a path prefix. It is the
/// issuer and the audience of every token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Uri<String>);

impl BaseUrl {
    /// Reads the configured address. It must be in normal form, because issuers are compared byte by byte.
    ///
    /// # Errors
    /// [`UriError`]; [`UriError::Path`] also for a trailing slash and for a path that normalization would change, and
    /// [`UriError::Authority`] for anything else that it would change.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let uri = parse(text)?;
        let normal = uri.normalize();
        if uri.path().as_str().ends_with('/') || uri.path().as_str() != normal.path().as_str() {
            return Err(UriError::Path);
        }
        if normal.as_str() != text {
            return Err(UriError::Authority);
        }
        Ok(Self(normal))
    }

    /// The configured text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host: a name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let host = self.0.authority().map_or("", |authority| authority.host());
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
    }

    /// The address of `path`, the path of the matched route with its leading slash. Dot segments in it do not lead
    /// out of the base's own path.
    ///
    /// # Errors
    /// [`UriError`]; [`UriError::Path`] for a path without a leading slash.
    pub fn target(&self, path: &str) -> Result<TargetUri, UriError> {
        if !path.starts_with('/') {
            return Err(UriError::Path);
        }
        let base = self.as_str();
        let origin = base.strip_suffix(self.0.path().as_str()).unwrap_or(base);
        let below_origin = parse(&format!("{origin}{path}"))?.normalize();
        TargetUri::parse(&format!("{base}{}", below_origin.path()))
    }
}

fn parse(text: &str) -> Result<Uri<&str>, UriError> {
    if text.len() > URI_BYTES_MAX {
        return Err(UriError::TooLong);
    }
    let (scheme, rest) = text.split_at_checked(SCHEME.len()).ok_or(UriError::Scheme)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(UriError::Scheme);
    }
    if rest.contains(['?', '#']) {
        return Err(UriError::QueryOrFragment);
    }
    let uri = Uri::parse(text).map_err(|error| match rest.find('/') {
        Some(path) if error.index() > SCHEME.len().saturating_add(path) => UriError::Path,
        _ => UriError::Authority,
    })?;
    if !uri.authority().is_some_and(is_plain) {
        return Err(UriError::Authority);
    }
    Ok(uri)
}

/// Whether it is a host name or an IP address, with a valid port or none.
fn is_plain(authority: Authority<'_>) -> bool {
    let is_host = match authority.host_parsed() {
        Host::Ipv4 { .. } | Host::Ipv6 { .. } => true,
        Host::RegName(name) => {
            let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            !name.is_empty() && name.as_str().bytes().all(is_valid)
        }
        _ => false,
    };
    is_host && !authority.has_userinfo() && authority.port_to_u16().is_ok()
}

#[cfg(test)]
mod tests;
