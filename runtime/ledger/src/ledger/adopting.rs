//! Adopts the terms of another policy if every account that still counts can be carried over.

use std::ops::Bound;

use permit_types::charge::{Account, Window};
use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::effect::Effect;
use crate::terms::{Term, TermError};
use crate::window::{is_same, span_at};

/// What a name means, and since when each of its windows has counted everything. Of a name that the policy in force does
/// not have any more, it is what the accounts mean that are left of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    term: Term,
    /// Window by window, in milliseconds since the Unix epoch; empty once the name is gone from the policy.
    since_ms: Vec<i64>,
}

impl Ledger {
    /// The effect of adopting the terms.
    pub(super) fn adopted(&self, now_ms: i64, terms: &[Term]) -> Effect {
        let kept = self.state.terms.iter();
        let misfits =
            kept.flat_map(|kept| terms.iter().filter_map(move |asked| self.misfit(now_ms, kept, asked)));
        misfits.into_iter().next().map_or(Effect::Adopted, Effect::TermsRejected)
    }

    pub(super) fn adopt(&mut self, terms: &[Term]) -> Effect {
        let now_ms = self.state.now_ms;
        let effect = self.adopted(now_ms, terms);
        if effect == Effect::Adopted {
            let is_gone = |kept: &&Kept| !terms.iter().any(|term| kept.is_of(term));
            let left = self.state.terms.iter().filter(is_gone);
            let left = left.filter(|kept| self.counts(now_ms, &kept.term, |_| true).next().is_some());
            let left = left.map(|kept| Kept { term: kept.term.clone(), since_ms: Vec::new() });
            let asked = terms.iter().map(|term| self.keep(now_ms, term));
            self.state.terms = asked.chain(left).collect();
        }
        effect
    }

    fn keep(&self, now_ms: i64, term: &Term) -> Kept {
        let before = self.state.terms.iter().find(|kept| kept.is_of(term));
        // Where nothing counts, nothing is missing in a window that is new.
        let new_ms = match self.counts(now_ms, term, |_| true).next() {
            Some(_) => now_ms,
            None => i64::MIN,
        };
        let since = |window| before.and_then(|before| before.since_ms(window)).unwrap_or(new_ms);
        Kept { term: term.clone(), since_ms: term.windows.iter().map(since).collect() }
    }

    /// Why accounts of `kept` that still count do not fit `asked`.
    fn misfit(&self, now_ms: i64, kept: &Kept, asked: &Term) -> Option<TermError> {
        let Term { name, part, unit, keys, windows } = &kept.term;
        // A budget that becomes a scope, or the reverse, tells its accounts apart by something else.
        if *name != asked.name || (part.is_some() == asked.part.is_some() && *part != asked.part) {
            return None;
        }
        let name = name.clone();
        let until_ms = |counts: &dyn Fn(&Window) -> bool| self.counts(now_ms, &kept.term, counts).max();
        if part.is_some() != asked.part.is_some() || *keys != asked.keys {
            let (kept, asked) = (keys.clone(), asked.keys.clone());
            return until_ms(&|_| true).map(|until_ms| TermError::Keys { name, kept, asked, until_ms });
        }
        if *unit != asked.unit {
            let (kept, asked) = (unit.clone(), asked.unit.clone());
            return until_ms(&|_| true).map(|until_ms| TermError::Unit { name, kept, asked, until_ms });
        }
        let stays = |window: &Window| asked.windows.iter().any(|asked| is_same(window, asked));
        let is_whole =
            |window: &&Window| kept.since_ms(window).is_some_and(|since| is_whole(window, since, now_ms));
        // A window that stays and has counted everything goes on; then others may go.
        if windows.iter().filter(|window| stays(window)).any(|window| is_whole(&window)) {
            return None;
        }
        let kept: Vec<_> = windows.iter().filter(|window| !stays(window)).cloned().collect();
        let goes = |window: &Window| kept.iter().any(|kept| is_same(kept, window));
        until_ms(&goes).map(|until_ms| TermError::Windows { name, kept, until_ms })
    }

    /// Until when amounts count in these windows of the term's accounts, account by account.
    fn counts<'a>(
        &'a self,
        now_ms: i64,
        term: &'a Term,
        windows: impl Fn(&Window) -> bool + 'a,
    ) -> impl Iterator<Item = i64> + 'a {
        let first = Account { name: term.name.clone(), key: Vec::new() };
        let named = self.state.books.range((Bound::Included(first), Bound::Unbounded));
        named
            .take_while(|(account, _)| account.name == term.name)
            .filter(|(account, _)| term.part.is_none() || account.key.last() == term.part.as_ref())
            .filter_map(move |(_, book)| book.counts_until(now_ms, &windows))
    }
}

impl Kept {
    fn is_of(&self, term: &Term) -> bool {
        self.term.name == term.name && self.term.part == term.part
    }

    fn since_ms(&self, window: &Window) -> Option<i64> {
        let mut windows = self.term.windows.iter().zip(&self.since_ms);
        windows.find(|(kept, _)| is_same(kept, window)).map(|(_, &since_ms)| since_ms)
    }
}

/// Whether a window that counts since `since_ms` lacks nothing of what it spans now.
fn is_whole(window: &Window, since_ms: i64, now_ms: i64) -> bool {
    match window {
        Window::Sliding { length_ms } => since_ms <= now_ms.saturating_sub(*length_ms),
        Window::Calendar { .. } => span_at(window, now_ms).is_ok_and(|span| since_ms <= span.starts_ms),
        Window::Task { .. } => since_ms == i64::MIN,
    }
}
