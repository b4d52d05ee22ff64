//! `edition` and `module`, which every file states.

use permit_grammar::ast::{File, Module};
use permit_grammar::span::{SourceId, Span};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// The only edition there is.
const EDITION: &str = "2026";

/// The module's name, if the files agree on one.
pub(crate) fn check(files: &[File], found: &mut Vec<Diagnostic>) -> Option<String> {
    let mut first: Option<(&Module, String)> = None;
    for (id, file) in (0..).map(SourceId).zip(files) {
        let start = Span { source: id, start: 0, end: 0 };
        check_edition(file, start, found);
        let Some(module) = &file.module else {
            let message = "the file does not say which module it belongs to";
            let diagnostic = Diagnostic::error(Code::ModuleMissing, start, message, "no `module`");
            found.push(diagnostic.help("write `module acme.support;` behind the edition"));
            continue;
        };
        let name = dotted(module);
        match &first {
            None => first = Some((module, name)),
            Some((other, first_name)) if *first_name != name => {
                let message = format!("files of `{first_name}` and of `{name}` are compiled together");
                let diagnostic = Diagnostic::error(
                    Code::ModuleMismatch,
                    module.span,
                    message,
                    format!("this is `{name}`"),
                )
                .also(other.span, format!("this is `{first_name}`"));
                found.push(diagnostic.help("compile the files of one module at a time"));
            }
            Some(_) => {}
        }
    }
    if files.is_empty() {
        let message = "there is no file to compile";
        let diagnostic = Diagnostic::error(Code::ModuleMissing, Span::default(), message, "nothing here");
        found.push(diagnostic.help("name the files of one module"));
    }
    first.map(|(_, name)| name)
}

fn check_edition(file: &File, start: Span, found: &mut Vec<Diagnostic>) {
    let diagnostic = match &file.edition {
        Some(edition) if edition.value == EDITION => return,
        Some(edition) => {
            let message = format!("unknown edition `{}`", edition.value);
            Diagnostic::error(Code::EditionUnknown, edition.span, message, "no such edition")
        }
        None => {
            let message = "the file does not say which edition of the language it is written in";
            Diagnostic::error(Code::EditionMissing, start, message, "no `edition`")
        }
    };
    found.push(diagnostic.help(format!("write `edition {EDITION};` at the top of the file")));
}

fn dotted(module: &Module) -> String {
    let parts: Vec<&str> = module.path.iter().map(|part| part.value.as_str()).collect();
    parts.join(".")
}
