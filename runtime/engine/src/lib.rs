//! The pure decision: a bundle and its facts, the index, reading requests, deciding, explaining.
//!
//! [`Engine`] is a pure function of bundle, facts, request and time. It uses no disk and no balances: what a decision
//! would charge is part of its answer.

#![forbid(unsafe_code)]

pub use engine::Engine;
pub use evaluator::Mode;
pub use explain::{Examined, Explanation, Holds, NEAR_MAX, Named, Part};
pub use facts::{FACTS_BYTES_MAX, FactsFile, FactsFileError, read_facts};
pub use permit_jit::Stats as NativeStats;
pub use policy::Work;
pub use read::FieldError;
pub use request::{RequestText, ScopeClaim, TASK_BYTES_MAX};
pub use review::REVIEW_CONTENT_BYTES_MAX;
pub use session::{ArgRef, AskFault, AskRef, Session, SessionVerdict};
pub use summary::Summary;

mod decide;
mod encode;
mod engine;
mod evaluator;
mod explain;
mod facts;
mod index;
mod memory;
mod names;
mod policy;
mod read;
mod reason;
pub mod render;
mod request;
mod review;
mod session;
mod summary;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
