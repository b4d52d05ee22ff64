//! Options of the journal.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use permit_audit::Start;
use permit_ledger::Limits;

/// The time in milliseconds since the Unix epoch.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The journal's bounds and its clock.
#[derive(Clone)]
pub struct Options {
    /// Tells the time when holds expire without traffic. Commands carry their own time.
    pub clock: Clock,
    /// How long the writer waits for a command before it looks for holds that are due. Default 1 second.
    pub tick: Duration,
    /// The most commands that wait; more are refused as busy. Default 8,192.
    pub queue_max: usize,
    /// The most commands in one transaction. Default 1,024.
    pub batch_max: usize,
    /// How many records pass between two snapshots: what a restart replays at most. Default 50,000.
    pub snapshot_every: u64,
    /// The most idempotency keys that are remembered; more are refused. Default 1,000,000.
    pub idempotency_max: usize,
    /// How long an idempotency key is remembered, in milliseconds. Default 24 hours.
    pub idempotency_ms: i64,
    /// How large the ledger may grow.
    pub limits: Limits,
    /// The process, if the log is to tell when it starts and stops: its start is the first record that the writer makes,
    /// and a `shutdown` the last one when the journal is closed. Default none.
    pub process: Option<Start>,
}

impl Options {
    /// The defaults, with this clock.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            tick: Duration::from_secs(1),
            queue_max: 8_192,
            batch_max: 1_024,
            snapshot_every: 50_000,
            idempotency_max: 1_000_000,
            idempotency_ms: 24 * 60 * 60 * 1_000,
            limits: Limits::default(),
            process: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("queue_max", &self.queue_max)
            .field("batch_max", &self.batch_max)
            .field("snapshot_every", &self.snapshot_every)
            .finish_non_exhaustive()
    }
}
