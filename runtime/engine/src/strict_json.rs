//! JSON as RFC 8259 means it and attackers do not: no member twice, no nesting without end, nothing behind the value.
//!
//! Two readers that keep different members of a pair do not agree on what was asked; so a pair is refused at every
//! level, before anything is looked at.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may nest.
pub const DEPTH_MAX: usize = 32;

/// The most characters of a member's name that an error repeats.
const NAME_CHARS_MAX: usize = 64;

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
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: DEPTH_MAX }.deserialize(&mut deserializer).map_err(describe)?;
    deserializer.end().map_err(describe)?;
    Ok(value)
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

fn describe(error: serde_json::Error) -> StrictJsonError {
    let (line, column, text) = (error.line(), error.column(), error.to_string());
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    StrictJsonError::Malformed { message, line, column }
}

/// One value with `depth` levels left for it.
#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deeply"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, truth: bool) -> Result<Value, E> {
        Ok(Value::Bool(truth))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let deeper = self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(deeper)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key_seed(Name)? {
            let Some(name) = name else { return members.next_value_seed(NumberText).map(Value::Number) };
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("member `{}` stands twice", shown(&name))));
            }
            let value = members.next_value_seed(self.deeper()?)?;
            object.insert(name, value);
        }
        // An empty object is a level too.
        self.deeper().map(|_: Self| Value::Object(object))
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(NAME_CHARS_MAX).collect()
}

/// A member's name; `None` for [`NUMBER_TOKEN`], behind which a number may follow.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<String>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Self::Value, E> {
        match name {
            NUMBER_TOKEN => Ok(None),
            name if name.starts_with(RESERVED_PREFIX) => Err(E::custom("reserved member name")),
            name => Ok(Some(name.to_owned())),
        }
    }
}

/// What stands behind [`NUMBER_TOKEN`]: the text of a number comes as an owned string, a text of the document never
/// does. So a document that spells the token out is told from a number.
struct NumberText;

impl<'de> DeserializeSeed<'de> for NumberText {
    type Value = Number;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Number, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Visitor<'_> for NumberText {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no member of a reserved name")
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<Number, E> {
        Err(E::custom("reserved member name"))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Number, E> {
        text.parse().map_err(|_| E::custom("not a number"))
    }
}

#[cfg(test)]
mod tests;
