//! Operands from the program itself: literals, and sets of literals.

use permit_ir::program::Expr;
use permit_ir::types::ExprId;
use permit_ir::value::Value;

use super::{Lowering, Typed};
use crate::snapshot::word;
use crate::term::Term;
use crate::word::{Kind, Region, collection};

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
            Value::Elements(elements) if matches!(kind, Kind::Words | Kind::Texts) => {
                let start = self.constants.len();
                for element in elements.iter() {
                    self.constants.push(word(self.snapshot.symbols(), element)?);
                }
                self.constant_word(collection(Region::Constants, start, elements.len())?)?
            }
            single => self.constant_word(word(self.snapshot.symbols(), &single)?)?,
        };
        Some(Typed::new(term, kind))
    }

    fn literal(&self, id: ExprId) -> Option<Value> {
        Some(match &self.node(id)?.expr {
            Expr::Bool(truth) => Value::Bool(*truth),
            Expr::Int(number) | Expr::Instant(number) | Expr::Duration(number) => Value::Number(*number),
            Expr::Decimal(decimal) => Value::Number(decimal.millionths),
            Expr::Money(money) => Value::Number(money.minor),
            Expr::String(text) => Value::String(text.as_str().into()),
            Expr::Variant(_, variant) => Value::Number(i64::from(*variant)),
            Expr::Entity(ty, id) => Value::Entity(self.snapshot.facts().find(*ty, id)?),
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

    /// The symbol of a text as a constant.
    pub(super) fn symbol(&mut self, text: &str) -> Option<Term> {
        let symbol = self.snapshot.symbols().find(text)?;
        self.constant_word(u64::from(symbol))
    }

    pub(super) fn constant_word(&mut self, word: u64) -> Option<Term> {
        let place = u16::try_from(self.row.len()).ok()?;
        self.row.push(word);
        Some(Term::Constant(place))
    }
}
