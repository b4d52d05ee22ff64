use super::*;
use crate::sample::Log;
use crate::{Signer, decision_id};

#[test]
fn a_receipt_holds_for_its_record_alone() {
    let log = Log::of(20);
    let (checkpoint, key) = (log.checkpoint(), log.signer.public());
    for index in 0..20 {
        let proof = log.tree.inclusion(index, 20).unwrap();
        let record = &log.records[usize::try_from(index).unwrap()];
        let read = verify_receipt(record, &proof, checkpoint.as_bytes(), key).unwrap();
        assert_eq!(read.index, index);
        let other = &log.records[usize::try_from((index + 1) % 20).unwrap()];
        let error = ReceiptError::Index { proof: index, record: (index + 1) % 20 };
        assert_eq!(verify_receipt(other, &proof, checkpoint.as_bytes(), key), Err(error));
    }
}

#[test]
fn every_part_of_a_receipt_is_checked() {
    let log = Log::of(20);
    let (checkpoint, key) = (log.checkpoint(), log.signer.public());
    let proof = log.tree.inclusion(1, 20).unwrap();
    let verify =
        |record: &[u8], proof: &InclusionProof| verify_receipt(record, proof, checkpoint.as_bytes(), key);
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
    assert_eq!(verify_receipt(&record, &proof, checkpoint.as_bytes(), other.public()), Err(error));
}

#[test]
fn a_record_that_the_log_holds_but_did_not_sign_is_refused() {
    let mut log = Log::of(3);
    let other = Signer::from_seed(log.signer.origin(), &[8; 32]).unwrap();
    let sealed =
        crate::seal(crate::sample::body(1), 3, crate::sample::START_MS, log.tree.root(), &other).unwrap();
    assert_eq!(sealed.record.decision_id, Some(decision_id(log.signer.origin(), 3)));
    log.push_bytes(sealed.bytes.clone());
    let proof = log.tree.inclusion(3, 4).unwrap();
    let verified = verify_receipt(&sealed.bytes, &proof, log.checkpoint().as_bytes(), log.signer.public());
    assert_eq!(verified, Err(ReceiptError::Signature));
}
