//! What an agent asks: an action, a resource, arguments and claims, as the document says it and before any policy gives it types.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::display;
use crate::strict_json::{
    DEPTH_MAX, Json, Member, NAME_CHARS_MAX, Strict, StrictJsonError, members, owned_members, read,
    serialize_members,
};

/// A request for a decision. Its strings are slices of the document, where that is possible.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ask<'d> {
    /// The action's name.
    pub action: Cow<'d, str>,
    /// The arguments by name, no name twice; one whose type is optional may be left out.
    #[serde(serialize_with = "serialize_members")]
    pub arguments: Vec<Member<'d>>,
    /// What the caller claims about itself and the resource.
    #[serde(skip_serializing_if = "Claims::is_empty")]
    pub claims: Claims<'d>,
    /// `{"type": "Order", "id": "o1"}`; left out when the action takes no resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Json<'d>>,
}

/// Attributes that the caller supplies, by name, no name twice; only those that the policy marks `claimed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Claims<'d> {
    /// Of the agent.
    #[serde(serialize_with = "serialize_members", skip_serializing_if = "Vec::is_empty")]
    pub agent: Vec<Member<'d>>,
    /// Of the resource.
    #[serde(serialize_with = "serialize_members", skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<Member<'d>>,
}

/// Why a document is not a request.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It is not strict JSON, or not an object.
    #[error(transparent)]
    Json(#[from] StrictJsonError),
    /// A member is missing, is unknown, or has a value of another kind.
    #[error("`{member}` {problem}")]
    Member {
        /// The member's name, cut to [`NAME_CHARS_MAX`].
        member: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl AskError {
    /// The error that the member called `name` has `problem`.
    #[must_use]
    pub fn member(name: &str, problem: &'static str) -> Self {
        Self::Member { member: display::start(name, NAME_CHARS_MAX), problem }
    }
}

impl Ask<'static> {
    /// A request without claims, of values that were read or made before.
    #[must_use]
    pub fn new(action: &str, arguments: Map<String, Value>, resource: Option<Value>) -> Self {
        let (arguments, resource) = (members(arguments), resource.map(Json::from));
        Self { action: Cow::Owned(action.to_owned()), arguments, resource, claims: Claims::default() }
    }
}

impl<'d> Ask<'d> {
    /// Reads a request that fills `bytes`.
    ///
    /// # Errors
    /// [`AskError`] naming the first member that does not fit.
    pub fn parse(bytes: &'d [u8]) -> Result<Self, AskError> {
        Self::from_members(object(bytes)?)
    }

    /// Reads a request from a value that was read already.
    ///
    /// # Errors
    /// [`AskError`] naming the first member that does not fit.
    pub fn from_json(json: Json<'d>) -> Result<Self, AskError> {
        match json {
            Json::Object(members) => Self::from_members(members),
            _ => Err(StrictJsonError::NotAnObject.into()),
        }
    }

    /// Reads a request from the members of an object.
    ///
    /// # Errors
    /// [`AskError::Member`] naming the first one that does not fit.
    pub fn from_members(members: Vec<Member<'d>>) -> Result<Self, AskError> {
        let mut action = None;
        let mut ask = Self::default();
        for (name, value) in members {
            match (&*name, value) {
                ("action", Json::String(name)) => action = Some(name),
                ("action", _) => return Err(AskError::member(&name, "is not a string")),
                ("arguments", value) => ask.arguments = members_of(&name, value)?,
                ("claims", value) => ask.claims = Claims::from_members(members_of(&name, value)?)?,
                ("resource", Json::Null) => {}
                ("resource", value) => ask.resource = Some(value),
                _ => return Err(AskError::member(&name, "is not a member of a request")),
            }
        }
        ask.action = action.ok_or_else(|| AskError::member("action", "is missing"))?;
        Ok(ask)
    }

    /// The same request, which borrows from no document.
    #[must_use]
    pub fn into_owned(self) -> Ask<'static> {
        let Self { action, arguments, claims: Claims { agent, resource: of_resource }, resource } = self;
        Ask {
            action: Cow::Owned(action.into_owned()),
            arguments: owned_members(arguments),
            claims: Claims { agent: owned_members(agent), resource: owned_members(of_resource) },
            resource: resource.map(Json::into_owned),
        }
    }
}

impl<'d> Claims<'d> {
    /// Whether nothing is claimed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.agent.is_empty() && self.resource.is_empty()
    }

    fn from_members(members: Vec<Member<'d>>) -> Result<Self, AskError> {
        let mut claims = Self::default();
        for (name, value) in members {
            match &*name {
                "agent" => claims.agent = members_of("claims.agent", value)?,
                "resource" => claims.resource = members_of("claims.resource", value)?,
                _ => return Err(AskError::member(&name, "is not a member of `claims`")),
            }
        }
        Ok(claims)
    }
}

/// The members of the JSON object that fills `bytes`.
///
/// # Errors
/// [`AskError::Json`].
pub fn object(bytes: &[u8]) -> Result<Vec<Member<'_>>, AskError> {
    match read(bytes, Strict::<Json<'_>>::new(DEPTH_MAX)).map_err(StrictJsonError::from)? {
        Json::Object(members) => Ok(members),
        _ => Err(StrictJsonError::NotAnObject.into()),
    }
}

fn members_of<'d>(name: &str, value: Json<'d>) -> Result<Vec<Member<'d>>, AskError> {
    match value {
        Json::Object(members) => Ok(members),
        _ => Err(AskError::member(name, "is not an object")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_read_as_it_is_written() {
        let text = r#"{"action":"pay","arguments":{"amount":1.50,"note":"a\u0062"},"claims":{"agent":{"team":"x"}},"resource":{"id":"o1","type":"Order"}}"#;
        let ask = Ask::parse(text.as_bytes()).unwrap();
        assert!(matches!(ask.action, Cow::Borrowed("pay")));
        assert!(matches!(&ask.arguments[0], (Cow::Borrowed("amount"), Json::Number(n)) if n == "1.50"));
        assert!(matches!(&ask.arguments[1], (_, Json::String(note)) if note == "ab"));
        let again = serde_json::to_string(&ask).unwrap();
        assert_eq!(again, text.replace("\\u0062", "b"));
        assert_eq!(Ask::parse(again.as_bytes()).unwrap(), ask.clone().into_owned());
        let least = Ask::parse(br#"{"action":"ping","resource":null}"#).unwrap();
        assert_eq!(least, Ask { action: "ping".into(), ..Ask::default() });
    }

    #[test]
    fn what_is_no_request_is_refused_by_name() {
        let cases = [
            (r"{}", "`action` is missing"),
            (r#"{"action":1}"#, "`action` is not a string"),
            (r#"{"action":"a","arguments":null}"#, "`arguments` is not an object"),
            (r#"{"action":"a","arguments":[]}"#, "`arguments` is not an object"),
            (r#"{"action":"a","claims":{"agent":1}}"#, "`claims.agent` is not an object"),
            (r#"{"action":"a","claims":{"team":{}}}"#, "`team` is not a member of `claims`"),
            (r#"{"action":"a","agent":"b"}"#, "`agent` is not a member of a request"),
            (r#"{"action":"a","action":"b"}"#, "member `action` stands twice at line 1 column 22"),
            (r#"{"action":"a","arguments":{"x":1,"x":2}}"#, "member `x` stands twice at line 1 column 36"),
            ("[]", "not an object"),
        ];
        for (text, message) in cases {
            assert_eq!(Ask::parse(text.as_bytes()).unwrap_err().to_string(), message, "{text}");
        }
    }
}
