//! Diagnostics as text: the only file that knows ariadne.

use std::collections::BTreeSet;
use std::ops::Range;

use ariadne::{Cache, Color, Config, IndexType, Label, Report, ReportKind};
use permit_grammar::span::{SourceId, Span};

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
    let texts: BTreeSet<SourceId> = labels.map(|label| label.span.source).collect();
    let texts = texts.into_iter().map(|id| (sources.name(id).to_owned(), sources.text(id).to_owned()));
    let mut cache = ariadne::sources(texts);
    let blocks: Vec<String> = shown.iter().map(|one| block(sources, &mut cache, one, colour)).collect();
    blocks.join("\n")
}

type Place = (String, Range<usize>);

fn block(sources: &Sources, cache: &mut impl Cache<String>, shown: &Shown<'_>, colour: Colour) -> String {
    let place = |span: Span| -> Place { (sources.name(span.source).to_owned(), span.range()) };
    let (kind, accent) = match shown.severity {
        Severity::Error => (ReportKind::Error, Color::Red),
        Severity::Warning => (ReportKind::Warning, Color::Yellow),
    };
    let config =
        Config::default().with_index_type(IndexType::Byte).with_color(matches!(colour, Colour::Always));
    let primary = shown.primary;
    let report = Report::build(kind, place(primary.span)).with_config(config).with_message(shown.message);
    let mut report = match shown.code {
        Some(code) => report.with_code(code),
        None => report,
    };
    // Ariadne shows labels of one text together only if they come in the order of the text.
    let secondary = shown.secondary.iter().map(|label| (label, Color::Blue));
    let mut labels: Vec<_> = std::iter::once((primary, accent)).chain(secondary).collect();
    labels.sort_by_key(|(label, _)| (label.span.source != primary.span.source, label.span));
    for (label, color) in labels {
        report.add_label(Label::new(place(label.span)).with_message(&label.text).with_color(color));
    }
    if let Some(help) = shown.help {
        report.set_help(help);
    }
    let mut bytes = Vec::new();
    match report.finish().write(cache, &mut bytes) {
        Ok(()) => trim_line_ends(&String::from_utf8_lossy(&bytes)),
        // Writing to memory fails only where a text cannot be shown; the bare sentence still can.
        Err(_) => format!("{}: {}\n", shown.severity.name(), shown.message),
    }
}

/// Ariadne pads some lines with spaces, which golden files should not hold.
fn trim_line_ends(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
