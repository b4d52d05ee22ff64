use std::path::Path;
use std::time::Duration;

use permit_audit::{Body, Disclosure, Record, Signer};
use permit_journal::{Options, Receipt, SubmitError};
use permit_ledger::HoldError;
use tempfile::{TempDir, tempdir};

use super::*;
use permit_engine::testing::{NOW_MS, SUPPORT_ID, engine, engine_of, one_customer, refund};

mod replace;

/// The journal in `folder`. Its clock stands still and its tick never comes.
fn open(folder: &Path, engine: Engine) -> Service {
    let signer = Signer::from_seed("permit.test/log", &[7; 32]).unwrap();
    let clock = Options::new(Arc::new(|| NOW_MS));
    let options = Options { tick: Duration::from_secs(3_600), ..clock };
    let policy = crate::policy(&engine);
    Service::new(engine, Journal::open(folder, signer, policy, options).unwrap())
}

fn fresh() -> (TempDir, Service) {
    let folder = tempdir().unwrap();
    let service = open(folder.path(), engine());
    (folder, service)
}

fn caller(spiffe_id: &str) -> Caller {
    let proof = Some(Proof { jkt: "jkt".to_owned(), jti_digest: "jti".to_owned() });
    let body_digest = Some(Digest::of(b"body"));
    Caller { spiffe_id: spiffe_id.to_owned(), proof, body_digest, trace_id: None }
}

fn call(amount: &str) -> Call<'static> {
    let caller = caller(SUPPORT_ID);
    Call { caller, ask: refund(amount), scopes: Vec::new(), idempotency: None }
}

fn repeatable<'d>(key: &'d str, body: &[u8]) -> Idempotency<'d> {
    Idempotency { key: key.into(), request: Digest::of(body) }
}

fn decide(service: &Service, call: &Call<'_>) -> Result<Receipt, SubmitError> {
    service.decide(call, NOW_MS).wait()
}

fn decision(receipt: &Receipt) -> &Decision {
    let Body::Decision(decision) = &receipt.record.body else { panic!("{receipt:?}") };
    decision
}

/// The layer that denied, the code, and what the reason names.
fn denial(receipt: &Receipt) -> (Option<Layer>, ReasonCode, Option<&str>) {
    let decision = decision(receipt);
    (decision.layers.denied(), decision.reason.code, decision.reason.name.as_deref())
}

fn id(receipt: &Receipt) -> String {
    receipt.record.decision_id.clone().unwrap()
}

/// What the daily window of bob's account has left, as the next decision would see it.
fn pot(service: &Service) -> (i64, i64) {
    let key = [r#"SupportBot::"support/7""#, r#"Customer::"bob""#].map(str::to_owned).to_vec();
    let account = permit_types::charge::Account { name: "refund_pot".to_owned(), key };
    let balances = service.journal().reader().balances(&account, NOW_MS);
    balances.first().map_or((0, 0), |balance| (balance.spent, balance.held))
}

#[test]
fn the_first_layer_that_denies_is_reported() {
    let (_folder, service) = fresh();
    let carried = |claim| TokenScope { claim, issued_ms: NOW_MS, grant: None };
    let scope = |scopes: Vec<ScopeClaim>, amount: &str| -> Call<'static> {
        Call { scopes: scopes.into_iter().map(carried).collect(), ..call(amount) }
    };
    let (fine, small) = (|| vec![one_customer("bob", "90.00 USD")], || vec![one_customer("bob", "1.00 USD")]);
    let misfit = || vec![one_customer("nobody", "90.00 USD")];
    let denied_by = |call: &Call<'_>| {
        let receipt = decide(&service, call).unwrap();
        let (layer, code, name) = denial(&receipt);
        (layer, code, name.map(str::to_owned))
    };
    let name = |name: &str| Some(name.to_owned());
    // More than the rule, the budget and the scope allow: the policy denies first.
    assert_eq!(
        denied_by(&scope(small(), "200.00 USD")),
        (Some(Layer::Policy), ReasonCode::NoMatchingPermit, None)
    );
    assert_eq!(
        denied_by(&scope(misfit(), "200.00 USD")),
        (Some(Layer::Policy), ReasonCode::NoMatchingPermit, None)
    );
    assert_eq!(
        denied_by(&scope(small(), "40.00 USD")),
        (Some(Layer::Scope), ReasonCode::OutOfScope, name("one_customer"))
    );
    assert_eq!(denied_by(&scope(misfit(), "40.00 USD")), (Some(Layer::Scope), ReasonCode::OutOfScope, None));
    assert_eq!(pot(&service), (0, 0), "a denial charges nothing");
    assert_eq!(denied_by(&scope(fine(), "50.00 USD")).0, None);
    assert_eq!(denied_by(&scope(fine(), "40.00 USD")).0, None);
    let over = (Some(Layer::Budget), ReasonCode::BudgetExceeded, name("refund_pot"));
    assert_eq!(denied_by(&scope(fine(), "50.00 USD")), over);
    assert_eq!(denied_by(&scope(small(), "50.00 USD")), over);
    assert_eq!(denied_by(&scope(misfit(), "50.00 USD")), over);
    assert_eq!(
        denied_by(&scope(fine(), "5.00 USD")),
        (Some(Layer::Scope), ReasonCode::ScopeLimitExceeded, name("one_customer"))
    );
    assert_eq!(pot(&service), (0, 9_000));
}

#[test]
fn a_denial_says_what_is_missing() {
    let (_folder, service) = fresh();
    decide(&service, &call("50.00 USD")).unwrap();
    decide(&service, &call("40.00 USD")).unwrap();
    let receipt = decide(&service, &call("20.00 USD")).unwrap();
    let decision = decision(&receipt);
    assert_eq!(decision.reason.message, "Would exceed daily budget ($110 > $100)");
    assert_eq!(
        (decision.denials[0].remaining.as_str(), decision.denials[0].window.as_str()),
        ("10.00 USD", "day in Europe/Dublin")
    );
    assert_eq!(
        (decision.matched.as_slice(), decision.resource.as_deref()),
        (&["small_refund".to_owned()][..], Some("Order::\"o1\""))
    );
}

#[test]
fn who_is_unknown_and_what_is_invalid_is_recorded() {
    let (_folder, service) = fresh();
    let stranger = "spiffe://acme.example/agent/support/99";
    let unknown = decide(&service, &Call { caller: caller(stranger), ..call("1.00 USD") }).unwrap();
    assert_eq!(denial(&unknown), (Some(Layer::Identity), ReasonCode::UnknownAgent, None));
    assert_eq!(
        (decision(&unknown).agent.as_str(), decision(&unknown).identity.as_deref()),
        (stranger, Some(stranger))
    );
    let other = decide(&service, &call("1.00 EUR")).unwrap();
    assert_eq!(denial(&other), (Some(Layer::Policy), ReasonCode::InvalidRequest, Some("arguments.amount")));
    assert_eq!(decision(&other).reason.message, "field `arguments.amount`: expected USD, found EUR");
    assert_eq!((decision(&other).agent.as_str(), decision(&other).outcome), ("support/7", Outcome::Deny));
    for key in ["", "a b", "é", &"k".repeat(IDEMPOTENCY_KEY_BYTES_MAX + 1)] {
        let call = Call { idempotency: Some(repeatable(key, b"")), ..call("1.00 USD") };
        let receipt = decide(&service, &call).unwrap();
        assert_eq!(
            denial(&receipt),
            (Some(Layer::Policy), ReasonCode::InvalidRequest, Some("idempotency_key"))
        );
    }
    assert_eq!(pot(&service), (0, 0));
}

#[test]
fn a_refusal_of_an_earlier_layer_is_recorded_with_and_without_a_request() {
    let (_folder, service) = fresh();
    for ask in [None, Some(refund("1.00 USD"))] {
        let reason = Reason::new(ReasonCode::ReplayedProof, "the proof was used before".to_owned());
        let refused = service.refuse(&caller(SUPPORT_ID), ask.as_ref(), Layer::Dpop, reason, NOW_MS);
        let receipt = refused.wait().unwrap();
        assert_eq!(denial(&receipt), (Some(Layer::Dpop), ReasonCode::ReplayedProof, None));
        let action = ask.as_ref().map_or("", |ask| &ask.action);
        let decision = decision(&receipt);
        assert_eq!((decision.action.as_str(), decision.request_digest), (action, None), "it was not read");
        assert_eq!(decision.body_digest, Some(Digest::of(b"body")));
    }
}

/// The log has no argument; whoever is given what is kept beside it can show each.
#[test]
fn a_record_commits_to_what_was_asked() {
    let (_folder, service) = fresh();
    let receipts = [(); 2].map(|()| decide(&service, &call("40.00 USD")).unwrap());
    let [one, other] = receipts.each_ref().map(decision);
    assert_eq!((one.agent_type.as_deref(), one.request_digest), (Some("SupportBot"), other.request_digest));
    let opened = |receipt: &Receipt| -> Vec<Disclosure> {
        let openings = service.journal().reader().openings(receipt.record.index).unwrap();
        openings.iter().map(|text| Disclosure::parse(text).unwrap()).collect()
    };
    let of_one = opened(&receipts[0]);
    let names: Vec<_> = of_one.iter().map(Disclosure::name).collect();
    assert_eq!(names, one.arguments.keys().collect::<Vec<_>>());
    assert!(of_one.iter().any(|opening| opening.name() == "amount" && opening.value() == "40.00 USD"));
    for opening in of_one {
        assert_eq!(opening.check(one), Ok(()));
        let differs = permit_audit::DisclosureError::Differs { name: opening.name().to_owned() };
        assert_eq!(opening.check(other), Err(differs), "salts are used once");
    }
    let arguments: BTreeMap<_, _> = opened(&receipts[0])
        .iter()
        .map(|opening| (opening.name().to_owned(), opening.value().clone()))
        .collect();
    let text = serde_json::json!({ "action": "refund", "arguments": arguments, "resource": "Order::\"o1\"" });
    assert_eq!(one.request_digest, Some(permit_audit::canonical_digest(&text).unwrap()));
}

#[test]
fn a_scope_is_recorded_with_its_grant_and_its_parameters_by_digest() {
    let (_folder, service) = fresh();
    let carried = |issuer: Option<&str>| TokenScope {
        claim: one_customer("bob", "90.00 USD"),
        issued_ms: NOW_MS,
        grant: issuer.map(|issuer| ScopeGrant { issuer: issuer.to_owned(), jti: "grant-7".to_owned() }),
    };
    let scopes = vec![carried(None), carried(Some("tasks.example"))];
    let receipt = decide(&service, &Call { scopes, ..call("1.00 USD") }).unwrap();
    let recorded = &decision(&receipt).scopes;
    let grants: Vec<_> =
        recorded.iter().map(|scope| (scope.issuer.as_deref(), scope.grant.as_deref())).collect();
    assert_eq!(grants, [(None, None), (Some("tasks.example"), Some("grant-7"))]);
    let parameters = permit_audit::canonical_digest(&one_customer("bob", "90.00 USD").parameters).unwrap();
    assert!(recorded.iter().all(|scope| scope.parameters == parameters && scope.name == "one_customer"));
}

#[test]
fn a_long_resource_is_recorded_by_its_digest() {
    let (_folder, service) = fresh();
    let mut call = call("1.00 USD");
    call.ask.resource = Some(Json::from("x".repeat(600)).into());
    let receipt = decide(&service, &call).unwrap();
    let text = format!("Order::\"{}\"", "x".repeat(600));
    let decision = decision(&receipt);
    assert_eq!((&decision.resource, decision.resource_digest), (&None, Some(Digest::of(text.as_bytes()))));
    assert_eq!(denial(&receipt).1, ReasonCode::InvalidRequest);
}

#[test]
fn a_repeated_request_finds_its_first_answer() {
    let (folder, service) = fresh();
    let keyed =
        |amount: &str| Call { idempotency: Some(repeatable("k1", amount.as_bytes())), ..call(amount) };
    let first = decide(&service, &keyed("40.00 USD")).unwrap();
    let again = decide(&service, &keyed("40.00 USD")).unwrap();
    assert_eq!((first.is_repeated, again.is_repeated), (false, true));
    assert_eq!((&again.bytes, id(&again)), (&first.bytes, id(&first)));
    assert_eq!(decide(&service, &keyed("41.00 USD")), Err(SubmitError::IdempotencyConflict));
    assert_eq!(pot(&service), (0, 4_000));
    service.journal().close();
    drop(service);
    // Under a policy that takes no such request any more, too.
    let service = open(folder.path(), engine_of(|program| program.actions[1].name = "other".to_owned()));
    assert_eq!(decide(&service, &keyed("40.00 USD")).map(|receipt| receipt.bytes), Ok(first.bytes));
}

#[test]
fn a_request_that_is_not_decided_uses_up_no_key() {
    let (_folder, service) = fresh();
    let keyed =
        |amount: &str| Call { idempotency: Some(repeatable("k1", amount.as_bytes())), ..call(amount) };
    let receipt = decide(&service, &keyed("40.00 EUR")).unwrap();
    assert_eq!(denial(&receipt).1, ReasonCode::InvalidRequest);
    let receipt = decide(&service, &keyed("40.00 USD")).unwrap();
    assert_eq!((decision(&receipt).outcome, receipt.is_repeated), (Outcome::Allow, false));
}

#[test]
fn a_hold_is_confirmed_in_its_budgets_unit_or_given_back() {
    let (_folder, service) = fresh();
    let hold = id(&decide(&service, &call("40.00 USD")).unwrap());
    let confirm = |who: &str, budget: &str, text: &str| {
        let amounts = BTreeMap::from([(budget.to_owned(), text.to_owned())]);
        let confirmed = service.confirm(&caller(who), &hold, &amounts, NOW_MS);
        Ok(confirmed.map_err(|error| error.to_string())?.wait())
    };
    let expected = "field `amounts.refund_pot`: expected an amount such as \"0.01 USD\"";
    for text in ["30.00 EUR", "30.00", "30", "3e1 USD", "30.001 USD", ""] {
        assert_eq!(confirm(SUPPORT_ID, "refund_pot", text), Err(expected.to_owned()), "{text}");
    }
    let unknown = "field `amounts.tin`: the policy has no such budget".to_owned();
    assert_eq!(confirm(SUPPORT_ID, "tin", "1.00 USD"), Err(unknown));
    let other = "spiffe://acme.example/agent/support/8";
    assert_eq!(confirm(other, "refund_pot", "1.00 USD"), Ok(Err(SubmitError::NotFound)));
    let beyond = HoldError::Amount { name: "refund_pot".to_owned(), held: 4_000, amount: 4_001 };
    assert_eq!(confirm(SUPPORT_ID, "refund_pot", "40.01 USD"), Ok(Err(SubmitError::Hold(beyond))));
    let receipt = confirm(SUPPORT_ID, "refund_pot", "30.00 USD").unwrap().unwrap();
    let Body::Confirm(settlement) = &receipt.record.body else { panic!("{receipt:?}") };
    assert_eq!(
        (settlement.settled[0].charged.as_str(), settlement.settled[0].returned.as_str()),
        ("30.00 USD", "10.00 USD")
    );
    let recorded = (settlement.agent_type.as_deref(), settlement.identity.as_deref(), &settlement.dpop);
    assert_eq!(recorded, (Some("SupportBot"), Some(SUPPORT_ID), &caller(SUPPORT_ID).proof));
    assert_eq!(pot(&service), (3_000, 0));
    let second = id(&decide(&service, &call("50.00 USD")).unwrap());
    assert_eq!(pot(&service), (3_000, 5_000));
    let release = |who: &str| service.release(&caller(who), &second, None, NOW_MS).wait();
    assert_eq!(release(other).err(), Some(SubmitError::NotFound));
    assert!(matches!(release(SUPPORT_ID).unwrap().record.body, Body::Release(_)));
    assert_eq!(pot(&service), (3_000, 0));
    assert_eq!(release(SUPPORT_ID).err(), Some(SubmitError::Hold(HoldError::AlreadyReleased)));
}

#[test]
fn another_policy_is_announced_once_and_a_restart_keeps_balances() {
    let (folder, service) = fresh();
    service.announce_policy(NOW_MS).unwrap();
    assert_eq!(
        service.journal().reader().size(),
        2,
        "the log began with this policy and names its facts now"
    );
    decide(&service, &call("40.00 USD")).unwrap();
    service.journal().close();
    drop(service);
    let other = || engine_of(|program| program.rules[0].because = "another reason".to_owned());
    let digest = other().policy_digest();
    for _ in 0..2 {
        let service = open(folder.path(), other());
        service.announce_policy(NOW_MS).unwrap();
        service.announce_policy(NOW_MS).unwrap();
        assert_eq!(service.journal().reader().size(), 4);
        let last = Record::parse(&service.journal().reader().record(3).unwrap()).unwrap().body;
        assert!(matches!(last, Body::Policy(change) if change.policy == digest));
        assert_eq!(pot(&service), (0, 4_000));
        service.journal().close();
    }
    let service = open(folder.path(), other());
    let over = [call("50.00 USD"), call("20.00 USD")].map(|call| decide(&service, &call).unwrap().outcome());
    assert_eq!(over, [Some(Outcome::Allow), Some(Outcome::Deny)]);
}

#[test]
fn a_closed_journal_answers_all_the_same() {
    let (_folder, service) = fresh();
    service.journal().close();
    assert_eq!(decide(&service, &call("1.00 USD")), Err(SubmitError::Closed));
}
