//! One bundle over one snapshot of facts: everything a decision depends on except the request and the time.
//!
//! An engine is immutable. A request must be read and decided by the same engine, because entities are numbers that
//! have a meaning only in its snapshot.

use std::sync::Arc;

use permit_ir::bundle::VerifiedBundle;
use permit_ir::decision::{ActiveScope, EvalContext, Evaluation, Request};
use permit_ir::facts::Facts;
use permit_ir::program::Rule;
use permit_ir::types::{ActionId, ExprId};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_jit::Snapshot;
use permit_types::ask::Ask;
use permit_types::digest::Digest;
use permit_types::verdict::Trap;

use crate::decide::Decider;
use crate::evaluator::{Evaluator, Mode};
use crate::facts::FactsFile;
use crate::index::{self, Index};
use crate::memory::Pool;
use crate::names::Names;
use crate::policy::concerns;
use crate::read::FieldError;
use crate::request::{self, ScopeClaim};

/// A loaded policy, ready to decide.
#[derive(Debug)]
pub struct Engine {
    program: VerifiedProgram,
    policy_digest: Digest,
    snapshot: Arc<Snapshot>,
    facts_digest: Digest,
    names: Names,
    /// What parameters are that are left out, by action and place.
    defaults: Box<[Box<[Option<Value>]>]>,
    evaluator: Evaluator,
    index: Index,
    pool: Pool,
}

impl Engine {
    /// An engine over a bundle and facts that were read against the bundle's program.
    #[must_use]
    pub fn new(bundle: VerifiedBundle, facts: FactsFile, mode: Mode) -> Self {
        Self::build(bundle.program, bundle.digest, facts, mode, None)
    }

    /// The engine that takes this one's place, in the same mode. It uses the native code again that this one has for
    /// conditions of the same shape, so that a changed constant or a new rule of a known shape compiles nothing.
    #[must_use]
    pub fn successor(&self, bundle: VerifiedBundle, facts: FactsFile) -> Self {
        let (mode, earlier) = (self.evaluator.mode(), Some(&self.evaluator));
        Self::build(bundle.program, bundle.digest, facts, mode, earlier)
    }

    /// An engine over a program of which there is no bundle, to try it out: the policy's digest is all zeros.
    #[must_use]
    pub fn unbundled(program: VerifiedProgram, facts: FactsFile, mode: Mode) -> Self {
        Self::build(program, Digest([0; 32]), facts, mode, None)
    }

    /// The same policy over other facts, which were read against its program.
    #[must_use]
    pub fn over(&self, facts: FactsFile) -> Self {
        let (mode, earlier) = (self.evaluator.mode(), Some(&self.evaluator));
        Self::build(self.program.clone(), self.policy_digest, facts, mode, earlier)
    }

    fn build(
        program: VerifiedProgram,
        policy_digest: Digest,
        facts: FactsFile,
        mode: Mode,
        earlier: Option<&Evaluator>,
    ) -> Self {
        let texts = index::texts(&program);
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let snapshot = Arc::new(Snapshot::new(&program, facts.facts, &texts));
        let (evaluator, index) = Evaluator::new(&program, &snapshot, mode, earlier);
        let names = Names::new(&program, snapshot.facts());
        let defaults = request::defaults(&program, snapshot.facts());
        let facts_digest = facts.digest;
        let pool = Pool::default();
        Self { program, policy_digest, snapshot, facts_digest, names, defaults, evaluator, index, pool }
    }

    /// The program.
    #[must_use]
    pub fn program(&self) -> &VerifiedProgram {
        &self.program
    }

    /// The snapshot of facts.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        self.snapshot.facts()
    }

    pub(crate) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    pub(crate) fn evaluator(&self) -> &Evaluator {
        &self.evaluator
    }

    pub(crate) fn index(&self) -> &Index {
        &self.index
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// What a parameter of an action is when it is left out, if it has a default that has a value.
    pub(crate) fn default(&self, action: ActionId, place: usize) -> Option<&Value> {
        self.defaults.get(action.index())?.get(place)?.as_ref()
    }

    /// Bytes of memory that policy and facts take beyond program and facts themselves: symbols, encoded facts, index, and
    /// native code with its constants.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let native = self.evaluator.native().map(permit_jit::NativeProgram::stats);
        let native = native.map_or(0, |stats| stats.code_bytes + stats.constant_bytes);
        self.snapshot.bytes() + self.index.bytes() + native
    }

    /// What was compiled; `None` where conditions are interpreted.
    #[must_use]
    pub fn native(&self) -> Option<permit_jit::Stats> {
        self.evaluator.native().map(permit_jit::NativeProgram::stats)
    }

    /// The bundle's digest.
    #[must_use]
    pub fn policy_digest(&self) -> Digest {
        self.policy_digest
    }

    /// The facts file's digest.
    #[must_use]
    pub fn facts_digest(&self) -> Digest {
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
        self.facts().agent(spiffe_id)
    }

    /// Reads what an agent asks. The request has no scopes yet.
    ///
    /// # Errors
    /// [`FieldError`] naming the first field that does not fit the policy's types.
    pub fn read_ask(&self, agent: EntityRef, ask: &Ask<'_>, now_ms: i64) -> Result<Request, FieldError> {
        request::read_ask(&self.program, self.facts(), agent, ask, now_ms)
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
    ) -> Result<ActiveScope, FieldError> {
        request::read_scope(&self.program, self.facts(), claim, issued_ms, from_issuer)
    }

    /// What policy, budgets and scopes say about a request. Nothing is charged.
    #[must_use]
    pub fn evaluate(&self, request: &Request) -> Evaluation {
        let Self { program, snapshot, evaluator, index, pool, .. } = self;
        Decider { program, snapshot, evaluator, index, pool }.evaluate(request)
    }

    /// Whether a rule is about the request's action and agent.
    #[must_use]
    pub fn concerns(&self, rule: &Rule, request: &Request) -> bool {
        rule.actions.contains(&request.action) && concerns(self.facts(), rule, request)
    }

    /// Whether a condition of the program holds for a request.
    ///
    /// # Errors
    /// [`Trap`] when that cannot be said.
    pub fn holds(&self, request: &Request, condition: ExprId) -> Result<bool, Trap> {
        let cx = EvalContext { program: &self.program, facts: self.facts(), request, params: &[] };
        permit_interp::holds(&cx, condition)
    }

    /// The value of an expression that speaks of nothing but constants.
    ///
    /// # Errors
    /// [`Trap`] when it has none.
    pub fn constant(&self, expr: ExprId) -> Result<Value, Trap> {
        request::constant(&self.program, self.facts(), expr)
    }
}
