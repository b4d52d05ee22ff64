//! The server's token-signing key.

use crate::jose::PublicKey;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use std::fmt;

/// Why a text is not a token key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenKeyError {
    /// Not a PEM file with a PKCS #8 private key.
    #[error("not a PEM file with a PKCS #8 private key")]
    Pem,
    /// Not an Ed25519 key.
    #[error("not an Ed25519 private key")]
    Kind,
}

/// An Ed25519 key pair that signs access tokens.
pub struct TokenKey {
    pair: Ed25519KeyPair,
    public: PublicKey,
}

impl TokenKey {
    /// Reads a PKCS #8 PEM file's text.
    ///
    /// # Errors
    /// [`TokenKeyError`].
    pub fn from_pem(pem: &str) -> Result<Self, TokenKeyError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| TokenKeyError::Pem)?;
        let pair = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| TokenKeyError::Kind)?;
        let x = pair.public_key().as_ref().try_into().map_err(|_| TokenKeyError::Kind)?;
        let public = PublicKey::ed25519(x).map_err(|_| TokenKeyError::Kind)?;
        Ok(Self { pair, public })
    }

    /// The public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    pub(super) fn signing(&self) -> &Ed25519KeyPair {
        &self.pair
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TokenKey").field("public", &self.public).finish_non_exhaustive()
    }
}
