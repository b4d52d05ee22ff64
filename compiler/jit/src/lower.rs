//! From conditions to a shape and its constants; `None` leaves the conditions to the interpreter.

mod constant;
mod path;

use permit_ir::program::{AgentPattern, CompareOp, Expr, Node, Program};
use permit_ir::types::{EntityTypeId, ExprId};

use crate::libcalls::Libcall;
use crate::snapshot::Snapshot;
use crate::term::{Term, Test};
use crate::word::Kind;

/// The most alternatives that are tested one after the other.
const ALTERNATIVES_MAX: usize = 16;

/// What must hold: all of the conjuncts, from the left, of one of these agents; no agents are any agent.
#[derive(Clone, Copy, Debug)]
pub struct Condition<'p> {
    /// The agents.
    pub agents: &'p [AgentPattern],
    /// The conjuncts.
    pub conjuncts: &'p [ExprId],
}

/// Conditions taken apart.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) shape: Term,
    /// The constants, a word each.
    pub(crate) row: Vec<u64>,
}

/// Takes conditions apart. What collections among the constants hold is added to `constants`.
pub(crate) fn lower(
    program: &Program,
    snapshot: &Snapshot,
    condition: &Condition<'_>,
    terms_max: u32,
    constants: &mut Vec<u64>,
) -> Option<Lowered> {
    let mut lowering = Lowering { program, snapshot, terms_left: terms_max, row: Vec::new(), constants };
    let mut shape: Option<Term> = None;
    if !condition.agents.is_empty() {
        shape = Some(lowering.agents(condition.agents)?);
    }
    for &conjunct in condition.conjuncts {
        let next = lowering.required(conjunct, Kind::Bool)?;
        shape = Some(match shape {
            Some(before) => Term::And(Box::new(before), Box::new(next)),
            None => next,
        });
    }
    Some(Lowered { shape: shape.unwrap_or(Term::True), row: lowering.row })
}

struct Lowering<'p> {
    program: &'p Program,
    snapshot: &'p Snapshot,
    terms_left: u32,
    row: Vec<u64>,
    constants: &'p mut Vec<u64>,
}

/// A shape and what its values are.
struct Typed {
    term: Term,
    kind: Kind,
    optional: bool,
}

impl Typed {
    const fn new(term: Term, kind: Kind) -> Self {
        Self { term, kind, optional: false }
    }
}

impl<'p> Lowering<'p> {
    fn node(&self, id: ExprId) -> Option<&'p Node> {
        self.program.exprs.get(id.index())
    }

    /// Whether the agent is one of these.
    fn agents(&mut self, agents: &[AgentPattern]) -> Option<Term> {
        let (mut types, mut names) = (Vec::new(), Vec::new());
        for pattern in agents {
            match pattern {
                AgentPattern::Type(ty) => types.push(self.constant_word(u64::from(ty.0))?),
                AgentPattern::Entity(ty, id) => {
                    let entity = self.snapshot.facts().find(*ty, id)?;
                    names.push(self.constant_word(u64::from(entity.0))?);
                }
            }
        }
        if types.len().max(names.len()) > ALTERNATIVES_MAX {
            return None;
        }
        let any = |left, others: Vec<Term>| {
            (!others.is_empty()).then(|| Term::AnyOf { test: Test::Equal, left: Box::new(left), others })
        };
        let of_type = any(Term::TypeOf(Box::new(Term::Agent)), types);
        let named = any(Term::Agent, names);
        match (of_type, named) {
            (Some(of_type), Some(named)) => Some(Term::Or(Box::new(of_type), Box::new(named))),
            (one, other) => one.or(other),
        }
    }

    /// An expression whose value is there and of this kind.
    fn required(&mut self, id: ExprId, kind: Kind) -> Option<Term> {
        let typed = self.lower(id)?;
        (typed.kind == kind && !typed.optional).then_some(typed.term)
    }

    fn boxed(&mut self, id: ExprId, kind: Kind) -> Option<Box<Term>> {
        self.required(id, kind).map(Box::new)
    }

    fn lower(&mut self, id: ExprId) -> Option<Typed> {
        self.terms_left = self.terms_left.checked_sub(1)?;
        match &self.node(id)?.expr {
            Expr::Agent
            | Expr::Resource
            | Expr::Now
            | Expr::Arg(_)
            | Expr::Param(_)
            | Expr::Attr(..)
            | Expr::OptionalAttr(..)
            | Expr::Cast(..) => self.path(id),
            Expr::Neg(of) => Some(Typed::new(Term::Neg(self.boxed(*of, Kind::Number)?), Kind::Number)),
            Expr::Arithmetic(op, left, right) => {
                let (left, right) = (self.boxed(*left, Kind::Number)?, self.boxed(*right, Kind::Number)?);
                Some(Typed::new(Term::Arithmetic(*op, left, right), Kind::Number))
            }
            Expr::Unwrap(of) => {
                let of = self.optional(*of)?;
                Some(Typed::new(Term::Unwrap(Box::new(of.term)), of.kind))
            }
            Expr::Else(left, right) => {
                let left = self.optional(*left)?;
                let right = self.boxed(*right, left.kind)?;
                Some(Typed::new(Term::Else(Box::new(left.term), right), left.kind))
            }
            Expr::If(test, a, b) => {
                let test = self.boxed(*test, Kind::Bool)?;
                let (a, b) = (self.lower(*a)?, self.lower(*b)?);
                let alike = a.kind == b.kind && a.optional == b.optional;
                alike.then(|| Typed {
                    term: Term::If(test, Box::new(a.term), Box::new(b.term)),
                    kind: a.kind,
                    optional: a.optional,
                })
            }
            Expr::Select(key, branches) => self.select(*key, branches),
            expr => match self.test(expr) {
                Some(term) => Some(Typed::new(term, Kind::Bool)),
                None => self.constant(id),
            },
        }
    }

    /// The expressions that are `bool` whatever their operands are.
    fn test(&mut self, expr: &'p Expr) -> Option<Term> {
        match expr {
            Expr::Not(of) => Some(Term::Not(self.boxed(*of, Kind::Bool)?)),
            Expr::And(left, right) => {
                Some(Term::And(self.boxed(*left, Kind::Bool)?, self.boxed(*right, Kind::Bool)?))
            }
            Expr::Or(left, right) => {
                Some(Term::Or(self.boxed(*left, Kind::Bool)?, self.boxed(*right, Kind::Bool)?))
            }
            Expr::Compare(op, left, right) => self.compare(*op, *left, *right),
            Expr::In(left, right) => self.contains(*left, *right),
            Expr::Within(left, right) => {
                let sides = vec![self.required(*left, Kind::Entity)?, self.required(*right, Kind::Entity)?];
                Some(Term::Call(Libcall::Within, sides))
            }
            Expr::WithinAny(left, right) => {
                let left = self.required(*left, Kind::Entity)?;
                let (test, whole) = (Test::Call(Libcall::Within), Libcall::WithinAny);
                self.any_of(left, Kind::Entity, *right, Membership { test, of_set: Kind::Words, whole })
            }
            Expr::Like(of, glob) => {
                let text = self.required(*of, Kind::Text)?;
                let glob = self.symbol(glob)?;
                Some(Term::Call(Libcall::Like, vec![text, glob]))
            }
            Expr::Is(of, types) => self.is(*of, types),
            Expr::Present(of) => {
                let of = self.lower(*of).filter(|typed| typed.optional)?;
                Some(Term::Present(Box::new(of.term)))
            }
            _ => None,
        }
    }

    fn select(&mut self, key: ExprId, branches: &[ExprId]) -> Option<Typed> {
        let key =
            self.lower(key).filter(|key| !key.optional && matches!(key.kind, Kind::Bool | Kind::Number))?;
        let mut terms = Vec::with_capacity(branches.len());
        let mut of = None;
        for &branch in branches {
            let Typed { term, kind, optional } = self.lower(branch)?;
            if *of.get_or_insert((kind, optional)) != (kind, optional) {
                return None;
            }
            terms.push(term);
        }
        let (kind, optional) = of?;
        Some(Typed { term: Term::Select(Box::new(key.term), terms), kind, optional })
    }

    fn is(&mut self, of: ExprId, types: &[EntityTypeId]) -> Option<Term> {
        if types.len() > ALTERNATIVES_MAX {
            return None;
        }
        let left = Box::new(Term::TypeOf(self.boxed(of, Kind::Entity)?));
        let others = types.iter().map(|ty| self.constant_word(u64::from(ty.0)));
        Some(Term::AnyOf { test: Test::Equal, left, others: others.collect::<Option<_>>()? })
    }

    /// An expression of a kind that native code holds, whose value may be absent.
    fn optional(&mut self, id: ExprId) -> Option<Typed> {
        self.lower(id).filter(|typed| typed.optional && typed.kind != Kind::Foreign)
    }

    fn compare(&mut self, op: CompareOp, left: ExprId, right: ExprId) -> Option<Term> {
        let left = self.lower(left).filter(|left| !left.optional)?;
        let kind = left.kind;
        let (left, right) = (left.term, self.required(right, kind)?);
        let ordered = matches!(op, CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge);
        let whole = match kind {
            Kind::Foreign => return None,
            _ if ordered && kind != Kind::Number => return None,
            // Of two texts of which the program or the facts hold one, the words are equal if the texts are.
            Kind::Text if !(may_be_unnamed(&left) && may_be_unnamed(&right)) => None,
            Kind::Bool | Kind::Number | Kind::Entity => None,
            Kind::Text => Some(Libcall::SameText),
            Kind::Words => Some(Libcall::SameWords),
            Kind::Texts => Some(Libcall::SameTexts),
        };
        Some(match (whole, op) {
            (None, op) => Term::Compare(op, Box::new(left), Box::new(right)),
            (Some(same), CompareOp::Eq) => Term::Call(same, vec![left, right]),
            (Some(same), _) => Term::Not(Box::new(Term::Call(same, vec![left, right]))),
        })
    }

    fn contains(&mut self, left: ExprId, right: ExprId) -> Option<Term> {
        let left = self.lower(left).filter(|left| !left.optional)?;
        let how = match left.kind {
            Kind::Bool | Kind::Number | Kind::Entity => {
                Membership { test: Test::Equal, of_set: Kind::Words, whole: Libcall::HasWord }
            }
            Kind::Text => Membership {
                test: Test::Call(Libcall::SameText),
                of_set: Kind::Texts,
                whole: Libcall::HasText,
            },
            Kind::Words | Kind::Texts | Kind::Foreign => return None,
        };
        self.any_of(left.term, left.kind, right, how)
    }

    /// A test against each element of a set that the request fills, or one call for a set that is there as a whole.
    fn any_of(
        &mut self,
        left: Term,
        kind: Kind,
        set: ExprId,
        Membership { test, of_set, whole }: Membership,
    ) -> Option<Term> {
        if let Expr::Set(elements) | Expr::List(elements) = &self.node(set)?.expr
            && !self.is_constant(set)
        {
            let others = elements.iter().map(|&of| self.required(of, kind)).collect::<Option<_>>()?;
            return Some(Term::AnyOf { test, left: Box::new(left), others });
        }
        let elements = self.required(set, of_set)?;
        Some(Term::Call(whole, vec![left, elements]))
    }
}

/// Whether a text may be one that neither program nor facts hold.
fn may_be_unnamed(term: &Term) -> bool {
    !matches!(term, Term::Constant(_) | Term::Attr { .. })
}

/// How a value is looked for in a set.
struct Membership {
    /// What tells whether an element of a written-out set is it.
    test: Test,
    /// What the elements of a set that is there as a whole are.
    of_set: Kind,
    /// What looks for it in such a set.
    whole: Libcall,
}
