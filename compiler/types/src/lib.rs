//! Shared decision types: money, units, time, keys, verdicts, charges and reviews.
//!
//! Both sides of the trust boundary, the audit log and every client use these types; none of them says anything about how a
//! decision is made.

#![forbid(unsafe_code)]

pub mod charge;
pub mod keys;
pub mod money;
pub mod review;
pub mod time;
pub mod verdict;
