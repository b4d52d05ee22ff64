//! The sample's types and actions, in the order of their constants.

use super::{
    ABOUT, ACTIVE, AMOUNT, COPIES, COUNTRY, CUSTOMER, CUSTOMER_FIELD, EMAIL, LABELS, LEVEL, NOTE, NOTES,
    ORDER, ORG, PAID_AT, PATIENCE, READERS, REASON, REASON_ARG, REFERRER, REFUNDED, TAGS, TEAM, TIER,
    TIER_FIELD, TO, TOTAL, USD, WEIGHT, entity, optional, set,
};
use crate::program::{Action, ActionFlags, EntityKind, EntityType, EnumType, Named};
use crate::types::{ArgId, EntityTypeId, FieldId, Type};

pub(super) fn enums() -> Vec<EnumType> {
    let declared = [("Tier", ["basic", "gold", "vip"]), ("Reason", ["damaged", "late", "goodwill"])];
    declared
        .map(|(name, variants)| EnumType {
            name: name.to_owned(),
            variants: variants.map(str::to_owned).to_vec(),
        })
        .to_vec()
}

pub(super) fn fields() -> Vec<Named> {
    vec![
        named("tier", Type::Enum(TIER)),
        named("email", Type::String),
        named("country", optional(Type::String)),
        named("customer", entity(CUSTOMER)),
        named("total", USD),
        named("refunded", USD),
        named("paid_at", Type::Instant),
        named("tags", set(Type::String)),
        named("readers", set(entity(TEAM))),
        named("notes", Type::List(Box::new(Type::String))),
        named("weight", Type::Decimal),
        named("referrer", optional(entity(CUSTOMER))),
        named("level", Type::Int),
        named("patience", Type::Duration),
        named("active", Type::Bool),
    ]
}

pub(super) fn entities() -> Vec<EntityType> {
    use EntityKind::{Agent, Group, Resource};
    let support = [TIER_FIELD, LEVEL, PATIENCE, ACTIVE];
    let order = [CUSTOMER_FIELD, TOTAL, REFUNDED, PAID_AT, TAGS, READERS, NOTES, WEIGHT];
    vec![
        entity_type("Org", Resource, &[], &[]),
        entity_type("Team", Group, &[TEAM], &[]),
        entity_type("Customer", Resource, &[ORG], &[TIER_FIELD, EMAIL, COUNTRY, TAGS, REFERRER]),
        entity_type("Order", Resource, &[CUSTOMER], &order),
        EntityType {
            identified_by: Some("spiffe://acme.example/agent/support/*".to_owned()),
            ..entity_type("SupportBot", Agent, &[TEAM], &support)
        },
        EntityType {
            identified_by: Some("spiffe://acme.example/agent/audit/*".to_owned()),
            ..entity_type("AuditBot", Agent, &[TEAM], &[TIER_FIELD])
        },
    ]
}

pub(super) fn args() -> Vec<Named> {
    vec![
        named("amount", USD),
        named("reason", Type::Enum(REASON)),
        named("note", optional(Type::String)),
        named("to", Type::String),
        named("copies", Type::Int),
        named("labels", set(Type::String)),
        named("about", optional(entity(CUSTOMER))),
    ]
}

pub(super) fn actions() -> Vec<Action> {
    vec![
        action("read_order", &[], &[ORDER]),
        action("refund", &[AMOUNT, REASON_ARG, NOTE], &[ORDER]),
        action("send_email", &[TO, COPIES, ABOUT], &[]),
        action("tag", &[LABELS, NOTE], &[CUSTOMER, ORDER]),
    ]
}

pub(super) fn named(name: &str, ty: Type) -> Named {
    Named { name: name.to_owned(), ty }
}

pub(super) fn entity_type(
    name: &str,
    kind: EntityKind,
    parents: &[EntityTypeId],
    fields: &[FieldId],
) -> EntityType {
    let (name, parents, fields) = (name.to_owned(), parents.to_vec(), fields.to_vec());
    EntityType { name, kind, parents, identified_by: None, fields, claimed: Vec::new(), requires: Vec::new() }
}

fn action(name: &str, params: &[ArgId], resources: &[EntityTypeId]) -> Action {
    Action {
        name: name.to_owned(),
        params: params.to_vec(),
        defaults: vec![None; params.len()],
        flags: ActionFlags::default(),
        resources: resources.to_vec(),
    }
}
