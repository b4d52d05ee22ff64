//! `use`: which names of the standard library each file brings in.

use permit_grammar::ast::{File, Ident, Use};
use permit_grammar::span::SourceId;
use permit_ir::intrinsics::Intrinsic;
use permit_ir::types::EnumId;

use super::{Symbols, TypeName};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::{std_names, suggest};

/// The enum of the days of the week, which `std.time` brings with it.
const WEEKDAY: &str = "Weekday";

/// Reads the `use`s of all files.
pub(super) fn resolve(symbols: &mut Symbols, files: &[File], found: &mut Vec<Diagnostic>) {
    for (source, file) in (0..).map(SourceId).zip(files) {
        for one in &file.uses {
            import(symbols, source, one, found);
        }
    }
    let weekday = |intrinsic: &Intrinsic| intrinsic.result() == permit_ir::intrinsics::Shape::Weekday;
    if symbols.imports.values().any(weekday) {
        declare_weekday(symbols, found);
    }
}

fn import(symbols: &mut Symbols, source: SourceId, one: &Use, found: &mut Vec<Diagnostic>) {
    let parts: Vec<&str> = one.path.iter().map(|part| part.value.as_str()).collect();
    let path = parts.join(".");
    let Some(names) = std_names::module(&path) else {
        let modules: Vec<&str> = std_names::modules().collect();
        symbols.lost_imports.insert(source);
        let message = format!("unknown module `{path}`");
        let span = one.path.iter().map(|part| part.span).reduce(|a, b| a.to(b)).unwrap_or(one.span);
        let diagnostic = Diagnostic::error(Code::UnknownModule, span, message, "no such module");
        found.push(diagnostic.help(suggest::help(&path, &modules, "only modules of `std` can be used")));
        return;
    };
    let Some(wanted) = &one.names else {
        for (name, intrinsic) in names {
            symbols.imports.insert((source, (*name).to_owned()), *intrinsic);
        }
        return;
    };
    for name in wanted {
        match names.iter().find(|(known, _)| *known == name.value) {
            Some((_, intrinsic)) => {
                symbols.imports.insert((source, name.value.clone()), *intrinsic);
            }
            None => {
                let known: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
                symbols.lost_imports.insert(source);
                let message = format!("`{path}` has no `{}`", name.value);
                let diagnostic = Diagnostic::error(Code::NotInModule, name.span, message, "not there");
                found.push(diagnostic.help(suggest::help(&name.value, &known, "use one of its names")));
            }
        }
    }
}

/// The enum comes behind those of the module, unless the module declares it itself.
fn declare_weekday(symbols: &mut Symbols, found: &mut Vec<Diagnostic>) {
    let days = permit_ir::intrinsics::WEEKDAYS;
    if let Some(TypeName::Enum(id)) = symbols.type_name(WEEKDAY) {
        let Some(decl) = symbols.enum_decl(id) else { return };
        if decl.variants.iter().map(|variant| variant.value.as_str()).eq(days) {
            symbols.weekday = Some(id);
            return;
        }
    }
    if symbols.type_name(WEEKDAY).is_some() {
        let names = symbols.enums.iter().map(|decl| &decl.name);
        let mut names = names.chain(symbols.entities.iter().map(|decl| &decl.name));
        let name = names.find(|name| name.value == WEEKDAY).map(|name| name.span);
        let diagnostic = Diagnostic::error(
            Code::ReservedName,
            name.unwrap_or_default(),
            "`Weekday` is the enum that `std.time` brings with it",
            "another meaning of the name",
        );
        found.push(diagnostic.help("choose another name"));
        return;
    }
    let Ok(id) = u16::try_from(symbols.enums.len()) else { return };
    let ident = |text: &str| Ident { value: text.to_owned(), span: permit_grammar::span::Span::default() };
    let variants = days.iter().map(|day| ident(day)).collect();
    symbols.enums.push(super::EnumDecl { name: ident(WEEKDAY), variants });
    symbols.types.insert(WEEKDAY.to_owned(), TypeName::Enum(EnumId(id)));
    symbols.weekday = Some(EnumId(id));
}

impl Symbols {
    /// The function of the standard library that a name means in its file.
    pub(crate) fn import(&self, name: &Ident) -> Option<Intrinsic> {
        self.imports.get(&(name.span.source, name.value.clone())).copied()
    }

    /// Whether a file has a `use` that was reported.
    pub(crate) fn lost_import(&self, source: SourceId) -> bool {
        self.lost_imports.contains(&source)
    }

    /// The functions of the standard library that some file brings in.
    pub(crate) fn import_names(&self) -> impl Iterator<Item = &str> {
        self.imports.keys().map(|(_, name)| name.as_str())
    }

    /// The enum of the days of the week.
    pub(crate) const fn weekday(&self) -> Option<EnumId> {
        self.weekday
    }
}
