//! Types, and the declarations of data and of agents.

use super::{Expr, Ident, Marks};
use crate::span::{Span, Spanned};

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What kind of type.
    pub kind: TypeKind,
    /// The whole type.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `int`, `Tier`, `Customer`.
    Name(Ident),
    /// `money[USD]`, `set[string]`, `list[Customer]`.
    Applied {
        /// The name before the bracket.
        name: Ident,
        /// What stands in the brackets.
        args: Vec<Type>,
    },
    /// `T?`.
    Optional(Box<Type>),
    /// A type that did not parse; reported already.
    Error,
}

/// `tier: Tier;` in a type, `amount: money[USD]` in a parameter list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// `claimed` before the name: the caller may fill it. Only in entity types.
    pub claimed: Option<Span>,
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: Type,
    /// `= E` behind the type. Only in the parameters of actions.
    pub default: Option<Expr>,
    /// All of it.
    pub span: Span,
}

/// `zone dublin = "Europe/Dublin";`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The declared name.
    pub name: Ident,
    /// The IANA name, unescaped.
    pub iana: Spanned<String>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// `enum Tier { basic, gold, vip }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// The declared name.
    pub name: Ident,
    /// The variants in order.
    pub variants: Vec<Ident>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// `record Address { street: string; }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The declared name.
    pub name: Ident,
    /// The fields in order; never `claimed`, without defaults.
    pub fields: Vec<Field>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// What an entity type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    /// Something agents belong to.
    Group,
    /// Who acts.
    Agent,
    /// Who approves reviews.
    Person,
    /// What is acted on.
    Resource,
}

/// `resource Order within Customer { total: money[USD]; }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// `group`, `agent`, `person` or `resource`.
    pub kind: EntityKind,
    /// The declared name.
    pub name: Ident,
    /// The types of its parents: `within A, B`.
    pub parents: Vec<Ident>,
    /// `identified by "spiffe://…"`, unescaped; agents only.
    pub identified_by: Option<Spanned<String>>,
    /// The fields in order.
    pub fields: Vec<Field>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// `agent SupportBot requires scope one_customer;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// The agent type.
    pub agent: Ident,
    /// The scope that each of its tasks must carry.
    pub scope: Ident,
    /// `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// `const most: money[USD] = 50.00 USD;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Const {
    /// The declared name.
    pub name: Ident,
    /// The type, if it is written.
    pub ty: Option<Type>,
    /// The value.
    pub value: Expr,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// `table caps [Tier] -> { each: money[USD]; } { basic => 50.00 USD; }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The declared name.
    pub name: Ident,
    /// The type of the keys.
    pub key: Type,
    /// The columns in order.
    pub columns: Vec<Field>,
    /// The rows in order.
    pub rows: Vec<TableRow>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// `basic => 50.00 USD, 100.00 USD;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// The key.
    pub key: Expr,
    /// One value for each column, as far as the author counted well.
    pub values: Vec<Expr>,
    /// The whole row.
    pub span: Span,
}

/// `fn office_hours(t: instant) -> bool = E;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The declared name.
    pub name: Ident,
    /// The parameters in order.
    pub params: Vec<Field>,
    /// The result.
    pub result: Type,
    /// The body.
    pub body: Expr,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}
