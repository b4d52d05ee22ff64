//! Hand-made tokens and proofs, each part of which can be wrong.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test cannot go on without its forgeries"
)]

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::DecodePrivateKey as _;
use ed25519_dalek::{Signer as _, SigningKey};
use permit_client::{Client, Identity, ProofKey, Reply};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::stage::{Stage, now_ms};

/// An agent that signs its proofs with an Ed25519 key it can show.
#[derive(Debug)]
pub struct Forger {
    /// The connection.
    pub client: Client,
    /// The key of its proofs.
    pub key: SigningKey,
}

/// Base64url without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs a JWT with an Ed25519 key, whatever its header says.
#[must_use]
pub fn jwt(header: &Value, claims: &Value, key: &SigningKey) -> String {
    let encode = |value: &Value| base64url(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(header), encode(claims));
    let signature = base64url(&key.sign(signed.as_bytes()).to_bytes());
    format!("{signed}.{signature}")
}

/// Takes a JWT apart: its header and its claims.
#[must_use]
pub fn parts(jwt: &str) -> (Value, Value) {
    let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut next = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (next(), next())
}

/// The key with which the stage's server signs its tokens.
#[must_use]
pub fn token_key(stage: &Stage) -> SigningKey {
    let pem = std::fs::read_to_string(&stage.config.paths.token_key).unwrap();
    SigningKey::from_pkcs8_pem(&pem).unwrap()
}

/// The RFC 8705 thumbprint of the certificate in `folder`.
#[must_use]
pub fn certificate_thumbprint(folder: &Path) -> String {
    base64url(&Sha256::digest(CertificateDer::from_pem_file(folder.join("cert.pem")).unwrap()))
}

impl Forger {
    /// A forger with an agent's own certificate.
    #[must_use]
    pub fn new(stage: &Stage, spiffe_id: &str, seed: u8) -> Self {
        Self::with(stage, &stage.identity(spiffe_id), seed)
    }

    /// A forger with any identity.
    #[must_use]
    pub fn with(stage: &Stage, identity: &Identity, seed: u8) -> Self {
        let client = Client::new(&stage.url, identity, ProofKey::generate().unwrap()).unwrap();
        Self { client, key: SigningKey::from_bytes(&[seed; 32]) }
    }

    /// The public key as a JWK.
    #[must_use]
    pub fn jwk(&self) -> Value {
        json!({ "crv": "Ed25519", "kty": "OKP", "x": base64url(self.key.verifying_key().as_bytes()) })
    }

    /// The thumbprint of the public key (RFC 7638).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        base64url(&Sha256::digest(self.jwk().to_string()))
    }

    /// The header of a proof.
    #[must_use]
    pub fn header(&self) -> Value {
        json!({ "alg": "EdDSA", "typ": "dpop+jwt", "jwk": self.jwk() })
    }

    /// The claims of a good proof for a `POST` of `path` made now.
    #[must_use]
    pub fn claims(&self, path: &str, token: Option<&str>) -> Value {
        let mut random = [0; 16];
        getrandom::fill(&mut random).unwrap();
        let mut claims = json!({
            "htm": "POST", "htu": self.client.transport().uri(path), "iat": now_ms() / 1_000,
            "jti": base64url(&random),
        });
        if let (Some(token), Some(claims)) = (token, claims.as_object_mut()) {
            claims.insert("ath".to_owned(), base64url(&Sha256::digest(token)).into());
        }
        claims
    }

    /// A good proof for a `POST` of `path` made now.
    #[must_use]
    pub fn proof(&self, path: &str, token: Option<&str>) -> String {
        jwt(&self.header(), &self.claims(path, token), &self.key)
    }

    /// Asks for a token with these authorization details.
    pub async fn ask_token(&self, details: Option<&Value>) -> Reply {
        let mut form = "grant_type=client_credentials".to_owned();
        if let Some(details) = details {
            form.push_str("&authorization_details=");
            form.extend(details.to_string().bytes().map(|byte| format!("%{byte:02X}")));
        }
        let proof = [("dpop", self.proof("/v1/token", None))];
        let body = ("application/x-www-form-urlencoded", form.into_bytes());
        self.client.transport().send("POST", "/v1/token", &proof, Some(body)).await.unwrap()
    }

    /// Gets a token with these authorization details.
    pub async fn token(&self, details: &Value) -> String {
        let reply = self.ask_token(Some(details)).await;
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        body.get("access_token").and_then(Value::as_str).unwrap().to_owned()
    }

    /// Posts JSON to `path` with the token and a good proof.
    pub async fn post(&self, path: &str, token: &str, body: &[u8]) -> Reply {
        let headers = [("authorization", format!("DPoP {token}")), ("dpop", self.proof(path, Some(token)))];
        self.send(path, &headers, body).await
    }

    /// Posts JSON to `path` with any headers.
    pub async fn send(&self, path: &str, headers: &[(&'static str, String)], body: &[u8]) -> Reply {
        let body = Some(("application/json", body.to_vec()));
        self.client.transport().send("POST", path, headers, body).await.unwrap()
    }
}
