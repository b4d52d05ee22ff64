//! What crosses crates: golden cases, differential runs, real servers, tidiness. This library is the support that its
//! tests share.

#![forbid(unsafe_code)]

pub mod agents;
pub mod cedar;
pub mod daemon;
pub mod forge;
pub mod programs;
pub mod stage;
pub mod wire;
pub mod world;
