//! The demo, as the suite starts it.

#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    permit_demo::main()
}
