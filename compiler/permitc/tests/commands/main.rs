//! The command line as its users see it: arguments in, text and exit code out.

mod bench;
mod check;
mod explain;
mod fmt;
mod project;
mod sarif;
