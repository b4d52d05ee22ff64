//! Native code for conditions: one function for each distinct *shape* of condition, that is for its structure with
//! the constants and the paths left open.
//!
//! Native code knows only the clean way. Whatever traps, overflows or is not as the verified program says ends in
//! [`Native::Slow`], and the caller asks the reference evaluator, which knows the exact trap. The code holds no
//! addresses: constants come in a row, the request in a frame, and host functions through a table in the frame.

#![expect(unsafe_code, reason = "calls generated code, which in turn calls back with raw pointers")]
#![deny(clippy::undocumented_unsafe_blocks, unsafe_op_in_unsafe_fn)]

mod code;
mod emit;
mod encode;
mod error;
mod frozen;
mod intrinsics;
mod layout;
mod lower;
mod names;
mod native;
mod symbols;
mod term;

pub use error::JitError;
pub use frozen::{Frozen, PROBES_MAX, hash_numbers};
pub use native::{Native, NativeProgram, Options, Stats};
pub use symbols::Symbols;
