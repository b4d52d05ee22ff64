//! A policy, as far as the journal knows it.

use permit_audit::Digest;
use permit_ledger::Term;

/// A policy, as the journal must know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The bundle's digest.
    pub digest: Digest,
    /// What its budgets and its scopes' limits count.
    pub terms: Vec<Term>,
}
