//! A small log for the tests of this crate.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use permit_types::verdict::{Layer, Layers, Outcome, Reason, ReasonCode, Trap};
use serde_json::{Map, Value};

use crate::record::message;

use crate::{
    Alarm, Body, Charged, Checkpoint, Commitment, Decision, Delegate, Disclosure, Expiry, FactsChange,
    Genesis, Hash, Instruction, KeyChange, LimitState, Operation, PolicyChange, Proof, Refusals, Resume,
    Review, Revocation, RuleTrap, Scope, Sealed, Settled, Settlement, Shortfall, Shutdown, Signer, Start,
    Stop, Target, Tree, Used, Vote, Warning, decision_id, export, seal,
};
use permit_types::digest::Digest;

pub(crate) const ORIGIN: &str = "permit.example/log1";
pub(crate) const START_MS: i64 = 1_776_162_227_123;

pub(crate) fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

pub(crate) fn genesis() -> Body {
    Body::Genesis(Genesis { facts: None, origin: ORIGIN.to_owned(), policy: Digest::of(b"bundle") })
}

/// What opens the commitments of the sample's decisions. Their salts are fixed, which real ones never are.
pub(crate) fn disclosures() -> [Disclosure; 3] {
    let open = |salt: u8, name, value: &str| Disclosure::new(&[salt; 16], name, value.into()).unwrap();
    [
        open(1, "amount", "600.00 USD"),
        open(2, "note", "two chairs for Zoë – “oak”"),
        open(3, "agent.level", "3"),
    ]
}

pub(crate) fn allowed() -> Decision {
    let [amount, note, level] = disclosures();
    let committed =
        |opening: Disclosure| -> (String, Commitment) { (opening.name().to_owned(), opening.commitment()) };
    Decision {
        action: "spend".to_owned(),
        agent: "purchase-bot".to_owned(),
        agent_type: Some("PurchaseBot".to_owned()),
        approved_by: Vec::new(),
        arguments: [committed(amount), committed(note)].into(),
        asked_by: None,
        body_digest: Some(Digest::of(b"{}")),
        charges: vec![Charged {
            amount: "600.00 USD".to_owned(),
            budget: "spending".to_owned(),
            key: vec!["purchase-bot".to_owned()],
            limits: vec![LimitState {
                before: Used { held: "0.00 USD".to_owned(), spent: "4000.00 USD".to_owned() },
                held: "600.00 USD".to_owned(),
                limit: "5000.00 USD".to_owned(),
                remaining: "400.00 USD".to_owned(),
                resets_at_ms: Some(START_MS + 3_600_000),
                spent: "4000.00 USD".to_owned(),
                window: "day in Europe/Dublin".to_owned(),
            }],
            unit: "USD".to_owned(),
        }],
        claims: [committed(level)].into(),
        delegation: Vec::new(),
        denials: Vec::new(),
        dpop: Some(Proof { jkt: "0ZcOCORZNYy".to_owned(), jti_digest: "sha256:00".to_owned() }),
        facts: Digest::of(b"facts"),
        hold_expires_at_ms: Some(START_MS + 900_000),
        idempotency_key: Some("order-1".to_owned()),
        identity: Some("spiffe://example/purchase-bot".to_owned()),
        layers: Layers::PASSED,
        matched: vec!["small_orders".to_owned()],
        now_ms: START_MS,
        outcome: Outcome::Allow,
        policy: Digest::of(b"bundle"),
        reason: Reason {
            code: ReasonCode::Permitted,
            hint: None,
            message: "permitted by `small_orders`".to_owned(),
            name: Some("small_orders".to_owned()),
        },
        request_digest: Some(Digest::of(b"request")),
        resource: Some("Order::\"o1\"".to_owned()),
        resource_digest: None,
        review: None,
        rule_errors: vec![RuleTrap { rule: "big_orders".to_owned(), trap: Trap::Overflow }],
        scopes: vec![Scope {
            grant: Some("grant-1".to_owned()),
            issuer: Some("spiffe://example/tasks".to_owned()),
            name: "one_customer".to_owned(),
            parameters: Digest::of(b"{}"),
        }],
        task: Some("task-1".to_owned()),
        trace_id: Some("0af7651916cd43dd8448eb211c80319c".parse().unwrap()),
        warnings: vec![Warning {
            budget: "spending".to_owned(),
            key: vec!["purchase-bot".to_owned()],
            percent: 92,
            window: "day in Europe/Dublin".to_owned(),
        }],
    }
}

pub(crate) fn denied() -> Decision {
    Decision {
        charges: Vec::new(),
        denials: vec![Shortfall {
            budget: "spending".to_owned(),
            held: "0.00 USD".to_owned(),
            key: vec!["purchase-bot".to_owned()],
            limit: "5000.00 USD".to_owned(),
            reason: "Would exceed daily budget ($5,100 > $5,000)".to_owned(),
            remaining: "500.00 USD".to_owned(),
            requested: "600.00 USD".to_owned(),
            resets_at_ms: None,
            spent: "4500.00 USD".to_owned(),
            unit: "USD".to_owned(),
            window: "day in Europe/Dublin".to_owned(),
        }],
        hold_expires_at_ms: None,
        layers: Layers::denied_by(Layer::Budget),
        matched: Vec::new(),
        outcome: Outcome::Deny,
        reason: Reason {
            code: ReasonCode::BudgetExceeded,
            hint: Some("ask again tomorrow – or for less".to_owned()),
            message: "no room in `spending`".to_owned(),
            name: None,
        },
        rule_errors: Vec::new(),
        warnings: Vec::new(),
        ..allowed()
    }
}

/// A decision that a service asked for, for an agent that acts on behalf of another one.
pub(crate) fn asserted() -> Decision {
    Decision {
        asked_by: Some("spiffe://example/gate".to_owned()),
        delegation: vec![Delegate {
            agent: "planner/1".to_owned(),
            agent_type: "Planner".to_owned(),
            identity: "spiffe://example/planner/1".to_owned(),
            task: Some("task-0".to_owned()),
        }],
        dpop: None,
        layers: Layers::PASSED.asserted(false),
        ..allowed()
    }
}

/// A request that layer 1 refused before it was read.
pub(crate) fn unknown_agent() -> Decision {
    let identity = "spiffe://example/nobody";
    Decision {
        action: String::new(),
        agent: identity.to_owned(),
        agent_type: None,
        arguments: [].into(),
        body_digest: None,
        claims: [].into(),
        denials: Vec::new(),
        dpop: None,
        idempotency_key: None,
        identity: Some(identity.to_owned()),
        layers: Layers::denied_by(Layer::Identity),
        reason: Reason {
            code: ReasonCode::UnknownAgent,
            hint: None,
            message: "no agent has this identity".to_owned(),
            name: None,
        },
        request_digest: None,
        resource: None,
        scopes: Vec::new(),
        task: None,
        trace_id: None,
        ..denied()
    }
}

/// How long the sample's reviews wait, in milliseconds.
pub(crate) const REVIEW_MS: i64 = 10_000;

/// A review that record `opened` opened at its time, and that needs two persons.
pub(crate) fn review(opened: u64, approved: u16) -> Review {
    Review {
        approved,
        digest: Digest::of(b"what is asked"),
        expires_ms: at_ms(opened) + REVIEW_MS,
        id: decision_id(ORIGIN, opened),
        needed: 2,
        rule: "large_orders".to_owned(),
    }
}

/// A decision about that review.
pub(crate) fn reviewed(code: ReasonCode, opened: u64, approved_by: &[&str], approved: u16) -> Decision {
    let (outcome, layers, plain) = match code {
        ReasonCode::Approved => (Outcome::Allow, Layers::PASSED, allowed()),
        ReasonCode::ReviewRequired => (Outcome::Review, Layers::IN_REVIEW, denied()),
        _ => (Outcome::Deny, Layers::denied_by(Layer::Policy), denied()),
    };
    let name = Some("large_orders".to_owned());
    Decision {
        approved_by: approved_by.iter().map(|&person| person.to_owned()).collect(),
        denials: Vec::new(),
        layers,
        outcome,
        reason: Reason { code, hint: None, message: "a lead decides".to_owned(), name },
        review: Some(review(opened, approved)),
        ..plain
    }
}

pub(crate) fn vote(opened: u64, person: &str) -> Vote {
    Vote {
        body_digest: Some(Digest::of(b"{}")),
        decision_id: decision_id(ORIGIN, opened),
        digest: Digest::of(b"what is asked"),
        dpop: Some(Proof { jkt: "0ZcOCORZNYy".to_owned(), jti_digest: "sha256:01".to_owned() }),
        identity: format!("spiffe://example/person/{person}"),
        person: person.to_owned(),
        reason: Some("seen".to_owned()),
        trace_id: None,
    }
}

/// The instant of record `index` of the sample's log.
pub(crate) fn at_ms(index: u64) -> i64 {
    START_MS + i64::try_from(index).unwrap() * 250
}

pub(crate) fn settlement(reason: Option<&str>) -> Settlement {
    Settlement {
        agent: "purchase-bot".to_owned(),
        agent_type: Some("PurchaseBot".to_owned()),
        asked_by: None,
        body_digest: Some(Digest::of(b"{}")),
        decision_id: decision_id(ORIGIN, 1),
        dpop: Some(Proof { jkt: "0ZcOCORZNYy".to_owned(), jti_digest: "sha256:02".to_owned() }),
        identity: Some("spiffe://example/purchase-bot".to_owned()),
        reason: reason.map(str::to_owned),
        settled: vec![Settled {
            budget: "spending".to_owned(),
            charged: "550.00 USD".to_owned(),
            key: vec!["purchase-bot".to_owned()],
            returned: "50.00 USD".to_owned(),
            unit: "USD".to_owned(),
        }],
        trace_id: None,
    }
}

/// An operator's instruction.
pub(crate) fn instruction() -> Instruction {
    Instruction {
        dpop: Some(Proof { jkt: "9fKpOPERATOR".to_owned(), jti_digest: "sha256:03".to_owned() }),
        identity: Some("spiffe://example/person/olga".to_owned()),
        person: Some("Operator::\"olga\"".to_owned()),
        reason: Some("incident 7".to_owned()),
    }
}

pub(crate) fn policy(bundle: &[u8]) -> Body {
    Body::Policy(PolicyChange { policy: Digest::of(bundle), instruction: Instruction::default() })
}

pub(crate) fn facts(facts: &[u8], previous: Option<&[u8]>) -> Body {
    let (facts, previous) = (Digest::of(facts), previous.map(Digest::of));
    Body::Facts(FactsChange { facts, previous, instruction: Instruction::default() })
}

pub(crate) fn stop(target: Target) -> Body {
    Body::Stop(Stop { target, instruction: instruction() })
}

pub(crate) fn resume(target: Target) -> Body {
    Body::Resume(Resume { target, instruction: instruction() })
}

pub(crate) fn revocation(target: Target, until_ms: Option<i64>) -> Body {
    Body::Revocation(Revocation { target, until_ms, instruction: instruction() })
}

pub(crate) fn operation() -> Operation {
    Operation { act: "export_log".to_owned(), digest: Some(Digest::of(b"{}")), instruction: instruction() }
}

/// The change to the key of the sample's second signer.
pub(crate) fn next_key(index: u64) -> Body {
    Body::Key(KeyChange::to(&next_signer(), index, instruction()))
}

pub(crate) fn next_signer() -> Signer {
    Signer::from_seed(ORIGIN, &[9; 32]).unwrap()
}

pub(crate) fn alarm() -> Alarm {
    Alarm { code: "clock_went_back".to_owned(), message: "the clock went back by 5 s".to_owned() }
}

pub(crate) fn start() -> Body {
    Body::Start(Start { config: Some(Digest::of(b"config")), version: "permitd 0.1.0".to_owned() })
}

pub(crate) fn shutdown() -> Body {
    Body::Shutdown(Shutdown { reason: Some("SIGTERM".to_owned()) })
}

/// Counts of the second before record `index`.
pub(crate) fn refusals(index: u64) -> Refusals {
    let counts = [("handshake_failed", 12), ("token_missing", 1), ("tokens_issued", 40)];
    Refusals {
        counts: counts.map(|(cause, count)| (cause.to_owned(), count)).into(),
        from_ms: at_ms(index) - 250,
        to_ms: at_ms(index),
    }
}

/// One body of each kind that is about the server itself, but for the key, for the first records of the sample's log.
pub(crate) fn bodies_of_the_server() -> [Body; 10] {
    let agent = Target::Agent { id: "purchase-bot".to_owned(), agent_type: "PurchaseBot".to_owned() };
    [
        start(),
        facts(b"other facts", Some(b"facts")),
        stop(agent.clone()),
        resume(agent),
        revocation(Target::Identity("spiffe://example/purchase-bot".to_owned()), Some(START_MS + 86_400_000)),
        stop(Target::All),
        Body::Operator(operation()),
        Body::Alarm(alarm()),
        Body::Refusals(refusals(0)),
        shutdown(),
    ]
}

/// The bytes of a record of any members, signed as the log's records are.
pub(crate) fn signed(mut members: Map<String, Value>, signer: &Signer) -> Vec<u8> {
    members.remove("signature");
    let unsigned = serde_json_canonicalizer::to_vec(&members).unwrap();
    let signature = signer.sign(&message(signer.origin(), &unsigned));
    let text = format!("ed25519:{}", URL_SAFE_NO_PAD.encode(signature));
    members.insert("signature".to_owned(), text.into());
    serde_json_canonicalizer::to_vec(&members).unwrap()
}

/// The bodies that follow the genesis, one of each kind in turn.
pub(crate) fn body(index: usize) -> Body {
    match index % 6 {
        0 => policy(b"bundle"),
        1 => Body::Decision(Box::new(allowed())),
        2 => Body::Decision(Box::new(denied())),
        3 => Body::Confirm(settlement(Some("shipped"))),
        4 => Body::Release(settlement(None)),
        _ => Body::Expiry(Expiry { decisions: vec![decision_id(ORIGIN, 1)] }),
    }
}

/// A log in memory.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) signer: Signer,
    pub(crate) tree: Tree,
    pub(crate) records: Vec<Vec<u8>>,
}

impl Log {
    /// A log whose first `records` records are always the same.
    pub(crate) fn of(records: usize) -> Self {
        let mut log = Self { signer: signer(), tree: Tree::new(), records: Vec::new() };
        for index in 0..records {
            log.push(if index == 0 { genesis() } else { body(index) });
        }
        log
    }

    pub(crate) fn push(&mut self, body: Body) -> Sealed {
        let index = self.tree.size();
        let sealed = seal(body, index, at_ms(index), self.tree.root(), &self.signer).unwrap();
        self.push_bytes(sealed.bytes.clone());
        sealed
    }

    /// Appends bytes as they are, as a forger can.
    pub(crate) fn push_bytes(&mut self, bytes: Vec<u8>) {
        self.tree.append(Hash::of_leaf(&bytes));
        self.records.push(bytes);
    }

    pub(crate) fn checkpoint(&self) -> String {
        Checkpoint::sign(&self.signer, self.tree.size(), self.tree.root())
    }

    pub(crate) fn export(&self, target: &Path) {
        export(target, self.checkpoint().as_bytes(), self.signer.public(), self.records.iter().map(Ok))
            .unwrap();
    }
}
