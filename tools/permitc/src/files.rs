//! Reading and writing files.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::policy::Unreadable;

/// Reads a file of at most `bytes_max` bytes.
pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    fs::File::open(path).map_err(failed)?.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > bytes_max {
        return Err(Failure::Content {
            path: path.to_owned(),
            problem: format!("more than {bytes_max} bytes"),
        });
    }
    Ok(bytes)
}

/// The identity of a file, whatever its path and links; `None` if there is none.
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// Reads a file as UTF-8.
pub(crate) fn read_text(path: &Path, bytes_max: usize) -> Result<String, Failure> {
    String::from_utf8(read(path, bytes_max)?).map_err(|error| {
        let problem = format!("not UTF-8 at byte {}", error.utf8_error().valid_up_to());
        Failure::Content { path: path.to_owned(), problem }
    })
}

/// Writes a file in whole or not at all, with `mode`.
pub(crate) fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&partial);
    let written = file.as_mut().map_err(|e| std::io::Error::new(e.kind(), e.to_string())).and_then(|file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| fs::rename(&partial, path)).map_err(failed)
}

/// Writes a file that must not exist yet, with `mode`.
pub(crate) fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)
}

/// How deep folders may lie in a folder of policies.
const DEPTH_MAX: usize = 16;

/// The policy files that paths name.
#[derive(Debug, Default)]
pub(crate) struct PolicyFiles {
    pub(crate) files: Vec<PathBuf>,
    /// What cannot be policy, or cannot be looked into.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// The `.permit` files that `paths` name: files as given, folders by the files in and below them in order of name.
/// What is hidden is passed over; pipes, sockets and devices are reported and not opened; links to folders are not followed, because they may lead round in a circle, and are
/// reported, because a forbid may lie behind them.
pub(crate) fn policy_files(paths: &[PathBuf]) -> PolicyFiles {
    let mut found = PolicyFiles::default();
    for path in paths {
        if path.is_dir() {
            let before = found.files.len() + found.unreadable.len();
            walk(path, 0, &mut found);
            if found.files.len() + found.unreadable.len() == before {
                found.refuse(path, "no .permit files");
            }
        } else {
            found.files.push(path.clone());
        }
    }
    found
}

impl PolicyFiles {
    fn refuse(&mut self, path: &Path, problem: &str) {
        self.unreadable.push(Unreadable { path: path.to_owned(), problem: problem.to_owned(), at: None });
    }
}

fn walk(folder: &Path, depth: usize, found: &mut PolicyFiles) {
    let listed = fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let mut entries = match listed {
        Ok(entries) => entries,
        Err(error) => return found.refuse(folder, &error.to_string()),
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let is_policy = path.extension().is_some_and(|extension| extension == "permit");
        let link = entry.file_type().is_ok_and(|ty| ty.is_symlink());
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        match (path.is_dir(), link) {
            (true, true) => found.refuse(&path, "symbolic links to directories are not followed"),
            (true, false) if depth == DEPTH_MAX => found.refuse(&path, "directories are nested too deeply"),
            (true, false) => walk(&path, depth + 1, found),
            // Whatever else has the name of a policy might never end, or never begin.
            (false, _) if is_policy && is_special(&path) => found.refuse(&path, "not a regular file"),
            (false, _) if is_policy => found.files.push(path),
            (false, _) => {}
        }
    }
}

/// Whether there is something at the path that is no file with a content of its own: a pipe, a socket, a device.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file())
}

/// Replaces the content of a file in whole or not at all, keeps its permissions, and writes through links.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let failed = |source| Failure::File { path: path.to_owned(), source };
    let target = fs::canonicalize(path).map_err(failed)?;
    let permissions = fs::metadata(&target).map_err(failed)?.permissions();
    let folder = target.parent().unwrap_or(Path::new("/"));
    let mut partial = tempfile::Builder::new().prefix(".permitc-").tempfile_in(folder).map_err(failed)?;
    partial.write_all(bytes).map_err(failed)?;
    partial.as_file().set_permissions(permissions).map_err(failed)?;
    partial.as_file().sync_all().map_err(failed)?;
    partial.persist(&target).map(drop).map_err(|e| failed(e.error))
}
