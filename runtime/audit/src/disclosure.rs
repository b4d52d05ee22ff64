//! Disclosures, which open the commitments of a record (RFC 9901, section 4.2).
//!
//! They are kept beside the log, never in it. Destroying one destroys its value, and the log stays verifiable.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::commitment::Commitment;
use crate::hash::Hash;
use crate::record::Decision;

/// The most characters that a disclosure may have: 64 KiB.
pub const DISCLOSURE_BYTES_MAX: usize = 64 * 1024;

/// The bytes of a salt, which are random and never used twice: 128 bits.
pub type Salt = [u8; 16];

/// The fewest characters of a salt that is read: as many as 128 bits have in base64url. Other writers make them otherwise.
const SALT_TEXT_BYTES_MIN: usize = 22;

/// What opens one commitment: a salt, the name of the argument or claim, and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disclosure {
    text: String,
    name: String,
    value: Value,
}

/// Why a text is no disclosure, or does not open a commitment of a decision.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisclosureError {
    /// It is longer than [`DISCLOSURE_BYTES_MAX`].
    #[error("the disclosure has {bytes} bytes, more than {DISCLOSURE_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// It is not the base64url, without padding, of a JSON array of a long enough salt, a name and a value.
    #[error("not the base64url of a JSON array of a salt, a name and a value")]
    Malformed,
    /// The decision has no argument or claim of this name.
    #[error("the decision has no argument and no claim `{name}`")]
    Unknown {
        /// The name.
        name: String,
    },
    /// The decision commits to something else under this name.
    #[error("the decision commits to something else under the name `{name}`")]
    Differs {
        /// The name.
        name: String,
    },
}

impl Disclosure {
    /// The disclosure of `value` under `name`. The salt must be random and new.
    ///
    /// # Errors
    /// [`DisclosureError::TooLarge`]; [`DisclosureError::Malformed`] when the value cannot be written as JSON.
    pub fn new(salt: &Salt, name: &str, value: Value) -> Result<Self, DisclosureError> {
        let array = serde_json::to_vec(&(URL_SAFE_NO_PAD.encode(salt), name, &value));
        let text = URL_SAFE_NO_PAD.encode(array.map_err(|_| DisclosureError::Malformed)?);
        check_length(&text)?;
        Ok(Self { text, name: name.to_owned(), value })
    }

    /// Reads a disclosure. Other writers may have spaced or escaped the array otherwise; the commitment is over their
    /// very text.
    ///
    /// # Errors
    /// [`DisclosureError::TooLarge`] or [`DisclosureError::Malformed`].
    pub fn parse(text: &str) -> Result<Self, DisclosureError> {
        check_length(text)?;
        let malformed = || DisclosureError::Malformed;
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
        let (salt, name, value): (String, String, Value) =
            serde_json::from_slice(&json).map_err(|_| malformed())?;
        if salt.len() < SALT_TEXT_BYTES_MIN {
            return Err(malformed());
        }
        Ok(Self { text: text.to_owned(), name, value })
    }

    /// The name of the argument or claim.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value. Permit writes the canonical text of the value as the policy reads it.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// The disclosure as it is kept and handed out.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The disclosure as it is kept and handed out.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    /// What a record holds of it.
    #[must_use]
    pub fn commitment(&self) -> Commitment {
        Commitment(Hash::of(&[self.text.as_bytes()]).0)
    }

    /// Checks that this opens an argument or a claim of `decision`.
    ///
    /// # Errors
    /// [`DisclosureError::Unknown`] or [`DisclosureError::Differs`].
    pub fn check(&self, decision: &Decision) -> Result<(), DisclosureError> {
        let name = self.name.clone();
        match decision.arguments.get(&name).or_else(|| decision.claims.get(&name)) {
            None => Err(DisclosureError::Unknown { name }),
            Some(commitment) if *commitment != self.commitment() => Err(DisclosureError::Differs { name }),
            Some(_) => Ok(()),
        }
    }
}

fn check_length(text: &str) -> Result<(), DisclosureError> {
    let bytes = text.len();
    if bytes > DISCLOSURE_BYTES_MAX { Err(DisclosureError::TooLarge { bytes }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
