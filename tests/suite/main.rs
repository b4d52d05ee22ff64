//! Tests across crates, in one binary.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where something is not as it must be"
)]

mod attacks;
mod bad_input;
mod banking;
mod commands;
mod demo;
mod generated;
mod golden_bundle;
mod kill;
mod native;
mod no_code;
mod oopsla;
mod projects;
mod reload;
mod reviews;
mod stdlib;
mod tidy;
mod unread;
mod workspace;
