//! Name lookup, and the diagnostics for unknown names.

use permit_grammar::ast::Ident;
use permit_grammar::span::Span;
use permit_ir::program::EntityKind;
use permit_ir::types::{ActionId, EntityTypeId, EnumId};

use super::{ActionName, ClauseName, Lookup, Namespace, Symbols, TypeName, ValueName, ZoneDecl, kind_name};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::suggest;

impl Symbols {
    pub(crate) fn type_name(&self, name: &str, at: Span) -> Option<TypeName> {
        self.look_up(&self.types, name, at.source).first().map(|declared| declared.meaning)
    }

    /// Where the type, the action or set of actions, and the value of a name are declared, of which each may be there.
    pub(crate) fn places(&self, name: &str, at: Span) -> impl Iterator<Item = Span> {
        let ty = self.look_up(&self.types, name, at.source).first().map(|declared| declared.span);
        let action = self.look_up(&self.actions_named, name, at.source).first().map(|declared| declared.span);
        let value = self.value(name, at).first().map(|declared| declared.span);
        [ty, action, value].into_iter().flatten()
    }

    /// What a name of a value stands for; it may be that of two modules.
    pub(crate) fn value(&self, name: &str, at: Span) -> Lookup<'_, ValueName> {
        self.look_up(&self.values, name, at.source)
    }

    /// Which kind of value a name stands for.
    pub(crate) fn value_name(&self, name: &str, at: Span) -> Option<ValueName> {
        self.value(name, at).first().map(|declared| declared.meaning)
    }

    /// The types that a text sees.
    pub(crate) fn type_names(&self, at: Span) -> Vec<&str> {
        self.seen(&self.types, at.source).into_iter().map(|(name, _)| name).collect()
    }

    /// The values that a text sees.
    pub(crate) fn value_names(&self, at: Span) -> impl Iterator<Item = (&str, ValueName)> {
        self.seen(&self.values, at.source).into_iter().map(|(name, meaning)| (name, *meaning))
    }

    /// What kind of declaration has this name, as messages call it.
    pub(crate) fn kind_of(&self, name: &str, at: Span) -> Option<&'static str> {
        match self.type_name(name, at) {
            Some(TypeName::Enum(_)) => return Some("an enum"),
            Some(TypeName::Entity(id)) => return self.entity(id).map(|decl| kind_name(decl.kind)),
            Some(TypeName::Record(_)) => return Some("a record type"),
            None => {}
        }
        match self.look_up(&self.actions_named, name, at.source).first().map(|declared| declared.meaning) {
            Some(ActionName::Action(_)) => Some("an action"),
            Some(ActionName::Set(_)) => Some("an action set"),
            None => self.value_name(name, at).map(ValueName::kind),
        }
    }

    /// The actions that a name stands for: one, or those of a set.
    pub(crate) fn find_actions(&self, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<&[ActionId]> {
        match self.find_action_name(found, name, true)? {
            ActionName::Action(id) => Some(std::slice::from_ref(id)),
            ActionName::Set(place) => self.action_sets.get(*place)?.actions.as_deref(),
        }
    }

    /// The one action that a name stands for.
    pub(crate) fn find_action(&self, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<ActionId> {
        match self.find_action_name(found, name, false)? {
            ActionName::Action(id) => Some(*id),
            ActionName::Set(_) => None,
        }
    }

    fn find_action_name(&self, found: &mut Vec<Diagnostic>, name: &Ident, sets: bool) -> Option<&ActionName> {
        let fits = |action: &ActionName| sets || matches!(action, ActionName::Action(_));
        match self.look_up(&self.actions_named, &name.value, name.span.source) {
            Lookup::One(declared) if fits(&declared.meaning) => return Some(&declared.meaning),
            Lookup::Two(one, other) => {
                found.push(self.ambiguous(name, (one.module, one.span), (other.module, other.span)));
                return None;
            }
            Lookup::One(_) | Lookup::None => {}
        }
        let seen = self.seen(&self.actions_named, name.span.source).into_iter();
        let candidates: Vec<&str> = seen.filter(|(_, action)| fits(action)).map(|(name, _)| name).collect();
        let wanted = Wanted { code: Code::UnknownAction, what: "an action", noun: "action" };
        let otherwise = "declare it: `action NAME(…) on …;`";
        found.extend(self.missing(&self.actions_named, name, &wanted, &candidates, otherwise));
        None
    }

    /// Whether a name is a scope's; if not, that is reported.
    pub(crate) fn find_scope(&self, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<()> {
        let declared = self.look_up(&self.clauses, &name.value, name.span.source).first();
        if declared.is_some_and(|declared| declared.meaning == ClauseName::Scope) {
            return Some(());
        }
        let seen = self.seen(&self.clauses, name.span.source).into_iter();
        let candidates: Vec<&str> =
            seen.filter(|(_, clause)| **clause == ClauseName::Scope).map(|(name, _)| name).collect();
        let help = || {
            let otherwise = "declare it: `scope NAME(…) { allows …; expires after …; }`";
            suggest::help(&name.value, &candidates, otherwise)
        };
        found.extend(match declared {
            Some(declared) => {
                let message = format!("`{}` is not a scope", name.value);
                let diagnostic =
                    Diagnostic::error(Code::WrongKind, name.span, message, "a scope is needed here");
                Some(diagnostic.also(declared.span, "declared here").help(help()))
            }
            None => self.unknown(&self.clauses, name, (Code::UnknownScope, "scope"), help),
        });
        None
    }

    pub(crate) fn zone(&self, place: usize) -> Option<&ZoneDecl> {
        self.zones.get(place)
    }

    pub(crate) fn find_zone(&self, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<&ZoneDecl> {
        let place = match self.value(&name.value, name.span) {
            Lookup::Two(one, other) => {
                found.push(self.ambiguous(name, (one.module, one.span), (other.module, other.span)));
                return None;
            }
            lookup => lookup.first().map(|declared| declared.meaning),
        };
        if let Some(ValueName::Zone(place)) = place {
            return self.zone(place);
        }
        let zones = self.value_names(name.span).filter(|(_, value)| matches!(value, ValueName::Zone(_)));
        let candidates: Vec<&str> = zones.map(|(name, _)| name).collect();
        let wanted = Wanted { code: Code::UnknownZone, what: "a zone", noun: "zone" };
        let otherwise = "declare it: `zone NAME = \"Europe/Dublin\";`";
        found.extend(self.missing(&self.values, name, &wanted, &candidates, otherwise));
        None
    }

    /// An entity type of one of these kinds, the first of which names them all in messages.
    pub(crate) fn find_entity(
        &self,
        found: &mut Vec<Diagnostic>,
        name: &Ident,
        kinds: &[EntityKind],
    ) -> Option<EntityTypeId> {
        let fits = |id: EntityTypeId| self.entity(id).is_some_and(|decl| kinds.contains(&decl.kind));
        if let Some(TypeName::Entity(id)) = self.type_name(&name.value, name.span)
            && fits(id)
        {
            return Some(id);
        }
        let of_kind = |ty: &TypeName| matches!(ty, TypeName::Entity(id) if fits(*id));
        let seen = self.seen(&self.types, name.span.source).into_iter();
        let candidates: Vec<&str> = seen.filter(|(_, ty)| of_kind(ty)).map(|(name, _)| name).collect();
        let what = match kinds {
            [only] => kind_name(*only),
            _ => "an entity type",
        };
        let noun = what.split_once(' ').map_or(what, |(_, noun)| noun);
        let wanted = Wanted { code: Code::UnknownType, what, noun };
        let otherwise = format!("declare {what} of this name");
        found.extend(self.missing(&self.types, name, &wanted, &candidates, &otherwise));
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
        let message = format!("`{}` is not a variant of `{}`", name.value, decl.name.value);
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

    /// What to say of a name that is not what it should be; nothing when a `use` that was reported may bring it in.
    fn missing<T>(
        &self,
        names: &Namespace<T>,
        name: &Ident,
        wanted: &Wanted,
        candidates: &[&str],
        otherwise: &str,
    ) -> Option<Diagnostic> {
        if let Some(kind) = self.kind_of(&name.value, name.span) {
            let message = format!("`{}` is {kind}, not {}", name.value, wanted.what);
            let label = format!("{} is needed here", wanted.what);
            let diagnostic = Diagnostic::error(Code::WrongKind, name.span, message, label);
            return Some(diagnostic.help(suggest::help(&name.value, candidates, otherwise)));
        }
        self.unknown(names, name, (wanted.code, wanted.noun), || {
            suggest::help(&name.value, candidates, otherwise)
        })
    }

    /// What to say of a type that no text sees.
    pub(crate) fn unknown_type(&self, name: &Ident, help: impl FnOnce() -> String) -> Option<Diagnostic> {
        self.unknown(&self.types, name, (Code::UnknownType, "type"), help)
    }

    /// What to say of a function that no text sees.
    pub(crate) fn unknown_function(&self, name: &Ident, help: impl FnOnce() -> String) -> Option<Diagnostic> {
        self.unknown(&self.values, name, (Code::NotCallable, "function"), help)
    }

    /// What to say of a value that another module declares, and not for this text.
    pub(crate) fn value_out_of_sight(&self, name: &Ident) -> Option<Diagnostic> {
        self.out_of_sight(&self.values, name, Code::UnknownName, "name")
    }

    fn unknown<T>(
        &self,
        names: &Namespace<T>,
        name: &Ident,
        (code, noun): (Code, &str),
        help: impl FnOnce() -> String,
    ) -> Option<Diagnostic> {
        if self.may_be_lost(&name.value, name.span.source) {
            return None;
        }
        self.out_of_sight(names, name, code, noun).or_else(|| {
            let message = format!("unknown {noun} `{}`", name.value);
            Some(Diagnostic::error(code, name.span, message, "not declared").help(help()))
        })
    }
}

/// What a name should have stood for.
struct Wanted {
    code: Code,
    what: &'static str,
    noun: &'static str,
}

impl ValueName {
    /// As messages call it.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Zone(_) => "a zone",
            Self::Const => "a constant",
            Self::Table => "a table",
            Self::Function => "a function",
        }
    }
}
