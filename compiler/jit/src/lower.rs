//! From an expression to a shape, its constants and its paths; `None` leaves the condition to the interpreter.

mod constant;
mod path;

use std::sync::Arc;

use permit_ir::program::{CompareOp, Expr, Node, Program};
use permit_ir::types::{EntityTypeId, ExprId};
use permit_ir::value::Value;

use crate::intrinsics::Intrinsic;
use crate::names::{Named, Names};
use crate::term::{Kind, Path, Term, Test};

/// A condition taken apart.
#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) shape: Term,
    pub(crate) paths: Vec<Path>,
    pub(crate) row: Row,
    pub(crate) named: Box<[Named]>,
}

/// The constants of a condition, a word each.
#[derive(Debug)]
pub(crate) struct Row {
    words: Box<[u64]>,
    /// Keeps alive the texts and collections whose addresses are among the words.
    #[expect(dead_code, reason = "owned for its addresses")]
    values: Box<[Arc<Value>]>,
}

impl Row {
    /// Where native code reads the constants.
    pub(crate) fn as_ptr(&self) -> *const u64 {
        self.words.as_ptr()
    }
}

/// Takes a condition apart.
pub(crate) fn lower(
    program: &Program,
    names: &Names<'_>,
    condition: ExprId,
    terms_max: u32,
) -> Option<Lowered> {
    let mut lowering = Lowering {
        program,
        names,
        terms_left: terms_max,
        paths: Vec::new(),
        words: Vec::new(),
        values: Vec::new(),
        named: Vec::new(),
    };
    let shape = lowering.required(condition, Kind::Bool)?;
    let row = Row { words: lowering.words.into(), values: lowering.values.into() };
    Some(Lowered { shape, paths: lowering.paths, row, named: lowering.named.into() })
}

struct Lowering<'p> {
    program: &'p Program,
    names: &'p Names<'p>,
    terms_left: u32,
    paths: Vec<Path>,
    words: Vec<u64>,
    values: Vec<Arc<Value>>,
    named: Vec<Named>,
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
            | Expr::Cast(..) => self.slot(id),
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
            Expr::Set(_) | Expr::List(_) => self.constant(id),
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
                Some(Term::Call(Intrinsic::Within, sides))
            }
            Expr::WithinAny(left, right) => {
                let left = self.required(*left, Kind::Entity)?;
                self.any_of(left, Kind::Entity, *right, Test::Call(Intrinsic::Within), Intrinsic::WithinAny)
            }
            Expr::Like(of, glob) => {
                let text = self.required(*of, Kind::Text)?;
                let glob = self.value(Value::String(glob.as_str().into()))?;
                Some(Term::Call(Intrinsic::Like, vec![text, glob]))
            }
            Expr::Is(of, types) => self.is(*of, types),
            Expr::Present(of) => Some(Term::Present(Box::new(self.optional(*of)?.term))),
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

    /// Whether an entity is of one of the types, which travel as a constant list of numbers.
    fn is(&mut self, of: ExprId, types: &[EntityTypeId]) -> Option<Term> {
        let entity = self.required(of, Kind::Entity)?;
        let types = types.iter().map(|ty| Value::Number(i64::from(ty.0))).collect::<Vec<_>>();
        let types = self.value(Value::Elements(types.into()))?;
        Some(Term::Call(Intrinsic::IsOfType, vec![entity, types]))
    }

    fn optional(&mut self, id: ExprId) -> Option<Typed> {
        self.lower(id).filter(|typed| typed.optional)
    }

    fn compare(&mut self, op: CompareOp, left: ExprId, right: ExprId) -> Option<Term> {
        let left = self.lower(left).filter(|left| !left.optional)?;
        let kind = left.kind;
        let (left, right) = (left.term, self.required(right, kind)?);
        match op {
            CompareOp::Eq | CompareOp::Ne if !kind.is_word() => {
                let same = Term::Call(Intrinsic::SameValue, vec![left, right]);
                Some(if op == CompareOp::Eq { same } else { Term::Not(Box::new(same)) })
            }
            CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge if kind != Kind::Number => None,
            _ => Some(Term::Compare(op, Box::new(left), Box::new(right))),
        }
    }

    fn contains(&mut self, left: ExprId, right: ExprId) -> Option<Term> {
        let left = self.lower(left).filter(|left| !left.optional)?;
        let (test, whole) = match left.kind {
            Kind::Bool => (Test::Equal, Intrinsic::HasBool),
            Kind::Number => (Test::Equal, Intrinsic::HasNumber),
            Kind::Entity => (Test::Equal, Intrinsic::HasEntity),
            Kind::Text => (Test::Call(Intrinsic::SameValue), Intrinsic::HasText),
            Kind::Elements | Kind::Foreign => return None,
        };
        self.any_of(left.term, left.kind, right, test, whole)
    }

    /// A test against each element of a set that the request fills, or one call for a set that is there as a whole.
    fn any_of(&mut self, left: Term, kind: Kind, set: ExprId, test: Test, whole: Intrinsic) -> Option<Term> {
        if let Expr::Set(elements) = &self.node(set)?.expr
            && !self.is_constant(set)
        {
            let others = elements.iter().map(|&of| self.required(of, kind)).collect::<Option<_>>()?;
            return Some(Term::AnyOf { test, left: Box::new(left), others });
        }
        let elements = self.required(set, Kind::Elements)?;
        Some(Term::Call(whole, vec![left, elements]))
    }
}
