//! `caps[k].each`, `m["k"]`, and the fields of records and of typed strings.

use permit_grammar::ast::{self, ExprKind as Written, Ident};
use permit_grammar::span::Span;
use permit_ir::intrinsics::Intrinsic;
use permit_ir::types::{RecordId, Type};

use super::ExprChecker;
use super::globals::Table;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::resolve::ValueName;
use crate::suggest;

/// The parts of values, by type: how they are called and what they are.
const PARTS: [(Type, &[(&str, Intrinsic)]); 5] = [
    (
        Type::Url,
        &[
            ("scheme", Intrinsic::UrlScheme),
            ("host", Intrinsic::UrlHost),
            ("ip", Intrinsic::UrlIp),
            ("port", Intrinsic::UrlPort),
            ("path", Intrinsic::UrlDecodedPath),
            ("raw_path", Intrinsic::UrlPath),
            ("query", Intrinsic::UrlQuery),
            ("text", Intrinsic::UrlText),
        ],
    ),
    (
        Type::Path,
        &[
            ("name", Intrinsic::PathName),
            ("extension", Intrinsic::PathExtension),
            ("parent", Intrinsic::PathParent),
            ("depth", Intrinsic::PathDepth),
            ("text", Intrinsic::PathText),
        ],
    ),
    (
        Type::Email,
        &[
            ("local", Intrinsic::EmailLocal),
            ("domain", Intrinsic::EmailDomain),
            ("text", Intrinsic::EmailText),
        ],
    ),
    (Type::Date, &[("year", Intrinsic::Year), ("month", Intrinsic::Month), ("day", Intrinsic::Day)]),
    (
        Type::TimeOfDay,
        &[("hour", Intrinsic::Hour), ("minute", Intrinsic::Minute), ("second", Intrinsic::Second)],
    ),
];

impl<'c> ExprChecker<'c, '_> {
    /// Whether an expression names a table.
    pub(super) fn is_table(&self, written: &ast::Expr) -> bool {
        let Written::Name(name) = &written.kind else { return false };
        self.symbols.value_name(name, written.span) == Some(ValueName::Table)
    }

    /// The table that an expression names.
    fn named_table(&mut self, written: &ast::Expr) -> Option<&'c Table> {
        let Written::Name(name) = &written.kind else { return None };
        let (_, declared) = self.value_named(name, written.span)??;
        self.globals.table(declared)
    }

    /// `caps[k].each`
    pub(super) fn table_cell(
        &mut self,
        span: Span,
        table: &ast::Expr,
        key: &ast::Expr,
        column: &Ident,
    ) -> Option<Expr> {
        let Some(table) = self.named_table(table) else {
            self.value_beside(key, None);
            return None;
        };
        let wanted = Type::Enum(table.key);
        let key = self.value_beside(key, Some(&wanted));
        let place = table.columns.iter().position(|(name, _)| name.value == column.value);
        let Some(place) = place else {
            let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.value.as_str()).collect();
            let message = format!("table `{}` has no column `{}`", table.name.value, column.value);
            let diagnostic = Diagnostic::error(Code::UnknownField, column.span, message, "no such column")
                .also(table.name.span, format!("`{}` is declared here", table.name.value));
            self.report(diagnostic.help(suggest::help(&column.value, &names, "declare the column")));
            return None;
        };
        let key = key?;
        if key.ty != wanted {
            self.types_differ((table.name.span, &wanted), (key.span, &key.ty), "the table");
            return None;
        }
        let column: Vec<Expr> = table.rows.iter().filter_map(|row| row.get(place)).cloned().collect();
        let (_, ty) = table.columns.get(place)?;
        if let ExprKind::Variant(_, variant) = key.kind {
            return column.into_iter().nth(usize::from(variant)).map(|value| Expr { span, ..value });
        }
        Some(Expr { kind: ExprKind::Select(Box::new(key), column), ty: ty.clone(), span })
    }

    /// `m["k"]`
    pub(super) fn index(&mut self, span: Span, base: &ast::Expr, key: &ast::Expr) -> Option<Expr> {
        if self.is_table(base) {
            let columns = &self.named_table(base)?.columns;
            let names: Vec<&str> = columns.iter().map(|(name, _)| name.value.as_str()).collect();
            let diagnostic =
                Diagnostic::error(Code::RowAsValue, span, "a table row is not a value", "which column?");
            self.report(diagnostic.help(format!("add one of the columns: {}", suggest::list(&names))));
            return None;
        }
        let base = self.value(base, None);
        let key = self.value_beside(key, Some(&Type::String));
        let (base, key) = (base?, key?);
        let Type::Map(value) = &base.ty else {
            let ty = self.type_name(&base.ty);
            let message = format!("`{ty}` cannot be indexed");
            let diagnostic =
                Diagnostic::error(Code::IndexOperand, base.span, message, format!("this is `{ty}`"));
            self.report(diagnostic.help("brackets look up a row of a table or a value of a `map`"));
            return None;
        };
        if key.ty != Type::String {
            self.types_differ((base.span, &Type::String), (key.span, &key.ty), "the map");
            return None;
        }
        let ty = Type::Optional(value.clone());
        Some(Expr { kind: ExprKind::Lookup(Box::new(base), Box::new(key)), ty, span })
    }

    /// The field of a record.
    pub(super) fn member(
        &mut self,
        span: Span,
        base: Expr,
        id: RecordId,
        name: &Ident,
        optional: bool,
    ) -> Option<Expr> {
        let symbols = self.symbols;
        let decl = symbols.record(id)?;
        let found = (0..).zip(&decl.members).find(|(_, member)| member.name.value == name.value);
        let Some((place, member)) = found else {
            let names: Vec<&str> = decl.members.iter().map(|member| member.name.value.as_str()).collect();
            let message = format!("`{}` has no field `{}`", decl.name.value, name.value);
            let diagnostic = Diagnostic::error(Code::UnknownField, name.span, message, "no such field")
                .also(decl.name.span, format!("`{}` is declared here", decl.name.value));
            self.report(diagnostic.help(suggest::help(
                &name.value,
                &names,
                "declare the field in the record",
            )));
            return None;
        };
        let declared = member.ty.clone()?;
        let ty = if optional { Type::Optional(Box::new(declared.required().clone())) } else { declared };
        Some(Expr { kind: ExprKind::Member { base: Box::new(base), place, optional }, ty, span })
    }

    /// A part of a value whose type has parts; `None` when the type has none.
    #[expect(clippy::option_option, reason = "no parts and no such part are different")]
    pub(super) fn part(&mut self, span: Span, base: &Expr, name: &Ident) -> Option<Option<Expr>> {
        let (_, parts) = PARTS.iter().find(|(ty, _)| *ty == base.ty)?;
        let Some((_, intrinsic)) = parts.iter().find(|(part, _)| *part == name.value) else {
            let names: Vec<&str> = parts.iter().map(|(part, _)| *part).collect();
            let message = format!("a `{}` has no `{}`", self.type_name(&base.ty), name.value);
            let diagnostic = Diagnostic::error(Code::UnknownField, name.span, message, "no such part");
            self.report(diagnostic.help(suggest::help(&name.value, &names, "use one of its parts")));
            return Some(None);
        };
        let ty = intrinsic.result().ty()?;
        Some(Some(Expr { kind: ExprKind::Call(*intrinsic, vec![base.clone()]), ty, span }))
    }
}
