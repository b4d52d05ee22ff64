//! The policy and the facts in force, as the log names them.

use permit_audit::{Body, Decision, Record};
use permit_types::digest::Digest;
use serde::{Deserialize, Serialize};

/// The policy and the facts that the log names last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InForce {
    pub(crate) policy: Digest,
    /// The record that names the policy.
    pub(crate) named_by: u64,
    /// `None` until a policy was announced: whoever never announces one may decide by any.
    pub(crate) facts: Option<Digest>,
}

impl InForce {
    /// Before there is a record.
    pub(crate) const NOTHING: Self = Self { policy: Digest([0; 32]), named_by: 0, facts: None };

    /// Takes in what the next record of the log names.
    pub(crate) fn follow(&mut self, record: &Record) {
        match &record.body {
            Body::Genesis(genesis) => {
                *self = Self { policy: genesis.policy, named_by: record.index, facts: genesis.facts };
            }
            Body::Policy(change) => (self.policy, self.named_by) = (change.policy, record.index),
            Body::Facts(change) => self.facts = Some(change.facts),
            _ => {}
        }
    }

    /// Whether a decision was made by what is in force.
    pub(crate) fn decided(&self, decision: &Decision) -> bool {
        self.facts.is_none_or(|facts| (decision.policy, decision.facts) == (self.policy, facts))
    }
}
