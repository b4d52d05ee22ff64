//! Admission: the one place that defines the order of the layers, and the result of a request.
//!
//! 1. A denial by identity, proof or rules ends the request.
//! 2. A review that ended without a grant denies, as part of the policy.
//! 3. Budgets and rates: a fault denies, then every limit and rate without room. While persons must still approve,
//!    nothing is held and future balances are unknown, so an empty ledger is asked.
//! 4. Scopes: a fault denies, then every limit without room, asked as the budgets are.
//! 5. The ledger's own bounds, last, so that a full ledger never hides a denial.
//! 6. The request is charged, or waits for its review.
//!
//! Nothing of a request is booked unless all of it is. Holds that are due must be released before a request is admitted:
//! [`Ledger::expiry_due`](crate::Ledger::expiry_due).

use permit_types::assessment::Assessment;
use permit_types::charge::{Charge, RateCharge};
use permit_types::review::{Review, ReviewRequest};
use permit_types::verdict::{Layer, LayerDenial, Layers, Outcome, Reason, ReasonCode};

use crate::command::{Command, HoldId, Reserve};
use crate::effect::{Denial, Effect, ReviewGrant};
use crate::ledger::Ledger;
use crate::plan::{Plan, Planner};
use crate::review::{ReviewId, ReviewProgress, ReviewState};

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// Why.
    pub reason: Reason,
    /// The result of the five layers, with the ledger's facts.
    pub end: End,
}

/// How a request's way through the layers ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every layer passes.
    Allowed {
        /// What books it.
        reserve: Reserve,
        /// What is booked then, and where each limit stands with it.
        grant: ReviewGrant,
    },
    /// A layer denies; nothing is booked.
    Denied {
        /// The layer.
        layer: Layer,
        /// What the ledger says, if it is the ledger that denies.
        denial: Option<Denial>,
    },
    /// Persons must approve first; nothing is booked.
    InReview {
        /// What opens the review, or meets it again.
        reserve: Reserve,
        /// The review as it stands.
        review: ReviewState,
        /// What persons are shown, if this request opens the review.
        content: Option<String>,
    },
}

impl Admission {
    /// The results of the five layers.
    #[must_use]
    pub fn layers(&self) -> Layers {
        match &self.end {
            End::Allowed { .. } => Layers::PASSED,
            End::Denied { layer, .. } => Layers::denied_by(*layer),
            End::InReview { .. } => Layers::IN_REVIEW,
        }
    }

    /// The outcome of the request.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.layers().outcome()
    }

    /// The command that makes it come true; a denial changes nothing.
    #[must_use]
    pub fn command(&self) -> Option<Command> {
        match &self.end {
            End::Allowed { reserve, .. } | End::InReview { reserve, .. } => {
                Some(Command::Reserve(reserve.clone()))
            }
            End::Denied { .. } => None,
        }
    }

    fn denied(LayerDenial { layer, reason }: LayerDenial) -> Self {
        Self { reason, end: End::Denied { layer, denial: None } }
    }
}

impl From<Denial> for Admission {
    fn from(denial: Denial) -> Self {
        let name = Some(denial.name().to_owned()).filter(|name| !name.is_empty());
        let reason = Reason { code: denial.code(), hint: None, message: denial.message(), name };
        Self { reason, end: End::Denied { layer: denial.layer(), denial: Some(denial) } }
    }
}

/// What comes of a request at `now_ms`, milliseconds since the Unix epoch. Changes nothing: the caller applies
/// [`Admission::command`] at the same time. `id` names the hold and the review that the request may open, and must not
/// have been used before.
#[must_use]
pub fn admit(
    ledger: &Ledger,
    now_ms: i64,
    id: HoldId,
    assessed: Result<Assessment, LayerDenial>,
) -> Admission {
    let Assessment { permitted, review, budget, scope } = match assessed {
        Ok(assessment) => assessment,
        Err(denial) => return Admission::denied(denial),
    };
    let (content, review) = review.map(|ReviewRequest { review, content }| (content, review)).unzip();
    let claims = Claims {
        budget: budget.as_ref().map(|bill| (bill.charges.as_slice(), bill.rates.as_slice())),
        scope: scope.as_deref(),
        review: review.as_ref(),
    };
    let clearance = match clear(ledger, ledger.now_ms().max(now_ms), id, claims) {
        Ok(clearance) => clearance,
        Err(Stop::Denial(denial)) => return denial.into(),
        Err(Stop::Fault(layer, reason)) => {
            return Admission::denied(LayerDenial { layer, reason: reason.clone() });
        }
    };
    let Clearance { charges, rates, scope, next } = clearance;
    let (charges, rates, scope) = (charges.to_vec(), rates.to_vec(), Some(scope.to_vec()));
    let reserve = |review| Reserve { id, charges, rates, scope, review };
    match next {
        Next::Book(plan, approved) => {
            let code = if approved.is_some() { ReasonCode::Approved } else { permitted.code };
            let grant = grant(plan, approved);
            let reason = Reason { code, ..permitted };
            Admission { reason, end: End::Allowed { reserve: reserve(review), grant } }
        }
        Next::Wait { state, is_new } => {
            let reason = Reason { code: ReasonCode::ReviewRequired, ..permitted };
            let content = content.filter(|_| is_new);
            Admission { reason, end: End::InReview { reserve: reserve(review), review: state, content } }
        }
    }
}

/// What a request claims of the ledger; `E` says why a budget or a scope denies it whatever the balances are.
pub(crate) struct Claims<'a, E> {
    pub(crate) budget: Result<(&'a [Charge], &'a [RateCharge]), E>,
    pub(crate) scope: Result<&'a [Charge], E>,
    pub(crate) review: Option<&'a Review>,
}

/// Claims that nothing denies.
pub(crate) struct Clearance<'a> {
    charges: &'a [Charge],
    rates: &'a [RateCharge],
    scope: &'a [Charge],
    pub(crate) next: Next<'a>,
}

/// What happens to claims that nothing denies.
pub(crate) enum Next<'a> {
    /// Everything is to be booked; the approved review, if one was needed.
    Book(Plan<'a>, Option<ReviewState>),
    /// Persons must approve first.
    Wait {
        state: ReviewState,
        /// Whether the review was not there before.
        is_new: bool,
    },
}

/// What denies claims.
pub(crate) enum Stop<E> {
    Denial(Denial),
    /// A budget or a scope, whatever the balances are.
    Fault(Layer, E),
}

impl<E> From<Denial> for Stop<E> {
    fn from(denial: Denial) -> Self {
        Self::Denial(denial)
    }
}

/// Asks layers 3 to 5 in their order, changing nothing.
pub(crate) fn clear<'a, E>(
    ledger: &Ledger,
    now_ms: i64,
    id: HoldId,
    claims: Claims<'a, E>,
) -> Result<Clearance<'a>, Stop<E>> {
    let Claims { budget, scope, review } = claims;
    let status = review.map(|review| ledger.review_status(now_ms, ReviewId(id.0), review)).transpose();
    if let Err(ended @ Denial::Review { .. }) = status {
        return Err(ended.into());
    }
    let waits = matches!(status, Ok(Some(ReviewProgress::New(_) | ReviewProgress::Pending(_))));
    let empty = waits.then(|| Ledger::new(*ledger.limits()));
    let mut planner = Planner::new(empty.as_ref().unwrap_or(ledger), now_ms);
    let (charges, rates) = budget.map_err(|fault| Stop::Fault(Layer::Budget, fault))?;
    planner.budgets(charges, rates)?;
    let scope = scope.map_err(|fault| Stop::Fault(Layer::Scope, fault))?;
    planner.scopes(scope)?;
    let plan = planner.plan();
    // Nobody is asked to approve what could not be booked.
    let status = status?;
    ledger.has_space(id, &plan)?;
    let next = match status {
        None => Next::Book(plan, None),
        Some(ReviewProgress::Approved(state)) => Next::Book(plan, Some(state)),
        Some(ReviewProgress::Pending(state)) => Next::Wait { state, is_new: false },
        Some(ReviewProgress::New(state)) => Next::Wait { state, is_new: true },
    };
    Ok(Clearance { charges, rates, scope, next })
}

fn grant(plan: Plan<'_>, review: Option<ReviewState>) -> ReviewGrant {
    let Plan { hold_until_ms, limits, warnings, .. } = plan;
    ReviewGrant { hold_until_ms, limits, warnings, review }
}

/// A scope has denied the request already.
pub(crate) struct Discarded;

/// The claims of a reserve.
pub(crate) fn claims(reserve: &Reserve) -> Claims<'_, Discarded> {
    Claims {
        budget: Ok((&reserve.charges, &reserve.rates)),
        scope: reserve.scope.as_deref().ok_or(Discarded),
        review: reserve.review.as_ref(),
    }
}

/// The effect of a reserve with these claims.
pub(crate) fn effect(cleared: Result<Clearance<'_>, Stop<Discarded>>) -> Effect {
    match cleared {
        Ok(Clearance { next: Next::Book(plan, review), .. }) => Effect::Granted(grant(plan, review)),
        Ok(Clearance { next: Next::Wait { state, .. }, .. }) => Effect::Pending(state),
        Err(Stop::Denial(denial)) => Effect::Denied(denial),
        Err(Stop::Fault(_, Discarded)) => Effect::Discarded,
    }
}

#[cfg(test)]
mod tests;
