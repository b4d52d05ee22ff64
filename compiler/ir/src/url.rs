//! URLs and their parts, parsed as clients do (WHATWG URL Standard), and rejected where clients disagree.

use std::fmt;
use std::str::FromStr;

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::file_path::FilePath;
use crate::ip::Ip;

/// The most bytes of a URL.
pub const URL_BYTES_MAX: usize = 8_192;

/// An absolute URL with a host.
///
/// The text is normalised as the standard says: scheme and host in lower case, names beyond ASCII as punycode, IPv4
/// addresses in any spelling as four decimal numbers, the scheme's own port left out, `.` and `..` segments resolved.
/// Beyond the standard, one `.` at the end of the host is dropped, for `acme.example.` is the same host, and so is the
/// fragment, which is never sent.
///
/// Refused is what parsers are known to read in two ways: white space, control characters and backslashes anywhere,
/// user names and passwords, percent signs in the authority, and anything but two slashes in front of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Url {
    text: Box<str>,
    scheme: Box<str>,
    host: Box<str>,
    port: Option<u16>,
    path: Box<str>,
    query: Option<Box<str>>,
}

/// Text that is no URL a rule may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not `https://acme.example/orders`.
    #[error("not an absolute URL with a host, such as `https://acme.example/orders`")]
    Malformed,
    /// White space, a control character or a backslash.
    #[error("the URL holds white space, a control character or a backslash")]
    Character,
    /// `user:password@`
    #[error("the URL holds a user name or a password")]
    Credentials,
    /// A host that is neither a name nor an IP address, or is written with percent signs.
    #[error("the URL's host is neither a plain name nor an IP address")]
    Host,
    /// It has more than [`URL_BYTES_MAX`] bytes.
    #[error("the URL has more than {URL_BYTES_MAX} bytes")]
    TooLong,
}

impl Url {
    /// The whole URL in its normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The scheme in lower case, without `:`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The host: a name in lower case, an IPv4 address, or an IPv6 address in brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host as an address, if it is one.
    #[must_use]
    pub fn ip(&self) -> Option<Ip> {
        self.host.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }

    /// The port, the scheme's own if none is written; `None` if neither is known.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The path as it is sent, percent signs and all; empty or from its first `/` on.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path that a server sees after decoding, in its normal form. `None` where servers disagree: an encoded slash,
    /// backslash or percent sign, a percent sign that encodes nothing, a control character, text that is not UTF-8, or `..`
    /// beyond the root after decoding.
    #[must_use]
    pub fn decoded_path(&self) -> Option<FilePath> {
        let decoded = percent_decode_str(&self.path).decode_utf8().ok()?;
        let slashes = |text: &str| text.matches('/').count();
        // The path as it is sent has no backslash, and a percent sign is left where it encodes nothing.
        if decoded.contains(['%', '\\']) || slashes(&decoded) != slashes(&self.path) {
            return None;
        }
        if decoded.is_empty() { "/".parse().ok() } else { decoded.parse().ok() }
    }

    /// What follows `?`, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }
}

/// Whether a host is a domain or lies in it, by whole labels and without regard to case. An IP address lies only in
/// itself, and nothing lies in an empty domain or one with an empty label; one `.` at the end of either is ignored.
#[must_use]
pub fn host_within(host: &str, domain: &str) -> bool {
    let plain = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let (host, domain) = (plain(host), plain(domain));
    if host == domain {
        return !host.is_empty();
    }
    let is_ip = host.starts_with('[') || host.parse::<Ip>().is_ok();
    let labelled = domain.split('.').all(|label| !label.is_empty());
    !is_ip && labelled && host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
}

impl FromStr for Url {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlError::TooLong);
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(UrlError::Character);
        }
        let (written, behind) = text.split_once("://").ok_or(UrlError::Malformed)?;
        let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
        match authority {
            "" => return Err(UrlError::Malformed),
            _ if authority.contains('@') => return Err(UrlError::Credentials),
            _ if authority.contains('%') => return Err(UrlError::Host),
            _ => {}
        }
        let parsed = ::url::Url::parse(text).map_err(|_| UrlError::Malformed)?;
        if !written.eq_ignore_ascii_case(parsed.scheme()) {
            return Err(UrlError::Malformed);
        }
        let host = host(parsed.host().ok_or(UrlError::Malformed)?)?;
        let (scheme, path, query) = (parsed.scheme(), parsed.path(), parsed.query());
        let port = parsed.port().map_or_else(String::new, |port| format!(":{port}"));
        let asked = query.map_or_else(String::new, |query| format!("?{query}"));
        Ok(Self {
            text: format!("{scheme}://{host}{port}{path}{asked}").into(),
            scheme: scheme.into(),
            host: host.into(),
            port: parsed.port_or_known_default(),
            path: path.into(),
            query: query.map(Into::into),
        })
    }
}

/// The host's text. Schemes that the standard does not know leave hosts as they are written, so names are checked here.
fn host(host: ::url::Host<&str>) -> Result<String, UrlError> {
    let name = match host {
        ::url::Host::Domain(name) => name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase(),
        ::url::Host::Ipv4(address) => return Ok(address.to_string()),
        ::url::Host::Ipv6(address) => {
            return Ok(address.to_ipv4_mapped().map_or_else(|| format!("[{address}]"), |v4| v4.to_string()));
        }
    };
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let number = last.starts_with("0x") || last.bytes().all(|b| b.is_ascii_digit());
    // A name that ends in a number is an address to some; only the four decimal numbers are one to all.
    let plain = name.split('.').all(label) && (!number || name.parse::<std::net::Ipv4Addr>().is_ok());
    if plain { Ok(name) } else { Err(UrlError::Host) }
}

impl TryFrom<String> for Url {
    type Error = UrlError;

    fn try_from(text: String) -> Result<Self, UrlError> {
        text.parse()
    }
}

impl From<Url> for String {
    fn from(url: Url) -> Self {
        url.text.into()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests;
