//! The command line as its users see it: arguments in, text and exit code out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test cannot go on without its files and its process"
)]

mod bench;
mod check;
mod explain;
mod fmt;
mod project;
mod sarif;
mod test;
mod tour;
