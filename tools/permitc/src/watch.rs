//! `--watch`: repeats a command whenever a file changes. It polls, because polling works on every file system.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, SystemTime};

use crate::failure::Failure;
use crate::files;
use crate::project::Project;
use crate::terminal;

/// How often files are polled.
const POLL: Duration = Duration::from_millis(300);

/// The state of a file: its modification time and length; `None` if it does not exist.
type State = Option<(SystemTime, u64)>;

/// Runs the command, and again after every change to the files of these paths, until the process ends.
pub(crate) fn run(
    paths: &[PathBuf],
    quiet: bool,
    once: impl Fn() -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let mut seen = snapshot(paths);
    loop {
        once()?;
        // What changes meanwhile is seen, because `seen` is older.
        seen = wait_for_change(paths, quiet, &seen);
    }
}

fn wait_for_change(
    paths: &[PathBuf],
    quiet: bool,
    seen: &BTreeMap<PathBuf, State>,
) -> BTreeMap<PathBuf, State> {
    loop {
        thread::sleep(POLL);
        let now = snapshot(paths);
        if let Some(changed) = first_change(seen, &now) {
            if !quiet {
                terminal::warn(&format!("\n{} changed\n", terminal::path(changed)));
            }
            return now;
        }
    }
}

/// The state of everything that is read for these paths.
fn snapshot(paths: &[PathBuf]) -> BTreeMap<PathBuf, State> {
    let project = Project::named(paths).ok().flatten();
    let mut watched: Vec<PathBuf> = match &project {
        Some(project) => [project.file()].into_iter().chain(project.facts()).collect(),
        None => Vec::new(),
    };
    let policy = project.as_ref().map(Project::policy);
    watched.extend(files::policy_files(policy.as_deref().unwrap_or(paths)).files);
    watched.into_iter().map(|path| (path.clone(), state(&path))).collect()
}

fn state(path: &Path) -> State {
    let found = fs::metadata(path).ok()?;
    Some((found.modified().ok()?, found.len()))
}

/// The first file that was added, removed or changed.
fn first_change<'a>(
    seen: &'a BTreeMap<PathBuf, State>,
    now: &'a BTreeMap<PathBuf, State>,
) -> Option<&'a Path> {
    let differs = |path: &&PathBuf| seen.get(*path) != now.get(*path);
    seen.keys().chain(now.keys()).find(differs).map(PathBuf::as_path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_comes_changes_or_goes_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.permit"), folder.path().join("b.permit"));
        let paths = [folder.path().to_owned()];
        fs::write(&a, "one").unwrap();
        let first = snapshot(&paths);
        assert_eq!(first_change(&first, &snapshot(&paths)), None);
        fs::write(&b, "").unwrap();
        let second = snapshot(&paths);
        assert_eq!(first_change(&first, &second), Some(b.as_path()));
        fs::write(&a, "three").unwrap();
        let third = snapshot(&paths);
        assert_eq!(first_change(&second, &third), Some(a.as_path()));
        fs::remove_file(&b).unwrap();
        assert_eq!(first_change(&third, &snapshot(&paths)), Some(b.as_path()));
    }
}
