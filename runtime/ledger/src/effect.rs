//! The effects of ledger commands, as data for answers and records.

use permit_types::charge::{Account, RateCharge, Unit, Window};
use permit_types::verdict::{Layer, ReasonCode};
use serde::{Deserialize, Serialize};

use crate::command::HoldId;
use crate::review::{ReviewDenial, ReviewError, ReviewState};
use crate::terms::TermError;

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Everything is booked.
    Granted(ReviewGrant),
    /// Budgets and rates have room, but a scope has denied already, so nothing is booked.
    Discarded,
    /// Nothing is booked.
    Denied(Denial),
    /// Nothing is booked before persons approve; the review was opened, or waits already.
    Pending(ReviewState),
    /// The hold is confirmed or released.
    Settled(Settlement),
    /// The hold is not open; nothing changed.
    HoldRejected(HoldError),
    /// These holds were released because their time was over, in this order.
    Expired(Vec<HoldId>),
    /// The approval counts; the review stands so.
    Approved(ReviewState),
    /// The review is declined; it stood so.
    Declined(ReviewState),
    /// The vote does not count; nothing changed.
    VoteRejected(ReviewError),
    /// The terms are in force.
    Adopted,
    /// The terms are not in force; nothing changed.
    TermsRejected(TermError),
}

impl Effect {
    /// Whether the command was refused, so that nothing changed.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        match self {
            Self::Discarded
            | Self::Denied(_)
            | Self::HoldRejected(_)
            | Self::VoteRejected(_)
            | Self::TermsRejected(_) => true,
            Self::Granted(_)
            | Self::Pending(_)
            | Self::Settled(_)
            | Self::Expired(_)
            | Self::Approved(_)
            | Self::Declined(_)
            | Self::Adopted => false,
        }
    }
}

/// The effect of booking a decision's charges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewGrant {
    /// When the hold must be confirmed: the shortest `hold_ms` of its charges. `None` when nothing is held.
    pub hold_until_ms: Option<i64>,
    /// Where each limit stands with the charge booked, in the order of charges and limits, budgets before scopes.
    pub limits: Vec<LimitStatus>,
    /// The limits whose use is at or over their warning level, in the order of `limits`.
    pub warnings: Vec<Warning>,
    /// The review whose approval this grant has used.
    pub review: Option<ReviewState>,
}

/// A limit whose use is at or over its warning level, with the charge booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The account.
    pub account: Account,
    /// The window.
    pub window: Window,
    /// How much of the limit is spent and held, in whole percent, rounded down.
    pub percent: u8,
}

/// Where one limit stands with a charge booked; where it has no room for the charge, it stands as before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitStatus {
    /// The account.
    pub account: Account,
    /// What the amounts count.
    pub unit: Unit,
    /// The window.
    pub window: Window,
    /// When the window began; for a task, when it was first charged.
    pub starts_ms: i64,
    /// Calendar: when the window ends. Sliding: when the oldest counted amount leaves it. Task: when it ends.
    pub resets_at_ms: i64,
    /// The most that the window may hold.
    pub limit: i64,
    /// What is spent for good.
    pub spent: i64,
    /// What is held for confirmation.
    pub held: i64,
    /// What was spent before the charge.
    pub spent_before: i64,
    /// What was held before the charge.
    pub held_before: i64,
    /// What the charge asks for.
    pub requested: i64,
}

impl LimitStatus {
    /// What is left, never negative: a limit may have been lowered below its use.
    #[must_use]
    pub fn remaining(&self) -> i64 {
        self.limit.saturating_sub(self.spent).saturating_sub(self.held).max(0)
    }
}

/// Why a decision's charges do not fit. Nothing of the decision is booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// At least one limit or rate of `layer` has no room.
    Short {
        /// [`Layer::Budget`] or [`Layer::Scope`].
        layer: Layer,
        /// Every limit and rate of that layer that has no room. The first one makes the headline.
        first: Box<Shortfall>,
        /// The others.
        others: Vec<Shortfall>,
    },
    /// The charges cannot be booked at all.
    Refused {
        /// The layer whose charge it is.
        layer: Layer,
        /// The account's name.
        name: String,
        /// Why.
        refusal: Refusal,
    },
    /// The review that the request needs has ended without a grant.
    Review {
        /// The review as it ended.
        review: Box<ReviewState>,
        /// How it ended.
        denial: ReviewDenial,
    },
}

impl Denial {
    /// The layer that denies.
    #[must_use]
    pub fn layer(&self) -> Layer {
        match self {
            Self::Short { layer, .. } | Self::Refused { layer, .. } => *layer,
            Self::Review { .. } => Layer::Policy,
        }
    }

    /// The stable code of the headline.
    #[must_use]
    pub fn code(&self) -> ReasonCode {
        match self {
            Self::Short { layer: Layer::Scope, .. } => ReasonCode::ScopeLimitExceeded,
            Self::Short { first, .. } => match first.as_ref() {
                Shortfall::Limit(_) => ReasonCode::BudgetExceeded,
                Shortfall::Rate { .. } => ReasonCode::RateExceeded,
            },
            Self::Refused { refusal: Refusal::Full { .. }, .. } => ReasonCode::LedgerFull,
            Self::Refused { refusal: Refusal::TaskOver, .. } => ReasonCode::ScopeExpired,
            Self::Refused { layer: Layer::Scope, .. } => ReasonCode::ScopeLimitExceeded,
            Self::Refused { .. } => ReasonCode::BudgetExceeded,
            Self::Review { denial: ReviewDenial::Declined { .. }, .. } => ReasonCode::ReviewDeclined,
            Self::Review { denial: ReviewDenial::TimedOut, .. } => ReasonCode::ReviewTimedOut,
        }
    }

    /// The name of the budget, rate, scope or rule in the headline.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Short { first, .. } => &first.account().name,
            Self::Refused { name, .. } => name,
            Self::Review { review, .. } => &review.rule,
        }
    }

    /// The headline: one sentence for a person.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Short { first, .. } => first.message(),
            Self::Refused { refusal, .. } => refusal.to_string(),
            Self::Review { denial, .. } => denial.message(),
        }
    }

    /// Everything that has no room, headline first.
    pub fn shortfalls(&self) -> impl Iterator<Item = &Shortfall> {
        let (first, others) = match self {
            Self::Short { first, others, .. } => (Some(first.as_ref()), others.as_slice()),
            Self::Refused { .. } | Self::Review { .. } => (None, [].as_slice()),
        };
        first.into_iter().chain(others)
    }
}

/// One limit or rate that has no room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Shortfall {
    /// A limit; it stands as it stood before the decision.
    Limit(LimitStatus),
    /// A rate.
    Rate {
        /// What was asked.
        rate: RateCharge,
        /// When the rate has room again, if nothing else is charged until then.
        retry_at_ms: i64,
        /// How long that is from the decision's ledger time.
        retry_in_ms: i64,
    },
}

impl Shortfall {
    /// The account that has no room.
    #[must_use]
    pub fn account(&self) -> &Account {
        match self {
            Self::Limit(status) => &status.account,
            Self::Rate { rate, .. } => &rate.account,
        }
    }
}

/// Why a charge cannot be booked, whatever the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The ledger holds as many `what` as it may, and none of them is forgotten while it matters.
    #[error("the ledger is full: it holds {max} {what}")]
    Full {
        /// What there is too much of.
        what: &'static str,
        /// How many there may be.
        max: usize,
    },
    /// An amount or a hold's time is negative.
    #[error("negative amount or hold time")]
    Negative,
    /// A span or a number that must be at least 1 is not.
    #[error("window or rate without extent")]
    Empty,
    /// The zone is not in the time-zone data of this build.
    #[error("unknown time zone")]
    UnknownZone,
    /// The time is outside the range of the calendar.
    #[error("time outside the calendar")]
    TimeOutOfRange,
    /// The task has ended.
    #[error("the task is over")]
    TaskOver,
    /// The decision carries more charges than one decision may, or an account's name and key are too long.
    #[error("too many charges, or an account's key is too long")]
    TooLarge,
    /// A review without a timeout, or without any approval.
    #[error("review without time or persons")]
    EmptyReview,
    /// The hold's id was used before.
    #[error("hold id used twice")]
    DuplicateHold,
}

/// How a hold ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resolution {
    /// Confirmed.
    Confirmed,
    /// Released.
    Released,
    /// Nobody answered in time.
    Expired,
}

/// Why a hold was not confirmed or released.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
    /// Never held, or resolved so long ago that it is forgotten.
    #[error("unknown hold")]
    Unknown,
    /// Confirmed before.
    #[error("already confirmed")]
    AlreadyConfirmed,
    /// Released before.
    #[error("already released")]
    AlreadyReleased,
    /// Its time is over.
    #[error("the hold has expired")]
    Expired,
    /// No charge of the hold has that budget's name.
    #[error("the hold has no budget `{name}`")]
    UnknownBudget {
        /// The name.
        name: String,
    },
    /// The amount is negative, or more than is held.
    #[error("budget `{name}` holds {held}, not {amount}")]
    Amount {
        /// The budget.
        name: String,
        /// What is held, in the budget's smallest unit.
        held: i64,
        /// What was to be confirmed.
        amount: i64,
    },
}

/// A hold that was confirmed or released.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The hold.
    pub id: HoldId,
    /// [`Resolution::Confirmed`] or [`Resolution::Released`].
    pub resolution: Resolution,
    /// What became of each held charge, in the order of the decision.
    pub settled: Vec<Settled>,
}

/// What became of one held charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The account.
    pub account: Account,
    /// What the amounts count.
    pub unit: Unit,
    /// What was held.
    pub held: i64,
    /// What is spent of it.
    pub spent: i64,
    /// What is returned.
    pub returned: i64,
}

/// What one window of an account holds; a window that holds nothing has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Balance {
    /// What the amounts count.
    pub unit: Unit,
    /// The window.
    pub window: Window,
    /// As in [`LimitStatus`].
    pub starts_ms: i64,
    /// As in [`LimitStatus`].
    pub resets_at_ms: i64,
    /// What is spent for good.
    pub spent: i64,
    /// What is held for confirmation.
    pub held: i64,
}
