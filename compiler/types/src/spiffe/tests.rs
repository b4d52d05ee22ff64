use super::*;

#[test]
fn parts_of_an_id() {
    let id = SpiffeId::parse("spiffe://acme.example/agent/support/7").unwrap();
    assert_eq!(id.trust_domain().as_str(), "acme.example");
    assert_eq!(id.path(), "/agent/support/7");
    assert_eq!(id.to_string(), "spiffe://acme.example/agent/support/7");
    let longest = format!("spiffe://a/{}", "b".repeat(SPIFFE_ID_BYTES_MAX - 11));
    assert_eq!(SpiffeId::parse(&longest).unwrap().as_str().len(), SPIFFE_ID_BYTES_MAX);
    assert_eq!(SpiffeId::parse(&format!("{longest}b")), Err(SpiffeError::TooLong));
}

#[test]
fn malformed_ids_are_refused() {
    for (text, error) in [
        ("", SpiffeError::Scheme),
        ("https://acme.example/a", SpiffeError::Scheme),
        ("SPIFFE://acme.example/a", SpiffeError::Scheme),
        ("spiffe:///a", SpiffeError::TrustDomain),
        ("spiffe://Acme.example/a", SpiffeError::TrustDomain),
        ("spiffe://acme.example:443/a", SpiffeError::TrustDomain),
        ("spiffe://u@acme.example/a", SpiffeError::TrustDomain),
        ("spiffe://acme%2eexample/a", SpiffeError::TrustDomain),
        ("spiffe://acmé/a", SpiffeError::TrustDomain),
        ("spiffe://acme.example?x", SpiffeError::TrustDomain),
        ("spiffe://acme.example", SpiffeError::NoPath),
        ("spiffe://acme.example/", SpiffeError::Path),
        ("spiffe://acme.example/a/", SpiffeError::Path),
        ("spiffe://acme.example//a", SpiffeError::Path),
        ("spiffe://acme.example/a/./b", SpiffeError::Path),
        ("spiffe://acme.example/a/../b", SpiffeError::Path),
        ("spiffe://acme.example/a?q", SpiffeError::Path),
        ("spiffe://acme.example/a#f", SpiffeError::Path),
        ("spiffe://acme.example/%61", SpiffeError::Path),
        ("spiffe://acme.example/a b", SpiffeError::Path),
        ("spiffe://acme.example/a\0", SpiffeError::Path),
        ("spiffe://acme.example/*", SpiffeError::Path),
    ] {
        assert_eq!(SpiffeId::parse(text), Err(error), "{text}");
    }
}
