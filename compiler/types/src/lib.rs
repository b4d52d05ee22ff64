//! Shared decision types: money, units, time, identities, keys, requests, verdicts, charges, digests and reviews; and the one strict reader of
//! JSON, since facts, requests, tokens and records are all read by it.
//!
//! Both sides of the trust boundary, the audit log and every client use these types; none of them says anything about how a
//! decision is made.

#![forbid(unsafe_code)]

pub mod ask;
pub mod assessment;
pub mod charge;
pub mod digest;
pub mod display;
pub mod keys;
pub mod money;
pub mod review;
pub mod spiffe;
pub mod strict_json;
pub mod time;
pub mod verdict;
