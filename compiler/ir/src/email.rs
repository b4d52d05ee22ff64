//! Email addresses: the plain `local@domain` of RFC 5321, without comments, quotes and address literals.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The most bytes of the part before `@` (RFC 5321, section 4.5.3.1.1).
const LOCAL_BYTES_MAX: usize = 64;
/// The most bytes of an address (RFC 5321, section 4.5.3.1.3, without the angle brackets).
const ADDRESS_BYTES_MAX: usize = 254;

/// An email address in lower case.
///
/// The standard lets a mail server tell `Bob@` from `bob@`; none of note does, and an author who forbids one address
/// means both. The domain is one of at least two labels, in ASCII: a name beyond it comes as punycode.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Email {
    text: Arc<str>,
    at: usize,
}

/// Text that is no email address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an email address such as `ann@acme.example`")]
pub struct EmailError;

impl Email {
    /// The whole address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        self.text.get(..self.at).unwrap_or_default()
    }

    /// The part behind `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.text.get(self.at + 1..).unwrap_or_default()
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let (local, domain) = text.split_once('@').ok_or(EmailError)?;
        let fits = text.len() <= ADDRESS_BYTES_MAX && local.len() <= LOCAL_BYTES_MAX;
        if !fits || !local.split('.').all(is_atom) || !is_domain(domain) {
            return Err(EmailError);
        }
        Ok(Self { text: text.to_ascii_lowercase().into(), at: local.len() })
    }
}

/// An `atom` of RFC 5322, section 3.2.3.
fn is_atom(atom: &str) -> bool {
    !atom.is_empty() && atom.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

/// A domain of at least two labels, the last of which is not a number, so that it is no IP address.
fn is_domain(domain: &str) -> bool {
    let label = |label: &str| {
        let ends = !label.starts_with('-') && !label.ends_with('-');
        ends && (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    let Some((_, last)) = domain.rsplit_once('.') else { return false };
    domain.split('.').all(label) && !last.bytes().all(|b| b.is_ascii_digit())
}

impl TryFrom<String> for Email {
    type Error = EmailError;

    fn try_from(text: String) -> Result<Self, EmailError> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.as_str().to_owned()
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart_in_lower_case() {
        let email: Email = "Ann.O'Neil+x@Mail.Acme.example".parse().unwrap();
        let parts = (email.as_str(), email.local(), email.domain());
        assert_eq!(parts, ("ann.o'neil+x@mail.acme.example", "ann.o'neil+x", "mail.acme.example"));
    }

    #[test]
    fn what_mail_servers_read_in_two_ways_is_refused() {
        let long = format!("{}@acme.example", "a".repeat(65));
        for text in [
            "",
            "ann",
            "@acme.example",
            "ann@",
            "ann@acme",
            "ann@acme@evil.example",
            "ann @acme.example",
            "\"a@b\"@acme.example",
            "ann(x)@acme.example",
            ".ann@acme.example",
            "a..b@acme.example",
            "ann@acme..example",
            "ann@acme.example.",
            "ann@-acme.example",
            "ann@10.0.0.1",
            "ann@[10.0.0.1]",
            "ann@acme.example\r\nbcc: x@y.example",
            "änn@acme.example",
            "Ann <ann@acme.example>",
            "a@b.example,c@d.example",
            &long,
        ] {
            assert_eq!(text.parse::<Email>(), Err(EmailError), "{text}");
        }
    }
}
