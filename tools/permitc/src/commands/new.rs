//! `permitc new`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::policy::PolicySources;
use crate::{files, terminal};

/// The most bytes of a name.
const NAME_BYTES_MAX: usize = 64;

/// A new project's files; `NAME` stands for its name and `MODULE` for its module.
const FILES: [(&str, &str); 5] = [
    ("permit.toml", include_str!("new/permit.toml")),
    ("policy/main.permit", include_str!("new/main.permit")),
    ("facts.json", include_str!("new/facts.json")),
    ("README.md", include_str!("new/README.md")),
    (".gitignore", include_str!("new/gitignore")),
];

/// The file that must compile whatever the project is called.
const POLICY: &str = "policy/main.permit";

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The project directory, which must not exist; its last component is the project's name: lower-case letters, digits, `-` and `_`.
    folder: PathBuf,
}

impl New {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let name = self.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let texts = filled(name)?;
        let failed = |path: &Path| {
            let path = path.to_owned();
            |source| Failure::File { path, source }
        };
        fs::create_dir(&self.folder).map_err(failed(&self.folder))?;
        for (file, text) in texts {
            let path = self.folder.join(file);
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(failed(folder))?;
            }
            files::write_new(&path, text.as_bytes(), 0o644)?;
            terminal::say(&terminal::path(&path));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The files of a project of this name.
fn filled(name: &str) -> Result<Vec<(&'static str, String)>, Failure> {
    let usage = |problem: &str| Failure::Usage(format!("invalid project name `{name}`: {problem}"));
    let mut characters = name.chars();
    let starts_well = characters.next().is_some_and(|c| c.is_ascii_lowercase());
    if !starts_well || !characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c)) {
        return Err(usage("use lower-case letters, digits, `-` and `_`, starting with a letter"));
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(usage("it is too long"));
    }
    let fill = |text: &str| text.replace("MODULE", &name.replace('-', "_")).replace("NAME", name);
    let texts: Vec<_> = FILES.iter().map(|(file, text)| (*file, fill(text))).collect();
    let policy = texts.iter().filter(|(file, _)| *file == POLICY);
    let compiled =
        PolicySources::compile(policy.map(|(file, text)| ((*file).to_owned(), text.clone())).collect())?;
    match compiled.compiled.diagnostics.first() {
        None => Ok(texts),
        // Words of the language cannot name a module.
        Some(diagnostic) => Err(usage(&diagnostic.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_modules() {
        for name in ["acme", "acme-refunds", "a1_b"] {
            assert_eq!(filled(name).unwrap().len(), FILES.len(), "{name}");
        }
        for name in ["", "Acme", "1a", "-a", "a.b", "a/b", "..", "é", "and", "not", "a\"b", "a b"] {
            assert!(matches!(filled(name), Err(Failure::Usage(_))), "{name}");
        }
    }
}
