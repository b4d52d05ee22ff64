//! Who may approve a review, and what they are shown.

use permit_ir::bundle::Digest;
use permit_ir::decision::{Claim, Request};
use permit_ir::program::AgentPattern;
use permit_ir::value::EntityRef;
use permit_types::review::ReviewContent;
use permit_types::verdict::{Reason, ReasonCode};

use crate::engine::Engine;
use crate::render;

/// The most bytes of what a person is shown of one request. What cannot be shown in whole is not left to persons.
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
        persons.iter().any(|pattern| match pattern {
            AgentPattern::Type(ty) => person.ty == *ty,
            AgentPattern::Entity(ty, id) => person.ty == *ty && *person.id == **id,
        })
    }

    /// What persons are shown of a request.
    ///
    /// # Errors
    /// When it is longer than [`REVIEW_CONTENT_BYTES_MAX`].
    pub fn review_content(&self, request: &Request, because: &str) -> Result<String, Reason> {
        let (program, facts) = (self.program(), self.facts());
        let action = program.actions.get(request.action.index());
        let arguments = action.map_or(&[][..], |action| &action.params).iter().filter_map(|param| {
            let (named, value) = (program.args.get(param.index())?, request.args.get(param.index())?);
            Some((named.name.clone(), render::value_text(program, facts, value, &named.ty)))
        });
        let claims = request.claims.iter().filter_map(|Claim { entity, field, value }| {
            let named = program.fields.get(field.index())?;
            let whose = if *entity == request.agent { "agent" } else { "resource" };
            let text = render::value_text(program, facts, value, &named.ty);
            Some((format!("{whose}.{}", named.name), text))
        });
        let content = ReviewContent {
            action: action.map_or("?", |action| &action.name).to_owned(),
            agent: render::entity_text(program, facts, request.agent),
            arguments: arguments.collect(),
            because: because.to_owned(),
            claims: claims.collect(),
            resource: request.resource.map(|resource| render::entity_text(program, facts, resource)),
            policy: Digest(self.policy_digest()).to_string(),
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
