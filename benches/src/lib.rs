//! What the programs that measure share: the questions, the engines that answer them, and how figures are taken and shown.

#![forbid(unsafe_code)]

pub mod agents;
#[cfg(feature = "peers")]
pub mod cli;
pub mod contest;
#[cfg(feature = "peers")]
pub mod engines;
pub mod figures;
#[cfg(feature = "peers")]
pub mod load;
pub mod oopsla;
pub mod paths;
pub mod permit;
#[cfg(feature = "peers")]
pub mod race;
#[cfg(feature = "peers")]
pub mod report;
pub mod served;
pub mod workload;

/// Why a measurement could not be taken.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
