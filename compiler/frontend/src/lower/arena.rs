//! The arena: equal expressions, attributes and arguments are stored once, operands before the expressions that use them.

use std::collections::HashMap;

use permit_grammar::ast::Quantifier;
use permit_ir::program::{CompareOp, Expr, Named, Node, Program};
use permit_ir::types::{ArgId, ExprId, FieldId, RegexId, Type, ZoneId};

use crate::hir::{self, VariableId};

/// The tables of a program while it grows.
#[derive(Debug, Default)]
pub(super) struct Arena {
    nodes: Vec<Node>,
    known_nodes: HashMap<Node, ExprId>,
    fields: Vec<Named>,
    known_fields: HashMap<Named, FieldId>,
    args: Vec<Named>,
    known_args: HashMap<Named, ArgId>,
    zones: Vec<String>,
    regexes: Vec<String>,
    /// The quantifiers around the expression that is being lowered, the nearest last.
    variables: Vec<VariableId>,
}

/// The tables that expressions refer to.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) exprs: Vec<Node>,
    pub(super) fields: Vec<Named>,
    pub(super) args: Vec<Named>,
    pub(super) zones: Vec<String>,
    pub(super) regexes: Vec<String>,
}

/// The place of a text in a list of texts, each of which stands there once.
fn place_in(texts: &mut Vec<String>, text: String) -> Option<u16> {
    let place = texts.iter().position(|one| *one == text).unwrap_or_else(|| {
        texts.push(text);
        texts.len() - 1
    });
    u16::try_from(place).ok()
}

impl Arena {
    /// An arena that goes on behind a program, with the same numbers for what is in it.
    pub(super) fn behind(program: &Program) -> Option<Self> {
        let Program { exprs, fields, args, zones, regexes, .. } = program;
        let ids = |at: usize| u16::try_from(at).ok();
        let known = exprs.iter().enumerate();
        let known_nodes = known.map(|(at, node)| Some((node.clone(), ExprId(u32::try_from(at).ok()?))));
        let known = fields.iter().enumerate();
        let known_fields = known.map(|(at, field)| Some((field.clone(), FieldId(ids(at)?))));
        let known = args.iter().enumerate();
        let known_args = known.map(|(at, arg)| Some((arg.clone(), ArgId(ids(at)?))));
        Some(Self {
            known_nodes: known_nodes.collect::<Option<_>>()?,
            known_fields: known_fields.collect::<Option<_>>()?,
            known_args: known_args.collect::<Option<_>>()?,
            nodes: exprs.clone(),
            fields: fields.clone(),
            args: args.clone(),
            zones: zones.clone(),
            regexes: regexes.clone(),
            variables: Vec::new(),
        })
    }

    pub(super) fn into_tables(self) -> Tables {
        let Self { nodes: exprs, fields, args, zones, regexes, .. } = self;
        Tables { exprs, fields, args, zones, regexes }
    }

    pub(super) fn field(&mut self, named: &Named) -> Option<FieldId> {
        if let Some(&id) = self.known_fields.get(named) {
            return Some(id);
        }
        let id = FieldId(u16::try_from(self.fields.len()).ok()?);
        self.fields.push(named.clone());
        self.known_fields.insert(named.clone(), id);
        Some(id)
    }

    pub(super) fn arg(&mut self, named: &Named) -> Option<ArgId> {
        if let Some(&id) = self.known_args.get(named) {
            return Some(id);
        }
        let id = ArgId(u16::try_from(self.args.len()).ok()?);
        self.args.push(named.clone());
        self.known_args.insert(named.clone(), id);
        Some(id)
    }

    pub(super) fn node(&mut self, expr: Expr, ty: Type) -> Option<ExprId> {
        let node = Node { expr, ty };
        if let Some(&id) = self.known_nodes.get(&node) {
            return Some(id);
        }
        let id = ExprId(u32::try_from(self.nodes.len()).ok()?);
        self.nodes.push(node.clone());
        self.known_nodes.insert(node, id);
        Some(id)
    }

    /// All of the conditions, left to right; `None` inside when there are none.
    ///
    /// A long row becomes a balanced tree, since evaluators bound the depth: `and` means the same either way.
    pub(super) fn all_of(&mut self, conditions: &[ExprId]) -> Option<Option<ExprId>> {
        match conditions {
            [] => Some(None),
            some => self.balanced(some, Expr::And).map(Some),
        }
    }

    fn balanced(&mut self, row: &[ExprId], join: fn(ExprId, ExprId) -> Expr) -> Option<ExprId> {
        if let [only] = row {
            return Some(*only);
        }
        let (left, right) = row.split_at_checked(row.len().div_ceil(2))?;
        let (left, right) = (self.balanced(left, join)?, self.balanced(right, join)?);
        self.node(join(left, right), Type::Bool)
    }

    pub(super) fn expr(&mut self, expr: hir::Expr) -> Option<ExprId> {
        use hir::ExprKind as H;
        let ty = expr.ty;
        let lowered = match expr.kind {
            H::Bool(value) => Expr::Bool(value),
            H::Int(value) => Expr::Int(value),
            H::Decimal(value) => Expr::Decimal(value),
            H::Money(value) => Expr::Money(value),
            H::String(text) => Expr::String(text),
            H::Instant(instant_ms) => Expr::Instant(instant_ms),
            H::Duration(length_ms) => Expr::Duration(length_ms),
            H::Variant(id, place) => Expr::Variant(id, place),
            H::Entity(id, text) => Expr::Entity(id, text),
            H::Agent => Expr::Agent,
            H::Resource => Expr::Resource,
            H::Now => Expr::Now,
            H::Arg(named) => Expr::Arg(self.arg(&named)?),
            H::Param(place) => Expr::Param(place),
            H::Attr { base, field, optional: false } => Expr::Attr(self.expr(*base)?, self.field(&field)?),
            H::Attr { base, field, optional: true } => {
                Expr::OptionalAttr(self.expr(*base)?, self.field(&field)?)
            }
            H::Set(elements) => Expr::Set(self.list(elements)?),
            H::Not(inner) => Expr::Not(self.expr(*inner)?),
            H::And(left, right) => {
                let mut row = Vec::new();
                self.row(
                    hir::Expr { kind: H::And(left, right), ty, span: expr.span },
                    Connective::And,
                    &mut row,
                )?;
                return self.balanced(&row, Expr::And);
            }
            H::Or(left, right) => {
                let mut row = Vec::new();
                self.row(
                    hir::Expr { kind: H::Or(left, right), ty, span: expr.span },
                    Connective::Or,
                    &mut row,
                )?;
                return self.balanced(&row, Expr::Or);
            }
            H::Compare(op, left, right) => Expr::Compare(op.value, self.expr(*left)?, self.expr(*right)?),
            H::Neg(inner) => Expr::Neg(self.expr(*inner)?),
            H::Arithmetic(op, left, right) => Expr::Arithmetic(op, self.expr(*left)?, self.expr(*right)?),
            H::In(left, right) => Expr::In(self.expr(*left)?, self.expr(*right)?),
            H::InRange(value, from, to) => return self.in_range(*value, *from, *to),
            H::Within(left, right) => Expr::Within(self.expr(*left)?, self.expr(*right)?),
            H::WithinAny(left, right) => Expr::WithinAny(self.expr(*left)?, self.expr(*right)?),
            H::Like(left, pattern) => Expr::Like(self.expr(*left)?, pattern),
            H::Present(inner) => Expr::Present(self.expr(*inner)?),
            H::Unwrap(inner) => Expr::Unwrap(self.expr(*inner)?),
            H::Else(left, right) => Expr::Else(self.expr(*left)?, self.expr(*right)?),
            H::Cast(inner) => match &ty {
                Type::Entity(types) => Expr::Cast(self.expr(*inner)?, types.clone()),
                _ => return None,
            },
            kind => self.newer(kind)?,
        };
        self.node(lowered, ty)
    }

    /// The forms that lean on tables of their own, and those that choose.
    fn newer(&mut self, kind: hir::ExprKind) -> Option<Expr> {
        use hir::ExprKind as H;
        Some(match kind {
            H::If(condition, then, otherwise) => {
                Expr::If(self.expr(*condition)?, self.expr(*then)?, self.expr(*otherwise)?)
            }
            H::Select(key, branches) => Expr::Select(self.expr(*key)?, self.list(branches)?),
            H::Is(inner, id) => Expr::Is(self.expr(*inner)?, vec![id]),
            H::Absent => Expr::Absent,
            H::List(elements) => Expr::List(self.list(elements)?),
            H::Lift(inner) => Expr::Lift(self.expr(*inner)?),
            H::Record(id, members) => Expr::Record(id, self.list(members)?),
            H::Member { base, place, optional: false } => Expr::Member(self.expr(*base)?, place),
            H::Member { base, place, optional: true } => Expr::OptionalMember(self.expr(*base)?, place),
            H::Lookup(map, key) => Expr::Lookup(self.expr(*map)?, self.expr(*key)?),
            H::Map(keys, values) => Expr::Map(keys, self.list(values)?),
            H::Call(intrinsic, args) => Expr::Call(intrinsic, self.list(args)?),
            H::Quantified { quantifier, variable, over, body } => {
                let over = self.expr(*over)?;
                self.variables.push(variable);
                let body = self.expr(*body);
                self.variables.pop();
                let body = body?;
                match quantifier {
                    Quantifier::Any => Expr::Any { over, body },
                    Quantifier::All => Expr::All { over, body },
                    Quantifier::Count => Expr::Count { over, body },
                }
            }
            H::Element(variable) => {
                let distance = self.variables.iter().rev().position(|one| *one == variable)?;
                Expr::Element(u8::try_from(distance).ok()?)
            }
            H::Zone(iana) => Expr::Zone(ZoneId(place_in(&mut self.zones, iana)?)),
            H::Regex(pattern) => Expr::Regex(RegexId(place_in(&mut self.regexes, pattern)?)),
            H::Date(days) => Expr::Date(days),
            H::TimeOfDay(time_ms) => Expr::TimeOfDay(time_ms),
            H::Url(url) => Expr::Url(url),
            H::Path(path) => Expr::Path(path),
            H::Email(email) => Expr::Email(email),
            H::Ip(ip) => Expr::Ip(ip),
            H::Cidr(cidr) => Expr::Cidr(cidr),
            // Calls were replaced, so no parameter is left; the other forms were lowered before.
            _ => return None,
        })
    }

    fn list(&mut self, exprs: Vec<hir::Expr>) -> Option<Vec<ExprId>> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    /// `from <= value and value < to`
    fn in_range(&mut self, value: hir::Expr, from: hir::Expr, to: hir::Expr) -> Option<ExprId> {
        let value = self.expr(value)?;
        let (from, to) = (self.expr(from)?, self.expr(to)?);
        let above = self.node(Expr::Compare(CompareOp::Ge, value, from), Type::Bool)?;
        let below = self.node(Expr::Compare(CompareOp::Lt, value, to), Type::Bool)?;
        self.node(Expr::And(above, below), Type::Bool)
    }

    /// The operands of a row of one connective, left to right.
    fn row(&mut self, expr: hir::Expr, connective: Connective, row: &mut Vec<ExprId>) -> Option<()> {
        match (connective, expr.kind) {
            (Connective::And, hir::ExprKind::And(left, right))
            | (Connective::Or, hir::ExprKind::Or(left, right)) => {
                self.row(*left, connective, row)?;
                self.row(*right, connective, row)
            }
            (_, kind) => {
                row.push(self.expr(hir::Expr { kind, ty: expr.ty, span: expr.span })?);
                Some(())
            }
        }
    }
}

/// What joins a row.
#[derive(Clone, Copy, Debug)]
enum Connective {
    And,
    Or,
}
