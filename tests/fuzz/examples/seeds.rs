//! Writes the seeds: the policies of the tree as texts, and compiled as payloads of bundles.
//!
//! `cargo run --manifest-path tests/fuzz/Cargo.toml --example seeds`, run in the repository, writes them again, which
//! is needed when the bundle's format changes.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use permit_frontend::{Code, Sources, compile};
use permit_ir::bundle::{Bundle, FORMAT_VERSION, Manifest, Source, tzdb_version};
use permit_types::digest::Digest;

const CORPUS: &str = "tests/fuzz/corpus";

/// The most bytes of a seed.
const SEED_BYTES_MAX: usize = 8 * 1024;

/// What frames a payload: magic and length before it, key and signature behind.
const BEFORE: usize = 12;
const BEHIND: usize = 96;

fn main() -> Result<(), Box<dyn Error>> {
    for folder in ["text", "bundle"] {
        let folder = Path::new(CORPUS).join(folder);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(folder)?;
    }
    let mut files = Vec::new();
    for folder in ["examples", "grammar/tests/data", "grammar/src/printer/tests", "compiler/frontend/tests"] {
        policies(Path::new(folder), &mut files)?;
    }
    for path in files {
        let name = path.file_stem().ok_or("a policy has a name")?.to_string_lossy().into_owned();
        seed(&name, &fs::read_to_string(&path)?)?;
    }
    for code in Code::ALL {
        for (at, fence) in code.page().split("```permit\n").skip(1).enumerate() {
            let text = fence.split("```").next().unwrap_or_default();
            seed(&format!("{code}_{at}"), text)?;
        }
    }
    Ok(())
}

/// The policy files in and below a folder, in order of name.
fn policies(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            policies(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "permit") {
            found.push(path);
        }
    }
    Ok(())
}

/// Writes a text, and the payload of its bundle if it compiles by itself.
fn seed(name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    if text.len() > SEED_BYTES_MAX {
        return Ok(());
    }
    fs::write(Path::new(CORPUS).join("text").join(name), text)?;
    let Some(program) = compile(&Sources::single("p", text)?).program else { return Ok(()) };
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: "seed".to_owned(),
        version: "1".to_owned(),
        compiler_version: "0".to_owned(),
        edition: 2026,
        tzdb_version: tzdb_version().to_owned(),
        sources: vec![Source { path: "p".to_owned(), sha256: Digest::of(text.as_bytes()) }],
    };
    let bytes = Bundle::seal(&manifest, &program, &SigningKey::from_bytes(&[7; 32]))?;
    let payload = bytes.get(BEFORE..bytes.len() - BEHIND).ok_or("a bundle has a frame")?;
    if payload.len() <= SEED_BYTES_MAX {
        fs::write(Path::new(CORPUS).join("bundle").join(name), payload)?;
    }
    Ok(())
}
