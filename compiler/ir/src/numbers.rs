//! The numbers by which the variants of the IR's enums are known in a bundle; those of the intrinsics stand in their table,
//! [`crate::for_each_intrinsic`].
//!
//! A number means one thing for good. A new variant takes a number that none before it had; the number of one that is
//! removed is never given again. `docs/formats/bundle.md` has the same tables, and a test holds them against these.

use std::sync::Arc;

use crate::email::Email;
use crate::file_path::FilePath;
use crate::intrinsics::Intrinsic;
use crate::ip::{Cidr, Ip};
use crate::program::{AgentPattern, ArithmeticOp, CompareOp, Effect, EntityKind, Expr, LimitWindow};
use crate::types::{ArgId, EntityTypeId, EnumId, ExprId, FieldId, Levels, RecordId, RegexId, Type, ZoneId};
use crate::url::Url;
use crate::wire::numbered;
use permit_types::charge::Period;
use permit_types::money::{Currency, Decimal, Money};

numbered! {
    Type read by Levels<Inner: Into<Box<Type>>> {
        0 Bool;
        1 Int;
        2 Decimal;
        3 String;
        4 Money(currency: Currency);
        5 Instant;
        6 Duration;
        7 Enum(of: EnumId);
        8 Entity(of: Vec<EntityTypeId>);
        9 Set(of: Inner);
        10 List(of: Inner);
        11 Optional(of: Inner);
        12 Date;
        13 TimeOfDay;
        14 Url;
        15 Path;
        16 Email;
        17 Ip;
        18 Cidr;
        19 Record(of: RecordId);
        20 Map(of: Inner);
        21 Zone;
        22 Regex;
    }
}

numbered! {
    EntityKind {
        0 Group;
        1 Agent;
        2 Person;
        3 Resource;
    }
}

numbered! {
    Expr {
        0 Bool(value: bool);
        1 Int(value: i64);
        2 Decimal(value: Decimal);
        3 Money(value: Money);
        4 String(value: String);
        5 Instant(ms: i64);
        6 Duration(ms: i64);
        7 Variant(of: EnumId, place: u16);
        8 Entity(of: EntityTypeId, id: String);
        9 Agent;
        10 Resource;
        11 Now;
        12 Arg(arg: ArgId);
        13 Param(place: u16);
        14 Attr(of: ExprId, field: FieldId);
        15 OptionalAttr(of: ExprId, field: FieldId);
        16 Set(elements: Vec<ExprId>);
        17 Not(of: ExprId);
        18 And(left: ExprId, right: ExprId);
        19 Or(left: ExprId, right: ExprId);
        20 Compare(op: CompareOp, left: ExprId, right: ExprId);
        21 Neg(of: ExprId);
        22 Arithmetic(op: ArithmeticOp, left: ExprId, right: ExprId);
        23 In(element: ExprId, collection: ExprId);
        24 Within(entity: ExprId, place: ExprId);
        25 WithinAny(entity: ExprId, places: ExprId);
        26 Like(text: ExprId, glob: String);
        27 Present(of: ExprId);
        28 Unwrap(of: ExprId);
        29 Else(left: ExprId, right: ExprId);
        30 Date(days: i32);
        31 TimeOfDay(ms: u32);
        32 Url(value: Arc<Url>);
        33 Path(value: FilePath);
        34 Email(value: Email);
        35 Ip(value: Ip);
        36 Cidr(value: Cidr);
        37 Zone(zone: ZoneId);
        38 Regex(regex: RegexId);
        39 Absent;
        40 Lift(of: ExprId);
        41 List(elements: Vec<ExprId>);
        42 Record(of: RecordId, members: Vec<ExprId>);
        43 Member(of: ExprId, place: u16);
        44 OptionalMember(of: ExprId, place: u16);
        45 Lookup(map: ExprId, key: ExprId);
        46 If(condition: ExprId, yes: ExprId, no: ExprId);
        47 Select(key: ExprId, branches: Vec<ExprId>);
        48 Is(entity: ExprId, types: Vec<EntityTypeId>);
        49 Cast(entity: ExprId, types: Vec<EntityTypeId>);
        50 Any { over: ExprId, body: ExprId };
        51 All { over: ExprId, body: ExprId };
        52 Count { over: ExprId, body: ExprId };
        53 Element(depth: u8);
        54 Call(intrinsic: Intrinsic, arguments: Vec<ExprId>);
        55 Map(keys: Vec<String>, values: Vec<ExprId>);
    }
}

numbered! {
    CompareOp {
        0 Eq;
        1 Ne;
        2 Lt;
        3 Le;
        4 Gt;
        5 Ge;
    }
}

numbered! {
    ArithmeticOp {
        0 Add;
        1 Sub;
        2 Mul;
    }
}

numbered! {
    Effect {
        0 Permit;
        1 Review;
        2 Forbid;
    }
}

numbered! {
    AgentPattern {
        0 Type(of: EntityTypeId);
        1 Entity(of: EntityTypeId, id: String);
    }
}

numbered! {
    LimitWindow {
        0 Calendar { period: Period, zone: String };
        1 Sliding { length_ms: i64 };
    }
}

/// Every table.
#[cfg(test)]
pub(crate) const TABLES: [crate::wire::Numbers; 9] = [
    Type::NUMBERS,
    EntityKind::NUMBERS,
    Expr::NUMBERS,
    CompareOp::NUMBERS,
    ArithmeticOp::NUMBERS,
    Effect::NUMBERS,
    AgentPattern::NUMBERS,
    LimitWindow::NUMBERS,
    Intrinsic::NUMBERS,
];
