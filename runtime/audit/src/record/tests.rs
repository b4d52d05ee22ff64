use proptest::prelude::*;

use super::*;
use permit_types::verdict::ReasonCode;

use crate::sample::{
    ORIGIN, START_MS, allowed, asserted, body, denied, genesis, reviewed, settlement, signer, unknown_agent,
    vote,
};
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
    let others = [allowed(), asserted(), unknown_agent()].map(|decision| Body::Decision(Box::new(decision)));
    let of_the_server = crate::sample::bodies_of_the_server();
    let bodies = std::iter::once(genesis()).chain((1..=6).map(body)).chain(of_reviews).chain(others);
    let bodies = bodies.chain(of_the_server).chain([crate::sample::next_key(25)]);
    for (index, body) in bodies.enumerate() {
        let bytes = sealed(body.clone(), index as u64);
        let record = Record::parse(&bytes).unwrap();
        assert_eq!(record.body, body);
        assert_eq!(record.encode().unwrap(), bytes);
        assert!(record.is_signed_by(signer().public()));
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
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
    let cases = [
        format!(" {good}"),
        format!("{good}\n"),
        good.replace("\":\"", "\": \""),
        good.replace("\"tree_size\":1", "\"tree_size\":1,\"tree_size\":1"),
        good.replace("purchase-bot", "purchase\\u002dbot"),
        good.replace("\"code\":\"permitted\"", "\"code\":\"permitted\",\"code\":\"permitted\""),
        good.replace(
            "{\"action\":\"spend\",\"agent\":\"purchase-bot\"",
            "{\"agent\":\"purchase-bot\",\"action\":\"spend\"",
        ),
    ];
    for text in cases {
        assert_ne!(text, good);
        assert_eq!(Record::parse(text.as_bytes()), Err(RecordError::NotCanonical), "{text}");
    }
}

#[test]
fn numbers_names_and_sizes_have_bounds() {
    let good = String::from_utf8(sealed(body(1), 1)).unwrap();
    let form = |text: String| match Record::parse(text.as_bytes()) {
        Err(RecordError::Form { member, form }) => (member, form),
        other => panic!("{other:?}: {text}"),
    };
    let size = |number: &str| form(good.replace("\"tree_size\":1", &format!("\"tree_size\":{number}")));
    for number in ["1.0", "1e0", "-1", "-0", "9007199254740992", "1E1"] {
        assert_eq!(size(number), ("tree_size".to_owned(), FormError::Number), "{number}");
    }
    let action = |value: &str| form(good.replace("\"action\":\"spend\"", &format!("\"action\":{value}"))).1;
    assert_eq!(action("null"), FormError::Empty);
    assert_eq!(
        (action("[]"), action("{}"), action("[{\"a\":[[]]}]")),
        (FormError::Empty, FormError::Empty, FormError::Empty)
    );
    assert_eq!(
        (action("{\"\":1}"), action("{\"é\":1}"), action("{\"a b\":1}")),
        (FormError::Name, FormError::Name, FormError::Name)
    );
    assert_eq!(action(&format!("{{\"{}\":1}}", "a".repeat(513))), FormError::Name);
    assert_eq!(action(&format!("[{}1]", "1,".repeat(512))), FormError::Members);
    let many: Vec<String> = (0..513).map(|n| format!("\"a{n}\":1")).collect();
    assert_eq!(action(&format!("{{{}}}", many.join(","))), FormError::Members);
    let top = format!("{{{},{}", many.join(","), &good[1..]);
    assert_eq!(form(top), (String::new(), FormError::Members));
    let name = format!("{{\"\":1,{}", &good[1..]);
    assert_eq!(form(name), (String::new(), FormError::Name));
    // At the bounds it is the shape that is wrong, not the form.
    for value in [format!("[{}1]", "1,".repeat(511)), format!("{{\"{}\":9007199254740991}}", "a".repeat(512))]
    {
        let text = good.replace("\"action\":\"spend\"", &format!("\"action\":{value}"));
        assert!(matches!(Record::parse(text.as_bytes()), Err(RecordError::Malformed { .. })));
    }
}

#[test]
fn a_member_is_of_its_kind_and_of_its_shape() {
    let good = String::from_utf8(sealed(body(1), 1)).unwrap();
    let confirm = String::from_utf8(sealed(Body::Confirm(settlement(Some("ok"))), 1)).unwrap();
    let vote = String::from_utf8(sealed(Body::Approval(vote(1, "ann")), 1)).unwrap();
    let surplus = [
        (good.replace("\"action\"", "\"act\":\"x\",\"action\""), "act"),
        (
            good.replace(
                "\"budget\":\"spending\",\"key\":[\"purchase-bot\"],\"limits\"",
                "\"budget\":\"spending\",\"cap\":1,\"key\":[\"purchase-bot\"],\"limits\"",
            ),
            "charges.0.cap",
        ),
        (
            good.replace("{\"held\":\"0.00 USD\",", "{\"free\":true,\"held\":\"0.00 USD\","),
            "charges.0.limits.0.before.free",
        ),
        (confirm.replace("\"agent\":", "\"action\":\"x\",\"agent\":"), "action"),
        (vote.replace("\"body_digest\"", "\"agent\":\"x\",\"body_digest\""), "agent"),
        (vote.replace("\"type\":\"approval\"", "\"type\":\"shutdown\""), "body_digest"),
    ];
    for (text, member) in surplus {
        let expected = Err(RecordError::Unexpected { member: member.to_owned() });
        assert_eq!(Record::parse(text.as_bytes()), expected, "{text}");
    }
    let signature = good.split("\"signature\":\"").nth(1).unwrap().split('"').next().unwrap();
    let malformed = [
        good.replace("\"tree_size\":1,", ""),
        good.replace("\"type\":\"decision\",", ""),
        good.replace("\"type\":\"decision\"", "\"type\":\"confirm\""),
        good.replace("\"type\":\"decision\"", "\"type\":2"),
        good.replace("0x", "0X"),
        good.replace("ed25519:", ""),
        good.replace(signature, &signature[..signature.len() - 1]),
        good.replace(signature, &format!("{signature}==")),
        good.replace("\"action\":\"spend\",", ""),
        good.replace("\"decision_id\"", "\"decision_ie\""),
        good.replace("\"layers\":[\"identity:PASS\"", "\"layers\":[\"identity:DENY\""),
        good.replace("\"outcome\":\"ALLOW\"", "\"outcome\":\"MAYBE\""),
        good.replace("\"code\":\"permitted\"", "\"code\":\"perhaps\""),
        good.replace("\"trap\":\"overflow\"", "\"trap\":\"bored\""),
        good.replace(".123Z\",\"trace_id\"", "Z\",\"trace_id\""),
        good.replace("0af7651916cd43dd8448eb211c80319c", "00000000000000000000000000000000"),
        vote.replace("\"person\":\"ann\",", ""),
        vote.replace("\"type\":\"approval\"", "\"type\":\"decision\""),
        confirm.replace("\"reason\":\"ok\"", "\"reason\":{\"code\":\"permitted\",\"message\":\"ok\"}"),
        String::new(),
        "[]".to_owned(),
        "[".repeat(10_000),
    ];
    for text in malformed {
        let read = Record::parse(text.as_bytes());
        assert!(matches!(read, Err(RecordError::Malformed { .. })), "{read:?}: {text}");
    }
    assert!(matches!(Record::parse(b"\xff"), Err(RecordError::Malformed { .. })));
    let kind = good.replace("\"type\":\"decision\"", "\"type\":\"verdict\"");
    assert_eq!(Record::parse(kind.as_bytes()), Err(RecordError::Kind { found: "verdict".to_owned() }));
    for version in ["1", "3", "\"2\"", "2.0", "20"] {
        let text = good.replace("\"v\":2", &format!("\"v\":{version}"));
        let expected = Err(RecordError::Version { found: version.to_owned() });
        assert_eq!(Record::parse(text.as_bytes()), expected);
    }
    let none = Err(RecordError::Version { found: "none".to_owned() });
    assert_eq!(Record::parse(good.replace(",\"v\":2", "").as_bytes()), none);
}

#[test]
fn records_beyond_the_limits_are_not_sealed() {
    let draft = |change: &dyn Fn(&mut Decision)| {
        let mut decision = denied();
        change(&mut decision);
        seal(Body::Decision(Box::new(decision)), 1, START_MS, Hash([1; 32]), &signer())
    };
    let length = draft(&|_| ()).unwrap().bytes.len();
    let padded = |extra: usize| draft(&|decision| decision.reason.message.push_str(&"x".repeat(extra)));
    let largest = padded(RECORD_BYTES_MAX - length).unwrap().bytes;
    assert_eq!(largest.len(), RECORD_BYTES_MAX);
    assert!(Record::parse(&largest).is_ok());
    let bytes = RECORD_BYTES_MAX + 1;
    assert_eq!(padded(bytes - length), Err(SealError::Record(RecordError::TooLarge { bytes })));
    let ancient = draft(&|decision| decision.now_ms = -1);
    assert!(matches!(ancient, Err(SealError::Record(RecordError::Malformed { .. }))));
    let many = draft(&|decision| decision.matched = vec!["x".to_owned(); MEMBERS_MAX + 1]);
    let form = RecordError::Form { member: "matched".to_owned(), form: FormError::Members };
    assert_eq!(many, Err(SealError::Record(form)));
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
        let bytes = sealed(body.clone(), 1);
        prop_assert_eq!(Record::parse(&bytes).unwrap().body, body);
        // Another implementation of RFC 8785 writes the same.
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(serde_json_canonicalizer::to_vec(&value).unwrap(), bytes);
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
