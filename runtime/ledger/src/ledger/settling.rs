//! Resolves holds, each at most once.

use std::collections::BTreeMap;

use super::Ledger;
use crate::command::HoldId;
use crate::effect::{Effect, HoldError, Resolution, Settled, Settlement};
use crate::hold::{Hold, Line};

impl Ledger {
    /// The effect of confirming the hold.
    pub(super) fn confirmed(
        &self,
        now_ms: i64,
        id: HoldId,
        amounts: &BTreeMap<String, i64>,
    ) -> Result<Settlement, HoldError> {
        let hold = self.state.holds.live(id, now_ms)?;
        for (name, &amount) in amounts {
            let mut lines = hold.lines.iter().filter(|line| line.account.name == *name).peekable();
            if lines.peek().is_none() {
                return Err(HoldError::UnknownBudget { name: name.clone() });
            }
            if let Some(line) = lines.find(|line| amount < 0 || amount > line.amount) {
                return Err(HoldError::Amount { name: name.clone(), held: line.amount, amount });
            }
        }
        let spent = |line: &Line| amounts.get(&line.account.name).copied().unwrap_or(line.amount);
        Ok(settlement(id, hold, Resolution::Confirmed, spent))
    }

    /// The effect of releasing the hold.
    pub(super) fn released(&self, now_ms: i64, id: HoldId) -> Result<Settlement, HoldError> {
        let hold = self.state.holds.live(id, now_ms)?;
        Ok(settlement(id, hold, Resolution::Released, |_| 0))
    }

    /// Makes a settlement or an expiry come true.
    pub(super) fn resolve(&mut self, effect: &Effect) {
        match effect {
            Effect::Settled(Settlement { id, resolution, settled }) => {
                self.close(*id, *resolution, &settled.iter().map(|line| line.spent).collect::<Vec<_>>());
            }
            Effect::Expired(ids) => ids.iter().for_each(|&id| self.close(id, Resolution::Expired, &[])),
            Effect::Granted(_)
            | Effect::Discarded
            | Effect::Denied(_)
            | Effect::Pending(_)
            | Effect::HoldRejected(_)
            | Effect::Approved(_)
            | Effect::Declined(_)
            | Effect::VoteRejected(_)
            | Effect::Adopted
            | Effect::TermsRejected(_) => {}
        }
    }

    /// Takes the hold out of its windows. `spent` goes line by line; what it does not name is returned.
    fn close(&mut self, id: HoldId, resolution: Resolution, spent: &[i64]) {
        let hold = self.state.holds.close(id, resolution, self.state.now_ms, &self.limits);
        let spent = spent.iter().copied().chain(std::iter::repeat(0));
        for (line, spent) in hold.iter().flat_map(|hold| &hold.lines).zip(spent) {
            if let Some(book) = self.state.books.get_mut(&line.account) {
                for (window, span) in &line.buckets {
                    book.settle(&line.unit, window, *span, line.amount, spent);
                }
            }
        }
    }
}

fn settlement(id: HoldId, hold: &Hold, resolution: Resolution, spent: impl Fn(&Line) -> i64) -> Settlement {
    let settle = |line: &Line| {
        let (account, unit, spent) = (line.account.clone(), line.unit.clone(), spent(line));
        Settled { account, unit, held: line.amount, spent, returned: line.amount.saturating_sub(spent) }
    };
    Settlement { id, resolution, settled: hold.lines.iter().map(settle).collect() }
}
