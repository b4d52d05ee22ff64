//! A policy, as far as the journal needs to know it.

use permit_audit::Digest;
use permit_ledger::Term;
use serde::{Deserialize, Serialize};

/// A policy, as the journal must know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The bundle's digest.
    pub digest: Digest,
    /// What its budgets and its scopes' limits count.
    pub terms: Vec<Term>,
}
