//! What crosses crates, in one binary.

mod attacks;
mod bad_input;
mod banking;
mod commands;
mod demo;
mod kill;
mod native;
mod tidy;
