//! Malformed HTTP heads and bodies.

use permit_test_support::stage::{PURCHASE_BOT, Stage};
use permit_test_support::wire::{connect, exchange};
use serde_json::Value;

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let stage = Stage::acme();
    let server = stage.start().await.unwrap();
    let certificate = stage.certificate(PURCHASE_BOT);
    let megabyte =
        format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx-large: {}\r\n\r\n", "x".repeat(1 << 20));
    let many = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "x-many: 1\r\n".repeat(100));
    let long = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "x".repeat(100_000));
    for (what, head, expected) in [
        ("a header of 1 MiB", megabyte, &["431"][..]),
        ("100 headers", many, &["431"]),
        ("a long path", long, &["414", "431"]),
        ("NUL in a header", "GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: \0\r\n\r\n".to_owned(), &["400"]),
        ("no HTTP", "hello\r\n\r\n".to_owned(), &["400"]),
    ] {
        let mut stream = connect(&stage, Some(&certificate)).await.unwrap();
        let answer = exchange(&mut stream, head.as_bytes()).await.unwrap_or_else(|e| panic!("{what}: {e}"));
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(expected.contains(&status), "{what}: {answer:?}");
    }
    server.stop().await.unwrap();
}

/// A body that does not come is cut by the request's time, and nothing is decided.
#[tokio::test]
async fn a_body_that_does_not_come_is_cut() {
    let mut stage = Stage::acme();
    stage.configure("[limits]\nrequest_timeout_ms = 200\n");
    let server = stage.start().await.unwrap();
    let mut stream = connect(&stage, Some(&stage.certificate(PURCHASE_BOT))).await.unwrap();
    let head = "POST /v1/decisions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n{";
    let answer = exchange(&mut stream, head.as_bytes()).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 504") && answer.contains("application/problem+json"), "{answer}");
    server.stop().await.unwrap();
    assert_eq!(stage.audit().decisions, 0);
}

#[tokio::test]
async fn a_path_or_method_that_is_not_there_is_a_problem() {
    let stage = Stage::acme();
    let _server = stage.start().await.unwrap();
    let client = stage.client(PURCHASE_BOT);
    for (method, path, status, code) in [
        ("GET", "/", 404, "not_found"),
        ("GET", "/v1/decisions/../token/x", 404, "not_found"),
        ("GET", "/v1/decisions", 405, "method_not_allowed"),
        ("DELETE", "/v1/log/checkpoint", 405, "method_not_allowed"),
        ("GET", "/v1/log/entries/99", 404, "record_not_found"),
        ("GET", "/v1/log/proof/99", 404, "record_not_found"),
        ("GET", "/v1/log/entries/-1", 400, "invalid_index"),
        ("GET", "/v1/log/entries/00", 400, "invalid_index"),
        ("GET", "/v1/log/proof/18446744073709551616", 400, "invalid_index"),
    ] {
        let reply = client.transport().send(method, path, &[], None).await.unwrap();
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((reply.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{method} {path}");
        assert_eq!(reply.headers["content-type"], "application/problem+json");
    }
}
