use proptest::prelude::*;

use super::*;
use permit_types::verdict::ReasonCode;

use crate::sample::{ORIGIN, START_MS, allowed, body, denied, genesis, reviewed, settlement, signer, vote};
use crate::seal::{SealError, seal};

fn sealed(body: Body, index: u64) -> Vec<u8> {
    let root = if index == 0 { Hash::of_empty_tree() } else { Hash::of_leaf(b"root") };
    seal(body, index, START_MS, root, &signer()).unwrap().bytes
}

#[test]
fn one_decision_to_the_byte() {
    insta::assert_snapshot!(String::from_utf8(sealed(Body::Decision(Box::new(allowed())), 1)).unwrap());
}

#[test]
fn one_denial_to_the_byte() {
    insta::assert_snapshot!(String::from_utf8(sealed(Body::Decision(Box::new(denied())), 2)).unwrap());
}

#[test]
fn one_review_to_the_byte() {
    let decision = reviewed(ReasonCode::ReviewRequired, 3, &[], 0);
    insta::assert_snapshot!(String::from_utf8(sealed(Body::Decision(Box::new(decision)), 3)).unwrap());
}

#[test]
fn one_approval_to_the_byte() {
    insta::assert_snapshot!(String::from_utf8(sealed(Body::Approval(vote(3, "ann")), 4)).unwrap());
}

#[test]
fn every_kind_of_record_reads_back() {
    let decided =
        |code, persons: &[&str], approved| Body::Decision(Box::new(reviewed(code, 1, persons, approved)));
    let of_reviews = [
        decided(ReasonCode::ReviewRequired, &[], 1),
        decided(ReasonCode::Approved, &["ann", "bob"], 2),
        decided(ReasonCode::ReviewDeclined, &[], 0),
        Body::Approval(vote(1, "ann")),
        Body::Decline(Vote { reason: None, dpop: None, ..vote(1, "bob") }),
    ];
    let bodies = std::iter::once(genesis()).chain((1..=6).map(body)).chain(of_reviews);
    for (index, body) in bodies.enumerate() {
        let bytes = sealed(body.clone(), index as u64);
        let record = Record::parse(&bytes).unwrap();
        assert_eq!(record.body, body);
        assert_eq!(record.encode().unwrap(), bytes);
        assert!(record.is_signed_by(signer().public()));
        // RFC 8785: the keys of a serde_json map are sorted, so the tree of values has one spelling.
        let value: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json::to_vec(&value).unwrap(), bytes);
    }
}

#[test]
fn the_signature_binds_origin_content_and_key() {
    let record = Record::parse(&sealed(body(1), 1)).unwrap();
    let other_log = crate::Signer::from_seed("permit.example/log2", &[7; 32]).unwrap();
    let other_key = crate::Signer::from_seed(ORIGIN, &[8; 32]).unwrap();
    assert!(!record.is_signed_by(other_log.public()));
    assert!(!record.is_signed_by(other_key.public()));
    assert!(!Record { index: 2, ..record.clone() }.is_signed_by(signer().public()));
    assert!(!Record { merkle_root: Hash([0; 32]), ..record }.is_signed_by(signer().public()));
}

#[test]
fn decision_ids_are_derived() {
    assert_eq!(decision_id(ORIGIN, 1).len(), 28);
    assert_ne!(decision_id(ORIGIN, 1), decision_id(ORIGIN, 2));
    assert_ne!(decision_id(ORIGIN, 1), decision_id("permit.example/log2", 1));
    insta::assert_snapshot!(decision_id(ORIGIN, 1), @"dec_f9a0276e3a3c0b523f0aeaec");
}

#[test]
fn other_spellings_of_a_record_are_refused() {
    let good = String::from_utf8(sealed(body(1), 1)).unwrap();
    let confirm = String::from_utf8(sealed(Body::Confirm(settlement(Some("ok"))), 1)).unwrap();
    let vote = String::from_utf8(sealed(Body::Approval(vote(1, "ann")), 1)).unwrap();
    let signature = good.split("\"signature\":\"").nth(1).unwrap().split('"').next().unwrap();
    let cases = [
        format!(" {good}"),
        format!("{good}\n"),
        good.replace("\":\"", "\": \""),
        good.replace("\"index\":1", "\"index\":1.0"),
        good.replace("\"index\":1", "\"index\":1e0"),
        good.replace("\"index\":1", "\"index\":-1"),
        good.replace("\"index\":1", "\"index\":01"),
        good.replace("\"index\":1", "\"index\":9007199254740992"),
        good.replace("\"index\":1", "\"index\":1,\"index\":1"),
        good.replace("\"index\":1", "\"index\":1,\"indey\":1"),
        good.replace("\"index\":1,", ""),
        good.replace("\"v\":1", "\"v\":2"),
        good.replace("\"type\":\"decision\"", "\"type\":\"verdict\""),
        good.replace("\"type\":\"decision\"", "\"type\":\"confirm\""),
        good.replace("\"type\":\"decision\"", "\"type\":\"policy\""),
        good.replace("purchase-bot", "purchase\\u002dbot"),
        good.replace("0x", "0X"),
        good.replace("ed25519:", ""),
        good.replace(signature, &signature[..signature.len() - 1]),
        good.replace(signature, &format!("{signature}==")),
        good.replace("\"action\":\"spend\",", ""),
        good.replace("\"action\":\"spend\"", "\"action\":null"),
        good.replace("\"action\":\"spend\"", "\"action\":\"spend\",\"amounts\":[]"),
        good.replace("\"decision_id\"", "\"decisions\":[],\"decision_id\""),
        good.replace("\"type\":\"decision\"", "\"type\":\"decision\",\"unknown\":1"),
        good.replace("\"index\":1", "\"idle\":null,\"index\":1"),
        good.replace("\"code\":\"permitted\"", "\"code\":\"permitted\",\"code\":\"permitted\""),
        good.replace("\"layers\":[\"identity:PASS\"", "\"layers\":[\"identity:DENY\""),
        good.replace(".123Z\",\"type\"", "Z\",\"type\""),
        confirm.replace("\"agent\"", "\"action\":\"x\",\"agent\""),
        confirm.replace("\"agent\"", "\"agent\":\"x\",\"approved_by\":[\"ann\"],\"agent\""),
        vote.replace("\"person\":\"ann\",", ""),
        vote.replace("\"type\":\"approval\"", "\"type\":\"decision\""),
        vote.replace("\"identity\"", "\"agent\":\"x\",\"identity\""),
        confirm.replace("\"reason\":\"ok\"", "\"reason\":{\"code\":\"permitted\",\"message\":\"ok\"}"),
        String::new(),
        "[]".to_owned(),
        "[".repeat(10_000),
    ];
    for text in cases {
        assert_ne!(text, good);
        assert!(Record::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(matches!(Record::parse(b"\xff"), Err(RecordError::Malformed { .. })));
}

#[test]
fn records_beyond_the_limits_are_not_sealed() {
    let draft = |change: fn(&mut Decision)| {
        let mut decision = denied();
        change(&mut decision);
        seal(Body::Decision(Box::new(decision)), 1, START_MS, Hash([1; 32]), &signer())
    };
    let large = draft(|decision| decision.scopes = vec!["x".repeat(100); 200]);
    assert!(
        matches!(large, Err(SealError::Record(RecordError::TooLarge { bytes })) if bytes > RECORD_BYTES_MAX)
    );
    let ancient = draft(|decision| decision.now_ms = -1);
    assert!(matches!(ancient, Err(SealError::Record(RecordError::Malformed { .. }))));
    let full = seal(body(1), INDEX_MAX + 1, START_MS, Hash([1; 32]), &signer());
    assert_eq!(full, Err(SealError::Full { index: INDEX_MAX + 1 }));
    let bytes = vec![b' '; RECORD_BYTES_MAX + 1];
    assert_eq!(Record::parse(&bytes), Err(RecordError::TooLarge { bytes: bytes.len() }));
}

proptest! {
    #[test]
    fn any_text_survives(agent in any::<String>(), hint in any::<Option<String>>(), task in any::<Option<String>>()) {
        let mut decision = denied();
        (decision.agent, decision.reason.hint, decision.task) = (agent, hint, task);
        let body = Body::Decision(Box::new(decision));
        prop_assert_eq!(Record::parse(&sealed(body.clone(), 1)).unwrap().body, body);
    }

    #[test]
    fn no_bytes_make_the_reader_fail_otherwise(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = sealed(body(1), 1);
        let place = at.index(bytes.len());
        let same = bytes[place] == byte;
        bytes[place] = byte;
        let accepted = Record::parse(&bytes).is_ok_and(|record| record.is_signed_by(signer().public()));
        prop_assert_eq!(accepted, same);
    }
}
