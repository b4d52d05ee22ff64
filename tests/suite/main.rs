//! What crosses crates, in one binary.

mod banking;
mod tidy;
