//! Map literals.

use std::collections::HashMap;

use permit_grammar::ast;
use permit_grammar::span::Span;
use permit_ir::types::Type;

use super::ExprChecker;
use super::constant::{Constant, fold};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    /// `["a" => x, "b" => y]`
    pub(super) fn map(
        &mut self,
        span: Span,
        written: &[(ast::Expr, ast::Expr)],
        expected: Option<&Type>,
    ) -> Option<Expr> {
        let declared = match expected.map(Type::required) {
            Some(Type::Map(value)) => Some(value.as_ref().clone()),
            _ => None,
        };
        let keys = self.map_keys(written);
        let mut values: Vec<Expr> = Vec::with_capacity(written.len());
        let mut complete = true;
        for (at, (_, value)) in written.iter().enumerate() {
            let ty = declared.clone().or_else(|| values.first().map(|first| first.ty.clone()));
            // Without a type to go by, only the first bare name is reported.
            let checked =
                if at == 0 { self.value(value, ty.as_ref()) } else { self.value_beside(value, ty.as_ref()) };
            match checked {
                Some(value) => values.push(value),
                None => complete = false,
            }
        }
        let first = values.first()?;
        if matches!(first.ty, Type::Map(_) | Type::Zone) {
            let message = format!("a map cannot contain `{}`", self.type_name(&first.ty));
            let diagnostic = Diagnostic::error(Code::MapEntries, first.span, message, "invalid value type");
            self.report(diagnostic.help("a map can contain plain values, records, entities, sets and lists"));
            return None;
        }
        let ty = super::collection::joined_entities(&values).unwrap_or_else(|| first.ty.clone());
        let fits = |one: &Expr| one.ty == ty || matches!((&one.ty, &ty), (Type::Entity(_), Type::Entity(_)));
        if let Some(other) = values.iter().find(|one| !fits(one)) {
            let (first_ty, other_ty) = (self.type_name(&first.ty), self.type_name(&other.ty));
            let message =
                format!("the values of a map must have one type, not `{first_ty}` and `{other_ty}`");
            let diagnostic =
                Diagnostic::error(Code::MapEntries, other.span, message, format!("this is `{other_ty}`"))
                    .also(first.span, format!("this is `{first_ty}`"));
            self.report(diagnostic.help("use values of the same type"));
            return None;
        }
        let keys = keys.filter(|_| complete)?;
        Some(Expr { kind: ExprKind::Map(keys, values), ty: Type::Map(Box::new(ty)), span })
    }

    /// The keys, each known beforehand and standing once.
    fn map_keys(&mut self, written: &[(ast::Expr, ast::Expr)]) -> Option<Vec<String>> {
        let mut keys = Vec::with_capacity(written.len());
        let mut seen: HashMap<String, Span> = HashMap::new();
        let mut complete = true;
        for (written, _) in written {
            let Some(key) = self.map_key(written) else {
                complete = false;
                continue;
            };
            if let Some(&first) = seen.get(&key) {
                let message = format!("duplicate map key `\"{key}\"`");
                let diagnostic = Diagnostic::error(Code::MapKeyTwice, written.span, message, "duplicate")
                    .also(first, "first used here");
                self.report(diagnostic.help("remove one of the entries, or change a key"));
                complete = false;
            } else {
                seen.insert(key.clone(), written.span);
                keys.push(key);
            }
        }
        complete.then_some(keys)
    }

    fn map_key(&mut self, written: &ast::Expr) -> Option<String> {
        let key = self.value(written, Some(&Type::String))?;
        let (message, label) = match (fold(&key), &key.ty) {
            (Some(Constant::Text(text)), Type::String) => return Some(text),
            (_, Type::String) => ("map keys must be constant".to_owned(), "not a string literal".to_owned()),
            (_, ty) => {
                let ty = self.type_name(ty);
                (format!("map keys must be `string`, not `{ty}`"), format!("this is `{ty}`"))
            }
        };
        let diagnostic = Diagnostic::error(Code::MapEntries, key.span, message, label);
        self.report(diagnostic.help("write the key as a string literal: `\"small\" => 1`"));
        None
    }
}
