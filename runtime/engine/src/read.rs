//! From JSON to typed values: the one place where external data is checked against the program's types.
//!
//! Nothing is converted, rounded or guessed. A value that does not fit is an error that names its field.

use std::fmt::Display;
use std::sync::Arc;

use permit_ir::civil::{parse_date, parse_time};
use permit_ir::program::Named;
use permit_ir::types::{EntityTypeId, RecordId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_types::display;
use permit_types::money::{Decimal, Money};
use permit_types::time::{parse_duration, parse_instant};

use permit_types::strict_json::{Json, Member, NAME_CHARS_MAX, member};

/// The most elements of one set or list, and members of one map.
pub(crate) const ELEMENTS_MAX: usize = 10_000;

/// A field whose value does not fit its declared type. Its texts are for display, see [`display::line`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field `{field}`: {expected}")]
pub struct FieldError {
    /// The field, such as `arguments.amount` or `resource`.
    pub field: String,
    /// What was expected, and what is wrong.
    pub expected: String,
}

/// Finds or makes the reference of an entity; `None` when there is no such entity.
pub(crate) type Resolve<'r> = &'r mut dyn FnMut(EntityTypeId, &str) -> Option<EntityRef>;

/// Reads values against one program.
pub(crate) struct ValueReader<'r> {
    pub(crate) program: &'r VerifiedProgram,
    pub(crate) resolve: Resolve<'r>,
}

impl ValueReader<'_> {
    /// Reads a value of type `ty` from the field called `field`; a missing one is `None`.
    pub(crate) fn read(
        &mut self,
        field: &str,
        json: Option<&serde_json::Value>,
        ty: &Type,
    ) -> Result<Value, FieldError> {
        self.read_json(&field, json.map(Json::from).as_ref(), ty)
    }

    /// As [`read`](Self::read), from a document.
    pub(crate) fn read_json(
        &mut self,
        field: &dyn Display,
        json: Option<&Json<'_>>,
        ty: &Type,
    ) -> Result<Value, FieldError> {
        match (json, ty) {
            (None | Some(Json::Null), Type::Optional(_)) => Ok(Value::Absent),
            (None, _) => Err(at(field, "is missing")),
            (Some(json), ty) => self.value(field, json, ty.required()),
        }
    }

    fn value(&mut self, field: &dyn Display, json: &Json<'_>, ty: &Type) -> Result<Value, FieldError> {
        match (ty, json) {
            (Type::Bool, Json::Bool(truth)) => Ok(Value::Bool(*truth)),
            (Type::String, Json::String(text)) => Ok(Value::String(Arc::from(&**text))),
            (Type::Int, Json::Number(number)) => {
                let number = number.parse().map_err(|_| at(field, "expected a 64-bit integer"));
                number.map(Value::Number)
            }
            (Type::Decimal, Json::Number(text) | Json::String(text)) => decimal(field, text),
            (Type::Money(currency), json) => {
                let expected = || at(field, &format!("expected an amount such as \"600.00 {currency}\""));
                let money = money(json).ok_or_else(expected)?;
                if money.currency != *currency {
                    return Err(at(field, &format!("expected {currency}, found {}", money.currency)));
                }
                Ok(Value::Number(money.minor))
            }
            (Type::Enum(id), Json::String(text)) => {
                let variants = self.program.enums.get(id.index()).map_or(&[][..], |e| &e.variants);
                let number = variants.iter().position(|v| v == text).and_then(|n| i64::try_from(n).ok());
                let expected = || at(field, &format!("expected one of {}", variants.join(", ")));
                Ok(Value::Number(number.ok_or_else(expected)?))
            }
            (Type::Entity(types), json) => self.entity(field, json, types).map(Value::Entity),
            (Type::Set(inner), Json::Array(items)) => Ok(Value::set(self.elements(field, items, inner)?)),
            (Type::List(inner), Json::Array(items)) => {
                Ok(Value::Elements(self.elements(field, items, inner)?.into()))
            }
            (Type::Record(id), Json::Object(members)) => self.record(field, members, *id),
            (Type::Map(inner), Json::Object(members)) => self.map(field, members, inner),
            (ty, Json::String(text)) => match typed_text(field, ty, text) {
                Some(read) => read,
                None => Err(at(field, &format!("expected {}", permit_ir::text::type_text(self.program, ty)))),
            },
            (ty, _) => Err(at(field, &format!("expected {}", permit_ir::text::type_text(self.program, ty)))),
        }
    }

    fn elements(
        &mut self,
        field: &dyn Display,
        items: &[Json<'_>],
        inner: &Type,
    ) -> Result<Vec<Value>, FieldError> {
        if items.len() > ELEMENTS_MAX {
            return Err(at(field, &format!("more than {ELEMENTS_MAX} elements")));
        }
        let read = |(i, item)| self.value(&format_args!("{field}[{i}]"), item, inner);
        items.iter().enumerate().map(read).collect()
    }

    /// Reads an object with the record's members and no others; one whose type is optional may be left out.
    fn record(
        &mut self,
        field: &dyn Display,
        members: &[Member<'_>],
        id: RecordId,
    ) -> Result<Value, FieldError> {
        let program = self.program;
        let declared = program.records.get(id.index()).map_or(&[][..], |record| &record.members);
        let extra = members.iter().find(|(name, _)| !declared.iter().any(|member| member.name == *name));
        if let Some((extra, _)) = extra {
            let extra = display::start(extra, NAME_CHARS_MAX);
            return Err(at(&format_args!("{field}.{extra}"), "the record has no such member"));
        }
        let read = |declared: &Named| {
            let json = member(members, &declared.name);
            self.read_json(&format_args!("{field}.{}", declared.name), json, &declared.ty)
        };
        declared.iter().map(read).collect::<Result<Vec<_>, _>>().map(|values| Value::Record(values.into()))
    }

    fn map(
        &mut self,
        field: &dyn Display,
        members: &[Member<'_>],
        inner: &Type,
    ) -> Result<Value, FieldError> {
        if members.len() > ELEMENTS_MAX {
            return Err(at(field, &format!("more than {ELEMENTS_MAX} members")));
        }
        let mut entries = Vec::with_capacity(members.len());
        for (name, json) in members {
            let end = name.char_indices().nth(NAME_CHARS_MAX).map_or(name.len(), |(end, _)| end);
            let shown = name.get(..end).unwrap_or_default();
            let value = self.value(&format_args!("{field}[{shown:?}]"), json, inner)?;
            entries.push((Arc::from(&**name), value));
        }
        Value::map(entries).ok_or_else(|| at(field, "a member stands twice"))
    }

    /// Reads `{"type": "Order", "id": "o1"}`, or just `"o1"` where only one type fits.
    pub(crate) fn entity(
        &mut self,
        field: &dyn Display,
        json: &Json<'_>,
        types: &[EntityTypeId],
    ) -> Result<EntityRef, FieldError> {
        let name = |ty: &EntityTypeId| self.program.entities.get(ty.index()).map_or("", |e| e.name.as_str());
        let expected = || {
            let names: Vec<_> = types.iter().map(name).collect();
            let names = names.join(" or ");
            at(field, &format!("expected an entity {{\"type\", \"id\"}} of type {names}"))
        };
        let (ty, id) = match (json, types) {
            (Json::String(id), [only]) => (*only, id),
            (Json::Object(members), types) => {
                match (members.len(), member(members, "type"), member(members, "id")) {
                    (2, Some(Json::String(ty)), Some(Json::String(id))) => {
                        (*types.iter().find(|t| name(t) == *ty).ok_or_else(expected)?, id)
                    }
                    _ => return Err(expected()),
                }
            }
            _ => return Err(expected()),
        };
        let unknown = || at(field, &format!("{} is not among the facts", self.program.entity_text(ty, id)));
        (self.resolve)(ty, id).ok_or_else(unknown)
    }
}

impl FieldError {
    /// An error about `field`: what was expected there.
    #[must_use]
    pub fn new(field: &str, expected: &str) -> Self {
        at(&field, expected)
    }
}

/// An error about a field whose name is written only now.
pub(crate) fn at(field: &dyn Display, expected: &str) -> FieldError {
    let shown = |text: &str| display::line(text).into_owned();
    FieldError { field: shown(&field.to_string()), expected: shown(expected) }
}

/// Reads the types that are written as a text of their own form; `None` for any other type.
fn typed_text(field: &dyn Display, ty: &Type, text: &str) -> Option<Result<Value, FieldError>> {
    fn made<T, E: ToString>(
        field: &dyn Display,
        read: Result<T, E>,
        value: impl FnOnce(T) -> Value,
    ) -> Option<Result<Value, FieldError>> {
        Some(read.map(value).map_err(|error| at(field, &error.to_string())))
    }
    match ty {
        Type::Instant => made(field, parse_instant(text), Value::Number),
        Type::Duration => made(field, parse_duration(text), Value::Number),
        Type::Date => made(field, parse_date(text), |days| Value::Number(i64::from(days))),
        Type::TimeOfDay => made(field, parse_time(text), |ms| Value::Number(i64::from(ms))),
        Type::Url => made(field, text.parse(), |url| Value::Url(Arc::new(url))),
        Type::Path => made(field, text.parse(), Value::Path),
        Type::Email => made(field, text.parse(), Value::Email),
        Type::Ip => made(field, text.parse(), Value::Ip),
        Type::Cidr => made(field, text.parse(), Value::Cidr),
        _ => None,
    }
}

fn decimal(field: &dyn Display, text: &str) -> Result<Value, FieldError> {
    let decimal: Decimal =
        text.parse().map_err(|e: permit_types::money::NumberError| at(field, &e.to_string()))?;
    Ok(Value::Number(decimal.millionths))
}

/// Reads `"600.00 USD"` or `{"amount": 60000, "currency": "USD"}` (minor units). A bare number is no amount: it does
/// not say of what, and JSON's numbers are binary fractions to most who write them.
fn money(json: &Json<'_>) -> Option<Money> {
    match json {
        Json::String(text) => text.parse().ok(),
        Json::Object(members) if members.len() == 2 => {
            let Json::Number(amount) = member(members, "amount")? else { return None };
            let Json::String(currency) = member(members, "currency")? else { return None };
            Some(Money { currency: currency.parse().ok()?, minor: amount.parse().ok()? })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
#[cfg(test)]
mod typed_texts;
