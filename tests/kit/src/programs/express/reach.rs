//! The names in scope, and the fields reachable from them.

use crate::programs::dice::Dice;
use crate::programs::types::{KEYS, Ty};
use crate::programs::world::World;

/// How many fields are read one of another.
const STEPS_MAX: usize = 2;

/// Something that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::programs) struct Value {
    pub(in crate::programs) text: String,
    pub(in crate::programs) ty: Ty,
    /// Whether a request can change it.
    pub(in crate::programs) varies: bool,
}

/// All that can be read at a place.
#[derive(Clone, Debug, Default)]
pub(in crate::programs) struct Reach {
    values: Vec<Value>,
}

impl Reach {
    /// A name, and what can be read from it on.
    pub(in crate::programs) fn add(&mut self, world: &World, text: &str, ty: Ty, varies: bool) {
        self.step(world, Value { text: text.to_owned(), ty, varies }, STEPS_MAX);
    }

    /// One of the values that fit.
    pub(in crate::programs) fn pick(&self, dice: &mut Dice, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let fitting: Vec<&Value> = self.values.iter().filter(|value| fits(value)).collect();
        dice.of(&fitting).map(|&value| value.clone())
    }

    /// The same, with a value known to be of a narrower type.
    pub(super) fn narrowed(&self, world: &World, text: &str, ty: Ty) -> Self {
        let mut inside = self.without(text);
        inside.add(world, text, ty, true);
        inside
    }

    /// The same without a value and what is read from it.
    pub(super) fn without(&self, text: &str) -> Self {
        let from_it = |value: &Value| {
            value
                .text
                .strip_prefix(text)
                .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
        };
        Self { values: self.values.iter().filter(|value| !from_it(value)).cloned().collect() }
    }

    fn step(&mut self, world: &World, value: Value, steps: usize) {
        if let Some(steps) = steps.checked_sub(1) {
            for (text, ty) in parts(world, &value) {
                self.step(world, Value { text, ty, varies: value.varies }, steps);
            }
        }
        self.values.push(value);
    }
}

/// What is read of a value.
fn parts(world: &World, value: &Value) -> Vec<(String, Ty)> {
    let text = &value.text;
    let part = |name: &str, ty: Ty| (format!("{text}.{name}"), ty);
    match &value.ty {
        Ty::Entity(types) => shared(world, types).into_iter().map(|(name, ty)| part(&name, ty)).collect(),
        Ty::Record(at) => {
            let fields = world.records.get(*at).map_or(&[][..], |record| &record.fields);
            fields.iter().map(|(name, ty)| part(name, ty.clone())).collect()
        }
        Ty::Optional(inner) => {
            let inner = Value { text: String::new(), ty: inner.as_ref().clone(), varies: true };
            let read = matches!(inner.ty, Ty::Entity(_) | Ty::Record(_));
            let behind =
                |(name, ty): (String, Ty)| (format!("{text}?{name}"), ty.required().clone().optional());
            parts(world, &inner).into_iter().filter(|_| read).map(behind).collect()
        }
        Ty::Map(of) => {
            KEYS.iter().map(|key| (format!("{text}[{key:?}]"), of.as_ref().clone().optional())).collect()
        }
        Ty::Url => vec![
            part("scheme", Ty::Text),
            part("host", Ty::Text),
            part("port", Ty::Int.optional()),
            part("path", Ty::Path.optional()),
            part("query", Ty::Text.optional()),
            part("ip", Ty::Ip.optional()),
        ],
        Ty::Path => vec![part("name", Ty::Text), part("depth", Ty::Int), part("parent", Ty::Path)],
        Ty::Email => vec![part("local", Ty::Text), part("domain", Ty::Text)],
        Ty::Date => vec![part("year", Ty::Int), part("month", Ty::Int)],
        Ty::Time => vec![part("hour", Ty::Int)],
        _ => Vec::new(),
    }
}

/// The fields that all of the types have.
fn shared(world: &World, types: &[usize]) -> Vec<(String, Ty)> {
    let Some((&first, others)) = types.split_first() else { return Vec::new() };
    let everywhere =
        |field: &&(String, Ty)| others.iter().all(|&other| world.entity(other).fields.contains(field));
    world.entity(first).fields.iter().filter(everywhere).cloned().collect()
}
