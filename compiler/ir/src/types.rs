//! Types of the decision IR, and the numbers that identify a program's declarations.

use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize};

use crate::wire::{self, Numbered};
use permit_types::money::Currency;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty) in $table:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub struct $name(pub $inner);

        impl $name {
            #[doc = concat!("The place in `", $table, "`.")]
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

id!(
    /// An expression.
    ExprId(u32) in "Program::exprs"
);
id!(
    /// An enum type.
    EnumId(u16) in "Program::enums"
);
id!(
    /// A record type.
    RecordId(u16) in "Program::records"
);
id!(
    /// A time zone.
    ZoneId(u16) in "Program::zones"
);
id!(
    /// A regular expression.
    RegexId(u16) in "Program::regexes"
);
id!(
    /// An entity type.
    EntityTypeId(u16) in "Program::entities"
);
id!(
    /// An attribute: a name with a type, shared by every entity type that declares both alike.
    FieldId(u16) in "Program::fields"
);
id!(
    /// An action argument: a name with a type, shared by every action that declares both alike.
    ArgId(u16) in "Program::args"
);
id!(
    /// An action.
    ActionId(u16) in "Program::actions"
);
id!(
    /// A rule; the lowest number that matches decides.
    RuleId(u32) in "Program::rules"
);
id!(
    /// A scope.
    ScopeId(u16) in "Program::scopes"
);

/// The type of a value. Every expression has exactly one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`: 64 bits, checked.
    Int,
    /// `decimal`: fixed point, see [`permit_types::money::Decimal`].
    Decimal,
    /// `string`: UTF-8, compared by bytes.
    String,
    /// `money[CUR]`: checked minor units.
    Money(Currency),
    /// `instant`: milliseconds since the Unix epoch.
    Instant,
    /// `duration`: milliseconds.
    Duration,
    /// An enum; its values are variant numbers.
    Enum(EnumId),
    /// An entity of one of these types, ascending and without repetition.
    Entity(Vec<EntityTypeId>),
    /// `set[T]`; `T` is neither optional nor a collection.
    Set(Box<Type>),
    /// `list[T]`; `T` is neither optional nor a collection.
    List(Box<Type>),
    /// `T?`; `T` is not optional itself.
    Optional(Box<Type>),
    /// `date`: days since 1970-01-01, see [`crate::civil`].
    Date,
    /// `time`: milliseconds since midnight on a clock's face, see [`crate::civil`].
    TimeOfDay,
    /// `url`: see [`crate::url::Url`].
    Url,
    /// `path`: see [`crate::file_path::FilePath`].
    Path,
    /// `email`: see [`crate::email::Email`].
    Email,
    /// `ip`: see [`crate::ip::Ip`].
    Ip,
    /// `cidr`: see [`crate::ip::Cidr`].
    Cidr,
    /// A record; its values are those of its members.
    Record(RecordId),
    /// `map[string, T]`; `T` is neither optional nor a map.
    Map(Box<Type>),
    /// A time zone. Only [`crate::program::Expr::Zone`] has it: nothing stores or sends a zone.
    Zone,
    /// A regular expression. Only [`crate::program::Expr::Regex`] has it.
    Regex,
}

/// The types that a name alone says: the name as authors write it, and the type.
macro_rules! plain {
    ($($name:literal $variant:ident;)*) => {
        impl Type {
            /// The types that a name alone says, as authors write it.
            pub const PLAIN: &[(&str, Self)] = &[$(($name, Self::$variant)),*];

            /// The name, if a name alone says the type; of a zone and a regular expression too, which nobody writes.
            #[must_use]
            pub const fn plain_name(&self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($name),)*
                    Self::Zone => Some("zone"),
                    Self::Regex => Some("regex"),
                    Self::Money(_)
                    | Self::Enum(_)
                    | Self::Entity(_)
                    | Self::Set(_)
                    | Self::List(_)
                    | Self::Optional(_)
                    | Self::Record(_)
                    | Self::Map(_) => None,
                }
            }
        }
    };
}

plain! {
    "bool" Bool;
    "int" Int;
    "decimal" Decimal;
    "string" String;
    "instant" Instant;
    "duration" Duration;
    "date" Date;
    "time" TimeOfDay;
    "url" Url;
    "path" Path;
    "email" Email;
    "ip" Ip;
    "cidr" Cidr;
}

impl Type {
    /// Whether a value of this type is held in one 64-bit integer.
    #[must_use]
    pub const fn is_scalar(&self) -> bool {
        matches!(
            self,
            Self::Bool
                | Self::Int
                | Self::Decimal
                | Self::Money(_)
                | Self::Instant
                | Self::Duration
                | Self::Enum(_)
                | Self::Entity(_)
                | Self::Date
                | Self::TimeOfDay
        )
    }

    /// Whether a value of this type is known by one short text, so that it may key an account: a scalar, a text, or a
    /// text of a type of its own.
    #[must_use]
    pub const fn is_key(&self) -> bool {
        self.is_scalar()
            || matches!(self, Self::String | Self::Url | Self::Path | Self::Email | Self::Ip | Self::Cidr)
    }

    /// Whether sets and lists may hold values of this type, and `==` compares them: keys and records.
    #[must_use]
    pub const fn is_element(&self) -> bool {
        self.is_key() || matches!(self, Self::Record(_))
    }

    /// Whether `<` and its kin order values of this type.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Int
                | Self::Decimal
                | Self::Money(_)
                | Self::Instant
                | Self::Duration
                | Self::Date
                | Self::TimeOfDay
        )
    }

    /// The type under a `?`, or the type itself.
    #[must_use]
    pub fn required(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }
}

/// Reads a [`Type`] whose inner types are read as `Inner`.
///
/// Types nest at most three times (`map[string, set[T]]?`). A decoder that recursed as deep as hostile bytes tell it to
/// would run out of stack, so the depth is part of the decoder's type.
pub(crate) struct Levels<Inner>(Type, PhantomData<Inner>);

impl<'de, Inner> Deserialize<'de> for Levels<Inner>
where
    Self: Numbered<'de, Value = Type>,
{
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        wire::read::<Self, D>(from).map(|ty| Self(ty, PhantomData))
    }
}

impl<Inner> From<Levels<Inner>> for Box<Type> {
    fn from(levels: Levels<Inner>) -> Self {
        Self::new(levels.0)
    }
}

/// A type that nests too deep; it has no value, so it cannot be decoded.
#[derive(Deserialize)]
enum Deeper {}

impl From<Deeper> for Box<Type> {
    fn from(deeper: Deeper) -> Self {
        match deeper {}
    }
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Levels::<Levels<Levels<Levels<Deeper>>>>::deserialize(from).map(|levels| levels.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_decodes_to_itself_and_deep_nesting_does_not_decode() {
        let types = [
            Type::Bool,
            Type::Money(Currency::USD),
            Type::Entity(vec![EntityTypeId(1), EntityTypeId(7)]),
            Type::Optional(Box::new(Type::Set(Box::new(Type::Enum(EnumId(3)))))),
            Type::Optional(Box::new(Type::List(Box::new(Type::String)))),
            Type::Optional(Box::new(Type::Map(Box::new(Type::Set(Box::new(Type::Record(RecordId(2)))))))),
            Type::Regex,
        ];
        for ty in types {
            let bytes = postcard::to_stdvec(&ty).unwrap();
            assert_eq!(postcard::from_bytes::<Type>(&bytes), Ok(ty));
        }
        let optional_forever = vec![11; 1 << 20];
        assert!(postcard::from_bytes::<Type>(&optional_forever).is_err());
    }
}
