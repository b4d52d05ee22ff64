//! Entities in Cedar's form, converted to our facts.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// Type and id behind `{"type": …, "id": …}`, with or without `__entity` around it.
#[must_use]
pub fn entity(value: &Value) -> Option<(&str, &str)> {
    let entity = value.get("__entity").unwrap_or(value);
    Some((entity.get("type")?.as_str()?, entity.get("id")?.as_str()?))
}

/// Type and id out of `Type::"id"`.
#[must_use]
pub fn written(text: &str) -> Option<(&str, &str)> {
    let (of, id) = text.split_once("::")?;
    Some((of, id.strip_prefix('"')?.strip_suffix('"')?))
}

/// Entities as a facts file, with the SPIFFE ID that `spiffe_id` gives each entity of the agents' type.
///
/// Two things differ: what a parent names must be there, so parents that Cedar takes for empty entities become such; and
/// agents and groups lie in no resource, so that tinytodo's `Application` has lists alone. An entity without a type and an
/// id is left out.
#[must_use]
pub fn facts(entities: &Value, agent_type: &str, spiffe_id: impl Fn(&str) -> String) -> Value {
    let entities = entities.as_array().map_or(&[][..], Vec::as_slice);
    let mut known: BTreeSet<_> = entities.iter().filter_map(|one| entity(one.get("uid")?)).collect();
    let mut facts = Vec::new();
    for one in entities {
        let Some((of, id)) = one.get("uid").and_then(entity) else { continue };
        let attributes: Map<_, _> = (one.get("attrs").and_then(Value::as_object).into_iter().flatten())
            .map(|(name, value)| (name.clone(), attribute(value)))
            .collect();
        let mut parents = Vec::new();
        for parent in one.get("parents").and_then(Value::as_array).into_iter().flatten() {
            let Some((parent_type, parent_id)) = entity(parent) else { continue };
            if parent_type == "Application" && of != "List" {
                continue;
            }
            parents.push(json!({ "type": parent_type, "id": parent_id }));
            if known.insert((parent_type, parent_id)) {
                facts.push(json!({ "type": parent_type, "id": parent_id }));
            }
        }
        let mut fact = json!({ "type": of, "id": id, "attributes": attributes, "parents": parents });
        if of == agent_type
            && let Some(fact) = fact.as_object_mut()
        {
            fact.insert("spiffe_id".to_owned(), json!(spiffe_id(id)));
        }
        facts.push(fact);
    }
    json!({ "entities": facts })
}

/// An attribute in our form: where the policy's types say which entity is meant, its id is enough.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(attribute).collect(),
        value if value.get("__entity").is_some() => entity(value).map_or(Value::Null, |(_, id)| json!(id)),
        value => value.clone(),
    }
}
