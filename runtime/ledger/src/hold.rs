//! Open holds, and the memory of resolved ones.

use std::collections::{BTreeMap, BTreeSet};

use permit_types::charge::{Account, Unit, Window};
use serde::{Deserialize, Serialize};

use crate::command::HoldId;
use crate::effect::{HoldError, Resolution};
use crate::limits::Limits;
use crate::window::Span;

/// One decision's held charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) until_ms: i64,
    pub(crate) lines: Vec<Line>,
}

/// One held charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) account: Account,
    pub(crate) unit: Unit,
    pub(crate) amount: i64,
    /// The windows it is held in, each with its bucket.
    pub(crate) buckets: Vec<(Window, Span)>,
}

/// All holds, open and remembered. The indices are not stored, they follow from the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holds {
    open: BTreeMap<HoldId, Hold>,
    resolved: BTreeMap<HoldId, (i64, Resolution)>,
    /// The open holds by the end of their time.
    #[serde(skip)]
    due: BTreeSet<(i64, HoldId)>,
    /// The remembered holds by the time of their resolution.
    #[serde(skip)]
    oldest: BTreeSet<(i64, HoldId)>,
}

impl Holds {
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn knows(&self, id: HoldId) -> bool {
        self.open.contains_key(&id) || self.resolved.contains_key(&id)
    }

    /// The unit of the open hold's line under `name`.
    pub(crate) fn unit(&self, id: HoldId, name: &str) -> Option<&Unit> {
        let mut lines = self.open.get(&id)?.lines.iter();
        lines.find(|line| line.account.name == name).map(|line| &line.unit)
    }

    /// When the next hold is due.
    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.due.first().map(|&(until_ms, _)| until_ms)
    }

    pub(crate) fn open(&mut self, id: HoldId, hold: Hold) {
        self.due.insert((hold.until_ms, id));
        self.open.insert(id, hold);
    }

    /// The hold, if it can still be confirmed or released.
    pub(crate) fn live(&self, id: HoldId, now_ms: i64) -> Result<&Hold, HoldError> {
        match (self.open.get(&id), self.resolved.get(&id)) {
            (Some(hold), _) if hold.until_ms > now_ms => Ok(hold),
            (Some(_), _) | (None, Some((_, Resolution::Expired))) => Err(HoldError::Expired),
            (None, Some((_, Resolution::Confirmed))) => Err(HoldError::AlreadyConfirmed),
            (None, Some((_, Resolution::Released))) => Err(HoldError::AlreadyReleased),
            (None, None) => Err(HoldError::Unknown),
        }
    }

    /// The holds that are due, those that have been due for longest first.
    pub(crate) fn due(&self, now_ms: i64) -> impl Iterator<Item = HoldId> {
        self.due.iter().take_while(move |&&(until_ms, _)| until_ms <= now_ms).map(|&(_, id)| id)
    }

    /// Takes the hold out and remembers how it ended.
    pub(crate) fn close(
        &mut self,
        id: HoldId,
        resolution: Resolution,
        now_ms: i64,
        limits: &Limits,
    ) -> Option<Hold> {
        let hold = self.open.remove(&id)?;
        self.due.remove(&(hold.until_ms, id));
        self.resolved.insert(id, (now_ms, resolution));
        self.oldest.insert((now_ms, id));
        while let Some(&(at_ms, oldest)) = self.oldest.first() {
            let is_old = at_ms.saturating_add(limits.resolved_ms) <= now_ms;
            if !is_old && self.oldest.len() <= limits.resolved_max {
                break;
            }
            self.oldest.pop_first();
            self.resolved.remove(&oldest);
        }
        Some(hold)
    }

    /// Rebuilds what is not stored.
    pub(crate) fn reindex(&mut self) {
        self.due = self.open.iter().map(|(&id, hold)| (hold.until_ms, id)).collect();
        self.oldest = self.resolved.iter().map(|(&id, &(at_ms, _))| (at_ms, id)).collect();
    }
}
