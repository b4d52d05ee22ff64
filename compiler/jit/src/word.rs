//! Values as words of 64 bits.
//!
//! A truth value is 0 or 1, a number its bits, an entity its number in the facts. A text is its symbol, or, if it has
//! none, [`UNNAMED`] and its place among the texts of the request: two texts are equal if their words are, and else
//! only if neither has a symbol and their bytes are the same. A collection is where its words are.

use permit_ir::types::Type;

/// In the word of a text: it has no symbol, what is below is its place among the request's texts.
pub(crate) const UNNAMED: u64 = 1 << 63;

/// How a value is held in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// 0 or 1.
    Bool,
    /// The bits of an `i64`: every number, instant, duration and variant.
    Number,
    /// An entity's place in the facts.
    Entity,
    /// A text.
    Text,
    /// A set or list of words.
    Words,
    /// A set or list of texts.
    Texts,
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
            Type::Set(of) | Type::List(of) => match Self::of(of) {
                Self::Bool | Self::Number | Self::Entity => Self::Words,
                Self::Text => Self::Texts,
                Self::Words | Self::Texts | Self::Foreign => Self::Foreign,
            },
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
}

/// Where the words of a collection are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Region {
    /// Among those of the facts.
    Facts,
    /// Among those of the request.
    Request,
    /// Among the constants.
    Constants,
}

/// A collection as a word: its region in the two highest bits, where it starts in the next thirty, and its length.
pub(crate) fn collection(region: Region, start: usize, len: usize) -> Option<u64> {
    let region = match region {
        Region::Facts => 0,
        Region::Request => 1,
        Region::Constants => 2,
    };
    let start = u32::try_from(start).ok().filter(|start| *start < 1 << 30)?;
    Some((region << 62) | (u64::from(start) << 32) | u64::from(u32::try_from(len).ok()?))
}

/// What [`collection`] put together.
pub(crate) fn region(word: u64) -> Option<(Region, std::ops::Range<usize>)> {
    let region = match word >> 62 {
        0 => Region::Facts,
        1 => Region::Request,
        2 => Region::Constants,
        _ => return None,
    };
    let start = usize::try_from((word >> 32) & ((1 << 30) - 1)).ok()?;
    let len = usize::try_from(word & u64::from(u32::MAX)).ok()?;
    Some((region, start..start.checked_add(len)?))
}
