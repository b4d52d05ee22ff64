//! The auditor: verifies the log offline, then verifies a copy with one changed byte.

use std::fs;
use std::path::{Path, PathBuf};

use permit_audit::{read_key, verify};

use crate::failure::Failure;
use crate::stage::Log;
use crate::{Reporter, wrong};

pub(crate) fn verify_then_flip(log: &Log, reporter: &mut Reporter) -> Result<(), Failure> {
    reporter.note("\nThe auditor verifies the exported log offline, using only its public key:");
    let key = read_key(&log.key, &log.folder).map_err(|e| wrong("the log's key", e))?;
    let report = verify(&log.folder, &key, None).map_err(|e| wrong("the log", e))?;
    reporter.step("verify the log", &report.to_string(), None);
    let copy = log.folder.with_file_name("log-with-one-byte-flipped");
    copy_folder(&log.folder, &copy)?;
    let what = "flip one byte in a copy and verify it";
    flip_an_amount(&copy)?;
    match verify(&copy, &key, None) {
        Ok(_) => Err(wrong(what, "the change was not detected")),
        Err(error) => {
            reporter.step(what, &format!("FAILED: {error}"), None);
            Ok(())
        }
    }
}

/// Changes the first digit of the amount of the first purchase, as someone with something to hide would.
fn flip_an_amount(log: &Path) -> Result<(), Failure> {
    const WANTED: &[u8] = b"\"amount\":\"1500.00 USD\"";
    const DIGIT: usize = 10;
    let bundles = log.join("tile/entries");
    let path = first_file(&bundles)?;
    let mut bytes = fs::read(&path).map_err(Failure::file(&path))?;
    let at = bytes.windows(WANTED.len()).position(|window| window == WANTED);
    match at.and_then(|at| bytes.get_mut(at + DIGIT)) {
        Some(digit) => *digit ^= 1,
        None => return Err(wrong("the log's first purchase", "not found")),
    }
    fs::write(&path, bytes).map_err(Failure::file(&path))
}

fn first_file(folder: &Path) -> Result<PathBuf, Failure> {
    let mut inside = entries(folder)?;
    inside.sort();
    match inside.first() {
        Some(path) if path.is_dir() => first_file(path),
        Some(path) => Ok(path.clone()),
        None => Err(wrong("the log's folder", "empty")),
    }
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(Failure::file(to))?;
    for path in entries(from)? {
        let Some(name) = path.file_name() else { continue };
        let target = to.join(name);
        if path.is_dir() {
            copy_folder(&path, &target)?;
        } else {
            fs::copy(&path, &target).map_err(Failure::file(&target))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let listed = fs::read_dir(folder).map_err(Failure::file(folder))?;
    listed.map(|entry| Ok(entry.map_err(Failure::file(folder))?.path())).collect()
}
