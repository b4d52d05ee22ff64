//! The kinds of records: one table, from which the enum, the names and both directions of JSON are generated.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::decision::Decision;
use super::error::RecordError;
use super::events::{Alarm, KeyChange, Operation, Refusals, Shutdown, Start};
use super::log::{FactsChange, Genesis, PolicyChange, Resume, Revocation, Stop};
use super::settlement::{Expiry, Settlement};
use super::vote::Vote;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($content:ty) = $text:literal,)*) => {
        /// What a record says, by its `type`. This is also the draft of a record: all that its author decides.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Body {
            $($(#[$doc])* $name($content),)*
        }

        impl Body {
            /// The `type` of every kind.
            #[cfg(test)]
            pub(crate) const KINDS: &'static [&'static str] = &[$($text),*];

            /// The `type` of the record.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $text,)*
                }
            }

            /// The members that are this kind's own.
            pub(super) fn members(&self) -> Result<Map<String, Value>, RecordError> {
                match self {
                    $(Self::$name(content) => object(serde_json::to_value(content)?),)*
                }
            }

            /// Reads the members of a record of some kind; `None` when there is no such kind. Members that the kind does
            /// not have are passed over.
            pub(super) fn read(kind: &str, members: &Map<String, Value>) -> Result<Option<Self>, RecordError> {
                Ok(Some(match kind {
                    $($text => Self::$name(content(members)?),)*
                    _ => return Ok(None),
                }))
            }
        }
    };
}

kinds! {
    /// The log begins; always the first record and only there.
    Genesis(Genesis) = "genesis",
    /// A request was decided.
    Decision(Box<Decision>) = "decision",
    /// The caller reported that a held action happened.
    Confirm(Settlement) = "confirm",
    /// The caller gave a hold back.
    Release(Settlement) = "release",
    /// Holds expired.
    Expiry(Expiry) = "expiry",
    /// Another bundle came into force.
    Policy(PolicyChange) = "policy",
    /// Other facts came into force.
    Facts(FactsChange) = "facts",
    /// A person approved a review.
    Approval(Vote) = "approval",
    /// A person declined a review, which ended it.
    Decline(Vote) = "decline",
    /// Something is not to be trusted any more.
    Revocation(Revocation) = "revocation",
    /// Nothing of the target is allowed until it is resumed.
    Stop(Stop) = "stop",
    /// A stop was lifted.
    Resume(Resume) = "resume",
    /// An operator did something that no other kind says.
    Operator(Operation) = "operator",
    /// Another key signs from the next record on.
    Key(KeyChange) = "key",
    /// The server noticed something that an operator should see.
    Alarm(Alarm) = "alarm",
    /// A process began to write the log.
    Start(Start) = "start",
    /// A process ended in order.
    Shutdown(Shutdown) = "shutdown",
    /// What was refused or granted in some period without a decision, counted.
    Refusals(Refusals) = "refusals",
}

fn object(value: Value) -> Result<Map<String, Value>, RecordError> {
    match value {
        Value::Object(members) => Ok(members),
        _ => Err(RecordError::Malformed { message: "not an object".to_owned() }),
    }
}

fn content<T: DeserializeOwned>(members: &Map<String, Value>) -> Result<T, RecordError> {
    Ok(T::deserialize(members)?)
}
