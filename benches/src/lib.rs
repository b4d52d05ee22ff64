//! What the programs that measure share: workloads, and how figures are taken and shown.

#![forbid(unsafe_code)]

pub mod figures;
pub mod workload;

/// Why a measurement could not be taken.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
