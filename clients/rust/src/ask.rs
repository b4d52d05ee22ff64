//! Decision requests.

use std::borrow::Cow;

use permit_protocol::authorization_details::GrantedScope;
use permit_protocol::request::DecisionRequest;
use permit_types::strict_json::{Json, Member};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::ClientError;

/// An action to be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Ask(DecisionRequest<'static>);

impl Ask {
    /// An ask for an action without arguments or resource.
    #[must_use]
    pub fn new(action: &str) -> Self {
        let mut request = DecisionRequest::default();
        request.ask.action = Cow::Owned(action.to_owned());
        Self(request)
    }

    /// The resource it is about.
    #[must_use]
    pub fn on(mut self, ty: &str, id: &str) -> Self {
        self.0.ask.resource = Some(serde_json::json!({ "type": ty, "id": id }).into());
        self
    }

    /// One more argument. Money is text, such as `"50.00 USD"`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        set(&mut self.0.ask.arguments, name, value.into());
        self
    }

    /// Says what an attribute of the agent itself is, where the policy lets it.
    #[must_use]
    pub fn claiming_of_agent(mut self, field: &str, value: impl Into<Value>) -> Self {
        set(&mut self.0.ask.claims.agent, field, value.into());
        self
    }

    /// Says what an attribute of the resource is, where the policy lets the agent.
    #[must_use]
    pub fn claiming_of_resource(mut self, field: &str, value: impl Into<Value>) -> Self {
        set(&mut self.0.ask.claims.resource, field, value.into());
        self
    }

    /// Makes a repetition after a lost answer safe: the same key and the same ask give the same decision.
    #[must_use]
    pub fn idempotent(mut self, key: &str) -> Self {
        self.0.idempotency_key = Some(Cow::Owned(key.to_owned()));
        self
    }

    /// The body that asks it. A record has the digest of these bytes as `body_digest`.
    ///
    /// # Errors
    /// [`ClientError::Answer`] when it cannot be written, which it has no cause not to be.
    pub(crate) fn body(&self) -> Result<Vec<u8>, ClientError> {
        serde_json::to_vec(&self.0).map_err(|error| ClientError::Answer(error.to_string()))
    }
}

/// Sets a member, in the place of an earlier one of its name.
fn set(members: &mut Vec<Member<'static>>, name: &str, value: Value) {
    let value = Json::from(value);
    match members.iter_mut().find(|(other, _)| other == name) {
        Some((_, earlier)) => *earlier = value,
        None => members.push((Cow::Owned(name.to_owned()), value)),
    }
}

/// A scope that a token is to carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeClaim(GrantedScope);

impl ScopeClaim {
    /// A scope without parameters, for a task.
    #[must_use]
    pub fn new(scope: &str, task: &str) -> Self {
        let (scope, task) = (scope.to_owned(), Some(task.to_owned()));
        Self(GrantedScope { scope, task, parameters: Map::new(), granted: None })
    }

    /// One more parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.0.parameters.insert(name.to_owned(), value.into());
        self
    }
}

impl From<ScopeClaim> for GrantedScope {
    fn from(claim: ScopeClaim) -> Self {
        claim.0
    }
}
