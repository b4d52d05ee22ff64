//! The contract between compiler and runtime.
//!
//! What comes before this crate never sees state; what comes after it never sees source text.

#![forbid(unsafe_code)]

pub mod charge;
pub mod money;
pub mod verdict;
