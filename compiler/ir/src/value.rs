//! Values at run time. A value does not carry its type: the verified program knows it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::file_path::FilePath;
use crate::ip::{Cidr, Ip};
use crate::url::Url;

/// An entity by its place in the [`Facts`](crate::facts::Facts) it was interned in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EntityRef(pub u32);

impl EntityRef {
    /// The place in the facts.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// An optional value that is not there.
    Absent,
    /// A truth value.
    Bool(bool),
    /// Every number: an `int`, millionths of a `decimal`, minor units of `money`, milliseconds of an `instant` or a
    /// `duration`, the number of an enum's variant, days of a `date`, milliseconds of a `time`, the number of a zone or
    /// a regular expression.
    Number(i64),
    /// A text.
    String(Arc<str>),
    /// An entity.
    Entity(EntityRef),
    /// The elements of a `set` (ascending, without repetition) or of a `list` (as they came).
    Elements(Arc<[Value]>),
    /// A URL in parts.
    Url(Arc<Url>),
    /// A normal path.
    Path(FilePath),
    /// An email address in parts.
    Email(Email),
    /// An IP address.
    Ip(Ip),
    /// A block of IP addresses.
    Cidr(Cidr),
    /// A record: its members in the order of [`RecordType::members`](crate::program::RecordType::members).
    Record(Arc<[Value]>),
    /// A `map[string, T]`: ascending by key, no key twice.
    Map(Arc<[(Arc<str>, Value)]>),
}

impl Value {
    /// A set of these values.
    #[must_use]
    pub fn set(mut values: Vec<Self>) -> Self {
        values.sort_unstable();
        values.dedup();
        Self::Elements(values.into())
    }

    /// A map of these entries; `None` if one key stands twice.
    #[must_use]
    pub fn map(mut entries: Vec<(Arc<str>, Self)>) -> Option<Self> {
        entries.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let twice = entries.iter().zip(entries.iter().skip(1)).any(|((a, _), (b, _))| a == b);
        (!twice).then(|| Self::Map(entries.into()))
    }
}
