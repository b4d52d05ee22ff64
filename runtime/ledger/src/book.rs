//! The contents of one account: a row for each unit and window, with its amounts in buckets of time.

use permit_types::charge::{Unit, Window};
use serde::{Deserialize, Serialize};

use crate::effect::Balance;
use crate::window::{Span, is_same, shown_start};

/// One account's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Book {
    rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Row {
    unit: Unit,
    window: Window,
    /// Oldest first: ledger time never goes back.
    buckets: Vec<Bucket>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bucket {
    span: Span,
    spent: i64,
    held: i64,
}

/// What counts in a window now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    pub(crate) spent: i64,
    pub(crate) held: i64,
    /// The oldest bucket that counts.
    pub(crate) oldest: Option<Span>,
}

impl Book {
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn has(&self, unit: &Unit, window: &Window) -> bool {
        self.row(unit, window).is_some()
    }

    pub(crate) fn counted(&self, unit: &Unit, window: &Window, now_ms: i64) -> Counted {
        self.row(unit, window).map_or(Counted::default(), |row| row.counted(now_ms))
    }

    /// Adds to the bucket of `span`. The caller has checked that the window's sum stays in range.
    pub(crate) fn add(&mut self, unit: &Unit, window: &Window, span: Span, spent: i64, held: i64) {
        let row = match self.rows.iter().position(|row| row.is(unit, window)) {
            Some(at) => self.rows.get_mut(at),
            None => {
                self.rows.push(Row { unit: unit.clone(), window: window.clone(), buckets: Vec::new() });
                self.rows.last_mut()
            }
        };
        let Some(row) = row else { return };
        match row.buckets.last_mut() {
            Some(bucket) if bucket.span.starts_ms == span.starts_ms => {
                bucket.span = span;
                bucket.spent = bucket.spent.saturating_add(spent);
                bucket.held = bucket.held.saturating_add(held);
            }
            Some(_) | None => row.buckets.push(Bucket { span, spent, held }),
        }
    }

    /// Resolves `held` in the bucket of `span`: `spent` of it stays. Of a bucket that no longer counts there is nothing
    /// left to resolve.
    pub(crate) fn settle(&mut self, unit: &Unit, window: &Window, span: Span, held: i64, spent: i64) {
        let row = self.rows.iter_mut().find(|row| row.is(unit, window));
        let buckets = row.map(|row| row.buckets.iter_mut()).into_iter().flatten();
        for bucket in buckets.filter(|bucket| bucket.is(window, span)) {
            bucket.held = bucket.held.saturating_sub(held);
            bucket.spent = bucket.spent.saturating_add(spent);
        }
    }

    /// Drops what no longer counts, and never will: ledger time does not go back.
    pub(crate) fn forget(&mut self, now_ms: i64) {
        for row in &mut self.rows {
            row.buckets
                .retain(|bucket| bucket.span.leaves_ms > now_ms && (bucket.spent, bucket.held) != (0, 0));
        }
        self.rows.retain(|row| !row.buckets.is_empty());
    }

    /// Until when an amount counts in one of these windows.
    pub(crate) fn counts_until(&self, now_ms: i64, windows: impl Fn(&Window) -> bool) -> Option<i64> {
        let rows = self.rows.iter().filter(|row| windows(&row.window));
        let counts =
            |bucket: &&Bucket| bucket.span.leaves_ms > now_ms && (bucket.spent, bucket.held) != (0, 0);
        rows.flat_map(|row| &row.buckets).filter(counts).map(|bucket| bucket.span.leaves_ms).max()
    }

    pub(crate) fn balances(&self, now_ms: i64) -> Vec<Balance> {
        let balance = |row: &Row| {
            let Counted { spent, held, oldest } = row.counted(now_ms);
            let oldest = oldest.filter(|_| (spent, held) != (0, 0))?;
            let (unit, window) = (row.unit.clone(), row.window.clone());
            let starts_ms = shown_start(&window, oldest, now_ms);
            Some(Balance { unit, window, starts_ms, resets_at_ms: oldest.leaves_ms, spent, held })
        };
        self.rows.iter().filter_map(balance).collect()
    }

    fn row(&self, unit: &Unit, window: &Window) -> Option<&Row> {
        self.rows.iter().find(|row| row.is(unit, window))
    }
}

impl Row {
    fn is(&self, unit: &Unit, window: &Window) -> bool {
        is_same(&self.window, window) && self.unit == *unit
    }

    fn counted(&self, now_ms: i64) -> Counted {
        let mut counted = Counted::default();
        for bucket in self.buckets.iter().filter(|bucket| bucket.span.leaves_ms > now_ms) {
            counted.spent = counted.spent.saturating_add(bucket.spent);
            counted.held = counted.held.saturating_add(bucket.held);
            counted.oldest = counted.oldest.or(Some(bucket.span));
        }
        counted
    }
}

impl Bucket {
    /// A task's end may have moved since the amount was held; it begins but once.
    fn is(&self, window: &Window, span: Span) -> bool {
        let is_task = matches!(window, Window::Task { .. });
        self.span.starts_ms == span.starts_ms && (is_task || self.span.leaves_ms == span.leaves_ms)
    }
}
