//! A small program for tests, which contains every kind of expression and every kind of declaration.
//!
//! It is an excerpt of the language's introductory page. The numbers of its declarations are constants, so that tests
//! can name what they change.

mod calls;
mod clauses;
mod declarations;
mod language;

use crate::program::{CompareOp, Expr, Node, Program};
use crate::types::{ActionId, ArgId, EntityTypeId, EnumId, ExprId, FieldId, RecordId, ScopeId, Type};
use crate::verify::{VerifiedProgram, VerifyError};
use permit_types::money::{Currency, Money};

/// The enum `Tier { basic, gold, vip }`.
pub const TIER: EnumId = EnumId(0);
/// The enum `Reason { damaged, late, goodwill }`.
pub const REASON: EnumId = EnumId(1);

/// The resource type `Org`.
pub const ORG: EntityTypeId = EntityTypeId(0);
/// The group type `Team`, within itself.
pub const TEAM: EntityTypeId = EntityTypeId(1);
/// The resource type `Customer`, within `Org`.
pub const CUSTOMER: EntityTypeId = EntityTypeId(2);
/// The resource type `Order`, within `Customer`.
pub const ORDER: EntityTypeId = EntityTypeId(3);
/// The agent type `SupportBot`, within `Team`.
pub const SUPPORT_BOT: EntityTypeId = EntityTypeId(4);
/// The agent type `AuditBot`, within `Team`.
pub const AUDIT_BOT: EntityTypeId = EntityTypeId(5);

/// `tier: Tier`, of `Customer` and both agents.
pub const TIER_FIELD: FieldId = FieldId(0);
/// `email: string`, of `Customer`.
pub const EMAIL: FieldId = FieldId(1);
/// `country: string?`, of `Customer`.
pub const COUNTRY: FieldId = FieldId(2);
/// `customer: Customer`, of `Order`.
pub const CUSTOMER_FIELD: FieldId = FieldId(3);
/// `total: money[USD]`, of `Order`.
pub const TOTAL: FieldId = FieldId(4);
/// `refunded: money[USD]`, of `Order`.
pub const REFUNDED: FieldId = FieldId(5);
/// `paid_at: instant`, of `Order`.
pub const PAID_AT: FieldId = FieldId(6);
/// `tags: set[string]`, of `Order` and `Customer`.
pub const TAGS: FieldId = FieldId(7);
/// `readers: set[Team]`, of `Order`.
pub const READERS: FieldId = FieldId(8);
/// `notes: list[string]`, of `Order`.
pub const NOTES: FieldId = FieldId(9);
/// `weight: decimal`, of `Order`.
pub const WEIGHT: FieldId = FieldId(10);
/// `referrer: Customer?`, of `Customer`.
pub const REFERRER: FieldId = FieldId(11);
/// `level: int`, of `SupportBot`.
pub const LEVEL: FieldId = FieldId(12);
/// `patience: duration`, of `SupportBot`.
pub const PATIENCE: FieldId = FieldId(13);
/// `active: bool`, of `SupportBot`.
pub const ACTIVE: FieldId = FieldId(14);

/// `amount: money[USD]`, of `refund`.
pub const AMOUNT: ArgId = ArgId(0);
/// `reason: Reason`, of `refund`.
pub const REASON_ARG: ArgId = ArgId(1);
/// `note: string?`, of `refund` and `tag`.
pub const NOTE: ArgId = ArgId(2);
/// `to: string`, of `send_email`.
pub const TO: ArgId = ArgId(3);
/// `copies: int`, of `send_email`.
pub const COPIES: ArgId = ArgId(4);
/// `labels: set[string]`, of `tag`.
pub const LABELS: ArgId = ArgId(5);
/// `about: Customer?`, of `send_email`.
pub const ABOUT: ArgId = ArgId(6);

/// `url: url`, of `fetch` in [`whole`].
pub const URL: ArgId = ArgId(7);
/// `file: path`, of `fetch`.
pub const FILE: ArgId = ArgId(8);
/// `mail: email`, of `fetch`.
pub const MAIL: ArgId = ArgId(9);
/// `peer: ip`, of `fetch`.
pub const PEER: ArgId = ArgId(10);
/// `at: time?`, of `fetch`.
pub const AT: ArgId = ArgId(11);
/// `place: Place`, of `fetch`.
pub const PLACE_ARG: ArgId = ArgId(12);
/// `sizes: map[string, int]`, of `fetch`.
pub const SIZES: ArgId = ArgId(13);
/// `day: date`, of `fetch`.
pub const DAY: ArgId = ArgId(14);
/// `people: set[Customer]`, of `fetch`.
pub const PEOPLE: ArgId = ArgId(15);

/// `fetch(url, file, mail, peer, at, place, sizes, day, people)`, without a resource; in [`whole`].
pub const FETCH: ActionId = ActionId(4);

/// `person Lead within Team { level: int; }` of [`whole`].
pub const LEAD: EntityTypeId = EntityTypeId(6);

/// The enum `Weekday { mon, tue, wed, thu, fri, sat, sun }` of [`whole`].
pub const WEEKDAY: EnumId = EnumId(2);

/// The record `Place { url: url, at: time?, tags: set[string] }` of [`whole`].
pub const PLACE: RecordId = RecordId(0);

/// `read_order() on Order`.
pub const READ_ORDER: ActionId = ActionId(0);
/// `refund(amount, reason, note) on Order`.
pub const REFUND: ActionId = ActionId(1);
/// `send_email(to, copies, about)`, without a resource.
pub const SEND_EMAIL: ActionId = ActionId(2);
/// `tag(labels, note) on Customer, Order`.
pub const TAG: ActionId = ActionId(3);

/// `one_customer(customer: Customer, most: money[USD], until: instant?)`.
pub const ONE_CUSTOMER: ScopeId = ScopeId(0);

/// `money[USD]`.
pub const USD: Type = Type::Money(Currency::USD);

/// The program as plain data, to be changed by tests that expect a refusal.
#[must_use]
pub fn program() -> Program {
    let mut arena = Arena::default();
    let rules = clauses::rules(&mut arena);
    let budgets = clauses::budgets(&mut arena);
    let rates = clauses::rates(&mut arena);
    let scopes = clauses::scopes(&mut arena);
    Program {
        module: "acme.support".to_owned(),
        enums: declarations::enums(),
        records: Vec::new(),
        zones: Vec::new(),
        regexes: Vec::new(),
        fields: declarations::fields(),
        entities: declarations::entities(),
        args: declarations::args(),
        actions: declarations::actions(),
        exprs: arena.nodes,
        rules,
        budgets,
        rates,
        scopes,
    }
}

/// The program, verified.
///
/// # Errors
/// None, as a test shows; callers in tests unwrap.
pub fn verified() -> Result<VerifiedProgram, VerifyError> {
    VerifiedProgram::verify(program())
}

/// The program with one more action, `fetch`, and rules for it that hold every other kind of expression and every
/// intrinsic.
#[must_use]
pub fn whole() -> Program {
    let mut program = program();
    language::extend(&mut program);
    program
}

/// The type of an entity of one type.
#[must_use]
pub fn entity(ty: EntityTypeId) -> Type {
    Type::Entity(vec![ty])
}

/// `T?`
#[must_use]
pub fn optional(ty: Type) -> Type {
    Type::Optional(Box::new(ty))
}

/// `set[T]`
#[must_use]
pub fn set(ty: Type) -> Type {
    Type::Set(Box::new(ty))
}

/// Collects expressions. The types are the caller's word: the verifier is what checks them.
#[derive(Clone, Debug, Default)]
pub struct Arena {
    /// The arena.
    pub nodes: Vec<Node>,
}

impl Arena {
    /// Appends an expression.
    pub fn push(&mut self, expr: Expr, ty: Type) -> ExprId {
        let id = ExprId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(Node { expr, ty });
        id
    }

    /// A test that gives a truth value.
    pub fn test(&mut self, expr: Expr) -> ExprId {
        self.push(expr, Type::Bool)
    }

    /// A comparison.
    pub fn compare(&mut self, op: CompareOp, left: ExprId, right: ExprId) -> ExprId {
        self.test(Expr::Compare(op, left, right))
    }

    /// All of these, joined by `and` from the left; `true` if there are none.
    pub fn all(&mut self, tests: &[ExprId]) -> ExprId {
        let joined = tests.iter().copied().reduce(|left, right| self.test(Expr::And(left, right)));
        joined.unwrap_or_else(|| self.test(Expr::Bool(true)))
    }

    /// An amount of US dollars in cents.
    pub fn usd(&mut self, minor: i64) -> ExprId {
        self.push(Expr::Money(Money { currency: Currency::USD, minor }), USD)
    }

    /// A text.
    pub fn text(&mut self, text: &str) -> ExprId {
        self.push(Expr::String(text.to_owned()), Type::String)
    }

    /// The agent, a `SupportBot`.
    pub fn support_bot(&mut self) -> ExprId {
        self.push(Expr::Agent, entity(SUPPORT_BOT))
    }

    /// The agent of any type.
    pub fn any_agent(&mut self) -> ExprId {
        self.push(Expr::Agent, Type::Entity(vec![SUPPORT_BOT, AUDIT_BOT]))
    }

    /// The resource, an `Order`.
    pub fn order(&mut self) -> ExprId {
        self.push(Expr::Resource, entity(ORDER))
    }

    /// The resource, an `Order` or a `Customer`.
    pub fn order_or_customer(&mut self) -> ExprId {
        self.push(Expr::Resource, Type::Entity(vec![CUSTOMER, ORDER]))
    }

    /// An attribute of this type.
    pub fn attr(&mut self, base: ExprId, field: FieldId, ty: Type) -> ExprId {
        self.push(Expr::Attr(base, field), ty)
    }
}
