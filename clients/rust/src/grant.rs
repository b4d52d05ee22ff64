//! Task grants: what a task's issuer, such as an orchestrator, signs for an agent. No server is asked.

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::ask::ScopeClaim;
use crate::error::ClientError;

/// What an issuer grants: to whom, for which server, and from when to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskGrant {
    /// The issuer's name, as the server's configuration has it.
    pub issuer: String,
    /// The agent's SPIFFE ID.
    pub agent: String,
    /// The server's `public_url`.
    pub server: String,
    /// The scopes of the task.
    pub scopes: Vec<ScopeClaim>,
    /// From when, in whole seconds since the Unix epoch; the scopes' `expires after` counts from here.
    pub from_s: i64,
    /// Until when tokens may be got with it, in whole seconds since the Unix epoch.
    pub until_s: i64,
}

impl TaskGrant {
    /// Signs the grant with the issuer's Ed25519 key (PKCS #8 PEM): a compact JWS.
    ///
    /// # Errors
    /// When the key is not usable or the system gives no randomness.
    pub fn sign(&self, key_pem: &str) -> Result<String, ClientError> {
        let unusable = || ClientError::Setup("the issuer's key");
        let der = PrivatePkcs8KeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| unusable())?;
        let key = Ed25519KeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| unusable())?;
        let mut jti = [0; 16];
        getrandom::fill(&mut jti).map_err(|_| ClientError::Setup("the system's randomness"))?;
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let part = |value: Value| encode(value.to_string().as_bytes());
        let claims = json!({
            "iss": self.issuer, "sub": self.agent, "aud": self.server, "jti": encode(&jti),
            "iat": self.from_s, "exp": self.until_s, "authorization_details": self.scopes,
        });
        let signed =
            format!("{}.{}", part(json!({ "alg": "EdDSA", "typ": "permit-grant+jwt" })), part(claims));
        let signature = encode(key.sign(signed.as_bytes()).as_ref());
        Ok(format!("{signed}.{signature}"))
    }
}
