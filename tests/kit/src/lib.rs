//! Shared by tests across crates and by benches: golden cases, differential runs, real servers.

#![forbid(unsafe_code)]

pub mod agents;
pub mod cedar;
pub mod daemon;
pub mod forge;
pub mod programs;
pub mod stage;
pub mod wire;
pub mod world;
