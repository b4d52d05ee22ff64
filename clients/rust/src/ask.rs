//! Decision requests.

use permit_protocol::authorization_details::GrantedScope;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::ClientError;

/// An action to be decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ask {
    action: String,
    arguments: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    claims: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idempotency_key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Value>,
}

impl Ask {
    /// An ask for an action without arguments or resource.
    #[must_use]
    pub fn new(action: &str) -> Self {
        Self {
            action: action.to_owned(),
            arguments: Map::new(),
            claims: Map::new(),
            idempotency_key: None,
            resource: None,
        }
    }

    /// The resource it is about.
    #[must_use]
    pub fn on(mut self, ty: &str, id: &str) -> Self {
        self.resource = Some(serde_json::json!({ "type": ty, "id": id }));
        self
    }

    /// One more argument. Money is text, such as `"50.00 USD"`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.arguments.insert(name.to_owned(), value.into());
        self
    }

    /// Says what an attribute of the agent itself is, where the policy lets it.
    #[must_use]
    pub fn claiming_of_agent(self, field: &str, value: impl Into<Value>) -> Self {
        self.claiming("agent", field, value.into())
    }

    /// Says what an attribute of the resource is, where the policy lets the agent.
    #[must_use]
    pub fn claiming_of_resource(self, field: &str, value: impl Into<Value>) -> Self {
        self.claiming("resource", field, value.into())
    }

    fn claiming(mut self, whose: &str, field: &str, value: Value) -> Self {
        let said = self.claims.entry(whose).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(said) = said {
            said.insert(field.to_owned(), value);
        }
        self
    }

    /// Makes a repetition after a lost answer safe: the same key and the same ask give the same decision.
    #[must_use]
    pub fn idempotent(mut self, key: &str) -> Self {
        self.idempotency_key = Some(key.to_owned());
        self
    }

    /// The body that asks it. A record has the digest of these bytes as `body_digest`.
    ///
    /// # Errors
    /// [`ClientError::Answer`] when it cannot be written, which it has no cause not to be.
    pub(crate) fn body(&self) -> Result<Vec<u8>, ClientError> {
        serde_json::to_vec(self).map_err(|error| ClientError::Answer(error.to_string()))
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
