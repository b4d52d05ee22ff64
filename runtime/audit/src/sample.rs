//! A small log for the tests of this crate.

use std::path::Path;

use permit_types::verdict::{Layer, Layers, Outcome, Reason, ReasonCode, Trap};

use crate::{
    Body, Charged, Checkpoint, Decision, Digest, Expiry, Genesis, Hash, LimitState, PolicyChange, Proof,
    Review, RuleTrap, Sealed, Settled, Settlement, Shortfall, Signer, Tree, Vote, Warning, decision_id,
    export, seal,
};

pub(crate) const ORIGIN: &str = "permit.example/log1";
pub(crate) const START_MS: i64 = 1_776_162_227_123;

pub(crate) fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).unwrap()
}

pub(crate) fn genesis() -> Body {
    Body::Genesis(Genesis { origin: ORIGIN.to_owned(), policy: Digest::of(b"bundle") })
}

pub(crate) fn allowed() -> Decision {
    Decision {
        action: "spend".to_owned(),
        agent: "purchase-bot".to_owned(),
        approved_by: Vec::new(),
        charges: vec![Charged {
            amount: "600.00 USD".to_owned(),
            budget: "spending".to_owned(),
            key: vec!["purchase-bot".to_owned()],
            limits: vec![LimitState {
                held: "600.00 USD".to_owned(),
                limit: "5000.00 USD".to_owned(),
                remaining: "400.00 USD".to_owned(),
                resets_at_ms: Some(START_MS + 3_600_000),
                spent: "4000.00 USD".to_owned(),
                window: "day in Europe/Dublin".to_owned(),
            }],
            unit: "USD".to_owned(),
        }],
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
        request_digest: Digest::of(b"request"),
        resource: Some("Order::\"o1\"".to_owned()),
        review: None,
        rule_errors: vec![RuleTrap { rule: "big_orders".to_owned(), trap: Trap::Overflow }],
        scopes: vec!["one_customer".to_owned()],
        task: Some("task-1".to_owned()),
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
            window: "day in Europe/Dublin".to_owned(),
        }],
        dpop: None,
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
        decision_id: decision_id(ORIGIN, opened),
        digest: Digest::of(b"what is asked"),
        dpop: Some(Proof { jkt: "0ZcOCORZNYy".to_owned(), jti_digest: "sha256:01".to_owned() }),
        identity: format!("spiffe://example/person/{person}"),
        person: person.to_owned(),
        reason: Some("seen".to_owned()),
    }
}

/// The instant of record `index` of the sample's log.
pub(crate) fn at_ms(index: u64) -> i64 {
    START_MS + i64::try_from(index).unwrap() * 250
}

pub(crate) fn settlement(reason: Option<&str>) -> Settlement {
    Settlement {
        agent: "purchase-bot".to_owned(),
        decision_id: decision_id(ORIGIN, 1),
        reason: reason.map(str::to_owned),
        settled: vec![Settled {
            budget: "spending".to_owned(),
            charged: "550.00 USD".to_owned(),
            key: vec!["purchase-bot".to_owned()],
            returned: "50.00 USD".to_owned(),
            unit: "USD".to_owned(),
        }],
    }
}

/// The bodies that follow the genesis, one of each kind in turn.
pub(crate) fn body(index: usize) -> Body {
    match index % 6 {
        0 => Body::Policy(PolicyChange { policy: Digest::of(b"bundle") }),
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
