//! `permitd export-log`: the log as a directory that anyone can verify.

use std::fs;
use std::path::Path;

use permit_audit::LogKey;
use permit_journal::StoredLog;

use crate::config::Config;
use crate::start::{StartError, key_error};

/// Writes the log up to its last stored checkpoint to `target`, which must not exist yet, and returns how many records
/// that are. The server may run meanwhile.
///
/// # Errors
/// [`StartError`]; nothing is left behind.
pub fn export_log(config: &Config, target: &Path) -> Result<u64, StartError> {
    let path = &config.paths.log_public_key;
    let text = fs::read_to_string(path).map_err(|source| StartError::Io { path: path.clone(), source })?;
    let key = LogKey::parse(text.trim_end()).map_err(|e| key_error(path, &e))?;
    let log = StoredLog::open(&config.paths.data, key)?;
    Ok(log.export(target)?)
}
