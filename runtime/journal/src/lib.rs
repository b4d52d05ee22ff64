//! The write path: a decision's charge and its record become durable together, or not at all.
//!
//! One thread owns the ledger, the log and the store. It takes the waiting commands, applies them in order, seals a
//! record for each, writes one transaction, signs the checkpoint over what is now durable, and answers. A restart
//! replays the store and refuses to run if anything does not fit.

#![forbid(unsafe_code)]

mod appended;
mod checksum;
mod command;
mod facts;
mod idempotency;
mod in_force;
mod journal;
mod open_error;
mod options;
mod pending;
mod policy;
mod queue;
mod reader;
mod receipt;
mod recovery;
mod shared;
mod step;
mod store;
mod stored_log;
#[cfg(test)]
mod testing;
mod writer;
mod writer_state;

pub use command::{CastVote, Command, Confirm, Decide, Release, Requester};
pub use journal::Journal;
pub use open_error::{Fault, OpenError};
pub use options::{Clock, Options};
pub use pending::Pending;
pub use policy::PolicyTerms;
pub use reader::JournalReader;
pub use receipt::{ReadError, Receipt, SubmitError};
pub use store::{Batch, Crash, MemoryStore, Position, Row, Snapshot, Store, StoreError, StoreReader};
pub use stored_log::StoredLog;
pub use writer::Writer;
