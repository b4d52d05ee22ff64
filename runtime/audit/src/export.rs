//! Writes a log directory that anyone can audit offline.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::key::LogKey;
use crate::record::RECORD_BYTES_MAX;
use crate::tiles::{CHECKPOINT_FILE, Row, TILE_WIDTH, Tile, TileStream};

/// Why a log was not exported. Nothing is left behind then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    /// The target, or the folder that it is prepared in, is there already.
    #[error("{} is there already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The file system refuses.
    #[error("{}: {kind}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        kind: io::ErrorKind,
    },
    /// The records could not be read.
    #[error("record {index} cannot be read: {kind}")]
    Source {
        /// The record's place.
        index: u64,
        /// What its reader says.
        kind: io::ErrorKind,
    },
    /// The checkpoint is not the log's.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// A record is longer than a record can be.
    #[error("record {index} has more than {RECORD_BYTES_MAX} bytes")]
    TooLarge {
        /// The record's place.
        index: u64,
    },
    /// There are more or fewer records than the checkpoint says.
    #[error("the checkpoint is for {expected} records and there are not as many")]
    Count {
        /// The checkpoint's size.
        expected: u64,
    },
    /// The records are not those of the checkpoint.
    #[error("the records do not have the checkpoint's root")]
    Root,
}

/// Writes `records` and the `checkpoint` over exactly them as the log directory `target`, which must not exist.
///
/// The directory is prepared as `<target>.partial`, synchronised, and renamed: it is there completely or not at all.
/// Only the root is compared with the checkpoint; [`crate::verify`] audits the records.
///
/// # Errors
/// [`ExportError`]; nothing is left behind.
pub fn export<B: AsRef<[u8]>>(
    target: &Path,
    checkpoint: &[u8],
    key: &LogKey,
    records: impl IntoIterator<Item = io::Result<B>>,
) -> Result<(), ExportError> {
    let head = Checkpoint::parse(checkpoint, key)?;
    if fs::symlink_metadata(target).is_ok() {
        return Err(ExportError::Exists { path: target.to_owned() });
    }
    let mut name = target.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".partial");
    let folder = target.with_file_name(name);
    fs::create_dir(&folder).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => ExportError::Exists { path: folder.clone() },
        kind => ExportError::Io { path: folder.clone(), kind },
    })?;
    let written = Writer { folder: &folder, folders: BTreeSet::new() }
        .log(checkpoint, &head, records)
        .and_then(|()| fs::rename(&folder, target).map_err(|error| at(target, &error)));
    if written.is_err() {
        // The first error is returned; a folder that cannot be removed is found by the next export.
        drop(fs::remove_dir_all(&folder));
        return written;
    }
    target.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), synchronise)
}

/// The folder in preparation, and the folders in it that are to be synchronised in the end.
struct Writer<'a> {
    folder: &'a Path,
    folders: BTreeSet<PathBuf>,
}

impl Writer<'_> {
    fn log<B: AsRef<[u8]>>(
        mut self,
        checkpoint: &[u8],
        head: &Checkpoint,
        records: impl IntoIterator<Item = io::Result<B>>,
    ) -> Result<(), ExportError> {
        let mut stream = TileStream::default();
        let (mut index, mut bundle) = (0, Vec::new());
        for record in records {
            let record = record.map_err(|error| ExportError::Source { index, kind: error.kind() })?;
            let record = record.as_ref();
            if index >= head.size {
                return Err(ExportError::Count { expected: head.size });
            }
            let length = u16::try_from(record.len()).map_err(|_| ExportError::TooLarge { index })?;
            if record.len() > RECORD_BYTES_MAX {
                return Err(ExportError::TooLarge { index });
            }
            bundle.extend(length.to_be_bytes());
            bundle.extend(record);
            index += 1;
            if index % TILE_WIDTH == 0 {
                self.file(&Row::Entries.path((index - 1) / TILE_WIDTH, TILE_WIDTH), &bundle)?;
                bundle.clear();
            }
            stream.append(Hash::of_leaf(record)).iter().try_for_each(|tile| self.tile(tile))?;
        }
        if index != head.size {
            return Err(ExportError::Count { expected: head.size });
        }
        if stream.root() != head.root {
            return Err(ExportError::Root);
        }
        if !bundle.is_empty() {
            self.file(&Row::Entries.path(index / TILE_WIDTH, index % TILE_WIDTH), &bundle)?;
        }
        stream.into_rest().try_for_each(|tile| self.tile(&tile))?;
        self.file(CHECKPOINT_FILE, checkpoint)?;
        self.folders.iter().try_for_each(|folder| synchronise(folder))
    }

    fn tile(&mut self, tile: &Tile) -> Result<(), ExportError> {
        self.file(&tile.path(), &tile.bytes())
    }

    fn file(&mut self, path: &str, bytes: &[u8]) -> Result<(), ExportError> {
        let path = self.folder.join(path);
        let parent = path.parent().unwrap_or(self.folder);
        fs::create_dir_all(parent).map_err(|error| at(parent, &error))?;
        let above = parent.ancestors().take_while(|above| above.starts_with(self.folder));
        self.folders.extend(above.map(Path::to_owned));
        let written = File::create_new(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| at(&path, &error))
    }
}

fn synchronise(folder: &Path) -> Result<(), ExportError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| at(folder, &error))
}

fn at(path: &Path, error: &io::Error) -> ExportError {
    ExportError::Io { path: path.to_owned(), kind: error.kind() }
}
