//! Whether a value is of a type as far as the index and infallible conditions rely on it: its outer form, and for
//! entities that the facts know them. What lies within records and maps is not looked at; conditions that go there are
//! held to be fallible.

use permit_ir::facts::Facts;
use permit_ir::program::Program;
use permit_ir::types::Type;
use permit_ir::value::Value;

/// Whether the value's outer form is that of the type.
pub(super) fn fits(program: &Program, facts: &Facts, value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Absent, Type::Optional(_))
        | (Value::Bool(_), Type::Bool)
        | (Value::String(_), Type::String)
        | (Value::Url(_), Type::Url)
        | (Value::Path(_), Type::Path)
        | (Value::Email(_), Type::Email)
        | (Value::Ip(_), Type::Ip)
        | (Value::Cidr(_), Type::Cidr)
        | (Value::Record(_), Type::Record(_))
        | (Value::Map(_), Type::Map(_))
        | (
            Value::Number(_),
            Type::Int
            | Type::Decimal
            | Type::Money(_)
            | Type::Instant
            | Type::Duration
            | Type::Date
            | Type::TimeOfDay,
        ) => true,
        (Value::Number(variant), Type::Enum(id)) => {
            let variants = program.enums.get(id.index()).map_or(0, |of| of.variants.len());
            usize::try_from(*variant).is_ok_and(|variant| variant < variants)
        }
        (Value::Entity(entity), Type::Entity(types)) => {
            facts.entity(*entity).is_some_and(|entity| entity.known && types.contains(&entity.ty))
        }
        (Value::Elements(values), Type::Set(inner) | Type::List(inner)) => {
            values.iter().all(|value| fits(program, facts, value, inner))
        }
        (value, Type::Optional(inner)) => fits(program, facts, value, inner),
        _ => false,
    }
}
