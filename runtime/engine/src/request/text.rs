//! The text of a request as the policy reads it.

use std::collections::BTreeMap;

use permit_ir::decision::{Claim, Request};
use serde::Serialize;

use crate::engine::Engine;
use crate::render;

/// A request as the policy reads it: every value is its canonical text, and defaults are written out. As JSON it is what
/// the `request_digest` of a record is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestText {
    /// The action's name.
    pub action: String,
    /// Every argument by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, String>,
    /// The caller's claims about itself and the resource, by `agent.FIELD` and `resource.FIELD`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// The resource, such as `Order::"o1"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

impl Engine {
    /// The request as text.
    #[must_use]
    pub fn request_text(&self, request: &Request) -> RequestText {
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
        RequestText {
            action: action.map_or("?", |action| &action.name).to_owned(),
            arguments: arguments.collect(),
            claims: claims.collect(),
            resource: request.resource.map(|resource| render::entity_text(program, facts, resource)),
        }
    }
}
