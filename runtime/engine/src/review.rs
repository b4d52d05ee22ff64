//! Which review a request needs: the rule, who must approve, and the digest of everything that is approved.
//!
//! An approval is for one request, as it was read and typed: requests that must be approved separately have different
//! digests, and different spellings of the same request have the same one.

mod content;

use permit_ir::decision::{Claim, Evaluation, PolicyVerdict, Request};
use permit_ir::facts::Facts;
use permit_ir::program::{AgentPattern, Approval, Rule};
use permit_ir::quoted::entity_text;
use permit_ir::verify::VerifiedProgram;
use permit_types::digest::Digest;
use permit_types::review::Review;
use permit_types::time::duration_text;
use sha2::{Digest as _, Sha256};

pub use self::content::REVIEW_CONTENT_BYTES_MAX;
use crate::engine::Engine;
use crate::render;

/// What stands before all else in the digest, so that it is the digest of a review and of nothing else.
const CONTEXT: &[u8] = b"permit-review/v1\n";

impl Engine {
    /// The review that the request must wait for; `None` unless a review decides.
    #[must_use]
    pub fn review(&self, request: &Request, evaluation: &Evaluation) -> Option<Review> {
        let (rule, approval) = self.approval(evaluation)?;
        let Approval { needed, timeout_ms, .. } = *approval;
        let digest = digest(self.program(), self.facts(), self.policy_digest(), request, &rule.name);
        Some(Review { digest, rule: rule.name.clone(), needed, timeout_ms })
    }

    /// The approval in words, such as `2 of Lead within 30min`.
    pub(crate) fn approval_text(&self, evaluation: &Evaluation) -> Option<String> {
        let (_, Approval { persons, needed, timeout_ms }) = self.approval(evaluation)?;
        let types = &self.program().entities;
        let person = |pattern: &AgentPattern| {
            let (AgentPattern::Type(ty) | AgentPattern::Entity(ty, _)) = pattern;
            let name = types.get(ty.index()).map_or("?", |ty| &ty.name);
            match pattern {
                AgentPattern::Type(_) => name.to_owned(),
                AgentPattern::Entity(_, id) => entity_text(name, id),
            }
        };
        let persons: Vec<_> = persons.iter().map(person).collect();
        Some(format!("{needed} of {} within {}", persons.join(", "), duration_text(*timeout_ms)))
    }

    fn approval(&self, evaluation: &Evaluation) -> Option<(&Rule, &Approval)> {
        let PolicyVerdict::Review(id) = evaluation.policy.verdict else { return None };
        let rule = self.program().rules.get(id.index())?;
        Some((rule, rule.approval.as_ref()?))
    }
}

fn digest(
    program: &VerifiedProgram,
    facts: &Facts,
    policy_digest: Digest,
    request: &Request,
    rule: &str,
) -> [u8; 32] {
    let action = program.actions.get(request.action.index());
    let mut parts = Parts(Sha256::new_with_prefix(CONTEXT));
    parts.part(&policy_digest.0);
    parts.part(rule.as_bytes());
    parts.part(render::entity_text(program, facts, request.agent).as_bytes());
    parts.part(action.map_or("?", |action| &action.name).as_bytes());
    // No entity is written as an empty text.
    let resource = request.resource.map(|resource| render::entity_text(program, facts, resource));
    parts.part(resource.unwrap_or_default().as_bytes());
    let params = action.map_or(&[][..], |action| &action.params);
    parts.count(params.len());
    for param in params {
        if let (Some(named), Some(value)) = (program.args.get(param.index()), request.args.get(param.index()))
        {
            parts.part(named.name.as_bytes());
            parts.part(render::value_text(program, facts, value, &named.ty).as_bytes());
        }
    }
    // The agent's before the resource's, each ascending by attribute, as they are read.
    parts.count(request.claims.len());
    for Claim { entity, field, value } in &request.claims {
        if let Some(named) = program.fields.get(field.index()) {
            parts.part(render::entity_text(program, facts, *entity).as_bytes());
            parts.part(named.name.as_bytes());
            parts.part(render::value_text(program, facts, value, &named.ty).as_bytes());
        }
    }
    parts.0.finalize().into()
}

/// Parts of a digest, each behind its length, so that no two lists of parts are the same bytes.
struct Parts(Sha256);

impl Parts {
    fn count(&mut self, count: usize) {
        self.0.update(u64::try_from(count).unwrap_or(u64::MAX).to_be_bytes());
    }

    fn part(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }
}

#[cfg(test)]
mod tests;
