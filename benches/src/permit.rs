//! Permit as its server uses it: a bundle and facts, ready to decide.

use permit_engine::{Engine, Mode, read_facts};
use permit_ir::bundle::Bundle;
use permit_test_support::agents::key;
use permit_test_support::world;

use crate::Failure;
use crate::contest::Texts;

/// The time of every question: 26 March 2026, 10:00 UTC.
pub const NOW_MS: i64 = 1_774_519_200_000;

/// Compiles a policy and signs the bundle.
#[must_use]
pub fn bundle(policy: &str) -> Vec<u8> {
    world::bundle(&[("bench.permit", policy.to_owned())], &key())
}

/// Opens the bundle, or compiles the policy where there is none, and loads both with the facts.
///
/// # Errors
/// When the bundle or the facts do not load, or when there is no native code although it is asked for.
pub fn open(texts: &Texts, mode: Mode) -> Result<Engine, Failure> {
    let compiled;
    let bytes = if texts.bundle.is_empty() {
        compiled = bundle(&texts.permit);
        &compiled
    } else {
        &texts.bundle
    };
    let bundle = Bundle::open(bytes, &[key().verifying_key()])?;
    let facts = read_facts(&bundle.program, texts.facts.as_bytes())?;
    let engine = Engine::new(bundle, facts, mode);
    if engine.mode() == mode { Ok(engine) } else { Err("there is no native code here".into()) }
}
