//! The reference evaluator of decision IR, which defines what an expression means.
//!
//! It walks the tree and is written to be read, not to be fast. Native code is tested against it, falls back to it, and
//! calls it for the exact trap.

#![forbid(unsafe_code)]

mod arithmetic;
mod evaluate;
mod intrinsics;
mod rounding;
mod verified;

pub use evaluate::{evaluate, holds};
