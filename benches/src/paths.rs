//! The hot paths, each as a loop that an instruction counter can run.

use std::hint::black_box;
use std::sync::Arc;

use clap::ValueEnum;
use permit_audit::{Proof, Record, Signer, Tree, seal};
use permit_engine::{Engine, Mode};
use permit_journal::{Journal, Options as JournalOptions};
use permit_ledger::{Command, HoldId, Ledger, Limits, Reserve};
use permit_service::{Call, Caller, Service, prepare};
use permit_test_support::agents::{Query, Workload};
use permit_test_support::world;
use permit_types::ask::Ask;
use serde_json::{Map, json};

use crate::contest::Texts;
use crate::permit::NOW_MS;
use crate::served::Served;
use crate::{Failure, permit};

/// How many permits the policy has that requests are read against and decided by.
const PERMITS: usize = 1_000;

/// How many requests are asked in turn.
const QUERIES: usize = 1_000;

const BUYER: &str = "spiffe://bench.example/agent/1";

/// A hot path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Path {
    /// Reading a request from JSON, against a policy of a thousand permits.
    Read,
    /// From borrowed texts to the verdict of those permits, by native code.
    DecideNative,
    /// The same by the interpreter.
    DecideInterpreted,
    /// From a request that was read to the whole decision, by native code.
    DecideWhole,
    /// From the bytes of a request to what the journal is to record, against the same policy.
    ServedDecide,
    /// Reserving what one decision costs: a budget with two limits, and a rate.
    LedgerReserve,
    /// Sealing a decision's record and appending it to the tree.
    LogAppend,
    /// A bundle of a thousand permits and its facts, made ready to decide.
    BundleLoad,
}

impl Path {
    /// How often to run it.
    #[must_use]
    pub const fn times(self) -> u32 {
        match self {
            Self::Read
            | Self::ServedDecide
            | Self::DecideNative
            | Self::DecideInterpreted
            | Self::DecideWhole => 4_000,
            Self::LedgerReserve => 2_000,
            Self::LogAppend => 100,
            Self::BundleLoad => 2,
        }
    }

    /// Runs it so often.
    ///
    /// # Errors
    /// When what it rests on does not load.
    pub fn run(self, times: u32) -> Result<(), Failure> {
        match self {
            Self::Read => read(times),
            Self::DecideNative => decide(times, Mode::Native),
            Self::DecideInterpreted => decide(times, Mode::Interpreted),
            Self::DecideWhole => decide_whole(times),
            Self::ServedDecide => served(times),
            Self::LedgerReserve => reserve(times),
            Self::LogAppend => append(times),
            Self::BundleLoad => load(times),
        }
    }
}

/// The function whose instructions are counted, by the name that it has in the program.
pub const MEASURED: &str = "permit_benches::paths::measured";

/// Runs a path so often. What stands before it is not counted.
#[inline(never)]
fn measured(times: u32, once: &mut dyn FnMut(u32) -> Result<(), Failure>) -> Result<(), Failure> {
    (0..times).try_for_each(once)
}

fn read(times: u32) -> Result<(), Failure> {
    let workload = Workload::new(PERMITS, QUERIES);
    let engine = workload.engine(Mode::Native);
    let asks: Vec<_> = workload.queries.iter().map(ask).collect();
    let mut asked = workload.queries.iter().zip(&asks).cycle();
    measured(times, &mut |_| {
        let (query, ask) = asked.next().ok_or("there are questions")?;
        let agent = engine.agent(&query.agent).ok_or("the facts name the agent")?;
        black_box(engine.read_ask(agent, black_box(ask), NOW_MS)?);
        Ok(())
    })
}

fn ask(query: &Query) -> Ask<'static> {
    let arguments =
        [("amount".to_owned(), json!(query.amount)), ("currency".to_owned(), json!(query.currency))];
    let resource = Some(json!({ "type": "Endpoint", "id": query.endpoint }));
    Ask::new("spend", arguments.into_iter().collect(), resource)
}

fn decide(times: u32, mode: Mode) -> Result<(), Failure> {
    let workload = Workload::new(PERMITS, QUERIES);
    let engine = workload.engine(mode);
    let mut session = engine.session();
    let mut queries = workload.queries.iter().cycle();
    measured(times, &mut |_| {
        let query = queries.next().ok_or("there are questions")?;
        let args = query.args();
        black_box(session.decide(black_box(&query.ask(&args)))?);
        Ok(())
    })
}

fn decide_whole(times: u32) -> Result<(), Failure> {
    let workload = Workload::new(PERMITS, QUERIES);
    let engine = workload.engine(Mode::Native);
    let mut requests = Vec::new();
    for query in &workload.queries {
        let agent = engine.agent(&query.agent).ok_or("the facts name the agent")?;
        requests.push(engine.read_ask(agent, &ask(query), NOW_MS)?);
    }
    let mut requests = requests.iter().cycle();
    measured(times, &mut |_| {
        let request = requests.next().ok_or("there are questions")?;
        black_box(engine.evaluate(black_box(request)));
        Ok(())
    })
}

fn served(times: u32) -> Result<(), Failure> {
    let workload = Workload::new(PERMITS, QUERIES);
    let engine = workload.engine(Mode::Native);
    let served: Vec<_> = workload.queries.iter().map(Served::new).collect();
    let mut served = served.iter().cycle();
    measured(times, &mut |_| {
        let call = black_box(served.next().ok_or("there are questions")?).call()?;
        black_box(prepare(&engine, &call, NOW_MS));
        Ok(())
    })
}

/// An engine with a budget and a rate, and what an agent asks of it.
fn spending() -> Result<(Engine, Ask<'static>), Failure> {
    let facts = json!({ "entities": [
        { "type": "Buyer", "id": "1", "spiffe_id": BUYER },
        { "type": "Vendor", "id": "v" },
    ] });
    let permit = world::read("benches/data/instructions/spend.permit");
    let texts = Texts { permit, facts: facts.to_string(), ..Texts::default() };
    let arguments: Map<_, _> = [("amount".to_owned(), json!("1.00 USD"))].into_iter().collect();
    let ask = Ask::new("spend", arguments, Some(json!("v")));
    Ok((permit::open(&texts, Mode::Native)?, ask))
}

fn reserve(times: u32) -> Result<(), Failure> {
    let (engine, ask) = spending()?;
    let agent = engine.agent(BUYER).ok_or("the facts name the agent")?;
    let bill = engine.evaluate(&engine.read_ask(agent, &ask, NOW_MS)?).budget;
    let bill = bill.map_err(|fault| fault.trap.to_string())?;
    let mut ledger = Ledger::new(Limits::default());
    measured(times, &mut |id| {
        let (charges, rates) = (bill.charges.clone(), bill.rates.clone());
        let id = HoldId(u64::from(id));
        let reserve = Reserve { id, charges, rates, scope: Some(Vec::new()), review: None };
        black_box(ledger.apply(NOW_MS, &Command::Reserve(reserve)));
        Ok(())
    })
}

/// The record of a decision, as the service makes it.
fn record() -> Result<Record, Failure> {
    let (engine, ask) = spending()?;
    let folder = tempfile::tempdir()?;
    let policy = permit_service::policy(&engine);
    let options = JournalOptions::new(Arc::new(|| NOW_MS));
    let signer = Signer::from_seed("bench.example/log", &[7; 32])?;
    let service = Service::new(engine, Journal::open(folder.path(), signer, policy, options)?);
    let caller = Caller {
        spiffe_id: BUYER.to_owned(),
        proof: Some(Proof { jkt: "jkt".to_owned(), jti_digest: "jti".to_owned() }),
        body_digest: None,
        trace_id: None,
    };
    let call = Call { caller, ask, scopes: Vec::new(), idempotency: None };
    service.decide(&call, NOW_MS).wait()?;
    let index = service.journal().reader().size() - 1;
    Ok(Record::parse(&service.journal().reader().record(index)?)?)
}

fn append(times: u32) -> Result<(), Failure> {
    let body = record()?.body;
    let signer = Signer::from_seed("bench.example/log", &[7; 32])?;
    let mut tree = Tree::new();
    // The genesis stands before every decision.
    tree.append(tree.root());
    measured(times, &mut |before| {
        let sealed = seal(body.clone(), u64::from(before) + 1, NOW_MS, tree.root(), &signer)?;
        tree.append(sealed.leaf_hash);
        black_box(sealed);
        Ok(())
    })
}

fn load(times: u32) -> Result<(), Failure> {
    let workload = Workload::new(PERMITS, 0);
    measured(times, &mut |_| {
        black_box(workload.engine(Mode::Native));
        Ok(())
    })
}
