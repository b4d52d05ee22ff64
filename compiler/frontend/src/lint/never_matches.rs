//! A rule whose conditions no request can meet: intervals of numbers, sets of variants and what is present contradict each
//! other.

use std::collections::{BTreeMap, BTreeSet};

use permit_ir::program::CompareOp;
use permit_ir::types::Type;

use crate::check::constant::{Constant, fold};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind, Module};
use crate::resolve::Symbols;

pub(super) fn lint(module: &Module, symbols: &Symbols, found: &mut Vec<Diagnostic>) {
    for rule in &module.rules {
        let mut seen = Seen { symbols, places: BTreeMap::new() };
        let mut open: Vec<(&Expr, bool)> = Vec::new();
        for condition in rule.conditions.iter().rev() {
            open.push((&condition.expr, !condition.negated));
        }
        if let Err(place) = seen.all(open, CHOICES_MAX) {
            let message = format!("rule `{}` never matches: its conditions contradict each other", rule.name);
            let diagnostic = Diagnostic::warning(Code::NeverMatches, rule.name_span, message, "does nothing")
                .also(place.span, "cannot hold beside what stands before it");
            found.push(diagnostic.help("change one of the conditions, or write `or` where either will do"));
        }
    }
}

/// How deep choices within choices are followed.
const CHOICES_MAX: usize = 3;

/// What is known of the values that a request is read from.
#[derive(Clone)]
struct Seen<'a> {
    symbols: &'a Symbols,
    places: BTreeMap<String, Values>,
}

/// The values that a place may still have.
#[derive(Clone, Default)]
struct Values {
    /// The least and the greatest number.
    from: Option<i64>,
    to: Option<i64>,
    /// If there are only so many.
    only: Option<BTreeSet<Constant>>,
    not: BTreeSet<Constant>,
}

impl<'a> Seen<'a> {
    /// Takes in that all of these hold or do not; the first that cannot is the error.
    fn all<'e>(&mut self, mut open: Vec<(&'e Expr, bool)>, choices: usize) -> Result<(), &'e Expr> {
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

    /// `None` when it cannot be.
    fn atom(&mut self, expr: &Expr, holds: bool) -> Option<()> {
        match &expr.kind {
            ExprKind::Compare(op, left, right) => {
                let op = if holds { op.value } else { inverse(op.value) };
                match (place(left), fold(right), place(right), fold(left)) {
                    (Some(place), Some(value), ..) => self.compare(place, &left.ty, op, value),
                    (.., Some(place), Some(value)) => self.compare(place, &right.ty, turned(op), value),
                    _ => Some(()),
                }
            }
            ExprKind::InRange(value, from, to) if holds => {
                let Some(place) = place(value) else { return Some(()) };
                if let Some(from) = fold(from) {
                    self.compare(place.clone(), &value.ty, CompareOp::Ge, from)?;
                }
                match fold(to) {
                    Some(to) => self.compare(place, &value.ty, CompareOp::Lt, to),
                    None => Some(()),
                }
            }
            ExprKind::In(value, set) => {
                let (Some(place), ExprKind::Set(elements)) = (place(value), &set.kind) else {
                    return Some(());
                };
                let Some(elements) = elements.iter().map(fold).collect::<Option<BTreeSet<_>>>() else {
                    return Some(());
                };
                let variants = self.variants(&value.ty);
                let values = self.places.entry(place).or_default();
                if holds {
                    values.keep(&elements);
                } else {
                    values.not.extend(elements);
                }
                values.some_left(variants).then_some(())
            }
            ExprKind::Present(inner) => match place(inner) {
                Some(place) => self.truth(format!("present({place})"), holds),
                None => Some(()),
            },
            ExprKind::Is(inner, id) => match place(inner) {
                Some(place) => self.truth(format!("{place} is {}", id.0), holds),
                None => Some(()),
            },
            _ => match place(expr) {
                Some(place) => self.truth(place, holds),
                None => Some(()),
            },
        }
    }

    fn truth(&mut self, place: String, holds: bool) -> Option<()> {
        self.compare(place, &Type::Bool, CompareOp::Eq, Constant::Bool(holds))
    }

    fn compare(&mut self, place: String, ty: &Type, op: CompareOp, value: Constant) -> Option<()> {
        let variants = self.variants(ty);
        let values = self.places.entry(place).or_default();
        match (op, &value) {
            (CompareOp::Eq, _) => values.keep(&BTreeSet::from([value])),
            (CompareOp::Ne, _) => drop(values.not.insert(value)),
            (CompareOp::Lt, Constant::Number(number)) => values.at_most(number.checked_sub(1)?),
            (CompareOp::Le, Constant::Number(number)) => values.at_most(*number),
            (CompareOp::Gt, Constant::Number(number)) => values.at_least(number.checked_add(1)?),
            (CompareOp::Ge, Constant::Number(number)) => values.at_least(*number),
            _ => {}
        }
        values.some_left(variants).then_some(())
    }

    /// How many variants there are, of an enum.
    fn variants(&self, ty: &Type) -> Option<usize> {
        let Type::Enum(id) = ty else { return None };
        self.symbols.enum_decl(*id).map(|decl| decl.variants.len())
    }
}

impl Values {
    fn keep(&mut self, values: &BTreeSet<Constant>) {
        self.only = Some(match &self.only {
            Some(only) => only.intersection(values).cloned().collect(),
            None => values.clone(),
        });
    }

    fn at_most(&mut self, number: i64) {
        self.to = Some(self.to.map_or(number, |to| to.min(number)));
    }

    fn at_least(&mut self, number: i64) {
        self.from = Some(self.from.map_or(number, |from| from.max(number)));
    }

    fn some_left(&self, variants: Option<usize>) -> bool {
        let (from, to) = (self.from.unwrap_or(i64::MIN), self.to.unwrap_or(i64::MAX));
        let fits = |value: &Constant| match value {
            Constant::Number(number) => (from..=to).contains(number),
            _ => true,
        };
        let excluded = self.not.iter().filter(|value| matches!(value, Constant::Variant(_))).count();
        from <= to
            && !(from == to && self.not.contains(&Constant::Number(from)))
            && variants.is_none_or(|variants| excluded < variants)
            && self
                .only
                .as_ref()
                .is_none_or(|only| only.iter().any(|value| fits(value) && !self.not.contains(value)))
    }
}

/// Where a value is read from; two expressions of one place have one value.
fn place(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Agent => Some("agent".to_owned()),
        ExprKind::Resource => Some("resource".to_owned()),
        ExprKind::Now => Some("now".to_owned()),
        ExprKind::Arg(named) => Some(format!("argument {}", named.name)),
        ExprKind::Param(number) => Some(format!("parameter {number}")),
        ExprKind::Attr { base, field, .. } => Some(format!("{}.{}", place(base)?, field.name)),
        ExprKind::Member { base, place: number, .. } => Some(format!("{}.{number}", place(base)?)),
        ExprKind::Unwrap(inner) | ExprKind::Cast(inner) => place(inner),
        _ => None,
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
