//! The server's token-signing key.

use permit_protocol::jose::{Algorithm, PublicKey, SigningError, SigningKey};

/// An Ed25519 key pair that signs access tokens.
#[derive(Debug)]
pub(crate) struct TokenKey(SigningKey);

impl TokenKey {
    /// Reads a PKCS #8 PEM file's text.
    ///
    /// # Errors
    /// [`SigningError::Pem`], or [`SigningError::Kind`] when it is not an Ed25519 key.
    pub(crate) fn from_pem(pem: &str) -> Result<Self, SigningError> {
        let key = SigningKey::from_pem(pem)?;
        if key.public().algorithm() == Algorithm::EdDsa { Ok(Self(key)) } else { Err(SigningError::Kind) }
    }

    /// The public half.
    #[must_use]
    pub(crate) fn public_key(&self) -> &PublicKey {
        self.0.public()
    }

    pub(super) fn signing(&self) -> &SigningKey {
        &self.0
    }
}
