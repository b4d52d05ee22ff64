//! What the journal needs to know of a policy.

use permit_ledger::Term;
use permit_types::digest::Digest;
use serde::{Deserialize, Serialize};

/// A policy by its digest, and the terms under which the ledger counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyTerms {
    /// The bundle's digest.
    pub digest: Digest,
    /// What its budgets and its scopes' limits count.
    pub terms: Vec<Term>,
}
