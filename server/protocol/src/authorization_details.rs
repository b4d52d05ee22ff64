//! What a token grants: the `permit_scope` type of RFC 9396 authorization details.
//!
//! An element of a token request is a scope that the agent requests, or a grant from a task issuer, which contains
//! scopes of its own. In our tokens those carry their issuer, the time of the grant and its `jti`, which a request
//! cannot set.
//!
//! This module knows only the form. Which scopes exist and what their parameters mean is defined by the policy; the
//! caller passes that check in as a function.

use permit_types::strict_json::{self, StrictJsonError};
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
    /// Who granted it, if it was not the agent itself that asked for it.
    pub granted: Option<Granted>,
}

/// The grant of a task's issuer behind a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// The issuer's name.
    pub issuer: String,
    /// When it granted the task, in seconds since the Unix epoch.
    pub at_s: i64,
    /// The grant's `jti`.
    pub jti: String,
}

/// One element of a token request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requested {
    /// A scope that the agent asks for.
    Scope(GrantedScope),
    /// The grant of a task's issuer, as it signed it.
    Grant(String),
}

/// Why the policy does not accept a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeRefusal {
    /// Why, in the policy's words.
    pub reason: String,
}

/// Reads the `authorization_details` parameter of a token request.
///
/// # Errors
/// [`DetailsError`] for the first thing that is wrong.
pub fn parse_details(text: &str) -> Result<Vec<Requested>, DetailsError> {
    if text.len() > DETAILS_BYTES_MAX {
        return Err(DetailsError::TooLong);
    }
    let value = strict_json::from_slice(text.as_bytes())?;
    let requested = |(index, element): (usize, &Value)| match grant(index, element)? {
        Some(grant) => Ok(Requested::Grant(grant)),
        None => Ok(Requested::Scope(scope(index, element, &ASKED)?)),
    };
    elements(&value)?.iter().enumerate().map(requested).collect()
}

/// Reads the scopes of a grant: what an agent may ask for, an issuer may grant.
///
/// # Errors
/// [`DetailsError`], as [`parse_details`].
pub fn from_grant(value: &Value) -> Result<Vec<GrantedScope>, DetailsError> {
    elements(value)?.iter().enumerate().map(|(index, element)| scope(index, element, &ASKED)).collect()
}

/// Reads the details from the claim of one of our own tokens.
///
/// # Errors
/// [`DetailsError`], as [`parse_details`].
pub fn from_token(value: &Value) -> Result<Vec<GrantedScope>, DetailsError> {
    elements(value)?.iter().enumerate().map(|(index, element)| scope(index, element, &CARRIED)).collect()
}

/// Checks scopes against the policy.
///
/// # Errors
/// [`DetailsError::Count`] for too many or none, else [`DetailsError::Refused`] for the first that the check refuses.
pub fn check_scopes(
    scopes: &[GrantedScope],
    check: impl Fn(&GrantedScope) -> Result<(), ScopeRefusal>,
) -> Result<(), DetailsError> {
    if scopes.is_empty() || scopes.len() > DETAILS_MAX {
        return Err(DetailsError::Count);
    }
    scopes.iter().enumerate().try_for_each(|(index, scope)| {
        check(scope).map_err(|refusal| DetailsError::Refused { index, reason: refusal.reason })
    })
}

/// The fields of an element that an agent asks for, and of one in our tokens.
const ASKED: [&str; 4] = ["type", "scope", "task", "parameters"];
const CARRIED: [&str; 7] = ["type", "scope", "task", "parameters", "issuer", "granted_at", "grant_id"];

fn elements(value: &Value) -> Result<&[Value], DetailsError> {
    let elements = value.as_array().ok_or(DetailsError::Count)?;
    if elements.is_empty() || elements.len() > DETAILS_MAX { Err(DetailsError::Count) } else { Ok(elements) }
}

/// The grant that an element is, if it is one; it has nothing else beside its type.
fn grant(index: usize, element: &Value) -> Result<Option<String>, DetailsError> {
    let Some(object) = element.as_object().filter(|object| object.contains_key("grant")) else {
        return Ok(None);
    };
    check_fields(index, object, &["type", "grant"])?;
    match object.get("grant") {
        Some(Value::String(text)) => Ok(Some(text.clone())),
        _ => Err(DetailsError::Field { index, field: "grant" }),
    }
}

fn check_fields(index: usize, object: &Map<String, Value>, fields: &[&str]) -> Result<(), DetailsError> {
    if object.get("type").and_then(Value::as_str) != Some(DETAIL_TYPE) {
        return Err(DetailsError::Type { index });
    }
    match object.keys().find(|name| !fields.contains(&name.as_str())) {
        Some(field) => Err(DetailsError::UnknownField { index, field: field.clone() }),
        None => Ok(()),
    }
}

/// The parameter of a token request that [`parse_details`] reads: scopes, and the grants of task issuers. `None` for
/// neither.
#[must_use]
pub fn request_details(scopes: &[GrantedScope], grants: &[String]) -> Option<Value> {
    let Value::Array(mut elements) = to_value(scopes) else { return None };
    elements
        .extend(grants.iter().map(|grant| serde_json::json!({ "type": DETAIL_TYPE, "grant": grant.trim() })));
    (!elements.is_empty()).then_some(Value::Array(elements))
}

/// The claim that [`from_token`] reads.
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
        if let Some(Granted { issuer, at_s, jti }) = &scope.granted {
            object.insert("issuer".to_owned(), issuer.as_str().into());
            object.insert("granted_at".to_owned(), (*at_s).into());
            object.insert("grant_id".to_owned(), jti.as_str().into());
        }
        Value::Object(object)
    };
    Value::Array(scopes.iter().map(element).collect())
}

fn scope(index: usize, element: &Value, fields: &[&str]) -> Result<GrantedScope, DetailsError> {
    let object = element.as_object().ok_or(DetailsError::Count)?;
    check_fields(index, object, fields)?;
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
    let at_s = object.get("granted_at").map(Value::as_i64);
    let granted = match (name("issuer")?, at_s, object.get("grant_id").map(Value::as_str)) {
        (None, None, None) => None,
        (Some(issuer), Some(Some(at_s)), Some(Some(jti))) => {
            Some(Granted { issuer, at_s, jti: jti.to_owned() })
        }
        // The three belong together.
        _ => return Err(DetailsError::Field { index, field: "issuer" }),
    };
    Ok(GrantedScope { scope, task: name("task")?, parameters, granted })
}

/// Printable ASCII without space, so that a name is the same in a log line, a record and a message.
#[must_use]
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests;
