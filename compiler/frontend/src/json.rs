//! Diagnostics as JSON, for editors and pipelines.

use permit_grammar::span::Span;
use serde::Serialize;

use crate::diagnostic::{Diagnostic, Label};
use crate::sources::{Position, Sources};

/// One finding with its places worked out. Lines and columns count from one, columns in characters.
#[derive(Debug, Serialize)]
pub struct Finding<'a> {
    /// `P0144`
    pub code: &'static str,
    /// `error` or `warning`
    pub severity: &'static str,
    /// One sentence.
    pub message: &'a str,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<&'a str>,
    /// The place it is about.
    pub primary: Place<'a>,
    /// Other places that matter.
    pub secondary: Vec<Place<'a>>,
}

/// A place in a file.
#[derive(Debug, Serialize)]
pub struct Place<'a> {
    /// The file's name.
    pub file: &'a str,
    /// Where it begins.
    pub start: Position,
    /// Where it ends, one past its last character.
    pub end: Position,
    /// What is to be said of it.
    pub text: &'a str,
}

/// The findings in the order of the diagnostics; they serialise as they are.
#[must_use]
pub fn findings<'a>(sources: &'a Sources, diagnostics: &'a [Diagnostic]) -> Vec<Finding<'a>> {
    diagnostics.iter().map(|diagnostic| finding(sources, diagnostic)).collect()
}

fn finding<'a>(sources: &'a Sources, diagnostic: &'a Diagnostic) -> Finding<'a> {
    Finding {
        code: diagnostic.code.number(),
        severity: diagnostic.severity.name(),
        message: &diagnostic.message,
        help: diagnostic.help.as_deref(),
        primary: place(sources, &diagnostic.primary),
        secondary: diagnostic.secondary.iter().map(|label| place(sources, label)).collect(),
    }
}

fn place<'a>(sources: &'a Sources, label: &'a Label) -> Place<'a> {
    let span: Span = label.span;
    Place {
        file: sources.name(span.source),
        start: sources.start(span),
        end: sources.end(span),
        text: &label.text,
    }
}
