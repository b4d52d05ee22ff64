//! The server's own address, and RFC 3986 normalisation for comparing the `htu` of a proof with it.
//!
//! The address is configured. What a client writes into `Host`, `Forwarded` or an absolute request target is never
//! part of a comparison.

use std::fmt;
use std::fmt::Write as _;

/// The longest URI that is looked at.
pub const URI_BYTES_MAX: usize = 2048;
const HTTPS_PORT: &str = "443";

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

/// A normalised https URI without query and fragment. Equality is equality after RFC 3986, sections 6.2.2 and 6.2.3.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TargetUri(String);

impl TargetUri {
    /// Normalises the `htu` claim of a proof.
    ///
    /// # Errors
    /// [`UriError`]; a query or a fragment is refused, because RFC 9449, section 4.2 defines `htu` without them.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let (origin, path) = split(text)?;
        Ok(Self(format!("{origin}{}", normalise_path(path)?)))
    }

    /// The normalised text.
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

/// The public base address of this server: `https://permit.acme.example`, with a path prefix or without. It is the
/// issuer and the audience of every token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

impl BaseUrl {
    /// Reads the configured address. It has to be written in its normal form, because issuers are compared byte by byte.
    ///
    /// # Errors
    /// [`UriError`]; [`UriError::Path`] also for a trailing slash and for what normalisation would change.
    pub fn parse(text: &str) -> Result<Self, UriError> {
        let (origin, path) = split(text)?;
        if path.ends_with('/') || (!path.is_empty() && normalise_path(path)? != path) {
            return Err(UriError::Path);
        }
        if format!("{origin}{path}") != text {
            return Err(UriError::Authority);
        }
        Ok(Self(text.to_owned()))
    }

    /// The configured text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The host: a name, or an address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        let rest = self.0.strip_prefix("https://").unwrap_or(&self.0);
        let authority = rest.split('/').next().unwrap_or(rest);
        match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => authority.split(':').next().unwrap_or(authority),
        }
    }

    /// The address of `path`, which is the path of the route that was matched, with its leading slash.
    ///
    /// # Errors
    /// [`UriError::Path`].
    pub fn target(&self, path: &str) -> Result<TargetUri, UriError> {
        TargetUri::parse(&format!("{}{}", self.0, normalise_path(path)?))
    }
}

/// Splits into the normalised origin and the raw path.
fn split(text: &str) -> Result<(String, &str), UriError> {
    if text.len() > URI_BYTES_MAX {
        return Err(UriError::TooLong);
    }
    let (scheme, rest) = text.split_once("://").ok_or(UriError::Scheme)?;
    if !scheme.eq_ignore_ascii_case("https") {
        return Err(UriError::Scheme);
    }
    if rest.contains(['?', '#']) {
        return Err(UriError::QueryOrFragment);
    }
    let path_start = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(path_start).ok_or(UriError::Authority)?;
    Ok((format!("https://{}", normalise_authority(authority)?), path))
}

fn normalise_authority(authority: &str) -> Result<String, UriError> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (address, after) = rest.split_once(']').ok_or(UriError::Authority)?;
            let address: std::net::Ipv6Addr = address.parse().map_err(|_| UriError::Authority)?;
            (format!("[{address}]"), after.strip_prefix(':').or(after.is_empty().then_some("")))
        }
        None => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, ""));
            let valid = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
            if host.is_empty() || !host.bytes().all(valid) {
                return Err(UriError::Authority);
            }
            (host.to_ascii_lowercase(), Some(port))
        }
    };
    match port {
        Some("" | HTTPS_PORT) => Ok(host),
        Some(port) if port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok() => {
            Ok(format!("{host}:{port}"))
        }
        _ => Err(UriError::Authority),
    }
}

/// Percent-encoding normalisation first, so that `%2e%2e` is a dot segment, then removal of dot segments.
fn normalise_path(path: &str) -> Result<String, UriError> {
    let mut decoded = String::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let mut digit =
                || bytes.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or(UriError::Path);
            let (high, low) = (digit()?, digit()?);
            let value =
                u8::try_from(high.saturating_mul(16).saturating_add(low)).map_err(|_| UriError::Path)?;
            if is_unreserved(value) {
                decoded.push(char::from(value));
            } else {
                write!(decoded, "%{value:02X}").map_err(|_| UriError::Path)?;
            }
        } else if is_unreserved(byte) || b"/!$&'()*+,;=:@".contains(&byte) {
            decoded.push(char::from(byte));
        } else {
            return Err(UriError::Path);
        }
    }
    Ok(remove_dot_segments(&decoded))
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// RFC 3986, section 5.2.4, for a path that is empty or begins with a slash.
fn remove_dot_segments(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let mut kept: Vec<&str> = Vec::with_capacity(segments.len());
    for segment in &segments {
        match *segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    if matches!(segments.last(), Some(&("." | ".."))) {
        kept.push("");
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests;
