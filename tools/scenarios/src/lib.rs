//! Runs a policy's scenarios, and single requests, against the same engine and ledger that serve it, with a simulated clock and
//! without server and disk.
//!
//! Every attempt is decided both by native code and by the interpreter, and the whole decisions are compared: a
//! [`Disagreement`] is a bug in Permit, never in the policy.

#![forbid(unsafe_code)]

mod coverage;
mod judge;
mod ledger;
mod play;
mod run;
mod stage;
mod trial;

pub use coverage::{ConditionCoverage, Coverage, PartCoverage, RuleCoverage, Tally};
pub use judge::{Failure, Fault, Left, Missed};
pub use permit_ledger::LimitStatus;
pub use play::{Came, Disagreement, Played, Rehearser};
pub use run::{Answer, Divided, Run};
pub use trial::{Trial, try_out};
