//! What rules are filed under: a value of the request or the facts, and a test of it that is one look-up.

use permit_ir::types::{ArgId, EntityTypeId, FieldId};
use permit_ir::value::{EntityRef, Value};
use permit_jit::Symbols;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Source {
    /// The agent or the resource.
    Entity(Subject),
    /// An attribute of one of them, which no caller may fill.
    Attribute(Subject, FieldId),
    /// An argument.
    Arg(ArgId),
}

/// The two entities that every rule may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Subject {
    Agent,
    Resource,
}

/// The text of a value that is looked at: its own, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    Whole,
    UrlScheme,
    UrlHost,
    UrlPath,
    UrlText,
    PathText,
    EmailLocal,
    EmailDomain,
    EmailText,
}

impl Part {
    /// The part of a value; `None` if the value is not of the type that has it.
    pub(super) fn of(self, value: &Value) -> Option<&str> {
        Some(match (self, value) {
            (Self::Whole, Value::String(text)) => text,
            (Self::UrlScheme, Value::Url(url)) => url.scheme(),
            (Self::UrlHost, Value::Url(url)) => url.host(),
            (Self::UrlPath, Value::Url(url)) => url.path(),
            (Self::UrlText, Value::Url(url)) => url.as_str(),
            (Self::PathText, Value::Path(path)) => path.as_str(),
            (Self::EmailLocal, Value::Email(email)) => email.local(),
            (Self::EmailDomain, Value::Email(email)) => email.domain(),
            (Self::EmailText, Value::Email(email)) => email.as_str(),
            _ => return None,
        })
    }
}

/// A test of a value. Texts are symbols: two equal ones have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Test {
    /// It is this word.
    Is(u64),
    /// It is this entity or lies in it.
    Within(EntityRef),
    /// It is of this type.
    OfType(EntityTypeId),
    /// It matches this glob.
    Like(u32),
    /// It is a host within this domain, which is in lower case and without a dot at its end.
    Host(u32),
}

impl Test {
    /// How much a rule is worth filing under this rather than under another test that as many rules have: the lower
    /// the fewer requests are expected to meet it.
    pub(super) const fn rank(self) -> u8 {
        match self {
            Self::Is(_) => 0,
            Self::Host(_) => 1,
            Self::Like(_) => 2,
            Self::Within(_) => 3,
            Self::OfType(_) => 4,
        }
    }
}

/// What a rule may be filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) source: Source,
    pub(super) part: Part,
    pub(super) test: Test,
}

/// The word that [`Test::Is`] compares; `None` for a text without a symbol, which no rule names, and for what is no
/// single word.
pub(super) fn word(symbols: &Symbols, part: Part, value: &Value) -> Option<u64> {
    match (part, value) {
        (Part::Whole, Value::Bool(truth)) => Some(u64::from(*truth)),
        (Part::Whole, Value::Number(number)) => Some(number.cast_unsigned()),
        (Part::Whole, Value::Entity(entity)) => Some(u64::from(entity.0)),
        (part, value) => symbols.find(part.of(value)?).map(u64::from),
    }
}
