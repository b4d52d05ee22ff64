//! What is refused without a record is counted, and the counts are in the log.

use std::collections::BTreeMap;
use std::time::Duration;

use permit_audit::{Body, Record};
use permit_test_support::stage::{Stage, acme_facts, now_ms};
use permit_test_support::wire::{connect, exchange};

use super::{DECISIONS, Fixture, spend, with_token};

fn counted(pairs: &[(&str, u64)]) -> BTreeMap<String, u64> {
    pairs.iter().map(|&(cause, count)| (cause.to_owned(), count)).collect()
}

impl Fixture {
    async fn status(&self, path: &str) -> u16 {
        self.buyer.client.get(path).await.unwrap().status.as_u16()
    }

    /// The records from `from` on.
    async fn records(&self, from: u64) -> Vec<Record> {
        let mut records = Vec::new();
        for index in from..self.size().await {
            let reply = self.buyer.client.get(&format!("/v1/log/entries/{index}")).await.unwrap();
            records.push(Record::parse(&reply.body).unwrap());
        }
        records
    }
}

#[tokio::test]
async fn every_refusal_without_a_record_is_counted() {
    let fixture = Fixture::start().await;
    for (path, status) in [
        ("/v1/log/entries/9999", 404),
        ("/v1/log/entries/x", 400),
        ("/v1/log/proof/9999", 404),
        ("/v1/nothing", 404),
        ("/v1/token", 405),
        ("/v1/log/entries/%FF", 400),
        ("/healthz", 200),
        ("/v1/log/entries/0", 200),
    ] {
        assert_eq!(fixture.status(path).await, status, "{path}");
    }
    let buyer = &fixture.buyer;
    assert_eq!(buyer.send(DECISIONS, &[], &spend("1.00 USD")).await.status.as_u16(), 401);
    // This one has a record.
    let scheme = [("authorization", "Bearer x".to_owned())];
    assert_eq!(buyer.send(DECISIONS, &scheme, &spend("1.00 USD")).await.status.as_u16(), 401);
    let vote = "/v1/reviews/dec_0/approve";
    let headers = with_token(&fixture.token, buyer.proof(vote, Some(&fixture.token)));
    assert_eq!(buyer.send(vote, &headers, b"{}").await.status.as_u16(), 403);
    assert_eq!(buyer.ask_token(None).await.status.as_u16(), 400);
    let mut nobody = connect(&fixture.stage, None).await.unwrap();
    exchange(&mut nobody, b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap_err();

    let Fixture { stage, server, .. } = fixture;
    server.stop().await.unwrap();
    let report = stage.audit();
    let expected = [
        ("certificate_missing", 1),
        ("invalid_index", 1),
        ("method_not_allowed", 1),
        ("not_a_person", 1),
        ("not_found", 1),
        ("record_not_found", 2),
        ("request_malformed", 1),
        ("token_missing", 1),
        ("token_refused", 1),
        ("tokens_issued", 1),
    ];
    assert_eq!(report.counted, counted(&expected));
    assert_eq!((report.crashes, report.kinds["start"], report.kinds["shutdown"]), (0, 1, 1));
}

#[tokio::test]
async fn counts_are_recorded_once_a_period_and_a_quiet_period_is_not() {
    let mut stage = Stage::acme();
    stage.configure("[limits]\nrefusals_period_ms = 1000\n");
    let fixture = Fixture::with(stage).await;
    let from = fixture.size().await;
    for _ in 0..3 {
        assert_eq!(fixture.status("/v1/nothing").await, 404);
    }
    let until = now_ms() + 20_000;
    while fixture.size().await == from && now_ms() < until {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let records = fixture.records(from).await;
    let mut sum = BTreeMap::new();
    for record in &records {
        let Body::Refusals(refusals) = &record.body else { panic!("{record:?}") };
        assert!(!refusals.counts.is_empty(), "{record:?}");
        for (cause, count) in &refusals.counts {
            *sum.entry(cause.clone()).or_default() += count;
        }
    }
    assert!((1..=2).contains(&records.len()), "{records:?}");
    // A period may have ended between the token and what followed.
    sum.entry("tokens_issued".to_owned()).or_insert(1);
    assert_eq!(sum, counted(&[("not_found", 3), ("tokens_issued", 1)]));
    let Fixture { stage, server, .. } = fixture;
    server.stop().await.unwrap();
    assert_eq!(stage.audit().counted["not_found"], 3);
}

#[tokio::test]
async fn facts_are_recorded_when_they_change_and_a_refused_reload_is_counted() {
    let fixture = Fixture::start().await;
    let from = fixture.size().await;
    let path = fixture.stage.config.paths.facts.clone();
    let reload = async |facts: &str| {
        fixture.stage.put(&path, facts.as_bytes());
        fixture.server.reloader().reload().await.is_ok()
    };
    let other = acme_facts(now_ms());
    assert!(reload(&other).await);
    assert!(reload(&other).await);
    assert!(!reload("{").await);
    assert_eq!(fixture.held().await, "2.00 USD");
    let records = fixture.records(from).await;
    let kinds: Vec<_> = records.iter().map(|record| record.body.kind()).collect();
    assert_eq!(kinds, ["facts", "decision"]);
    let Fixture { stage, server, .. } = fixture;
    server.stop().await.unwrap();
    let server = stage.start().await;
    assert!(server.is_err(), "the broken facts");
    stage.put(&path, other.as_bytes());
    stage.start().await.unwrap().stop().await.unwrap();
    let report = stage.audit();
    assert_eq!(report.counted["reload_refused"], 1);
    // A start that fails for its facts does not open the journal.
    let kinds = ["start", "facts", "shutdown"].map(|kind| report.kinds[kind]);
    assert_eq!((kinds, report.crashes), ([2, 2, 2], 0));
}
