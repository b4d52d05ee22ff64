//! Amounts in the unit of a budget, and the keys of accounts.

use permit_grammar::ast::{self, Ident};
use permit_ir::types::Type;
use permit_types::charge::Unit;

use super::{Checker, ExprChecker};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::Expr;

impl Checker<'_> {
    /// `USD` is a currency, `tokens` a unit that the policy names.
    pub(super) fn unit(&mut self, name: &Ident) -> Option<Unit> {
        if let Ok(currency) = name.value.parse() {
            return Some(Unit::Money(currency));
        }
        if !name.value.contains(|c: char| c.is_ascii_uppercase()) {
            return Some(Unit::Named(name.value.clone()));
        }
        let upper = name.value.to_uppercase();
        let (message, help) = match upper.parse::<permit_types::money::Currency>() {
            Ok(_) => (format!("`{}` is not a unit", name.value), format!("did you mean `{upper}`?")),
            Err(_) => (
                format!("`{}` is neither a currency nor a named unit", name.value),
                "write an ISO 4217 code such as `USD`, or a lower-case name such as `tokens`".to_owned(),
            ),
        };
        let diagnostic = Diagnostic::error(Code::BudgetUnit, name.span, message, "not a unit");
        self.report(diagnostic.help(help));
        None
    }
}

impl ExprChecker<'_, '_> {
    /// An amount in `unit`.
    pub(super) fn amount(&mut self, written: &ast::Expr, unit: &Unit) -> Option<Expr> {
        let expr = self.value(written, None)?;
        let (wanted, help) = match (unit, &expr.ty) {
            (Unit::Money(wanted), Type::Money(is)) if wanted == is => return Some(expr),
            (Unit::Named(_), Type::Int) => return Some(expr),
            (Unit::Money(wanted), Type::Money(is)) => {
                let diagnostic = Diagnostic::error(
                    Code::CurrenciesMixed,
                    expr.span,
                    format!("an amount in {is} cannot be counted in {wanted}"),
                    format!("this is `money[{is}]`"),
                );
                self.report(diagnostic.help("declare one budget for each currency"));
                return None;
            }
            (Unit::Money(wanted), _) => {
                (format!("money[{wanted}]"), format!("write an amount such as `50 {wanted}`"))
            }
            (Unit::Named(name), Type::Money(is)) => (
                "int".to_owned(),
                format!("`{name}` is a named unit; declare the budget `in {is}` to count money"),
            ),
            (Unit::Named(name), _) => ("int".to_owned(), format!("amounts of `{name}` are whole numbers")),
        };
        let ty = self.type_name(&expr.ty);
        let message = format!("expected an amount of `{wanted}`, found `{ty}`");
        let diagnostic = Diagnostic::error(Code::AmountType, expr.span, message, format!("this is `{ty}`"));
        self.report(diagnostic.help(help));
        None
    }

    /// The keys of `for each`; `None` if one of them is none.
    pub(super) fn keys(&mut self, written: &[ast::Expr]) -> Option<Vec<Expr>> {
        let keys: Vec<Option<Expr>> = written.iter().map(|key| self.key(key)).collect();
        keys.into_iter().collect()
    }

    fn key(&mut self, written: &ast::Expr) -> Option<Expr> {
        let expr = self.value(written, None)?;
        if expr.ty.is_key() {
            return Some(expr);
        }
        let ty = self.type_name(&expr.ty);
        let message = format!("`{ty}` cannot be a key");
        let diagnostic = Diagnostic::error(Code::KeyType, expr.span, message, format!("this is `{ty}`"));
        self.report(diagnostic.help("keys are single values: numbers, strings, enums and entities"));
        None
    }
}
