//! Records, Merkle tree, checkpoints, proofs and the offline verifier.
//!
//! A log is an RFC 6962 tree whose leaves are records. Each record signs the root of all records before it, so the
//! first one that does not fit can be named; a checkpoint signs the whole. `docs/formats/audit.md` is the format.

#![forbid(unsafe_code)]

pub use answer::{ReceiptError, Verified, verify_receipt};
pub use checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError, SIGNATURES_MAX};
pub use commitment::{Commitment, CommitmentError};
pub use digest::{CanonicalError, canonical_digest};
pub use disclosure::{DISCLOSURE_BYTES_MAX, Disclosure, DisclosureError, Salt};
pub use export::{ExportError, export};
pub use hash::{Hash, HashError};
pub use history::HistoryFault;
pub use key::{KeyError, LogKey, ORIGIN_BYTES_MAX, Signer};
pub use proof::{
    ConsistencyProof, InclusionProof, PROOF_HASHES_MAX, ProofError, verify_consistency, verify_inclusion,
};
pub use record::{
    Alarm, Body, Charged, DELEGATION_MAX, Decision, Delegate, Expiry, FactsChange, FormError, Genesis,
    INDEX_MAX, Instruction, KeyChange, LimitState, MEMBER_NAME_BYTES_MAX, MEMBERS_MAX, Operation,
    PolicyChange, Proof, RECORD_BYTES_MAX, RESOURCE_BYTES_MAX, Record, RecordError, Refusals, Resume, Review,
    Revocation, RuleTrap, Scope, Settled, Settlement, Shortfall, Shutdown, Start, Stop, Target, Used, Vote,
    WORD_BYTES_MAX, Warning, decision_id,
};
pub use reviews::{ReviewEnd, ReviewFault};
pub use rules::RuleError;
pub use seal::{SealError, Sealed, seal};
pub use trace::{TraceId, TraceIdError};
pub use tree::{Tree, TreeError};
pub use verify::{RecordFault, Report, VerifyError, read_key, verify};

mod answer;
mod checkpoint;
mod commitment;
mod digest;
mod disclosure;
mod export;
mod hash;
mod history;
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
mod trace;
mod tree;
#[cfg(test)]
mod vectors;
mod verify;
