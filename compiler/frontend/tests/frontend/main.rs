//! The front end as its users see it: text in, program and diagnostics out.

mod examples;
mod language;
mod pages;
mod phases;
mod samples;
