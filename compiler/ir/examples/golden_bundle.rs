//! Writes the sample program as a golden bundle: `NAME.permitb`, and `NAME.txt`, its text form.
//!
//! `cargo run -p permit-ir --features sample --example golden_bundle -- NAME`, in the repository. A golden bundle that is
//! there is never written again: it must open as long as its format version stands.

use std::error::Error;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use permit_ir::bundle::{Bundle, FORMAT_VERSION, Manifest, Source, tzdb_version};
use permit_ir::sample;
use permit_ir::text::text;
use permit_ir::verify::VerifiedProgram;
use permit_types::digest::Digest;
use permit_types::keys::signing_key;

const FOLDER: &str = "tests/data/bundle";

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).ok_or("the name of the bundle is missing")?;
    let folder = Path::new(FOLDER);
    let key = signing_key(&fs::read_to_string(folder.join("key.pem"))?)?;
    let program = VerifiedProgram::verify(sample::whole())?;
    let source = text(&program).to_string();
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: name.clone(),
        version: "1.0.0".to_owned(),
        compiler_version: env!("CARGO_PKG_VERSION").to_owned(),
        edition: 2026,
        tzdb_version: tzdb_version().to_owned(),
        sources: vec![Source { path: format!("{name}.txt"), sha256: Digest::of(source.as_bytes()) }],
    };
    let bundle = Bundle::seal(&manifest, &program, &key)?;
    for (extension, bytes) in [("txt", source.as_bytes()), ("permitb", &bundle)] {
        File::create_new(folder.join(&name).with_extension(extension))?.write_all(bytes)?;
    }
    Ok(())
}
