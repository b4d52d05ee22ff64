//! Rules for a single record beyond its form; they need no other record.

use crate::hash::Hash;
use crate::record::{Body, Place, Refusals, WORD_BYTES_MAX, decision_id};

pub use error::RuleError;

mod amount;
mod decision;
mod error;
mod money;

/// Checks a record of the log `origin`. Of a record whose content a client does not know, `body` is `None`, and its place
/// alone is checked.
pub(crate) fn check(
    place: &Place,
    name: Option<&str>,
    body: Option<&Body>,
    origin: &str,
) -> Result<(), RuleError> {
    let is_genesis = matches!(body, Some(Body::Genesis(_)));
    if (place.index == 0) != is_genesis {
        return Err(RuleError::GenesisPlace);
    }
    if is_genesis && place.merkle_root != Hash::of_empty_tree() {
        return Err(RuleError::FirstRoot);
    }
    if let Some(name) = name {
        let expected = decision_id(origin, place.index);
        if name != expected {
            return Err(RuleError::DecisionId { expected });
        }
    }
    body.map_or(Ok(()), |body| check_body(place, name, body, origin))
}

fn check_body(place: &Place, name: Option<&str>, body: &Body, origin: &str) -> Result<(), RuleError> {
    match body {
        Body::Genesis(genesis) if genesis.origin != origin => {
            Err(RuleError::Origin { found: genesis.origin.clone() })
        }
        Body::Decision(decision) => {
            name.ok_or_else(|| RuleError::DecisionId { expected: decision_id(origin, place.index) })?;
            decision::check(decision, place.timestamp_ms)
        }
        Body::Confirm(settlement) | Body::Release(settlement) => {
            settlement.settled.iter().try_for_each(money::check_settled)
        }
        Body::Key(change) => match change.next(origin, place.index) {
            Some(_) => Ok(()),
            None => Err(RuleError::NextKey),
        },
        Body::Operator(operation) => check_word(&operation.act),
        Body::Alarm(alarm) => check_word(&alarm.code),
        Body::Refusals(refusals) => check_refusals(refusals, place.timestamp_ms),
        Body::Genesis(_)
        | Body::Expiry(_)
        | Body::Policy(_)
        | Body::Facts(_)
        | Body::Approval(_)
        | Body::Decline(_)
        | Body::Revocation(_)
        | Body::Stop(_)
        | Body::Resume(_)
        | Body::Start(_)
        | Body::Shutdown(_) => Ok(()),
    }
}

fn check_refusals(refusals: &Refusals, sealed_ms: i64) -> Result<(), RuleError> {
    let Refusals { counts, from_ms, to_ms } = refusals;
    if from_ms > to_ms || *to_ms > sealed_ms || counts.values().any(|&count| count == 0) {
        return Err(RuleError::Period);
    }
    counts.keys().try_for_each(|cause| check_word(cause))
}

fn check_word(text: &str) -> Result<(), RuleError> {
    let of_word = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_');
    let is_word = (1..=WORD_BYTES_MAX).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(of_word);
    if is_word { Ok(()) } else { Err(RuleError::Word { text: text.to_owned() }) }
}

#[cfg(test)]
mod tests;
