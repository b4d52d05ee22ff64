//! Values and types as text, for account keys, records and messages. The text of a value is canonical: equal values of
//! one type have equal text, and different values different text.

use permit_ir::civil::{date_text, time_text};
use permit_ir::facts::Facts;
use permit_ir::program::Named;
use permit_ir::quoted::json_string;
use permit_ir::types::Type;
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_types::money::{Decimal, Money};
use permit_types::time::{INSTANT_MAX_MS, duration_text, instant_text};

/// A value as text: `50.00 USD`, `Order::"o1"`, `late`.
#[must_use]
pub fn value_text(program: &VerifiedProgram, facts: &Facts, value: &Value, ty: &Type) -> String {
    match (value, ty.required()) {
        // No variant and no number is written so.
        (Value::Absent, _) => "-".to_owned(),
        (Value::Bool(truth), _) => truth.to_string(),
        (Value::String(text), _) => json_string(text),
        (Value::Entity(entity), _) => entity_text(program, facts, *entity),
        (Value::Number(minor), Type::Money(currency)) => {
            Money { currency: *currency, minor: *minor }.to_string()
        }
        (Value::Number(millionths), Type::Decimal) => Decimal { millionths: *millionths }.to_string(),
        (Value::Number(ms), Type::Instant) if (0..=INSTANT_MAX_MS).contains(ms) => instant_text(*ms),
        (Value::Number(ms), Type::Instant) => format!("{ms}ms"),
        (Value::Number(ms), Type::Duration) => duration_text(*ms),
        (Value::Number(variant), Type::Enum(id)) => {
            let variants = program.enums.get(id.index()).map_or(&[][..], |e| &e.variants);
            usize::try_from(*variant)
                .ok()
                .and_then(|v| variants.get(v))
                .map_or("?", String::as_str)
                .to_owned()
        }
        (Value::Number(days), Type::Date) => i32::try_from(*days).map_or_else(|_| "?".to_owned(), date_text),
        (Value::Number(ms), Type::TimeOfDay) => u32::try_from(*ms).map_or_else(|_| "?".to_owned(), time_text),
        (Value::Url(url), _) => format!("{:?}", url.as_str()),
        (Value::Path(path), _) => format!("{:?}", path.as_str()),
        (Value::Email(email), _) => email.to_string(),
        (Value::Ip(ip), _) => ip.to_string(),
        (Value::Cidr(cidr), _) => cidr.to_string(),
        (Value::Record(values), Type::Record(id)) => {
            let members = program.records.get(id.index()).map_or(&[][..], |record| &record.members);
            let text =
                |(m, v): (&Named, &Value)| format!("{}: {}", m.name, value_text(program, facts, v, &m.ty));
            let texts: Vec<_> = members.iter().zip(values.iter()).map(text).collect();
            format!("{{{}}}", texts.join(", "))
        }
        (Value::Map(entries), Type::Map(inner)) => {
            let text = |(k, v): &(_, Value)| format!("{k:?}: {}", value_text(program, facts, v, inner));
            let texts: Vec<_> = entries.iter().map(text).collect();
            format!("{{{}}}", texts.join(", "))
        }
        (Value::Record(_) | Value::Map(_), _) => "{?}".to_owned(),
        (Value::Number(number), _) => number.to_string(),
        (Value::Elements(values), Type::Set(inner) | Type::List(inner)) => {
            let texts: Vec<_> = values.iter().map(|value| value_text(program, facts, value, inner)).collect();
            format!("[{}]", texts.join(", "))
        }
        (Value::Elements(_), _) => "[?]".to_owned(),
    }
}

/// An entity as authors write it.
#[must_use]
pub fn entity_text(program: &VerifiedProgram, facts: &Facts, entity: EntityRef) -> String {
    facts.entity(entity).map_or_else(|| "?".to_owned(), |e| program.entity_text(e.ty, &e.id))
}

#[cfg(test)]
mod tests;
