//! JSON that means one thing only: no duplicate members, no trailing data, bounded depth.
//!
//! Two parsers that disagree about `{"exp":1,"exp":9}` are a way round any check, so such a text is refused at every
//! level before a claim is looked at.

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// The deepest nesting that is read.
pub const DEPTH_MAX: usize = 32;

/// The member name by which serde_json hands over numbers that keep their text; no document may use it.
const NUMBER_TOKEN: &str = "$serde_json::private::Number";
const PRIVATE_PREFIX: &[u8] = b"$serde_json::private";

/// Why a text is not strict JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON, nests too deep, repeats a member or has data behind its end.
    #[error("invalid JSON: {reason}")]
    Invalid {
        /// What the parser says, without any of the document's values.
        reason: String,
    },
    /// The text is JSON, but not an object.
    #[error("the JSON text is not an object")]
    NotAnObject,
}

/// Reads one JSON value.
///
/// # Errors
/// [`JsonError::Invalid`] for anything that is not exactly one JSON text without duplicate members.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    if bytes.windows(PRIVATE_PREFIX.len()).any(|window| window == PRIVATE_PREFIX) {
        return Err(JsonError::Invalid { reason: "reserved member name".to_owned() });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: DEPTH_MAX }.deserialize(&mut deserializer).map_err(invalid)?;
    deserializer.end().map_err(invalid)?;
    Ok(value)
}

/// Reads one JSON object.
///
/// # Errors
/// As [`parse`], and [`JsonError::NotAnObject`].
pub fn parse_object(bytes: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse(bytes)? {
        Value::Object(map) => Ok(map),
        _ => Err(JsonError::NotAnObject),
    }
}

fn invalid(error: serde_json::Error) -> JsonError {
    JsonError::Invalid { reason: error.to_string() }
}

/// One value with `depth` levels left below it.
struct Strict {
    depth: usize,
}

impl Strict {
    fn below<E: serde::de::Error>(&self) -> Result<Strict, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("nested too deep"))?;
        Ok(Strict { depth })
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

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(self.below()?)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        loop {
            match access.next_key_seed(NameSeed)? {
                None => return Ok(Value::Object(map)),
                Some(Name::Number) => {
                    let text: String = access.next_value()?;
                    let number: Number = text.parse().map_err(A::Error::custom)?;
                    return Ok(Value::Number(number));
                }
                Some(Name::Member(name)) => {
                    if map.contains_key(&name) {
                        return Err(A::Error::custom("duplicate member"));
                    }
                    let value = access.next_value_seed(self.below()?)?;
                    map.insert(name, value);
                }
            }
        }
    }
}

enum Name {
    Member(String),
    Number,
}

/// A member name. Numbers arrive as a map whose borrowed key is [`NUMBER_TOKEN`]. [`parse`] refuses documents that
/// spell the token out, and an escaped spelling arrives here unborrowed, so neither can pass for a number.
struct NameSeed;

impl<'de> DeserializeSeed<'de> for NameSeed {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed {
    type Value = Name;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name, E> {
        if name == NUMBER_TOKEN { Ok(Name::Number) } else { Ok(Name::Member(name.to_owned())) }
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Name, E> {
        if name == NUMBER_TOKEN {
            Err(E::custom("reserved member name"))
        } else {
            Ok(Name::Member(name.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests;
