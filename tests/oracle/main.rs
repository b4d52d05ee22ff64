//! The engine against an evaluator that is too simple to be wrong: every rule in order, no index, no native code.
//!
//! Programs, facts and requests are generated, so that rules are filed under keys of every kind and fail in every way.
//! `PERMIT_PAIRS` sets the number of pairs of program and request; the default takes seconds.

#![cfg(test)]

mod adversarial;
mod naive;
mod requests;
mod rules;
mod schema;
mod tape;

use permit_engine::{Engine, Mode};
use permit_ir::decision::PolicyVerdict;

use crate::schema::Schema;
use crate::tape::Tape;

const PAIRS: u64 = 40_000;
const REQUESTS: u64 = 100;

#[derive(Debug, Default)]
struct Tally {
    permits: u64,
    reviews: u64,
    denials: u64,
    defaults: u64,
    errors: u64,
}

/// Compares so many requests to one generated program.
fn compare(schema: &Schema, seed: u64, requests: u64, tally: &mut Tally) {
    let mut tape = Tape::new(seed);
    let program = rules::program(schema, &mut tape);
    let facts = requests::facts(schema, &program, &mut tape);
    let engines = [Mode::Interpreted, Mode::Native].map(|mode| schema.engine(&program, &facts, mode));
    assert_eq!(engines.each_ref().map(Engine::mode), [Mode::Interpreted, Mode::Native]);
    let mut sessions = engines.each_ref().map(Engine::session);
    for at in 0..requests {
        let mut request = requests::request(schema, engines[0].facts(), &mut tape);
        let spoilt = tape.chance(5);
        if spoilt {
            requests::spoil(schema, &mut request, &mut tape);
        }
        let expected = naive::policy(engines[0].program(), engines[0].facts(), &request);
        for engine in &engines {
            let found = engine.evaluate(&request).policy;
            assert_eq!(
                found,
                expected,
                "program {seed}, request {at}, {:?}:\n{}\n{request:?}",
                engine.mode(),
                permit_ir::text::text(engine.program())
            );
        }
        // Sessions take neither claims nor what does not fit.
        if request.claims.is_empty() && !spoilt {
            for (engine, session) in engines.iter().zip(&mut sessions) {
                let said = requests::by_session(engine.program(), engine.facts(), session, &request);
                let expected = (expected.verdict, expected.errors.clone());
                assert_eq!(said, expected, "program {seed}, request {at}, {:?}, by session", engine.mode());
            }
        }
        tally.errors += u64::from(!expected.errors.is_empty());
        match expected.verdict {
            PolicyVerdict::Permit(_) => tally.permits += 1,
            PolicyVerdict::Review(_) => tally.reviews += 1,
            PolicyVerdict::Deny(..) => tally.denials += 1,
            PolicyVerdict::Default => tally.defaults += 1,
        }
    }
}

#[test]
fn the_engine_says_what_every_rule_in_order_says() {
    let pairs = std::env::var("PERMIT_PAIRS").ok().and_then(|text| text.parse().ok()).unwrap_or(PAIRS);
    let schema = Schema::new();
    let mut tally = Tally::default();
    for seed in 0..pairs.div_ceil(REQUESTS) {
        compare(&schema, seed, REQUESTS, &mut tally);
    }
    println!("{tally:?}");
    let Tally { permits, reviews, denials, defaults, errors } = tally;
    let least = [permits, reviews, denials, defaults, errors].into_iter().min().unwrap_or(0);
    assert!(least * 50 >= pairs, "the pairs are one-sided");
}
