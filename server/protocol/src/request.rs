//! The bodies of requests: written by clients, read by the server, strict on both sides.

use std::borrow::Cow;
use std::collections::BTreeMap;

use permit_types::ask::{Ask, AskError, object};
use permit_types::strict_json::Json;
use serde::{Deserialize, Serialize};

/// The body of `POST /v1/decisions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DecisionRequest<'d> {
    /// What is asked.
    #[serde(flatten)]
    pub ask: Ask<'d>,
    /// The caller's key for repeating the request: 1 to 128 printable ASCII characters, which the service checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<Cow<'d, str>>,
}

impl<'d> DecisionRequest<'d> {
    /// Reads the body. Its strings are slices of it, where that is possible.
    ///
    /// # Errors
    /// [`AskError`] naming the first member that does not fit.
    pub fn parse(body: &'d [u8]) -> Result<Self, AskError> {
        let mut members = object(body)?;
        let key = members.iter().position(|(name, _)| name == "idempotency_key");
        let idempotency_key = match key.map(|at| members.swap_remove(at).1) {
            None | Some(Json::Null) => None,
            Some(Json::String(key)) => Some(key),
            Some(_) => return Err(AskError::member("idempotency_key", "is not a string")),
        };
        Ok(Self { ask: Ask::from_members(members)?, idempotency_key })
    }
}

/// The body of `POST /v1/decisions/{id}/confirm`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfirmRequest {
    /// What the action cost in the end, by budget, such as `480.00 USD`; a budget that is not named is charged in full.
    #[serde(default)]
    pub amounts: BTreeMap<String, String>,
}

/// The body of `POST /v1/decisions/{id}/release`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReleaseRequest {
    /// Why the action did not happen.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The body of `POST /v1/reviews/{id}/approve` and of `…/decline`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoteRequest {
    /// What the person says about it.
    #[serde(default)]
    pub reason: Option<String>,
}

/// The body of a request that has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmptyRequest {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_for_a_decision_is_read_as_it_is_written() {
        let body =
            br#"{"idempotency_key":"k","action":"pay","arguments":{"amount":"1.00 USD"},"resource":"o1"}"#;
        let request = DecisionRequest::parse(body).unwrap();
        assert_eq!((&*request.ask.action, request.idempotency_key.as_deref()), ("pay", Some("k")));
        let written = serde_json::to_vec(&request).unwrap();
        assert_eq!(DecisionRequest::parse(&written).unwrap(), request);
        let keyless = DecisionRequest::parse(br#"{"action":"pay","idempotency_key":null}"#).unwrap();
        assert_eq!(keyless.idempotency_key, None);
        assert_eq!(serde_json::to_string(&keyless).unwrap(), r#"{"action":"pay","arguments":{}}"#);
    }

    #[test]
    fn a_key_that_is_no_string_is_refused() {
        let error = DecisionRequest::parse(br#"{"action":"pay","idempotency_key":1}"#).unwrap_err();
        assert_eq!(error.to_string(), "`idempotency_key` is not a string");
    }
}
