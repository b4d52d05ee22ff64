use super::*;
use crate::pki::params;
use crate::test_pki::{AGENT, Pki, VALIDITY, der, domain};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName,
    ExtendedKeyUsagePurpose as Extended, IsCa, KeyUsagePurpose as Usage, SanType,
};

fn uri(text: &str) -> SanType {
    SanType::URI(text.try_into().unwrap())
}

fn good() -> CertificateParams {
    let mut params = params("agent", VALIDITY).unwrap();
    params.subject_alt_names = vec![uri(AGENT)];
    params.key_usages = vec![Usage::DigitalSignature];
    params.extended_key_usages = vec![Extended::ClientAuth, Extended::ServerAuth];
    params
}

fn read(change: impl FnOnce(&mut CertificateParams)) -> Result<PeerIdentity, CertificateError> {
    let mut params = good();
    change(&mut params);
    let leaf = Pki::new().authority.sign(params).unwrap();
    PeerIdentity::from_leaf(&der(&leaf.certificate_pem), &domain())
}

#[test]
fn leaves_within_the_rules_are_identities() {
    assert_eq!(read(|_| ()).unwrap().spiffe_id.as_str(), AGENT);
    assert!(read(|params| params.extended_key_usages.clear()).is_ok());
    assert!(read(|params| params.key_usages.push(Usage::KeyEncipherment)).is_ok());
    let with_dns =
        read(|params| params.subject_alt_names.push(SanType::DnsName("a.example".try_into().unwrap())));
    assert!(with_dns.is_ok());
    assert!(
        read(|params| params.distinguished_name = DistinguishedName::new()).is_ok(),
        "rcgen marks it critical"
    );
}

#[test]
fn exactly_one_uri_names_the_agent() {
    let count = |count| Err(CertificateError::UriCount { count });
    assert_eq!(
        read(|params| params.subject_alt_names.push(uri("spiffe://acme.example/agent/admin"))),
        count(2)
    );
    assert_eq!(read(|params| params.subject_alt_names.push(uri(AGENT))), count(2));
    assert_eq!(read(|params| params.subject_alt_names.push(uri("https://acme.example"))), count(2));
    assert_eq!(read(|params| params.subject_alt_names.clear()), count(0));
    let dns_only = SanType::DnsName("agent.acme.example".try_into().unwrap());
    assert_eq!(read(|params| params.subject_alt_names = vec![dns_only]), count(0));
}

#[test]
fn a_common_name_is_nobody() {
    let result = read(|params| {
        params.subject_alt_names.clear();
        params.distinguished_name.push(rcgen::DnType::CommonName, AGENT);
    });
    assert_eq!(result, Err(CertificateError::UriCount { count: 0 }));
}

#[test]
fn the_trust_domain_is_the_configured_one() {
    let found = TrustDomain::parse("evil.example").unwrap();
    let result = read(|params| params.subject_alt_names = vec![uri("spiffe://evil.example/agent/support/7")]);
    assert_eq!(result, Err(CertificateError::TrustDomain { found }));
    for (text, error) in [
        ("https://acme.example/agent", SpiffeError::Scheme),
        ("spiffe://acme.example", SpiffeError::NoPath),
        ("spiffe://acme.example/", SpiffeError::Path),
        ("spiffe://acme.example/a/../admin", SpiffeError::Path),
        ("spiffe://ACME.example/agent", SpiffeError::TrustDomain),
    ] {
        let result = read(|params| params.subject_alt_names = vec![uri(text)]);
        assert_eq!(result, Err(CertificateError::SpiffeId(error)), "{text}");
    }
}

#[test]
fn a_leaf_without_a_subject_has_a_critical_name() {
    let result = read(|params| {
        params.subject_alt_names.clear();
        params.distinguished_name = DistinguishedName::new();
        let length = u8::try_from(AGENT.len()).unwrap();
        let name = [[0x30, length + 2, 0x86, length].as_slice(), AGENT.as_bytes()].concat();
        params.custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 17], name));
    });
    assert_eq!(result, Err(CertificateError::SubjectAltNameNotCritical));
}

#[test]
fn authorities_do_not_authenticate() {
    let result = read(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    assert_eq!(result, Err(CertificateError::Authority));
    let explicit = read(|params| params.is_ca = IsCa::ExplicitNoCa);
    assert!(explicit.is_ok());
}

#[test]
fn key_usage_is_for_signatures_only() {
    for usages in [
        vec![],
        vec![Usage::KeyEncipherment],
        vec![Usage::DigitalSignature, Usage::KeyCertSign],
        vec![Usage::DigitalSignature, Usage::CrlSign],
    ] {
        let result = read(|params| params.key_usages.clone_from(&usages));
        assert_eq!(result, Err(CertificateError::KeyUsage), "{usages:?}");
    }
    let not_critical = read(|params| {
        params.key_usages.clear();
        params
            .custom_extensions
            .push(CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![3, 2, 7, 0x80]));
    });
    assert_eq!(not_critical, Err(CertificateError::KeyUsage));
}

#[test]
fn extended_key_usage_names_both_sides_or_is_absent() {
    for usages in [vec![Extended::ClientAuth], vec![Extended::ServerAuth], vec![Extended::CodeSigning]] {
        let result = read(|params| params.extended_key_usages.clone_from(&usages));
        assert_eq!(result, Err(CertificateError::ExtendedKeyUsage), "{usages:?}");
    }
}

#[test]
fn extensions_that_occur_twice_or_do_not_parse_are_refused() {
    let twice = read(|params| {
        let extension = CustomExtension::from_oid_content(&[2, 5, 29, 15], vec![3, 2, 7, 0x80]);
        params.custom_extensions.push(extension);
    });
    assert!(matches!(twice, Err(CertificateError::Malformed { .. })), "{twice:?}");
    let empty = read(|params| {
        params.extended_key_usages.clear();
        params.custom_extensions.push(CustomExtension::from_oid_content(&[2, 5, 29, 37], vec![]));
    });
    assert!(matches!(empty, Err(CertificateError::Malformed { .. })), "{empty:?}");
}

#[test]
fn bytes_that_are_no_certificate_are_refused() {
    let leaf = Pki::new().agent.certificate_pem;
    let leaf = der(&leaf).to_vec();
    let malformed = |bytes: &[u8]| {
        let result = PeerIdentity::from_leaf(bytes, &domain());
        assert!(matches!(result, Err(CertificateError::Malformed { .. })), "{result:?}");
    };
    malformed(b"");
    malformed(&[leaf.as_slice(), &[0]].concat());
    for end in 0..leaf.len() {
        malformed(&leaf[..end]);
    }
}

proptest::proptest! {
    /// Whatever a broken certificate does, it ends in an error or in an identity of our own trust domain.
    #[test]
    fn broken_bytes_never_panic(at in 0usize..400, bit in 0u8..8) {
        static LEAF: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut bytes = LEAF.get_or_init(|| der(&Pki::new().agent.certificate_pem).to_vec()).clone();
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(identity) = PeerIdentity::from_leaf(&bytes, &domain()) {
            proptest::prop_assert_eq!(identity.spiffe_id.trust_domain(), &domain());
        }
    }
}
