//! Programs that pass every check but exceed a limit of the verifier.

use permit_grammar::ast::{File, Ident, Item};
use permit_grammar::span::Span;
use permit_ir::program::Program;
use permit_ir::types::ExprId;
use permit_ir::verify::{Place, VerifyError, limits};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// The greatest expression of each rule, budget, rate and scope, in the order in which they were lowered.
#[derive(Debug)]
pub(crate) struct Roots(Vec<(String, ExprId)>);

impl Roots {
    pub(crate) fn of(program: &Program) -> Self {
        let mut roots = Vec::new();
        let mut push = |name: &str, exprs: &mut dyn Iterator<Item = ExprId>| {
            roots.extend(exprs.max().map(|expr| (name.to_owned(), expr)));
        };
        for rule in &program.rules {
            push(&rule.name, &mut rule.condition.into_iter());
        }
        for budget in &program.budgets {
            let counts = budget.counts.iter().flat_map(|count| count.when.into_iter().chain([count.amount]));
            let limits = budget.limits.iter().map(|limit| limit.max);
            push(&budget.name, &mut counts.chain(budget.keys.iter().copied()).chain(limits));
        }
        for rate in &program.rates {
            let counts = rate.counts.iter().filter_map(|count| count.when);
            push(&rate.name, &mut counts.chain(rate.keys.iter().copied()));
        }
        for scope in &program.scopes {
            let allows = scope.allows.iter().filter_map(|clause| clause.when);
            let limits = scope.limits.iter().flat_map(|limit| [limit.amount, limit.max]);
            push(&scope.name, &mut allows.chain(scope.requires.iter().copied()).chain(limits));
        }
        Self(roots)
    }

    /// The declaration that an expression was lowered for: the first that has one as great, as numbers only grow.
    fn owner(&self, expr: ExprId) -> Option<&str> {
        self.0.iter().find(|(_, greatest)| *greatest >= expr).map(|(name, _)| name.as_str())
    }
}

/// What the verifier said, at the declaration it spoke of.
pub(crate) fn diagnostic(error: &VerifyError, roots: &Roots, files: &[File]) -> Diagnostic {
    let items = || files.iter().flat_map(|file| &file.items);
    let name = match &error.at {
        Place::Rule(name) | Place::Budget(name) | Place::Rate(name) | Place::Scope(name) => {
            Some(name.as_str())
        }
        Place::Expr(expr) => roots.owner(*expr),
        _ => None,
    };
    let place = match (&error.at, name) {
        (_, Some(name)) => {
            items().map(clause_name).find(|ident| ident.is_some_and(|ident| ident.value == name))
        }
        (Place::Enum(id), None) => {
            items().filter(|item| matches!(item, Item::Enum(_))).nth(id.index()).map(type_name)
        }
        (Place::Entity(id), None) => {
            items().filter(|item| matches!(item, Item::Entity(_))).nth(id.index()).map(type_name)
        }
        (Place::Action(id), None) => {
            items().filter(|item| matches!(item, Item::Action(_))).nth(id.index()).map(type_name)
        }
        _ => None,
    };
    let span = place.flatten().map_or_else(|| start(files), |ident| ident.span);
    let what = place.flatten().map_or_else(|| "the module".to_owned(), |ident| format!("`{}`", ident.value));
    let message = format!("{what} exceeds a limit: {}", error.fault);
    Diagnostic::error(Code::TooLarge, span, message, "exceeds a limit")
        .help("split it into smaller declarations")
}

/// More rules than a program may have.
pub(crate) fn too_many_rules(files: &[File]) -> Option<Diagnostic> {
    let mut rules = files.iter().flat_map(|file| &file.items).filter(|item| matches!(item, Item::Rule(_)));
    rules.nth(limits::RULES_MAX)?;
    let message = format!("the policy has more than {} rules", limits::RULES_MAX);
    let diagnostic = Diagnostic::error(Code::TooLarge, start(files), message, "exceeds a limit");
    Some(diagnostic.help("split it into several policies"))
}

/// Something was left out on the way, such as expressions beyond what can be numbered.
pub(crate) fn incomplete(files: &[File]) -> Diagnostic {
    let message = "the policy is too large for a program";
    Diagnostic::error(Code::TooLarge, start(files), message, "exceeds a limit")
        .help("split it into several modules")
}

fn start(files: &[File]) -> Span {
    files.first().and_then(|file| file.module.as_ref()).map_or_else(Span::default, |module| module.span)
}

/// The name of a rule, a budget, a rate or a scope.
pub(crate) const fn clause_name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Rule(decl) => Some(&decl.name),
        Item::Budget(decl) => Some(&decl.name),
        Item::Rate(decl) => Some(&decl.name),
        Item::Scope(decl) => Some(&decl.name),
        _ => None,
    }
}

const fn type_name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Enum(decl) => Some(&decl.name),
        Item::Entity(decl) => Some(&decl.name),
        Item::Action(decl) => Some(&decl.name),
        _ => None,
    }
}
