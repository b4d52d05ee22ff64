//! Literals: each has exactly one value, or it is an error. Nothing is rounded.

use permit_grammar::ast::{self, EntityLiteral, ExprKind as Written};
use permit_grammar::span::Span;
use permit_ir::program::EntityKind;
use permit_ir::types::Type;
use permit_types::money::{Decimal, Money, NumberError};
use permit_types::time::{TimeError, parse_duration, parse_instant};

use super::ExprChecker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    pub(super) fn literal(&mut self, written: &ast::Expr) -> Option<Expr> {
        let span = written.span;
        let (kind, ty) = match &written.kind {
            Written::Bool(value) => (ExprKind::Bool(*value), Type::Bool),
            Written::Int(text) => (ExprKind::Int(self.int(text, span)?), Type::Int),
            Written::Decimal(text) => (ExprKind::Decimal(self.decimal(text, span)?), Type::Decimal),
            Written::Money(text) => {
                let money = self.money(text, span)?;
                (ExprKind::Money(money), Type::Money(money.currency))
            }
            Written::Duration(text) => {
                let length_ms =
                    parse_duration(text).map_err(|fault| self.found.push(duration_fault(text, span, fault)));
                (ExprKind::Duration(length_ms.ok()?), Type::Duration)
            }
            Written::Instant(text) => (ExprKind::Instant(self.instant(text, span)?), Type::Instant),
            Written::String(text) => (ExprKind::String(text.clone()), Type::String),
            Written::Entity(literal) => return self.entity(literal),
            _ => return None,
        };
        Some(Expr { kind, ty, span })
    }

    fn entity(&mut self, literal: &EntityLiteral) -> Option<Expr> {
        let id = self.symbols.find_entity(self.found, &literal.ty, &EntityKind::ALL)?;
        let kind = ExprKind::Entity(id, literal.id.value.clone());
        Some(Expr { kind, ty: Type::Entity(vec![id]), span: literal.span })
    }

    fn int(&mut self, text: &str, span: Span) -> Option<i64> {
        let value = text.replace('_', "").parse().ok();
        if value.is_none() {
            let message = format!("`{text}` does not fit in an `int`");
            let diagnostic = Diagnostic::error(Code::NumberLiteral, span, message, "more than 64 bits");
            self.report(diagnostic.help(format!("an `int` is between {} and {}", i64::MIN, i64::MAX)));
        }
        value
    }

    fn decimal(&mut self, text: &str, span: Span) -> Option<Decimal> {
        match text.replace('_', "").parse::<Decimal>() {
            Ok(value) => Some(value),
            Err(NumberError::TooPrecise) => {
                let message = format!("`{text}` has too many fractional digits");
                let diagnostic = Diagnostic::error(Code::NumberLiteral, span, message, "nothing is rounded");
                self.report(diagnostic.help(format!("a `decimal` has at most {}", Decimal::EXPONENT)));
                None
            }
            Err(_) => {
                let message = format!("`{text}` does not fit in a `decimal`");
                let diagnostic = Diagnostic::error(Code::NumberLiteral, span, message, "out of range");
                self.report(diagnostic.help("a `decimal` is a 64-bit number of millionths"));
                None
            }
        }
    }

    fn money(&mut self, text: &str, span: Span) -> Option<Money> {
        let fault =
            match text.replace('_', "").split_whitespace().collect::<Vec<_>>().join(" ").parse::<Money>() {
                Ok(money) => return Some(money),
                Err(fault) => fault,
            };
        let code = text.split_whitespace().last().unwrap_or_default();
        let diagnostic = match fault {
            NumberError::UnknownCurrency => Diagnostic::error(
                Code::UnknownCurrency,
                span,
                format!("unknown currency `{code}`"),
                "no such currency",
            )
            .help("write a current ISO 4217 code, such as `USD`, `EUR` or `JPY`"),
            NumberError::TooPrecise => {
                let message = format!("`{text}` has more fractional digits than {code} allows");
                let exponent = code.parse().map_or(0, permit_types::money::Currency::exponent);
                Diagnostic::error(Code::MoneyLiteral, span, message, "nothing is rounded")
                    .help(format!("amounts in {code} have at most {exponent} fractional digits"))
            }
            NumberError::Malformed | NumberError::OutOfRange | NumberError::OtherCurrency => {
                let message = format!("`{text}` is not a valid amount of {code}");
                Diagnostic::error(Code::MoneyLiteral, span, message, "out of range")
                    .help("an amount is a 64-bit number of the currency's minor units")
            }
        };
        self.report(diagnostic);
        None
    }

    fn instant(&mut self, text: &str, span: Span) -> Option<i64> {
        let fault = match parse_instant(text) {
            Ok(instant_ms) => return Some(instant_ms),
            Err(fault) => fault,
        };
        let message = match fault {
            TimeError::TooPrecise => format!("`{text}` is more precise than a millisecond"),
            TimeError::Instant | TimeError::NotCanonical | TimeError::Duration | TimeError::OutOfRange => {
                format!("`{text}` is not a valid instant")
            }
        };
        let diagnostic = Diagnostic::error(Code::InstantLiteral, span, message, "no such point in time");
        self.report(diagnostic.help("write date, time and offset, as in `2026-03-20T09:00Z`"));
        None
    }
}

/// What is wrong with a duration.
pub(super) fn duration_fault(text: &str, span: Span, fault: TimeError) -> Diagnostic {
    let message = match fault {
        TimeError::OutOfRange => format!("`{text}` exceeds the maximum duration"),
        TimeError::Instant | TimeError::NotCanonical | TimeError::Duration | TimeError::TooPrecise => {
            format!("`{text}` is not a valid duration")
        }
    };
    Diagnostic::error(Code::DurationLiteral, span, message, "invalid duration")
        .help("write a number with a unit, one of `ms`, `s`, `min`, `h`, `d` and `w`, as in `15min`")
}
