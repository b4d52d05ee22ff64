//! What crosses crates: golden cases, differential runs, real servers, tidiness. This library is the support that its
//! tests share.

#![forbid(unsafe_code)]

pub mod world;
