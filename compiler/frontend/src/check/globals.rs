//! Constants, tables and functions: checked once, each behind those it needs, so that every use finds its value.

mod needs;
mod table;

use std::cell::Cell;
use std::collections::BTreeMap;

use permit_grammar::ast::{self, File, Ident, Item};
use permit_ir::types::{EnumId, Type};

use super::inline::Growth;
use super::name::Variable;
use super::{Env, ExprChecker, Site};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind, VariableId};
use crate::resolve::{Member, Symbols, order, parameters};
use crate::sources::Sources;

/// What constants, tables and functions stand for. One that failed is there without a value.
#[derive(Debug, Default)]
pub(super) struct Globals {
    constants: BTreeMap<String, Option<Expr>>,
    tables: BTreeMap<String, Option<Table>>,
    functions: BTreeMap<String, Option<Function>>,
    /// How many expressions calls were replaced by so far.
    inlined: Cell<usize>,
    /// Whether a call that stands for too much was reported; those around it would be reported, too.
    overgrown: Cell<bool>,
    variables: Cell<u32>,
}

/// A table keyed by an enum.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: Ident,
    pub(super) key: EnumId,
    pub(super) columns: Vec<(Ident, Type)>,
    /// The values of each row, by variant.
    pub(super) rows: Vec<Vec<Expr>>,
}

/// A function, ready to stand in place of its calls.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: Ident,
    pub(super) params: Vec<(Ident, Type)>,
    pub(super) result: Type,
    pub(super) body: Expr,
}

impl Globals {
    pub(super) fn constant(&self, name: &str) -> Option<Option<&Expr>> {
        self.constants.get(name).map(Option::as_ref)
    }

    pub(super) fn table(&self, name: &str) -> Option<Option<&Table>> {
        self.tables.get(name).map(Option::as_ref)
    }

    pub(super) fn function(&self, name: &str) -> Option<Option<&Function>> {
        self.functions.get(name).map(Option::as_ref)
    }

    /// Room for so many more inlined expressions.
    pub(super) fn growth(&self) -> Growth<'_> {
        Growth::new(&self.inlined)
    }

    /// Whether this is the first call that stands for too much.
    pub(super) fn first_overgrown(&self) -> bool {
        !self.overgrown.replace(true)
    }

    pub(super) fn new_variable(&self) -> VariableId {
        let id = self.variables.get();
        self.variables.set(id.wrapping_add(1));
        VariableId(id)
    }
}

/// A declaration of a value.
#[derive(Clone, Copy)]
enum Decl<'a> {
    Const(&'a ast::Const),
    Table(&'a ast::Table),
    Function(&'a ast::Function),
}

impl<'a> Decl<'a> {
    const fn name(self) -> &'a Ident {
        match self {
            Self::Const(decl) => &decl.name,
            Self::Table(decl) => &decl.name,
            Self::Function(decl) => &decl.name,
        }
    }
}

/// The values of all constants, tables and functions.
pub(super) fn check(
    sources: &Sources,
    symbols: &Symbols,
    files: &[File],
    found: &mut Vec<Diagnostic>,
) -> Globals {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut decls: Vec<Decl<'_>> = Vec::new();
    for item in files.iter().flat_map(|file| &file.items) {
        let decl = match item {
            Item::Const(decl) => Decl::Const(decl),
            Item::Table(decl) => Decl::Table(decl),
            Item::Function(decl) => Decl::Function(decl),
            _ => continue,
        };
        // A second declaration of a name was reported.
        if symbols.value_kind(&decl.name().value).is_some()
            && !places.contains_key(decl.name().value.as_str())
        {
            places.insert(&decl.name().value, decls.len());
            decls.push(decl);
        }
    }
    let needs: Vec<Vec<usize>> = decls.iter().map(|decl| needs::of(*decl, &places)).collect();
    let order = order(&needs);
    for circle in &order.circles {
        found.extend(circular(&decls, circle));
    }
    let mut globals = Globals::default();
    for decl in &decls {
        globals.failed(*decl);
    }
    for decl in order.sorted.iter().filter_map(|&place| decls.get(place)) {
        let mut checker = Declarations { sources, symbols, found };
        match decl {
            Decl::Const(decl) => {
                let value = checker.constant(&globals, decl);
                globals.constants.insert(decl.name.value.clone(), value);
            }
            Decl::Table(decl) => {
                let value = checker.table(&globals, decl);
                globals.tables.insert(decl.name.value.clone(), value);
            }
            Decl::Function(decl) => {
                let value = checker.function(&globals, decl);
                globals.functions.insert(decl.name.value.clone(), value);
            }
        }
    }
    globals
}

impl Globals {
    fn failed(&mut self, decl: Decl<'_>) {
        let name = decl.name().value.clone();
        match decl {
            Decl::Const(_) => drop(self.constants.insert(name, None)),
            Decl::Table(_) => drop(self.tables.insert(name, None)),
            Decl::Function(_) => drop(self.functions.insert(name, None)),
        }
    }
}

fn circular(decls: &[Decl<'_>], circle: &[usize]) -> Option<Diagnostic> {
    let names: Vec<&Ident> =
        circle.iter().filter_map(|&place| decls.get(place)).map(|decl| decl.name()).collect();
    let (first, rest) = names.split_first()?;
    let path: Vec<String> = names.iter().chain([first]).map(|name| format!("`{}`", name.value)).collect();
    let message = format!("`{}` is needed to work out `{}`", first.value, first.value);
    let mut diagnostic = Diagnostic::error(Code::Circle, first.span, message, path.join(" → "));
    for name in rest {
        diagnostic = diagnostic.also(name.span, "through this one");
    }
    Some(diagnostic.help("a policy has no recursion; write out what one of them says"))
}

/// The checks of the declarations themselves.
struct Declarations<'c, 'a> {
    sources: &'a Sources,
    symbols: &'a Symbols,
    found: &'c mut Vec<Diagnostic>,
}

impl<'a> Declarations<'_, 'a> {
    fn exprs<'d>(&'d mut self, globals: &'d Globals, env: Env<'static>) -> ExprChecker<'d, 'a> {
        ExprChecker { sources: self.sources, symbols: self.symbols, globals, found: self.found, env }
    }

    fn constant(&mut self, globals: &Globals, decl: &ast::Const) -> Option<Expr> {
        let ty = match &decl.ty {
            Some(written) => Some(crate::types::resolve(self.symbols, self.found, written)?),
            None => None,
        };
        let mut exprs = self.exprs(globals, Env::apart(Site::Constant, Vec::new()));
        match (&decl.ty, ty) {
            (Some(written), ty) => {
                exprs.value_of_type(&decl.value, ty.as_ref(), written.span, "the constant")
            }
            (None, _) => exprs.value(&decl.value, None).map(super::constant::simplified),
        }
    }

    fn function(&mut self, globals: &Globals, decl: &ast::Function) -> Option<Function> {
        let params: Vec<Member> = parameters(self.symbols, &decl.params, self.found);
        let result = crate::types::resolve(self.symbols, self.found, &decl.result);
        let variables = (0..).zip(&params).map(|(place, param)| Variable {
            name: param.name.clone(),
            kind: ExprKind::Parameter(place),
            ty: param.ty.clone(),
        });
        let env = Env::apart(Site::Function, variables.collect());
        let mut exprs = self.exprs(globals, env);
        let body = exprs.value_of_type(&decl.body, result.as_ref(), decl.result.span, "the result");
        let params = params.into_iter().map(|param| Some((param.name, param.ty?)));
        Some(Function {
            name: decl.name.clone(),
            params: params.collect::<Option<_>>()?,
            result: result?,
            body: body?,
        })
    }
}
