//! The compiler's phases, in order.

use std::collections::{HashMap, HashSet};

use permit_grammar::ast::{File, Item};
use permit_grammar::span::Span;
use permit_grammar::syntax_error::SyntaxError;
use permit_ir::verify::VerifiedProgram;

use crate::codes::Code;
use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::hir::Module;
use crate::lower::Script;
use crate::resolve::Symbols;
use crate::scenario::ScenarioSuite;
use crate::sources::Sources;
use crate::{check, header, library, lint, lower, modules, refused, resolve};

/// The most diagnostics of one compilation.
pub const DIAGNOSTICS_MAX: usize = 100;

/// What came out.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The program, unless there are errors.
    pub program: Option<VerifiedProgram>,
    /// What was found, by place; at most [`DIAGNOSTICS_MAX`].
    pub diagnostics: Vec<Diagnostic>,
    /// How many more there were.
    pub omitted: usize,
}

/// Compiles the texts of a policy, with the modules of the standard library that they use.
#[must_use]
pub fn compile(sources: &Sources) -> Compiled {
    run(sources, false).0
}

/// Compiles the texts of a policy, and makes its scenarios ready to be run, unless there are errors.
#[must_use]
pub fn compile_with_scenarios(sources: &Sources) -> (Compiled, Option<ScenarioSuite>) {
    run(sources, true)
}

fn run(sources: &Sources, with_scenarios: bool) -> (Compiled, Option<ScenarioSuite>) {
    let mut texts = Vec::new();
    let mut syntax = Vec::new();
    for (id, _, text) in sources.iter() {
        let parsed = permit_grammar::parse(id, text);
        texts.push((id, parsed.file));
        syntax.extend(parsed.errors);
    }
    let mut found = Vec::new();
    header::check(&texts, &mut found);
    texts.extend(library::used_by(&texts));
    let (modules, files) = modules::arrange(texts, &mut found);
    if let Some(diagnostic) = refused::too_many_rules(&files) {
        // Nothing is checked that is refused in any case: what is too large would take too much to be looked at.
        return (Compiled { program: None, diagnostics: vec![diagnostic], omitted: 0 }, None);
    }
    let main = modules.main().map(ToOwned::to_owned);
    let symbols = resolve::collect(modules, &files, &mut found);
    let mut module = check::check(sources, &symbols, &files, &mut found);
    if !syntax.is_empty() {
        // What did not parse may have held what is now missing, and what was repaired means little.
        let unread = unread(&files, &syntax);
        found.retain(|diagnostic| {
            let within_unread = unread.iter().any(|span| touch(*span, diagnostic.primary.span));
            !diagnostic.code.may_follow_from_lost_text() && !within_unread
        });
        found.extend(syntax.iter().filter_map(of_syntax));
    }
    // What scenarios lack may be what did not parse or compile.
    if found.is_empty() && syntax.is_empty() {
        found.append(&mut module.stories.found);
    }
    let script = with_scenarios.then(|| Script::of(&mut module));
    let program = match main {
        Some(name) if found.is_empty() && syntax.is_empty() => {
            finish(name, &symbols, module, &files, &mut found)
        }
        _ => None,
    };
    let suite = program.as_ref().zip(script).and_then(|(program, script)| {
        let suite = lower::suite(program, script);
        if suite.is_none() {
            found.push(refused::incomplete(&files));
        }
        suite
    });
    found.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    found.dedup();
    report_once(&mut found);
    let omitted = found.len().saturating_sub(DIAGNOSTICS_MAX);
    found.truncate(DIAGNOSTICS_MAX);
    (Compiled { program, diagnostics: found, omitted }, suite)
}

/// The syntax errors, each with the declaration around it.
fn unread(files: &[File], syntax: &[SyntaxError]) -> Vec<Span> {
    let items = || files.iter().flat_map(|file| &file.items).map(Item::span);
    let whole = |error: Span| items().find(|item| touch(*item, error));
    syntax.iter().flat_map(|error| [Some(error.primary()), whole(error.primary())]).flatten().collect()
}

/// The most places that are shown in addition to the first.
const PLACES_MAX: usize = 8;

/// The beginning of messages that do not quote the source because it is too long.
const UNQUOTED: &str = "this ";

/// Reports once what a single change most likely fixes: the same message about several places, all of which are shown,
/// and unknown names of another module, of which only the first is reported.
fn report_once(found: &mut Vec<Diagnostic>) {
    let mut reported: HashMap<(Code, String), usize> = HashMap::new();
    let (mut using, mut used) = (HashSet::new(), HashSet::new());
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(found.len());
    for diagnostic in found.drain(..) {
        let here = diagnostic.primary.span;
        if diagnostic.code.is_reported_once() && !diagnostic.message.starts_with(UNQUOTED) {
            let words = (diagnostic.code, diagnostic.message.clone());
            if let Some(first) = reported.get(&words).and_then(|&at| kept.get_mut(at)) {
                if first.secondary.len() < PLACES_MAX {
                    first.secondary.push(Label { span: here, text: "also here".to_owned() });
                }
                continue;
            }
            reported.insert(words, kept.len());
        }
        let declared = diagnostic.secondary.first().map(|label| label.span.source);
        if let Some(there) =
            declared.filter(|there| diagnostic.code.is_unknown_name() && *there != here.source)
        {
            let first = (using.insert(here.source), used.insert(there));
            if first != (true, true) {
                continue;
            }
        }
        kept.push(diagnostic);
    }
    *found = kept;
}

fn touch(a: Span, b: Span) -> bool {
    a.source == b.source && a.start <= b.end && b.start <= a.end
}

/// Lowers and verifies what has no errors, and only then warns.
fn finish(
    name: String,
    symbols: &Symbols,
    module: Module,
    files: &[File],
    found: &mut Vec<Diagnostic>,
) -> Option<VerifiedProgram> {
    let complete = module.is_complete(files);
    let warnings = lint::of_module(&module, symbols);
    let Some(program) = lower::lower(name, symbols, module).filter(|_| complete) else {
        found.push(refused::incomplete(files));
        return None;
    };
    let roots = refused::Roots::of(&program);
    match VerifiedProgram::verify(program) {
        Ok(program) => {
            let mut warnings = lint::lint(&program, symbols, files, warnings);
            // The library is what it is; a policy need not use all of a module.
            warnings.retain(|warning| !library::owns(warning.primary.span.source));
            found.extend(warnings);
            Some(program)
        }
        Err(error) => {
            found.push(refused::diagnostic(&error, &roots, files));
            None
        }
    }
}

/// A syntax error as a diagnostic; every one has a code, which a test makes sure of.
fn of_syntax(error: &SyntaxError) -> Option<Diagnostic> {
    let code = Code::from_number(error.code())?;
    Some(Diagnostic {
        code,
        severity: Severity::Error,
        message: error.message(),
        primary: Label { span: error.primary(), text: "here".to_owned() },
        secondary: error.secondary().map(|(span, text)| Label { span, text }).into_iter().collect(),
        help: error.help(),
    })
}
