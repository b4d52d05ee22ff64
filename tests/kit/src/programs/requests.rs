//! Facts that fit a world, and requests, most of which fit it.

use permit_engine::ScopeClaim;
use permit_types::ask::{Ask, Claims};
use permit_types::strict_json::{Member, members};
use serde_json::{Map, Value as Json, json};

use super::Request;
use super::dice::Dice;
use super::types::{IDS, Ty};
use super::world::{Kind, World};

/// 2026-03-26T10:00Z
const NOW_MS: i64 = 1_774_519_200_000;
const HOUR_MS: i64 = 3_600_000;

/// Every type's entities; the parents of one come before it, so that there are no circles.
pub(super) fn facts(world: &World, dice: &mut Dice) -> Json {
    let mut entities = Vec::new();
    for (at, of) in world.entities.iter().enumerate() {
        for (place, id) in IDS.iter().enumerate() {
            let mut parents = Vec::new();
            for &parent in &of.parents {
                let before = if parent == at { place } else { IDS.len() };
                if let Some(id) = IDS.get(..before).and_then(|ids| dice.of(ids))
                    && dice.chance(60)
                {
                    parents.push(json!({ "type": world.entity(parent).name, "id": id }));
                }
            }
            let mut attributes = Map::new();
            for (name, ty) in &of.fields {
                // What a caller may fill, the facts may leave out.
                if !of.claimed.contains(name) || dice.chance(60) {
                    attributes.insert(name.clone(), ty.json(world, dice));
                }
            }
            let mut entity =
                json!({ "type": of.name, "id": id, "parents": parents, "attributes": attributes });
            if matches!(of.kind, Some(Kind::Agent | Kind::Person))
                && let Some(entity) = entity.as_object_mut()
            {
                entity.insert("spiffe_id".to_owned(), json!(spiffe_id(&of.name, id)));
            }
            entities.push(entity);
        }
    }
    json!({ "entities": entities })
}

fn spiffe_id(ty: &str, id: &str) -> String {
    format!("spiffe://made.example/{ty}/{id}")
}

/// A request of some agent; now and then one that does not fit.
pub(super) fn request(world: &World, dice: &mut Dice) -> Request {
    let agent_type = dice.of(&world.of_kind(Kind::Agent)).copied().unwrap_or_default();
    let agent = spiffe_id(&world.entity(agent_type).name, &dice.text(&IDS));
    let action = dice.of(&world.actions);
    let mut arguments = Map::new();
    for param in action.map_or(&[][..], |action| &action.params) {
        if param.default.is_some() && dice.chance(50) || dice.chance(1) {
            continue;
        }
        arguments.insert(param.name.clone(), param.ty.json(world, dice));
    }
    let resources = action.map_or(&[][..], |action| &action.resources);
    let mut claims = Claims { agent: claimed(world, dice, agent_type), ..Claims::default() };
    let resource = dice.of(resources).map(|&ty| {
        claims.resource = claimed(world, dice, ty);
        Ty::Entity(vec![ty]).json(world, dice)
    });
    let ask = Ask::new(action.map_or("", |action| &action.name), arguments, resource);
    let ask = Ask { claims, ..ask };
    let scopes = dice.some(&(0..world.scopes.len()).collect::<Vec<_>>(), 0, 2);
    let scopes = scopes.iter().filter_map(|&at| claim(world, dice, at)).collect();
    let hours = i64::try_from(dice.roll(24 * 400)).unwrap_or(0);
    let from_issuer = dice.chance(50);
    Request { agent, ask, scopes, from_issuer, now_ms: NOW_MS + hours * HOUR_MS }
}

/// What a caller says of an entity of the type.
fn claimed(world: &World, dice: &mut Dice, ty: usize) -> Vec<Member<'static>> {
    let of = world.entity(ty);
    let mut said = Map::new();
    for (name, ty) in of.fields.iter().filter(|(name, _)| of.claimed.contains(name)) {
        if dice.chance(80) {
            said.insert(name.clone(), ty.json(world, dice));
        }
    }
    members(said)
}

fn claim(world: &World, dice: &mut Dice, at: usize) -> Option<ScopeClaim> {
    let scope = world.scopes.get(at)?;
    let parameters = scope.params.iter().map(|(name, ty)| (name.clone(), ty.json(world, dice))).collect();
    Some(ScopeClaim { scope: scope.name.clone(), parameters, task: "task".to_owned() })
}
