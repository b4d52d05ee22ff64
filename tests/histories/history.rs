//! One history, run twice: by the scenario runner, and by a service with its journal.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use permit_audit::{Body, Proof, Signer};
use permit_engine::{Engine, FactsFile, read_facts};
use permit_frontend::scenario::ReviewAnswer;
use permit_frontend::{Sources, compile};
use permit_journal::{Journal, MemoryStore, Options, Receipt, SubmitError};
use permit_ledger::{End, HoldError};
use permit_scenarios::Run;
use permit_service::{Call, Caller, ScopeGrant, Service, TokenScope, policy};
use permit_test_support::programs::{Dice, Generated, Request};
use permit_test_support::world::{engines_of, seal, test_key};
use permit_types::charge::{Account, Unit};
use permit_types::review::VoteKind;
use permit_types::verdict::{Layer, Outcome};

use crate::answers::{Names, admitted, recorded, settled};
use crate::policy::made;

/// 2026-03-26T10:00Z, three days before clocks change in Europe.
const BEGIN_MS: i64 = 1_774_519_200_000;
const MINUTE_MS: i64 = 60_000;

const STEPS: (usize, usize) = (10, 40);

/// The persons of every policy, by their ids.
const PERSONS: [&str; 2] = ["x0", "x1"];

/// A policy that is loaded for both sides.
pub(crate) struct Stage {
    number: u64,
    engines: [Engine; 2],
    facts: FactsFile,
    requests: Vec<Request>,
}

/// What the histories met.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) histories: u64,
    counts: BTreeMap<&'static str, u64>,
}

/// What the histories must meet often.
const KINDS: [&str; 16] = [
    "policy denials",
    "budget denials",
    "scope denials",
    "limits without room",
    "rates without room",
    "plain permits",
    "reviews",
    "votes",
    "refused votes",
    "approved permits",
    "ended reviews",
    "warnings",
    "confirmed holds",
    "released holds",
    "refused settlements",
    "expired holds",
];

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.histories += other.histories;
        for (&what, &count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
    }

    fn note(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub(crate) fn kinds(&self) -> impl Iterator<Item = (&'static str, u64)> {
        KINDS.into_iter().map(|what| (what, self.counts.get(what).copied().unwrap_or(0)))
    }
}

impl Stage {
    /// The policy of a number; `None` where the dice made one that does not compile.
    pub(crate) fn new(number: u64) -> Option<Self> {
        let Generated { text, facts, requests } = made(number);
        let program = compile(&Sources::single("made.permit", text.as_str()).unwrap()).program?;
        let (key, facts) = (test_key(), facts.to_string());
        let engines = engines_of(&seal(&[("made.permit", text)], &program, &key), &key, &facts);
        let facts = read_facts(&program, facts.as_bytes()).unwrap();
        Some(Self { number, engines, facts, requests })
    }

    /// Plays one history, and fails where the sides differ.
    pub(crate) fn run(&self, history: u64, tally: &mut Tally) {
        let mut dice = Dice::new(self.number << 16 | history);
        let [interpreted, native] = self.engines.each_ref().map(|engine| engine.over(self.facts.clone()));
        let service = service(self.engines[1].over(self.facts.clone()));
        let mut execution = Execution {
            at: format!("policy {}, history {history}", self.number),
            run: Run::new(native, interpreted),
            service,
            requests: &self.requests,
            asked: Vec::new(),
            reviewed: None,
            names: Names::new(),
            attempts: 0,
            held: None,
            now_ms: BEGIN_MS,
            accounts: Vec::new(),
            tally,
        };
        execution.tally.histories += 1;
        for _ in 0..dice.between(STEPS.0, STEPS.1) {
            execution.step(&mut dice);
        }
        execution.compare_accounts();
        execution.service.journal().close();
    }
}

/// A service whose journal is new and in memory. Its clock stands still and its tick never comes.
fn service(engine: Engine) -> Service {
    let signer = Signer::from_seed("permit.test/log", &[7; 32]).unwrap();
    let clock = Options::new(Arc::new(|| BEGIN_MS - 60 * MINUTE_MS));
    let options = Options { tick: Duration::from_secs(3_600), ..clock };
    let journal = Journal::with_store(MemoryStore::new(), signer, policy(&engine), options).unwrap();
    Service::new(engine, journal)
}

/// The hold that was opened last.
struct Held {
    decision_id: String,
    caller: Caller,
    /// What it holds, by budget.
    amounts: Vec<(String, Unit, i64)>,
}

struct Execution<'s> {
    at: String,
    run: Run,
    service: Service,
    requests: &'s [Request],
    /// What was asked, by its place, and when its task was granted.
    asked: Vec<(usize, i64)>,
    /// Of that, what met a review last.
    reviewed: Option<(usize, i64)>,
    names: Names,
    attempts: u64,
    held: Option<Held>,
    now_ms: i64,
    accounts: Vec<Account>,
    tally: &'s mut Tally,
}

impl Execution<'_> {
    fn step(&mut self, dice: &mut Dice) {
        self.now_ms += match dice.roll(12) {
            0..4 => 0,
            4 | 5 => 1_000 * i64::try_from(dice.between(1, 20)).unwrap(),
            6..9 => MINUTE_MS * i64::try_from(dice.between(1, 25)).unwrap(),
            9 => 60 * MINUTE_MS * i64::try_from(dice.between(1, 9)).unwrap(),
            10 if dice.chance(30) => 24 * 60 * MINUTE_MS * i64::try_from(dice.between(1, 9)).unwrap(),
            _ => -MINUTE_MS * i64::try_from(dice.between(0, 10)).unwrap(),
        };
        match dice.roll(100) {
            0..62 => self.attempt(dice),
            62..84 => self.vote(dice),
            84..94 => self.confirm(dice),
            _ => self.release(),
        }
    }

    /// Asks anew, or the same again.
    fn attempt(&mut self, dice: &mut Dice) {
        let reviewed = self.reviewed.filter(|_| dice.chance(40));
        let repeated = reviewed.or(dice.of(&self.asked).copied().filter(|_| dice.chance(55)));
        let (place, issued_ms) = repeated.unwrap_or_else(|| (dice.roll(self.requests.len()), self.now_ms));
        let Request { agent, ask, scopes, from_issuer, .. } = self.requests[place].clone();
        let engine = self.run.engine();
        let Ok(mut request) = engine.read_ask(engine.agent(&agent).unwrap(), &ask, self.now_ms) else {
            return;
        };
        let grants = scopes.iter().map(|claim| engine.read_scope(claim, issued_ms, from_issuer));
        let Ok(grants) = grants.collect() else { return };
        request.scopes = grants;
        self.asked.push((place, issued_ms));
        self.attempts += 1;

        let caller = caller(agent);
        let grant =
            from_issuer.then(|| ScopeGrant { issuer: "tasks.example".to_owned(), jti: "grant-1".to_owned() });
        let token_scope = |claim| TokenScope { claim, issued_ms, grant: grant.clone() };
        let scopes = scopes.into_iter().map(token_scope).collect();
        let call = Call { caller: caller.clone(), ask, scopes, idempotency: None };
        let receipt = self.service.decide(&call, self.now_ms).wait().unwrap();
        let Body::Decision(decision) = receipt.record.body else { panic!("{:?}", receipt.record) };
        let decision_id = receipt.record.decision_id.unwrap();
        self.names.insert(self.attempts, decision_id.clone());

        let results = self.run.attempt(&request).unwrap();
        let answer = admitted(&results.admission, &self.names);
        assert_eq!(answer, recorded(&decision), "{}: scenario and journal, {call:?}", self.at);
        if answer.outcome == Outcome::Review {
            self.reviewed = Some((place, issued_ms));
        }
        self.note(&results.admission.end, answer.outcome);
        let amounts = held_amounts(&results.admission.end);
        if decision.hold_expires_at_ms.is_some() {
            self.held = Some(Held { decision_id, caller, amounts });
        }
        let bill = results.evaluation.budget.iter().flat_map(|bill| &bill.charges);
        let charges: Vec<_> = bill.chain(results.evaluation.scope.iter().flatten()).collect();
        self.accounts.extend(charges.into_iter().map(|charge| charge.account.clone()));
        self.compare_limits(&results.limits, receipt.record.timestamp_ms);
    }

    /// What a scenario says is left is what the journal has.
    fn compare_limits(&self, limits: &[permit_ledger::LimitStatus], now_ms: i64) {
        for limit in limits {
            let balances = self.service.journal().reader().balances(&limit.account, now_ms);
            let own = balances.iter().find(|b| (&b.unit, &b.window) == (&limit.unit, &limit.window));
            let used = own.map_or((0, 0), |balance| (balance.spent, balance.held));
            assert_eq!((limit.spent, limit.held), used, "{}: what is used of {limit:?}", self.at);
        }
    }

    fn compare_accounts(&self) {
        for account in &self.accounts {
            assert_eq!(
                self.run.balances(account, self.now_ms),
                self.service.journal().reader().balances(account, self.now_ms),
                "{}: what {account:?} holds in the end",
                self.at
            );
        }
    }

    /// Has a person vote on the last review.
    fn vote(&mut self, dice: &mut Dice) {
        let Some(review) = self.run.review() else { return };
        let (name, id) = (self.names[&review.id.0].clone(), dice.text(&PERSONS));
        let engine = self.run.engine();
        let ty =
            if engine.program().entities.iter().any(|ty| ty.name == "Lead") { "Lead" } else { "Person0" };
        let caller = caller(format!("spiffe://made.example/{ty}/{id}"));
        let (says, said) = if dice.chance(80) {
            (VoteKind::Approve, ReviewAnswer::Approve)
        } else {
            (VoteKind::Decline, ReviewAnswer::Decline)
        };
        let Ok(recorded) = self.service.vote(says, &caller, &name, None, self.now_ms) else {
            // The rule leaves it to others.
            return;
        };
        let recorded = recorded.wait();
        match (self.run.answer(self.now_ms, said, format!("{ty}::{id:?}")), recorded) {
            (Ok(state), Ok(receipt)) => {
                self.tally.note("votes");
                let (Body::Approval(vote) | Body::Decline(vote)) = receipt.record.body else { panic!() };
                assert_eq!((vote.digest.0, &vote.decision_id), (state.digest, &name), "{}", self.at);
                let journal = self.service.journal();
                let index = journal.reader().index_of(&name).unwrap();
                let stands = journal.reader().review(index, vote.digest, self.now_ms);
                if said == ReviewAnswer::Approve {
                    assert_eq!(stands.map(|state| state.approved_by), Ok(state.approved_by), "{}", self.at);
                }
            }
            (Err(error), Err(SubmitError::Review(recorded))) => {
                self.tally.note("refused votes");
                assert_eq!(error, recorded, "{}: a vote", self.at);
            }
            (results, recorded) => panic!("{}: {results:?}, {recorded:?}", self.at),
        }
    }

    fn confirm(&mut self, dice: &mut Dice) {
        let Some(held) = &self.held else { return };
        let mut amounts = BTreeMap::new();
        for (budget, unit, amount) in &held.amounts {
            let spent = match dice.roll(6) {
                0..3 => continue,
                3 => *amount,
                4 => amount / 2,
                _ => amount.saturating_add(1),
            };
            // Two scopes of one name are settled under it together.
            amounts.entry(budget.clone()).or_insert((unit.clone(), spent));
        }
        let texts = amounts.iter().map(|(name, (unit, n))| (name.clone(), unit.amount_text(*n))).collect();
        let amounts = amounts.into_iter().map(|(name, (_, n))| (name, n)).collect();
        let (service, now_ms) = (&self.service, self.now_ms);
        let recorded = service.confirm(&held.caller, &held.decision_id, &texts, now_ms).unwrap().wait();
        let results = self.run.confirm(now_ms, amounts);
        self.compare_settlement("confirmed holds", results, recorded);
    }

    fn release(&mut self) {
        let Some(held) = &self.held else { return };
        let (service, now_ms) = (&self.service, self.now_ms);
        let recorded = service.release(&held.caller, &held.decision_id, None, now_ms).wait();
        let results = self.run.release(now_ms);
        self.compare_settlement("released holds", results, recorded);
    }

    fn compare_settlement(
        &mut self,
        what: &'static str,
        results: Result<permit_ledger::Settlement, HoldError>,
        recorded: Result<Receipt, SubmitError>,
    ) {
        match (results, recorded) {
            (Ok(settlement), Ok(receipt)) => {
                self.tally.note(what);
                let (Body::Confirm(recorded) | Body::Release(recorded)) = receipt.record.body else {
                    panic!()
                };
                assert_eq!(settled(&settlement), recorded.settled, "{}: {what}", self.at);
            }
            (Err(error), Err(SubmitError::Hold(recorded))) => {
                self.tally.note("refused settlements");
                if error == HoldError::Expired {
                    self.tally.note("expired holds");
                }
                assert_eq!(error, recorded, "{}: {what}", self.at);
            }
            (results, recorded) => panic!("{}: {what}: {results:?}, {recorded:?}", self.at),
        }
    }

    fn note(&mut self, end: &End, outcome: Outcome) {
        let tally = &mut *self.tally;
        match end {
            End::Denied { layer, denial } => {
                match layer {
                    Layer::Budget => tally.note("budget denials"),
                    Layer::Scope => tally.note("scope denials"),
                    Layer::Identity | Layer::Dpop | Layer::Policy => tally.note("policy denials"),
                }
                for short in denial.iter().flat_map(permit_ledger::Denial::shortfalls) {
                    tally.note(match short {
                        permit_ledger::Shortfall::Limit(_) => "limits without room",
                        permit_ledger::Shortfall::Rate { .. } => "rates without room",
                    });
                }
                if let Some(permit_ledger::Denial::Review { .. }) = denial {
                    tally.note("ended reviews");
                }
            }
            End::InReview { .. } => tally.note("reviews"),
            End::Allowed { grant, .. } => {
                assert_eq!(outcome, Outcome::Allow);
                tally.note(if grant.review.is_some() { "approved permits" } else { "plain permits" });
                if !grant.warnings.is_empty() {
                    tally.note("warnings");
                }
            }
        }
    }
}

/// A caller whose certificate and proof were verified.
fn caller(spiffe_id: String) -> Caller {
    let proof = Some(Proof { jkt: "jkt".to_owned(), jti_digest: "jti".to_owned() });
    Caller { spiffe_id, proof, body_digest: None, trace_id: None }
}

/// What a grant holds, by budget.
fn held_amounts(end: &End) -> Vec<(String, Unit, i64)> {
    let End::Allowed { reserve, .. } = end else { return Vec::new() };
    let charges = reserve.charges.iter().chain(reserve.scope.iter().flatten());
    let held = charges.filter(|charge| charge.hold_ms.is_some());
    held.map(|charge| (charge.account.name.clone(), charge.unit.clone(), charge.amount)).collect()
}
