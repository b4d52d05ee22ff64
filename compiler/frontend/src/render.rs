//! Diagnostics as text: the only file that knows ariadne. Names, source texts and messages are shown as
//! [`permit_types::display`] defines it, so the only control characters are line feeds, tabs and the colours.

use std::collections::BTreeMap;
use std::fmt;

use ariadne::{Cache, Color, Config, IndexType, Label, Report, ReportKind};
use permit_grammar::span::{SourceId, Span};
use permit_types::display::{self, Excerpt};

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Label as Marked, Severity};
use crate::sources::Sources;

/// Whether the output holds terminal colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Colour {
    /// Plain text.
    #[default]
    Never,
    /// ANSI escapes.
    Always,
}

/// The diagnostics with the lines they speak of, each followed by an empty line.
#[must_use]
pub fn render(sources: &Sources, diagnostics: &[Diagnostic], colour: Colour) -> String {
    let shown: Vec<Shown<'_>> = diagnostics.iter().map(Shown::of).collect();
    blocks(sources, &shown, colour)
}

/// An error that has no code, with the lines it speaks of.
#[must_use]
pub fn excerpt(
    sources: &Sources,
    message: &str,
    primary: &Marked,
    secondary: &[Marked],
    colour: Colour,
) -> String {
    let severity = Severity::Error;
    blocks(sources, &[Shown { severity, code: None, message, primary, secondary, help: None }], colour)
}

/// What is shown of an error or a warning.
struct Shown<'a> {
    severity: Severity,
    code: Option<Code>,
    message: &'a str,
    primary: &'a Marked,
    secondary: &'a [Marked],
    help: Option<&'a str>,
}

impl<'a> Shown<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        let Diagnostic { code, severity, message, primary, secondary, help } = diagnostic;
        let (code, help) = (Some(*code), help.as_deref());
        Self { severity: *severity, code, message, primary, secondary, help }
    }
}

fn blocks(sources: &Sources, shown: &[Shown<'_>], colour: Colour) -> String {
    let labels = shown.iter().flat_map(|one| one.secondary.iter().chain([one.primary]));
    let mut excerpts = Excerpts::new();
    for id in labels.map(|label| label.span.source) {
        let excerpt =
            || (Name { id, shown: display::line(sources.name(id)).into() }, Excerpt::new(sources.text(id)));
        excerpts.entry(id).or_insert_with(excerpt);
    }
    let texts = excerpts.values().map(|(name, excerpt)| (name.clone(), excerpt.text().to_owned()));
    let mut cache = ariadne::sources(texts);
    let blocks: Vec<String> = shown.iter().map(|one| block(&excerpts, &mut cache, one, colour)).collect();
    blocks.join("\n")
}

/// The texts that are spoken of, as they are shown.
type Excerpts = BTreeMap<SourceId, (Name, Excerpt)>;

/// A text and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Name {
    id: SourceId,
    shown: String,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

fn block(excerpts: &Excerpts, cache: &mut impl Cache<Name>, shown: &Shown<'_>, colour: Colour) -> String {
    let place = |span: Span| match excerpts.get(&span.source) {
        Some((name, excerpt)) => (name.clone(), excerpt.range(span.range())),
        // Every label's text is there.
        None => (Name { id: span.source, shown: String::new() }, span.range()),
    };
    let (kind, accent) = match shown.severity {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
    };
    let config =
        Config::default().with_index_type(IndexType::Byte).with_color(matches!(colour, Colour::Always));
    let primary = shown.primary;
    let report = Report::build(kind, place(primary.span))
        .with_config(config)
        .with_message(display::lines(shown.message));
    let mut report = match shown.code {
        Some(code) => report.with_code(code),
        None => report,
    };
    // Ariadne shows labels of one text together only if they come in the order of the text.
    let secondary = shown.secondary.iter().map(|label| (label, Color::Blue));
    let mut labels: Vec<_> = std::iter::once((primary, accent)).chain(secondary).collect();
    labels.sort_by_key(|(label, _)| (label.span.source != primary.span.source, label.span));
    for (label, color) in labels {
        report.add_label(
            Label::new(place(label.span)).with_message(display::lines(&label.text)).with_color(color),
        );
    }
    if let Some(help) = shown.help {
        report.set_help(display::lines(help));
    }
    let mut bytes = Vec::new();
    match report.finish().write(cache, &mut bytes) {
        Ok(()) => trim_line_ends(&String::from_utf8_lossy(&bytes)),
        // Writing to memory fails only where a text cannot be shown; the bare sentence still can.
        Err(_) => format!("{}: {}\n", shown.severity.name(), display::lines(shown.message)),
    }
}

/// Ariadne pads some lines with spaces, which golden files should not hold.
fn trim_line_ends(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
