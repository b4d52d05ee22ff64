//! Who may approve a review, and what they are shown.

use permit_ir::decision::Request;
use permit_ir::value::EntityRef;
use permit_types::review::ReviewContent;
use permit_types::verdict::{Reason, ReasonCode};

use crate::engine::Engine;
use crate::render;
use crate::request::RequestText;

/// The most bytes that a person is shown of one request. A request that cannot be shown in full cannot be reviewed.
pub const REVIEW_CONTENT_BYTES_MAX: usize = 16 * 1024;

impl Engine {
    /// The person that a SPIFFE ID identifies.
    #[must_use]
    pub fn person(&self, spiffe_id: &str) -> Option<EntityRef> {
        self.facts().person(spiffe_id)
    }

    /// Whether the person is one of those that the rule names behind `approved by`.
    #[must_use]
    pub fn approves(&self, person: EntityRef, rule: &str) -> bool {
        let Some(person) = self.facts().entity(person) else { return false };
        let rule = self.program().rules.iter().find(|candidate| candidate.name == rule);
        let persons =
            rule.and_then(|rule| rule.approval.as_ref()).map_or(&[][..], |approval| &approval.persons);
        persons.iter().any(|pattern| pattern.means(person.ty, &person.id))
    }

    /// What persons are shown of a request.
    ///
    /// # Errors
    /// When it is longer than [`REVIEW_CONTENT_BYTES_MAX`].
    pub fn review_content(&self, request: &Request, because: &str) -> Result<String, Reason> {
        let (program, facts) = (self.program(), self.facts());
        let RequestText { action, arguments, claims, resource } = self.request_text(request);
        let content = ReviewContent {
            action: action.to_owned(),
            agent: render::entity_text(program, facts, request.agent),
            arguments: arguments.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            because: because.to_owned(),
            claims: claims.into_iter().collect(),
            resource,
            policy: self.policy_digest().to_string(),
        };
        let text = serde_json::to_string(&content).unwrap_or_default();
        if text.is_empty() || text.len() > REVIEW_CONTENT_BYTES_MAX {
            let message = format!(
                "the request is longer than the {REVIEW_CONTENT_BYTES_MAX} bytes that persons are shown"
            );
            return Err(Reason::new(ReasonCode::InvalidRequest, message));
        }
        Ok(text)
    }
}
