//! The contract between compiler and runtime: decision IR and its verifier, its text form, the bundle, facts and
//! requests.
//!
//! Code before this crate never sees state; code after it never sees source text.

#![forbid(unsafe_code)]

pub mod bundle;
pub mod civil;
pub mod decision;
pub mod email;
pub mod facts;
pub mod file_path;
pub mod glob;
pub mod identity;
pub mod intrinsics;
pub mod ip;
mod numbers;
pub mod pattern;
pub mod program;
pub mod quoted;
#[cfg(any(test, feature = "sample"))]
pub mod sample;
pub mod text;
pub mod types;
pub mod url;
pub mod value;
pub mod verify;
mod wire;
