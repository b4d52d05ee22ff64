//! Test support for this crate.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use permit_audit::{Decision, Proof, Signer};
use permit_types::assessment::Assessment;
use permit_types::charge::{Account, Bill, Charge, Limit, Period, Unit, Window};
use permit_types::digest::Digest;
use permit_types::review::{Review, ReviewRequest};
use permit_types::verdict::{Layers, Outcome, Reason, ReasonCode};

use permit_ledger::Term;

use crate::command::{CastVote, Command, Decide, Requester};
use crate::options::Options;
use crate::policy::PolicyTerms;

pub(crate) const NOW_MS: i64 = 1_776_162_227_123;

/// How long the tests' reviews wait, in milliseconds.
pub(crate) const REVIEW_MS: i64 = 1_000;

pub(crate) fn signer() -> Signer {
    Signer::from_seed("permit.test/log", &[7; 32]).unwrap()
}

pub(crate) fn policy() -> Digest {
    Digest::of(b"bundle")
}

/// The same, as it comes into force.
pub(crate) fn in_force() -> PolicyTerms {
    let windows = vec![Window::Calendar { period: Period::Day, zone: "Europe/Dublin".to_owned() }];
    let unit = Unit::Money("USD".parse().unwrap());
    let term = Term { name: "pot".to_owned(), part: None, unit, keys: vec!["agent".to_owned()], windows };
    PolicyTerms { digest: policy(), terms: vec![term] }
}

/// Options whose clock stands still and whose tick never comes, so that nothing happens by itself.
pub(crate) fn options() -> Options {
    let clock = AtomicI64::new(NOW_MS);
    let tick = Duration::from_secs(3_600);
    Options { tick, ..Options::new(Arc::new(move || clock.load(Ordering::Relaxed))) }
}

pub(crate) fn reason(code: ReasonCode) -> Reason {
    Reason { code, hint: None, message: "as the rule says".to_owned(), name: Some("rule".to_owned()) }
}

pub(crate) fn draft(now_ms: i64) -> Decision {
    Decision {
        action: "spend".to_owned(),
        agent: "Bot::\"b1\"".to_owned(),
        agent_type: Some("Bot".to_owned()),
        approved_by: vec![],
        arguments: [].into(),
        asked_by: None,
        body_digest: None,
        charges: vec![],
        claims: [].into(),
        delegation: vec![],
        denials: vec![],
        dpop: Some(proof()),
        facts: Digest::of(b"facts"),
        hold_expires_at_ms: None,
        idempotency_key: None,
        identity: Some("spiffe://permit.test/bot/b1".to_owned()),
        layers: Layers::PASSED,
        matched: vec![],
        now_ms,
        outcome: Outcome::Allow,
        policy: policy(),
        reason: reason(ReasonCode::Permitted),
        request_digest: Some(Digest::of(b"request")),
        resource: None,
        resource_digest: None,
        review: None,
        rule_errors: vec![],
        scopes: vec![],
        task: None,
        trace_id: None,
        warnings: vec![],
    }
}

pub(crate) fn pot() -> Account {
    Account { name: "pot".to_owned(), key: vec!["Bot::\"b1\"".to_owned()] }
}

/// Asks for `amount` cents of a daily budget of 1,000.00 USD.
pub(crate) fn spend(now_ms: i64, amount: i64, hold_ms: Option<i64>) -> Decide {
    let window = Window::Calendar { period: Period::Day, zone: "Europe/Dublin".to_owned() };
    let unit = Unit::Money("USD".parse().unwrap());
    let limits = vec![Limit { max: 100_000, window }];
    let charge = Charge { account: pot(), unit, amount, limits, hold_ms, warn_percent: Some(90) };
    let budget = Ok(Bill { charges: vec![charge], rates: vec![] });
    let permitted = reason(ReasonCode::Permitted);
    let assessed = Ok(Assessment { permitted, review: None, budget, scope: Ok(vec![]) });
    Decide { draft: draft(now_ms), repeat: Digest([0; 32]), openings: vec!["opening".to_owned()], assessed }
}

/// What is said of the request before any balance is known.
pub(crate) fn assessment(decide: &mut Decide) -> &mut Assessment {
    decide.assessed.as_mut().unwrap()
}

/// The same, if this many persons approve it within a second.
pub(crate) fn with_review(mut decide: Decide, digest: u8, needed: u16) -> Decide {
    let review = Review { digest: [digest; 32], rule: "rule".to_owned(), needed, timeout_ms: REVIEW_MS };
    let asked = ReviewRequest { review, content: format!("request {digest}") };
    assessment(&mut decide).review = Some(asked);
    decide
}

pub(crate) fn vote(decision_id: &str, person: &str, now_ms: i64) -> CastVote {
    CastVote {
        now_ms,
        decision_id: decision_id.to_owned(),
        person: format!("Lead::\"{person}\""),
        identity: format!("spiffe://permit.test/person/{person}"),
        dpop: None,
        reason: None,
        body_digest: None,
        trace_id: None,
    }
}

pub(crate) fn proof() -> Proof {
    Proof { jkt: "jkt".to_owned(), jti_digest: "jti".to_owned() }
}

/// Who confirms and releases in the tests.
pub(crate) fn requester(agent: &str) -> Requester {
    Requester {
        agent: agent.to_owned(),
        agent_type: Some("Bot".to_owned()),
        identity: Some("spiffe://permit.test/bot/b1".to_owned()),
        dpop: Some(proof()),
        body_digest: None,
        trace_id: None,
    }
}

pub(crate) fn with_key(mut decide: Decide, key: &str, request: &[u8]) -> Decide {
    decide.draft.idempotency_key = Some(key.to_owned());
    decide.repeat = Digest::of(request);
    decide
}

pub(crate) fn command(decide: Decide) -> Command {
    Command::Decide(Box::new(decide))
}

/// What a killed process leaves behind: every file of the folder as it is at this moment.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        // The shared-memory index dies with its process.
        if !file.file_name().to_string_lossy().ends_with("-shm") {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}
