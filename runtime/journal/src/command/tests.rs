use permit_audit::{Commitment, Delegate, RuleTrap, Scope};
use permit_ledger::Term;
use permit_types::charge::{Account, Bill, Charge, Limit, Period, RateCharge, Unit, Window};
use permit_types::review::{Review, ReviewRequest};
use permit_types::time::INSTANT_MAX_MS;
use permit_types::verdict::{Layer, Reason, ReasonCode, Trap};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::testing::{draft, in_force, requester, spend, vote};

fn text() -> impl Strategy<Value = String> {
    "\\PC{0,6}"
}

fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn trace_id() -> impl Strategy<Value = TraceId> {
    (1..=u128::MAX).prop_map(|id| format!("{id:032x}").parse().unwrap())
}

fn proof() -> impl Strategy<Value = Proof> {
    (text(), text()).prop_map(|(jkt, jti_digest)| Proof { jkt, jti_digest })
}

fn unit() -> impl Strategy<Value = Unit> {
    let currency = prop::sample::select(vec!["USD", "JPY", "KWD"]);
    prop_oneof![currency.prop_map(|code| Unit::Money(code.parse().unwrap())), text().prop_map(Unit::Named)]
}

fn window() -> impl Strategy<Value = Window> {
    use Period::{Day, Hour, Month, Week, Year};
    let period = prop::sample::select(vec![Day, Hour, Week, Month, Year]);
    prop_oneof![
        (period, text()).prop_map(|(period, zone)| Window::Calendar { period, zone }),
        any::<i64>().prop_map(|length_ms| Window::Sliding { length_ms }),
        any::<i64>().prop_map(|ends_ms| Window::Task { ends_ms }),
    ]
}

fn account() -> impl Strategy<Value = Account> {
    (text(), vec(text(), 0..3)).prop_map(|(name, key)| Account { name, key })
}

fn charge() -> impl Strategy<Value = Charge> {
    let limits = vec((any::<i64>(), window()).prop_map(|(max, window)| Limit { max, window }), 0..3);
    (account(), unit(), any::<i64>(), limits, any::<Option<i64>>(), any::<Option<u8>>()).prop_map(
        |(account, unit, amount, limits, hold_ms, warn_percent)| Charge {
            account,
            unit,
            amount,
            limits,
            hold_ms,
            warn_percent,
        },
    )
}

fn rate() -> impl Strategy<Value = RateCharge> {
    (account(), any::<u32>(), any::<i64>(), any::<u32>())
        .prop_map(|(account, allow, per_ms, burst)| RateCharge { account, allow, per_ms, burst })
}

fn reason() -> impl Strategy<Value = Reason> {
    use ReasonCode::{Forbidden, OutOfScope, Permitted, UnknownAgent};
    let code = prop::sample::select(vec![Forbidden, OutOfScope, Permitted, UnknownAgent]);
    (code, option::of(text()), text(), option::of(text())).prop_map(|(code, hint, message, name)| Reason {
        code,
        hint,
        message,
        name,
    })
}

fn review() -> impl Strategy<Value = ReviewRequest> {
    (any::<[u8; 32]>(), text(), any::<u16>(), any::<i64>(), text()).prop_map(
        |(digest, rule, needed, timeout_ms, content)| ReviewRequest {
            review: Review { digest, rule, needed, timeout_ms },
            content,
        },
    )
}

fn assessed() -> impl Strategy<Value = Result<Assessment, LayerDenial>> {
    let bill = (vec(charge(), 0..3), vec(rate(), 0..2)).prop_map(|(charges, rates)| Bill { charges, rates });
    let budget = prop_oneof![bill.prop_map(Ok), reason().prop_map(Err)];
    let scope = prop_oneof![vec(charge(), 0..3).prop_map(Ok), reason().prop_map(Err)];
    let assessment = (reason(), option::of(review()), budget, scope)
        .prop_map(|(permitted, review, budget, scope)| Assessment { permitted, review, budget, scope });
    let denial = (prop::sample::select(Layer::ALL.to_vec()), reason())
        .prop_map(|(layer, reason)| LayerDenial { layer, reason });
    prop_oneof![assessment.prop_map(Ok), denial.prop_map(Err)]
}

fn any_draft() -> impl Strategy<Value = Decision> {
    let delegate = (text(), text(), text(), option::of(text()))
        .prop_map(|(agent, agent_type, identity, task)| Delegate { agent, agent_type, identity, task });
    let scope = (option::of(text()), option::of(text()), text(), digest())
        .prop_map(|(grant, issuer, name, parameters)| Scope { grant, issuer, name, parameters });
    let commitments = || btree_map(text(), any::<[u8; 32]>().prop_map(Commitment), 0..3);
    let error = text().prop_map(|rule| RuleTrap { rule, trap: Trap::UnknownEntity });
    let who = (text(), option::of(text()), option::of(text()), option::of(proof()), option::of(trace_id()));
    let what = (text(), commitments(), commitments(), option::of(text()), option::of(digest()));
    let lists = (vec(delegate, 0..3), vec(scope, 0..3), vec(error, 0..2), vec(text(), 0..3));
    let others = (option::of(text()), option::of(text()), option::of(digest()), option::of(digest()));
    (who, what, lists, others, (0..=INSTANT_MAX_MS, digest(), reason())).prop_map(
        |(who, what, lists, others, (now_ms, policy, reason))| {
            let (agent, agent_type, identity, dpop, trace_id) = who;
            let (action, arguments, claims, resource, resource_digest) = what;
            let (delegation, scopes, rule_errors, matched) = lists;
            let (asked_by, task, body_digest, request_digest) = others;
            let idempotency_key = task.clone();
            Decision {
                agent,
                agent_type,
                identity,
                dpop,
                trace_id,
                action,
                arguments,
                claims,
                resource,
                resource_digest,
                delegation,
                scopes,
                rule_errors,
                matched,
                asked_by,
                task,
                body_digest,
                request_digest,
                idempotency_key,
                policy,
                reason,
                ..draft(now_ms)
            }
        },
    )
}

fn decide() -> impl Strategy<Value = Command> {
    (any_draft(), digest(), vec(text(), 0..3), assessed()).prop_map(|(draft, repeat, openings, assessed)| {
        Command::Decide(Box::new(Decide { draft, repeat, openings, assessed }))
    })
}

fn any_vote() -> impl Strategy<Value = CastVote> {
    let by = (text(), text(), option::of(proof()));
    (any::<i64>(), text(), by, option::of(text()), option::of(digest()), option::of(trace_id())).prop_map(
        |(now_ms, decision_id, (person, identity, dpop), reason, body_digest, trace_id)| CastVote {
            now_ms,
            decision_id,
            person,
            identity,
            dpop,
            reason,
            body_digest,
            trace_id,
        },
    )
}

fn any_requester() -> impl Strategy<Value = Requester> {
    let names = (text(), option::of(text()), option::of(text()));
    (names, option::of(proof()), option::of(digest()), option::of(trace_id())).prop_map(
        |((agent, agent_type, identity), dpop, body_digest, trace_id)| Requester {
            agent,
            agent_type,
            identity,
            dpop,
            body_digest,
            trace_id,
        },
    )
}

fn settlement() -> impl Strategy<Value = Command> {
    let amounts = option::of(btree_map(text(), any::<i64>(), 0..3));
    (any::<i64>(), text(), any_requester(), amounts, option::of(text())).prop_map(
        |(now_ms, decision_id, requester, amounts, reason)| match amounts {
            Some(amounts) => Command::Confirm(Confirm { now_ms, decision_id, requester, amounts, reason }),
            None => Command::Release(Release { now_ms, decision_id, requester, reason }),
        },
    )
}

fn policy() -> impl Strategy<Value = Command> {
    let term = (text(), option::of(text()), unit(), vec(text(), 0..3), vec(window(), 0..3))
        .prop_map(|(name, part, unit, keys, windows)| Term { name, part, unit, keys, windows });
    let policy = (digest(), vec(term, 0..3)).prop_map(|(digest, terms)| PolicyTerms { digest, terms });
    (any::<i64>(), policy, digest()).prop_map(|(now_ms, policy, facts)| Command::Policy {
        now_ms,
        policy,
        facts,
    })
}

fn refusals() -> impl Strategy<Value = Command> {
    let counts = btree_map(text(), any::<u64>(), 0..3);
    (any::<i64>(), counts).prop_map(|(now_ms, counts)| Command::Refusals { now_ms, counts })
}

proptest! {
    #[test]
    fn a_command_is_read_as_it_was_written(
        command in prop_oneof![
            4 => decide(),
            1 => any_vote().prop_map(Command::Approve),
            1 => any_vote().prop_map(Command::Decline),
            2 => settlement(),
            1 => policy(),
            1 => refusals(),
        ],
    ) {
        let bytes = serde_json::to_vec(&command).unwrap();
        prop_assert_eq!(serde_json::from_slice::<Command>(&bytes).unwrap(), command);
    }
}

/// One command of each kind, as JSON.
fn kinds() -> Vec<Value> {
    // A new command does not compile here until it has an example below, and a strategy above.
    let _is_listed = |command: Command| match command {
        Command::Decide(_)
        | Command::Confirm(_)
        | Command::Release(_)
        | Command::Approve(_)
        | Command::Decline(_)
        | Command::Policy { .. }
        | Command::Refusals { .. } => {}
    };
    let (now_ms, decision_id) = (1, "dec_1".to_owned());
    let commands = [
        Command::Decide(Box::new(spend(now_ms, 100, Some(1)))),
        Command::Confirm(Confirm {
            now_ms,
            decision_id: decision_id.clone(),
            requester: requester("Bot::\"b1\""),
            amounts: [("pot".to_owned(), 1)].into(),
            reason: None,
        }),
        Command::Release(Release { now_ms, decision_id, requester: requester("Bot::\"b1\""), reason: None }),
        Command::Approve(vote("dec_1", "ann", now_ms)),
        Command::Decline(vote("dec_1", "ann", now_ms)),
        Command::Policy { now_ms, policy: in_force(), facts: Digest([0; 32]) },
        Command::Refusals { now_ms, counts: [("busy".to_owned(), 1)].into() },
    ];
    commands.iter().map(|command| serde_json::to_value(command).unwrap()).collect()
}

#[test]
fn a_member_that_is_not_known_is_rejected() {
    let own = |kind: &Value| kind.as_object().unwrap().values().next().unwrap().clone();
    for kind in kinds() {
        serde_json::from_value::<Command>(kind.clone()).unwrap();
        let name = kind.as_object().unwrap().keys().next().unwrap().clone();
        let mut paths = vec![String::new()];
        let nested =
            ["/draft", "/draft/reason", "/assessed/Ok", "/assessed/Ok/budget/Ok", "/requester", "/policy"];
        paths
            .extend(nested.iter().filter(|path| own(&kind).pointer(path).is_some()).map(ToString::to_string));
        for path in paths {
            let mut changed = kind.clone();
            changed.pointer_mut(&format!("/{name}{path}")).unwrap()["surplus"] = json!(1);
            assert!(serde_json::from_value::<Command>(changed).is_err(), "{name}{path}");
        }
    }
    assert!(serde_json::from_value::<Command>(json!({"Erase": {}})).is_err());
}

#[test]
fn a_value_that_its_type_does_not_have_is_rejected() {
    let decide = kinds().swap_remove(0);
    for (path, value) in [
        ("/draft/policy", json!("sha256:00")),
        ("/draft/trace_id", json!("0".repeat(32))),
        ("/draft/arguments", json!({"amount": "short"})),
        ("/draft/now", json!("9999-12-31T23:59:59.999Z")),
        ("/draft/now", json!("1970-01-01T00:00:00Z")),
        ("/draft/layers", json!(["identity:DENY", "dpop:PASS", "policy:N/A", "budget:N/A", "scope:N/A"])),
        ("/draft/outcome", json!("MAYBE")),
        ("/repeat", json!([0])),
        ("/assessed/Ok/permitted/code", json!("whatever")),
        ("/assessed/Ok/budget/Ok/charges/0/unit", json!({"Money": "XYZ"})),
        ("/assessed/Ok/budget/Ok/charges/0/amount", json!(1.5)),
        ("/assessed/Ok/budget/Ok/charges/0/warn_percent", json!(256)),
    ] {
        let mut changed = decide.clone();
        let (parent, member) = path.rsplit_once('/').unwrap();
        changed.pointer_mut(&format!("/Decide{parent}")).unwrap()[member] = value;
        assert!(serde_json::from_value::<Command>(changed).is_err(), "{path}");
    }
}
