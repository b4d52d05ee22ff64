//! `any`, `all` and `count` over sets and lists.

use permit_grammar::ast::{self, Ident, Quantifier};
use permit_grammar::span::Span;
use permit_ir::types::Type;

use super::ExprChecker;
use super::collection::element_of;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    /// `any(x in xs: c)`
    pub(super) fn quantified(
        &mut self,
        span: Span,
        quantifier: Quantifier,
        variable: &Ident,
        (source, condition): (&ast::Expr, &ast::Expr),
    ) -> Option<Expr> {
        let over = self.value(source, None);
        let element = over.as_ref().map(|over| element_of(&over.ty).cloned());
        if let (Some(over), Some(None)) = (&over, &element) {
            let ty = self.type_name(&over.ty);
            let message = format!("expected a set or a list, found `{ty}`");
            let diagnostic =
                Diagnostic::error(Code::QuantifierOperand, over.span, message, format!("this is `{ty}`"));
            self.report(diagnostic.help("iterate over a `set` or a `list`, such as `[a, b]`"));
            return None;
        }
        let id = self.globals.new_variable();
        let known = self.env.known.mark();
        self.new_variable(variable, ExprKind::Element(id), element.flatten())?;
        let body = self.condition(condition);
        self.env.variables.pop();
        self.env.known.forget(known);
        let (over, body) = (Box::new(over?), Box::new(body?));
        let ty = if quantifier == Quantifier::Count { Type::Int } else { Type::Bool };
        Some(Expr { kind: ExprKind::Quantified { quantifier, variable: id, over, body }, ty, span })
    }
}
