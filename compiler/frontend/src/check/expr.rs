//! Expressions: dispatch by form, attributes, and optional values.

use permit_grammar::ast::{self, BinaryOp, ExprKind as Written, Ident, UnaryOp};
use permit_grammar::span::Span;
use permit_ir::program::Named;
use permit_ir::types::{EntityTypeId, Type};

use super::ExprChecker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::suggest;

impl ExprChecker<'_, '_> {
    /// A value that is there: an expression whose type is not optional.
    ///
    /// `expected` is what the surroundings compare it with; bare variants of enums are looked up in it.
    pub(super) fn value(&mut self, written: &ast::Expr, expected: Option<&Type>) -> Option<Expr> {
        let expr = self.expr(written, expected)?;
        if !matches!(expr.ty, Type::Optional(_)) {
            return Some(expr);
        }
        let text = self.quote(expr.span, "this");
        let diagnostic = Diagnostic::error(
            Code::MayBeAbsent,
            expr.span,
            format!("{text} may be absent"),
            format!("this is `{}`", self.type_name(&expr.ty)),
        );
        let help = match text.strip_prefix('`').and_then(|text| text.strip_suffix('`')) {
            Some(text) => {
                format!("check it first: `present({text}) and …`, or give a default: `{text} else …`")
            }
            None => "check it first with `present(…) and`, or give a default with `else`".to_owned(),
        };
        self.report(diagnostic.help(help));
        None
    }

    /// Any expression, optional or not.
    pub(super) fn expr(&mut self, written: &ast::Expr, expected: Option<&Type>) -> Option<Expr> {
        let expr = match &written.kind {
            Written::Name(name) => self.name(name, written.span, expected),
            Written::Attr { base, name, optional } => self.attr(written, base, name, *optional),
            Written::Set(elements) => self.set(written.span, elements, expected),
            Written::Range(..) => {
                let diagnostic =
                    Diagnostic::error(Code::InOperand, written.span, "a range is not a value", "a range");
                self.report(diagnostic.help("ranges are only allowed to the right of `in`: `x in 1..10`"));
                None
            }
            Written::Present(inner) => self.present(written.span, inner),
            Written::Unary(op, inner) => match op.value {
                UnaryOp::Not => self.not(written.span, inner),
                UnaryOp::Neg => self.negative(written.span, inner),
            },
            Written::Binary(left, op, right) => self.binary(written.span, left, (op.value, op.span), right),
            Written::Call { function, args } => self.call(written.span, function, args),
            Written::Index { base, key } => self.index(written.span, base, key),
            Written::Quantified { quantifier, variable, source, condition } => {
                self.quantified(written.span, quantifier.value, variable, (source, condition))
            }
            Written::If { condition, then, otherwise } => {
                self.choice(written.span, condition, (then, otherwise), expected)
            }
            Written::Is { expr, ty } => self.is(written.span, expr, ty),
            Written::String(text) => match expected.and_then(|ty| self.quoted(written.span, text, ty)) {
                Some(typed) => typed,
                None => self.literal(written),
            },
            Written::Date(_) | Written::Clock(_) | Written::Ip(_) | Written::Cidr(_) | Written::Regex(_) => {
                self.typed_literal(written)
            }
            Written::Map(entries) => self.map(written.span, entries, expected),
            Written::Error => None,
            _ => self.literal(written),
        }?;
        Some(self.narrowed(written, expr))
    }

    fn binary(
        &mut self,
        span: Span,
        left: &ast::Expr,
        (op, op_span): (BinaryOp, Span),
        right: &ast::Expr,
    ) -> Option<Expr> {
        match op {
            BinaryOp::And | BinaryOp::Or => self.connective(span, left, op, right),
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                self.compare(span, left, (op, op_span), right)
            }
            BinaryOp::In => self.membership(span, left, right),
            BinaryOp::Within => self.lies_within(span, left, right),
            BinaryOp::Like => self.like(span, left, right),
            BinaryOp::Else => self.otherwise(span, left, right),
            BinaryOp::Matches => self.matches(span, left, right),
            BinaryOp::Div => self.division(op_span, left, right),
            BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul => {
                self.arithmetic(span, left, (op, op_span), right)
            }
        }
    }

    /// `present(x)`
    fn present(&mut self, span: Span, written: &ast::Expr) -> Option<Expr> {
        let inner = self.optional(written, "`present`")?;
        Some(Expr { kind: ExprKind::Present(Box::new(inner)), ty: Type::Bool, span })
    }

    /// `x else d`
    fn otherwise(&mut self, span: Span, left: &ast::Expr, right: &ast::Expr) -> Option<Expr> {
        let left = self.optional(left, "`else`");
        let ty = left.as_ref().map(|left| left.ty.required().clone());
        let right = self.value_beside(right, ty.as_ref());
        let (left, right, ty) = (left?, right?, ty?);
        if right.ty != ty {
            self.types_differ((left.span, &ty), (right.span, &right.ty), "`else`");
            return None;
        }
        Some(Expr { kind: ExprKind::Else(Box::new(left), Box::new(right)), ty, span })
    }

    /// An operand that must be optional. One that is known to be present still counts as optional here.
    fn optional(&mut self, written: &ast::Expr, operator: &str) -> Option<Expr> {
        let expr = self.expr(written, None)?;
        match expr.kind {
            ExprKind::Unwrap(inner) => Some(*inner),
            _ if matches!(expr.ty, Type::Optional(_)) => Some(expr),
            _ => {
                let text = self.quote(expr.span, "this");
                let diagnostic = Diagnostic::error(
                    Code::NeverAbsent,
                    expr.span,
                    format!("{text} is never absent"),
                    format!("this is `{}`, without `?`", self.type_name(&expr.ty)),
                );
                self.report(diagnostic.help(format!("remove {operator}; it is only for optional values")));
                None
            }
        }
    }

    /// `x.y`, `x?.y` or `Tier.basic`
    fn attr(&mut self, written: &ast::Expr, base: &ast::Expr, name: &Ident, optional: bool) -> Option<Expr> {
        if let Written::Name(type_name) = &base.kind
            && let Some(variant) = self.qualified_variant(type_name, name, written.span)
        {
            return variant;
        }
        if let Written::Index { base: table, key } = &base.kind
            && !optional
            && self.is_table(table)
        {
            return self.table_cell(written.span, table, key, name);
        }
        let base = if optional { self.optional(base, "`?` from `?.`")? } else { self.attr_base(base, name)? };
        if let Type::Record(id) = *base.ty.required() {
            return self.member(written.span, base, id, name, optional);
        }
        if let Some(part) = self.part(written.span, &base, name) {
            return part;
        }
        let Type::Entity(types) = base.ty.required() else {
            self.no_fields(&base, name);
            return None;
        };
        let declared = self.field(types, name)?;
        let ty =
            if optional { Type::Optional(Box::new(declared.required().clone())) } else { declared.clone() };
        let field = Named { name: name.value.clone(), ty: declared };
        Some(Expr { kind: ExprKind::Attr { base: Box::new(base), field, optional }, ty, span: written.span })
    }

    /// The base of `x.y`, which must be there.
    fn attr_base(&mut self, written: &ast::Expr, name: &Ident) -> Option<Expr> {
        let expr = self.expr(written, None)?;
        if !matches!(expr.ty, Type::Optional(_)) {
            return Some(expr);
        }
        let text = self.quote(expr.span, "this");
        let bare = text.trim_matches('`');
        let diagnostic = Diagnostic::error(
            Code::MayBeAbsent,
            name.span,
            format!("{text} may be absent, so `{}` cannot be read", name.value),
            "reads from a value that may be absent",
        )
        .also(expr.span, format!("this is `{}`", self.type_name(&expr.ty)));
        let help = format!(
            "check it first with `present({bare})`, or write `{bare}?.{}`, which is absent if either is, and add an `else`",
            name.value
        );
        self.report(diagnostic.help(help));
        None
    }

    fn no_fields(&mut self, base: &Expr, name: &Ident) {
        let diagnostic = Diagnostic::error(
            Code::NoFields,
            name.span,
            format!("`{}` has no field `{}`", self.type_name(&base.ty), name.value),
            "it has no fields",
        )
        .also(base.span, format!("this is `{}`", self.type_name(&base.ty)));
        self.report(diagnostic.help("read a field of an entity, such as `resource.owner`"));
    }

    /// The type of a field that all of `types` have alike.
    fn field(&mut self, types: &[EntityTypeId], name: &Ident) -> Option<Type> {
        let symbols = self.symbols;
        let mut declared = Vec::with_capacity(types.len());
        let mut lacking = Vec::new();
        for &id in types {
            let fields = symbols.entity(id).map_or(&[][..], |decl| &decl.fields);
            match fields.iter().find(|field| field.name.value == name.value) {
                Some(field) => declared.push((id, field)),
                None => lacking.push(id),
            }
        }
        let Some(((first_id, first), rest)) = declared.split_first() else {
            self.unknown_field(types, name);
            return None;
        };
        if let Some(&id) = lacking.first() {
            let message = format!("`{}` has no field `{}`", symbols.entity_name(id), name.value);
            let diagnostic =
                Diagnostic::error(Code::FieldNotShared, name.span, message, "not all types have it")
                    .also(first.name.span, format!("`{}` has it", symbols.entity_name(*first_id)));
            self.report(diagnostic.help(self.field_help(id, &name.value)));
            return None;
        }
        let first_ty = first.ty.as_ref()?;
        for (id, field) in rest {
            let ty = field.ty.as_ref()?;
            if ty != first_ty {
                let message = format!("field `{}` has different types", name.value);
                let diagnostic =
                    Diagnostic::error(Code::FieldNotShared, name.span, message, "of which type?")
                        .also(first.name.span, self.field_label(*first_id, first_ty))
                        .also(field.name.span, self.field_label(*id, ty));
                self.report(
                    diagnostic.help("give the field one type everywhere, or write a rule for each type"),
                );
                return None;
            }
        }
        Some(first_ty.clone())
    }

    fn field_label(&self, id: EntityTypeId, ty: &Type) -> String {
        format!("`{}` in `{}`", self.type_name(ty), self.symbols.entity_name(id))
    }

    fn field_help(&self, id: EntityTypeId, name: &str) -> String {
        format!(
            "declare `{name}` in `{}` too, or write a rule that does not apply to `{}`",
            self.symbols.entity_name(id),
            self.symbols.entity_name(id)
        )
    }

    fn unknown_field(&mut self, types: &[EntityTypeId], name: &Ident) {
        let symbols = self.symbols;
        let decls: Vec<_> = types.iter().filter_map(|&id| symbols.entity(id)).collect();
        let mut candidates: Vec<&str> =
            decls.iter().flat_map(|decl| &decl.fields).map(|field| field.name.value.as_str()).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let names: Vec<&str> = decls.iter().map(|decl| decl.name.value.as_str()).collect();
        let verb = if names.len() == 1 { "has" } else { "have" };
        let message = format!("{} {verb} no field `{}`", suggest::list(&names), name.value);
        let mut diagnostic = Diagnostic::error(Code::UnknownField, name.span, message, "no such field")
            .help(suggest::help(&name.value, &candidates, "declare the field in the entity type"));
        if let [decl] = decls.as_slice() {
            diagnostic = diagnostic.also(decl.name.span, format!("`{}` is declared here", decl.name.value));
        }
        self.report(diagnostic);
    }
}
