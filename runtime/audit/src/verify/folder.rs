//! The verifier's only access to the file system: bounded reads of plain files.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use super::error::VerifyError;
use crate::key::LogKey;
use crate::tiles::{Row, TILE_FOLDER};

/// The most bytes that a key file may have.
const KEY_FILE_BYTES_MAX: usize = 1024;

pub(super) fn read_key(path: &Path, log: &Path) -> Result<LogKey, VerifyError> {
    let real = |path: &Path| fs::canonicalize(path).map_err(|error| at(path, &error));
    if real(path)?.starts_with(real(log)?) {
        return Err(VerifyError::KeyInside { path: path.to_owned() });
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(KEY_FILE_BYTES_MAX).unwrap_or(0);
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| at(path, &error))?;
    let text = str::from_utf8(&bytes).map_err(|_| crate::key::KeyError::Malformed)?;
    Ok(LogKey::parse(text)?)
}

/// Reads the plain file `path` of the directory, which may have at most `bytes_max` bytes.
pub(super) fn read(log: &Path, path: &str, bytes_max: usize) -> Result<Vec<u8>, VerifyError> {
    let full = log.join(path);
    let metadata = match fs::symlink_metadata(&full) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(VerifyError::Missing { path: path.to_owned() });
        }
        Err(error) => return Err(at(&full, &error)),
    };
    if !metadata.is_file() {
        return Err(VerifyError::Unexpected { path: path.to_owned() });
    }
    let limit = u64::try_from(bytes_max).unwrap_or(0);
    if metadata.len() > limit {
        return Err(VerifyError::FileSize { path: path.to_owned(), bytes: metadata.len() });
    }
    // The file may grow between the look and the read, so the read is bounded too.
    let mut bytes = Vec::new();
    File::open(&full)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| at(&full, &error))?;
    Ok(bytes)
}

/// Walks `tile/` and refuses every file that a log of `size` records does not have, every link and every empty folder.
pub(super) fn no_other_files(log: &Path, size: u64) -> Result<(), VerifyError> {
    let tiles = log.join(TILE_FOLDER);
    match fs::symlink_metadata(&tiles) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Err(VerifyError::Unexpected { path: TILE_FOLDER.to_owned() }),
        Err(error) if size == 0 && error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(&tiles, &error)),
    }
    let mut folders = vec![TILE_FOLDER.to_owned()];
    while let Some(folder) = folders.pop() {
        let full = log.join(&folder);
        let mut empty = true;
        for entry in fs::read_dir(&full).map_err(|error| at(&full, &error))? {
            let entry = entry.map_err(|error| at(&full, &error))?;
            let kind = entry.file_type().map_err(|error| at(&full, &error))?;
            let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
            // The longest path that a log can have is far below this, so a deep tree of folders is refused early.
            if path.len() <= 64 && kind.is_dir() {
                folders.push(path);
            } else if !(kind.is_file() && Row::has_file(&path, size)) {
                return Err(VerifyError::Unexpected { path });
            }
            empty = false;
        }
        if empty {
            return Err(VerifyError::Unexpected { path: folder });
        }
    }
    Ok(())
}

fn at(path: &Path, error: &io::Error) -> VerifyError {
    VerifyError::Io { path: path.to_owned(), kind: error.kind() }
}
