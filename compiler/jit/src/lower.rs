//! From an expression to a shape, its constants and its paths; `None` leaves the condition to the interpreter.

use std::collections::HashMap;
use std::sync::Arc;

use permit_ir::decision::EvalContext;
use permit_ir::program::{AgentPattern, CompareOp, Expr, Node, Program};
use permit_ir::types::{EntityTypeId, ExprId, Type};
use permit_ir::value::{EntityRef, Value};

use crate::encode::address;
use crate::intrinsics::Intrinsic;
use crate::layout::SLOTS_MAX;
use crate::term::{Kind, Path, Root, Step, Term, Test};

/// The entities that a program names, with the references that every snapshot made for it gives them.
#[derive(Debug)]
pub(crate) struct Names<'p>(HashMap<(EntityTypeId, &'p str), EntityRef>);

impl<'p> Names<'p> {
    /// Numbers the entities as [`FactsBuilder::new`](permit_ir::facts::FactsBuilder::new) does. That a snapshot
    /// agrees is checked whenever a condition names one, see [`Named::is_in`].
    pub(crate) fn of(program: &'p Program) -> Self {
        let in_exprs = program.exprs.iter().filter_map(|node| match &node.expr {
            Expr::Entity(ty, id) => Some((*ty, id.as_str())),
            _ => None,
        });
        let in_agents = program.rules.iter().flat_map(|rule| &rule.agents).filter_map(|agent| match agent {
            AgentPattern::Entity(ty, id) => Some((*ty, id.as_str())),
            AgentPattern::Type(_) => None,
        });
        let mut names = HashMap::new();
        for name in in_exprs.chain(in_agents) {
            let next = EntityRef(u32::try_from(names.len()).unwrap_or(u32::MAX));
            names.entry(name).or_insert(next);
        }
        Self(names)
    }
}

/// An entity that a condition names, and the expression that does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    entity: EntityRef,
    expr: ExprId,
}

impl Named {
    /// Whether the snapshot gives the name this reference.
    pub(crate) fn is_in(self, context: &EvalContext<'_>) -> bool {
        let Some(Node { expr: Expr::Entity(ty, id), .. }) = context.program.exprs.get(self.expr.index())
        else {
            return false;
        };
        context.facts.entity(self.entity).is_some_and(|entity| entity.ty == *ty && *entity.id == **id)
    }
}

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
            | Expr::OptionalAttr(..) => self.slot(id),
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
            Expr::Set(_) => self.constant(id),
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
            Expr::Present(of) => Some(Term::Present(Box::new(self.optional(*of)?.term))),
            _ => None,
        }
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
            Kind::Elements => return None,
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

    fn is_constant(&self, id: ExprId) -> bool {
        match self.node(id).map(|node| &node.expr) {
            Some(Expr::Set(elements)) => elements.iter().all(|&element| self.is_constant(element)),
            Some(
                Expr::Bool(_)
                | Expr::Int(_)
                | Expr::Decimal(_)
                | Expr::Money(_)
                | Expr::String(_)
                | Expr::Instant(_)
                | Expr::Duration(_)
                | Expr::Variant(..)
                | Expr::Entity(..),
            ) => true,
            _ => false,
        }
    }

    fn constant(&mut self, id: ExprId) -> Option<Typed> {
        if !self.is_constant(id) {
            return None;
        }
        let kind = Kind::of(&self.node(id)?.ty);
        let term = match self.literal(id)? {
            Value::Bool(truth) => self.word(u64::from(truth))?,
            Value::Number(number) => self.word(number.cast_unsigned())?,
            Value::Entity(entity) => self.word(u64::from(entity.0))?,
            whole @ (Value::String(_) | Value::Elements(_)) => self.value(whole)?,
            Value::Absent => return None,
        };
        Some(Typed::new(term, kind))
    }

    fn literal(&mut self, id: ExprId) -> Option<Value> {
        Some(match &self.node(id)?.expr {
            Expr::Bool(truth) => Value::Bool(*truth),
            Expr::Int(number) | Expr::Instant(number) | Expr::Duration(number) => Value::Number(*number),
            Expr::Decimal(decimal) => Value::Number(decimal.millionths),
            Expr::Money(money) => Value::Number(money.minor),
            Expr::String(text) => Value::String(text.as_str().into()),
            Expr::Variant(_, variant) => Value::Number(i64::from(*variant)),
            Expr::Entity(..) => Value::Entity(self.name(id)?),
            Expr::Set(elements) => {
                Value::set(elements.iter().map(|&of| self.literal(of)).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    fn name(&mut self, id: ExprId) -> Option<EntityRef> {
        let Expr::Entity(ty, name) = &self.node(id)?.expr else { return None };
        let entity = *self.names.0.get(&(*ty, name.as_str()))?;
        if !self.named.iter().any(|named| named.entity == entity) {
            self.named.push(Named { entity, expr: id });
        }
        Some(entity)
    }

    fn word(&mut self, word: u64) -> Option<Term> {
        let place = u16::try_from(self.words.len()).ok()?;
        self.words.push(word);
        Some(Term::Constant(place))
    }

    fn value(&mut self, value: Value) -> Option<Term> {
        let value = Arc::new(value);
        let word = address(&value);
        self.values.push(value);
        self.word(word)
    }

    fn slot(&mut self, id: ExprId) -> Option<Typed> {
        let path = self.path(id)?;
        let (kind, optional) = (path.kind, path.optional);
        let place = self.paths.iter().position(|known| *known == path).unwrap_or(self.paths.len());
        if place >= SLOTS_MAX {
            return None;
        }
        if place == self.paths.len() {
            self.paths.push(path);
        }
        let term = Term::Slot { place: u8::try_from(place).ok()?, optional };
        Some(Typed { term, kind, optional })
    }

    fn path(&mut self, id: ExprId) -> Option<Path> {
        let Node { expr, ty } = self.node(id)?;
        let (base, step) = match expr {
            Expr::Attr(base, field) => (*base, Step::Attr(*field)),
            Expr::OptionalAttr(base, field) => (*base, Step::OptionalAttr(*field)),
            Expr::Unwrap(base) => (*base, Step::Unwrap),
            root => {
                let (root, steps) = (self.root(id, root)?, Vec::new());
                return Some(Path { root, steps, kind: Kind::of(ty), optional: is_optional(ty) });
            }
        };
        let mut path = self.path(base)?;
        let fits = match step {
            Step::Attr(_) => path.kind == Kind::Entity && !path.optional,
            Step::OptionalAttr(_) => path.kind == Kind::Entity && path.optional,
            Step::Unwrap => path.optional,
        };
        path.steps.push(step);
        (path.kind, path.optional) = (Kind::of(ty), is_optional(ty));
        fits.then_some(path)
    }

    fn root(&mut self, id: ExprId, expr: &Expr) -> Option<Root> {
        Some(match expr {
            Expr::Agent => Root::Agent,
            Expr::Resource => Root::Resource,
            Expr::Now => Root::Now,
            Expr::Arg(arg) => Root::Arg(*arg),
            Expr::Param(param) => Root::Param(*param),
            Expr::Entity(..) => Root::Named(self.name(id)?),
            _ => return None,
        })
    }
}

fn is_optional(ty: &Type) -> bool {
    matches!(ty, Type::Optional(_))
}
