//! The policy in force, as far as the journal knows it.

use permit_audit::{Body, Decision, Digest, Record};

use crate::store::{StoreError, StoreReader};

/// The policy in force, which the log names, and the facts, which it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InForce {
    pub(crate) policy: Digest,
    /// A record that names the policy.
    pub(crate) named_by: u64,
    /// `None` until a policy was announced: whoever never announces one may decide by any.
    pub(crate) facts: Option<Digest>,
}

impl InForce {
    /// Before there is a record.
    pub(crate) const NOTHING: Self = Self { policy: Digest([0; 32]), named_by: 0, facts: None };

    /// What the newest record that names a policy says.
    pub(crate) fn read(store: &dyn StoreReader, size: u64) -> Result<Self, StoreError> {
        for named_by in (0..size).rev() {
            let bytes = store.record(named_by)?;
            // Recovery has parsed every record, or a checkpoint covers it.
            let body = bytes.and_then(|bytes| Record::parse(&bytes).ok()).map(|record| record.body);
            let policy = match body {
                Some(Body::Genesis(genesis)) => genesis.policy,
                Some(Body::Policy(change)) => change.policy,
                Some(Body::Decision(decision)) => decision.policy,
                _ => continue,
            };
            return Ok(Self { policy, named_by, facts: None });
        }
        Ok(Self::NOTHING)
    }

    /// Whether a decision was made by what is in force.
    pub(crate) fn decided(&self, decision: &Decision) -> bool {
        self.facts.is_none_or(|facts| (decision.policy, decision.facts) == (self.policy, facts))
    }
}
