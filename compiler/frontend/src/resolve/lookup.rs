//! Names that are used: what they stand for, or what to say when they stand for nothing.

use permit_grammar::ast::Ident;
use permit_ir::program::EntityKind;
use permit_ir::types::{ActionId, EntityTypeId, EnumId};

use super::{Symbols, TypeName, ValueKind, ZoneDecl, kind_name};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::suggest;

impl Symbols {
    /// What kind of declaration has this name, as messages call it.
    pub(crate) fn kind_of(&self, name: &str) -> Option<&'static str> {
        match self.types.get(name) {
            Some(TypeName::Enum(_)) => return Some("an enum"),
            Some(TypeName::Entity(id)) => return self.entity(*id).map(|decl| kind_name(decl.kind)),
            Some(TypeName::Record(_)) => return Some("a record type"),
            None => {}
        }
        if self.action_ids.contains_key(name) {
            Some("an action")
        } else if self.action_sets.contains_key(name) {
            Some("an action set")
        } else if self.zone_places.contains_key(name) {
            Some("a zone")
        } else {
            self.value_kind(name).map(ValueKind::name)
        }
    }

    pub(crate) fn find_action(&self, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<ActionId> {
        let id = self.action_ids.get(&name.value).copied();
        if id.is_none() {
            let candidates: Vec<&str> =
                self.action_ids.keys().chain(self.action_sets.keys()).map(String::as_str).collect();
            let wanted = Wanted { code: Code::UnknownAction, what: "an action", noun: "action" };
            found.push(self.missing(name, &wanted, &candidates, "declare it: `action NAME(…) on …;`"));
        }
        id
    }

    /// The actions that a name stands for: one, or those of a set.
    pub(crate) fn find_actions(&self, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<Vec<ActionId>> {
        match self.action_set(&name.value) {
            Some(set) => set.actions.clone(),
            None => self.find_action(found, name).map(|id| vec![id]),
        }
    }

    pub(crate) fn zone(&self, name: &str) -> Option<&ZoneDecl> {
        self.zones.get(*self.zone_places.get(name)?)
    }

    pub(crate) fn find_zone(&self, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<&ZoneDecl> {
        let zone = self.zone_places.get(&name.value).and_then(|&at| self.zones.get(at));
        if zone.is_none() {
            let candidates: Vec<&str> = self.zone_places.keys().map(String::as_str).collect();
            let wanted = Wanted { code: Code::UnknownZone, what: "a zone", noun: "zone" };
            found.push(self.missing(
                name,
                &wanted,
                &candidates,
                "declare it: `zone NAME = \"Europe/Dublin\";`",
            ));
        }
        zone
    }

    /// An entity type of one of these kinds, the first of which names them all in messages.
    pub(crate) fn find_entity(
        &self,
        found: &mut Vec<Diagnostic>,
        name: &Ident,
        kinds: &[EntityKind],
    ) -> Option<EntityTypeId> {
        let fits = |id: EntityTypeId| self.entity(id).is_some_and(|decl| kinds.contains(&decl.kind));
        if let Some(TypeName::Entity(id)) = self.type_name(&name.value)
            && fits(id)
        {
            return Some(id);
        }
        let candidates: Vec<&str> =
            self.entities.iter().filter(|d| kinds.contains(&d.kind)).map(|d| d.name.value.as_str()).collect();
        let what = match kinds {
            [only] => kind_name(*only),
            _ => "an entity type",
        };
        let noun = what.split_once(' ').map_or(what, |(_, noun)| noun);
        let wanted = Wanted { code: Code::UnknownType, what, noun };
        found.push(self.missing(name, &wanted, &candidates, &format!("declare {what} of this name")));
        None
    }

    /// A variant by name, with the help for a misspelt one.
    pub(crate) fn find_variant(
        &self,
        found: &mut Vec<Diagnostic>,
        id: EnumId,
        name: &Ident,
    ) -> Option<(EnumId, u16)> {
        let decl = self.enum_decl(id)?;
        if let Some(place) = self.variant_place(id, &name.value) {
            return Some((id, place));
        }
        let candidates: Vec<&str> = decl.variants.iter().map(|variant| variant.value.as_str()).collect();
        let message = format!("`{}` is no variant of `{}`", name.value, decl.name.value);
        let diagnostic = Diagnostic::error(Code::UnknownVariant, name.span, message, "no such variant")
            .also(decl.name.span, format!("`{}` is declared here", decl.name.value))
            .help(suggest::help(&name.value, &candidates, "use one of the variants that the enum declares"));
        found.push(diagnostic);
        None
    }

    pub(crate) fn variant_place(&self, id: EnumId, name: &str) -> Option<u16> {
        let variants = &self.enum_decl(id)?.variants;
        (0..).zip(variants).find(|(_, variant)| variant.value == name).map(|(place, _)| place)
    }

    fn missing(&self, name: &Ident, wanted: &Wanted, candidates: &[&str], otherwise: &str) -> Diagnostic {
        let help = suggest::help(&name.value, candidates, otherwise);
        let diagnostic = match self.kind_of(&name.value) {
            Some(kind) => Diagnostic::error(
                Code::WrongKind,
                name.span,
                format!("`{}` is {kind}, not {}", name.value, wanted.what),
                format!("{} is needed here", wanted.what),
            ),
            None => Diagnostic::error(
                wanted.code,
                name.span,
                format!("unknown {} `{}`", wanted.noun, name.value),
                "not declared",
            ),
        };
        diagnostic.help(help)
    }
}

/// What a name should have stood for.
struct Wanted {
    code: Code,
    what: &'static str,
    noun: &'static str,
}

impl ValueKind {
    /// As messages call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Const => "a constant",
            Self::Table => "a table",
            Self::Function => "a function",
        }
    }
}
