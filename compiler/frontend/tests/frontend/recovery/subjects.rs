//! The texts that are edited.

use std::path::{Path, PathBuf};

use permit_frontend::{Code, Sources, compile};

use crate::samples::{NEXT_FILE, fences};

/// A module, one text of which is edited.
pub(super) struct Subject {
    /// The names and texts of the module's files.
    files: Vec<(String, String)>,
    /// The file that is edited.
    edited: usize,
    /// Whether only its syntax is looked at: the grammar's sample does not compile.
    syntax_only: bool,
}

/// One thing that the compiler says.
#[derive(Debug)]
pub(super) struct Said {
    /// Whether it is said of the text that is edited.
    pub(super) here: bool,
    /// Its line, from one.
    pub(super) line: usize,
    /// Code and message.
    pub(super) what: String,
}

impl Subject {
    pub(super) fn text(&self) -> &str {
        &self.files[self.edited].1
    }

    pub(super) fn name(&self) -> &str {
        &self.files[self.edited].0
    }

    /// What is said when this text stands in place of the edited one, by place.
    pub(super) fn said(&self, text: &str) -> Vec<Said> {
        let texts =
            self.files.iter().enumerate().map(|(at, (name, own))| {
                (name.as_str(), if at == self.edited { text } else { own.as_str() })
            });
        let sources = sources(texts);
        let id = sources.iter().nth(self.edited).map(|(id, ..)| id).unwrap();
        if self.syntax_only {
            let errors = permit_grammar::parse(id, text).errors;
            return errors
                .iter()
                .map(|error| Said {
                    here: true,
                    line: sources.start(error.primary()).line,
                    what: format!("{}: {}", error.code(), error.message()),
                })
                .collect();
        }
        let said = |found: &permit_frontend::Diagnostic| Said {
            here: found.primary.span.source == id,
            line: sources.start(found.primary.span).line,
            what: format!("{}: {}", found.code, found.message),
        };
        compile(&sources).diagnostics.iter().map(said).collect()
    }
}

/// The policies of the tree: the examples, whose files of one folder are one module if they are of one; the samples; and
/// how each page of a diagnostic mends its example.
pub(super) fn all() -> Vec<Subject> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut modules: Vec<Vec<(String, String)>> = Vec::new();
    for folder in entries(&root.join("examples")).into_iter().filter(|folder| folder.is_dir()) {
        let policies = entries(&folder);
        let files: Vec<_> = policies
            .iter()
            .filter(|path| path.extension().is_some_and(|extension| extension == "permit"))
            .map(|path| read(path))
            .collect();
        let together = sources(files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
        match compile(&together).program {
            Some(_) => modules.push(files),
            None => modules.extend(files.into_iter().map(|file| vec![file])),
        }
    }
    modules.extend(Code::ALL.iter().filter_map(|code| mended(*code)));
    let samples =
        ["compiler/frontend/tests/frontend/support.permit", "compiler/frontend/tests/frontend/whole.permit"];
    modules.extend(samples.map(|sample| vec![read(&root.join(sample))]));
    let mut subjects: Vec<Subject> = Vec::new();
    for files in modules {
        let each = 0..files.len();
        subjects.extend(each.map(|edited| Subject { files: files.clone(), edited, syntax_only: false }));
    }
    for sample in ["grammar/tests/data/sample.permit", "grammar/src/printer/tests/after.permit"] {
        subjects.push(Subject { files: vec![read(&root.join(sample))], edited: 0, syntax_only: true });
    }
    subjects
}

/// The last fence of a page, unless it is of several files.
fn mended(code: Code) -> Option<Vec<(String, String)>> {
    let text = *fences(code.page(), "permit").last()?;
    (!text.contains(NEXT_FILE)).then(|| vec![(format!("{code}.permit"), text.to_owned())])
}

fn sources<'t>(texts: impl Iterator<Item = (&'t str, &'t str)>) -> Sources {
    let mut sources = Sources::new();
    for (name, text) in texts {
        sources.add(name, text).unwrap();
    }
    sources
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries
}

fn read(path: &Path) -> (String, String) {
    (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
}
