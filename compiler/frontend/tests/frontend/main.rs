//! The front end as its users see it: text in, program and diagnostics out.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot read its files fails"
)]

mod bad_input;
mod examples;
mod language;
mod library;
mod modules;
mod mutations;
mod pages;
mod phases;
mod programs;
mod recovery;
mod samples;
mod scenarios;
mod values;
