//! Values at run time. A value does not carry its type: the verified program knows it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

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
    /// `duration`, the number of an enum's variant.
    Number(i64),
    /// A text.
    String(Arc<str>),
    /// An entity.
    Entity(EntityRef),
    /// The elements of a `set` (ascending, without repetition) or of a `list` (as they came).
    Elements(Arc<[Value]>),
}

impl Value {
    /// A set of these values.
    #[must_use]
    pub fn set(mut values: Vec<Self>) -> Self {
        values.sort_unstable();
        values.dedup();
        Self::Elements(values.into())
    }
}
