//! One bundle over one snapshot of facts: everything a decision depends on but the request and the time.
//!
//! An engine is immutable. Reading a request and deciding it must go through the same engine, because entities are
//! numbers that mean something in its snapshot only.

use std::sync::Arc;

use permit_ir::bundle::VerifiedBundle;
use permit_ir::decision::{Decision, Grant, Request};
use permit_ir::facts::Facts;
use permit_ir::value::EntityRef;
use permit_ir::verify::VerifiedProgram;

use crate::decide::Decider;
use crate::evaluator::{Evaluator, Mode};
use crate::facts::FactsFile;
use crate::policy::Rules;
use crate::read::FieldError;
use crate::request::{self, Ask, ScopeClaim};

/// A loaded policy, ready to decide.
#[derive(Debug)]
pub struct Engine {
    program: VerifiedProgram,
    policy_digest: [u8; 32],
    facts: Arc<Facts>,
    facts_digest: [u8; 32],
    evaluator: Evaluator,
    rules: Rules,
}

impl Engine {
    /// An engine over a bundle and facts that were read against the bundle's program.
    #[must_use]
    pub fn new(bundle: VerifiedBundle, facts: FactsFile, mode: Mode) -> Self {
        let policy_digest = bundle.digest.0;
        let program = bundle.program;
        let evaluator = Evaluator::new(&program, mode);
        let rules = Rules::new(&program, &facts.facts);
        Self { policy_digest, facts: facts.facts, facts_digest: facts.digest, evaluator, rules, program }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &VerifiedProgram {
        &self.program
    }

    /// The snapshot of facts.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The bundle's digest.
    #[must_use]
    pub fn policy_digest(&self) -> [u8; 32] {
        self.policy_digest
    }

    /// The facts file's digest.
    #[must_use]
    pub fn facts_digest(&self) -> [u8; 32] {
        self.facts_digest
    }

    /// How conditions are evaluated; interpreted where native code could not be made.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.evaluator.mode()
    }

    /// The agent that a SPIFFE ID identifies.
    #[must_use]
    pub fn agent(&self, spiffe_id: &str) -> Option<EntityRef> {
        self.facts.agent(spiffe_id)
    }

    /// Reads what an agent asks. The request has no scopes yet.
    ///
    /// # Errors
    /// [`FieldError`] naming the first field that does not fit the policy's types.
    pub fn read_ask(&self, agent: EntityRef, ask: &Ask, now_ms: i64) -> Result<Request, FieldError> {
        request::read_ask(&self.program, &self.facts, agent, ask, now_ms)
    }

    /// Reads a scope that a token carries since `issued_ms`; `from_issuer` says whether a task's issuer granted it,
    /// rather than that the agent asked for it itself.
    ///
    /// # Errors
    /// [`FieldError`] naming the first field that does not fit the policy's types.
    pub fn read_scope(
        &self,
        claim: &ScopeClaim,
        issued_ms: i64,
        from_issuer: bool,
    ) -> Result<Grant, FieldError> {
        request::read_scope(&self.program, &self.facts, claim, issued_ms, from_issuer)
    }

    /// Decides: policy, what it would cost, and what the scopes say. Nothing is charged.
    #[must_use]
    pub fn decide(&self, request: &Request) -> Decision {
        let (program, facts) = (&self.program, &*self.facts);
        Decider { program, facts, evaluator: &self.evaluator, rules: &self.rules }.decide(request)
    }
}
