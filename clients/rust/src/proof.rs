//! The key of a client's DPoP proofs (RFC 9449): each request shows that its sender holds the key the token is bound to.

use std::time::{SystemTime, UNIX_EPOCH};

use permit_protocol::dpop::{ProofRequest, create_proof};
use permit_protocol::jose::{Algorithm, SigningKey};

use crate::error::ClientError;

/// A P-256 key that signs proofs with ES256. It never leaves the process.
#[derive(Debug)]
pub struct ProofKey(SigningKey);

impl ProofKey {
    /// A fresh key.
    ///
    /// # Errors
    /// When the operating system gives no randomness.
    pub fn generate() -> Result<Self, ClientError> {
        let key = SigningKey::generate(Algorithm::Es256);
        key.map(Self).map_err(|_| ClientError::Setup("the system's randomness"))
    }

    /// A proof for one request, made now (RFC 9449, section 4.2). `token` is the access token it goes with, if any.
    ///
    /// # Errors
    /// When the key cannot sign or the clock is before 1970.
    pub fn proof(&self, method: &str, uri: &str, token: Option<&str>) -> Result<String, ClientError> {
        let unusable = || ClientError::Setup("the system's clock");
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| unusable())?;
        let now_ms = i64::try_from(since_epoch.as_millis()).map_err(|_| unusable())?;
        let request = ProofRequest { method, uri, token, now_ms };
        create_proof(&self.0, &request).map_err(|_| ClientError::Setup("the system's randomness"))
    }
}
