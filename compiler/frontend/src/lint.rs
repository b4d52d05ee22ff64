//! Lints: warnings about programs that have no errors.

mod never_permitted;
mod unused;

use permit_grammar::ast::File;
use permit_ir::program::Program;

use crate::diagnostic::Diagnostic;

/// All lints.
pub(crate) fn lint(program: &Program, files: &[File], found: &mut Vec<Diagnostic>) {
    never_permitted::lint(program, files, found);
    unused::lint(program, files, found);
}
