//! The clock of a scenario.

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZoneDatabase};
use permit_grammar::ast::{After, At, Ident, Moment};
use permit_grammar::span::{Span, Spanned};
use permit_types::time::{INSTANT_MAX_MS, instant_text, parse_duration, parse_instant};

use super::super::Checker;
use super::super::literal::duration_fault;
use super::Stage;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::scenario::StepKind;

impl Checker<'_> {
    /// `at 2026-03-26T10:00 dublin;`
    pub(super) fn at(&mut self, written: &At, stage: &mut Stage<'_>) -> Option<StepKind> {
        let before = stage.now_ms;
        (stage.has_time, stage.now_ms) = (true, None);
        let (moment_ms, span) = match &written.moment {
            Moment::Instant(text) => (self.instant_moment(text)?, text.span),
            Moment::Local { time, zone } => (self.local_moment(time, zone.as_ref()?)?, time.span),
        };
        if let Some(before_ms) = before.filter(|&before_ms| moment_ms < before_ms) {
            let message = "the clock of a scenario does not go back".to_owned();
            let label = format!("it is already {}", instant_text(before_ms));
            let diagnostic = Diagnostic::error(Code::Moment, span, message, label);
            self.report(diagnostic.help("put the steps in chronological order, or write another scenario"));
            return None;
        }
        self.set(moment_ms, span, stage)
    }

    /// `after 24h;`
    pub(super) fn after(&mut self, written: &After, stage: &mut Stage<'_>) -> Option<StepKind> {
        let Spanned { value: text, span } = &written.duration;
        let length_ms = match parse_duration(text) {
            Ok(length_ms) => length_ms,
            Err(fault) => {
                self.report(duration_fault(text, *span, fault));
                return None;
            }
        };
        if !stage.has_time {
            let message = "`after` needs a time to start from";
            let diagnostic = Diagnostic::error(Code::StepOrder, *span, message, "after what?");
            self.report(diagnostic.help("set the clock first: `at 2026-03-26T10:00Z;`"));
            return None;
        }
        let moment_ms = stage.now_ms?.saturating_add(length_ms);
        self.set(moment_ms, *span, stage)
    }

    fn set(&mut self, moment_ms: i64, span: Span, stage: &mut Stage<'_>) -> Option<StepKind> {
        if !(0..=INSTANT_MAX_MS).contains(&moment_ms) {
            let message = "the time is out of range";
            let diagnostic = Diagnostic::error(Code::Moment, span, message, "out of range");
            let range = format!("between {} and {}", instant_text(0), instant_text(INSTANT_MAX_MS));
            self.report(diagnostic.help(format!("choose a time {range}")));
            return None;
        }
        stage.now_ms = Some(moment_ms);
        Some(StepKind::Clock(moment_ms))
    }

    fn instant_moment(&mut self, text: &Spanned<String>) -> Option<i64> {
        let parsed = parse_instant(&text.value).ok();
        if parsed.is_none() {
            let message = format!("`{}` is not an instant", text.value);
            let diagnostic =
                Diagnostic::error(Code::InstantLiteral, text.span, message, "no such point in time");
            self.report(diagnostic.help("write date, time and offset, as in `2026-03-20T09:00Z`"));
        }
        parsed
    }

    /// A moment on the clocks of a zone. Where clocks are set, a time may not exist or happen twice; then nothing is guessed.
    fn local_moment(&mut self, text: &Spanned<String>, zone: &Ident) -> Option<i64> {
        let name = zone;
        let zone = self.symbols.find_zone(self.found, name)?;
        // A zone that the data do not have was reported where it is declared.
        let tz = TimeZoneDatabase::bundled().get(&zone.iana).ok()?;
        let Ok(time) = text.value.parse::<DateTime>() else {
            let message = format!("`{}` is not a valid date and time", text.value);
            let diagnostic = Diagnostic::error(Code::Moment, text.span, message, "invalid date or time");
            self.report(diagnostic.help("write it as in `2026-03-26T10:00`"));
            return None;
        };
        let ambiguous = tz.to_ambiguous_timestamp(time);
        let (message, label, help) = match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                return ambiguous.unambiguous().ok().map(|moment| moment.as_millisecond());
            }
            AmbiguousOffset::Gap { after, .. } => (
                format!("`{}` does not exist in {}", text.value, zone.iana),
                "skipped when the clocks go forward",
                format!(
                    "write a time that exists, or one with its offset: `{}{}`",
                    text.value,
                    offset_text(after)
                ),
            ),
            AmbiguousOffset::Fold { before, after } => (
                format!("`{}` occurs twice in {}", text.value, zone.iana),
                "repeated when the clocks go back",
                format!(
                    "write it with its offset: `{0}{1}` or `{0}{2}`",
                    text.value,
                    offset_text(before),
                    offset_text(after)
                ),
            ),
        };
        let diagnostic = Diagnostic::error(Code::Moment, text.span, message, label)
            .also(name.span, format!("this is {}", zone.iana));
        self.report(diagnostic.help(help));
        None
    }
}

/// An offset as instants are written: `+01:00`.
fn offset_text(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
}
