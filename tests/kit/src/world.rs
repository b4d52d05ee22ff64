//! Policies compiled from the tree's own files, loaded once for the interpreter and once for native code.

use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use permit_engine::{Engine, Mode, read_facts};
use permit_frontend::render::{Colour, render};
use permit_frontend::{Sources, compile};
use permit_ir::bundle::{Bundle, FORMAT_VERSION, Manifest, Source, tzdb_version};
use permit_ir::verify::VerifiedProgram;
use permit_types::digest::Digest;

/// A folder or file of the repository.
#[must_use]
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// A text file of the repository.
///
/// # Panics
/// When it cannot be read.
#[must_use]
#[expect(clippy::panic, reason = "a test cannot go on without its file")]
pub fn read(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Compiles sources and signs the bundle with `key`.
///
/// # Panics
/// When there are errors; they are in the message.
#[must_use]
#[expect(clippy::panic, clippy::expect_used, reason = "a test cannot go on without its policy")]
pub fn bundle(texts: &[(&str, String)], key: &SigningKey) -> Vec<u8> {
    let mut sources = Sources::new();
    for (name, text) in texts {
        sources.add(*name, text.clone()).expect("a source that is not too long");
    }
    let compiled = compile(&sources);
    let Some(program) = compiled.program else {
        panic!("the policy does not compile:\n{}", render(&sources, &compiled.diagnostics, Colour::Never))
    };
    seal(texts, &program, key)
}

/// Signs the bundle of a program that was compiled from `texts`.
///
/// # Panics
/// When it is too large.
#[must_use]
#[expect(clippy::expect_used, reason = "a test cannot go on without its policy")]
pub fn seal(texts: &[(&str, String)], program: &VerifiedProgram, key: &SigningKey) -> Vec<u8> {
    let source = |(name, text): &(&str, String)| Source {
        path: (*name).to_owned(),
        sha256: Digest::of(text.as_bytes()),
    };
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: "test".to_owned(),
        version: "1".to_owned(),
        compiler_version: env!("CARGO_PKG_VERSION").to_owned(),
        edition: 2026,
        tzdb_version: tzdb_version().to_owned(),
        sources: texts.iter().map(source).collect(),
    };
    Bundle::seal(&manifest, program, key).expect("a bundle that is not too large")
}

/// The policy and facts as two engines: interpreted and native.
///
/// # Panics
/// When policy or facts do not load, or when no native code can be made.
#[must_use]
pub fn engines(texts: &[(&str, String)], facts: &str) -> [Engine; 2] {
    let key = test_key();
    engines_of(&bundle(texts, &key), &key, facts)
}

/// The key that signs the tests' bundles.
#[must_use]
pub fn test_key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

/// A bundle and facts as two engines: interpreted and native.
///
/// # Panics
/// When bundle or facts do not load, or when no native code can be made.
#[must_use]
#[expect(clippy::expect_used, reason = "a test cannot go on without its engines")]
pub fn engines_of(bytes: &[u8], key: &SigningKey, facts: &str) -> [Engine; 2] {
    [Mode::Interpreted, Mode::Native].map(|mode| {
        let bundle = Bundle::open(bytes, &[key.verifying_key()]).expect("a bundle of our own key");
        let facts = read_facts(&bundle.program, facts.as_bytes()).expect("facts that fit the policy");
        let engine = Engine::new(bundle, facts, mode);
        assert_eq!(engine.mode(), mode, "native code must be there to be compared");
        engine
    })
}
