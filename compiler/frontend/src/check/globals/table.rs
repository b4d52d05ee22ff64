//! Tables: a row for each variant of an enum, a constant in each column.

use permit_grammar::ast::{self, Ident};
use permit_grammar::span::Span;
use permit_ir::types::{EnumId, Type};

use super::super::{Env, Site};
use super::{Declarations, Globals, Table};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::resolve::parameters;
use crate::suggest;

/// Where the key of a row stands, and its values; `None` when they failed, which was reported.
type Row = (Span, Option<Vec<Expr>>);

impl Declarations<'_, '_> {
    pub(super) fn table(&mut self, globals: &Globals, decl: &ast::Table) -> Option<Table> {
        let key = crate::types::resolve(self.symbols, self.found, &decl.key);
        let columns = parameters(self.symbols, &decl.columns, self.found);
        let columns: Option<Vec<(Ident, Type)>> =
            columns.into_iter().map(|column| Some((column.name, column.ty?))).collect();
        let key = match key? {
            Type::Enum(id) => id,
            other => {
                let ty = crate::types::name(self.symbols, &other);
                let message = format!("the key of a table must be an enum, not `{ty}`");
                let diagnostic =
                    Diagnostic::error(Code::TableKey, decl.key.span, message, format!("this is `{ty}`"));
                self.found.push(diagnostic.help(
                    "declare an `enum` of the keys, so that the compiler can tell when a row is missing",
                ));
                return None;
            }
        };
        let columns = columns?;
        let variants = self.symbols.enum_decl(key)?.variants.len();
        let mut rows: Vec<Option<Row>> = vec![None; variants];
        let mut complete = true;
        for row in &decl.rows {
            complete &= self.row(globals, key, &columns, row, &mut rows).is_some();
        }
        // A key that was not understood may be the one that is missing.
        if complete {
            self.missing_rows(decl, key, &rows)?;
        }
        let rows = rows.into_iter().map(|row| row?.1).collect::<Option<_>>()?;
        complete.then_some(Table { name: decl.name.clone(), key, columns, rows })
    }

    fn row(
        &mut self,
        globals: &Globals,
        key: EnumId,
        columns: &[(Ident, Type)],
        row: &ast::TableRow,
        rows: &mut [Option<Row>],
    ) -> Option<()> {
        let mut exprs = self.exprs(globals, Env::apart(Site::Constant, Vec::new()));
        let written = exprs.value(&row.key, Some(&Type::Enum(key)))?;
        let ExprKind::Variant(id, place) = written.kind else {
            exprs.types_differ((row.key.span, &Type::Enum(key)), (row.key.span, &written.ty), "the table");
            return None;
        };
        if id != key {
            exprs.types_differ((row.key.span, &Type::Enum(key)), (row.key.span, &written.ty), "the table");
            return None;
        }
        let slot = rows.get_mut(usize::from(place))?;
        if let Some((first, _)) = slot {
            let message = "duplicate table row".to_owned();
            let diagnostic = Diagnostic::error(Code::TableRow, row.key.span, message, "duplicate")
                .also(*first, "the first row");
            self.found.push(diagnostic.help("remove one of them"));
            return None;
        }
        *slot = Some((row.key.span, None));
        if row.values.len() != columns.len() {
            let (has, needs) = (row.values.len(), columns.len());
            let message = format!("the row has {has} values, but the table has {needs} columns");
            let diagnostic = Diagnostic::error(Code::TableRow, row.span, message, "too many or too few");
            self.found.push(diagnostic.help("write one value for each column"));
            return None;
        }
        let mut values = Some(Vec::with_capacity(columns.len()));
        for (value, (name, ty)) in row.values.iter().zip(columns) {
            let checked = exprs.value_of_type(value, Some(ty), name.span, "the column");
            match (checked, &mut values) {
                (Some(value), Some(all)) => all.push(value),
                (_, values) => *values = None,
            }
        }
        *slot = Some((row.key.span, Some(values?)));
        Some(())
    }

    fn missing_rows(&mut self, decl: &ast::Table, key: EnumId, rows: &[Option<Row>]) -> Option<()> {
        let keys = self.symbols.enum_decl(key)?;
        let missing: Vec<&str> = keys
            .variants
            .iter()
            .zip(rows)
            .filter(|(_, row)| row.is_none())
            .map(|(variant, _)| variant.value.as_str())
            .collect();
        if missing.is_empty() {
            return Some(());
        }
        let message = format!("table `{}` has no row for {}", decl.name.value, suggest::list(&missing));
        let diagnostic = Diagnostic::error(Code::TableRow, decl.name.span, message, "missing row")
            .also(keys.name.span, "each variant needs a row");
        self.found.push(diagnostic.help("add `KEY => VALUE, …;` for each of them"));
        None
    }
}
