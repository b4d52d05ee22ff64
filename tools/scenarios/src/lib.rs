//! Rehearsals: a policy's scenarios run against the engine and the ledger that serve it, with a clock of their own and
//! without server and disk.
//!
//! Every attempt is decided on native code and by the interpreter, and the whole decisions are compared: a
//! [`Disagreement`] is a fault of Permit, never of the policy.

#![forbid(unsafe_code)]

mod coverage;
mod judge;
mod ledger;
mod play;
mod stage;

pub use coverage::{ConditionCoverage, Coverage, PartCoverage, RuleCoverage, Tally};
pub use judge::{Failure, Fault, Left, Missed};
pub use permit_ledger::Standing;
pub use play::{Came, Disagreement, Played, Rehearser};
