use super::*;
use crate::certificate::PeerIdentity;
use crate::test_pki::{NOW_MS, VALIDITY, der, domain};
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn an_issued_agent_is_the_identity_it_was_issued_to() {
    let (authority, keyed) = Authority::create(domain(), VALIDITY).unwrap();
    let agent = SpiffeId::parse("spiffe://acme.example/agent/support/7").unwrap();
    for authority in [&authority, &Authority::load(domain(), &keyed.certificate_pem, &keyed.key_pem).unwrap()]
    {
        let issued = authority.issue_agent(&agent, VALIDITY).unwrap();
        let identity = PeerIdentity::from_leaf(&der(&issued.certificate_pem), &domain()).unwrap();
        assert_eq!(identity.spiffe_id, agent);
        assert_eq!(identity.not_after_ms, VALIDITY.not_after_ms + 999);
        assert!(identity.is_current(NOW_MS));
        assert!(!identity.is_current(VALIDITY.not_after_ms + 1000));
        assert_eq!(identity.serial.len(), 2 * SERIAL_BYTES);
    }
}

#[test]
fn agents_of_another_trust_domain_are_not_issued() {
    let (authority, _) = Authority::create(domain(), VALIDITY).unwrap();
    let agent = SpiffeId::parse("spiffe://evil.example/agent/support/7").unwrap();
    assert!(matches!(authority.issue_agent(&agent, VALIDITY), Err(PkiError::TrustDomain { .. })));
}

#[test]
fn an_empty_validity_is_refused() {
    let empty = Validity { not_before_ms: NOW_MS, not_after_ms: NOW_MS };
    assert!(matches!(Authority::create(domain(), empty), Err(PkiError::Validity { .. })));
    let far = Validity { not_before_ms: NOW_MS, not_after_ms: i64::MAX };
    assert!(matches!(Authority::create(domain(), far), Err(PkiError::Validity { .. })));
}

#[test]
fn init_writes_secrets_for_their_owner_and_never_twice() {
    let folder = tempfile::tempdir().unwrap();
    let pki = folder.path().join("pki");
    let files = init(&pki, domain(), &[], VALIDITY, VALIDITY).unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    for secret in [&files.authority_key, &files.server_key, &files.token_key] {
        assert_eq!(mode(secret), 0o600, "{}", secret.display());
    }
    let before = std::fs::read(&files.authority_key).unwrap();
    std::fs::remove_file(&files.token_key).unwrap();
    assert!(matches!(init(&pki, domain(), &[], VALIDITY, VALIDITY), Err(StoreError::Exists { .. })));
    assert_eq!(std::fs::read(&files.authority_key).unwrap(), before);
    assert!(!files.token_key.exists(), "nothing was written");
    std::os::unix::fs::symlink(folder.path().join("elsewhere"), &files.token_key).unwrap();
    assert!(
        matches!(write_new(&files.token_key, b"x", true), Err(StoreError::Exists { .. })),
        "no link is followed"
    );
}
