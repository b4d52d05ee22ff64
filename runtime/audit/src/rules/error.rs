//! The violations that these rules find.

/// A record that says what no honest log can say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// The first record is not the genesis, or another one is.
    #[error("the genesis is the first record, and only that")]
    GenesisPlace,
    /// The genesis names another log than the key does.
    #[error("the genesis names the log `{found}`")]
    Origin {
        /// The name in the genesis.
        found: String,
    },
    /// The first record does not stand on the empty tree.
    #[error("the first record does not stand on the empty tree")]
    FirstRoot,
    /// The decision's name is not the one that its place gives it.
    #[error("the decision id is not the derived one, `{expected}`")]
    DecisionId {
        /// The name that the place gives.
        expected: String,
    },
    /// `ALLOW` without all five layers passed, `DENY` without a layer that denies, or `REVIEW` elsewhere than at the policy.
    #[error("the outcome contradicts the layers")]
    Outcome,
    /// An identity is asserted and nobody asked on the agent's behalf, or the other way round.
    #[error("`asked_by` contradicts the layers")]
    Asserted,
    /// A decision that does not deny has no action or no agent.
    #[error("a decision that does not deny has no `{member}`")]
    Incomplete {
        /// What is missing.
        member: &'static str,
    },
    /// The policy was evaluated after the record was sealed.
    #[error("the policy was evaluated after the record was sealed")]
    Now,
    /// A resource is recorded twice, or as it is though it is too long for that.
    #[error("a resource is recorded twice or at too great length")]
    Resource,
    /// A commitment occurs twice, or its name is not one of an argument or a claim.
    #[error("the commitment to `{name}` occurs twice or has a name of the other kind")]
    Commitment {
        /// The name of the argument or claim.
        name: String,
    },
    /// The chain of agents is longer than it may be.
    #[error("{found} agents stand behind the agent, more than {}", crate::record::DELEGATION_MAX)]
    Delegation {
        /// How many there are.
        found: usize,
    },
    /// A decision that does not allow charges or holds something.
    #[error("a decision that does not allow charges or holds something")]
    Charge,
    /// A decision that does not allow warns of a limit, or a warning is of more than the whole.
    #[error("a warning about the budget `{budget}` that there cannot be")]
    Warning {
        /// The budget.
        budget: String,
    },
    /// The decision's review contradicts its reason, or itself.
    #[error("what is said of the review contradicts the decision")]
    Review,
    /// An amount is not a number and the budget's unit, or is negative where it cannot be.
    #[error("`{text}` is not an amount in `{unit}`")]
    Amount {
        /// The text.
        text: String,
        /// The budget's unit.
        unit: String,
    },
    /// More is spent and held than the limit allows.
    #[error("the budget `{budget}` is over its limit of {limit} per {window}")]
    OverLimit {
        /// The budget.
        budget: String,
        /// The limit.
        limit: String,
        /// The limit's window.
        window: String,
    },
    /// What remains is not what the limit leaves.
    #[error("what remains of the budget `{budget}` is not what its limit leaves")]
    Remaining {
        /// The budget.
        budget: String,
    },
    /// The state after a charge is not the state before it and the amount.
    #[error("the state of the budget `{budget}` before and after does not differ by the amount")]
    Movement {
        /// The budget.
        budget: String,
    },
    /// A limit that is said to have no room has room, or a decision that does not deny says so.
    #[error("the budget `{budget}` is said to have no room, and has it")]
    Shortfall {
        /// The budget.
        budget: String,
    },
    /// A word is not of lower-case letters, digits and `_`.
    #[error("`{text}` is not a word")]
    Word {
        /// The text.
        text: String,
    },
    /// A period ends before it begins or after the record, or counts what did not happen.
    #[error("a period that there cannot be, or a count of 0")]
    Period,
    /// The next key is none of this log, or does not sign for itself.
    #[error("the next key is not a key of this log that signs for itself")]
    NextKey,
}

impl RuleError {
    /// The stable code, as `docs/formats/audit.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::GenesisPlace => "genesis_place",
            Self::Origin { .. } => "origin",
            Self::FirstRoot => "first_root",
            Self::DecisionId { .. } => "decision_id",
            Self::Outcome => "outcome",
            Self::Asserted => "asserted",
            Self::Incomplete { .. } => "incomplete",
            Self::Now => "now",
            Self::Resource => "resource",
            Self::Commitment { .. } => "commitment",
            Self::Delegation { .. } => "delegation",
            Self::Charge => "charge",
            Self::Warning { .. } => "warning",
            Self::Review => "review",
            Self::Amount { .. } => "amount",
            Self::OverLimit { .. } => "over_limit",
            Self::Remaining { .. } => "remaining",
            Self::Movement { .. } => "movement",
            Self::Shortfall { .. } => "shortfall",
            Self::Word { .. } => "word",
            Self::Period => "period",
            Self::NextKey => "next_key",
        }
    }
}
