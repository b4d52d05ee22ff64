//! From syntax tree to verified decision IR, with diagnostics as data.
//!
//! Text goes in, values come out: [`compile`] reads no file and no clock, and returns its findings as
//! [`Diagnostic`]s, which [`render`] turns into text.

#![forbid(unsafe_code)]

mod check;
mod codes;
mod compile;
mod diagnostic;
mod header;
mod hir;
pub mod json;
pub mod library;
mod lint;
mod lower;
mod modules;
mod refused;
pub mod render;
mod resolve;
pub mod scenario;
pub mod sources;
mod suggest;
mod types;

pub use codes::{Code, doc};
pub use compile::{Compiled, DIAGNOSTICS_MAX, compile, compile_with_scenarios};
pub use diagnostic::{Diagnostic, Label, Severity};
pub use sources::{Position, Sources, SourcesError};
