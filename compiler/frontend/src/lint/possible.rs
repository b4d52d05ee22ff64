//! Whether conditions can hold together: numeric intervals, sets of variants and strings, the order of two values, presence,
//! types, and hierarchy.
//!
//! "No" is a proof; "yes" only means that no contradiction was found. The facts are treated as unknown.

mod terms;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use permit_ir::program::CompareOp;
use permit_ir::types::{EntityTypeId, Type};

use crate::check::constant::{Constant, fold};
use crate::hir::{Expr, ExprKind};
use crate::resolve::Symbols;
pub(super) use terms::{Term, Terms};
use values::Values;

/// How deep choices within choices are followed.
pub(super) const CHOICES_MAX: usize = 3;

/// What is known of a request in which some conditions hold.
#[derive(Clone, Debug)]
pub(super) struct Possible<'a> {
    symbols: &'a Symbols,
    terms: &'a Terms,
    values: BTreeMap<Term, (Values, Option<usize>)>,
    /// How the first of two terms, that with the lower number, may compare with the other: bits of [`LESS`], [`SAME`]
    /// and [`MORE`].
    orders: BTreeMap<(Term, Term), u8>,
    types: BTreeMap<Term, BTreeSet<EntityTypeId>>,
    /// What lies in what, and what does not.
    within: BTreeSet<(Term, Term)>,
    not_within: BTreeSet<(Term, Term)>,
}

const LESS: u8 = 1;
const SAME: u8 = 2;
const MORE: u8 = 4;

impl<'a> Possible<'a> {
    pub(super) const fn new(symbols: &'a Symbols, terms: &'a Terms) -> Self {
        Self {
            symbols,
            terms,
            values: BTreeMap::new(),
            orders: BTreeMap::new(),
            types: BTreeMap::new(),
            within: BTreeSet::new(),
            not_within: BTreeSet::new(),
        }
    }

    /// Takes in that all of these hold or do not, the last first; the first that cannot is the error. Choices are looked
    /// at `choices` deep.
    pub(super) fn all<'e>(
        &mut self,
        mut open: Vec<(&'e Expr, bool)>,
        choices: usize,
    ) -> Result<(), &'e Expr> {
        let mut later = Vec::new();
        while let Some((expr, holds)) = open.pop() {
            match (&expr.kind, holds) {
                (ExprKind::Not(inner), _) => open.push((inner, !holds)),
                (ExprKind::And(a, b), true) | (ExprKind::Or(a, b), false) => {
                    open.push((b, holds));
                    open.push((a, holds));
                }
                (ExprKind::And(a, b), false) | (ExprKind::Or(a, b), true) => later.push((expr, a, b, holds)),
                _ => self.atom(expr, holds).ok_or(expr)?,
            }
        }
        if choices == 0 {
            return Ok(());
        }
        // One side of each choice must be possible beside what all of them share.
        for (expr, a, b, holds) in later {
            let possible = |side: &Expr| self.clone().all(vec![(side, holds)], choices - 1).is_ok();
            if !possible(a) && !possible(b) {
                return Err(expr);
            }
        }
        Ok(())
    }

    /// Takes in what is known of another; `None` when both cannot be. Choices are left out of account.
    pub(super) fn meet(&mut self, other: &Self) -> Option<()> {
        for (&term, (values, choices)) in &other.values {
            self.values
                .entry(term)
                .or_insert_with(|| (Values::default(), *choices))
                .0
                .meet(values, *choices)?;
        }
        for (&pair, &order) in &other.orders {
            self.order(pair, order)?;
        }
        for (&term, types) in &other.types {
            self.of_types(term, types)?;
        }
        self.within.extend(&other.within);
        self.not_within.extend(&other.not_within);
        self.hierarchy()
    }

    /// Whether both say something of the value or the order of one term.
    pub(super) fn has_in_common(&self, other: &Self) -> bool {
        self.values.keys().any(|term| other.values.contains_key(term))
            || self.orders.keys().any(|pair| other.orders.contains_key(pair))
    }

    /// `None` when it cannot be.
    fn atom(&mut self, expr: &Expr, holds: bool) -> Option<()> {
        match &expr.kind {
            ExprKind::Compare(op, left, right) => {
                let op = if holds { op.value } else { inverse(op.value) };
                self.compare(op, left, right)
            }
            ExprKind::InRange(value, from, to) if holds => {
                self.compare(CompareOp::Ge, value, from)?;
                self.compare(CompareOp::Lt, value, to)
            }
            ExprKind::In(value, set) => self.among(value, set, holds),
            ExprKind::Present(inner) => self.truth(self.terms.presence(inner), holds),
            ExprKind::Is(inner, id) => {
                let Type::Entity(all) = inner.ty.required() else { return Some(()) };
                let types = all.iter().copied().filter(|ty| (ty == id) == holds).collect();
                self.of_types(self.terms.of(inner), &types)
            }
            ExprKind::Like(inner, pattern) => {
                let values = self.values.entry(self.terms.of(inner)).or_default();
                values.0.like(pattern, holds)?;
                self.truth(self.terms.of(expr), holds)
            }
            ExprKind::Within(inner, outer) => {
                let pair = (self.terms.of(inner), self.terms.of(outer));
                if holds { &mut self.within } else { &mut self.not_within }.insert(pair);
                self.hierarchy()
            }
            ExprKind::WithinAny(inner, outer) => match &outer.kind {
                ExprKind::Set(elements) => self.within_any(inner, elements, holds),
                _ => self.truth(self.terms.of(expr), holds),
            },
            _ => self.truth(self.terms.of(expr), holds),
        }
    }

    fn among(&mut self, value: &Expr, set: &Expr, holds: bool) -> Option<()> {
        let ExprKind::Set(elements) = &set.kind else { return Some(()) };
        let Some(elements) = elements.iter().map(fold).collect::<Option<BTreeSet<_>>>() else {
            return Some(());
        };
        let choices = self.choices(&value.ty);
        let values = self.values.entry(self.terms.of(value)).or_insert_with(|| (Values::default(), choices));
        values.0.among(elements, holds, choices)
    }

    fn within_any(&mut self, inner: &Expr, elements: &[Expr], holds: bool) -> Option<()> {
        let inner = self.terms.of(inner);
        let pairs = elements.iter().map(|element| (inner, self.terms.of(element)));
        if !holds {
            let pairs: Vec<_> = pairs.collect();
            self.not_within.extend(pairs);
            return self.hierarchy();
        }
        let possible = |pair| {
            let mut chosen = self.clone();
            chosen.within.insert(pair);
            chosen.hierarchy().is_some()
        };
        pairs.into_iter().any(possible).then_some(())
    }

    fn truth(&mut self, term: Term, holds: bool) -> Option<()> {
        let values = self.values.entry(term).or_insert_with(|| (Values::default(), Some(2)));
        values.0.compare(CompareOp::Eq, Constant::Bool(holds), Some(2))
    }

    fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Option<()> {
        match (fold(left), fold(right)) {
            (Some(_), Some(_)) => Some(()),
            (None, Some(value)) => self.compare_with(left, op, value),
            (Some(value), None) => self.compare_with(right, turned(op), value),
            (None, None) => {
                let (one, other) = (self.terms.of(left), self.terms.of(right));
                let (pair, op) = if one <= other { ((one, other), op) } else { ((other, one), turned(op)) };
                self.order(pair, if one == other { allowed(op) & SAME } else { allowed(op) })
            }
        }
    }

    fn compare_with(&mut self, expr: &Expr, op: CompareOp, value: Constant) -> Option<()> {
        let (term, choices) = (self.terms.of(expr), self.choices(&expr.ty));
        if let (CompareOp::Eq, Constant::Entity(ty, _)) = (op, &value) {
            self.of_types(term, &BTreeSet::from([*ty]))?;
        }
        let values = self.values.entry(term).or_insert_with(|| (Values::default(), choices));
        values.0.compare(op, value, choices)
    }

    fn order(&mut self, pair: (Term, Term), order: u8) -> Option<()> {
        let known = self.orders.entry(pair).or_insert(LESS | SAME | MORE);
        *known &= order;
        (*known != 0).then_some(())
    }

    fn of_types(&mut self, term: Term, types: &BTreeSet<EntityTypeId>) -> Option<()> {
        let known = self.types.entry(term).or_insert_with(|| types.clone());
        known.retain(|ty| types.contains(ty));
        (!known.is_empty()).then_some(())
    }

    /// Whether nothing lies, directly or round about, in what it does not lie in. A thing lies in itself.
    fn hierarchy(&self) -> Option<()> {
        self.not_within.iter().all(|&(inner, outer)| !self.lies_in(inner, outer)).then_some(())
    }

    fn lies_in(&self, inner: Term, outer: Term) -> bool {
        let mut seen = vec![inner];
        let mut next = 0;
        while let Some(&at) = seen.get(next) {
            if at == outer {
                return true;
            }
            for &(_, above) in self.within.range((at, Term::MIN)..=(at, Term::MAX)) {
                if !seen.contains(&above) {
                    seen.push(above);
                }
            }
            next += 1;
        }
        false
    }

    /// How many values there are of a type with few of them.
    fn choices(&self, ty: &Type) -> Option<usize> {
        match ty {
            Type::Bool => Some(2),
            Type::Enum(id) => self.symbols.enum_decl(*id).map(|decl| decl.variants.len()),
            _ => None,
        }
    }
}

/// How the left side may compare with the right one.
const fn allowed(op: CompareOp) -> u8 {
    match op {
        CompareOp::Eq => SAME,
        CompareOp::Ne => LESS | MORE,
        CompareOp::Lt => LESS,
        CompareOp::Le => LESS | SAME,
        CompareOp::Gt => MORE,
        CompareOp::Ge => MORE | SAME,
    }
}

const fn inverse(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Ne,
        CompareOp::Ne => CompareOp::Eq,
        CompareOp::Lt => CompareOp::Ge,
        CompareOp::Le => CompareOp::Gt,
        CompareOp::Gt => CompareOp::Le,
        CompareOp::Ge => CompareOp::Lt,
    }
}

/// The comparison with its sides exchanged.
const fn turned(op: CompareOp) -> CompareOp {
    match op {
        CompareOp::Eq => CompareOp::Eq,
        CompareOp::Ne => CompareOp::Ne,
        CompareOp::Lt => CompareOp::Gt,
        CompareOp::Le => CompareOp::Ge,
        CompareOp::Gt => CompareOp::Lt,
        CompareOp::Ge => CompareOp::Le,
    }
}
