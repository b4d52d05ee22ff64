//! Constants, tables and functions: each checked once, after those it depends on, so that every use finds its value.

mod needs;
mod table;

use std::cell::Cell;
use std::collections::BTreeMap;

use permit_grammar::ast::{self, File, Ident, Item};
use permit_grammar::span::Span;
use permit_ir::intrinsics::{Intrinsic, Shape};
use permit_ir::types::{EnumId, Type};

use super::inline::Growth;
use super::name::Variable;
use super::{Env, ExprChecker, Site};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind, VariableId};
use crate::library;
use crate::resolve::{Member, Symbols, function_parameters, order};
use crate::sources::Sources;

/// What constants, tables and functions stand for, by the places of their names. One that failed is not there.
#[derive(Debug, Default)]
pub(super) struct Globals {
    constants: BTreeMap<Span, Expr>,
    tables: BTreeMap<Span, Table>,
    functions: BTreeMap<Span, Callable>,
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

/// A function of the library that the language cannot say of itself.
#[derive(Debug)]
pub(super) struct Primitive {
    pub(super) name: Ident,
    pub(super) params: Vec<Ident>,
    /// `None` when it is that of the first argument.
    pub(super) result: Option<Type>,
    pub(super) intrinsic: Intrinsic,
}

/// What a call calls.
#[derive(Debug)]
pub(super) enum Callable {
    Function(Function),
    Primitive(Primitive),
}

impl Globals {
    pub(super) fn constant(&self, declared: Span) -> Option<&Expr> {
        self.constants.get(&declared)
    }

    pub(super) fn table(&self, declared: Span) -> Option<&Table> {
        self.tables.get(&declared)
    }

    pub(super) fn function(&self, declared: Span) -> Option<&Callable> {
        self.functions.get(&declared)
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
    let mut places: BTreeMap<Span, usize> = BTreeMap::new();
    let mut decls: Vec<Decl<'_>> = Vec::new();
    for item in files.iter().flat_map(|file| &file.items) {
        let decl = match item {
            Item::Const(decl) => Decl::Const(decl),
            Item::Table(decl) => Decl::Table(decl),
            Item::Function(decl) => Decl::Function(decl),
            _ => continue,
        };
        // A second declaration of a name was reported.
        if symbols.declares_value(decl.name()) {
            places.insert(decl.name().span, decls.len());
            decls.push(decl);
        }
    }
    let needs: Vec<Vec<usize>> = decls.iter().map(|decl| needs::of(*decl, symbols, &places)).collect();
    let order = order(&needs);
    for circle in &order.circles {
        found.extend(circular(&decls, circle));
    }
    let mut globals = Globals::default();
    for decl in order.sorted.iter().filter_map(|&place| decls.get(place)) {
        let mut checker = Declarations { sources, symbols, found };
        let at = decl.name().span;
        match decl {
            Decl::Const(decl) => {
                let value = checker.constant(&globals, decl);
                globals.constants.extend(value.map(|value| (at, value)));
            }
            Decl::Table(decl) => {
                let value = checker.table(&globals, decl);
                globals.tables.extend(value.map(|value| (at, value)));
            }
            Decl::Function(decl) => {
                let value = checker.callable(&globals, decl);
                globals.functions.extend(value.map(|value| (at, value)));
            }
        }
    }
    globals
}

fn circular(decls: &[Decl<'_>], circle: &[usize]) -> Option<Diagnostic> {
    let names: Vec<&Ident> =
        circle.iter().filter_map(|&place| decls.get(place)).map(|decl| decl.name()).collect();
    let (first, rest) = names.split_first()?;
    let path: Vec<String> = names.iter().chain([first]).map(|name| format!("`{}`", name.value)).collect();
    let message = format!("`{}` depends on `{}`", first.value, first.value);
    let mut diagnostic = Diagnostic::error(Code::Circle, first.span, message, path.join(" → "));
    for name in rest {
        diagnostic = diagnostic.also(name.span, "through this one");
    }
    Some(diagnostic.help("recursion is not allowed; break the cycle by writing out one of the definitions"))
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

    fn callable(&mut self, globals: &Globals, decl: &ast::Function) -> Option<Callable> {
        let intrinsic = Intrinsic::named(&decl.name.value).filter(|_| library::is_intrinsic(&decl.body));
        match intrinsic {
            Some(intrinsic) => self.primitive(decl, intrinsic).map(Callable::Primitive),
            None => self.function(globals, decl).map(Callable::Function),
        }
    }

    /// What it takes is the intrinsic's to say; its declaration says the same for people.
    fn primitive(&mut self, decl: &ast::Function, intrinsic: Intrinsic) -> Option<Primitive> {
        let result = match intrinsic.result() {
            Shape::Amount => None,
            _ => Some(crate::types::resolve(self.symbols, self.found, &decl.result)?),
        };
        let params = decl.params.iter().map(|param| param.name.clone()).collect();
        Some(Primitive { name: decl.name.clone(), params, result, intrinsic })
    }

    fn function(&mut self, globals: &Globals, decl: &ast::Function) -> Option<Function> {
        let params: Vec<Member> = function_parameters(self.symbols, &decl.params, self.found);
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
