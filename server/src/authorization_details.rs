//! What a token grants: the `permit_scope` type of RFC 9396 authorization details.
//!
//! This module knows the form only. Which scopes there are and what their parameters mean is the policy's business;
//! the caller passes that check in as a function.

use permit_engine::strict_json::{self, StrictJsonError};
use serde_json::{Map, Value};

/// The one type of detail that is understood.
pub const DETAIL_TYPE: &str = "permit_scope";
/// The most scopes on one token.
pub const DETAILS_MAX: usize = 8;
/// The longest array, as JSON text, in bytes.
pub const DETAILS_BYTES_MAX: usize = 8192;
const NAME_BYTES_MAX: usize = 128;

/// Why authorization details are refused; all of it is `invalid_authorization_details` on the wire (RFC 9396, section 5).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// More than [`DETAILS_BYTES_MAX`].
    #[error("authorization_details is longer than {DETAILS_BYTES_MAX} bytes")]
    TooLong,
    /// Not strict JSON.
    #[error(transparent)]
    Json(#[from] StrictJsonError),
    /// Not an array of 1 to [`DETAILS_MAX`] objects.
    #[error("authorization_details is not an array of 1 to {DETAILS_MAX} objects")]
    Count,
    /// A type other than [`DETAIL_TYPE`], or none.
    #[error("element {index}: the type is not `permit_scope`")]
    Type {
        /// Which element, from 0.
        index: usize,
    },
    /// A field that the type does not have.
    #[error("element {index}: unknown field `{field}`")]
    UnknownField {
        /// Which element, from 0.
        index: usize,
        /// The field's name.
        field: String,
    },
    /// A field that is missing or of the wrong form.
    #[error("element {index}: `{field}` is missing or malformed")]
    Field {
        /// Which element, from 0.
        index: usize,
        /// The field's name.
        field: &'static str,
    },
    /// The caller's check says no.
    #[error("element {index}: {reason}")]
    Refused {
        /// Which element, from 0.
        index: usize,
        /// Why, in the policy's words.
        reason: String,
    },
}

/// One scope with its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantedScope {
    /// The scope's name in the policy.
    pub scope: String,
    /// The task the scope is granted for; its limits live and die with it.
    pub task: Option<String>,
    /// The scope's arguments by parameter name, uninterpreted.
    pub parameters: Map<String, Value>,
}

/// What a policy says of a scope it does not accept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeRefusal {
    /// Why, in the policy's words.
    pub reason: String,
}

/// Reads the `authorization_details` parameter of a token request.
///
/// # Errors
/// [`DetailsError`] for the first thing that is wrong.
pub fn parse_details(
    text: &str,
    check: impl Fn(&GrantedScope) -> Result<(), ScopeRefusal>,
) -> Result<Vec<GrantedScope>, DetailsError> {
    if text.len() > DETAILS_BYTES_MAX {
        return Err(DetailsError::TooLong);
    }
    let scopes = from_value(&strict_json::from_slice(text.as_bytes())?)?;
    for (index, scope) in scopes.iter().enumerate() {
        check(scope).map_err(|refusal| DetailsError::Refused { index, reason: refusal.reason })?;
    }
    Ok(scopes)
}

/// Reads the details from a token's claim.
///
/// # Errors
/// [`DetailsError`], as [`parse_details`].
pub fn from_value(value: &Value) -> Result<Vec<GrantedScope>, DetailsError> {
    let elements = value.as_array().ok_or(DetailsError::Count)?;
    if elements.is_empty() || elements.len() > DETAILS_MAX {
        return Err(DetailsError::Count);
    }
    elements.iter().enumerate().map(|(index, element)| scope(index, element)).collect()
}

/// The claim that [`from_value`] reads.
#[must_use]
pub fn to_value(scopes: &[GrantedScope]) -> Value {
    let element = |scope: &GrantedScope| {
        let mut object = Map::new();
        object.insert("type".to_owned(), DETAIL_TYPE.into());
        object.insert("scope".to_owned(), scope.scope.as_str().into());
        if let Some(task) = &scope.task {
            object.insert("task".to_owned(), task.as_str().into());
        }
        object.insert("parameters".to_owned(), Value::Object(scope.parameters.clone()));
        Value::Object(object)
    };
    Value::Array(scopes.iter().map(element).collect())
}

fn scope(index: usize, element: &Value) -> Result<GrantedScope, DetailsError> {
    let object = element.as_object().ok_or(DetailsError::Count)?;
    if object.get("type").and_then(Value::as_str) != Some(DETAIL_TYPE) {
        return Err(DetailsError::Type { index });
    }
    if let Some(field) =
        object.keys().find(|name| !["type", "scope", "task", "parameters"].contains(&name.as_str()))
    {
        return Err(DetailsError::UnknownField { index, field: field.clone() });
    }
    let name = |field: &'static str| match object.get(field) {
        None => Ok(None),
        Some(Value::String(text)) if is_name(text) => Ok(Some(text.clone())),
        Some(_) => Err(DetailsError::Field { index, field }),
    };
    let parameters = match object.get("parameters") {
        Some(Value::Object(map)) if map.keys().all(|key| is_name(key)) => map.clone(),
        _ => return Err(DetailsError::Field { index, field: "parameters" }),
    };
    let scope = name("scope")?.ok_or(DetailsError::Field { index, field: "scope" })?;
    Ok(GrantedScope { scope, task: name("task")?, parameters })
}

/// Printable ASCII without space, so that a name is the same in a log line, a record and a message.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
