//! Types of the decision IR and the numbers by which a program's declarations are known.

use serde::{Deserialize, Serialize};

use crate::money::Currency;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty) in $table:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`: 64 bits, checked.
    Int,
    /// `decimal`: fixed point, see [`crate::money::Decimal`].
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
        )
    }

    /// Whether `<` and its kin order values of this type.
    #[must_use]
    pub const fn is_ordered(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal | Self::Money(_) | Self::Instant | Self::Duration)
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
