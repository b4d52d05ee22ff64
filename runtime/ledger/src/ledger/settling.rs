//! Resolves holds, each at most once.

use std::collections::BTreeMap;

use super::Ledger;
use crate::command::HoldId;
use crate::effect::{HoldError, Resolution, Settled, Settlement};
use crate::hold::Line;

impl Ledger {
    pub(super) fn confirm(
        &mut self,
        id: HoldId,
        amounts: &BTreeMap<String, i64>,
    ) -> Result<Settlement, HoldError> {
        let hold = self.holds.live(id, self.now_ms)?;
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
        Ok(self.settle(id, Resolution::Confirmed, spent))
    }

    pub(super) fn release(&mut self, id: HoldId) -> Result<Settlement, HoldError> {
        self.holds.live(id, self.now_ms)?;
        Ok(self.settle(id, Resolution::Released, |_| 0))
    }

    pub(super) fn expire(&mut self, holds_max: u32) -> Vec<HoldId> {
        let mut expired = Vec::new();
        for _ in 0..holds_max {
            let Some(id) = self.holds.first_due(self.now_ms) else { break };
            self.settle(id, Resolution::Expired, |_| 0);
            expired.push(id);
        }
        expired
    }

    /// Closes the hold and moves its amounts: what `spent` says of a line is spent, the rest is returned.
    fn settle(&mut self, id: HoldId, resolution: Resolution, spent: impl Fn(&Line) -> i64) -> Settlement {
        let hold = self.holds.close(id, resolution, self.now_ms, &self.limits);
        let mut settled = Vec::new();
        for line in hold.map_or_else(Vec::new, |hold| hold.lines) {
            let spent = spent(&line);
            if let Some(book) = self.books.get_mut(&line.account) {
                for (window, span) in &line.buckets {
                    book.settle(&line.unit, window, *span, line.amount, spent);
                }
            }
            let Line { account, unit, amount: held, .. } = line;
            settled.push(Settled { account, unit, held, spent, returned: held.saturating_sub(spent) });
        }
        Settlement { id, resolution, settled }
    }
}
