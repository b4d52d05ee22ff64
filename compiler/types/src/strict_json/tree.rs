//! The result of parsing: values of `serde_json`, or a tree that borrows its texts from the document.

use std::borrow::Cow;
use std::collections::HashSet;

use foldhash::fast::RandomState;
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Serialize, Serializer};
use serde_json::{Map, Number, Value};

/// How many members an object has before one that stands twice is looked for by hash.
const SCANNED_MAX: usize = 16;

/// Something that a document is read into.
pub trait Tree<'d>: Sized {
    /// The members of an object that is being read.
    type Members: Default;

    fn null() -> Self;
    fn truth(truth: bool) -> Self;
    /// `None` when the text is no number.
    fn number(text: String) -> Option<Self>;
    fn text(text: Cow<'d, str>) -> Self;
    fn array(items: Vec<Self>) -> Self;
    fn object(members: Self::Members) -> Self;

    fn has(members: &Self::Members, name: &str) -> bool;
    fn add(members: &mut Self::Members, name: Cow<'d, str>, value: Self);
}

impl<'d> Tree<'d> for Value {
    type Members = Map<String, Self>;

    fn null() -> Self {
        Self::Null
    }

    fn truth(truth: bool) -> Self {
        Self::Bool(truth)
    }

    fn number(text: String) -> Option<Self> {
        text.parse().ok().map(Self::Number)
    }

    fn text(text: Cow<'d, str>) -> Self {
        Self::String(text.into_owned())
    }

    fn array(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn object(members: Self::Members) -> Self {
        Self::Object(members)
    }

    fn has(members: &Self::Members, name: &str) -> bool {
        members.contains_key(name)
    }

    fn add(members: &mut Self::Members, name: Cow<'d, str>, value: Self) {
        members.insert(name.into_owned(), value);
    }
}

/// A JSON value. Texts without escapes are slices of the document, and members stand in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json<'d> {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its text.
    Number(Cow<'d, str>),
    /// A text.
    String(Cow<'d, str>),
    /// An array.
    Array(Vec<Self>),
    /// An object, no name twice.
    Object(Vec<Member<'d>>),
}

/// A member of an object: its name and its value.
pub type Member<'d> = (Cow<'d, str>, Json<'d>);

/// The member of this name.
pub fn member<'j, 'd>(members: &'j [Member<'d>], name: &str) -> Option<&'j Json<'d>> {
    members.iter().find(|(other, _)| other == name).map(|(_, json)| json)
}

impl Json<'_> {
    /// The same value, which borrows from no document.
    #[must_use]
    pub fn into_owned(self) -> Json<'static> {
        match self {
            Self::Null => Json::Null,
            Self::Bool(truth) => Json::Bool(truth),
            Self::Number(text) => Json::Number(Cow::Owned(text.into_owned())),
            Self::String(text) => Json::String(Cow::Owned(text.into_owned())),
            Self::Array(items) => Json::Array(items.into_iter().map(Json::into_owned).collect()),
            Self::Object(members) => Json::Object(owned_members(members)),
        }
    }
}

/// The same members, which borrow from no document.
pub(crate) fn owned_members(members: Vec<Member<'_>>) -> Vec<Member<'static>> {
    let owned = |(name, value): Member<'_>| (Cow::Owned(name.into_owned()), value.into_owned());
    members.into_iter().map(owned).collect()
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(truth) => serializer.serialize_bool(*truth),
            Self::Number(text) => text.parse::<Number>().map_err(S::Error::custom)?.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => serialize_members(members, serializer),
        }
    }
}

/// Writes members as an object.
pub(crate) fn serialize_members<S: Serializer>(
    members: &[Member<'_>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(members.len()))?;
    for (name, value) in members {
        object.serialize_entry(name, value)?;
    }
    object.end()
}

/// The members of an object that was read before.
#[must_use]
pub fn members(object: Map<String, Value>) -> Vec<Member<'static>> {
    object.into_iter().map(|(name, value)| (Cow::Owned(name), value.into())).collect()
}

/// The members of an object that is being read, and their names once they are too many to be looked through each time.
#[derive(Debug, Default)]
pub struct Members<'d> {
    members: Vec<Member<'d>>,
    names: Option<HashSet<Cow<'d, str>, RandomState>>,
}

impl<'d> Tree<'d> for Json<'d> {
    type Members = Members<'d>;

    fn null() -> Self {
        Self::Null
    }

    fn truth(truth: bool) -> Self {
        Self::Bool(truth)
    }

    fn number(text: String) -> Option<Self> {
        Some(Self::Number(Cow::Owned(text)))
    }

    fn text(text: Cow<'d, str>) -> Self {
        Self::String(text)
    }

    fn array(items: Vec<Self>) -> Self {
        Self::Array(items)
    }

    fn object(members: Members<'d>) -> Self {
        Self::Object(members.members)
    }

    fn has(members: &Members<'d>, name: &str) -> bool {
        match &members.names {
            Some(names) => names.contains(name),
            None => member(&members.members, name).is_some(),
        }
    }

    fn add(Members { members, names }: &mut Members<'d>, name: Cow<'d, str>, value: Self) {
        if members.len() >= SCANNED_MAX {
            let before = || members.iter().map(|(name, _)| name.clone()).collect();
            names.get_or_insert_with(before).insert(name.clone());
        }
        members.push((name, value));
    }
}

impl<'d> From<&'d Value> for Json<'d> {
    fn from(value: &'d Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(Cow::Borrowed(number.as_str())),
            Value::String(text) => Self::String(Cow::Borrowed(text)),
            Value::Array(items) => Self::Array(items.iter().map(Self::from).collect()),
            Value::Object(members) => {
                let member = |(name, value): (&'d String, &'d Value)| (Cow::from(name), Self::from(value));
                Self::Object(members.iter().map(member).collect())
            }
        }
    }
}

impl From<Value> for Json<'static> {
    fn from(value: Value) -> Self {
        Json::from(&value).into_owned()
    }
}
