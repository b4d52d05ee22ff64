//! The type checker: from syntax to [`crate::hir`].
//!
//! A check that fails reports once and yields `None`; callers pass the `None` on silently, so that one
//! mistake gives one diagnostic.

mod actions;
mod amount;
mod approval;
mod arithmetic;
mod branch;
mod budget;
mod call;
mod collection;
mod compare;
pub(crate) mod constant;
mod defaults;
mod expr;
mod globals;
mod inline;
mod literal;
mod logic;
mod lookup;
mod map;
mod name;
mod quantified;
mod rate;
mod requirement;
mod rule;
mod scenario;
mod scope;
mod span_of_time;
mod typed_text;

use permit_grammar::ast::{File, Item};
use permit_grammar::span::Span;
use permit_ir::types::{ActionId, EntityTypeId};

use crate::diagnostic::Diagnostic;
use crate::hir::Module;
use crate::resolve::{Member, Symbols};
use crate::sources::Sources;
use globals::Globals;
use logic::Known;
use name::Variable;

/// Checks all rules, budgets, rates, scopes and requirements. What was not reported in `found` is complete.
pub(crate) fn check(
    sources: &Sources,
    symbols: &Symbols,
    files: &[File],
    found: &mut Vec<Diagnostic>,
) -> Module {
    let globals = globals::check(sources, symbols, files, found);
    let mut checker = Checker { sources, symbols, globals: &globals, found };
    let mut module = Module { defaults: checker.defaults(files), ..Module::default() };
    for item in files.iter().flat_map(|file| &file.items) {
        match item {
            Item::Rule(rule) => module.rules.extend(checker.rule(rule)),
            Item::Budget(budget) => module.budgets.extend(checker.budget(budget)),
            Item::Rate(rate) => module.rates.extend(checker.rate(rate)),
            Item::Scope(scope) => module.scopes.extend(checker.scope(scope)),
            _ => {}
        }
    }
    module.requirements = checker.requirements(files);
    module.stories = checker.scenarios(files, &module);
    module
}

/// What all checks share.
struct Checker<'a> {
    sources: &'a Sources,
    symbols: &'a Symbols,
    globals: &'a Globals,
    found: &'a mut Vec<Diagnostic>,
}

/// What an expression may speak of.
#[derive(Clone, Debug)]
struct Env<'a> {
    /// The actions for which the expression must make sense.
    actions: Vec<ActionId>,
    /// Whether those are all; if one was unknown, what is missing may be its.
    complete: bool,
    /// The types the agent may have.
    agents: Vec<EntityTypeId>,
    /// The parameters of the scope around it.
    params: &'a [Member],
    /// The parameters of the function and the variables of the quantifiers around it, the nearest last.
    variables: Vec<Variable>,
    /// Where it stands.
    site: Site,
    /// What is known of values here, see [`logic`].
    known: Known,
}

/// Where an expression stands, which says whether there is a request to speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Site {
    /// A rule, a budget, a rate or a scope.
    Request,
    /// The body of a function.
    Function,
    /// A constant, a row of a table or a default.
    Constant,
    /// A value of a scenario, which may speak of what the scenario gives.
    Scenario,
}

impl Env<'static> {
    /// Where there is no request.
    const fn apart(site: Site, variables: Vec<Variable>) -> Self {
        Self {
            actions: Vec::new(),
            complete: true,
            agents: Vec::new(),
            params: &[],
            variables,
            site,
            known: Known::new(),
        }
    }
}

/// The checks of one expression.
struct ExprChecker<'c, 'a> {
    sources: &'a Sources,
    symbols: &'a Symbols,
    globals: &'c Globals,
    found: &'c mut Vec<Diagnostic>,
    env: Env<'c>,
}

impl<'a> Checker<'a> {
    /// Checks expressions in `env`.
    fn within<'c>(&'c mut self, env: &Env<'c>) -> ExprChecker<'c, 'a> {
        ExprChecker {
            sources: self.sources,
            symbols: self.symbols,
            globals: self.globals,
            found: self.found,
            env: env.clone(),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

impl ExprChecker<'_, '_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// What stands at `span`, in backticks, if it is short enough for a message; else `otherwise`.
    fn quote(&self, span: Span, otherwise: &str) -> String {
        let text = self.sources.snippet(span);
        if text.is_empty() || text.len() > QUOTED_BYTES_MAX || text.contains(['\n', '`']) {
            otherwise.to_owned()
        } else {
            format!("`{text}`")
        }
    }

    fn type_name(&self, ty: &permit_ir::types::Type) -> String {
        crate::types::name(self.symbols, ty)
    }
}

/// The longest text that a message repeats.
const QUOTED_BYTES_MAX: usize = 48;
