//! JSON as RFC 8259 means it and attackers do not: no member twice, no nesting without end, nothing behind the value.
//!
//! Two readers that keep different members of a pair do not agree on what was asked; so a pair is refused.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// How deep arrays and objects may nest.
pub const DEPTH_MAX: usize = 32;

/// Bytes that are no strict JSON.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message} at line {line} column {column}")]
pub struct StrictJsonError {
    /// What is wrong.
    pub message: String,
    /// Where, from 1.
    pub line: usize,
    /// Where, from 1.
    pub column: usize,
}

/// Reads one JSON value that fills `bytes`.
///
/// # Errors
/// [`StrictJsonError`] with the place.
pub fn from_slice(bytes: &[u8]) -> Result<Value, StrictJsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: DEPTH_MAX }.deserialize(&mut deserializer).map_err(describe)?;
    deserializer.end().map_err(describe)?;
    Ok(value)
}

fn describe(error: serde_json::Error) -> StrictJsonError {
    let text = error.to_string();
    let message = text.split(" at line ").next().unwrap_or(&text).to_owned();
    StrictJsonError { message, line: error.line(), column: error.column() }
}

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

/// The member by which `serde_json` hands over a number's text when it keeps it. No other object may use the name.
const NUMBER_TOKEN: &str = "$serde_json::private::Number";

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

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
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
        let deeper = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name == NUMBER_TOKEN && object.is_empty() {
                let text: String = members.next_value()?;
                let number: Number = text.parse().map_err(|_| A::Error::custom("not a number"))?;
                return Ok(Value::Number(number));
            }
            let value = members.next_value_seed(deeper)?;
            if object.contains_key(&name) {
                return Err(A::Error::custom(format!("member `{name}` stands twice")));
            }
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str) -> Option<String> {
        from_slice(text.as_bytes()).err().map(|e| e.message)
    }

    #[test]
    fn a_member_that_stands_twice_is_refused_at_every_level() {
        for text in [r#"{"a":1,"a":1}"#, r#"[{"b":{"a":1,"a":2}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert_eq!(message(text).as_deref(), Some("member `a` stands twice"), "{text}");
        }
    }

    #[test]
    fn numbers_keep_their_text() {
        let value = from_slice(b"[98.70, 1e3, 12345678901234567890123]").unwrap();
        assert_eq!(value.to_string(), "[98.70,1e+3,12345678901234567890123]");
    }

    #[test]
    fn deep_nesting_and_trailing_text_are_refused() {
        let deep = format!("{}{}", "[".repeat(DEPTH_MAX + 1), "]".repeat(DEPTH_MAX + 1));
        assert_eq!(message(&deep).as_deref(), Some("nested too deeply"));
        assert_eq!(message("{} {}").as_deref(), Some("trailing characters"));
        assert_eq!(message("").as_deref(), Some("EOF while parsing a value"));
    }

    #[test]
    fn an_object_cannot_pose_as_a_number() {
        let posing = format!(r#"{{"{NUMBER_TOKEN}":"x"}}"#);
        assert_eq!(message(&posing).as_deref(), Some("not a number"));
    }
}
