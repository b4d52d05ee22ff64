//! The JSON object itself: the fields of all types in sorted order, each type using its own.
//!
//! Reading is lax about which fields a type may have, because what a type does not have is lost on the way and the
//! comparison with the canonical bytes then fails.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use permit_types::verdict::{Layers, Outcome, Reason};
use serde::{Deserialize, Serialize};

use super::body::{
    Body, Charged, Decision, Digest, Expiry, Genesis, PolicyChange, Proof, Review, RuleTrap, Settled,
    Settlement, Shortfall, Vote, Warning,
};
use super::{INDEX_MAX, Record, RecordError, VERSION};
use crate::hash::Hash;
use crate::instant;

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Genesis,
    Decision,
    Confirm,
    Release,
    Expiry,
    Policy,
    Approval,
    Decline,
}

/// A decision has a reason with a code, a settlement and a vote a sentence.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Why<'a> {
    Sentence(Cow<'a, str>),
    Coded(Cow<'a, Reason>),
}

type Text<'a> = Option<Cow<'a, str>>;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Flat<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent: Text<'a>,
    #[serde(default, skip_serializing_if = "is_empty")]
    approved_by: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "is_empty")]
    charges: Cow<'a, [Charged]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision_id: Text<'a>,
    #[serde(default, skip_serializing_if = "is_empty")]
    decisions: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "is_empty")]
    denials: Cow<'a, [Shortfall]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dpop: Option<Cow<'a, Proof>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Digest>,
    #[serde(default, with = "instant", skip_serializing_if = "Option::is_none")]
    hold_expires_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Text<'a>,
    index: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    layers: Option<Layers>,
    #[serde(default, skip_serializing_if = "is_empty")]
    matched: Cow<'a, [String]>,
    merkle_root: String,
    #[serde(default, with = "instant", skip_serializing_if = "Option::is_none")]
    now: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Why<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_digest: Option<Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Text<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<Cow<'a, Review>>,
    #[serde(default, skip_serializing_if = "is_empty")]
    rule_errors: Cow<'a, [RuleTrap]>,
    #[serde(default, skip_serializing_if = "is_empty")]
    scopes: Cow<'a, [String]>,
    #[serde(default, skip_serializing_if = "is_empty")]
    settled: Cow<'a, [Settled]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Text<'a>,
    #[serde(default, with = "instant", skip_serializing_if = "Option::is_none")]
    timestamp: Option<i64>,
    #[serde(rename = "type")]
    kind: Kind,
    v: u8,
    #[serde(default, skip_serializing_if = "is_empty")]
    warnings: Cow<'a, [Warning]>,
}

fn is_empty<T>(list: &[T]) -> bool {
    list.is_empty()
}

fn text(value: &str) -> Text<'_> {
    Some(Cow::Borrowed(value))
}

fn maybe(value: Option<&String>) -> Text<'_> {
    value.map(|value| Cow::Borrowed(value.as_str()))
}

impl<'a> Flat<'a> {
    pub(super) fn of(record: &'a Record) -> Self {
        let mut flat = Self::header(record);
        match &record.body {
            Body::Genesis(genesis) => {
                flat.origin = text(&genesis.origin);
                flat.policy = Some(genesis.policy);
            }
            Body::Decision(decision) => flat.set_decision(decision),
            Body::Confirm(settlement) | Body::Release(settlement) => {
                flat.agent = text(&settlement.agent);
                flat.decision_id = text(&settlement.decision_id);
                flat.reason = settlement.reason.as_deref().map(|reason| Why::Sentence(Cow::Borrowed(reason)));
                flat.settled = Cow::Borrowed(&settlement.settled);
            }
            Body::Expiry(expiry) => flat.decisions = Cow::Borrowed(&expiry.decisions),
            Body::Policy(change) => flat.policy = Some(change.policy),
            Body::Approval(vote) | Body::Decline(vote) => flat.set_vote(vote),
        }
        flat
    }

    /// Without the signature: what the signature is made over.
    pub(super) fn unsigned(mut self) -> Self {
        self.signature = None;
        self
    }

    fn header(record: &'a Record) -> Self {
        let kind = match record.body {
            Body::Genesis(_) => Kind::Genesis,
            Body::Decision(_) => Kind::Decision,
            Body::Confirm(_) => Kind::Confirm,
            Body::Release(_) => Kind::Release,
            Body::Expiry(_) => Kind::Expiry,
            Body::Policy(_) => Kind::Policy,
            Body::Approval(_) => Kind::Approval,
            Body::Decline(_) => Kind::Decline,
        };
        Self {
            action: None,
            agent: None,
            approved_by: Cow::default(),
            charges: Cow::default(),
            decision_id: maybe(record.decision_id.as_ref()),
            decisions: Cow::default(),
            denials: Cow::default(),
            digest: None,
            dpop: None,
            facts: None,
            hold_expires_at: None,
            idempotency_key: None,
            identity: None,
            index: record.index,
            layers: None,
            matched: Cow::default(),
            merkle_root: format!("0x{}", record.merkle_root),
            now: None,
            origin: None,
            outcome: None,
            person: None,
            policy: None,
            reason: None,
            request_digest: None,
            resource: None,
            review: None,
            rule_errors: Cow::default(),
            scopes: Cow::default(),
            settled: Cow::default(),
            signature: Some(format!("ed25519:{}", URL_SAFE_NO_PAD.encode(record.signature))),
            task: None,
            timestamp: Some(record.timestamp_ms),
            kind,
            v: VERSION,
            warnings: Cow::default(),
        }
    }

    fn set_decision(&mut self, decision: &'a Decision) {
        self.action = text(&decision.action);
        self.agent = text(&decision.agent);
        self.approved_by = Cow::Borrowed(&decision.approved_by);
        self.charges = Cow::Borrowed(&decision.charges);
        self.denials = Cow::Borrowed(&decision.denials);
        self.dpop = decision.dpop.as_ref().map(Cow::Borrowed);
        self.facts = Some(decision.facts);
        self.hold_expires_at = decision.hold_expires_at_ms;
        self.idempotency_key = maybe(decision.idempotency_key.as_ref());
        self.identity = maybe(decision.identity.as_ref());
        self.layers = Some(decision.layers);
        self.matched = Cow::Borrowed(&decision.matched);
        self.now = Some(decision.now_ms);
        self.outcome = Some(decision.outcome);
        self.policy = Some(decision.policy);
        self.reason = Some(Why::Coded(Cow::Borrowed(&decision.reason)));
        self.request_digest = Some(decision.request_digest);
        self.resource = maybe(decision.resource.as_ref());
        self.review = decision.review.as_ref().map(Cow::Borrowed);
        self.rule_errors = Cow::Borrowed(&decision.rule_errors);
        self.scopes = Cow::Borrowed(&decision.scopes);
        self.task = maybe(decision.task.as_ref());
        self.warnings = Cow::Borrowed(&decision.warnings);
    }

    fn set_vote(&mut self, vote: &'a Vote) {
        self.decision_id = text(&vote.decision_id);
        self.digest = Some(vote.digest);
        self.dpop = vote.dpop.as_ref().map(Cow::Borrowed);
        self.identity = text(&vote.identity);
        self.person = text(&vote.person);
        self.reason = vote.reason.as_deref().map(|reason| Why::Sentence(Cow::Borrowed(reason)));
    }

    pub(super) fn into_record(mut self) -> Result<Record, RecordError> {
        if self.v != VERSION {
            return Err(RecordError::Field { field: "v" });
        }
        if self.index > INDEX_MAX {
            return Err(RecordError::Field { field: "index" });
        }
        let decision_id = match self.kind {
            Kind::Decision => Some(need("decision_id", self.decision_id.take())?.into_owned()),
            _ => None,
        };
        Ok(Record {
            index: self.index,
            timestamp_ms: need("timestamp", self.timestamp)?,
            merkle_root: Hash::from_0x(&self.merkle_root)
                .map_err(|_| RecordError::Field { field: "merkle_root" })?,
            signature: parse_signature(&need("signature", self.signature.take())?)?,
            decision_id,
            body: self.into_body()?,
        })
    }

    fn into_body(self) -> Result<Body, RecordError> {
        Ok(match self.kind {
            Kind::Genesis => Body::Genesis(Genesis {
                origin: need("origin", self.origin)?.into_owned(),
                policy: need("policy", self.policy)?,
            }),
            Kind::Decision => Body::Decision(Box::new(self.into_decision()?)),
            Kind::Confirm => Body::Confirm(self.into_settlement()?),
            Kind::Release => Body::Release(self.into_settlement()?),
            Kind::Expiry => Body::Expiry(Expiry { decisions: self.decisions.into_owned() }),
            Kind::Policy => Body::Policy(PolicyChange { policy: need("policy", self.policy)? }),
            Kind::Approval => Body::Approval(self.into_vote()?),
            Kind::Decline => Body::Decline(self.into_vote()?),
        })
    }

    fn into_decision(self) -> Result<Decision, RecordError> {
        let Some(Why::Coded(reason)) = self.reason else {
            return Err(RecordError::Field { field: "reason" });
        };
        Ok(Decision {
            action: need("action", self.action)?.into_owned(),
            agent: need("agent", self.agent)?.into_owned(),
            approved_by: self.approved_by.into_owned(),
            charges: self.charges.into_owned(),
            denials: self.denials.into_owned(),
            dpop: self.dpop.map(Cow::into_owned),
            facts: need("facts", self.facts)?,
            hold_expires_at_ms: self.hold_expires_at,
            idempotency_key: self.idempotency_key.map(Cow::into_owned),
            identity: self.identity.map(Cow::into_owned),
            layers: need("layers", self.layers)?,
            matched: self.matched.into_owned(),
            now_ms: need("now", self.now)?,
            outcome: need("outcome", self.outcome)?,
            policy: need("policy", self.policy)?,
            reason: reason.into_owned(),
            request_digest: need("request_digest", self.request_digest)?,
            resource: self.resource.map(Cow::into_owned),
            review: self.review.map(Cow::into_owned),
            rule_errors: self.rule_errors.into_owned(),
            scopes: self.scopes.into_owned(),
            task: self.task.map(Cow::into_owned),
            warnings: self.warnings.into_owned(),
        })
    }

    fn into_settlement(self) -> Result<Settlement, RecordError> {
        Ok(Settlement {
            agent: need("agent", self.agent)?.into_owned(),
            decision_id: need("decision_id", self.decision_id)?.into_owned(),
            reason: sentence(self.reason)?,
            settled: self.settled.into_owned(),
        })
    }

    fn into_vote(self) -> Result<Vote, RecordError> {
        Ok(Vote {
            decision_id: need("decision_id", self.decision_id)?.into_owned(),
            digest: need("digest", self.digest)?,
            dpop: self.dpop.map(Cow::into_owned),
            identity: need("identity", self.identity)?.into_owned(),
            person: need("person", self.person)?.into_owned(),
            reason: sentence(self.reason)?,
        })
    }
}

fn sentence(reason: Option<Why<'_>>) -> Result<Option<String>, RecordError> {
    match reason {
        Some(Why::Sentence(sentence)) => Ok(Some(sentence.into_owned())),
        Some(Why::Coded(_)) => Err(RecordError::Field { field: "reason" }),
        None => Ok(None),
    }
}

fn need<T>(field: &'static str, value: Option<T>) -> Result<T, RecordError> {
    value.ok_or(RecordError::Missing { field })
}

fn parse_signature(text: &str) -> Result<[u8; 64], RecordError> {
    let malformed = RecordError::Field { field: "signature" };
    let Some(encoded) = text.strip_prefix("ed25519:") else { return Err(malformed) };
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| malformed.clone())?;
    bytes.try_into().map_err(|_| malformed)
}
