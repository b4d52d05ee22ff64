//! Types, and the values of each: as source text and as JSON.

use serde_json::{Map, Value as Json, json};

use super::dice::Dice;
use super::world::World;

/// A type of the language. Enums, records and entity types are places in the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ty {
    Bool,
    Int,
    Decimal,
    Money(&'static str),
    Text,
    Instant,
    Duration,
    Date,
    Time,
    Url,
    Path,
    Email,
    Ip,
    Cidr,
    Enum(usize),
    Record(usize),
    /// One of these types, ascending.
    Entity(Vec<usize>),
    Set(Box<Ty>),
    List(Box<Ty>),
    Map(Box<Ty>),
    Optional(Box<Ty>),
}

pub(super) const CURRENCIES: [&str; 3] = ["USD", "JPY", "KWD"];
pub(super) const TEXTS: [&str; 7] = ["", "a", "ab", "été", "a*b", "acme.example", "mail.acme.example"];
pub(super) const KEYS: [&str; 4] = ["low", "high", "a b", ""];
pub(super) const IDS: [&str; 3] = ["x0", "x1", "x/2"];
/// An id that no facts know.
pub(super) const GHOST: &str = "ghost";
const INTS: [&str; 7] = ["0", "1", "2", "7", "100", "1_000_000", "9_223_372_036_854_775_807"];
const DECIMALS: [&str; 5] = ["0.5", "0.333333", "1.0", "12.25", "0.0"];
const INSTANTS: [&str; 4] =
    ["2026-03-20T09:00Z", "2026-03-29T00:59:59+01:00", "1999-12-31T23:59:59.999Z", "2040-02-29T12:00-05:00"];
const DURATIONS: [&str; 6] = ["250ms", "30s", "15min", "4h", "90d", "2w"];
const DATES: [&str; 4] = ["2026-03-20", "2024-02-29", "1970-01-01", "9999-12-31"];
const TIMES: [&str; 4] = ["09:00", "17:30:15", "00:00", "23:59"];
const URLS: [&str; 4] = [
    "https://acme.example/a/b?q=1",
    "http://mail.acme.example:8080/",
    "https://10.1.2.3/x",
    "https://evil.example/%2e%2e/a",
];
const PATHS: [&str; 4] = ["/srv/data", "/srv/data/in/a.txt", "/", "/etc/passwd"];
const EMAILS: [&str; 3] = ["ann@acme.example", "bob@mail.acme.example", "c.d@evil.example"];
const IPS: [&str; 3] = ["10.1.2.3", "192.168.0.1", "2001:db8::1"];
const BLOCKS: [&str; 3] = ["10.0.0.0/8", "192.168.0.0/24", "2001:db8::/32"];

pub(super) const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Ty {
    pub(super) fn optional(self) -> Self {
        Self::Optional(Box::new(self))
    }

    /// The type under a `?`, or the type itself.
    pub(super) fn required(&self) -> &Self {
        match self {
            Self::Optional(inner) => inner,
            other => other,
        }
    }

    pub(super) const fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Int
                | Self::Decimal
                | Self::Money(_)
                | Self::Instant
                | Self::Duration
                | Self::Date
                | Self::Time
        )
    }

    pub(super) const fn is_amount(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal | Self::Money(_) | Self::Duration)
    }

    /// Whether it is compared with `==` and may stand in a set.
    pub(super) const fn is_element(&self) -> bool {
        !matches!(self, Self::Set(_) | Self::List(_) | Self::Map(_) | Self::Optional(_))
    }

    /// Whether it may key an account.
    pub(super) const fn is_key(&self) -> bool {
        self.is_element() && !matches!(self, Self::Record(_))
    }

    /// The type as it is written.
    pub(super) fn text(&self, world: &World) -> String {
        match self {
            Self::Bool => "bool".to_owned(),
            Self::Int => "int".to_owned(),
            Self::Decimal => "decimal".to_owned(),
            Self::Money(currency) => format!("money[{currency}]"),
            Self::Text => "string".to_owned(),
            Self::Instant => "instant".to_owned(),
            Self::Duration => "duration".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Time => "time".to_owned(),
            Self::Url => "url".to_owned(),
            Self::Path => "path".to_owned(),
            Self::Email => "email".to_owned(),
            Self::Ip => "ip".to_owned(),
            Self::Cidr => "cidr".to_owned(),
            Self::Enum(at) => world.enums.get(*at).map_or_else(String::new, |of| of.name.clone()),
            Self::Record(at) => world.records.get(*at).map_or_else(String::new, |of| of.name.clone()),
            Self::Entity(of) => of.first().map_or_else(String::new, |&at| world.entity(at).name.clone()),
            Self::Set(of) => format!("set[{}]", of.text(world)),
            Self::List(of) => format!("list[{}]", of.text(world)),
            Self::Map(of) => format!("map[string, {}]", of.text(world)),
            Self::Optional(of) => format!("{}?", of.text(world)),
        }
    }

    /// A value as source text, if the type has literals.
    pub(super) fn literal(&self, world: &World, dice: &mut Dice) -> Option<String> {
        Some(match self {
            Self::Bool => dice.text(&["true", "false"]),
            Self::Int => dice.text(&INTS),
            Self::Decimal => dice.text(&DECIMALS),
            Self::Money(currency) => money(dice, currency),
            Self::Text => format!("{:?}", dice.text(&TEXTS)),
            Self::Instant => dice.text(&INSTANTS),
            Self::Duration => dice.text(&DURATIONS),
            Self::Date => dice.text(&DATES),
            Self::Time => dice.text(&TIMES),
            Self::Url => format!("{:?}", dice.text(&URLS)),
            Self::Path => format!("{:?}", dice.text(&PATHS)),
            Self::Email => format!("{:?}", dice.text(&EMAILS)),
            Self::Ip => dice.text(&IPS),
            Self::Cidr => dice.text(&BLOCKS),
            Self::Enum(at) => {
                let of = world.enums.get(*at)?;
                format!("{}.{}", of.name, dice.of(&of.variants)?)
            }
            Self::Entity(of) => {
                let ty = *dice.of(of)?;
                let id = if dice.chance(10) { GHOST.to_owned() } else { dice.text(&IDS) };
                format!("{}::{id:?}", world.entity(ty).name)
            }
            Self::Record(at) => {
                let record = world.records.get(*at)?;
                let mut fields = Vec::new();
                for (name, ty) in &record.fields {
                    if *ty == *ty.required() || dice.chance(50) {
                        fields.push(format!("{name}: {}", ty.required().literal(world, dice)?));
                    }
                }
                format!("{}({})", record.name, fields.join(", "))
            }
            Self::Set(of) => {
                let count = dice.between(1, 3);
                let elements: Option<Vec<String>> = (0..count).map(|_| of.literal(world, dice)).collect();
                format!("[{}]", elements?.join(", "))
            }
            Self::Map(of) => {
                let keys = dice.some(&KEYS, 1, 3);
                let entries: Option<Vec<String>> =
                    keys.iter().map(|key| Some(format!("{key:?} => {}", of.literal(world, dice)?))).collect();
                format!("[{}]", entries?.join(", "))
            }
            Self::List(_) | Self::Optional(_) => return None,
        })
    }

    /// A value as a facts file or a caller writes it; of an optional type perhaps none.
    pub(super) fn json(&self, world: &World, dice: &mut Dice) -> Json {
        match self {
            Self::Bool => json!(dice.chance(50)),
            Self::Int => {
                let numbers = [0, 0, 1, -1, 3, 100, i64::MAX, i64::MAX, i64::MIN, 1_000_000];
                json!(dice.of(&numbers))
            }
            Self::Decimal => json!(dice.text(&["0.5", "-1.25", "0", "9223372036854.775807"])),
            Self::Money("JPY") => json!(dice.text(&["0 JPY", "500 JPY", "9223372036854775807 JPY"])),
            Self::Money("KWD") => json!(dice.text(&["0.125 KWD", "7.000 KWD", "-3.500 KWD"])),
            Self::Money(currency) => {
                let amount = dice.text(&["0.00", "50.00", "0.01", "-7.50", "92233720368547758.07"]);
                json!(format!("{amount} {currency}"))
            }
            Self::Text => json!(dice.text(&TEXTS)),
            Self::Instant => json!(dice.text(&INSTANTS)),
            Self::Duration => json!(dice.text(&DURATIONS)),
            Self::Date => json!(dice.text(&DATES)),
            Self::Time => json!(dice.text(&TIMES)),
            Self::Url => json!(dice.text(&URLS)),
            Self::Path => json!(dice.text(&PATHS)),
            Self::Email => json!(dice.text(&EMAILS)),
            Self::Ip => json!(dice.text(&IPS)),
            Self::Cidr => json!(dice.text(&BLOCKS)),
            Self::Enum(at) => json!(world.enums.get(*at).and_then(|of| dice.of(&of.variants).cloned())),
            Self::Entity(of) => {
                let ty = dice.of(of).map_or("", |&at| world.entity(at).name.as_str());
                json!({ "type": ty, "id": dice.text(&IDS) })
            }
            Self::Record(at) => {
                let fields = world.records.get(*at).map_or(&[][..], |record| &record.fields);
                let members = fields.iter().map(|(name, ty)| (name.clone(), ty.json(world, dice)));
                Json::Object(members.collect())
            }
            Self::Set(of) | Self::List(of) => {
                let count = dice.roll(4);
                Json::Array((0..count).map(|_| of.json(world, dice)).collect())
            }
            Self::Map(of) => {
                let keys = dice.some(&KEYS, 0, 3);
                let entries: Map<String, Json> =
                    keys.iter().map(|&key| (key.to_owned(), of.json(world, dice))).collect();
                Json::Object(entries)
            }
            Self::Optional(of) => {
                if dice.chance(40) {
                    Json::Null
                } else {
                    of.json(world, dice)
                }
            }
        }
    }
}

fn money(dice: &mut Dice, currency: &str) -> String {
    let amounts: &[&str] = match currency {
        "JPY" => &["0", "500", "1_000"],
        "KWD" => &["0.125", "7", "12.5"],
        _ => &["0.00", "50.00", "0.01", "1_500.00"],
    };
    format!("{} {currency}", dice.text(amounts))
}
