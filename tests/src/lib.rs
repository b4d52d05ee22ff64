//! What crosses crates: golden cases, differential runs, real servers, tidiness.
#![forbid(unsafe_code)]
