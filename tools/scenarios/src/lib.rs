//! Runs a policy's scenarios, and single requests, against the same engine and ledger that serve it, with a simulated clock and
//! without server and disk.
//!
//! Every attempt is decided both by native code and by the interpreter, and the whole decisions are compared: a
//! [`Disagreement`] is a bug in Permit, never in the policy.

#![forbid(unsafe_code)]

mod coverage;
mod dry_run;
mod ledger;
mod mismatch;
mod run;
mod runner;
mod setup;

pub use coverage::{ConditionCoverage, Coverage, PartCoverage, RuleCoverage, Tally};
pub use dry_run::{DryRun, dry_run};
pub use mismatch::{Failure, Fault, Left, Mismatch};
pub use permit_ledger::LimitStatus;
pub use run::{Answer, Divided, Run};
pub use runner::{Actual, Disagreement, ScenarioResult, ScenarioRunner};
