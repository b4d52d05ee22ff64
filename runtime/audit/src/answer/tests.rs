use super::*;
use serde_json::{Map, Value};

use crate::sample::{self, Log, allowed, body, next_key, next_signer};
use crate::{Signer, decision_id, seal};

#[test]
fn a_receipt_holds_for_its_record_alone() {
    let log = Log::of(20);
    let (checkpoint, keys) = (log.checkpoint(), [log.signer.public().clone()]);
    for index in 0..20 {
        let proof = log.tree.inclusion(index, 20).unwrap();
        let record = &log.records[usize::try_from(index).unwrap()];
        let read = verify_receipt(record, &proof, checkpoint.as_bytes(), &keys).unwrap();
        let sealed = crate::Record::parse(record).unwrap();
        let expected = Verified {
            index,
            timestamp_ms: sealed.timestamp_ms,
            decision_id: sealed.decision_id,
            kind: sealed.body.kind().to_owned(),
            body: Some(sealed.body),
        };
        assert_eq!(read, expected);
        let other = &log.records[usize::try_from((index + 1) % 20).unwrap()];
        let error = ReceiptError::Index { proof: index, record: (index + 1) % 20 };
        assert_eq!(verify_receipt(other, &proof, checkpoint.as_bytes(), &keys), Err(error));
    }
}

#[test]
fn every_part_of_a_receipt_is_checked() {
    let log = Log::of(20);
    let (checkpoint, keys) = (log.checkpoint(), [log.signer.public().clone()]);
    let proof = log.tree.inclusion(1, 20).unwrap();
    let verify =
        |record: &[u8], proof: &InclusionProof| verify_receipt(record, proof, checkpoint.as_bytes(), &keys);
    let record = log.records[1].clone();
    let earlier = log.tree.inclusion(1, 19).unwrap();
    assert_eq!(verify(&record, &earlier), Err(ReceiptError::Size { proof: 19, checkpoint: 20 }));
    let text = String::from_utf8(record.clone()).unwrap();
    let smaller = text.replace("600.00 USD", "100.00 USD");
    assert_eq!(verify(smaller.as_bytes(), &proof), Err(ReceiptError::Proof(ProofError::Root)));
    let spaced = format!("{text} ");
    assert_eq!(verify(spaced.as_bytes(), &proof), Err(ReceiptError::Record(RecordError::NotCanonical)));
    let other = Signer::from_seed("permit.example/log2", &[7; 32]).unwrap();
    let error = ReceiptError::Checkpoint(CheckpointError::Origin);
    let verify_with = |keys: &[LogKey]| verify_receipt(&record, &proof, checkpoint.as_bytes(), keys);
    assert_eq!(verify_with(&[other.public().clone()]), Err(error));
    assert_eq!(verify_with(&[]), Err(ReceiptError::Checkpoint(CheckpointError::Unsigned)));
    assert!(verify_with(&[other.public().clone(), keys[0].clone()]).is_ok());
}

#[test]
fn a_record_that_the_log_holds_but_did_not_sign_is_refused() {
    let mut log = Log::of(3);
    let other = Signer::from_seed(log.signer.origin(), &[8; 32]).unwrap();
    let sealed = seal(body(1), 3, sample::START_MS, log.tree.root(), &other).unwrap();
    assert_eq!(sealed.record.decision_id, Some(decision_id(log.signer.origin(), 3)));
    log.push_bytes(sealed.bytes.clone());
    let proof = log.tree.inclusion(3, 4).unwrap();
    let verified =
        verify_receipt(&sealed.bytes, &proof, log.checkpoint().as_bytes(), &[log.signer.public().clone()]);
    assert_eq!(verified, Err(ReceiptError::Signature));
}

/// A log of three records and a fourth one with other members, signed as any other, and its receipt verified.
fn received(kind: Body, edit: impl FnOnce(&mut Map<String, Value>)) -> Result<Verified, ReceiptError> {
    let mut log = Log::of(3);
    let sealed = seal(kind, 3, sample::at_ms(3), log.tree.root(), &log.signer).unwrap();
    let mut members: Map<String, Value> = serde_json::from_slice(&sealed.bytes).unwrap();
    edit(&mut members);
    log.push_bytes(sample::signed(members, &log.signer));
    let proof = log.tree.inclusion(3, 4).unwrap();
    let keys = [log.signer.public().clone()];
    verify_receipt(&log.records[3], &proof, log.checkpoint().as_bytes(), &keys)
}

#[test]
fn a_client_passes_over_members_that_it_does_not_know() {
    let allowance = || Body::Decision(Box::new(allowed()));
    let read = received(allowance(), |members| {
        members.insert("risk".to_owned(), serde_json::json!({"score": 7, "of": ["a", true]}));
        members["reason"]["severity"] = 3.into();
        members["charges"][0]["limits"][0]["before"]["at"] = "noon".into();
    });
    assert_eq!(read.unwrap().body, Some(allowance()));
    // What it knows is checked all the same.
    let shape = received(allowance(), |members| drop(members.insert("agent".to_owned(), 7.into())));
    assert!(matches!(shape, Err(ReceiptError::Record(RecordError::Malformed { .. }))));
    let rule = received(allowance(), |members| drop(members.insert("outcome".to_owned(), "DENY".into())));
    assert_eq!(rule, Err(ReceiptError::Rule(RuleError::Outcome)));
    let form = received(allowance(), |members| drop(members.insert("risk".to_owned(), Value::Null)));
    assert!(matches!(form, Err(ReceiptError::Record(RecordError::Form { .. }))));
    let version = received(allowance(), |members| drop(members.insert("v".to_owned(), 3.into())));
    let found = "3".to_owned();
    assert_eq!(version, Err(ReceiptError::Record(RecordError::Version { found })));
}

#[test]
fn of_a_record_that_a_client_does_not_know_it_takes_nothing_but_its_place() {
    let allowance = || Body::Decision(Box::new(allowed()));
    let put = |path: &str, value: &str| {
        let (path, value) = (path.to_owned(), Value::from(value));
        move |members: &mut Map<String, Value>| {
            let mut whole = Value::Object(std::mem::take(members));
            *whole.pointer_mut(&path).unwrap() = value;
            let Value::Object(changed) = whole else { panic!() };
            *members = changed;
        }
    };
    let stop = || sample::stop(crate::Target::All);
    let known = decision_id(sample::ORIGIN, 3);
    for (read, kind, name) in [
        (received(allowance(), put("/type", "verdict")), "verdict", None),
        (received(allowance(), put("/reason/code", "weather")), "decision", Some(known.clone())),
        (received(allowance(), put("/rule_errors/0/trap", "weather")), "decision", Some(known)),
        (received(stop(), put("/target", "weather")), "stop", None),
    ] {
        let read = read.unwrap();
        assert_eq!((read.body, read.kind.as_str(), read.decision_id), (None, kind, name));
        assert_eq!((read.index, read.timestamp_ms), (3, sample::at_ms(3)));
    }
    let name = received(allowance(), |members| {
        members.insert("decision_id".to_owned(), "dec_0".into());
        members["reason"]["code"] = "weather".into();
    });
    assert!(matches!(name, Err(ReceiptError::Rule(RuleError::DecisionId { .. }))));
}

#[test]
fn after_a_rotation_both_keys_verify_a_receipt() {
    let mut log = Log::of(2);
    log.push(next_key(2));
    let old = std::mem::replace(&mut log.signer, next_signer());
    log.push(Body::Decision(Box::new(allowed())));
    let (old, new) = (old.public().clone(), log.signer.public().clone());
    let checkpoint = log.checkpoint();
    let verify = |index: usize, keys: &[LogKey]| {
        let proof = log.tree.inclusion(index as u64, 4).unwrap();
        verify_receipt(&log.records[index], &proof, checkpoint.as_bytes(), keys).map(|read| read.index)
    };
    let both = [old.clone(), new.clone()];
    assert_eq!((0..4).map(|index| verify(index, &both)).collect::<Vec<_>>(), [Ok(0), Ok(1), Ok(2), Ok(3)]);
    assert_eq!(verify(3, &both[1..]), Ok(3));
    assert_eq!(verify(1, &both[1..]), Err(ReceiptError::Signature));
    assert_eq!(verify(1, &both[..1]), Err(ReceiptError::Checkpoint(CheckpointError::Unsigned)));
}
