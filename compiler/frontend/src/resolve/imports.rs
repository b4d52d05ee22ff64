//! `use`: which names of other modules each file imports.

use std::cell::Cell;

use permit_grammar::ast::{File, Ident, Use};
use permit_grammar::span::{SourceId, Span};

use super::Symbols;
use super::names::{Declared, Import, Imports, Namespace};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::modules::{ModuleId, dotted};
use crate::{library, suggest};

/// Where a module declares a name, and whether it is private there, by namespace.
type Places = [Option<(Span, bool)>; 4];

/// Reads the `use`s of all files. All declarations must be known.
pub(super) fn resolve(symbols: &mut Symbols, files: &[File], found: &mut Vec<Diagnostic>) {
    for one in files.iter().flat_map(|file| &file.uses) {
        let source = one.span.source;
        let mut imports = symbols.imports.remove(&source).unwrap_or_default();
        import(symbols, &mut imports, source, one, found);
        symbols.imports.insert(source, imports);
    }
}

fn import(
    symbols: &Symbols,
    imports: &mut Imports,
    source: SourceId,
    one: &Use,
    found: &mut Vec<Diagnostic>,
) {
    let path = dotted(&one.path);
    let at = one.path.iter().map(|part| part.span).reduce(|a, b| a.to(b)).unwrap_or(one.span);
    let Some(module) = symbols.modules.named(&path) else {
        match &one.names {
            Some(names) => imports.lost_names.extend(names.iter().map(|name| name.value.clone())),
            None => imports.lost_module = true,
        }
        found.push(unknown(symbols, &path, at));
        return;
    };
    if symbols.modules.of(source) == Some(module) {
        let message = format!("module `{path}` imports itself");
        let diagnostic = Diagnostic::error(Code::OwnModule, at, message, "the file's own module");
        found.push(diagnostic.help("remove it; files of a module see all of its declarations"));
        return;
    }
    match &one.names {
        None => imports.whole.push(Import { module, span: one.span, used: Cell::new(false) }),
        Some(names) => {
            for name in names {
                import_name(symbols, imports, module, name, found);
            }
        }
    }
}

fn unknown(symbols: &Symbols, path: &str, at: Span) -> Diagnostic {
    let mut modules: Vec<&str> = library::modules().collect();
    modules.extend(symbols.modules.names());
    modules.sort_unstable();
    modules.dedup();
    let message = format!("unknown module `{path}`");
    let otherwise = "use a module of the policy or of the standard library";
    Diagnostic::error(Code::UnknownModule, at, message, "no such module")
        .help(suggest::help(path, &modules, otherwise))
}

fn import_name(
    symbols: &Symbols,
    imports: &mut Imports,
    module: ModuleId,
    name: &Ident,
    found: &mut Vec<Diagnostic>,
) {
    let places = symbols.places_in(module, &name.value);
    let any = places.iter().flatten().min_by_key(|(_, private)| *private);
    let fault = match any {
        None => Some(not_there(symbols, module, name)),
        Some(&(declared, true)) => Some(symbols.private(name, module, declared)),
        Some((_, false)) => clash(symbols, imports, module, name, &places),
    };
    if let Some(diagnostic) = fault {
        // Whatever the module has may have been meant, and is likely what the file names.
        let meant = symbols.public_names(module).into_iter().chain([name.value.as_str()]);
        imports.lost_names.extend(meant.map(ToOwned::to_owned));
        found.push(diagnostic);
        return;
    }
    let import = Import { module, span: name.span, used: Cell::new(false) };
    imports.named.insert(name.value.clone(), import);
}

fn not_there(symbols: &Symbols, module: ModuleId, name: &Ident) -> Diagnostic {
    let (path, known) = (symbols.modules.name(module), symbols.public_names(module));
    let message = format!("module `{path}` has no `{}`", name.value);
    Diagnostic::error(Code::NotInModule, name.span, message, "not found").help(suggest::help(
        &name.value,
        &known,
        "use one of the names that it declares",
    ))
}

/// A name that the file has already, by itself or from another `use`.
fn clash(
    symbols: &Symbols,
    imports: &Imports,
    module: ModuleId,
    name: &Ident,
    places: &Places,
) -> Option<Diagnostic> {
    let own = symbols.modules.of(name.span.source).map(|own| symbols.places_in(own, &name.value));
    let own = own.iter().flatten().zip(places).find_map(|(own, other)| other.and(*own));
    let (first, text, help) = match (imports.named.get(&name.value), own) {
        (Some(import), _) if import.module == module => {
            (import.span, "first imported here", "remove one of them")
        }
        (Some(import), _) => (import.span, "the other flag", "import only one of them"),
        (None, Some((span, _))) => {
            (span, "declared in this module", "remove it from the `use`, or rename the declaration")
        }
        (None, None) => return None,
    };
    let message = format!("`{}` is already defined in this file", name.value);
    let diagnostic = Diagnostic::error(Code::NameTakenTwice, name.span, message, "imported here");
    Some(diagnostic.also(first, text).help(help))
}

impl Symbols {
    fn places_in(&self, module: ModuleId, name: &str) -> Places {
        fn place<T>(declared: Option<&Declared<T>>) -> Option<(Span, bool)> {
            declared.map(|declared| (declared.span, declared.private))
        }
        [
            place(self.types.of(name, module)),
            place(self.actions_named.of(name, module)),
            place(self.values.of(name, module)),
            place(self.clauses.of(name, module)),
        ]
    }

    /// The public names of a module, for a message.
    fn public_names(&self, module: ModuleId) -> Vec<&str> {
        fn names<T>(names: &Namespace<T>, module: ModuleId) -> impl Iterator<Item = &str> {
            names.iter().filter(move |(_, one)| one.module == module && !one.private).map(|(name, _)| name)
        }
        let types = names(&self.types, module).chain(names(&self.actions_named, module));
        types.chain(names(&self.values, module)).chain(names(&self.clauses, module)).collect()
    }
}
