//! Random well-typed conditions, with every kind of expression.

use std::sync::Arc;

use permit_ir::intrinsics::Intrinsic;
use permit_ir::program::{ArithmeticOp, CompareOp, Expr};
use permit_ir::sample::{CUSTOMER, ORDER, SUPPORT_BOT, TEAM, TIER, optional, set};
use permit_ir::types::{EntityTypeId, ExprId, FieldId, RegexId, Type, ZoneId};
use permit_types::money::{Currency, Decimal, Money};

use crate::tape::Tape;
use crate::world::{
    BLOCKS, DATES, EMAILS, IDS, IPS, NUMBERS, PATHS, TEXTS, TIMES, URLS, World, base_types, foreign_types,
    given_types,
};

const GLOBS: [&str; 6] = ["*", "a*", "*b", "a*b", "é*é", "acme.example"];
const COMPARISONS: [CompareOp; 6] =
    [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];

/// Writes expressions into a program.
pub(crate) struct Writer<'w, 't, 'b> {
    pub(crate) world: &'w mut World,
    pub(crate) tape: &'t mut Tape<'b>,
    /// Whether the expression stands in the scope: it may then speak of parameters and not of a support bot.
    pub(crate) in_scope: bool,
    /// Whether it may hold what native code does not: quantifiers, intrinsics, records, maps, values in parts.
    pub(crate) foreign: bool,
}

impl Writer<'_, '_, '_> {
    /// A condition of at most this depth.
    pub(crate) fn condition(&mut self, depth: usize) -> ExprId {
        self.test(depth)
    }

    fn expr(&mut self, ty: &Type, depth: usize) -> ExprId {
        let optional = matches!(ty, Type::Optional(_));
        match self.tape.pick(12) {
            _ if depth == 0 => self.leaf(ty),
            9 => {
                let less = depth.saturating_sub(2);
                let test = self.expr(&Type::Bool, less);
                let branches = (self.expr(ty, less), self.expr(ty, less));
                self.world.push(Expr::If(test, branches.0, branches.1), ty.clone())
            }
            10 => {
                let (key, count) = if self.tape.chance(4) { (Type::Enum(TIER), 3) } else { (Type::Bool, 2) };
                // Branches are many: they are less deep, so that a program stays within what the verifier lets be.
                let less = depth.saturating_sub(2);
                let key = self.expr(&key, less);
                let branches = (0..count).map(|_| self.expr(ty, less)).collect();
                self.world.push(Expr::Select(key, branches), ty.clone())
            }
            11 if self.foreign => self.foreign(ty, depth - 1),
            0 | 1 => self.leaf(ty),
            2 | 3 => self.attribute(ty, depth),
            4 if base_types().contains(ty) => {
                let (left, right) = (self.maybe(ty, depth - 1), self.expr(ty, depth - 1));
                self.world.push(Expr::Else(left, right), ty.clone())
            }
            5 if base_types().contains(ty) && self.tape.chance(2) => {
                let of = self.maybe(ty, depth - 1);
                self.world.push(Expr::Unwrap(of), ty.clone())
            }
            _ if optional => self.attribute(ty, depth),
            _ => self.operator(ty, depth),
        }
    }

    fn maybe(&mut self, ty: &Type, depth: usize) -> ExprId {
        self.expr(&optional(ty.clone()), depth)
    }

    fn operator(&mut self, ty: &Type, depth: usize) -> ExprId {
        let depth = depth - 1;
        let expr = match ty {
            Type::Bool => return self.test(depth),
            Type::Int | Type::Decimal | Type::Money(_) | Type::Duration => match self.tape.pick(6) {
                0 => Expr::Neg(self.expr(ty, depth)),
                1 => {
                    let (number, int) = (self.expr(ty, depth), self.expr(&Type::Int, depth));
                    let (left, right) = if self.tape.chance(4) { (number, int) } else { (int, number) };
                    Expr::Arithmetic(ArithmeticOp::Mul, left, right)
                }
                2 if *ty == Type::Duration => {
                    let (left, right) = (self.expr(&Type::Instant, depth), self.expr(&Type::Instant, depth));
                    Expr::Arithmetic(ArithmeticOp::Sub, left, right)
                }
                op => {
                    let op = if op % 2 == 0 { ArithmeticOp::Add } else { ArithmeticOp::Sub };
                    Expr::Arithmetic(op, self.expr(ty, depth), self.expr(ty, depth))
                }
            },
            Type::Instant => {
                let (instant, span) = (self.expr(ty, depth), self.expr(&Type::Duration, depth));
                match self.tape.pick(3) {
                    0 => Expr::Arithmetic(ArithmeticOp::Add, instant, span),
                    1 => Expr::Arithmetic(ArithmeticOp::Add, span, instant),
                    _ => Expr::Arithmetic(ArithmeticOp::Sub, instant, span),
                }
            }
            Type::Set(inner) => {
                let constant = self.tape.chance(4);
                let element = |w: &mut Self| if constant { w.constant(inner) } else { w.expr(inner, depth) };
                Expr::Set((0..self.tape.pick(4)).map(|_| element(self)).collect())
            }
            _ => return self.leaf(ty),
        };
        self.world.push(expr, ty.clone())
    }

    fn test(&mut self, depth: usize) -> ExprId {
        let Some(less) = depth.checked_sub(1) else { return self.leaf(&Type::Bool) };
        if self.foreign && self.tape.chance(4) {
            return self.foreign(&Type::Bool, less);
        }
        let expr = match self.tape.pick(13) {
            12 => {
                let of = self.entity();
                let mut types = vec![CUSTOMER, self.tape.one_of(&[TEAM, ORDER, SUPPORT_BOT])];
                types.sort_unstable();
                Expr::Is(self.expr(&of, less), types)
            }
            0 => Expr::Not(self.expr(&Type::Bool, less)),
            1 | 2 => Expr::And(self.test(less), self.test(less)),
            3 | 4 => Expr::Or(self.test(less), self.test(less)),
            5 | 6 => self.comparison(less),
            7 => {
                let ty = self.base();
                let (left, right) = (self.expr(&ty, less), self.collection(&ty, less));
                Expr::In(left, right)
            }
            8 => {
                let (left, right) = (self.entity(), self.entity());
                Expr::Within(self.expr(&left, less), self.expr(&right, less))
            }
            9 => {
                let (left, right) = (self.entity(), self.entity());
                Expr::WithinAny(self.expr(&left, less), self.collection(&right, less))
            }
            10 => Expr::Like(self.expr(&Type::String, less), self.tape.one_of(&GLOBS).to_owned()),
            _ => {
                let ty = self.base();
                Expr::Present(self.maybe(&ty, less))
            }
        };
        self.world.push(expr, Type::Bool)
    }

    /// What native code leaves to the interpreter.
    fn foreign(&mut self, ty: &Type, depth: usize) -> ExprId {
        let yields = |intrinsic: &&Intrinsic| intrinsic.result().ty().as_ref() == Some(ty);
        let calls: Vec<Intrinsic> = Intrinsic::ALL.iter().filter(yields).copied().collect();
        let expr = match (self.tape.pick(4), ty) {
            (0, Type::Bool | Type::Int) => {
                let of = self.base();
                let (over, body) = (self.collection(&of, depth), self.body(&of, depth.min(1)));
                match (ty, self.tape.chance(4)) {
                    (Type::Int, _) => Expr::Count { over, body },
                    (_, true) => Expr::Any { over, body },
                    (_, false) => Expr::All { over, body },
                }
            }
            (1, Type::Bool) => {
                let ty = self.tape.one_of(&foreign_types()[..6]);
                let op = self.tape.one_of(&COMPARISONS[..2]);
                Expr::Compare(op, self.leaf(&ty), self.leaf(&ty))
            }
            (2, Type::Int) => {
                let map = if self.tape.chance(4) { self.map(depth) } else { self.leaf(&foreign_types()[6]) };
                let key = self.expr(&Type::String, depth);
                let found = self.world.push(Expr::Lookup(map, key), optional(Type::Int));
                Expr::Else(found, self.leaf(&Type::Int))
            }
            _ if calls.is_empty() => return self.leaf(ty),
            _ => {
                let intrinsic = self.tape.one_of(&calls);
                let args = intrinsic.args().iter();
                let args = args.map(|shape| match shape.ty().unwrap_or_else(|| ty.clone()) {
                    literal @ (Type::Zone | Type::Regex) => self.constant(&literal),
                    part => self.leaf(&part),
                });
                Expr::Call(intrinsic, args.collect())
            }
        };
        self.world.push(expr, ty.clone())
    }

    /// A map from texts to numbers, perhaps an empty one.
    fn map(&mut self, depth: usize) -> ExprId {
        let keys: Vec<String> =
            TEXTS[..self.tape.pick(TEXTS.len())].iter().map(|&key| key.to_owned()).collect();
        let values = keys.iter().map(|_| self.expr(&Type::Int, depth)).collect();
        self.world.push(Expr::Map(keys, values), foreign_types()[6].clone())
    }

    /// A body that compares the element with a value from around the quantifier, or does not look at it.
    fn body(&mut self, ty: &Type, depth: usize) -> ExprId {
        if self.tape.chance(2) {
            return self.test(depth);
        }
        let element = self.world.push(Expr::Element(0), ty.clone());
        let other = self.leaf(ty);
        self.world.push(Expr::Compare(self.tape.one_of(&COMPARISONS[..2]), element, other), Type::Bool)
    }

    fn comparison(&mut self, depth: usize) -> Expr {
        if self.tape.chance(1) {
            let ty = self.base();
            let ty = if self.tape.chance(4) { set(ty) } else { Type::List(Box::new(ty)) };
            let op = self.tape.one_of(&COMPARISONS[..2]);
            return Expr::Compare(op, self.expr(&ty, depth), self.expr(&ty, depth));
        }
        let ty = self.base();
        let ops = if ty.is_ordered() { &COMPARISONS[..] } else { &COMPARISONS[..2] };
        let op = self.tape.one_of(ops);
        let right = if matches!(ty, Type::Entity(_)) { self.entity() } else { ty.clone() };
        Expr::Compare(op, self.expr(&ty, depth), self.expr(&right, depth))
    }

    fn collection(&mut self, ty: &Type, depth: usize) -> ExprId {
        let ty = if self.tape.chance(6) { set(ty.clone()) } else { Type::List(Box::new(ty.clone())) };
        self.expr(&ty, depth)
    }

    fn base(&mut self) -> Type {
        self.tape.one_of(&base_types())
    }

    fn entity(&mut self) -> Type {
        Type::Entity(vec![self.tape.one_of(&[CUSTOMER, TEAM, SUPPORT_BOT, ORDER])])
    }

    /// An attribute of this type, of an entity that may be absent if the type is optional; a leaf if there is none.
    fn attribute(&mut self, ty: &Type, depth: usize) -> ExprId {
        let through = matches!(ty, Type::Optional(_)) && self.tape.chance(5);
        let fits = |field: &Type| if through { field.required() == ty.required() } else { field == ty };
        let mut found: Vec<(EntityTypeId, FieldId)> = Vec::new();
        for of in [CUSTOMER, SUPPORT_BOT, ORDER] {
            let program = &self.world.program;
            let fields = program.entities[of.index()].fields.iter();
            found.extend(fields.filter(|f| fits(&program.fields[f.index()].ty)).map(|&f| (of, f)));
        }
        if found.is_empty() {
            return self.leaf(ty);
        }
        let (of, field) = self.tape.one_of(&found);
        let base = Type::Entity(vec![of]);
        let expr = if through {
            Expr::OptionalAttr(self.maybe(&base, depth - 1), field)
        } else {
            Expr::Attr(self.expr(&base, depth - 1), field)
        };
        self.world.push(expr, ty.clone())
    }

    fn leaf(&mut self, ty: &Type) -> ExprId {
        let subject = match ty {
            Type::Instant => Some(Expr::Now),
            Type::Entity(types) if types[..] == [ORDER] => Some(Expr::Resource),
            Type::Entity(types) if types[..] == [SUPPORT_BOT] && !self.in_scope => Some(Expr::Agent),
            _ => None,
        };
        if let Some(subject) = subject.filter(|_| self.tape.chance(5)) {
            let of = self.world.push(subject, ty.clone());
            return match ty {
                Type::Entity(types) if self.tape.chance(3) => {
                    self.world.push(Expr::Cast(of, types.clone()), ty.clone())
                }
                _ => of,
            };
        }
        if base_types().contains(ty) && self.tape.chance(2) {
            return self.constant(ty);
        }
        let given = given_types();
        let places: Vec<usize> = (0..given.len()).filter(|&place| given[place] == *ty).collect();
        let place = self.tape.one_of(&places);
        let param = self.in_scope && self.tape.chance(5);
        let expr = if param { Expr::Param(u16::try_from(place).unwrap()) } else { self.world.arg(place) };
        self.world.push(expr, ty.clone())
    }

    fn constant(&mut self, ty: &Type) -> ExprId {
        let number = self.tape.one_of(&NUMBERS);
        let expr = match ty {
            Type::Bool => Expr::Bool(self.tape.chance(4)),
            Type::Int => Expr::Int(number),
            Type::Decimal => Expr::Decimal(Decimal { millionths: number }),
            Type::Money(_) => Expr::Money(Money { currency: Currency::USD, minor: number }),
            Type::Instant => Expr::Instant(number),
            Type::Duration => Expr::Duration(number),
            Type::Enum(id) => Expr::Variant(*id, u16::try_from(self.tape.pick(3)).unwrap()),
            Type::String => Expr::String(self.tape.one_of(&TEXTS).to_owned()),
            Type::Entity(types) => Expr::Entity(types[0], self.tape.one_of(&IDS).to_owned()),
            Type::Date => Expr::Date(self.tape.one_of(&DATES)),
            Type::TimeOfDay => Expr::TimeOfDay(self.tape.one_of(&TIMES)),
            Type::Url => Expr::Url(Arc::new(self.tape.one_of(&URLS).parse().unwrap())),
            Type::Path => Expr::Path(self.tape.one_of(&PATHS).parse().unwrap()),
            Type::Email => Expr::Email(self.tape.one_of(&EMAILS).parse().unwrap()),
            Type::Ip => Expr::Ip(self.tape.one_of(&IPS).parse().unwrap()),
            Type::Cidr => Expr::Cidr(self.tape.one_of(&BLOCKS).parse().unwrap()),
            Type::Zone => Expr::Zone(ZoneId(0)),
            Type::Regex => Expr::Regex(RegexId(0)),
            Type::Set(_) | Type::List(_) | Type::Optional(_) | Type::Record(_) | Type::Map(_) => {
                return self.leaf(ty);
            }
        };
        self.world.push(expr, ty.clone())
    }
}
