//! The short form of a denial, which stands as `denial` beside the record in an answer:
//!
//! ```json
//! {"layer":"budget","agent":"purchase-bot","dailyLimit":5000,"spent":4500,"requested":600,"decision":"DENY",
//!  "reason":"Would exceed daily budget ($5,100 > $5,000)"}
//! ```
//!
//! It is not signed. Everything in it follows from the record, which is: whoever has verified a record makes the denial from
//! that and need not believe the one that came with it.

use permit_audit::{Decision, Shortfall};
use permit_types::charge::Period;
use permit_types::verdict::{Layer, Outcome};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};
use serde_json::Number;

/// A request that was denied: by which layer, for whom and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The layer that denies.
    pub layer: Layer,
    /// The agent, as the record has it.
    pub agent: String,
    /// The limit that would be exceeded, if it is one that denies. Of several it is the one that `reason` is about; the
    /// record has all.
    pub exceeded: Option<ExceededLimit>,
    /// One sentence for a person.
    pub reason: String,
}

/// A limit without room. Numbers are exact decimals, in the currency's major unit or in whole named units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceededLimit {
    /// What the limit is counted over.
    pub window: LimitWindow,
    /// The limit.
    pub limit: Number,
    /// What is spent of it for good.
    pub spent: Number,
    /// What is reserved beside that and not yet confirmed; `None` for nothing.
    pub held: Option<Number>,
    /// What was asked for.
    pub requested: Number,
}

/// What a limit is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitWindow {
    /// A calendar period.
    Calendar(Period),
    /// The time just past, such as 24 hours.
    Sliding,
    /// A task.
    Task,
    /// A rate: the limit is its burst, in actions.
    Rate,
}

impl LimitWindow {
    /// The member that holds the limit.
    #[must_use]
    pub const fn member(self) -> &'static str {
        match self {
            Self::Calendar(Period::Hour) => "hourlyLimit",
            Self::Calendar(Period::Day) => "dailyLimit",
            Self::Calendar(Period::Week) => "weeklyLimit",
            Self::Calendar(Period::Month) => "monthlyLimit",
            Self::Calendar(Period::Year) => "yearlyLimit",
            Self::Sliding => "slidingLimit",
            Self::Task => "taskLimit",
            Self::Rate => "burstLimit",
        }
    }

    /// Reads a record's `window`: `day in Europe/Dublin`, `24h`, `task`, or a rate such as `6 per 1min burst 3`.
    fn of(text: &str) -> Self {
        let calendar = text
            .split_once(" in ")
            .and_then(|(name, _)| Period::ALL.into_iter().find(|period| period.name() == name));
        match calendar {
            Some(period) => Self::Calendar(period),
            None if text == "task" => Self::Task,
            None if text.contains(" burst ") => Self::Rate,
            None => Self::Sliding,
        }
    }
}

impl Denial {
    /// The denial that a decision's record states; `None` if it does not deny.
    #[must_use]
    pub fn of(decision: &Decision) -> Option<Self> {
        let layer = decision.layers.denied().filter(|_| decision.outcome == Outcome::Deny)?;
        Some(Self {
            layer,
            agent: decision.agent.clone(),
            // The first one is the headline.
            exceeded: decision.denials.first().and_then(ExceededLimit::of),
            reason: decision.reason.message.clone(),
        })
    }
}

impl ExceededLimit {
    /// `None` when an amount is no number, which the rules for records rule out.
    fn of(shortfall: &Shortfall) -> Option<Self> {
        let Shortfall { held, limit, requested, spent, window, .. } = shortfall;
        Some(Self {
            window: LimitWindow::of(window),
            limit: number(limit)?,
            spent: number(spent)?,
            held: Some(number(held)?).filter(|held| held.as_str() != "0"),
            requested: number(requested)?,
        })
    }
}

/// The number of an amount such as `600.50 USD`, without zeros at the end of its fraction.
fn number(amount: &str) -> Option<Number> {
    let (number, _) = amount.split_once(' ')?;
    let number = match number.split_once('.') {
        Some((whole, fraction)) => match fraction.trim_end_matches('0') {
            "" => whole.to_owned(),
            fraction => format!("{whole}.{fraction}"),
        },
        None => number.to_owned(),
    };
    number.parse().ok()
}

impl Serialize for Denial {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { layer, agent, exceeded, reason } = self;
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("layer", layer)?;
        members.serialize_entry("agent", agent)?;
        if let Some(ExceededLimit { window, limit, spent, held, requested }) = exceeded {
            members.serialize_entry(window.member(), limit)?;
            members.serialize_entry("spent", spent)?;
            if let Some(held) = held {
                members.serialize_entry("held", held)?;
            }
            members.serialize_entry("requested", requested)?;
        }
        members.serialize_entry("decision", &Outcome::Deny)?;
        members.serialize_entry("reason", reason)?;
        members.end()
    }
}

#[cfg(test)]
mod tests;
