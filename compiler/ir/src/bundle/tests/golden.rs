//! Golden bundles, which must open and be encoded to the same bytes as long as their format version is supported.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_reflection::ContainerFormat;

use super::page::formats;
use super::*;
use crate::numbers::TABLES;
use crate::program::Expr;
use permit_types::keys::{signing_key, verifying_key};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/bundle");

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(FOLDER).join(name)).unwrap()
}

/// Every golden bundle by name, opened.
fn goldens() -> Vec<(String, Vec<u8>, VerifiedBundle)> {
    let trusted = [verifying_key(&read("key.pub.pem")).unwrap()];
    let paths = fs::read_dir(FOLDER).unwrap().map(|entry| entry.unwrap().path());
    let bundles = paths.filter(|path| path.extension().is_some_and(|extension| extension == "permitb"));
    let goldens: Vec<_> = bundles
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let bytes = fs::read(&path).unwrap();
            let opened = Bundle::open(&bytes, &trusted).unwrap();
            (name, bytes, opened)
        })
        .collect();
    assert!(!goldens.is_empty());
    goldens
}

#[test]
fn golden_bundles_open_to_their_text_and_are_encoded_to_their_bytes() {
    let key = signing_key(&read("key.pem")).unwrap();
    for (name, bytes, opened) in goldens() {
        let text = read(&format!("{name}.txt"));
        assert_eq!(crate::text::text(&opened.program).to_string(), text, "{name}");
        let source = Source { path: format!("{name}.txt"), sha256: Digest::of(text.as_bytes()) };
        assert_eq!((opened.manifest.name.as_str(), &opened.manifest.sources), (name.as_str(), &vec![source]));
        assert!(Bundle::seal(&opened.manifest, &opened.program, &key).unwrap() == bytes, "{name}");
    }
}

#[test]
fn every_variant_is_in_a_golden_bundle_under_its_number() {
    let goldens = goldens();
    let found = formats(goldens.iter().map(|(_, _, opened)| (&opened.manifest, &*opened.program)));
    for (name, numbers) in TABLES {
        let ContainerFormat::Enum(variants) = &found[name] else { panic!("{name} is an enum") };
        let found: BTreeSet<_> =
            variants.iter().map(|(number, variant)| (*number, variant.name.as_str())).collect();
        let expected: BTreeSet<_> = numbers.iter().copied().collect();
        let hint = "a golden bundle with what is new is written by `just golden-bundle NAME`";
        assert_eq!(found, expected, "{name}: {hint}");
    }
    let called = |intrinsic: &crate::intrinsics::Intrinsic| {
        let calls = |expr: &Expr| matches!(expr, Expr::Call(called, _) if called == intrinsic);
        goldens.iter().any(|(_, _, opened)| opened.program.exprs.iter().any(|node| calls(&node.expr)))
    };
    assert!(crate::intrinsics::Intrinsic::ALL.iter().all(called));
}

#[test]
fn no_number_is_given_twice() {
    for (name, numbers) in TABLES {
        let distinct: BTreeSet<_> = numbers.iter().map(|(number, _)| number).collect();
        assert_eq!(distinct.len(), numbers.len(), "{name}");
    }
}
