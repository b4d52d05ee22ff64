//! A summary of a verified log.

use std::collections::BTreeMap;
use std::fmt;

use permit_types::time::instant_text;
use serde::Serialize;

use crate::hash::Hash;

/// What a log holds that is verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Decisions that allow.
    pub allowed: u64,
    /// Approvals that persons gave.
    pub approvals: u64,
    /// Holds that were confirmed.
    pub confirmed: u64,
    /// For each cause, how often something was refused or granted without a record of its own.
    pub counted: BTreeMap<String, u64>,
    /// Starts that follow no shutdown: the process before had not ended in order.
    pub crashes: u64,
    /// All decisions.
    pub decisions: u64,
    /// Declines that persons gave.
    pub declines: u64,
    /// Decisions that deny.
    pub denied: u64,
    /// Records of holds that ran out.
    pub expired: u64,
    /// How many records there are of each `type`.
    pub kinds: BTreeMap<&'static str, u64>,
    /// The log's name.
    pub origin: String,
    /// Changes of the bundle in force.
    pub policies: u64,
    /// All records.
    pub records: u64,
    /// Holds that were given back.
    pub released: u64,
    /// Decisions that left it to persons.
    pub reviews: u64,
    /// The root of the tree of all records.
    pub root: Hash,
    /// The first record's instant, in milliseconds since the Unix epoch.
    pub first_ms: Option<i64>,
    /// The last record's instant, in milliseconds since the Unix epoch.
    pub last_ms: Option<i64>,
}

/// One line: `verified: ORIGIN has N records, …; root …`. Where the log has such records, a line for processes and facts, and
/// one for what was counted, follow.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, records, decisions, allowed, denied, confirmed, released, root, .. } = self;
        write!(
            f,
            "verified: {origin} has {records} records, {decisions} decisions ({allowed} allowed, {denied} denied"
        )?;
        let Self { reviews, approvals, declines, .. } = self;
        let has_reviews = (*reviews, *approvals, *declines) != (0, 0, 0);
        if has_reviews {
            write!(f, ", {reviews} for review")?;
        }
        write!(f, "), {confirmed} confirmed, {released} released")?;
        if has_reviews {
            write!(f, ", {approvals} approvals, {declines} declines")?;
        }
        if let (Some(first), Some(last)) = (self.first_ms, self.last_ms) {
            write!(f, ", {} to {}", instant_text(first), instant_text(last))?;
        }
        write!(f, "; root {root}")?;
        self.fmt_processes(f)?;
        self.fmt_counted(f)
    }
}

impl Report {
    fn fmt_processes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |kind| self.kinds.get(kind).copied().unwrap_or_default();
        let (starts, facts) = (of("start"), of("facts"));
        if (starts, facts) == (0, 0) {
            return Ok(());
        }
        let Self { crashes, policies, .. } = self;
        write!(
            f,
            "\nstarts: {starts}, {crashes} of them after a crash; changes of the policy: {policies}, of the facts: {facts}"
        )
    }

    fn fmt_counted(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (cause, count)) in self.counted.iter().enumerate() {
            write!(f, "{}{cause} {count}", if at == 0 { "\ncounted without a record: " } else { ", " })?;
        }
        Ok(())
    }
}
