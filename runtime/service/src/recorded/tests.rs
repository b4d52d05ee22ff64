use permit_engine::testing::{NOW_MS, SUPPORT_ID, engine};
use permit_types::digest::Digest;

use super::*;
use crate::service::{Caller, blank};

fn text(names: &[String]) -> RequestText<'_> {
    RequestText {
        action: "refund",
        arguments: names.iter().map(|name| (name.as_str(), "1".to_owned())).collect(),
        claims: Vec::new(),
        resource: None,
    }
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("a{at:03}")).collect()
}

fn draft() -> Decide {
    let (spiffe_id, body_digest) = (SUPPORT_ID.to_owned(), Some(Digest::of(b"body")));
    let caller = Caller { spiffe_id, proof: None, body_digest, trace_id: None };
    let mut decide = blank(&engine(), &caller, None, NOW_MS);
    decide.draft.idempotency_key = Some("k1".to_owned());
    decide
}

/// It is the server's fault, so the request is neither called invalid nor denied for good under its key.
#[test]
fn without_randomness_nothing_is_committed_to_and_no_key_remembers_it() {
    let mut decide = draft();
    let reason = commit(text(&names(1)), &mut decide, |_| Err(getrandom::Error::UNSUPPORTED)).unwrap_err();
    assert_eq!(reason.code, ReasonCode::Randomness);
    assert!(reason.message.starts_with("no randomness from the operating system"), "{}", reason.message);
    let Decide { draft, openings, .. } = decide;
    assert_eq!((draft.idempotency_key, draft.request_digest, openings.len()), (None, None, 0));
    assert!(draft.arguments.is_empty());
}

#[test]
fn too_many_arguments_are_the_requests_fault_and_the_key_remembers_it() {
    let mut decide = draft();
    let reason = request(text(&names(VALUES_MAX + 1)), &mut decide).unwrap_err();
    assert_eq!(
        (reason.code, decide.draft.idempotency_key.as_deref()),
        (ReasonCode::InvalidRequest, Some("k1"))
    );
    assert!(request(text(&names(VALUES_MAX)), &mut decide).is_ok());
    assert_eq!(decide.openings.len(), VALUES_MAX);
}
