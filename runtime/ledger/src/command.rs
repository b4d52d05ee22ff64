//! Commands to the ledger.

use std::collections::BTreeMap;

use permit_types::charge::{Charge, RateCharge};
use permit_types::review::Review;
use serde::{Deserialize, Serialize};

use crate::review::ReviewVote;
use crate::terms::Term;

/// The name of a decision's hold: the decision's index in the log, so it is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct HoldId(pub u64);

/// One decision's charges. All of them are booked, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reserve {
    /// Names the hold, if a charge asks for one.
    pub id: HoldId,
    /// What the budgets count.
    pub charges: Vec<Charge>,
    /// What the rates count.
    pub rates: Vec<RateCharge>,
    /// What the scopes' own limits count; asked only when budgets and rates have room. `None` says that a scope
    /// has denied already: budgets and rates are asked, so that their denial comes first, and nothing is booked.
    pub scope: Option<Vec<Charge>>,
    /// The review that must be approved before anything is booked. It waits unless the charges would not fit empty books;
    /// once it is approved, everything must have room.
    pub review: Option<Review>,
}

/// One step of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Book a decision's charges.
    Reserve(Reserve),
    /// The action has happened: what was held is spent.
    Confirm {
        /// The hold.
        id: HoldId,
        /// By budget name, how much was spent in the end; the rest is returned. A budget that is not named is spent
        /// in whole.
        amounts: BTreeMap<String, i64>,
    },
    /// The action has not happened: what was held is returned.
    Release {
        /// The hold.
        id: HoldId,
    },
    /// Return what is held past its time, oldest first.
    Expire {
        /// The most holds to resolve in this step, so that a step stays small.
        holds_max: u32,
    },
    /// A person approves a review. A second approval of the same person counts no more than the first.
    Approve(ReviewVote),
    /// A person declines a review, which ends it, whoever has approved it.
    Decline(ReviewVote),
    /// Another policy comes into force: from now on these are the terms. Refused while an account that counts does not
    /// fit them.
    Adopt {
        /// All budgets, and all limits of scopes.
        terms: Vec<Term>,
    },
}
