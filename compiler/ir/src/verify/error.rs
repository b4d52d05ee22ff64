//! Why a program is rejected.

use std::fmt;

use super::limits;
use crate::types::{ActionId, ArgId, EntityTypeId, EnumId, ExprId, FieldId, RecordId, Type};

/// A program that evaluators must not see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {fault}")]
pub struct VerifyError {
    /// Where.
    pub at: Place,
    /// What.
    pub fault: Fault,
}

/// A place in a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The program as a whole.
    Program,
    /// An enum type.
    Enum(EnumId),
    /// A record type.
    Record(RecordId),
    /// An attribute.
    Field(FieldId),
    /// An entity type.
    Entity(EntityTypeId),
    /// An action argument.
    Arg(ArgId),
    /// An action.
    Action(ActionId),
    /// An expression.
    Expr(ExprId),
    /// A rule by name.
    Rule(String),
    /// A budget by name.
    Budget(String),
    /// A rate by name.
    Rate(String),
    /// A scope by name.
    Scope(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program => f.write_str("program"),
            Self::Enum(id) => write!(f, "enum {}", id.0),
            Self::Record(id) => write!(f, "record {}", id.0),
            Self::Field(id) => write!(f, "attribute {}", id.0),
            Self::Entity(id) => write!(f, "entity type {}", id.0),
            Self::Arg(id) => write!(f, "argument {}", id.0),
            Self::Action(id) => write!(f, "action {}", id.0),
            Self::Expr(id) => write!(f, "expression {}", id.0),
            Self::Rule(name) => write!(f, "rule `{name}`"),
            Self::Budget(name) => write!(f, "budget `{name}`"),
            Self::Rate(name) => write!(f, "rate `{name}`"),
            Self::Scope(name) => write!(f, "scope `{name}`"),
        }
    }
}

/// What is wrong at a [`Place`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More of something than [`limits`] lets be.
    #[error("more than {max} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: u64,
    },
    /// A list that must hold something holds nothing.
    #[error("no {what}")]
    Empty {
        /// What is missing.
        what: &'static str,
    },
    /// A name is no identifier.
    #[error("{0:?} is not a name")]
    Name(String),
    /// A name, or an attribute with its type, stands twice where it must be unique.
    #[error("`{0}` is declared twice")]
    Duplicate(String),
    /// A number that nothing is declared under.
    #[error("there is no {what} {id}")]
    Unknown {
        /// The kind of declaration.
        what: &'static str,
        /// The number.
        id: u32,
    },
    /// A list is not ascending, or repeats an element.
    #[error("{what} are not ascending")]
    NotAscending {
        /// The list.
        what: &'static str,
    },
    /// An expression refers to itself or to one behind it.
    #[error("operand {0:?} does not come before the expression")]
    Forward(ExprId),
    /// An expression's type is not what it yields.
    #[error("yields {yields:?} but says {says:?}")]
    Type {
        /// What the expression yields.
        yields: Type,
        /// The type it carries.
        says: Type,
    },
    /// The operands' types do not fit the operator.
    #[error("the operands do not fit the operator")]
    Operands,
    /// A type breaks the rules of [`Type`]: nesting, order of entity types.
    #[error("{0:?} is not a type")]
    BadType(Type),
    /// A clause's expression has another type than the clause needs.
    #[error("expression {expr:?} is {found:?} where {needs} is needed")]
    Needs {
        /// The expression.
        expr: ExprId,
        /// What the clause needs.
        needs: &'static str,
        /// The type the expression has.
        found: Type,
    },
    /// An argument that some action in question does not have.
    #[error("expression {expr:?}: action {action:?} has no argument {arg:?}")]
    ArgOutside {
        /// The expression.
        expr: ExprId,
        /// The argument.
        arg: ArgId,
        /// An action without it.
        action: ActionId,
    },
    /// The resource where some action in question takes none, or one of a type that the expression leaves out.
    #[error("expression {expr:?}: the resource of action {action:?} does not fit")]
    ResourceOutside {
        /// The expression.
        expr: ExprId,
        /// The action.
        action: ActionId,
    },
    /// The agent may be of a type that the expression leaves out.
    #[error("expression {expr:?}: an agent may be of type {agent:?}")]
    AgentOutside {
        /// The expression.
        expr: ExprId,
        /// The type that is left out.
        agent: EntityTypeId,
    },
    /// A scope parameter outside a scope, or one that the scope does not have with this type.
    #[error("expression {expr:?}: there is no such parameter here")]
    ParamOutside {
        /// The expression.
        expr: ExprId,
    },
    /// An element of another type than the quantifier's set or list has, or of two types at once.
    #[error("there is no element of type {says:?} here")]
    Element {
        /// The type the expression carries.
        says: Type,
    },
    /// A clause's expression speaks of an element that no quantifier binds.
    #[error("expression {expr:?} speaks of an element outside of any quantifier")]
    ElementOutside {
        /// The clause's expression.
        expr: ExprId,
    },
    /// A parameter's default depends on the request or the facts.
    #[error("expression {expr:?} is not constant")]
    NotConstant {
        /// The expression.
        expr: ExprId,
    },
    /// A list that must be as long as another is not.
    #[error("{what}: {found} where there must be {wanted}")]
    Length {
        /// The list.
        what: &'static str,
        /// How long it is.
        found: usize,
        /// How long it must be.
        wanted: usize,
    },
    /// A date or time of day that the calendar or the clock does not have.
    #[error("{0} is not a date or time of day")]
    Civil(i64),
    /// A regular expression that cannot be compiled.
    #[error("{0}")]
    Pattern(crate::pattern::PatternError),
    /// One declaration counts an action twice.
    #[error("action {0:?} is counted twice")]
    CountedTwice(ActionId),
    /// An entity type of another kind than is needed here.
    #[error("entity type {0:?} is of the wrong kind")]
    Kind(EntityTypeId),
    /// `identified by` on what is neither an agent nor a person, or a pattern whose text before the first `*` does not start with `spiffe://`.
    #[error("not a pattern of an agent's or a person's SPIFFE ID")]
    Identity,
    /// A span of time that is not positive or is longer than [`limits::SPAN_MS_MAX`].
    #[error("{0} ms is not between 1 and {max}", max = limits::SPAN_MS_MAX)]
    Span(i64),
    /// No time zone of the bundled IANA data has this name.
    #[error("there is no time zone `{0}`")]
    Zone(String),
    /// A number that must be at least 1 is 0.
    #[error("{0} is 0")]
    Zero(&'static str),
    /// A review without an approval, or an approval on another rule.
    #[error("a review has an approval, and no other rule has")]
    Approval,
    /// More persons must approve than may.
    #[error("{needed} of {persons} persons must approve")]
    Approvers {
        /// How many must.
        needed: u16,
        /// How many may.
        persons: usize,
    },
    /// A claimed attribute that the entity type does not have.
    #[error("attribute {0:?} is claimed and is none of the type's")]
    Claimed(FieldId),
    /// A type that requires a scope and is no agent's.
    #[error("only agents require scopes")]
    Requires,
    /// A share that is not between 1 and 99 percent.
    #[error("{0} percent is not between 1 and 99")]
    Percent(u8),
    /// Deciding an action costs more than [`limits::COST_MAX`].
    #[error("costs {cost}, more than {max}", max = limits::COST_MAX)]
    Cost {
        /// The cost.
        cost: u64,
    },
}
