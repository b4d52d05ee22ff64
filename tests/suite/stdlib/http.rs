//! `std.http`: URLs that lead to internal hosts, in every spelling that clients accept.

use serde_json::{Value, json};

use super::Policy;

fn kit() -> Policy {
    Policy::new("use std.http;", &[])
}

fn read(url: &str) -> Value {
    json!({ "url": url, "headers": [] })
}

#[test]
fn requests_to_the_public_internet_are_left_alone() {
    let kit = kit();
    for url in [
        "https://acme.example/orders?id=7&page=2",
        "https://api.acme.example:8443/v1/things",
        "https://93.184.216.34/",
        "https://[2606:4700:4700::1111]/dns-query",
        "https://acme.example/a%20b/%C3%A9",
        // Out of a policy's reach: who resolves the name must look at the address.
        "https://169.254.169.254.nip.io/latest/meta-data",
    ] {
        kit.leaves("http_read", &read(url));
    }
    let send = |method: &str| {
        json!({ "method": method, "url": "https://acme.example/", "body": "{}",
                "headers": [{ "name": "Content-Type", "value": "application/json" }] })
    };
    for method in ["post", "put", "patch", "delete"] {
        kit.leaves("http_send", &send(method));
    }
    for method in ["get", "head", "options"] {
        kit.denies("http_send_is_a_write", "http_send", &send(method));
    }
}

#[test]
fn metadata_services_are_denied_in_every_spelling() {
    let kit = kit();
    for host in [
        "169.254.169.254",
        "2852039166",
        "0xa9fea9fe",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "169.254.43518",
        "169.16689662",
        "169.254.169.254.",
        "１６９.254.169.254",
        "169。254。169。254",
        "[::ffff:169.254.169.254]",
        "[::ffff:a9fe:a9fe]",
        "[0:0:0:0:0:ffff:a9fe:a9fe]",
        "169.254.170.2",
        "169.254.170.23",
        "100.100.100.200",
        "192.0.0.192",
        "168.63.129.16",
        "[fd00:ec2::254]",
        "[fd20:ce::254]",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "metadata",
        "instance-data",
    ] {
        kit.denies("http_no_metadata", "http_read", &read(&format!("http://{host}/latest/meta-data/")));
    }
}

#[test]
fn what_is_not_on_the_public_internet_is_denied() {
    let kit = kit();
    for host in [
        "127.0.0.1",
        "127.1",
        "127.255.255.254",
        "0x7f000001",
        "017700000001",
        "0",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[0000::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::a00:1]",
        "[2002:a00:1::]",
        "[2001:0:a00:1::]",
        "[fe80::1]",
        "[fc00::1]",
        "[fd12:3456::1]",
        "[ff02::1]",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "foo.localhost",
        "printer.local",
        "wiki.corp",
        "db.internal",
        "kubernetes.default.svc",
        "redis",
    ] {
        kit.denies("http_no_inside", "http_read", &read(&format!("https://{host}/")));
    }
}

#[test]
fn urls_that_parsers_read_in_two_ways_do_not_fit_the_type() {
    let kit = kit();
    for url in [
        "https://acme.example@169.254.169.254/",
        "https://user:secret@acme.example/",
        "https://169.254.169.254\\@acme.example/",
        "https:\\\\169.254.169.254/",
        "https://169.254.169.254%2f@acme.example/",
        "https://acme.example%00.evil.example/",
        "https:///169.254.169.254/",
        "https://acme.example /",
        "https://acme.example\t/",
        "https://[::1",
        "https://256.256.256.256/",
        "//169.254.169.254/",
        "javascript:alert(1)",
        "file:///etc/passwd",
    ] {
        kit.refuses("arguments.url", "http_read", &read(url));
    }
}

#[test]
fn plain_http_unclear_paths_and_secrets_in_queries_are_denied() {
    let kit = kit();
    for url in ["http://acme.example/", "ftp://acme.example/", "ws://acme.example/", "gopher://acme.example/"]
    {
        kit.denies("http_only_tls", "http_read", &read(url));
    }
    for path in ["a%2fb", "%2e%2e%2f%2e%2e%2fetc/passwd", "a%5c..%5cb", "%252e%252e/admin", "a%00b", "%ff"] {
        kit.denies("http_clear_path", "http_read", &read(&format!("https://acme.example/{path}")));
    }
    for query in
        ["api_key=k", "a=1&token=t", "TOKEN=t", "access_token=t&a=1", "Password=p", "X-Amz-Signature=s"]
    {
        kit.denies("http_no_secrets_in_query", "http_read", &read(&format!("https://acme.example/?{query}")));
    }
    kit.leaves("http_read", &read("https://acme.example/?tokens=3&keyboard=us&design=token"));
}

#[test]
fn headers_that_lie_are_denied() {
    let kit = kit();
    let with = |name: &str, value: &str| json!({ "url": "https://acme.example/", "headers": [{ "name": "Accept", "value": "*/*" }, { "name": name, "value": value }] });
    for name in [
        "Host",
        "X-Forwarded-For",
        "forwarded",
        "Metadata-Flavor",
        "X-aws-ec2-metadata-token",
        "Transfer-Encoding",
    ] {
        kit.denies("http_no_forged_headers", "http_read", &with(name, "x"));
    }
    for (name, value) in
        [("A", "x\r\nHost: inside"), ("A", "x\ny"), ("A\r\nHost", "x"), ("", "x"), ("A b", "x"), ("A", "\0")]
    {
        kit.denies("http_no_split_headers", "http_read", &with(name, value));
    }
    kit.leaves("http_read", &with("If-None-Match", "\"abc\""));
}
