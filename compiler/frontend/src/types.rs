//! Types as written become types of the IR; names of types for messages.

use permit_grammar::ast::{Ident, Type as Written, TypeKind};
use permit_ir::types::Type;
use permit_types::money::Currency;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::resolve::{Symbols, TypeName};
use crate::suggest;

/// Types that need one argument, and an example.
const APPLIED: &[(&str, &str)] =
    &[("money", "money[USD]"), ("set", "set[string]"), ("list", "list[string]"), ("map", "map[string, int]")];

/// The type of zones, which only parameters of functions have.
const ZONE: &str = "zone";

/// Whether the language itself has a type of this name.
pub(crate) fn is_builtin(name: &str) -> bool {
    Type::PLAIN.iter().any(|(plain, _)| *plain == name) || APPLIED.iter().any(|(applied, _)| *applied == name)
}

/// The type of a function's parameter, which may be a zone: a name for it, as no value is one.
pub(crate) fn resolve_parameter(
    symbols: &Symbols,
    found: &mut Vec<Diagnostic>,
    written: &Written,
) -> Option<Type> {
    match &written.kind {
        TypeKind::Name(name) if name.value == ZONE => Some(Type::Zone),
        _ => resolve(symbols, found, written),
    }
}

/// The type that was written, or `None` if it is none, which is reported.
pub(crate) fn resolve(symbols: &Symbols, found: &mut Vec<Diagnostic>, written: &Written) -> Option<Type> {
    match &written.kind {
        TypeKind::Name(name) => resolve_name(symbols, found, name),
        TypeKind::Applied { name, args } if name.value == "money" => currency(found, written, args),
        TypeKind::Applied { name, args } if name.value == "set" || name.value == "list" => {
            let element = Box::new(resolve_element(symbols, found, written, args)?);
            Some(if name.value == "set" { Type::Set(element) } else { Type::List(element) })
        }
        TypeKind::Applied { name, args } if name.value == "map" => map(symbols, found, written, args),
        TypeKind::Applied { name, .. } => {
            let diagnostic = Diagnostic::error(
                Code::TypeArguments,
                written.span,
                format!("`{}` takes no type argument", name.value),
                "unexpected type argument",
            );
            found.push(diagnostic.help("only `money`, `set`, `list` and `map` take type arguments"));
            None
        }
        TypeKind::Optional(inner) => match resolve(symbols, found, inner)? {
            Type::Optional(_) => {
                let diagnostic = Diagnostic::error(
                    Code::TypeNesting,
                    written.span,
                    "a type cannot be optional twice",
                    "one `?` too many",
                );
                found.push(diagnostic.help("write a single `?`"));
                None
            }
            inner => Some(Type::Optional(Box::new(inner))),
        },
        TypeKind::Error => None,
    }
}

fn resolve_name(symbols: &Symbols, found: &mut Vec<Diagnostic>, name: &Ident) -> Option<Type> {
    if let Some((_, ty)) = Type::PLAIN.iter().find(|(plain, _)| *plain == name.value) {
        return Some(ty.clone());
    }
    if let Some((applied, example)) = APPLIED.iter().find(|(applied, _)| *applied == name.value) {
        let diagnostic = Diagnostic::error(
            Code::TypeArguments,
            name.span,
            format!("`{applied}` needs a type argument"),
            "of what?",
        );
        found.push(diagnostic.help(format!("write it as in `{example}`")));
        return None;
    }
    match symbols.type_name(&name.value, name.span) {
        Some(TypeName::Enum(id)) => return Some(Type::Enum(id)),
        Some(TypeName::Entity(id)) => return Some(Type::Entity(vec![id])),
        Some(TypeName::Record(id)) => return Some(Type::Record(id)),
        None => {}
    }
    if let Some(kind) = symbols.kind_of(&name.value, name.span) {
        let diagnostic = Diagnostic::error(
            Code::WrongKind,
            name.span,
            format!("`{}` is {kind}, not a type", name.value),
            "a type is needed here",
        );
        found.push(diagnostic.help("write a built-in type, an enum, a record or an entity type"));
        return None;
    }
    found.extend(symbols.unknown_type(name, || {
        let mut names = symbols.type_names(name.span);
        names.extend(Type::PLAIN.iter().map(|(plain, _)| *plain));
        names.extend(APPLIED.iter().map(|(applied, _)| *applied));
        if name.value == ZONE {
            return "only a function parameter can be a `zone`; name the zone where it is needed".to_owned();
        }
        let otherwise = "declare it as an `enum`, `record`, `group`, `agent` or `resource`";
        suggest::closest(&name.value, names)
            .map_or_else(|| otherwise.to_owned(), |name| format!("did you mean `{name}`?"))
    }));
    None
}

fn currency(found: &mut Vec<Diagnostic>, written: &Written, args: &[Written]) -> Option<Type> {
    let [Written { kind: TypeKind::Name(code), .. }] = args else {
        if args.iter().any(|arg| arg.kind == TypeKind::Error) {
            return None;
        }
        let diagnostic = Diagnostic::error(
            Code::TypeArguments,
            written.span,
            "`money` takes one currency",
            "one currency",
        );
        found.push(diagnostic.help("write it as in `money[USD]`"));
        return None;
    };
    if let Ok(currency) = code.value.parse::<Currency>() {
        return Some(Type::Money(currency));
    }
    found.push(unknown_currency(code));
    None
}

fn unknown_currency(code: &Ident) -> Diagnostic {
    let upper = code.value.to_uppercase();
    let help = match upper.parse::<Currency>() {
        Ok(_) => format!("did you mean `{upper}`?"),
        Err(_) => "write a current ISO 4217 code, such as `USD`, `EUR` or `JPY`".to_owned(),
    };
    let message = format!("unknown currency `{}`", code.value);
    Diagnostic::error(Code::UnknownCurrency, code.span, message, "no such currency").help(help)
}

fn resolve_element(
    symbols: &Symbols,
    found: &mut Vec<Diagnostic>,
    written: &Written,
    args: &[Written],
) -> Option<Type> {
    let [arg] = args else {
        let diagnostic = Diagnostic::error(
            Code::TypeArguments,
            written.span,
            "a collection takes one element type",
            "one type",
        );
        found.push(diagnostic.help("write it as in `set[string]`"));
        return None;
    };
    match resolve(symbols, found, arg)? {
        ty if !ty.is_element() => {
            let diagnostic = Diagnostic::error(
                Code::TypeNesting,
                arg.span,
                format!("a collection cannot contain `{}`", name(symbols, &ty)),
                "invalid element type",
            );
            found.push(diagnostic.help("collections can contain plain values, records and entities"));
            None
        }
        ty => Some(ty),
    }
}

/// `map[string, T]`
fn map(symbols: &Symbols, found: &mut Vec<Diagnostic>, written: &Written, args: &[Written]) -> Option<Type> {
    let [key, value] = args else {
        let diagnostic = Diagnostic::error(
            Code::TypeArguments,
            written.span,
            "a map takes a key type and a value type",
            "two types",
        );
        found.push(diagnostic.help("write it as in `map[string, int]`"));
        return None;
    };
    let (key_ty, value_ty) = (resolve(symbols, found, key), resolve(symbols, found, value));
    let (key_ty, value_ty) = (key_ty?, value_ty?);
    let wrong = if key_ty != Type::String {
        Some((key, "map keys must be `string`", "not `string`"))
    } else if matches!(value_ty, Type::Optional(_) | Type::Map(_)) {
        Some((value, "a map cannot contain optional values or maps", "invalid value type"))
    } else {
        None
    };
    if let Some((arg, message, label)) = wrong {
        let diagnostic = Diagnostic::error(Code::TypeNesting, arg.span, message, label);
        found.push(diagnostic.help("write it as in `map[string, int]` or `map[string, set[string]]`"));
        return None;
    }
    Some(Type::Map(Box::new(value_ty)))
}

/// The type as it is written.
pub(crate) fn name(symbols: &Symbols, ty: &Type) -> String {
    match ty {
        Type::Money(currency) => format!("money[{currency}]"),
        Type::Enum(id) => symbols.enum_decl(*id).map_or_else(String::new, |decl| decl.name.value.clone()),
        Type::Entity(ids) => {
            let names: Vec<&str> = ids.iter().map(|&id| symbols.entity_name(id)).collect();
            names.join(" or ")
        }
        Type::Set(element) => format!("set[{}]", name(symbols, element)),
        Type::List(element) => format!("list[{}]", name(symbols, element)),
        Type::Optional(inner) => format!("{}?", name(symbols, inner)),
        Type::Record(id) => symbols.record(*id).map_or_else(String::new, |decl| decl.name.value.clone()),
        Type::Map(value) => format!("map[string, {}]", name(symbols, value)),
        plain => plain.plain_name().unwrap_or("?").to_owned(),
    }
}
