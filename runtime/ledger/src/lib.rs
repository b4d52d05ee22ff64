//! Budgets, rates, holds and reviews as a pure state machine.
//!
//! [`Ledger::apply`] takes a time and a [`Command`] and returns an [`Effect`]. It knows no clock and no disk, never
//! panics, and the same commands at the same times always lead to the same state, byte for byte.

#![forbid(unsafe_code)]

mod admission;
mod book;
mod command;
mod effect;
mod hold;
mod ledger;
mod limits;
mod plan;
mod rate;
mod review;
mod sentence;
mod terms;
mod window;

pub use admission::{Admission, End, admit};
pub use command::{Command, HoldId, Reserve};
pub use effect::{
    Balance, Denial, Effect, HoldError, LimitStatus, Refusal, Resolution, ReviewGrant, Settled, Settlement,
    Shortfall, Warning,
};
pub use ledger::{HOLDS_PER_EXPIRY, Ledger, State};
pub use limits::Limits;
pub use review::{ReviewDenial, ReviewError, ReviewId, ReviewState, ReviewVote};
pub use terms::{Term, TermError};
