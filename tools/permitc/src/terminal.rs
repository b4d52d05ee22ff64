//! Standard output and error. If the reader has gone away, the command ends quietly.
//!
//! Everything is written as [`permit_types::display`] shows it, so that no text from a policy, a file, a server or a log acts on
//! the terminal. Line feeds are kept: what is put into a line of ours goes through [`display::line`] first.

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};
use std::path::Path;
use std::sync::OnceLock;

use clap::ValueEnum;
use permit_frontend::render::Colour;
use permit_types::display;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The `--color` option; set once, before any command runs.
static WHEN: OnceLock<When> = OnceLock::new();

/// Sets when to use colours, the first time it is called.
pub(crate) fn use_colour(when: When) {
    WHEN.get_or_init(|| when);
}

/// Writes one line to standard output.
pub(crate) fn say(line: &impl Display) {
    show(&format!("{line}\n"));
}

/// Writes text to standard output.
pub(crate) fn show(text: &str) {
    write(io::stdout().lock(), &display::lines(text));
}

/// Writes JSON to standard output, and a line feed if it ends without one. Its value is unchanged.
pub(crate) fn json(text: &str) {
    let end = if text.ends_with('\n') { "" } else { "\n" };
    write(io::stdout().lock(), &format!("{}{end}", display::json(text)));
}

/// Writes text that may be coloured to standard output. Whoever made it has shown each part as [`display`] defines it.
pub(crate) fn painted(text: &str) {
    match colour() {
        Colour::Always => write(io::stdout().lock(), text),
        Colour::Never => show(text),
    }
}

/// Writes a file's content to standard output: unchanged, unless that is a terminal.
pub(crate) fn content(text: &str) {
    if io::stdout().is_terminal() { show(text) } else { write(io::stdout().lock(), text) }
}

/// Writes one line to standard error.
pub(crate) fn complain(line: &impl Display) {
    warn(&format!("permitc: {line}\n"));
}

/// Writes text to standard error.
pub(crate) fn warn(text: &str) {
    write(io::stderr().lock(), &display::lines(text));
}

fn write(mut to: impl Write, text: &str) {
    if to.write_all(text.as_bytes()).is_err() {
        std::process::exit(141);
    }
}

/// A path on one line.
pub(crate) fn path(path: &Path) -> String {
    display::line(&path.display().to_string()).into_owned()
}

/// Whether standard output is coloured.
pub(crate) fn colour() -> Colour {
    let variable = |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    choose(
        WHEN.get().copied().unwrap_or_default(),
        variable("NO_COLOR").as_deref(),
        variable("CLICOLOR_FORCE").as_deref(),
        io::stdout().is_terminal() && variable("TERM").as_deref() != Some("dumb"),
    )
}

/// The command line decides; then `NO_COLOR` unless it is empty (<https://no-color.org>), then `CLICOLOR_FORCE` unless it
/// is empty or `0` (<https://bixense.com/clicolors>), then the terminal.
fn choose(when: When, no_color: Option<&str>, force: Option<&str>, terminal: bool) -> Colour {
    let wanted = match when {
        When::Always => true,
        When::Never => false,
        When::Auto if no_color.is_some_and(|value| !value.is_empty()) => false,
        When::Auto => terminal || force.is_some_and(|value| !value.is_empty() && value != "0"),
    };
    if wanted { Colour::Always } else { Colour::Never }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_beats_the_environment_and_that_the_terminal() {
        let cases = [
            (When::Auto, None, None, true, Colour::Always),
            (When::Auto, None, None, false, Colour::Never),
            (When::Auto, Some("1"), None, true, Colour::Never),
            (When::Auto, Some(""), None, true, Colour::Always),
            (When::Auto, None, Some("1"), false, Colour::Always),
            (When::Auto, None, Some("0"), false, Colour::Never),
            (When::Auto, Some("1"), Some("1"), true, Colour::Never),
            (When::Always, Some("1"), None, false, Colour::Always),
            (When::Never, None, Some("1"), true, Colour::Never),
        ];
        for (when, no_color, force, terminal, expected) in cases {
            assert_eq!(choose(when, no_color, force, terminal), expected, "{when:?} {no_color:?} {force:?}");
        }
    }
}
