//! Conditions as native code sees them: a shape over the places of constants.

use permit_ir::program::{ArithmeticOp, CompareOp};

use crate::libcalls::Libcall;

/// A shape. It is all that the code of a condition depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Term {
    /// A constant by its place in the row.
    Constant(u16),
    Agent,
    Resource,
    Now,
    /// An argument by number.
    Arg {
        arg: u16,
        optional: bool,
    },
    /// A parameter of the scope by place.
    Param {
        place: u16,
        optional: bool,
    },
    /// An attribute of an entity, which must be of one of these types: the type's number, and the attribute's place
    /// among those of the type.
    Attr {
        of: Box<Self>,
        places: Vec<(u16, u16)>,
        optional: bool,
    },
    /// The same of an entity that may be absent.
    OptionalAttr {
        of: Box<Self>,
        places: Vec<(u16, u16)>,
    },
    /// The number of an entity's type.
    TypeOf(Box<Self>),
    /// The entity, which must be of one of these types.
    Cast(Box<Self>, Vec<u16>),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    /// A comparison of words: signed if it orders.
    Compare(CompareOp, Box<Self>, Box<Self>),
    Neg(Box<Self>),
    Arithmetic(ArithmeticOp, Box<Self>, Box<Self>),
    /// A function over words, called by native code.
    Call(Libcall, Vec<Self>),
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
    /// What always holds.
    True,
}

/// A test of two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    Equal,
    Call(Libcall),
}

impl Term {
    /// How many arguments, from the first on, the code reads.
    pub(crate) fn args(&self) -> usize {
        let own = if let Self::Arg { arg, .. } = self { usize::from(*arg) + 1 } else { 0 };
        self.operands().map(Self::args).fold(own, usize::max)
    }

    /// How many parameters, from the first on, the code reads.
    pub(crate) fn params(&self) -> usize {
        let own = if let Self::Param { place, .. } = self { usize::from(*place) + 1 } else { 0 };
        self.operands().map(Self::params).fold(own, usize::max)
    }

    fn operands(&self) -> impl Iterator<Item = &Self> {
        let (fixed, list): ([Option<&Self>; 3], &[Self]) = match self {
            Self::Constant(_)
            | Self::Agent
            | Self::Resource
            | Self::Now
            | Self::Arg { .. }
            | Self::Param { .. }
            | Self::True => ([None; 3], &[]),
            Self::Attr { of, .. }
            | Self::OptionalAttr { of, .. }
            | Self::TypeOf(of)
            | Self::Cast(of, _)
            | Self::Not(of)
            | Self::Neg(of)
            | Self::Present(of)
            | Self::Unwrap(of) => ([Some(of), None, None], &[]),
            Self::And(a, b)
            | Self::Or(a, b)
            | Self::Compare(_, a, b)
            | Self::Arithmetic(_, a, b)
            | Self::Else(a, b) => ([Some(a), Some(b), None], &[]),
            Self::If(a, b, c) => ([Some(a), Some(b), Some(c)], &[]),
            Self::Call(_, list) => ([None; 3], list),
            Self::AnyOf { left: of, others: list, .. } | Self::Select(of, list) => {
                ([Some(of), None, None], list)
            }
        };
        fixed.into_iter().flatten().chain(list)
    }
}
