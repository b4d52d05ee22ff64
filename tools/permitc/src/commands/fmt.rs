//! `permitc fmt`.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use permit_frontend::render::render;
use permit_frontend::sources::SOURCE_BYTES_MAX;
use permit_frontend::{Sources, compile};
use permit_grammar::span::SourceId;
use similar::TextDiff;

use crate::commands::FINDINGS;
use crate::failure::Failure;
use crate::policy::{is_syntax, read_source};
use crate::project::Project;
use crate::{files, terminal};

/// The name for standard input.
const STDIN: &str = "-";

#[derive(Debug, Args)]
pub(crate) struct Fmt {
    /// Policy files or directories, or `-` to format standard input to standard output; defaults to the enclosing project.
    paths: Vec<PathBuf>,
    /// Write nothing, but show what would change and exit with 1 if anything would.
    #[arg(long)]
    check: bool,
}

/// The result of formatting, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Went {
    Well,
    /// Something would change, or does not parse.
    Found,
    /// Something could not be read or written.
    Unreadable,
}

impl Fmt {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let went = match self.paths.as_slice() {
            [path] if path.as_os_str() == STDIN => self.stream()?,
            paths => self.files(paths)?,
        };
        Ok(ExitCode::from(match went {
            Went::Well => 0,
            Went::Found => FINDINGS,
            Went::Unreadable => 2,
        }))
    }

    fn stream(&self) -> Result<Went, Failure> {
        let failed = |source| Failure::File { path: PathBuf::from(STDIN), source };
        let content = |problem: String| Failure::Content { path: PathBuf::from(STDIN), problem };
        let limit = u64::try_from(SOURCE_BYTES_MAX).unwrap_or(u64::MAX).saturating_add(1);
        let mut bytes = Vec::new();
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(failed)?;
        let text = String::from_utf8(bytes)
            .map_err(|e| content(format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to())))?;
        if text.len() > SOURCE_BYTES_MAX {
            return Err(content(format!("more than {SOURCE_BYTES_MAX} bytes")));
        }
        let Some(formatted) = formatted(STDIN, &text)? else { return Ok(Went::Found) };
        if self.check {
            return Ok(compared(STDIN, &text, &formatted));
        }
        terminal::content(&formatted);
        Ok(Went::Well)
    }

    /// Formats every file, even if others fail.
    fn files(&self, paths: &[PathBuf]) -> Result<Went, Failure> {
        let project = Project::named(paths)?;
        let policy = project.as_ref().map(Project::policy);
        let found = files::policy_files(policy.as_deref().unwrap_or(paths));
        let mut worst = Went::Well;
        for unreadable in &found.unreadable {
            terminal::complain(&format!("{}: {}", terminal::path(&unreadable.path), unreadable.problem));
            worst = Went::Unreadable;
        }
        for path in found.files {
            worst = worst.max(match self.file(&path) {
                Ok(went) => went,
                Err(failure) => {
                    terminal::complain(&failure);
                    Went::Unreadable
                }
            });
        }
        Ok(worst)
    }

    fn file(&self, path: &Path) -> Result<Went, Failure> {
        let name = path.display().to_string();
        let text = read_source(path)
            .map_err(|unread| Failure::Content { path: unread.path, problem: unread.problem })?;
        let Some(formatted) = formatted(&name, &text)? else { return Ok(Went::Found) };
        if self.check {
            return Ok(compared(&name, &text, &formatted));
        }
        if formatted != text {
            files::replace(path, formatted.as_bytes())?;
        }
        Ok(Went::Well)
    }
}

/// The source in canonical form; `None` if it does not parse, with the errors shown on standard error.
fn formatted(name: &str, text: &str) -> Result<Option<String>, Failure> {
    match permit_grammar::format(SourceId(0), text) {
        Ok(formatted) => Ok(Some(formatted)),
        Err(_) => {
            let sources = Sources::single(name, text).map_err(|e| Failure::Usage(e.to_string()))?;
            let mut diagnostics = compile(&sources).diagnostics;
            diagnostics.retain(is_syntax);
            terminal::warn(&render(&sources, &diagnostics, permit_frontend::render::Colour::Never));
            Ok(None)
        }
    }
}

/// Shows what formatting would change.
fn compared(name: &str, text: &str, formatted: &str) -> Went {
    if text == formatted {
        return Went::Well;
    }
    let diff = TextDiff::from_lines(text, formatted);
    let to = format!("{name} (formatted)");
    terminal::show(&diff.unified_diff().context_radius(3).header(name, &to).to_string());
    Went::Found
}
