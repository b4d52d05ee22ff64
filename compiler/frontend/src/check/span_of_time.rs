//! Durations in clauses: windows, holds, rates and the lifetime of a scope.

use permit_grammar::span::Spanned;
use permit_ir::verify::limits::SPAN_MS_MAX;
use permit_types::time::parse_duration;

use super::Checker;
use super::literal::duration_fault;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

impl Checker<'_> {
    /// A positive length of time of at most [`SPAN_MS_MAX`], in milliseconds.
    pub(super) fn span_of_time(&mut self, written: &Spanned<String>, what: &str) -> Option<i64> {
        let length_ms = match parse_duration(&written.value) {
            Ok(length_ms) => length_ms,
            Err(fault) => {
                self.report(duration_fault(&written.value, written.span, fault));
                return None;
            }
        };
        if (1..=SPAN_MS_MAX).contains(&length_ms) {
            return Some(length_ms);
        }
        let (message, help) = if length_ms < 1 {
            (format!("{what} must be longer than zero"), "write a duration of at least `1ms`")
        } else {
            (format!("{what} must be at most ten years"), "write a shorter duration, such as `365d`")
        };
        self.report(Diagnostic::error(Code::SpanOfTime, written.span, message, "out of range").help(help));
        None
    }
}
