use super::*;

#[test]
fn equal_targets_have_one_normal_form() {
    for text in [
        "https://permit.example/v1/decide",
        "HTTPS://Permit.Example/v1/decide",
        "https://permit.example:443/v1/decide",
        "https://permit.example:/v1/decide",
        "https://permit.example/v1/%64ecide",
        "https://permit.example/v1/./x/../decide",
        "https://permit.example/v1/x/%2E%2e/decide",
    ] {
        assert_eq!(TargetUri::parse(text).unwrap().as_str(), "https://permit.example/v1/decide", "{text}");
    }
    assert_eq!(TargetUri::parse("https://a").unwrap().as_str(), "https://a/");
    assert_eq!(TargetUri::parse("https://a/%3b%c3").unwrap().as_str(), "https://a/%3B%C3");
    assert_eq!(TargetUri::parse("https://[::0001]:8443/a/..").unwrap().as_str(), "https://[::1]:8443/");
    assert_ne!(TargetUri::parse("https://a/x;y"), TargetUri::parse("https://a/x"));
    assert_ne!(TargetUri::parse("https://a/x/"), TargetUri::parse("https://a/x"));
    assert_ne!(TargetUri::parse("https://a/x%2Fy"), TargetUri::parse("https://a/x/y"));
    assert_ne!(TargetUri::parse("https://a/x//y"), TargetUri::parse("https://a/x/y"));
}

#[test]
fn strange_targets_are_refused() {
    for (text, error) in [
        ("/v1/decide", UriError::Scheme),
        ("http://a/b", UriError::Scheme),
        ("https:/a/b", UriError::Scheme),
        ("https:///b", UriError::Authority),
        ("https://u@a/b", UriError::Authority),
        ("https://u:p@a/b", UriError::Authority),
        ("https://a:99999/b", UriError::Authority),
        ("https://a:+1/b", UriError::Authority),
        ("https://[::1/b", UriError::Authority),
        ("https://[", UriError::Authority),
        ("https://[v1.a]/b", UriError::Authority),
        ("https://a%41/b", UriError::Authority),
        ("https://a!/b", UriError::Authority),
        ("https://a:8443:1/b", UriError::Authority),
        ("https://[::1]x/b", UriError::Authority),
        ("https://a\\@b/c", UriError::Authority),
        ("https://a/b?q=1", UriError::QueryOrFragment),
        ("https://a/b?", UriError::QueryOrFragment),
        ("https://a/b#f", UriError::QueryOrFragment),
        ("https://a/b%2", UriError::Path),
        ("https://a/b%zz", UriError::Path),
        ("https://a/b%+1", UriError::Path),
        ("https://a/b c", UriError::Path),
        ("https://a/b\\c", UriError::Path),
        ("https://a/\u{e9}", UriError::Path),
    ] {
        assert_eq!(TargetUri::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_target_has_a_bounded_length() {
    let longest = format!("https://a/{}", "x".repeat(URI_BYTES_MAX - "https://a/".len()));
    assert_eq!(TargetUri::parse(&longest).unwrap().as_str(), longest);
    assert_eq!(TargetUri::parse(&format!("{longest}x")), Err(UriError::TooLong));
}

#[test]
fn the_base_is_written_in_its_normal_form() {
    let base = BaseUrl::parse("https://permit.example:8443/permit").unwrap();
    assert_eq!(base.target("/v1/decide").unwrap().as_str(), "https://permit.example:8443/permit/v1/decide");
    assert_eq!(base.target("/../v1").unwrap().as_str(), "https://permit.example:8443/permit/v1");
    for (text, error) in [
        ("https://a/", UriError::Path),
        ("https://a/x/../y", UriError::Path),
        ("https://a/%7Ex", UriError::Path),
        ("https://A", UriError::Authority),
        ("HTTPS://a", UriError::Authority),
        ("https://a:443", UriError::Authority),
        ("https://[0::1]", UriError::Authority),
        ("https://a?x", UriError::QueryOrFragment),
        ("http://a", UriError::Scheme),
    ] {
        assert_eq!(BaseUrl::parse(text), Err(error), "{text}");
    }
}

#[test]
fn a_path_does_not_leave_the_base() {
    let base = BaseUrl::parse("https://permit.example/permit").unwrap();
    let target = |path| base.target(path).map(|target| target.to_string());
    assert_eq!(target("/../../v1"), Ok("https://permit.example/permit/v1".to_owned()));
    assert_eq!(target("/%2e%2e/v1"), Ok("https://permit.example/permit/v1".to_owned()));
    assert_eq!(target("//evil.example/v1"), Ok("https://permit.example/permit//evil.example/v1".to_owned()));
    assert_eq!(target("/"), Ok("https://permit.example/permit/".to_owned()));
    for path in ["", "@evil.example/v1", ".evil.example", ":1/v1"] {
        assert_eq!(target(path), Err(UriError::Path), "{path}");
    }
    assert_eq!(target("/v1?x"), Err(UriError::QueryOrFragment));
}

#[test]
fn a_host_has_no_brackets_and_no_port() {
    for (text, host) in [
        ("https://permit.example:8443/permit", "permit.example"),
        ("https://127.0.0.1", "127.0.0.1"),
        ("https://[::1]:8443", "::1"),
    ] {
        assert_eq!(BaseUrl::parse(text).unwrap().host(), host);
    }
}
