//! Outcomes, layers, reasons and traps, shared by every crate after the compiler.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The outcome of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// The action may happen; what it costs is charged.
    Allow,
    /// The action must not happen; nothing is charged.
    Deny,
    /// The action waits for persons to approve it; nothing is charged yet.
    Review,
}

/// One of the five layers, in the order in which they are checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The client certificate names a known agent.
    Identity,
    /// The token is genuine, bound to the caller's key and certificate, and the proof is fresh.
    Dpop,
    /// A permit matches and no forbid does.
    Policy,
    /// Every budget and rate that counts the action has room for it.
    Budget,
    /// Every scope of the token allows the action.
    Scope,
}

impl Layer {
    /// All layers in order.
    pub const ALL: [Self; 5] = [Self::Identity, Self::Dpop, Self::Policy, Self::Budget, Self::Scope];

    /// The layer's name in records and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Dpop => "dpop",
            Self::Policy => "policy",
            Self::Budget => "budget",
            Self::Scope => "scope",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The results of the five layers: all before the deciding layer passed, all after it were not reached. A request that
/// waits for a review ends at the policy.
///
/// Written as `["identity:PASS","dpop:PASS","policy:DENY","budget:N/A","scope:N/A"]`. When a service asks on the agent's
/// behalf, an identity that passed is written as `ASSERTED`, and a proof that nobody had to give as `N/A`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "Vec<String>", try_from = "Vec<String>")]
pub struct Layers {
    caller: Caller,
    end: End,
}

/// Who passed the first two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Caller {
    Agent,
    Service,
    /// A service that need not prove possession of a key.
    ServiceWithoutProof,
}

/// Where the evaluation of a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum End {
    Passed,
    Denied(Layer),
    InReview,
}

impl Layers {
    /// All five passed.
    pub const PASSED: Self = Self { caller: Caller::Agent, end: End::Passed };

    /// The policy asks for a review; the layers before it passed.
    pub const IN_REVIEW: Self = Self { caller: Caller::Agent, end: End::InReview };

    /// `layer` denied; those before it passed.
    #[must_use]
    pub const fn denied_by(layer: Layer) -> Self {
        Self { caller: Caller::Agent, end: End::Denied(layer) }
    }

    /// The same, asked by a service on the agent's behalf, which gave a proof of possession or did not have to.
    #[must_use]
    pub const fn asserted(self, has_proof: bool) -> Self {
        let caller = match self.end {
            End::Denied(Layer::Identity) => Caller::Agent,
            End::Denied(Layer::Dpop) => Caller::Service,
            _ if has_proof => Caller::Service,
            _ => Caller::ServiceWithoutProof,
        };
        Self { caller, ..self }
    }

    /// Whether the agent's identity passed because a service asserted it.
    #[must_use]
    pub const fn is_asserted(self) -> bool {
        !matches!(self.caller, Caller::Agent)
    }

    /// Whether a proof of possession passed.
    #[must_use]
    pub const fn is_proved(self) -> bool {
        !matches!(
            (self.caller, self.end),
            (Caller::ServiceWithoutProof, _) | (_, End::Denied(Layer::Identity | Layer::Dpop))
        )
    }

    /// The layer that denied, if one did.
    #[must_use]
    pub const fn denied(self) -> Option<Layer> {
        match self.end {
            End::Denied(layer) => Some(layer),
            End::Passed | End::InReview => None,
        }
    }

    /// The outcome of a decision with these layers.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self.end {
            End::Passed => Outcome::Allow,
            End::Denied(_) => Outcome::Deny,
            End::InReview => Outcome::Review,
        }
    }
}

impl From<Layers> for Vec<String> {
    fn from(layers: Layers) -> Self {
        let status = |layer: Layer| match layers.end {
            End::Denied(denied) if layer == denied => "DENY",
            End::Denied(denied) if layer > denied => "N/A",
            End::InReview if layer == Layer::Policy => "REVIEW",
            End::InReview if layer > Layer::Policy => "N/A",
            _ if layer == Layer::Identity && layers.is_asserted() => "ASSERTED",
            _ if layer == Layer::Dpop && layers.caller == Caller::ServiceWithoutProof => "N/A",
            End::Passed | End::Denied(_) | End::InReview => "PASS",
        };
        Layer::ALL.iter().map(|&layer| format!("{layer}:{}", status(layer))).collect()
    }
}

/// A list of layer results that no decision can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the five layers in order, with at most one denial or review and `N/A` behind it")]
pub struct LayersError;

impl TryFrom<Vec<String>> for Layers {
    type Error = LayersError;

    fn try_from(texts: Vec<String>) -> Result<Self, LayersError> {
        let ends = || [Self::PASSED, Self::IN_REVIEW].into_iter().chain(Layer::ALL.map(Self::denied_by));
        let asserted = |has_proof| ends().map(move |layers| layers.asserted(has_proof));
        let mut candidates = ends().chain(asserted(true)).chain(asserted(false));
        candidates.find(|&layers| Vec::<String>::from(layers) == texts).ok_or(LayersError)
    }
}

/// Why an expression has no value. A rule that meets one is in error: a permit does not match, a forbid or a review
/// denies.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "snake_case")]
pub enum Trap {
    /// Checked arithmetic left the range of its type.
    #[error("arithmetic overflow")]
    Overflow,
    /// An attribute was read of an entity that the facts do not hold.
    #[error("unknown entity")]
    UnknownEntity,
    /// An amount that must not be negative is.
    #[error("negative amount")]
    NegativeAmount,
    /// A number was divided by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A quantifier met a set or list with more elements than it may look at.
    #[error("too many elements")]
    TooManyElements,
    /// An instant that no calendar has.
    #[error("time out of range")]
    TimeOutOfRange,
    /// An attribute that callers may fill, which neither the caller nor the facts give.
    #[error("unfilled attribute")]
    Unfilled,
}

/// The stable code of a reason. Codes are never renamed; new ones may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// A permit matched, and everything behind it passed.
    Permitted,
    /// A review matched, persons approved it, and everything behind it passed.
    Approved,
    /// No agent type and no fact carries the certificate's SPIFFE ID.
    UnknownAgent,
    /// The access token is malformed, expired, of another issuer or audience, or not bound to this certificate.
    InvalidToken,
    /// The DPoP proof is malformed, of another key, method, URI or token, or outside its time window.
    InvalidProof,
    /// The DPoP proof was used before.
    ReplayedProof,
    /// The request does not fit the types that the policy declares.
    InvalidRequest,
    /// The operating system gives no randomness for the salts of the record's commitments.
    Randomness,
    /// No permit matches.
    NoMatchingPermit,
    /// A forbid matches.
    Forbidden,
    /// A forbid or a review could not be evaluated.
    RuleError,
    /// A review matches, and waits for its approval.
    ReviewRequired,
    /// A person declined what the review asks.
    ReviewDeclined,
    /// Too few persons approved before the review's time was over.
    ReviewTimedOut,
    /// A budget has no room left, or its amount or key could not be evaluated.
    BudgetExceeded,
    /// A rate has no room left.
    RateExceeded,
    /// The ledger holds as many accounts, rates or holds as it may.
    LedgerFull,
    /// The token's scopes do not allow the action.
    OutOfScope,
    /// The token does not carry, from a task's issuer, a scope that the agent's type requires.
    ScopeRequired,
    /// A scope's time is over.
    ScopeExpired,
    /// A scope's own limit has no room left.
    ScopeLimitExceeded,
}

/// Why a decision has its outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The stable code.
    pub code: ReasonCode,
    /// What the policy's author wrote for the agent to read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// One sentence for a person.
    pub message: String,
    /// The rule, budget, rate or scope that decided, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl Reason {
    /// A reason without rule and hint.
    #[must_use]
    pub const fn new(code: ReasonCode, message: String) -> Self {
        Self { code, hint: None, message, name: None }
    }
}

/// A layer that denies, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LayerDenial {
    /// The layer.
    pub layer: Layer,
    /// Why.
    pub reason: Reason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_behind_a_denial_are_not_reached() {
        let texts = Vec::<String>::from(Layers::denied_by(Layer::Policy));
        assert_eq!(texts, ["identity:PASS", "dpop:PASS", "policy:DENY", "budget:N/A", "scope:N/A"]);
        assert_eq!(Layers::try_from(texts), Ok(Layers::denied_by(Layer::Policy)));
    }

    #[test]
    fn a_pass_behind_a_denial_is_refused() {
        let texts = ["identity:DENY", "dpop:PASS", "policy:N/A", "budget:N/A", "scope:N/A"];
        assert_eq!(Layers::try_from(texts.map(String::from).to_vec()), Err(LayersError));
    }

    #[test]
    fn a_review_ends_at_the_policy_and_nowhere_else() {
        let texts = ["identity:PASS", "dpop:PASS", "policy:REVIEW", "budget:N/A", "scope:N/A"];
        let texts = texts.map(String::from).to_vec();
        assert_eq!(Vec::<String>::from(Layers::IN_REVIEW), texts);
        assert_eq!(Layers::try_from(texts).map(Layers::outcome), Ok(Outcome::Review));
        let elsewhere = ["identity:PASS", "dpop:PASS", "policy:PASS", "budget:REVIEW", "scope:N/A"];
        assert_eq!(Layers::try_from(elsewhere.map(String::from).to_vec()), Err(LayersError));
    }

    #[test]
    fn a_service_asserts_an_identity_and_may_have_no_proof() {
        let texts = |layers: Layers| Vec::<String>::from(layers);
        let passed = Layers::PASSED.asserted(false);
        let expected = ["identity:ASSERTED", "dpop:N/A", "policy:PASS", "budget:PASS", "scope:PASS"];
        assert_eq!(texts(passed), expected);
        assert_eq!(texts(Layers::PASSED.asserted(true))[..2], ["identity:ASSERTED", "dpop:PASS"]);
        assert_eq!((passed.is_asserted(), passed.is_proved()), (true, false));
        assert_eq!((Layers::PASSED.is_asserted(), Layers::PASSED.is_proved()), (false, true));
        let ends = [Layers::PASSED, Layers::IN_REVIEW].into_iter().chain(Layer::ALL.map(Layers::denied_by));
        for layers in ends.flat_map(|end| [end, end.asserted(true), end.asserted(false)]) {
            assert_eq!(Layers::try_from(texts(layers)), Ok(layers));
        }
        assert!(!Layers::denied_by(Layer::Identity).asserted(true).is_asserted());
        assert!(!Layers::denied_by(Layer::Dpop).asserted(false).is_proved());
        for wrong in [
            ["identity:PASS", "dpop:N/A", "policy:PASS", "budget:PASS", "scope:PASS"],
            ["identity:ASSERTED", "dpop:ASSERTED", "policy:PASS", "budget:PASS", "scope:PASS"],
            ["identity:N/A", "dpop:N/A", "policy:PASS", "budget:PASS", "scope:PASS"],
        ] {
            assert_eq!(Layers::try_from(wrong.map(String::from).to_vec()), Err(LayersError));
        }
    }
}
