//! Conditions as native code sees them: a shape over the places of slots and constants.

use permit_ir::program::{ArithmeticOp, CompareOp};
use permit_ir::types::{ArgId, EntityTypeId, FieldId, Type};
use permit_ir::value::EntityRef;

use crate::intrinsics::Intrinsic;

/// How a value is held in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// 0 or 1.
    Bool,
    /// The bits of an `i64`: every number, instant, duration and variant.
    Number,
    /// An entity's place in the facts.
    Entity,
    /// The address of a text.
    Text,
    /// The address of a set or list.
    Elements,
    /// Nothing that native code holds.
    Foreign,
}

impl Kind {
    /// The kind of a type's values when they are there.
    pub(crate) fn of(ty: &Type) -> Self {
        match ty.required() {
            Type::Bool => Self::Bool,
            Type::Int
            | Type::Decimal
            | Type::Money(_)
            | Type::Instant
            | Type::Duration
            | Type::Enum(_)
            | Type::Date
            | Type::TimeOfDay => Self::Number,
            Type::Entity(_) => Self::Entity,
            Type::String => Self::Text,
            Type::Set(_) | Type::List(_) => Self::Elements,
            Type::Url
            | Type::Path
            | Type::Email
            | Type::Ip
            | Type::Cidr
            | Type::Record(_)
            | Type::Map(_)
            | Type::Zone
            | Type::Regex
            | Type::Optional(_) => Self::Foreign,
        }
    }

    /// Whether equal values have equal words.
    pub(crate) const fn is_word(self) -> bool {
        matches!(self, Self::Bool | Self::Number | Self::Entity)
    }
}

/// Where a value comes from: the request, the scope or the program, and attributes from there on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Path {
    pub(crate) root: Root,
    pub(crate) steps: Vec<Step>,
    pub(crate) kind: Kind,
    pub(crate) optional: bool,
}

/// The beginning of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Root {
    Agent,
    Resource,
    Now,
    Arg(ArgId),
    Param(u16),
    Named(EntityRef),
}

/// One step of a path, from what must be an entity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Step {
    Attr(FieldId),
    OptionalAttr(FieldId),
    Unwrap,
    /// Nothing changes if the entity is of one of these types, else it traps.
    Cast(Box<[EntityTypeId]>),
}

/// A shape. It is all that the code of a condition depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Term {
    /// A constant by its place in the row.
    Constant(u16),
    /// The value of a path by its place in the frame.
    Slot {
        place: u8,
        optional: bool,
    },
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    /// A comparison of words: signed if it orders.
    Compare(CompareOp, Box<Self>, Box<Self>),
    Neg(Box<Self>),
    Arithmetic(ArithmeticOp, Box<Self>, Box<Self>),
    /// An intrinsic over words.
    Call(Intrinsic, Vec<Self>),
    /// Whether the left value stands in the test's relation to one of the others, all of which are evaluated.
    AnyOf {
        test: Test,
        left: Box<Self>,
        others: Vec<Self>,
    },
    /// The second if the first is so, else the third; both may be absent or neither.
    If(Box<Self>, Box<Self>, Box<Self>),
    /// The branch at the place that the key says; all may be absent or none.
    Select(Box<Self>, Vec<Self>),
    Present(Box<Self>),
    Unwrap(Box<Self>),
    Else(Box<Self>, Box<Self>),
}

/// A test of two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    Equal,
    Call(Intrinsic),
}
