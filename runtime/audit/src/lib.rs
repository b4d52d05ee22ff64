//! Records, Merkle tree, checkpoints, proofs and the offline verifier.
//!
//! A log is an RFC 6962 tree whose leaves are records. Each record signs the root of all records before it, so the
//! first one that does not fit can be named; a checkpoint signs the whole. `docs/formats/audit.md` is the format.

#![forbid(unsafe_code)]

pub use answer::{ReceiptError, verify_receipt};
pub use checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError, SIGNATURES_MAX};
pub use export::{ExportError, export};
pub use hash::{Hash, HashError};
pub use key::{KeyError, LogKey, ORIGIN_BYTES_MAX, Signer};
pub use proof::{
    ConsistencyProof, InclusionProof, PROOF_HASHES_MAX, ProofError, verify_consistency, verify_inclusion,
};
pub use record::{
    Body, Charged, Decision, Digest, Expiry, Genesis, INDEX_MAX, LimitState, PolicyChange, Proof,
    RECORD_BYTES_MAX, Record, RecordError, Review, RuleTrap, Settled, Settlement, Shortfall, Vote, Warning,
    decision_id,
};
pub use reviews::{ReviewEnd, ReviewFault};
pub use rules::RuleError;
pub use seal::{SealError, Sealed, seal};
pub use tree::{Tree, TreeError};
pub use verify::{RecordFault, Report, VerifyError, read_key, verify};

mod answer;
mod checkpoint;
mod export;
mod hash;
mod instant;
mod key;
mod proof;
mod record;
mod reviews;
mod rules;
#[cfg(test)]
mod sample;
mod seal;
mod tiles;
mod tree;
mod verify;
