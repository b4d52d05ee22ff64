//! The grammar's semantic actions: build the tree, limit its depth, and report what the grammar accepts only to give a better error.

use lalrpop_util::{ErrorRecovery, ParseError};
use std::cell::Cell;
use std::convert::Infallible;

use crate::ast::{
    AgentPattern, Allow, Approval, BudgetLimit, Condition, Count, Entity, EntityKind, Enum, Expr, Field,
    Ident, Item, LintAllow, Marks, Module, Requirement, ScopeAllows, ScopeLimit, Use, Zone,
};
use crate::lexer::string_value;
use crate::limits::ERRORS_MAX;
use crate::span::{SourceId, Span, Spanned};
use crate::syntax_error::{SyntaxError, SyntaxErrorKind as E};
use crate::token::{Kind, Token};

mod blocks;
mod expressions;
mod rules;
mod scenarios;
mod values;

/// What one run of the grammar yields.
#[derive(Debug)]
pub(crate) enum Top {
    /// `edition 2026;`
    Edition(Spanned<String>),
    /// `module a.b;`
    Module(Module),
    /// `use a.b;`
    Use(Use),
    /// Any other declaration.
    Item(Box<Item>),
}

/// A node and the depth of its tree.
#[derive(Debug)]
pub(crate) struct Deep<T> {
    /// The node.
    pub(crate) value: T,
    /// One more than the deepest of its children.
    depth: u16,
}

/// A comparison's operand or a whole comparison, which is told by its operator.
#[derive(Debug)]
pub(crate) struct Compared {
    /// The expression.
    pub(crate) expr: Deep<Expr>,
    /// The operator, if this is a comparison; of a chain, the first.
    pub(crate) op: Option<Span>,
    /// Whether this is a chain, which was reported.
    pub(crate) chained: bool,
}

/// A clause of a rule.
#[derive(Debug)]
pub(crate) enum RuleClause {
    /// `by A, B`
    By(Vec<AgentPattern>, Span),
    /// `when E`, `unless E`
    Condition(Condition),
    /// `approved by …`
    Approved(Approval),
    /// `because "…"`
    Because(Spanned<String>, Span),
    /// `hint "…"`
    Hint(Spanned<String>, Span),
    /// Did not parse; reported already.
    Error,
}

/// A clause of a budget.
#[derive(Debug)]
pub(crate) enum BudgetClause {
    /// `counts …;`
    Counts(Count),
    /// `for each …;`
    Keys(Vec<Expr>, Span),
    /// `limit …;`
    Limit(BudgetLimit),
    /// `hold D;`
    Hold(Spanned<String>),
    /// `warn at N%;`
    Warn(Spanned<String>),
    /// Did not parse; reported already.
    Error,
}

/// A clause of a rate.
#[derive(Debug)]
pub(crate) enum RateClause {
    /// `counts …;`
    Counts(Count),
    /// `for each …;`
    Keys(Vec<Expr>, Span),
    /// `allow …;`
    Allow(Allow),
    /// Did not parse; reported already.
    Error,
}

/// A clause of a scope.
#[derive(Debug)]
pub(crate) enum ScopeClause {
    /// `allows …;`
    Allows(ScopeAllows),
    /// `requires E;`
    Requires(Expr),
    /// `limit A as E to E;`
    Limit(ScopeLimit),
    /// `expires after D;`
    Expires(Spanned<String>),
    /// Did not parse; reported already.
    Error,
}

/// A mistake that the generated parser found, and where.
#[derive(Clone, Debug)]
pub(crate) struct Mismatch {
    /// The index of the token that does not fit; the number of tokens at the end.
    pub(crate) at: usize,
    /// The terminals that would fit.
    pub(crate) expected: Vec<String>,
}

/// The grammar's error type.
pub(crate) type GrammarError = ParseError<usize, Kind, Infallible>;

/// The mistake behind the fault of a `!`.
type Recovery = ErrorRecovery<usize, Kind, Infallible>;

/// The context of one declaration's actions.
#[derive(Debug)]
pub(crate) struct Cx<'s> {
    source: SourceId,
    text: &'s str,
    tokens: &'s [Token],
    /// Mistakes of the grammar from which it recovered.
    pub(crate) mismatches: Vec<Mismatch>,
    /// Mistakes that the actions found.
    pub(crate) errors: Vec<SyntaxError>,
    too_deep: bool,
    /// Set when there are more mistakes than are shown: then the run is cut short.
    enough: &'s Cell<bool>,
}

impl<'s> Cx<'s> {
    /// A context for these tokens of the text.
    pub(crate) const fn new(
        source: SourceId,
        text: &'s str,
        tokens: &'s [Token],
        enough: &'s Cell<bool>,
    ) -> Self {
        Self { source, text, tokens, mismatches: Vec::new(), errors: Vec::new(), too_deep: false, enough }
    }

    /// The bytes from the token at `l` to the one before `r`.
    pub(crate) fn span(&self, l: usize, r: usize) -> Span {
        let last = r.checked_sub(1).filter(|last| *last >= l).and_then(|last| self.tokens.get(last));
        let (start, end) = match (self.tokens.get(l), last) {
            (Some(first), Some(last)) => (first.start, last.end),
            (Some(first), None) => (first.start, first.start),
            (None, _) => self.tokens.last().map_or((0, 0), |last| (last.end, last.end)),
        };
        Span { source: self.source, start, end }
    }

    fn slice(&self, l: usize, r: usize) -> &'s str {
        self.text.get(self.span(l, r).range()).unwrap_or_default()
    }

    pub(crate) fn spanned<T>(&self, l: usize, value: T, r: usize) -> Spanned<T> {
        Spanned { value, span: self.span(l, r) }
    }

    pub(crate) fn ident(&self, l: usize, r: usize) -> Ident {
        self.spanned(l, self.slice(l, r).to_owned(), r)
    }

    pub(crate) fn text(&self, l: usize, r: usize) -> Spanned<String> {
        self.spanned(l, string_value(self.slice(l, r)), r)
    }

    pub(crate) fn list<T>(first: T, rest: Vec<T>) -> Vec<T> {
        std::iter::once(first).chain(rest).collect()
    }

    pub(crate) fn push<T>(mut items: Vec<T>, item: T) -> Vec<T> {
        items.push(item);
        items
    }

    /// Notes a mistake that ended the run.
    pub(crate) fn failed(&mut self, error: GrammarError) {
        let (at, expected) = match error {
            ParseError::UnrecognizedToken { token: (at, _, _), expected } => (at, expected),
            ParseError::UnrecognizedEof { expected, .. } => (self.tokens.len(), expected),
            ParseError::ExtraToken { token: (at, _, _) } => (at, Vec::new()),
            ParseError::InvalidToken { location } => (location, Vec::new()),
            ParseError::User { error } => match error {},
        };
        if self.mismatches.len() > ERRORS_MAX {
            self.enough.set(true);
        } else {
            self.mismatches.push(Mismatch { at, expected });
        }
    }

    pub(crate) fn recovered<T>(&mut self, recovery: Recovery) -> Option<T> {
        self.failed(recovery.error);
        None
    }

    fn report(&mut self, kind: E, span: Span) {
        if self.errors.len() > ERRORS_MAX {
            self.enough.set(true);
        } else {
            self.errors.push(SyntaxError::new(kind, span));
        }
    }

    /// Puts a node above its children, unless that makes the tree too deep: then `error` stands for it.
    fn grow<T>(&mut self, below: u16, span: Span, node: T, error: T) -> Deep<T> {
        let depth = below.saturating_add(1);
        if depth <= crate::limits::NESTING_MAX {
            return Deep { value: node, depth };
        }
        if !std::mem::replace(&mut self.too_deep, true) {
            self.report(E::TooDeep, span);
        }
        Deep { value: error, depth: 1 }
    }

    pub(crate) fn module(&self, l: usize, path: Vec<Ident>, r: usize) -> Top {
        Top::Module(Module { path, span: self.span(l, r) })
    }

    pub(crate) fn zone(&self, l: usize, name: Ident, iana: Spanned<String>, r: usize) -> Item {
        Item::Zone(Zone { name, iana, marks: Marks::default(), span: self.span(l, r) })
    }

    pub(crate) fn enumeration(&self, l: usize, name: Ident, variants: Vec<Ident>, r: usize) -> Item {
        Item::Enum(Enum { name, variants, marks: Marks::default(), span: self.span(l, r) })
    }

    pub(crate) fn entity(
        &self,
        l: usize,
        (kind, name): (EntityKind, Ident),
        parents: Vec<Ident>,
        identified_by: Option<Spanned<String>>,
        fields: Vec<Field>,
        r: usize,
    ) -> Item {
        Item::Entity(Entity {
            kind,
            name,
            parents,
            identified_by,
            fields,
            marks: Marks::default(),
            span: self.span(l, r),
        })
    }

    pub(crate) fn requirement(
        &mut self,
        l: usize,
        kind: EntityKind,
        agent: Ident,
        scope: Ident,
        r: usize,
    ) -> Item {
        if kind != EntityKind::Agent {
            let found = format!("`{}`", self.slice(l, l.saturating_add(1)));
            let span = self.span(l, l.saturating_add(1));
            self.report(E::Unexpected { found, expected: vec!["`agent`".to_owned()] }, span);
        }
        Item::Requirement(Requirement { agent, scope, marks: Marks::default(), span: self.span(l, r) })
    }

    pub(crate) fn use_of(&self, l: usize, path: Vec<Ident>, names: Option<Vec<Ident>>, r: usize) -> Top {
        Top::Use(Use { path, names, span: self.span(l, r) })
    }

    pub(crate) fn lint_allow(&self, l: usize, lint: Ident, reason: Spanned<String>, r: usize) -> LintAllow {
        LintAllow { lint, reason, span: self.span(l, r) }
    }

    /// Gives a declaration its marks; reports a `private` where nothing could be hidden.
    pub(crate) fn marked(
        &mut self,
        allows: Vec<LintAllow>,
        private: Option<Spanned<()>>,
        mut item: Item,
    ) -> Top {
        let mut private = private.map(|word| word.span);
        if item.name().is_none()
            && let Some(span) = private.take()
        {
            self.report(E::Unexpected { found: "`private`".to_owned(), expected: Vec::new() }, span);
        }
        *item.marks_mut() = Marks { private, allows };
        Top::Item(Box::new(item))
    }
}
