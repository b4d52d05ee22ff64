//! The form of a facts file, independent of any policy. Entities are taken out of the document as they
//! are met, and borrow their texts from it.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};

use super::FactsFileError;
use permit_types::strict_json::{self, DEPTH_MAX, Json, Member, Name, Strict, number, twice};

/// How deep a member of an entity may nest: it lies in an entity, in an array, in the file.
const MEMBER_DEPTH_MAX: usize = DEPTH_MAX - 3;

/// The members of the file.
const FILE: &[&str] = &["entities"];

/// The members of an entity.
const ENTITY: &[&str] = &["type", "id", "spiffe_id", "parents", "attributes"];

/// An entity as the file states it.
#[derive(Debug)]
pub(super) struct Stated<'d> {
    /// The name of its type.
    pub(super) ty: Cow<'d, str>,
    pub(super) id: Cow<'d, str>,
    pub(super) spiffe_id: Option<Cow<'d, str>>,
    pub(super) parents: Vec<Json<'d>>,
    pub(super) attributes: Vec<Member<'d>>,
}

impl fmt::Display for Stated<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&permit_ir::quoted::entity_text(&self.ty, &self.id))
    }
}

/// The entities of a file, as they stand in it.
///
/// # Errors
/// [`FactsFileError::Json`] or [`FactsFileError::Form`], whichever comes first in the file.
pub(super) fn entities(bytes: &[u8]) -> Result<Vec<Stated<'_>>, FactsFileError> {
    let form = Form::default();
    strict_json::read(bytes, File(&form)).map_err(|error| {
        // What is no JSON at all stays that, whatever was expected in its place.
        if form.wrong.get() && error.is_data() {
            FactsFileError::Form(error.to_string())
        } else {
            FactsFileError::Json(error.into())
        }
    })
}

/// Whether an error of the deserializer is about the form and not about the JSON, which it does not say itself.
#[derive(Debug, Default)]
struct Form {
    wrong: Cell<bool>,
}

impl Form {
    /// Reads what must be of the visitor's form; until the visitor meets it, an error is that it is of another.
    fn expect<'d, D: Deserializer<'d>, V: Visitor<'d>>(
        &self,
        from: D,
        form: V,
    ) -> Result<V::Value, D::Error> {
        self.wrong.set(true);
        from.deserialize_any(form)
    }

    fn met(&self) {
        self.wrong.set(false);
    }

    fn refuse<E>(&self, error: E) -> E {
        self.wrong.set(true);
        error
    }

    fn other<E: Error>(&self, found: &Json<'_>, expected: &str) -> E {
        let found = match found {
            Json::Null => Unexpected::Unit,
            Json::Bool(truth) => Unexpected::Bool(*truth),
            Json::Number(_) => Unexpected::Other("number"),
            Json::String(text) => Unexpected::Str(text),
            Json::Array(_) => Unexpected::Seq,
            Json::Object(_) => Unexpected::Map,
        };
        self.refuse(E::invalid_type(found, &expected))
    }

    fn text<'d, E: Error>(&self, name: &'static str, json: Option<Json<'d>>) -> Result<Cow<'d, str>, E> {
        match json {
            Some(Json::String(text)) => Ok(text),
            Some(other) => Err(self.other(&other, "a string")),
            None => Err(self.refuse(E::missing_field(name))),
        }
    }

    fn entity<'d, E: Error>(&self, members: [Option<Json<'d>>; 5]) -> Result<Stated<'d>, E> {
        let [ty, id, spiffe_id, parents, attributes] = members;
        Ok(Stated {
            ty: self.text("type", ty)?,
            id: self.text("id", id)?,
            spiffe_id: match spiffe_id {
                None | Some(Json::Null) => None,
                given => Some(self.text("spiffe_id", given)?),
            },
            parents: match parents {
                None => Vec::new(),
                Some(Json::Array(parents)) => parents,
                Some(other) => return Err(self.other(&other, "an array")),
            },
            attributes: match attributes {
                None => Vec::new(),
                Some(Json::Object(members)) => members,
                Some(other) => return Err(self.other(&other, "an object")),
            },
        })
    }
}

struct File<'f>(&'f Form);

impl<'d> DeserializeSeed<'d> for File<'_> {
    type Value = Vec<Stated<'d>>;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.expect(deserializer, self)
    }
}

impl<'d> Visitor<'d> for File<'_> {
    type Value = Vec<Stated<'d>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let Self(form) = self;
        form.met();
        let mut entities = None;
        while let Some(name) = members.next_key_seed(Name)? {
            let Some(name) = name else { return Err(form.other(&number(&mut members)?, "an object")) };
            if name != "entities" {
                return Err(form.refuse(A::Error::unknown_field(&name, FILE)));
            }
            if entities.is_some() {
                return Err(twice(&name));
            }
            entities = Some(members.next_value_seed(Entities(form))?);
        }
        entities.ok_or_else(|| form.refuse(A::Error::missing_field("entities")))
    }
}

struct Entities<'f>(&'f Form);

impl<'d> DeserializeSeed<'d> for Entities<'_> {
    type Value = Vec<Stated<'d>>;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.expect(deserializer, self)
    }
}

impl<'d> Visitor<'d> for Entities<'_> {
    type Value = Vec<Stated<'d>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of entities")
    }

    fn visit_seq<A: SeqAccess<'d>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        self.0.met();
        let mut entities = Vec::new();
        while let Some(entity) = items.next_element_seed(Entity(self.0))? {
            entities.push(entity);
        }
        Ok(entities)
    }
}

struct Entity<'f>(&'f Form);

impl<'d> DeserializeSeed<'d> for Entity<'_> {
    type Value = Stated<'d>;

    fn deserialize<D: Deserializer<'d>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.expect(deserializer, self)
    }
}

impl<'d> Visitor<'d> for Entity<'_> {
    type Value = Stated<'d>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an entity")
    }

    fn visit_map<A: MapAccess<'d>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let Self(form) = self;
        form.met();
        let mut found: [Option<Json<'d>>; ENTITY.len()] = [const { None }; ENTITY.len()];
        while let Some(name) = members.next_key_seed(Name)? {
            let Some(name) = name else { return Err(form.other(&number(&mut members)?, "an entity")) };
            let slot = ENTITY.iter().zip(&mut found).find(|(known, _)| **known == name);
            let Some((_, slot)) = slot else {
                return Err(form.refuse(A::Error::unknown_field(&name, ENTITY)));
            };
            if slot.is_some() {
                return Err(twice(&name));
            }
            *slot = Some(members.next_value_seed(Strict::new(MEMBER_DEPTH_MAX))?);
        }
        form.entity(found)
    }
}
