//! The bundle's decoder reads any payload that a trusted key signed; what it accepts is canonical, and nothing else
//! opens.

#![no_main]

use std::sync::LazyLock;

use ed25519_dalek::{Signer, SigningKey};
use libfuzzer_sys::fuzz_target;
use permit_ir::bundle::{Bundle, BundleError, MAGIC};

/// What stands before the payload in the signed message.
const SIGNATURE_CONTEXT: &[u8] = b"permit-bundle/v1\n";

static KEYS: LazyLock<[SigningKey; 2]> =
    LazyLock::new(|| [7, 8].map(|byte| SigningKey::from_bytes(&[byte; 32])));

fuzz_target!(|payload: &[u8]| {
    let [ours, theirs] = &*KEYS;
    let trusted = [ours.verifying_key()];
    // The bytes by themselves are no bundle that anybody signed.
    assert!(Bundle::open(payload, &trusted).is_err());
    let bytes = sealed(payload, ours);
    if let Ok(bundle) = Bundle::open(&bytes, &trusted) {
        assert_eq!(Bundle::seal(&bundle.manifest, &bundle.program, ours).as_ref(), Ok(&bytes));
        assert!(!permit_ir::text::text(&bundle.program).to_string().is_empty());
    }
    // Which byte is changed depends on the payload, so that each is in its turn.
    let at = payload.iter().fold(0_usize, |sum, &byte| sum.wrapping_mul(31).wrapping_add(byte.into()))
        % bytes.len();
    let mut altered = bytes;
    altered[at] ^= 1 << (at % 8);
    assert!(Bundle::open(&altered, &trusted).is_err(), "byte {at}");
    assert_eq!(Bundle::open(&sealed(payload, theirs), &trusted), Err(BundleError::UntrustedKey));
});

/// The payload in its frame, as `docs/formats/bundle.md` has it.
fn sealed(payload: &[u8], key: &SigningKey) -> Vec<u8> {
    let signature = key.sign(&[SIGNATURE_CONTEXT, payload].concat());
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes();
    [&MAGIC, &length[..], payload, key.verifying_key().as_bytes(), &signature.to_bytes()].concat()
}
