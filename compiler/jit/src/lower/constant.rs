//! What the program says itself: literals, and sets of nothing but literals.

use std::sync::Arc;

use permit_ir::program::Expr;
use permit_ir::types::ExprId;
use permit_ir::value::{EntityRef, Value};

use super::{Lowering, Typed};
use crate::encode::address;
use crate::names::Named;
use crate::term::{Kind, Term};

impl Lowering<'_> {
    pub(super) fn is_constant(&self, id: ExprId) -> bool {
        match self.node(id).map(|node| &node.expr) {
            Some(Expr::Set(elements) | Expr::List(elements)) => {
                elements.iter().all(|&element| self.is_constant(element))
            }
            Some(
                Expr::Bool(_)
                | Expr::Int(_)
                | Expr::Decimal(_)
                | Expr::Money(_)
                | Expr::String(_)
                | Expr::Instant(_)
                | Expr::Duration(_)
                | Expr::Variant(..)
                | Expr::Entity(..)
                | Expr::Date(_)
                | Expr::TimeOfDay(_),
            ) => true,
            _ => false,
        }
    }

    pub(super) fn constant(&mut self, id: ExprId) -> Option<Typed> {
        if !self.is_constant(id) {
            return None;
        }
        let kind = Kind::of(&self.node(id)?.ty);
        let term = match self.literal(id)? {
            Value::Bool(truth) => self.word(u64::from(truth))?,
            Value::Number(number) => self.word(number.cast_unsigned())?,
            Value::Entity(entity) => self.word(u64::from(entity.0))?,
            whole @ (Value::String(_) | Value::Elements(_)) => self.value(whole)?,
            _ => return None,
        };
        Some(Typed::new(term, kind))
    }

    fn literal(&mut self, id: ExprId) -> Option<Value> {
        Some(match &self.node(id)?.expr {
            Expr::Bool(truth) => Value::Bool(*truth),
            Expr::Int(number) | Expr::Instant(number) | Expr::Duration(number) => Value::Number(*number),
            Expr::Decimal(decimal) => Value::Number(decimal.millionths),
            Expr::Money(money) => Value::Number(money.minor),
            Expr::String(text) => Value::String(text.as_str().into()),
            Expr::Variant(_, variant) => Value::Number(i64::from(*variant)),
            Expr::Entity(..) => Value::Entity(self.name(id)?),
            Expr::Date(days) => Value::Number(i64::from(*days)),
            Expr::TimeOfDay(ms) => Value::Number(i64::from(*ms)),
            Expr::List(elements) => {
                let elements = elements.iter().map(|&of| self.literal(of)).collect::<Option<Vec<_>>>()?;
                Value::Elements(elements.into())
            }
            Expr::Set(elements) => {
                Value::set(elements.iter().map(|&of| self.literal(of)).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    pub(super) fn name(&mut self, id: ExprId) -> Option<EntityRef> {
        let Expr::Entity(ty, name) = &self.node(id)?.expr else { return None };
        let entity = self.names.find(*ty, name)?;
        if !self.named.iter().any(|named| named.entity == entity) {
            self.named.push(Named { entity, expr: id });
        }
        Some(entity)
    }

    fn word(&mut self, word: u64) -> Option<Term> {
        let place = u16::try_from(self.words.len()).ok()?;
        self.words.push(word);
        Some(Term::Constant(place))
    }

    pub(super) fn value(&mut self, value: Value) -> Option<Term> {
        let value = Arc::new(value);
        let word = address(&value);
        self.values.push(value);
        self.word(word)
    }
}
