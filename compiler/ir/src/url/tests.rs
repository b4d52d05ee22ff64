use proptest::prelude::*;

use super::*;

#[test]
fn a_url_has_one_form_and_its_parts() {
    let cases = [
        ("HTTPS://Acme.Example:443/a/../b?x=1#top", "https://acme.example/b?x=1", "acme.example", Some(443)),
        ("https://acme.example.", "https://acme.example/", "acme.example", Some(443)),
        ("http://acme.example:8080", "http://acme.example:8080/", "acme.example", Some(8080)),
        ("https://bücher.example/", "https://xn--bcher-kva.example/", "xn--bcher-kva.example", Some(443)),
        ("http://0x7f.1/", "http://127.0.0.1/", "127.0.0.1", Some(80)),
        ("http://2852039166/latest", "http://169.254.169.254/latest", "169.254.169.254", Some(80)),
        ("http://0251.0376.0251.0376", "http://169.254.169.254/", "169.254.169.254", Some(80)),
        ("http://[::FFFF:169.254.169.254]/", "http://169.254.169.254/", "169.254.169.254", Some(80)),
        ("http://[::1]:80/", "http://[::1]/", "[::1]", Some(80)),
        ("postgres://DB.acme.example/x", "postgres://db.acme.example/x", "db.acme.example", None),
    ];
    for (text, normal, host, port) in cases {
        let url: Url = text.parse().unwrap();
        assert_eq!((url.as_str(), url.host(), url.port()), (normal, host, port), "{text}");
        assert_eq!(normal.parse(), Ok(url), "{text}");
    }
    let url: Url = "http://169.254.169.254/".parse().unwrap();
    assert_eq!(url.ip().map(|ip| ip.to_string()), Some("169.254.169.254".to_owned()));
}

#[test]
fn what_parsers_read_in_two_ways_is_refused() {
    use UrlError::{Character, Credentials, Host, Malformed};
    let cases = [
        ("", Malformed),
        ("acme.example/x", Malformed),
        ("https:acme.example", Malformed),
        ("https:/evil.example/://acme.example/", Malformed),
        ("https:///evil.example", Malformed),
        ("https://?x", Malformed),
        ("file:///etc/passwd", Malformed),
        ("data:text/plain,x", Malformed),
        ("https://acme.example\\@evil.example/", Character),
        ("https://acme.example /", Character),
        ("ht\ntps://acme.example", Character),
        ("https://acme.example@evil.example", Credentials),
        ("https://a:b@acme.example", Credentials),
        ("https://%65vil.example", Host),
        ("https://a..example", Host),
        ("git://1.2.3.04/", Host),
        ("git://acme_!.example/", Host),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<Url>(), Err(error), "{text}");
    }
}

#[test]
fn a_decoded_path_is_one_that_servers_agree_on() {
    let cases = [
        ("https://a.example", Some("/")),
        ("https://a.example/x%20y", Some("/x y")),
        ("https://a.example/%2e%2e/b", Some("/b")),
        ("https://a.example/a/%2e%2e%2fb", None),
        ("https://a.example/a%5c..", None),
        ("https://a.example/a%252e", None),
        ("https://a.example/%00", None),
        ("https://a.example/%ff", None),
        ("https://a.example/a%zz", None),
        ("https://a.example/a%2", None),
        ("https://a.example/%", None),
        ("https://a.example/a%2fb/c", None),
        ("https://a.example/%c3%a9", Some("/é")),
    ];
    for (text, path) in cases {
        let found = text.parse::<Url>().unwrap().decoded_path();
        assert_eq!(found, path.map(|path| path.parse().unwrap()), "{text}");
    }
}

#[test]
fn a_host_lies_in_a_domain_by_whole_labels() {
    let cases = [
        ("acme.example", "acme.example", true),
        ("api.acme.example", "acme.example", true),
        ("evilacme.example", "acme.example", false),
        ("acme.example.evil", "acme.example", false),
        ("example", "acme.example", false),
        ("API.acme.example.", "Acme.Example", true),
        ("10.0.0.1", "0.0.1", false),
        ("10.0.0.1", "10.0.0.1", true),
        ("[::1]", "", false),
        ("acme.example", "", false),
        ("acme.example", ".example", false),
        ("", "", false),
    ];
    for (host, domain, expected) in cases {
        assert_eq!(host_within(host, domain), expected, "{host} within {domain}");
    }
}

proptest! {
    #[test]
    fn hosts_and_domains_agree_with_lists_of_labels(host in "[ab]{1,2}(\\.[ab]{1,2}){0,4}", domain in "[ab]{1,2}(\\.[ab]{1,2}){0,2}") {
        let labels = |name: &str| name.split('.').map(str::to_owned).collect::<Vec<_>>();
        prop_assert_eq!(host_within(&host, &domain), labels(&host).ends_with(&labels(&domain)));
    }

    /// Whatever is read has a form that is read to the same.
    #[test]
    fn the_normal_form_is_stable(text in "(https|git)://[a-zA-Z0-9.é-]{1,12}(:[0-9]{1,5})?(/[a-z%2.]{0,6}){0,3}(\\?[a-z=]{0,4})?") {
        if let Ok(url) = text.parse::<Url>() {
            prop_assert_eq!(url.as_str().parse::<Url>(), Ok(url.clone()));
        }
    }
}
