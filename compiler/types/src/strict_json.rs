//! Strict JSON (RFC 8259): no duplicate members, no unbounded nesting, nothing after the value.
//!
//! Two readers that keep different members of a duplicate pair do not agree on the request; so duplicates are rejected
//! at every level, before anything is read.

mod tree;

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use self::tree::Tree;
pub use self::tree::{Json, Member, member, members};
pub(crate) use self::tree::{owned_members, serialize_members};
use crate::display;

/// How deep arrays and objects may nest.
pub const DEPTH_MAX: usize = 32;

/// The most characters of a member's name that an error repeats.
pub const NAME_CHARS_MAX: usize = 64;

/// How the names begin by which `serde_json` tells itself of numbers and raw values. It would take an object with such
/// a member for what it is not, so no document may have one.
const RESERVED_PREFIX: &str = "$serde_json::private";

/// The member by which `serde_json` hands over a number's text.
const NUMBER_TOKEN: &str = "$serde_json::private::Number";

/// Bytes that are no strict JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StrictJsonError {
    /// Not JSON, or nested too deep, or a member stands twice, or something stands behind the value.
    #[error("{message} at line {line} column {column}")]
    Malformed {
        /// What is wrong, without any of the document's values.
        message: String,
        /// Where, from 1.
        line: usize,
        /// Where, from 1.
        column: usize,
    },
    /// JSON, but not an object.
    #[error("not an object")]
    NotAnObject,
}

/// Reads one JSON value that fills `bytes`.
///
/// # Errors
/// [`StrictJsonError::Malformed`] with the place.
pub fn from_slice(bytes: &[u8]) -> Result<Value, StrictJsonError> {
    Ok(read(bytes, Strict::new(DEPTH_MAX))?)
}

/// Reads one JSON object that fills `bytes`.
///
/// # Errors
/// As [`from_slice`], and [`StrictJsonError::NotAnObject`].
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, StrictJsonError> {
    match from_slice(bytes)? {
        Value::Object(members) => Ok(members),
        _ => Err(StrictJsonError::NotAnObject),
    }
}

/// Reads what fills `bytes`, which may borrow from them.
pub fn read<'d, S: DeserializeSeed<'d>>(bytes: &'d [u8], seed: S) -> serde_json::Result<S::Value> {
    fn whole<'d, S: DeserializeSeed<'d>, R: serde_json::de::Read<'d>>(
        mut deserializer: serde_json::Deserializer<R>,
        seed: S,
    ) -> serde_json::Result<S::Value> {
        let value = seed.deserialize(&mut deserializer)?;
        deserializer.end().map(|()| value)
    }
    // In what is UTF-8 as a whole no text needs a look of its own; in what is not, the place is told when it is met.
    match std::str::from_utf8(bytes) {
        Ok(text) => whole(serde_json::Deserializer::from_str(text), seed),
        Err(_) => whole(serde_json::Deserializer::from_slice(bytes), seed),
    }
}

impl From<serde_json::Error> for StrictJsonError {
    fn from(error: serde_json::Error) -> Self {
        let (line, column, text) = (error.line(), error.column(), error.to_string());
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
        Self::Malformed { message, line, column }
    }
}

/// One value with `depth` levels left for it.
#[derive(Debug)]
pub struct Strict<T> {
    depth: usize,
    into: PhantomData<T>,
}

impl<T> Strict<T> {
    /// A seed for a value that may nest this deep.
    #[must_use]
    pub const fn new(depth: usize) -> Self {
        Self { depth, into: PhantomData }
    }

    fn deeper<E: serde::de::Error>(&self) -> Result<Self, E> {
        self.depth.checked_sub(1).map(Self::new).ok_or_else(|| E::custom("nested too deeply"))
    }
}

impl<'de, T: Tree<'de>> DeserializeSeed<'de> for Strict<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Tree<'de>> Visitor<'de> for Strict<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::null())
    }

    fn visit_bool<E>(self, truth: bool) -> Result<T, E> {
        Ok(T::truth(truth))
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<T, E> {
        NumberText(PhantomData).visit_string(number.to_string())
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<T, E> {
        NumberText(PhantomData).visit_string(number.to_string())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        let Self { depth, into: _ } = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(Self::new(depth))? {
            values.push(value);
        }
        Ok(T::array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<T, A::Error> {
        let mut object = T::Members::default();
        while let Some(name) = members.next_key_seed(Name)? {
            let Some(name) = name else { return number(&mut members) };
            if T::has(&object, &name) {
                return Err(twice(&name));
            }
            let value = members.next_value_seed(self.deeper()?)?;
            T::add(&mut object, name, value);
        }
        // An empty object is a level too.
        self.deeper().map(|_: Self| T::object(object))
    }
}

/// The error that a member stands twice.
pub fn twice<E: serde::de::Error>(name: &str) -> E {
    E::custom(format_args!("member `{}` stands twice", display::start(name, NAME_CHARS_MAX)))
}

/// The number whose text follows a [`Name`] that is `None`.
pub fn number<'de, T: Tree<'de>, A: MapAccess<'de>>(members: &mut A) -> Result<T, A::Error> {
    members.next_value_seed(NumberText(PhantomData))
}

/// A member's name; `None` for the member by which `serde_json` hands over a number, behind which a number may follow.
#[derive(Debug)]
pub struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<Cow<'de, str>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, name: &'de str) -> Result<Self::Value, E> {
        named(Cow::Borrowed(name))
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        named(Cow::Owned(name.to_owned()))
    }
}

fn named<E: serde::de::Error>(name: Cow<'_, str>) -> Result<Option<Cow<'_, str>>, E> {
    if !name.starts_with(RESERVED_PREFIX) {
        Ok(Some(name))
    } else if name == NUMBER_TOKEN {
        Ok(None)
    } else {
        Err(E::custom("reserved member name"))
    }
}

/// What stands behind [`NUMBER_TOKEN`]: the text of a number comes as an owned string, a text of the document never
/// does. So a document that spells the token out is told from a number.
struct NumberText<T>(PhantomData<T>);

impl<'de, T: Tree<'de>> DeserializeSeed<'de> for NumberText<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Tree<'de>> Visitor<'de> for NumberText<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no member of a reserved name")
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<T, E> {
        Err(E::custom("reserved member name"))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<T, E> {
        T::number(text).ok_or_else(|| E::custom("not a number"))
    }
}

#[cfg(test)]
mod tests;
