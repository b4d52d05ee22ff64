//! Native code for conditions: one loop for each distinct *shape* of condition, that is for its structure with the
//! constants left open, over as many rows of constants as there are conditions of that shape.
//!
//! Facts are encoded once ([`Snapshot`]), a request each time ([`Input`]); native code reads both, and calls functions
//! of this crate for what is more than a load, a comparison or checked arithmetic. It knows only the clean way: whatever
//! traps, overflows or is not as the verified program says ends in [`Found::Slow`], and the caller asks the reference
//! evaluator, which knows the exact trap. The code holds no addresses: constants come in rows, the request in a frame,
//! and host functions through a table in the frame. So one piece of code serves every policy that has its shape.

#![expect(unsafe_code, reason = "calls generated code, which in turn calls back with raw pointers")]
#![deny(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

mod code;
mod emit;
mod error;
mod frame;
mod frozen;
mod input;
mod layout;
mod libcalls;
mod lower;
mod native;
mod shape;
mod snapshot;
mod symbols;
mod term;
mod texts;
mod word;

pub use error::JitError;
pub use frozen::Words;
pub use input::{Input, Subjects};
pub use lower::Condition;
pub use native::{Compiler, Found, Lowered, NativeProgram, Options, Rows, Stats};
pub use snapshot::Snapshot;
pub use symbols::Symbols;
pub use texts::{Texts, TextsBuilder};
