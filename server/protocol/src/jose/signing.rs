//! Keys that sign compact JWS (RFC 7515).

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Map, Value};

use super::{Algorithm, PublicKey, base64url};

/// Why there is no key, or no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// Not a PEM file with a PKCS #8 private key.
    #[error("not a PEM file with a PKCS #8 private key")]
    Pem,
    /// Neither an Ed25519 nor a P-256 key.
    #[error("neither an Ed25519 nor a P-256 private key")]
    Kind,
    /// The operating system's random generator failed.
    #[error("the operating system's random generator failed")]
    Randomness,
}

/// A private key with its public half. It never leaves the process.
pub struct SigningKey {
    pair: Pair,
    public: PublicKey,
}

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// A fresh key.
    ///
    /// # Errors
    /// [`SigningError::Randomness`].
    pub fn generate(algorithm: Algorithm) -> Result<Self, SigningError> {
        let failed = |_| SigningError::Randomness;
        Self::of(match algorithm {
            Algorithm::Es256 => {
                Pair::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(failed)?)
            }
            Algorithm::EdDsa => Pair::Ed25519(Ed25519KeyPair::generate().map_err(failed)?),
        })
    }

    /// Reads an Ed25519 or P-256 key from the text of a PKCS #8 PEM file.
    ///
    /// # Errors
    /// [`SigningError::Pem`] or [`SigningError::Kind`].
    pub fn from_pem(pem: &str) -> Result<Self, SigningError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| SigningError::Pem)?;
        let der = der.secret_pkcs8_der();
        Self::of(match Ed25519KeyPair::from_pkcs8(der) {
            Ok(pair) => Pair::Ed25519(pair),
            Err(_) => Pair::P256(
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der)
                    .map_err(|_| SigningError::Kind)?,
            ),
        })
    }

    fn of(pair: Pair) -> Result<Self, SigningError> {
        let public = match &pair {
            Pair::P256(pair) => {
                // The uncompressed point: 0x04, x, y.
                let coordinates = pair.public_key().as_ref().split_first().map(|(_, rest)| rest);
                let (x, y) = coordinates.and_then(|c| c.split_at_checked(32)).ok_or(SigningError::Kind)?;
                let [x, y] = [x, y].map(|half| half.try_into().map_err(|_| SigningError::Kind));
                PublicKey::P256 { x: x?, y: y? }
            }
            Pair::Ed25519(pair) => {
                let x = pair.public_key().as_ref().try_into().map_err(|_| SigningError::Kind)?;
                PublicKey::ed25519(x).map_err(|_| SigningError::Kind)?
            }
        };
        Ok(Self { pair, public })
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Signs `claims` under the header `{"alg", "typ"}`.
    ///
    /// # Errors
    /// [`SigningError::Randomness`].
    pub fn sign(&self, typ: &str, claims: &Map<String, Value>) -> Result<String, SigningError> {
        let header = serde_json::json!({"alg": self.public.algorithm().name(), "typ": typ});
        self.sign_texts(&header.to_string(), &Value::Object(claims.clone()).to_string())
    }

    /// Signs `claims` under the header `{"alg", "jwk", "typ"}`, which carries the public key.
    ///
    /// # Errors
    /// [`SigningError::Randomness`].
    pub fn sign_with_jwk(&self, typ: &str, claims: &Map<String, Value>) -> Result<String, SigningError> {
        let header = serde_json::json!({
            "alg": self.public.algorithm().name(), "jwk": self.public.to_jwk(), "typ": typ,
        });
        self.sign_texts(&header.to_string(), &Value::Object(claims.clone()).to_string())
    }

    /// Signs a header and a payload as they are: what no serializer would write, for those who try what a verifier takes.
    ///
    /// # Errors
    /// [`SigningError::Randomness`].
    pub fn sign_texts(&self, header: &str, payload: &str) -> Result<String, SigningError> {
        let input = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
        let signature = match &self.pair {
            Pair::P256(pair) => {
                let signed = pair.sign(&SystemRandom::new(), input.as_bytes());
                base64url(signed.map_err(|_| SigningError::Randomness)?.as_ref())
            }
            Pair::Ed25519(pair) => base64url(pair.sign(input.as_bytes()).as_ref()),
        };
        Ok(format!("{input}.{signature}"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey").field("public", &self.public).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::CompactJws;

    #[test]
    fn what_a_key_signs_its_public_half_verifies_and_no_other() {
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let [key, other] = [(), ()].map(|()| SigningKey::generate(algorithm).unwrap());
            let claims = Map::from_iter([("a".to_owned(), Value::from(1))]);
            let text = key.sign("x+jwt", &claims).unwrap();
            let jws = CompactJws::parse(&text, 4_096, &["alg", "typ"]).unwrap();
            assert_eq!(jws.claims(), &claims);
            assert_eq!(jws.verify(key.public()), Ok(()));
            assert!(jws.verify(other.public()).is_err());
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let text = |pem: &str| SigningKey::from_pem(pem).err();
        assert_eq!(text("no PEM"), Some(SigningError::Pem));
        let rsa_like = "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n";
        assert_eq!(text(rsa_like), Some(SigningError::Kind));
    }
}
