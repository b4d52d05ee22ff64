//! Keys and constants for the tests of this crate.

use serde_json::{Value, json};

use crate::jose::{Algorithm, PublicKey, SigningKey};

pub(crate) const NOW_MS: i64 = 1_795_000_000_000;
pub(crate) const BASE: &str = "https://permit.acme.example";

/// A client's proof key, which also signs what no client would.
pub(crate) struct ProofKey(SigningKey);

impl ProofKey {
    pub(crate) fn p256() -> Self {
        Self(SigningKey::generate(Algorithm::Es256).unwrap())
    }

    pub(crate) fn ed25519() -> Self {
        Self(SigningKey::generate(Algorithm::EdDsa).unwrap())
    }

    pub(crate) fn public(&self) -> PublicKey {
        self.0.public().clone()
    }

    pub(crate) fn jwk(&self) -> Value {
        self.0.public().to_jwk()
    }

    pub(crate) fn alg(&self) -> &'static str {
        self.0.public().algorithm().name()
    }

    pub(crate) fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": self.alg(), "jwk": self.jwk()})
    }

    /// Signs texts as they are, so that a test can write JSON that no serializer would.
    pub(crate) fn sign(&self, header: &str, payload: &str) -> String {
        self.0.sign_texts(header, payload).unwrap()
    }
}
