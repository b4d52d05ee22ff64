//! Load a bundle, know the facts, decide: where compiler, evaluators, ledger and log meet.
//!
//! [`Engine`] answers as a pure function; [`Service`] takes a caller through the five layers and does not answer before
//! the decision is durable.

#![forbid(unsafe_code)]

pub use engine::Engine;
pub use evaluator::Mode;
pub use explain::{Examined, Explanation, Holds, NEAR_MAX, Named, Part};
pub use facts::{FACTS_BYTES_MAX, FactsFile, FactsFileError, read_facts};
pub use permit_jit::Stats as NativeStats;
pub use permit_journal::{
    Journal, OpenError, Options as JournalOptions, ReadError, Receipt, StoredLog, SubmitError,
};
pub use policy::Work;
pub use read::FieldError;
pub use request::{Ask, Claims, ScopeClaim, TASK_BYTES_MAX};
pub use service::{
    Call, Caller, IDEMPOTENCY_KEY_BYTES_MAX, REVIEWS_PAGE_MAX, Replaced, Reply, ReviewPage, ReviewRefusal,
    ReviewView, SHOWN_BYTES_MAX, Says, Service, Shown, TokenScope,
};
pub use session::{ArgRef, AskFault, AskRef, Session, Verdict};
pub use trial::Trial;

mod decide;
mod encode;
mod engine;
mod evaluator;
mod explain;
mod facts;
mod index;
mod names;
mod policy;
mod read;
mod reason;
pub mod render;
mod request;
mod review;
mod service;
mod session;
pub mod strict_json;
#[cfg(test)]
mod testing;
mod trial;
