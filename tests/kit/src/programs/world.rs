//! The declarations of a program, before they are written as text.

use super::dice::Dice;
use super::types::{CURRENCIES, Ty};

/// The declarations that expressions may name.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) zones: Vec<String>,
    pub(super) enums: Vec<Enum>,
    pub(super) records: Vec<Record>,
    pub(super) entities: Vec<Entity>,
    pub(super) actions: Vec<Action>,
    /// Names of sets of actions and the places of the actions in them.
    pub(super) action_sets: Vec<(String, Vec<usize>)>,
    pub(super) constants: Vec<(String, Ty)>,
    pub(super) tables: Vec<Table>,
    pub(super) functions: Vec<Function>,
    pub(super) scopes: Vec<Scope>,
}

#[derive(Debug)]
pub(super) struct Enum {
    pub(super) name: String,
    pub(super) variants: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) fields: Vec<(String, Ty)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Group,
    Agent,
    Person,
    Resource,
}

#[derive(Debug, Default)]
pub(super) struct Entity {
    pub(super) name: String,
    pub(super) kind: Option<Kind>,
    pub(super) parents: Vec<usize>,
    pub(super) fields: Vec<(String, Ty)>,
    /// Those of the fields that a caller may fill.
    pub(super) claimed: Vec<String>,
}

#[derive(Debug)]
pub(super) struct Action {
    pub(super) name: String,
    pub(super) params: Vec<Param>,
    /// Entity types; none when it takes no resource.
    pub(super) resources: Vec<usize>,
    pub(super) flags: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Param {
    pub(super) name: String,
    pub(super) ty: Ty,
    pub(super) default: Option<String>,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) key: usize,
    pub(super) columns: Vec<(String, Ty)>,
}

#[derive(Debug)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) params: Vec<(String, Ty)>,
    pub(super) result: Ty,
}

#[derive(Debug)]
pub(super) struct Scope {
    pub(super) name: String,
    pub(super) params: Vec<(String, Ty)>,
}

const ZONES: [&str; 4] = ["Europe/Dublin", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe"];

impl World {
    /// Types and actions; what is made of expressions comes later.
    pub(super) fn new(dice: &mut Dice) -> Self {
        let zones = dice.some(&ZONES, 1, 2).into_iter().map(str::to_owned).collect();
        let mut world = Self { zones, ..Self::default() };
        for at in 0..dice.between(1, 3) {
            let variants = (0..dice.between(2, 4)).map(|variant| format!("e{at}v{variant}")).collect();
            world.enums.push(Enum { name: format!("Enum{at}"), variants });
        }
        world.declare_entities(dice);
        for at in 0..dice.between(1, 2) {
            let fields = (0..dice.between(1, 3)).map(|field| (format!("r{at}m{field}"), world.member(dice)));
            let fields = fields.collect();
            world.records.push(Record { name: format!("Record{at}"), fields });
        }
        world.declare_fields(dice);
        world.declare_actions(dice);
        world
    }

    pub(super) fn entity(&self, at: usize) -> &Entity {
        const NONE: &Entity = &Entity {
            name: String::new(),
            kind: None,
            parents: Vec::new(),
            fields: Vec::new(),
            claimed: Vec::new(),
        };
        self.entities.get(at).unwrap_or(NONE)
    }

    /// The places of the entity types of a kind.
    pub(super) fn of_kind(&self, kind: Kind) -> Vec<usize> {
        (0..self.entities.len()).filter(|&at| self.entity(at).kind == Some(kind)).collect()
    }

    /// Whether an entity of one type can be one of the other or lie in it.
    pub(super) fn can_lie_within(&self, inner: usize, outer: usize) -> bool {
        let mut open = vec![inner];
        let mut seen = Vec::new();
        while let Some(at) = open.pop() {
            if at == outer {
                return true;
            }
            if !seen.contains(&at) {
                seen.push(at);
                open.extend(&self.entity(at).parents);
            }
        }
        false
    }

    fn declare_entities(&mut self, dice: &mut Dice) {
        let group = self.declare("Group0".to_owned(), Kind::Group, Vec::new());
        let mut groups = vec![group];
        if dice.chance(50) {
            groups.push(self.declare("Group1".to_owned(), Kind::Group, vec![group]));
        }
        for at in 0..dice.between(1, 3) {
            self.declare(format!("Agent{at}"), Kind::Agent, dice.some(&groups, 0, 2));
        }
        self.declare("Person0".to_owned(), Kind::Person, dice.some(&groups, 0, 1));
        let mut resources = Vec::new();
        for at in 0..dice.between(1, 3) {
            let mut parents = dice.some(&resources, 0, 2);
            if dice.chance(30) {
                // It may lie within others of its own type.
                parents.push(self.entities.len());
            }
            resources.push(self.declare(format!("Resource{at}"), Kind::Resource, parents));
        }
    }

    fn declare(&mut self, name: String, kind: Kind, parents: Vec<usize>) -> usize {
        self.entities.push(Entity { name, kind: Some(kind), parents, ..Entity::default() });
        self.entities.len() - 1
    }

    /// Types share fields by name, so that a field may be read of an entity of several types.
    fn declare_fields(&mut self, dice: &mut Dice) {
        let pool: Vec<(String, Ty)> = (0..12).map(|at| (format!("f{at}"), self.any(dice))).collect();
        for at in 0..self.entities.len() {
            let fields = dice.some(&pool, 2, 7);
            let mut claimed = Vec::new();
            if matches!(self.entity(at).kind, Some(Kind::Agent | Kind::Resource)) {
                claimed.extend(fields.iter().filter(|_| dice.chance(15)).map(|(name, _)| name.clone()));
            }
            if let Some(entity) = self.entities.get_mut(at) {
                (entity.fields, entity.claimed) = (fields, claimed);
            }
        }
    }

    fn declare_actions(&mut self, dice: &mut Dice) {
        let pool: Vec<Param> = (0..8).map(|at| self.param(format!("p{at}"), dice)).collect();
        let resources = self.of_kind(Kind::Resource);
        for at in 0..dice.between(2, 4) {
            let mut flags = dice.some(&["readonly", "external"], 0, 2);
            if flags.is_empty() && dice.chance(30) {
                flags.push("irreversible");
            }
            self.actions.push(Action {
                name: format!("action{at}"),
                params: dice.some(&pool, 1, 5),
                resources: if dice.chance(85) { dice.some(&resources, 1, 2) } else { Vec::new() },
                flags: flags.into_iter().map(str::to_owned).collect(),
            });
        }
        let all: Vec<usize> = (0..self.actions.len()).collect();
        if dice.chance(50) {
            self.action_sets.push(("some_actions".to_owned(), dice.some(&all, 1, 2)));
        }
    }

    fn param(&self, name: String, dice: &mut Dice) -> Param {
        let ty = self.any(dice);
        let plain = ty.is_element() && !matches!(ty, Ty::Record(_));
        let default = if plain && dice.chance(20) { ty.literal(self, dice) } else { None };
        Param { name, ty, default }
    }

    /// Any type of a field or a parameter.
    fn any(&self, dice: &mut Dice) -> Ty {
        let ty = match dice.roll(10) {
            0 => Ty::Set(Box::new(self.element(dice))),
            1 => Ty::List(Box::new(self.element(dice))),
            2 => Ty::Map(Box::new(self.scalar(dice))),
            _ => self.element(dice),
        };
        if dice.chance(25) { ty.optional() } else { ty }
    }

    /// What a set may hold.
    fn element(&self, dice: &mut Dice) -> Ty {
        match dice.roll(8) {
            0 if !self.records.is_empty() => Ty::Record(dice.roll(self.records.len())),
            1 | 2 => Ty::Entity(vec![dice.roll(self.entities.len())]),
            _ => self.scalar(dice),
        }
    }

    /// A member of a record.
    fn member(&self, dice: &mut Dice) -> Ty {
        let ty = self.scalar(dice);
        if dice.chance(30) { ty.optional() } else { ty }
    }

    /// A type that has literals and no parts of its own but those of texts.
    pub(super) fn scalar(&self, dice: &mut Dice) -> Ty {
        let all = [
            Ty::Bool,
            Ty::Int,
            Ty::Int,
            Ty::Decimal,
            Ty::Money(CURRENCIES.get(dice.roll(CURRENCIES.len())).copied().unwrap_or("USD")),
            Ty::Money("USD"),
            Ty::Text,
            Ty::Text,
            Ty::Instant,
            Ty::Duration,
            Ty::Date,
            Ty::Time,
            Ty::Url,
            Ty::Path,
            Ty::Email,
            Ty::Ip,
            Ty::Cidr,
            Ty::Enum(dice.roll(self.enums.len())),
        ];
        dice.of(&all).cloned().unwrap_or(Ty::Int)
    }
}
