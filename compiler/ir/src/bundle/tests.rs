//! Bundles that must not open, and one that must.

mod golden;
mod page;

use proptest::prelude::*;

use super::*;
use crate::sample;
use crate::types::ExprId;
use crate::verify::{Fault, Place};

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn manifest() -> Manifest {
    Manifest {
        format_version: FORMAT_VERSION,
        name: "support".to_owned(),
        version: "1.4.0".to_owned(),
        compiler_version: "0.1.0".to_owned(),
        edition: 2026,
        tzdb_version: tzdb_version().to_owned(),
        sources: vec![Source { path: "support.permit".to_owned(), sha256: Digest::of(b"source") }],
    }
}

fn bundle() -> Vec<u8> {
    Bundle::seal(&manifest(), &sample::verified().unwrap(), &key(1)).unwrap()
}

fn open(bytes: &[u8]) -> Result<VerifiedBundle, BundleError> {
    Bundle::open(bytes, &[key(2).verifying_key(), key(1).verifying_key()])
}

fn payload() -> Vec<u8> {
    encode(&manifest(), &sample::program()).unwrap()
}

fn open_payload(payload: &[u8]) -> Result<VerifiedBundle, BundleError> {
    open(&seal_payload(payload, &key(1)).unwrap())
}

#[test]
fn a_bundle_opens_to_what_was_sealed() {
    let opened = open(&bundle()).unwrap();
    assert_eq!(opened.manifest, manifest());
    assert_eq!(opened.program, sample::verified().unwrap());
    assert_eq!(opened.digest, Digest::of(&payload()));
    assert_eq!(opened.signer, key(1).verifying_key());
    assert_eq!(bundle(), bundle());
}

#[test]
fn a_bundle_holds_the_whole_language() {
    let program = VerifiedProgram::verify(sample::whole()).unwrap();
    let bytes = Bundle::seal(&manifest(), &program, &key(1)).unwrap();
    assert_eq!(open(&bytes).unwrap().program, program);
    assert_eq!(open(&bytes).unwrap().program.into_program(), sample::whole());
}

#[test]
fn a_digest_is_shown_in_lower_case_hexadecimal() {
    let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(Digest::of(b"").to_string(), empty);
}

#[test]
fn every_flipped_byte_is_refused_by_name() {
    let good = bundle();
    let key_at = good.len() - KEY_BYTES - SIGNATURE_BYTES;
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 0x55;
        let code = open(&bad).unwrap_err().code();
        let expected: &[&str] = match place {
            0..8 => &["bundle_magic"],
            8..12 => &["bundle_too_large", "bundle_truncated", "bundle_encoding"],
            _ if place < key_at => &["bundle_signature"],
            _ if place < key_at + KEY_BYTES => &["bundle_untrusted_key"],
            _ => &["bundle_signature"],
        };
        assert!(expected.contains(&code), "byte {place}: {code}");
    }
}

#[test]
fn every_cut_and_every_addition_is_refused() {
    let good = bundle();
    for length in 0..good.len() {
        assert_eq!(open(&good[..length]).unwrap_err().code(), "bundle_truncated", "{length}");
    }
    let longer = [&good[..], &[0]].concat();
    assert_eq!(open(&longer), Err(BundleError::Trailing(1)));
    assert_eq!(open(&[&good[..], &good[..]].concat()), Err(BundleError::Trailing(good.len())));
}

#[test]
fn only_trusted_keys_count() {
    let good = bundle();
    assert_eq!(Bundle::open(&good, &[]), Err(BundleError::UntrustedKey));
    assert_eq!(Bundle::open(&good, &[key(2).verifying_key()]), Err(BundleError::UntrustedKey));
    let mut renamed = good.clone();
    let key_at = good.len() - KEY_BYTES - SIGNATURE_BYTES;
    renamed[key_at..key_at + KEY_BYTES].copy_from_slice(key(2).verifying_key().as_bytes());
    assert_eq!(open(&renamed), Err(BundleError::Signature));
    let mut unsigned = good;
    unsigned[key_at + KEY_BYTES..].fill(0);
    assert_eq!(open(&unsigned), Err(BundleError::Signature));
}

#[test]
fn a_key_of_small_order_signs_nothing_even_if_trusted() {
    // Under the neutral element as a key, the neutral element and zero sign every message, unless one looks closely.
    let mut neutral = [0; KEY_BYTES];
    neutral[0] = 1;
    let mut bytes = bundle();
    let key_at = bytes.len() - KEY_BYTES - SIGNATURE_BYTES;
    bytes[key_at..].fill(0);
    bytes[key_at] = 1;
    bytes[key_at + KEY_BYTES] = 1;
    let weak = VerifyingKey::from_bytes(&neutral).unwrap();
    assert_eq!(Bundle::open(&bytes, &[weak]), Err(BundleError::Signature));
}

#[test]
fn a_signature_of_the_bare_payload_does_not_count() {
    let payload = payload();
    let mut bytes = seal_payload(&payload, &key(1)).unwrap();
    let signature_at = bytes.len() - SIGNATURE_BYTES;
    bytes[signature_at..].copy_from_slice(&key(1).sign(&payload).to_bytes());
    assert_eq!(open(&bytes), Err(BundleError::Signature));
}

#[test]
fn sizes_are_bounded_before_anything_is_read() {
    assert_eq!(open(&vec![0; BUNDLE_BYTES_MAX + 1]), Err(BundleError::TooLarge));
    let mut huge = bundle();
    huge[8..12].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(open(&huge), Err(BundleError::TooLarge));
    assert_eq!(seal_payload(&vec![0; BUNDLE_BYTES_MAX], &key(1)), Err(BundleError::TooLarge));
}

#[test]
fn other_format_versions_are_known_as_such() {
    let later = Manifest { format_version: 2, ..manifest() };
    let sealed = Bundle::seal(&later, &sample::verified().unwrap(), &key(1));
    assert_eq!(sealed, Err(BundleError::FormatVersion(2)));
    assert_eq!(open_payload(&[2, 0xff, 0xff]), Err(BundleError::FormatVersion(2)));
}

#[test]
fn a_signed_payload_must_still_be_canonical() {
    let good = payload();
    assert_eq!(open_payload(&good).map(|b| b.digest), Ok(Digest::of(&good)));
    // The format version 1 in two bytes, and a byte behind the program.
    let idle = [&[0x81, 0x00], &good[1..]].concat();
    assert_eq!(open_payload(&idle), Err(BundleError::NotCanonical));
    let longer = [&good[..], &[0]].concat();
    assert_eq!(open_payload(&longer), Err(BundleError::NotCanonical));
    for length in 0..good.len() {
        assert_eq!(open_payload(&good[..length]), Err(BundleError::Encoding), "{length}");
    }
}

#[test]
fn a_signed_program_must_still_be_verified() {
    let mut program = sample::program();
    program.rules[1].condition = Some(ExprId(u32::MAX));
    let fault = Fault::Unknown { what: "expression", id: u32::MAX };
    let refused = VerifyError { at: Place::Rule("small_refund".to_owned()), fault };
    let payload = encode(&manifest(), &program).unwrap();
    assert_eq!(open_payload(&payload), Err(BundleError::Program(refused)));
}

#[test]
fn types_that_nest_without_end_do_not_exhaust_the_stack() {
    // A manifest with an empty list of sources, an empty module, no enums, and one field of type `??????…`.
    let empty = Manifest { sources: Vec::new(), ..manifest() };
    let mut bytes = postcard::to_stdvec(&empty).unwrap();
    bytes.extend_from_slice(&[0, 0, 1, 0]);
    bytes.resize(8 * 1024 * 1024, 11);
    assert_eq!(open_payload(&bytes), Err(BundleError::Encoding));
}

proptest! {
    #[test]
    fn arbitrary_signed_payloads_never_panic(noise in proptest::collection::vec(any::<u8>(), 0..512)) {
        let mut with_manifest = postcard::to_stdvec(&manifest()).unwrap();
        with_manifest.extend_from_slice(&noise);
        for payload in [&noise, &with_manifest] {
            if let Ok(opened) = open_payload(payload) {
                prop_assert_eq!(&encode(&opened.manifest, &opened.program).unwrap(), payload);
            }
        }
    }

    #[test]
    fn a_changed_payload_opens_only_if_canonical_and_verified(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut payload = payload();
        for (place, byte) in changes {
            *place.get_mut(&mut payload) = byte;
        }
        if let Ok(opened) = open_payload(&payload) {
            prop_assert_eq!(encode(&opened.manifest, &opened.program).unwrap(), payload);
        }
    }
}
