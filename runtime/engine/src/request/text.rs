//! The text of a request as the policy reads it.

use permit_ir::decision::{Claim, Request};
use permit_ir::program::Named;
use permit_ir::quoted::entity_text;
use permit_types::ask::Ask;
use permit_types::strict_json::{Json, member};
use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::engine::Engine;
use crate::render;

/// A request as the policy reads it: every value is its canonical text, and defaults are written out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RequestText<'e> {
    /// The action's name.
    pub action: &'e str,
    /// Every argument by name, ascending.
    #[serde(serialize_with = "as_object", skip_serializing_if = "Vec::is_empty")]
    pub arguments: Vec<(&'e str, String)>,
    /// What the caller claims, by `agent.FIELD` and `resource.FIELD`, ascending.
    #[serde(serialize_with = "as_object", skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<(String, String)>,
    /// The resource, such as `Order::"o1"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
}

impl RequestText<'_> {
    /// The canonical JSON (RFC 8785), which the `request_digest` of a record is over. Members are sorted and hold strings
    /// alone, so that it is what `serde_json` writes; its tests compare it with a library's.
    ///
    /// # Errors
    /// What the JSON writer says, which has no cause to.
    pub fn canonical_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(self)
    }
}

fn as_object<S: Serializer>(members: &[(impl AsRef<str>, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(members.len()))?;
    for (name, value) in members {
        object.serialize_entry(name.as_ref(), value)?;
    }
    object.end()
}

/// Sorts members by the UTF-16 code units of their names (RFC 8785, section 3.2.3).
fn sort(members: &mut [(impl AsRef<str>, String)]) {
    members.sort_by(|(a, _), (b, _)| a.as_ref().encode_utf16().cmp(b.as_ref().encode_utf16()));
}

impl Engine {
    /// The request as text.
    #[must_use]
    pub fn request_text(&self, request: &Request) -> RequestText<'_> {
        let (program, facts) = (self.program(), self.facts());
        let action = program.actions.get(request.action.index());
        let params = action.map_or(&[][..], |action| &action.params);
        let mut arguments = Vec::with_capacity(params.len());
        for param in params {
            let pair = program.args.get(param.index()).zip(request.args.get(param.index()));
            let Some((Named { name, ty }, value)) = pair else { continue };
            arguments.push((name.as_str(), render::value_text(program, facts, value, ty)));
        }
        sort(&mut arguments);
        let claims = request.claims.iter().filter_map(|Claim { entity, field, value }| {
            let Named { name, ty } = program.fields.get(field.index())?;
            let whose = if *entity == request.agent { "agent" } else { "resource" };
            Some((format!("{whose}.{name}"), render::value_text(program, facts, value, ty)))
        });
        let mut claims: Vec<_> = claims.collect();
        sort(&mut claims);
        let resource = request.resource.map(|resource| render::entity_text(program, facts, resource));
        RequestText { action: action.map_or("?", |action| &action.name), arguments, claims, resource }
    }

    /// The resource of a request as a record names it, whether or not it exists; `None` if there is none, or it has not the
    /// form of one.
    #[must_use]
    pub fn resource_text(&self, ask: &Ask<'_>) -> Option<String> {
        let program = self.program();
        match ask.resource.as_ref()? {
            Json::Object(members) => {
                let part = |name| match member(members, name) {
                    Some(Json::String(text)) => text,
                    _ => "?",
                };
                Some(entity_text(part("type"), part("id")))
            }
            Json::String(id) => {
                let action = program.action_named(&ask.action).and_then(|id| program.actions.get(id.index()));
                let ty = action.and_then(|action| program.entities.get(action.resources.first()?.index()));
                Some(entity_text(ty.map_or("?", |ty| &ty.name), id))
            }
            _ => None,
        }
    }
}
