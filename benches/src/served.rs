//! What the server does with a request, without network, TLS, token and proof.

use std::sync::Arc;

use permit_audit::{Proof, Signer};
use permit_engine::Engine;
use permit_journal::{Journal, MemoryStore, Options};
use permit_protocol::request::DecisionRequest;
use permit_service::{Call, Caller, Idempotency, Service};
use permit_test_support::agents::Query;
use permit_types::digest::Digest;

use crate::Failure;
use crate::permit::NOW_MS;

/// A request as it comes in: its body, and who sent it.
#[derive(Clone, Debug)]
pub struct Served {
    body: Vec<u8>,
    caller: Caller,
}

impl Served {
    /// The request of a query.
    #[must_use]
    pub fn new(query: &Query) -> Self {
        let body = query.body();
        let caller = Caller {
            spiffe_id: query.agent.clone(),
            proof: Some(Proof { jkt: "jkt".to_owned(), jti_digest: "jti".to_owned() }),
            body_digest: Some(Digest::of(&body)),
            trace_id: None,
        };
        Self { body, caller }
    }

    /// The call that the body makes.
    ///
    /// # Errors
    /// When the body is no request.
    pub fn call(&self) -> Result<Call<'_>, Failure> {
        let DecisionRequest { ask, idempotency_key } = DecisionRequest::parse(&self.body)?;
        let request = self.caller.body_digest.unwrap_or(Digest([0; 32]));
        let idempotency = idempotency_key.map(|key| Idempotency { key, request });
        Ok(Call { caller: self.caller.clone(), ask, scopes: Vec::new(), idempotency })
    }

    /// The same without the key for repeating it, so that each is decided anew.
    ///
    /// # Errors
    /// When the body is no request.
    pub fn anew(&self) -> Result<Call<'_>, Failure> {
        Ok(Call { idempotency: None, ..self.call()? })
    }
}

/// A service over an engine and a journal whose store is memory.
///
/// # Errors
/// When the journal does not open.
pub fn service(engine: Engine) -> Result<Service, Failure> {
    let policy = permit_service::policy(&engine);
    let signer = Signer::from_seed("bench.example/log", &[7; 32])?;
    let options = Options::new(Arc::new(|| NOW_MS));
    Ok(Service::new(engine, Journal::with_store(MemoryStore::new(), signer, policy, options)?))
}
