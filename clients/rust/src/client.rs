//! The calls of permitd's HTTP interface, each with a fresh proof.

use std::collections::BTreeMap;

use permit_protocol::authorization_details::{GrantedScope, request_details};
use permit_protocol::request::{ConfirmRequest, ReleaseRequest, VoteRequest};
use permit_types::review::{ReviewPage, ReviewView};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, read};
use crate::ask::{Ask, ScopeClaim};
use crate::error::ClientError;
use crate::identity::Identity;
use crate::proof::ProofKey;
use crate::transport::{Reply, Transport};

/// A request's body.
fn body(request: &impl Serialize) -> Result<Vec<u8>, ClientError> {
    serde_json::to_vec(request).map_err(|error| ClientError::Answer(error.to_string()))
}

/// An access token, bound to the agent's certificate and proof key.
#[derive(Clone, Deserialize)]
pub struct Token {
    access_token: String,
    /// How long the token is good, in seconds from its issue.
    pub expires_in: u64,
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Token").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

impl Token {
    /// The token's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.access_token
    }
}

/// An agent's connection to permitd.
#[derive(Debug)]
pub struct Client {
    transport: Transport,
    key: ProofKey,
}

impl Client {
    /// A client of the server at `base`, such as `https://localhost:8443`.
    ///
    /// # Errors
    /// When the address or the certificates are not usable.
    pub fn new(base: &str, identity: &Identity, key: ProofKey) -> Result<Self, ClientError> {
        Ok(Self { transport: Transport::new(base, identity)?, key })
    }

    /// The connection, for calls that this type does not make.
    #[must_use]
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The key that signs proofs.
    #[must_use]
    pub fn proof_key(&self) -> &ProofKey {
        &self.key
    }

    /// Gets a token that carries these scopes (RFC 6749 4.4, RFC 9396, RFC 9449 5).
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the server does not grant it.
    pub async fn token(&self, scopes: &[ScopeClaim]) -> Result<Token, ClientError> {
        self.token_with(scopes, &[]).await
    }

    /// Gets a token that carries the scopes that the agent asks for and those of grants that a task's issuer signed.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the server does not grant it.
    pub async fn token_with(&self, scopes: &[ScopeClaim], grants: &[String]) -> Result<Token, ClientError> {
        const PATH: &str = "/v1/token";
        let proof = self.key.proof("POST", &self.transport.uri(PATH), None)?;
        let scopes: Vec<GrantedScope> = scopes.iter().cloned().map(Into::into).collect();
        let details = request_details(&scopes, grants);
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if let Some(details) = details {
            form.append_pair("authorization_details", &details.to_string());
        }
        let form = form.finish();
        let body = ("application/x-www-form-urlencoded", form.into_bytes());
        read(&self.transport.send("POST", PATH, &[("dpop", proof)], Some(body)).await?)
    }

    /// Asks for a decision. A denial is an answer too: see its record's `outcome`.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the request never came to a decision of the policy.
    pub async fn decide(&self, token: &Token, ask: &Ask) -> Result<Answer, ClientError> {
        read(&self.post(token, "/v1/decisions", ask.body()?).await?)
    }

    /// Reports that a held action happened. `amounts` says by budget what it cost in the end, at most what is held; a
    /// budget that is not named is charged in full.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the hold is not open.
    pub async fn confirm(
        &self,
        token: &Token,
        decision_id: &str,
        amounts: BTreeMap<String, String>,
    ) -> Result<Answer, ClientError> {
        let path = format!("/v1/decisions/{decision_id}/confirm");
        read(&self.post(token, &path, body(&ConfirmRequest { amounts })?).await?)
    }

    /// Gives a hold back: the action did not happen.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the hold is not open.
    pub async fn release(
        &self,
        token: &Token,
        decision_id: &str,
        reason: &str,
    ) -> Result<Answer, ClientError> {
        let path = format!("/v1/decisions/{decision_id}/release");
        let reason = Some(reason.to_owned());
        read(&self.post(token, &path, body(&ReleaseRequest { reason })?).await?)
    }

    /// The reviews that wait for this person, a page at a time: `from` is where an earlier page says that it goes on, 0 at first.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the certificate is no person's.
    pub async fn reviews(&self, token: &Token, from: u64) -> Result<ReviewPage, ClientError> {
        const PATH: &str = "/v1/reviews";
        let headers = self.headers("GET", PATH, token)?;
        read(&self.transport.send("GET", &format!("{PATH}?from={from}"), &headers, None).await?)
    }

    /// One review that is this person's to decide.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when it is not, or is not there.
    pub async fn review(&self, token: &Token, id: &str) -> Result<ReviewView, ClientError> {
        let path = format!("/v1/reviews/{id}");
        let headers = self.headers("GET", &path, token)?;
        read(&self.transport.send("GET", &path, &headers, None).await?)
    }

    /// Approves a review as this person. The same request of the agent is then allowed once, if nothing else denies it.
    ///
    /// # Errors
    /// [`ClientError::Refused`] when the review has ended or is not this person's to decide.
    pub async fn approve(
        &self,
        token: &Token,
        id: &str,
        reason: Option<&str>,
    ) -> Result<Answer, ClientError> {
        self.vote(token, &format!("/v1/reviews/{id}/approve"), reason).await
    }

    /// Declines a review as this person, which ends it.
    ///
    /// # Errors
    /// As [`Self::approve`].
    pub async fn decline(
        &self,
        token: &Token,
        id: &str,
        reason: Option<&str>,
    ) -> Result<Answer, ClientError> {
        self.vote(token, &format!("/v1/reviews/{id}/decline"), reason).await
    }

    /// Posts a person's vote.
    async fn vote(&self, token: &Token, path: &str, reason: Option<&str>) -> Result<Answer, ClientError> {
        let reason = reason.map(str::to_owned);
        read(&self.post(token, path, body(&VoteRequest { reason })?).await?)
    }

    /// The headers of a request with the token and a fresh proof.
    fn headers(
        &self,
        method: &str,
        path: &str,
        token: &Token,
    ) -> Result<[(&'static str, String); 2], ClientError> {
        let proof = self.key.proof(method, &self.transport.uri(path), Some(token.text()))?;
        Ok([("authorization", format!("DPoP {}", token.text())), ("dpop", proof)])
    }

    /// Posts JSON with the token and a fresh proof.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post(&self, token: &Token, path: &str, body: Vec<u8>) -> Result<Reply, ClientError> {
        let proof = self.key.proof("POST", &self.transport.uri(path), Some(token.text()))?;
        self.post_with(token, &proof, path, body).await
    }

    /// Posts JSON with the token and a given proof.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn post_with(
        &self,
        token: &Token,
        proof: &str,
        path: &str,
        body: Vec<u8>,
    ) -> Result<Reply, ClientError> {
        let headers = [("authorization", format!("DPoP {}", token.text())), ("dpop", proof.to_owned())];
        self.transport.send("POST", path, &headers, Some(("application/json", body))).await
    }

    /// Gets something that needs a certificate but no token: the log, and the server's health.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn get(&self, path: &str) -> Result<Reply, ClientError> {
        self.transport.send("GET", path, &[], None).await
    }
}
