//! Standard output and error. A reader that went away ends the command quietly.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write as _};

use permit_frontend::render::Colour;

/// Writes one line to standard output.
pub(crate) fn say(line: &impl Display) {
    if writeln!(io::stdout().lock(), "{line}").is_err() {
        std::process::exit(141);
    }
}

/// Writes text to standard output as it is.
pub(crate) fn show(text: &str) {
    if io::stdout().lock().write_all(text.as_bytes()).is_err() {
        std::process::exit(141);
    }
}

/// Writes one line to standard error.
pub(crate) fn complain(line: &impl Display) {
    if writeln!(io::stderr().lock(), "permitc: {line}").is_err() {
        std::process::exit(141);
    }
}

/// Colours on a terminal, unless `NO_COLOR` is set.
pub(crate) fn colour() -> Colour {
    let wanted = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
    if wanted { Colour::Always } else { Colour::Never }
}
