//! Namespaces, and which of their names a file sees: those of its own module, and the public ones that it
//! imports. A name of the module takes precedence over one imported by name, and that over one imported with a whole module.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use permit_grammar::ast::Ident;
use permit_grammar::span::{SourceId, Span};

use super::Symbols;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::library;
use crate::modules::ModuleId;

/// A declaration of a name.
#[derive(Debug)]
pub(crate) struct Declared<T> {
    /// What the name stands for.
    pub(crate) meaning: T,
    /// The span of the name in its declaration, which identifies it.
    pub(crate) span: Span,
    pub(crate) module: ModuleId,
    pub(crate) private: bool,
}

/// The names of one kind, by module.
#[derive(Debug)]
pub(crate) struct Namespace<T>(BTreeMap<String, BTreeMap<ModuleId, Declared<T>>>);

impl<T> Default for Namespace<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T> Namespace<T> {
    /// Takes a name that its module does not have yet; else nothing changes.
    pub(super) fn declare(&mut self, name: &str, declared: Declared<T>) {
        self.0.entry(name.to_owned()).or_default().entry(declared.module).or_insert(declared);
    }

    /// The declaration of a name in a module.
    pub(super) fn of(&self, name: &str, module: ModuleId) -> Option<&Declared<T>> {
        self.0.get(name)?.get(&module)
    }

    pub(super) fn of_mut(&mut self, name: &str, module: ModuleId) -> Option<&mut Declared<T>> {
        self.0.get_mut(name)?.get_mut(&module)
    }

    /// All declarations of a name, by module.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Declared<T>> {
        self.0.get(name).into_iter().flat_map(BTreeMap::values)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Declared<T>)> {
        self.0.iter().flat_map(|(name, all)| all.values().map(move |declared| (name.as_str(), declared)))
    }
}

/// What a name stands for in a file.
#[derive(Debug)]
pub(crate) enum Lookup<'a, T> {
    One(&'a Declared<T>),
    /// Two whole modules bring it in, and nothing says which is meant.
    Two(&'a Declared<T>, &'a Declared<T>),
    None,
}

impl<'a, T> Lookup<'a, T> {
    /// The declaration, the first of two.
    pub(crate) const fn first(self) -> Option<&'a Declared<T>> {
        match self {
            Self::One(declared) | Self::Two(declared, _) => Some(declared),
            Self::None => None,
        }
    }
}

/// A `use`, or one name of it, and whether anything rests on it.
#[derive(Debug)]
pub(crate) struct Import {
    pub(crate) module: ModuleId,
    /// The `use`, or the name in its braces.
    pub(crate) span: Span,
    pub(crate) used: Cell<bool>,
}

/// What the `use`s of a file bring in.
#[derive(Debug, Default)]
pub(crate) struct Imports {
    pub(crate) whole: Vec<Import>,
    pub(crate) named: BTreeMap<String, Import>,
    /// Whether a whole module is missing, which was reported.
    pub(super) lost_module: bool,
    /// Names that are missing, which was reported.
    pub(super) lost_names: BTreeSet<String>,
}

impl Symbols {
    /// What a name of a namespace stands for in a text.
    pub(crate) fn look_up<'a, T>(
        &'a self,
        names: &'a Namespace<T>,
        name: &str,
        at: SourceId,
    ) -> Lookup<'a, T> {
        if let Some(own) = self.modules.of(at).and_then(|module| names.of(name, module)) {
            return Lookup::One(own);
        }
        let Some(imports) = self.imports.get(&at) else { return Lookup::None };
        let public = |import: &Import| names.of(name, import.module).filter(|declared| !declared.private);
        if let Some(import) = imports.named.get(name)
            && let Some(declared) = public(import)
        {
            import.used.set(true);
            return Lookup::One(declared);
        }
        let mut first: Option<&Declared<T>> = None;
        for import in &imports.whole {
            let Some(declared) = public(import) else { continue };
            import.used.set(true);
            match first {
                Some(other) if other.module != declared.module => return Lookup::Two(other, declared),
                Some(_) => {}
                None => first = Some(declared),
            }
        }
        first.map_or(Lookup::None, Lookup::One)
    }

    /// The names of a namespace that a text sees.
    pub(crate) fn seen<'a, T>(&'a self, names: &'a Namespace<T>, at: SourceId) -> Vec<(&'a str, &'a T)> {
        let own = self.modules.of(at);
        let imports = self.imports.get(&at);
        let brings = |name: &str, module: ModuleId| {
            imports.is_some_and(|imports| {
                imports.named.get(name).is_some_and(|import| import.module == module)
                    || imports.whole.iter().any(|import| import.module == module)
            })
        };
        names
            .iter()
            .filter(|(name, declared)| {
                Some(declared.module) == own || !declared.private && brings(name, declared.module)
            })
            .map(|(name, declared)| (name, &declared.meaning))
            .collect()
    }

    /// Whether a name may come from a `use` that was reported; then nothing is said of it.
    pub(crate) fn may_be_lost(&self, name: &str, at: SourceId) -> bool {
        let lost = |imports: &super::Imports| imports.lost_module || imports.lost_names.contains(name);
        self.imports.get(&at).is_some_and(lost)
    }

    /// What to say of a name that another module declares and that this text does not see.
    pub(crate) fn out_of_sight<T>(
        &self,
        names: &Namespace<T>,
        name: &Ident,
        code: Code,
        noun: &str,
    ) -> Option<Diagnostic> {
        let public = names.all(&name.value).find(|declared| !declared.private);
        let unknown = || {
            let message = format!("unknown {noun} `{}`", name.value);
            Diagnostic::error(code, name.span, message, "not imported")
        };
        let help = |module: &str| format!("write `use {module}.{{{}}};` at the top of the file", name.value);
        if let Some(declared) = public {
            let module = self.modules.name(declared.module);
            let diagnostic = unknown().also(declared.span, format!("declared in `{module}`"));
            return Some(diagnostic.help(help(module)));
        }
        if let Some(declared) = names.all(&name.value).next() {
            return Some(self.private(name, declared.module, declared.span));
        }
        library::module_of(&name.value).map(|module| unknown().help(help(module)))
    }

    /// A name that is its module's own.
    pub(super) fn private(&self, name: &Ident, module: ModuleId, declared: Span) -> Diagnostic {
        let message = format!("`{}` is private to module `{}`", name.value, self.modules.name(module));
        Diagnostic::error(Code::PrivateName, name.span, message, "private")
            .also(declared, "declared `private`")
            .help("remove `private` there, or declare another one here")
    }

    /// A name that two modules bring in.
    pub(crate) fn ambiguous(
        &self,
        name: &Ident,
        one: (ModuleId, Span),
        other: (ModuleId, Span),
    ) -> Diagnostic {
        let (first, second) = (self.modules.name(one.0), self.modules.name(other.0));
        let message = format!("`{}` is declared in both `{first}` and `{second}`", name.value);
        Diagnostic::error(Code::AmbiguousName, name.span, message, "which of the two?")
            .also(one.1, format!("declared in `{first}`"))
            .also(other.1, format!("declared in `{second}`"))
            .help(format!("import the one you mean: `use {first}.{{{}}};`", name.value))
    }
}
