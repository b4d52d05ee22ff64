//! Random programs: they compile, survive printing and parsing, and both evaluators decide them alike.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use permit_engine::Engine;
use permit_frontend::render::{Colour, render};
use permit_frontend::{Severity, Sources, compile};
use permit_grammar::span::SourceId;
use permit_grammar::{format, parse, shape};
use permit_test_support::programs::{Generated, Request, generate};
use permit_test_support::world::{engines_of, seal, test_key};

/// How many programs there are; `PERMIT_PROGRAMS` says another number.
const PROGRAMS: u64 = 10_000;
const REQUESTS: usize = 4;

/// So many of a hundred programs compile at least: the dice know the language's types, not all of its lore.
const COMPILED_PERCENT_MIN: u64 = 90;

/// What came of the programs.
#[derive(Default)]
struct Tally {
    compiled: AtomicU64,
    decided: AtomicU64,
    permitted: AtomicU64,
    erred: AtomicU64,
    /// How many programs each diagnostic refused, and one of them.
    refused: Mutex<BTreeMap<&'static str, (u64, String)>>,
}

#[test]
fn ten_thousand_programs_compile_print_as_themselves_and_are_decided_alike() {
    let programs = std::env::var("PERMIT_PROGRAMS").map_or(PROGRAMS, |number| number.parse().unwrap());
    let (next, tally) = (AtomicU64::new(0), Tally::default());
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= programs {
                        break;
                    }
                    tally.try_program(number);
                }
            });
        }
    });
    let Tally { compiled, decided, permitted, erred, refused } = tally;
    let [compiled, decided, permitted, erred] =
        [compiled, decided, permitted, erred].map(AtomicU64::into_inner);
    let percent = compiled * 100 / programs;
    println!(
        "{percent} % of {programs} programs compile; {decided} decisions, {permitted} permits, {erred} with errors"
    );
    let refused = refused.into_inner().unwrap();
    let shown: Vec<String> = refused
        .values()
        .map(|(count, shown)| format!("{count} programs are refused as this one is\n{shown}"))
        .collect();
    assert!(percent >= COMPILED_PERCENT_MIN, "{percent} % compile\n{}", shown.join("\n"));
    // Dice that always fall one way test nothing.
    assert!(decided > compiled && permitted > decided / 20 && erred > decided / 100);
}

impl Tally {
    fn try_program(&self, number: u64) {
        let Generated { text, facts, requests } = generate(number, REQUESTS);
        prints_as_itself(number, &text);
        let sources = Sources::single("made.permit", text.as_str()).unwrap();
        let outcome = compile(&sources);
        let Some(program) = outcome.program else {
            let error = outcome.diagnostics.iter().find(|found| found.severity == Severity::Error).unwrap();
            let mut refused = self.refused.lock().unwrap();
            let shown =
                || (0, format!("{number}: {}", render(&sources, std::slice::from_ref(error), Colour::Never)));
            refused.entry(error.code.number()).or_insert_with(shown).0 += 1;
            return;
        };
        self.compiled.fetch_add(1, Ordering::Relaxed);
        let key = test_key();
        let bytes = seal(&[("made.permit", text)], &program, &key);
        let engines = engines_of(&bytes, &key, &facts.to_string());
        for request in &requests {
            self.decide(number, &engines, request);
        }
    }

    fn decide(&self, number: u64, engines: &[Engine; 2], request: &Request) {
        let [interpreted, native] = engines.each_ref().map(|engine| {
            let agent = engine.agent(&request.agent).unwrap();
            let mut read = engine.read_ask(agent, &request.ask, request.now_ms)?;
            read.scopes = request
                .scopes
                .iter()
                .map(|scope| engine.read_scope(scope, request.now_ms, request.from_issuer))
                .collect::<Result<_, _>>()?;
            Ok::<_, permit_engine::FieldError>(engine.evaluate(&read))
        });
        assert_eq!(interpreted, native, "program {number}, {request:?}");
        if let Ok(evaluation) = native {
            self.decided.fetch_add(1, Ordering::Relaxed);
            let permits = matches!(evaluation.policy.verdict, permit_ir::decision::PolicyVerdict::Permit(_));
            self.permitted.fetch_add(u64::from(permits), Ordering::Relaxed);
            let errs = !evaluation.policy.errors.is_empty() || evaluation.budget.is_err();
            self.erred.fetch_add(u64::from(errs), Ordering::Relaxed);
        }
    }
}

/// What is printed is read as the same tree, and printed the same again.
fn prints_as_itself(number: u64, text: &str) {
    let read = parse(SourceId(0), text);
    assert_eq!(read.errors, [], "program {number}\n{text}");
    let once = format(SourceId(0), text).unwrap();
    let again = parse(SourceId(0), &once);
    assert_eq!(again.errors, [], "program {number}\n{once}");
    assert_eq!(shape(&read.file), shape(&again.file), "program {number}\n{text}\nbecame\n{once}");
    assert_eq!(format(SourceId(0), &once), Ok(once), "program {number}");
}
