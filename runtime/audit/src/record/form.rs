//! Rules for every value in a record, whatever its meaning. If they hold, sorted members written without white space
//! are the canonical form of RFC 8785.

use serde_json::{Map, Number, Value};

use super::error::{FormError, RecordError};
use super::limits::{INDEX_MAX, MEMBER_NAME_BYTES_MAX, MEMBERS_MAX};

/// Checks the members of a record.
pub(super) fn check(members: &Map<String, Value>) -> Result<(), RecordError> {
    let in_member = |member: &str, form| RecordError::Form { member: member.to_owned(), form };
    if members.len() > MEMBERS_MAX {
        return Err(in_member("", FormError::Members));
    }
    members.iter().try_for_each(|(name, value)| {
        check_name(name).and_then(|()| check_value(value)).map_err(|form| in_member(name, form))
    })
}

/// Recurses as deep as the JSON reader lets values nest, which is 128 levels.
fn check_value(value: &Value) -> Result<(), FormError> {
    match value {
        Value::Null => Err(FormError::Empty),
        Value::Bool(_) | Value::String(_) => Ok(()),
        Value::Number(number) => check_number(number),
        Value::Array(items) => {
            check_count(items.len())?;
            items.iter().try_for_each(check_value)
        }
        Value::Object(members) => {
            check_count(members.len())?;
            members.iter().try_for_each(|(name, value)| check_name(name).and_then(|()| check_value(value)))
        }
    }
}

fn check_count(count: usize) -> Result<(), FormError> {
    match count {
        0 => Err(FormError::Empty),
        1..=MEMBERS_MAX => Ok(()),
        _ => Err(FormError::Members),
    }
}

fn check_name(name: &str) -> Result<(), FormError> {
    let is_short = (1..=MEMBER_NAME_BYTES_MAX).contains(&name.len());
    if is_short && name.bytes().all(|byte| byte.is_ascii_graphic()) { Ok(()) } else { Err(FormError::Name) }
}

fn check_number(number: &Number) -> Result<(), FormError> {
    // A number keeps its text, so one with a point or an exponent is no integer here.
    let is_integer = number.as_u64().is_some_and(|n| n <= INDEX_MAX && n.to_string() == number.to_string());
    if is_integer { Ok(()) } else { Err(FormError::Number) }
}
