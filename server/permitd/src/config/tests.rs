use super::*;

const GOOD: &str = r#"
listen = "127.0.0.1:8443"
public_url = "https://permit.acme.example:8443"
trust_domain = "acme.example"
log_origin = "acme.example/decisions"

[paths]
authority_certificate = "pki/authority.pem"
server_certificate = "pki/server.pem"
server_key = "pki/server.key"
token_key = "/run/keys/token.key"
bundle = "policy.permitb"
bundle_keys = ["bundle.pub"]
facts = "facts.json"
log_key = "log.key"
log_public_key = "log.pub"
data = "data"

[limits]
body_bytes_max = 4096
"#;

#[test]
fn a_short_file_is_enough() {
    let config = Config::parse(GOOD, Path::new("/etc/permit")).unwrap();
    assert_eq!(config.paths.server_key, Path::new("/etc/permit/pki/server.key"));
    assert_eq!(config.paths.token_key, Path::new("/run/keys/token.key"));
    assert_eq!(config.paths.bundle_keys, [Path::new("/etc/permit/bundle.pub")]);
    assert!(config.scope_required, "a token without a scope is opt-in");
    assert_eq!(config.limits, Limits { body_bytes_max: 4096, ..Limits::default() });
    assert_eq!(config.public_url.as_str(), "https://permit.acme.example:8443");
    assert_eq!(config.limits.listener().connections_max, 1024);
}

#[test]
fn defaults_are_within_their_ranges() {
    Limits::default().check().unwrap();
}

#[test]
fn mistakes_are_named() {
    for (from, to, message) in [
        (
            "body_bytes_max = 4096",
            "body_bytes_max = 0",
            "`limits.body_bytes_max` is 0, not from 1024 to 16777216",
        ),
        ("body_bytes_max", "body_max", "unknown field `body_max`"),
        ("body_bytes_max = 4096", "proof_window_ms = 9999999", "`limits.proof_window_ms` is 9999999"),
        ("body_bytes_max = 4096", "body_bytes_max = -1", "invalid value"),
        ("listen =", "lisen =", "unknown field `lisen`"),
        ("data = \"data\"", "", "missing field `data`"),
        ("acme.example:8443", "acme.example:8443/", "`public_url`"),
        ("https://permit", "http://permit", "not an absolute https URI"),
        ("\"acme.example\"", "\"Acme.example\"", "`trust_domain`"),
        ("127.0.0.1:8443", "localhost", "invalid socket address"),
    ] {
        let text = GOOD.replacen(from, to, 1);
        let error = Config::parse(&text, Path::new("")).unwrap_err().to_string();
        assert!(error.contains(message), "{to}: {error}");
    }
}

#[test]
fn issuers_are_few_and_each_has_a_name_and_keys() {
    let with = |issuers: &str| Config::parse(&format!("{GOOD}{issuers}"), Path::new("/etc/permit"));
    let issuer = |name: &str, keys: &str| format!("[[issuers]]\nname = \"{name}\"\nkeys = [{keys}]\n");
    let config = with(&issuer("https://o.example", "\"o.pub\", \"/run/o2.pub\"")).unwrap();
    assert_eq!(config.issuers[0].name, "https://o.example");
    assert_eq!(config.issuers[0].keys, [Path::new("/etc/permit/o.pub"), Path::new("/run/o2.pub")]);
    let many: String = (0..=ISSUERS_MAX).map(|n| issuer(&format!("i{n}"), "\"k\"")).collect();
    for wrong in [
        issuer("", "\"k\""),
        issuer("a b", "\"k\""),
        issuer("i", ""),
        issuer("i", &["\"k\""; ISSUER_KEYS_MAX + 1].join(",")),
        issuer("i", "\"k\"") + &issuer("i", "\"k\""),
        many,
    ] {
        assert!(matches!(with(&wrong), Err(ConfigError::Issuers)), "{wrong}");
    }
    assert!(matches!(with("[[issuers]]\nname = \"i\"\nkey = \"k\"\n"), Err(ConfigError::Toml(_))));
}
