//! `edition` and `module`, which every file declares.

use permit_grammar::ast::File;
use permit_grammar::span::{SourceId, Span};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::library;
use crate::modules::dotted;

/// The only edition there is.
const EDITION: &str = "2026";

/// Checks what the policy's own files state; those of the library are known to be right.
pub(crate) fn check(files: &[(SourceId, File)], found: &mut Vec<Diagnostic>) {
    for (source, file) in files {
        let start = Span { source: *source, start: 0, end: 0 };
        check_edition(file, start, found);
        match &file.module {
            Some(module) if library::reserves(&dotted(&module.path)) => {
                let message = "module names under `std` are reserved for the standard library";
                let span = module.path.first().map_or(module.span, |part| part.span);
                let diagnostic = Diagnostic::error(Code::ReservedName, span, message, "reserved name");
                found.push(diagnostic.help("choose another name, such as `acme.support`"));
            }
            Some(_) => {}
            None => {
                let message = "the file does not declare its module";
                let diagnostic = Diagnostic::error(Code::ModuleMissing, start, message, "no `module`");
                found.push(diagnostic.help("write `module acme.support;` after the edition"));
            }
        }
    }
    if files.is_empty() {
        let message = "there are no files to compile";
        let diagnostic = Diagnostic::error(Code::ModuleMissing, Span::default(), message, "no source");
        found.push(diagnostic.help("specify the files of the policy"));
    }
}

fn check_edition(file: &File, start: Span, found: &mut Vec<Diagnostic>) {
    let diagnostic = match &file.edition {
        Some(edition) if edition.value == EDITION => return,
        Some(edition) => {
            let message = format!("unknown edition `{}`", edition.value);
            Diagnostic::error(Code::EditionUnknown, edition.span, message, "no such edition")
        }
        None => {
            let message = "the file does not declare its edition";
            Diagnostic::error(Code::EditionMissing, start, message, "no `edition`")
        }
    };
    found.push(diagnostic.help(format!("write `edition {EDITION};` at the top of the file")));
}
