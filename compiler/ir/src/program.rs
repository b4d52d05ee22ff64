//! The decision IR: everything a policy means, with names resolved, types known and nothing left to look up.
//!
//! A [`Program`] is plain data and may be wrong; [`crate::verify::VerifiedProgram`] is one that was checked, and
//! the only kind that evaluators take.
//!
//! Expressions live in one arena. The operands of an expression have smaller numbers than the expression itself, so
//! the arena holds no cycle and an evaluator needs no bound but the verified depth.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::email::Email;
use crate::file_path::FilePath;
use crate::identity::IdentityPattern;
use crate::intrinsics::Intrinsic;
use crate::ip::{Cidr, Ip};
use crate::types::{
    ActionId, ArgId, EntityTypeId, EnumId, ExprId, FieldId, RecordId, RegexId, ScopeId, Type, ZoneId,
};
use crate::url::Url;
use permit_types::charge::{Period, Unit, Window};
use permit_types::money::{Decimal, Money};

/// A whole policy set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The module's dotted name.
    pub module: String,
    /// Enum types.
    pub enums: Vec<EnumType>,
    /// Record types; a record's members speak only of records before it.
    pub records: Vec<RecordType>,
    /// IANA names of the time zones that expressions use, spelt as in the bundled data, each once.
    pub zones: Vec<String>,
    /// The regular expressions that expressions use, each once; see [`crate::pattern`].
    pub regexes: Vec<String>,
    /// Attributes: unique pairs of name and type.
    pub fields: Vec<Named>,
    /// Entity types; a parent's type may stand anywhere.
    pub entities: Vec<EntityType>,
    /// Action arguments: unique pairs of name and type.
    pub args: Vec<Named>,
    /// Actions.
    pub actions: Vec<Action>,
    /// The arena of expressions.
    pub exprs: Vec<Node>,
    /// Rules in declaration order.
    pub rules: Vec<Rule>,
    /// Budgets in declaration order.
    pub budgets: Vec<Budget>,
    /// Rates in declaration order.
    pub rates: Vec<Rate>,
    /// Scopes in declaration order.
    pub scopes: Vec<Scope>,
}

impl Program {
    /// Every entity that the program names, in an order that depends on nothing but the program; one may come twice.
    ///
    /// Snapshots of facts intern entities in this order and native code relies on it.
    pub fn named_entities(&self) -> impl Iterator<Item = (EntityTypeId, &str)> {
        let in_exprs = self.exprs.iter().filter_map(|node| match &node.expr {
            Expr::Entity(ty, id) => Some((*ty, id.as_str())),
            _ => None,
        });
        let patterns = self.rules.iter().flat_map(|rule| {
            rule.agents.iter().chain(rule.approval.iter().flat_map(|approval| &approval.persons))
        });
        in_exprs.chain(patterns.filter_map(|pattern| match pattern {
            AgentPattern::Entity(ty, id) => Some((*ty, id.as_str())),
            AgentPattern::Type(_) => None,
        }))
    }

    /// Whether a caller may fill an attribute of entities of this type.
    #[must_use]
    pub fn is_claimed(&self, ty: EntityTypeId, field: FieldId) -> bool {
        self.entities.get(ty.index()).is_some_and(|ty| ty.claimed.binary_search(&field).is_ok())
    }
}

/// A name and its type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Named {
    /// The name.
    pub name: String,
    /// The type.
    pub ty: Type,
}

/// An enum type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnumType {
    /// Its name.
    pub name: String,
    /// The names of its variants; a variant's number is its place.
    pub variants: Vec<String>,
}

/// A record type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordType {
    /// Its name.
    pub name: String,
    /// Its members, by place; one whose type is optional may be left out.
    pub members: Vec<Named>,
}

/// What an entity type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntityKind {
    /// Something agents belong to.
    Group,
    /// Who acts.
    Agent,
    /// Who approves what a `review` holds back; never acts by itself.
    Person,
    /// What is acted on.
    Resource,
}

impl EntityKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Group, Self::Agent, Self::Person, Self::Resource];

    /// The kind as authors write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Agent => "agent",
            Self::Person => "person",
            Self::Resource => "resource",
        }
    }
}

/// An entity type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntityType {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub kind: EntityKind,
    /// The types its parents may have, ascending.
    pub parents: Vec<EntityTypeId>,
    /// What the SPIFFE ID of such an entity must match, see [`IdentityPattern`]; agents and persons only.
    pub identified_by: Option<String>,
    /// Its attributes, ascending; an entity's attribute values stand in this order.
    pub fields: Vec<FieldId>,
    /// Those of its attributes that a caller may fill, ascending; agents and resources only.
    pub claimed: Vec<FieldId>,
    /// The scopes that the token of such an agent must carry, granted by its task's issuer, ascending; agents only.
    pub requires: Vec<ScopeId>,
}

impl EntityType {
    /// Whether the SPIFFE ID may be that of an entity of this type.
    #[must_use]
    pub fn identifies(&self, spiffe_id: &str) -> bool {
        let pattern = self.identified_by.as_deref().and_then(|text| IdentityPattern::parse(text).ok());
        pattern.is_some_and(|pattern| pattern.matches(spiffe_id))
    }
}

/// An action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// Its name.
    pub name: String,
    /// Its parameters in declaration order; one whose type is optional may be left out.
    pub params: Vec<ArgId>,
    /// What a parameter that is left out is, by the place of the parameter: an expression of the parameter's type, or
    /// of the type under its `?`, that speaks of nothing but constants. As long as `params`.
    pub defaults: Vec<Option<ExprId>>,
    /// What the author says of the action's nature.
    pub flags: ActionFlags,
    /// The types a resource may have, ascending; empty when the action takes no resource.
    pub resources: Vec<EntityTypeId>,
}

/// What the author says of an action's nature. Nothing evaluates it; lints and surfaces do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ActionFlags {
    /// It changes nothing.
    pub readonly: bool,
    /// What it does cannot be undone.
    pub irreversible: bool,
    /// It reaches beyond the organisation.
    pub external: bool,
}

/// An expression and its type.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Node {
    /// The expression.
    pub expr: Expr,
    /// Its type.
    pub ty: Type,
}

/// The expressions. Evaluation is from left to right; `And`, `Or` and `Else` evaluate their right side only if needed,
/// `If` and `Select` only the branch that is chosen.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A fixed-point number.
    Decimal(Decimal),
    /// An amount of money.
    Money(Money),
    /// A text.
    String(String),
    /// Milliseconds since the Unix epoch.
    Instant(i64),
    /// Milliseconds.
    Duration(i64),
    /// A variant of an enum.
    Variant(EnumId, u16),
    /// An entity by type and id.
    Entity(EntityTypeId, String),
    /// The agent.
    Agent,
    /// The resource.
    Resource,
    /// The time of the request.
    Now,
    /// An argument of the action.
    Arg(ArgId),
    /// A parameter of the scope whose expression this is, by place.
    Param(u16),
    /// An attribute of an entity. Traps with `UnknownEntity` when the facts do not hold the entity.
    Attr(ExprId, FieldId),
    /// An attribute of an optional entity: absent when the entity or the attribute is. The type is optional. An entity
    /// that is there but not among the facts is no absence: like [`Expr::Attr`], it traps with `UnknownEntity`.
    OptionalAttr(ExprId, FieldId),
    /// A set of its operands, which have one type.
    Set(Vec<ExprId>),
    /// Logical not.
    Not(ExprId),
    /// Logical and, short circuit.
    And(ExprId, ExprId),
    /// Logical or, short circuit.
    Or(ExprId, ExprId),
    /// A comparison of two values of one type; entities compare by type and id.
    Compare(CompareOp, ExprId, ExprId),
    /// Checked negation of an `int`, `decimal`, `money` or `duration`. Traps with `Overflow`.
    Neg(ExprId),
    /// Checked arithmetic. Traps with `Overflow`.
    Arithmetic(ArithmeticOp, ExprId, ExprId),
    /// Whether the left value is an element of the right set or list.
    In(ExprId, ExprId),
    /// Whether the left entity is the right one or lies in it, at any depth.
    Within(ExprId, ExprId),
    /// Whether the left entity is, or lies in, an element of the right set or list of entities.
    WithinAny(ExprId, ExprId),
    /// Whether the whole text matches a glob in which `*` stands for any text and nothing else is special.
    Like(ExprId, String),
    /// Whether the optional value is there.
    Present(ExprId),
    /// The value under a `?`. The compiler only writes it where `Present` was seen to hold; should it be absent all the
    /// same, it traps with `UnknownEntity`.
    Unwrap(ExprId),
    /// The left optional value if it is there, else the right one.
    Else(ExprId, ExprId),
    /// Days since 1970-01-01, within [`crate::civil::DATES`].
    Date(i32),
    /// Milliseconds since midnight, less than a day's 86,400,000.
    TimeOfDay(u32),
    /// A URL.
    Url(Arc<Url>),
    /// A path.
    Path(FilePath),
    /// An email address.
    Email(Email),
    /// An IP address.
    Ip(Ip),
    /// A block of IP addresses.
    Cidr(Cidr),
    /// A time zone, for the intrinsics that take one.
    Zone(ZoneId),
    /// A regular expression, for the intrinsics that take one.
    Regex(RegexId),
    /// An optional value that is not there. Its type says of what.
    Absent,
    /// A value as an optional one that is there.
    Lift(ExprId),
    /// A list of its operands, which have one type. An empty one says itself what it is a list of.
    List(Vec<ExprId>),
    /// A record of these members, by place; each is of exactly the member's type.
    Record(RecordId, Vec<ExprId>),
    /// The member of a record at this place.
    Member(ExprId, u16),
    /// The member of an optional record: absent when the record or the member is. The type is optional.
    OptionalMember(ExprId, u16),
    /// The value of a map under a key; optional.
    Lookup(ExprId, ExprId),
    /// The second if the first holds, else the third; lazy. Two sets of entity types are joined.
    If(ExprId, ExprId, ExprId),
    /// The branch at the place of the key's variant, one for each variant of its enum; of a `bool`, first `false`, then
    /// `true`. Lazy. Sets of entity types are joined.
    Select(ExprId, Vec<ExprId>),
    /// Whether the entity is of one of these types, ascending and not none.
    Is(ExprId, Vec<EntityTypeId>),
    /// The entity as one of these types, ascending and not none. The compiler only writes it where `Is` was seen to
    /// hold, or where the types are wider; should the entity be of another type, it traps with `UnknownEntity`.
    Cast(ExprId, Vec<EntityTypeId>),
    /// Whether the body holds for some element of a set or list, in their order; stops at the first that does.
    Any {
        /// The set or list. More than [`QUANTIFIED_MAX`] elements trap with `TooManyElements`.
        ///
        /// [`QUANTIFIED_MAX`]: crate::verify::limits::QUANTIFIED_MAX
        over: ExprId,
        /// A `bool` in which `Element(0)` is the element; the bindings around it are one number further away.
        body: ExprId,
    },
    /// Whether the body holds for every element; stops at the first for which it does not.
    All {
        /// As for `Any`.
        over: ExprId,
        /// As for `Any`.
        body: ExprId,
    },
    /// For how many elements the body holds, an `int`.
    Count {
        /// As for `Any`.
        over: ExprId,
        /// As for `Any`.
        body: ExprId,
    },
    /// The element that the so-many-th quantifier around this speaks of, the nearest being 0. It says itself what it
    /// is; the quantifier checks it.
    Element(u8),
    /// An intrinsic.
    Call(Intrinsic, Vec<ExprId>),
    /// A map of these keys, of which no two are equal, to the operands at the same places, which have one type. An empty
    /// one says itself what it is a map of.
    Map(Vec<String>, Vec<ExprId>),
}

impl Expr {
    /// The operands in the order in which they are evaluated; of a quantifier, the collection and then the body.
    pub fn operands(&self) -> impl Iterator<Item = ExprId> + '_ {
        let (fixed, list): ([Option<ExprId>; 3], &[ExprId]) = match self {
            Self::Bool(_)
            | Self::Int(_)
            | Self::Decimal(_)
            | Self::Money(_)
            | Self::String(_)
            | Self::Instant(_)
            | Self::Duration(_)
            | Self::Variant(..)
            | Self::Entity(..)
            | Self::Agent
            | Self::Resource
            | Self::Now
            | Self::Arg(_)
            | Self::Param(_)
            | Self::Date(_)
            | Self::TimeOfDay(_)
            | Self::Url(_)
            | Self::Path(_)
            | Self::Email(_)
            | Self::Ip(_)
            | Self::Cidr(_)
            | Self::Zone(_)
            | Self::Regex(_)
            | Self::Absent
            | Self::Element(_) => ([None; 3], &[]),
            Self::Set(list)
            | Self::List(list)
            | Self::Record(_, list)
            | Self::Call(_, list)
            | Self::Map(_, list) => ([None; 3], list),
            Self::Attr(a, _)
            | Self::OptionalAttr(a, _)
            | Self::Not(a)
            | Self::Neg(a)
            | Self::Like(a, _)
            | Self::Present(a)
            | Self::Unwrap(a)
            | Self::Lift(a)
            | Self::Member(a, _)
            | Self::OptionalMember(a, _)
            | Self::Is(a, _)
            | Self::Cast(a, _) => ([Some(*a), None, None], &[]),
            Self::And(a, b)
            | Self::Or(a, b)
            | Self::Compare(_, a, b)
            | Self::Arithmetic(_, a, b)
            | Self::In(a, b)
            | Self::Within(a, b)
            | Self::WithinAny(a, b)
            | Self::Else(a, b)
            | Self::Lookup(a, b)
            | Self::Any { over: a, body: b }
            | Self::All { over: a, body: b }
            | Self::Count { over: a, body: b } => ([Some(*a), Some(*b), None], &[]),
            Self::If(a, b, c) => ([Some(*a), Some(*b), Some(*c)], &[]),
            Self::Select(key, branches) => ([Some(*key), None, None], branches),
        };
        fixed.into_iter().flatten().chain(list.iter().copied())
    }
}

/// Comparisons. The ordered ones take [`Type::is_ordered`] types only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CompareOp {
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
}

/// Arithmetic.
///
/// `Add`: two of one type out of `int decimal money duration`, or an `instant` and a `duration` in either order.
/// `Sub`: likewise two of one type; two `instant`s give a `duration`; an `instant` less a `duration` an `instant`.
/// `Mul`: two `int`s, or an `int` and one of `decimal money duration` in either order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}

/// What a matching rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It allows, unless a review or a forbid matches.
    Permit,
    /// It allows once persons approve, unless a forbid matches.
    Review,
    /// It denies.
    Forbid,
}

impl Effect {
    /// The effect as authors write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Review => "review",
            Self::Forbid => "forbid",
        }
    }
}

/// One alternative behind `by`, of agents, or behind `approved by`, of persons.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AgentPattern {
    /// Any of the type.
    Type(EntityTypeId),
    /// This one.
    Entity(EntityTypeId, String),
}

impl AgentPattern {
    /// Whether it means the entity of this type and id.
    #[must_use]
    pub fn means(&self, ty: EntityTypeId, id: &str) -> bool {
        match self {
            Self::Type(of) => *of == ty,
            Self::Entity(of, this) => *of == ty && this == id,
        }
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name, unique among the module's rules, budgets, rates and scopes.
    pub name: String,
    /// What it does.
    pub effect: Effect,
    /// The actions it is about, ascending, never empty.
    pub actions: Vec<ActionId>,
    /// The agents it is about; empty means any.
    pub agents: Vec<AgentPattern>,
    /// Its condition: all `when`s and negated `unless`es joined in the order written; `None` always holds.
    pub condition: Option<ExprId>,
    /// Who approves; there for a review and for no other rule.
    pub approval: Option<Approval>,
    /// Why the rule exists.
    pub because: String,
    /// The hint that is shown to the agent.
    pub hint: Option<String>,
}

/// Who must approve what a review holds back, and how long it waits for them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Approval {
    /// Person types and single persons, never empty.
    pub persons: Vec<AgentPattern>,
    /// How many different persons must approve; at least 1, and no more than the persons if all are single ones.
    pub needed: u16,
    /// How long the review waits, in milliseconds; when that is over, it denies.
    pub timeout_ms: i64,
}

/// What a budget, rate or scope limit counts of one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The actions, ascending, never empty; no action is counted twice by one declaration.
    pub actions: Vec<ActionId>,
    /// The amount of one action in the unit: `money` of the budget's currency, or `int`. A negative one denies.
    pub amount: ExprId,
    /// Only actions for which this holds are counted.
    pub when: Option<ExprId>,
}

/// A budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// Its name.
    pub name: String,
    /// What it counts.
    pub unit: Unit,
    /// What is counted.
    pub counts: Vec<Count>,
    /// `for each`: a separate account for each value of these. Scalars and strings, no collections.
    pub keys: Vec<ExprId>,
    /// The limits, all of which must hold; never empty.
    pub limits: Vec<BudgetLimit>,
    /// How long a charge waits for its confirmation, in milliseconds.
    pub hold_ms: Option<i64>,
    /// The share of a limit from which on a charge is warned of, in percent; 1 to 99.
    pub warn_percent: Option<u8>,
}

/// A limit of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLimit {
    /// The most, in the unit.
    pub max: ExprId,
    /// Over which time.
    pub window: LimitWindow,
}

/// The window of a budget's limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitWindow {
    /// A calendar period in an IANA time zone.
    Calendar {
        /// The period.
        period: Period,
        /// The IANA name.
        zone: String,
    },
    /// The last so many milliseconds.
    Sliding {
        /// The length in milliseconds.
        length_ms: i64,
    },
}

impl LimitWindow {
    /// The window as charges have it.
    #[must_use]
    pub fn window(&self) -> Window {
        match self {
            Self::Calendar { period, zone } => Window::Calendar { period: *period, zone: zone.clone() },
            Self::Sliding { length_ms } => Window::Sliding { length_ms: *length_ms },
        }
    }
}

/// A rate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Its name.
    pub name: String,
    /// What is counted: each action counts one, `amount` is absent.
    pub counts: Vec<RateCount>,
    /// `for each`.
    pub keys: Vec<ExprId>,
    /// How many in `per_ms`; at least 1.
    pub allow: u32,
    /// The span in milliseconds; at least 1.
    pub per_ms: i64,
    /// How many at once; at least 1.
    pub burst: u32,
}

/// What a rate counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateCount {
    /// The actions, ascending, never empty.
    pub actions: Vec<ActionId>,
    /// Only actions for which this holds are counted.
    pub when: Option<ExprId>,
}

/// A scope: what a task's token locks its bearer to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Its name.
    pub name: String,
    /// What the token binds, by place; an optional one may be left out.
    pub params: Vec<Named>,
    /// An action is allowed if one of these names it and its condition holds.
    pub allows: Vec<ScopeAllows>,
    /// All of these must hold.
    pub requires: Vec<ExprId>,
    /// Limits over the task's life.
    pub limits: Vec<ScopeLimit>,
    /// How long after its issue a token of this scope ends at the latest, in milliseconds.
    pub expires_ms: i64,
}

/// `allows ACTIONS when E;`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeAllows {
    /// The actions, ascending, never empty.
    pub actions: Vec<ActionId>,
    /// `when E`.
    pub when: Option<ExprId>,
}

/// `limit ACTION as E to E;`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeLimit {
    /// The action that is counted.
    pub action: ActionId,
    /// What the amounts count.
    pub unit: Unit,
    /// The amount of one action.
    pub amount: ExprId,
    /// The most over the task's life.
    pub max: ExprId,
}
