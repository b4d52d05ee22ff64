//! Index keys: a value of the request or the facts, and a test of it that is a single lookup.

use std::hash::{Hash, Hasher};

use permit_ir::types::{ArgId, EntityTypeId, FieldId, RegexId};
use permit_ir::value::{EntityRef, Value};
use permit_jit::Symbols;

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Source {
    /// The agent or the resource.
    Entity(Subject),
    /// An attribute of one of them, which no caller may fill.
    Attribute(Subject, FieldId),
    /// An argument.
    Arg(ArgId),
}

/// The two entities that every rule may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    Agent,
    Resource,
}

/// The text of a value that is looked at: its own, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// It matches this regular expression.
    Matches(RegexId),
    /// It is this path or lies in it.
    Under(u32),
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
            Self::Matches(_) => 3,
            Self::Under(_) => 4,
            Self::Within(_) => 5,
            Self::OfType(_) => 6,
        }
    }
}

/// What a rule may be filed under.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) source: Source,
    pub(super) part: Part,
    pub(super) test: Test,
}

impl Hash for Key {
    /// All of the key in two words: a policy has many keys, and each is counted before one is chosen.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let (source, of) = match self.source {
            Source::Entity(subject) => (subject as u64, 0),
            Source::Attribute(subject, FieldId(field)) => (2 + subject as u64, u64::from(field)),
            Source::Arg(ArgId(arg)) => (4, u64::from(arg)),
        };
        let (test, word) = match self.test {
            Test::Is(word) => (0, word),
            Test::Within(EntityRef(entity)) => (1, u64::from(entity)),
            Test::OfType(EntityTypeId(ty)) => (2, u64::from(ty)),
            Test::Like(glob) => (3, u64::from(glob)),
            Test::Host(domain) => (4, u64::from(domain)),
            Test::Matches(RegexId(regex)) => (5, u64::from(regex)),
            Test::Under(path) => (6, u64::from(path)),
        };
        state.write_u64(source | test << 8 | (self.part as u64) << 16 | of << 32);
        state.write_u64(word);
    }
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
