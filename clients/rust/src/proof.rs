//! DPoP proofs (RFC 9449): each request shows that its sender holds the key the token is bound to.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::error::ClientError;

/// A P-256 key that signs proofs with ES256. It never leaves the process.
pub struct ProofKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl std::fmt::Debug for ProofKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProofKey").finish_non_exhaustive()
    }
}

impl ProofKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, ClientError> {
        let unusable = |_| ClientError::Setup("the system's randomness");
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(unusable)?;
        Ok(Self { pair, random: SystemRandom::new() })
    }

    /// A proof for one request, made now (RFC 9449, section 4.2). `token` is the access token it goes with, if any.
    ///
    /// # Errors
    /// When the key cannot sign.
    pub fn proof(&self, method: &str, uri: &str, token: Option<&str>) -> Result<String, ClientError> {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (x, y) = self.coordinates()?;
        let header = json!({
            "alg": "ES256", "typ": "dpop+jwt",
            "jwk": { "crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y) },
        });
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let iat = since_epoch.map_err(|_| ClientError::Setup("the system's clock"))?.as_secs();
        let mut jti = [0; 16];
        getrandom::fill(&mut jti).map_err(|_| ClientError::Setup("the system's randomness"))?;
        let mut claims = json!({ "htm": method, "htu": uri, "iat": iat, "jti": encode(&jti) });
        if let (Some(token), Some(claims)) = (token, claims.as_object_mut()) {
            claims.insert("ath".to_owned(), encode(&Sha256::digest(token)).into());
        }
        let signed =
            format!("{}.{}", encode(header.to_string().as_bytes()), encode(claims.to_string().as_bytes()));
        let signature = self.pair.sign(&self.random, signed.as_bytes());
        let signature = signature.map_err(|_| ClientError::Setup("the proof key"))?;
        Ok(format!("{signed}.{}", encode(signature.as_ref())))
    }

    /// The affine coordinates behind the uncompressed point's leading `0x04`.
    fn coordinates(&self) -> Result<(&[u8], &[u8]), ClientError> {
        let point = self.pair.public_key().as_ref().split_first();
        let (_, coordinates) = point.ok_or(ClientError::Setup("the proof key"))?;
        coordinates.split_at_checked(32).ok_or(ClientError::Setup("the proof key"))
    }
}
