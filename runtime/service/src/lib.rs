//! Durable decisions: the engine in force and its journal.
//!
//! [`Service`] takes a caller through the five layers and answers once the decision is durable. `permitd` and every
//! other program that makes real decisions calls it.

#![forbid(unsafe_code)]

mod recorded;
mod replace;
mod reviews;
mod service;

pub use replace::{Replaced, policy};
pub use reviews::{REVIEWS_PAGE_MAX, ReviewRefusal};
pub use service::{
    Call, Caller, IDEMPOTENCY_KEY_BYTES_MAX, Idempotency, ScopeGrant, Service, TokenScope, prepare,
};
