//! Takes a caller through the five layers to the durable answer.
//!
//! Everything decided here is pure; whatever depends on balances is decided by the journal's writer, in the order of
//! the layers, and the answer is sent once record and charge are durable.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use permit_audit::{Decision, Proof, RuleTrap, TraceId};
use permit_engine::{Engine, FieldError, ScopeClaim};
use permit_ir::decision::Evaluation;
use permit_journal::{Command, Confirm, Decide, Journal, Pending, Release, Requester};
use permit_types::ask::Ask;
use permit_types::assessment::Assessment;
use permit_types::charge::{Bill, Unit};
use permit_types::digest::Digest;
use permit_types::verdict::{Layer, LayerDenial, Layers, Outcome, Reason, ReasonCode};
use serde_json::Value as Json;

use crate::recorded;

/// The most bytes of an idempotency key.
pub const IDEMPOTENCY_KEY_BYTES_MAX: usize = 128;

/// The caller, as far as layers 1 and 2 know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The SPIFFE ID of the client certificate.
    pub spiffe_id: String,
    /// The proof of possession that came with the request, if one could be read.
    pub proof: Option<Proof>,
    /// The digest of the request's body, if there was one.
    pub body_digest: Option<Digest>,
    /// The trace that the request belongs to, if the caller named one.
    pub trace_id: Option<TraceId>,
}

/// A request for a decision, from a caller whose token and proof were verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call<'d> {
    /// Who calls.
    pub caller: Caller,
    /// What is asked.
    pub ask: Ask<'d>,
    /// The scopes of the token.
    pub scopes: Vec<TokenScope>,
    /// How a repetition of the request is known.
    pub idempotency: Option<Idempotency<'d>>,
}

/// The caller's key for repeating a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency<'d> {
    /// The key, the agent's own: 1 to [`IDEMPOTENCY_KEY_BYTES_MAX`] printable ASCII characters.
    pub key: Cow<'d, str>,
    /// What a repetition must equal, whatever policy is in force by then: the digest of the body.
    pub request: Digest,
}

/// A scope as a token carries it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenScope {
    /// The granted scope.
    pub claim: ScopeClaim,
    /// When it was granted: by the token, or by the task's issuer before, in milliseconds since the Unix epoch.
    pub issued_ms: i64,
    /// The grant of a task's issuer that it comes from; `None` when the agent asked for it itself.
    pub grant: Option<ScopeGrant>,
}

/// The grant of a task's issuer behind a scope.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeGrant {
    /// The issuer's name.
    pub issuer: String,
    /// The grant's `jti`.
    pub jti: String,
}

/// The engine in force and the journal.
#[derive(Debug)]
pub struct Service {
    /// Read by every request, once, and written by the journal's thread alone.
    pub(crate) engine: Arc<ArcSwap<Engine>>,
    /// Held while an engine is made and takes another's place.
    pub(crate) replacing: Mutex<()>,
    journal: Journal,
}

impl Service {
    /// A service over an engine and the journal it decides into.
    #[must_use]
    pub fn new(engine: Engine, journal: Journal) -> Self {
        Self { engine: Arc::new(ArcSwap::from_pointee(engine)), replacing: Mutex::new(()), journal }
    }

    /// The engine in force.
    #[must_use]
    pub fn engine(&self) -> Arc<Engine> {
        self.engine.load_full()
    }

    /// The journal.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Decides a request at `now_ms`, charges it if it is allowed, and answers when that is durable. One engine reads,
    /// decides and is named by the record; the answer [`SubmitError::Superseded`] says that another one has taken its place
    /// meanwhile, and the request is to be made again.
    ///
    /// [`SubmitError::Superseded`]: permit_journal::SubmitError::Superseded
    pub fn decide(&self, call: &Call<'_>, now_ms: i64) -> Pending {
        self.journal.submit(Command::Decide(Box::new(prepare(&self.engine.load(), call, now_ms))))
    }

    /// Records that layer 1 or 2 refused a caller. `ask` is there if the request's body was read.
    pub fn refuse(
        &self,
        caller: &Caller,
        ask: Option<&Ask<'_>>,
        layer: Layer,
        reason: Reason,
        now_ms: i64,
    ) -> Pending {
        let assessed = Err(LayerDenial { layer, reason });
        let decide = Decide { assessed, ..blank(&self.engine.load(), caller, ask, now_ms) };
        self.journal.submit(Command::Decide(Box::new(decide)))
    }

    /// Confirms a hold of the caller's. `amounts` are texts such as `500.00 USD` by budget, in the unit that the hold was made
    /// in, even where the policy that made it is gone. Asks the store which hold it is, which may block.
    ///
    /// # Errors
    /// [`FieldError`] when an amount is not one of its budget's unit; the journal is not asked then.
    pub fn confirm(
        &self,
        caller: &Caller,
        decision_id: &str,
        amounts: &BTreeMap<String, String>,
        now_ms: i64,
    ) -> Result<Pending, FieldError> {
        let engine = self.engine.load();
        let held = |budget: &str| self.journal.reader().held_unit(decision_id, budget).ok();
        let amounts = amounts.iter().map(|(budget, text)| {
            let unit = held(budget).or_else(|| unit(&engine, budget).cloned());
            Ok((budget.clone(), amount(unit.as_ref(), budget, text)?))
        });
        let amounts = amounts.collect::<Result<_, FieldError>>()?;
        let (decision_id, requester) = (decision_id.to_owned(), requester(&engine, caller));
        let confirm = Confirm { now_ms, decision_id, requester, amounts, reason: None };
        Ok(self.journal.submit(Command::Confirm(confirm)))
    }

    /// Gives a hold of the caller's back.
    pub fn release(&self, caller: &Caller, decision_id: &str, why: Option<String>, now_ms: i64) -> Pending {
        let requester = requester(&self.engine.load(), caller);
        let release = Release { now_ms, decision_id: decision_id.to_owned(), requester, reason: why };
        self.journal.submit(Command::Release(release))
    }
}

/// Decides a request as far as an engine can: all but what depends on balances and on persons, which is the journal's.
#[must_use]
pub fn prepare(engine: &Engine, call: &Call<'_>, now_ms: i64) -> Decide {
    let mut decide = blank(engine, &call.caller, Some(&call.ask), now_ms);
    decide.draft.scopes = recorded::scopes(&call.scopes);
    decide.draft.task = call.scopes.first().map(|scope| scope.claim.task.clone());
    decide.assessed = assess(engine, call, now_ms, &mut decide);
    decide
}

/// A command that denies nothing and charges nothing, with what is known of every request.
pub(crate) fn blank(engine: &Engine, caller: &Caller, ask: Option<&Ask<'_>>, now_ms: i64) -> Decide {
    let Requester { agent, agent_type, identity, dpop, body_digest, trace_id } = requester(engine, caller);
    let (resource, resource_digest) = recorded::resource(ask.and_then(|ask| engine.resource_text(ask)));
    let draft = Decision {
        action: ask.map_or_else(String::new, |ask| ask.action.chars().take(ACTION_CHARS_MAX).collect()),
        agent,
        agent_type,
        approved_by: Vec::new(),
        arguments: BTreeMap::new(),
        asked_by: None,
        body_digest,
        charges: Vec::new(),
        claims: BTreeMap::new(),
        delegation: Vec::new(),
        denials: Vec::new(),
        dpop,
        facts: engine.facts_digest(),
        hold_expires_at_ms: None,
        idempotency_key: None,
        identity,
        layers: Layers::PASSED,
        matched: Vec::new(),
        now_ms,
        outcome: Outcome::Allow,
        policy: engine.policy_digest(),
        reason: Reason::new(ReasonCode::Permitted, String::new()),
        request_digest: None,
        resource,
        resource_digest,
        review: None,
        rule_errors: Vec::new(),
        scopes: Vec::new(),
        task: None,
        trace_id,
        warnings: Vec::new(),
    };
    let permitted = draft.reason.clone();
    let assessment =
        Assessment { permitted, review: None, budget: Ok(Bill::default()), scope: Ok(Vec::new()) };
    Decide { draft, repeat: Digest([0; 32]), openings: Vec::new(), assessed: Ok(assessment) }
}

/// The most characters of an action's name that a record repeats when the policy has no such action.
const ACTION_CHARS_MAX: usize = 64;

/// The engine's evaluation, and what is recorded of the request and its rules.
fn assess(
    engine: &Engine,
    call: &Call<'_>,
    now_ms: i64,
    decide: &mut Decide,
) -> Result<Assessment, LayerDenial> {
    let Some(agent) = engine.agent(&call.caller.spiffe_id) else {
        let message = format!("no agent has the identity `{}`", call.caller.spiffe_id);
        let reason = Reason::new(ReasonCode::UnknownAgent, message);
        return Err(LayerDenial { layer: Layer::Identity, reason });
    };
    let invalid = |error: FieldError| LayerDenial { layer: Layer::Policy, reason: error.reason() };
    if let Some(Idempotency { key, request }) = &call.idempotency {
        check_idempotency_key(key).map_err(invalid)?;
        decide.draft.idempotency_key = Some(key.to_string());
        decide.repeat = repeat_of(*request, &call.scopes);
    }
    let mut request = engine.read_ask(agent, &call.ask, now_ms).map_err(invalid)?;
    recorded::request(engine.request_text(&request), decide)
        .map_err(|reason| LayerDenial { layer: Layer::Policy, reason })?;
    let read = |scope: &TokenScope| engine.read_scope(&scope.claim, scope.issued_ms, scope.grant.is_some());
    let scopes = call.scopes.iter().map(read);
    let scopes = scopes.collect::<Result<Vec<_>, _>>();
    // A scope that no longer fits the policy allows nothing; the layers before it are asked all the same.
    let misfit = scopes.as_ref().err().map(|e| Reason::new(ReasonCode::OutOfScope, e.to_string()));
    request.scopes = scopes.unwrap_or_default();
    let evaluation = engine.evaluate(&request);
    tell_rules(engine, &evaluation, &mut decide.draft);
    let mut assessment = engine.assess(&request, evaluation)?;
    if let Some(reason) = misfit {
        assessment.scope = Err(reason);
    }
    Ok(assessment)
}

/// Names the rules that match or err.
fn tell_rules(engine: &Engine, evaluation: &Evaluation, draft: &mut Decision) {
    let program = engine.program();
    let rule = |id: permit_ir::types::RuleId| program.rules.get(id.index()).map(|rule| rule.name.clone());
    draft.matched = evaluation.policy.matched.iter().filter_map(|&id| rule(id)).take(NAMES_MAX).collect();
    let errors =
        evaluation.policy.errors.iter().filter_map(|&(id, trap)| Some(RuleTrap { rule: rule(id)?, trap }));
    draft.rule_errors = errors.take(NAMES_MAX).collect();
}

/// The most rules that a record names; a record's size is bounded.
const NAMES_MAX: usize = 64;

fn check_idempotency_key(key: &str) -> Result<(), FieldError> {
    let is_printable = |byte: u8| byte.is_ascii_graphic();
    if (1..=IDEMPOTENCY_KEY_BYTES_MAX).contains(&key.len()) && key.bytes().all(is_printable) {
        return Ok(());
    }
    let expected = format!("expected 1 to {IDEMPOTENCY_KEY_BYTES_MAX} printable ASCII characters");
    Err(FieldError::new("idempotency_key", &expected))
}

/// What a repetition must equal: the request, and the token's scopes. A token of another task gets its own answer.
fn repeat_of(request: Digest, scopes: &[TokenScope]) -> Digest {
    if scopes.is_empty() {
        return request;
    }
    let scopes = scopes.iter().map(|TokenScope { claim, grant, .. }| {
        let parameters = Json::Object(claim.parameters.clone());
        let issuer = grant.as_ref().map(|grant| &grant.issuer);
        serde_json::json!([claim.scope, claim.task, parameters, issuer])
    });
    let whole = serde_json::json!([request, scopes.collect::<Vec<_>>()]);
    Digest::of(whole.to_string().as_bytes())
}

/// Who calls, as records tell it: the agent's entity id and type, or its SPIFFE ID when the facts do not know it.
fn requester(engine: &Engine, caller: &Caller) -> Requester {
    let Caller { spiffe_id, proof, body_digest, trace_id } = caller.clone();
    let entity = engine.agent(&spiffe_id).and_then(|agent| engine.facts().entity(agent));
    let (agent, agent_type) = match entity {
        Some(entity) => {
            let named = engine.program().entities.get(entity.ty.index());
            (entity.id.to_string(), named.map(|named| named.name.clone()))
        }
        None => (spiffe_id.clone(), None),
    };
    Requester { agent, agent_type, identity: Some(spiffe_id), dpop: proof, body_digest, trace_id }
}

/// The unit of a budget or of a scope's limit.
fn unit<'e>(engine: &'e Engine, budget: &str) -> Option<&'e Unit> {
    let program = engine.program();
    let of_budget = program.budgets.iter().find(|b| b.name == budget).map(|b| &b.unit);
    let of_scope =
        || program.scopes.iter().find(|s| s.name == budget).and_then(|s| s.limits.first()).map(|l| &l.unit);
    of_budget.or_else(of_scope)
}

fn amount(unit: Option<&Unit>, budget: &str, text: &str) -> Result<i64, FieldError> {
    let field = format!("amounts.{budget}");
    let unit = unit.ok_or_else(|| FieldError::new(&field, "the policy has no such budget"))?;
    let misfit =
        |_| FieldError::new(&field, &format!("expected an amount such as \"{}\"", unit.amount_text(1)));
    unit.parse_amount(text).map_err(misfit)
}

#[cfg(test)]
mod tests;
