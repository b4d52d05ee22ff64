//! The log's key: the private half signs, the public half is a verifier key of C2SP signed notes.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::hash::Hash;

/// The most bytes that an origin may have.
pub const ORIGIN_BYTES_MAX: usize = 200;

/// The algorithm byte of Ed25519 in C2SP signed notes.
const ED25519: u8 = 1;

/// Why a key or its name is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The origin is not a name that a signed note can carry.
    #[error("an origin has 1 to {ORIGIN_BYTES_MAX} visible ASCII characters and no `+`")]
    Origin,
    /// The text is not `<origin>+<key id>+<base64>`.
    #[error("not a verifier key of the form `<origin>+<key id>+<base64>`")]
    Malformed,
    /// The key id does not belong to the origin and the key.
    #[error("the key id does not belong to this origin and key")]
    KeyId,
    /// The point is not on the curve, or of small order.
    #[error("not a sound Ed25519 public key")]
    Weak,
    /// The text is not an Ed25519 private key in PKCS#8 PEM.
    #[error("not an Ed25519 private key in PKCS#8 PEM")]
    PrivateKey,
}

fn check_origin(origin: &str) -> Result<(), KeyError> {
    let visible = origin.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'+');
    if origin.is_empty() || origin.len() > ORIGIN_BYTES_MAX || !visible {
        Err(KeyError::Origin)
    } else {
        Ok(())
    }
}

/// The private key of one log, with the log's name.
///
/// The bytes are wiped when it is dropped, and `Debug` shows only the public half.
pub struct Signer {
    key: SigningKey,
    public: LogKey,
}

impl Signer {
    /// The signer of the log `origin` whose key grows from `seed`.
    ///
    /// # Errors
    /// [`KeyError::Origin`] when a signed note cannot carry the name.
    pub fn from_seed(origin: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        check_origin(origin)?;
        let key = SigningKey::from_bytes(seed);
        let public = LogKey { origin: origin.to_owned(), key: key.verifying_key() };
        Ok(Self { key, public })
    }

    /// The signer of the log `origin` whose key is a PKCS#8 PEM text.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] or [`KeyError::Origin`].
    pub fn from_pem(origin: &str, pem: &str) -> Result<Self, KeyError> {
        let key = SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::PrivateKey)?;
        Self::from_seed(origin, &Zeroizing::new(key.to_bytes()))
    }

    /// The private key as PKCS#8 PEM, in version 1 of the format, which OpenSSL 3.0 reads too.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] when the encoder refuses, which it has no cause to.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, KeyError> {
        let pair = KeypairBytes { secret_key: self.key.to_bytes(), public_key: None };
        pair.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::PrivateKey)
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.public.origin
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &LogKey {
        &self.public
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        ed25519_dalek::Signer::sign(&self.key, message).to_bytes()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("public", &self.public).finish_non_exhaustive()
    }
}

/// The public key of one log, with the log's name. Written as `<origin>+<key id>+<base64>`.
#[derive(Clone, PartialEq, Eq)]
pub struct LogKey {
    origin: String,
    key: VerifyingKey,
}

impl LogKey {
    /// Reads a verifier key. One line feed at the end is forgiven, as text files have it.
    ///
    /// # Errors
    /// [`KeyError`] when the text is malformed or the key is not sound.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        // The base64 part may itself contain `+`; neither the origin nor the key id can.
        let mut parts = text.splitn(3, '+');
        let (Some(origin), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(KeyError::Malformed);
        };
        check_origin(origin)?;
        let bytes = STANDARD.decode(key).map_err(|_| KeyError::Malformed)?;
        let Some((&ED25519, point)) = bytes.split_first() else { return Err(KeyError::Malformed) };
        let point = <&[u8; 32]>::try_from(point).map_err(|_| KeyError::Malformed)?;
        let key = VerifyingKey::from_bytes(point).map_err(|_| KeyError::Weak)?;
        if key.is_weak() {
            return Err(KeyError::Weak);
        }
        let parsed = Self { origin: origin.to_owned(), key };
        if parsed.id_text() == id { Ok(parsed) } else { Err(KeyError::KeyId) }
    }

    /// The log's name.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The four bytes that name the key in a signature line.
    pub(crate) fn id(&self) -> [u8; 4] {
        let Hash([a, b, c, d, ..]) =
            Hash::of(&[self.origin.as_bytes(), b"\n", &[ED25519], self.key.as_bytes().as_slice()]);
        [a, b, c, d]
    }

    fn id_text(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.id()))
    }

    /// Whether `signature` is this key's over `message`: canonical `S`, no small-order point, no cofactor.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.key.verify_strict(message, &Signature::from_bytes(signature)).is_ok()
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = [ED25519; 33];
        bytes.iter_mut().skip(1).zip(self.key.as_bytes()).for_each(|(to, from)| *to = *from);
        write!(f, "{}+{}+{}", self.origin, self.id_text(), STANDARD.encode(bytes))
    }
}

impl fmt::Debug for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
