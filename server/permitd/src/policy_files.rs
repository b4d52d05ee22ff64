//! The files that determine decisions: bundle and facts. They are read at startup and at each reload.

use std::path::PathBuf;

use ed25519_dalek::VerifyingKey;
use permit_engine::{Engine, FACTS_BYTES_MAX, Mode, read_facts};
use permit_ir::bundle::{BUNDLE_BYTES_MAX, Bundle, tzdb_version};
use permit_types::keys;

use crate::config::Config;
use crate::start::{StartError, key_error, read, read_text};

/// Where bundle and facts are, and who may sign the bundle.
#[derive(Debug)]
pub(crate) struct PolicyFiles {
    trusted: Vec<VerifyingKey>,
    bundle: PathBuf,
    facts: PathBuf,
}

impl PolicyFiles {
    /// What the configuration says. The keys are read here and never again.
    pub(crate) fn of(config: &Config) -> Result<Self, StartError> {
        let paths = &config.paths;
        let key = |path: &PathBuf| keys::verifying_key(&read_text(path)?).map_err(|e| key_error(path, &e));
        let trusted = paths.bundle_keys.iter().map(key).collect::<Result<_, _>>()?;
        Ok(Self { trusted, bundle: paths.bundle.clone(), facts: paths.facts.clone() })
    }

    /// Reads and verifies both files. The engine takes over what it can of `earlier`, if there is one.
    pub(crate) fn load(&self, earlier: Option<&Engine>) -> Result<Engine, StartError> {
        let path = &self.bundle;
        let bundle = Bundle::open(&read(path, BUNDLE_BYTES_MAX)?, &self.trusted)
            .map_err(|source| StartError::Bundle { path: path.clone(), source })?;
        let built_with = &bundle.manifest.tzdb_version;
        if built_with != tzdb_version() {
            let ours = tzdb_version();
            tracing::warn!(built_with, ours, "the bundle was built with other time zone data");
        }
        let path = &self.facts;
        let facts = read_facts(&bundle.program, &read(path, FACTS_BYTES_MAX)?)
            .map_err(|source| StartError::Facts { path: path.clone(), source })?;
        // Where no native code could be made before, it is tried again, as a restart would.
        let native = earlier.filter(|earlier| earlier.mode() == Mode::Native);
        Ok(match native {
            Some(earlier) => earlier.successor(bundle, facts),
            None => Engine::new(bundle, facts, Mode::Native),
        })
    }
}
