//! What crosses crates, in one binary.

mod attacks;
mod banking;
mod kill;
mod tidy;
