//! Rates.

use permit_grammar::ast;
use permit_grammar::span::Spanned;

use super::Checker;
use super::budget::Counted;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir;

impl Checker<'_> {
    pub(super) fn rate(&mut self, rate: &ast::Rate) -> Option<hir::Rate> {
        let (counts, all) = self.counts(&rate.counts, &Counted::Actions);
        let env = self.ledger_env(&all, rate.counts.is_empty());
        let keys = self.within(&env).keys(&rate.keys);
        let counted = self.has_clause(rate.counts.len(), rate.name.span, "rate", "counts", "counts ACTION;");
        let allow = match &rate.allow {
            Some(allow) => self.allow(allow),
            None => {
                let message = format!("rate `{}` has no `allow`", rate.name.value);
                let diagnostic = Diagnostic::error(Code::AllowMissing, rate.name.span, message, "no `allow`");
                self.report(diagnostic.help("add `allow 6 per 1min;`"));
                None
            }
        };
        counted.then_some(())?;
        let (allow, per_ms, burst) = allow?;
        Some(hir::Rate { name: rate.name.value.clone(), counts: counts?, keys: keys?, allow, per_ms, burst })
    }

    /// How many, in how long, and how many at once. Without `burst` all of them may come at once.
    fn allow(&mut self, allow: &ast::Allow) -> Option<(u32, i64, u32)> {
        let count = self.rate_number(&allow.count);
        let per_ms = self.span_of_time(&allow.per, "the time of a rate");
        let burst = match &allow.burst {
            Some(burst) => self.rate_number(burst),
            None => count,
        };
        Some((count?, per_ms?, burst?))
    }

    fn rate_number(&mut self, written: &Spanned<String>) -> Option<u32> {
        let number = written.value.replace('_', "").parse().ok().filter(|&number| number > 0);
        if number.is_none() {
            let message = format!("`{}` is not a valid number of actions", written.value);
            let diagnostic = Diagnostic::error(Code::RateNumber, written.span, message, "out of range");
            self.report(diagnostic.help(format!("write a whole number between 1 and {}", u32::MAX)));
        }
        number
    }
}
