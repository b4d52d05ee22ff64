use permit_ir::decision::PolicyVerdict;
use permit_ir::program::{
    AgentPattern, Approval, ArithmeticOp, Effect, EntityKind, EntityType, Expr, Node, Program, RateCount,
    Rule,
};
use permit_ir::sample::{AMOUNT, LEAD, ONE_CUSTOMER, READ_ORDER, REFUND, SUPPORT_BOT, USD};
use permit_ir::types::{RuleId, Type};
use permit_types::ask::Ask;
use serde_json::json;

use super::*;
use crate::engine::Engine;
use crate::request::ScopeClaim;
use crate::testing::{
    AUDIT_ID, NOW_MS, active_scope, ask, claim, engine, engine_of, one_customer, refund, request,
};

const HOUR_MS: i64 = 3_600_000;

fn push(program: &mut Program, expr: Expr, ty: Type) -> ExprId {
    program.exprs.push(Node { expr, ty });
    ExprId(u32::try_from(program.exprs.len() - 1).unwrap())
}

/// A condition that overflows whatever is asked.
fn trap(program: &mut Program) -> ExprId {
    let most = push(program, Expr::Int(i64::MAX), Type::Int);
    let sum = push(program, Expr::Arithmetic(ArithmeticOp::Add, most, most), Type::Int);
    push(program, Expr::Compare(permit_ir::program::CompareOp::Eq, sum, most), Type::Bool)
}

fn approval() -> Approval {
    Approval { persons: vec![AgentPattern::Type(LEAD)], needed: 1, timeout_ms: HOUR_MS }
}

/// Rules about reading an order, in this order; the condition traps where told.
fn rules(effects: &[(Effect, Option<bool>)]) -> Engine {
    engine_of(|program| {
        let team = program.entities[permit_ir::sample::TEAM.index()].clone();
        program.entities.push(EntityType { name: "Lead".to_owned(), kind: EntityKind::Person, ..team });
        let condition: Vec<_> = effects
            .iter()
            .map(|&(_, holds)| match holds {
                Some(holds) => push(program, Expr::Bool(holds), Type::Bool),
                None => trap(program),
            })
            .collect();
        let sample = program.rules[0].clone();
        program.rules = effects
            .iter()
            .zip(condition)
            .enumerate()
            .map(|(i, (&(effect, _), condition))| Rule {
                name: format!("r{i}"),
                effect,
                condition: Some(condition),
                approval: (effect == Effect::Review).then(approval),
                agents: Vec::new(),
                ..sample.clone()
            })
            .collect();
    })
}

fn read_order() -> Ask<'static> {
    ask(json!({ "action": "read_order", "resource": "o1" }))
}

fn decide(engine: &Engine, ask: &Ask<'_>, scopes: &[ScopeClaim]) -> Evaluation {
    engine.evaluate(&request(engine, ask, scopes))
}

/// Rules, the verdict, the rules that match and the rules that err.
type Case = (&'static [(Effect, Option<bool>)], PolicyVerdict, &'static [u32], &'static [u32]);

#[test]
fn a_forbid_beats_a_review_a_review_a_permit_and_the_lowest_rule_decides() {
    use Effect::{Forbid, Permit, Review};
    use PolicyVerdict as V;
    const YES: Option<bool> = Some(true);
    const NO: Option<bool> = Some(false);
    const TRAP: Option<bool> = None;
    let overflow = Some(Trap::Overflow);
    let cases: [Case; 17] = [
        (&[(Permit, YES), (Forbid, YES)], V::Deny(RuleId(1), None), &[0, 1], &[]),
        (&[(Forbid, YES), (Permit, YES)], V::Deny(RuleId(0), None), &[0, 1], &[]),
        (&[(Permit, NO), (Permit, YES), (Permit, YES)], V::Permit(RuleId(1)), &[1, 2], &[]),
        (&[(Forbid, NO), (Forbid, YES), (Forbid, YES)], V::Deny(RuleId(1), None), &[1, 2], &[]),
        (&[(Permit, YES), (Forbid, TRAP)], V::Deny(RuleId(1), overflow), &[0], &[1]),
        (&[(Forbid, YES), (Forbid, TRAP)], V::Deny(RuleId(0), None), &[0], &[1]),
        (&[(Forbid, TRAP), (Forbid, YES)], V::Deny(RuleId(0), overflow), &[1], &[0]),
        (&[(Permit, TRAP)], V::Default, &[], &[0]),
        (&[(Permit, TRAP), (Permit, YES)], V::Permit(RuleId(1)), &[1], &[0]),
        (&[(Permit, NO), (Forbid, NO)], V::Default, &[], &[]),
        (&[(Permit, YES), (Review, YES), (Review, YES)], V::Review(RuleId(1)), &[0, 1, 2], &[]),
        (&[(Review, NO), (Permit, YES)], V::Permit(RuleId(1)), &[1], &[]),
        (&[(Review, YES), (Forbid, YES)], V::Deny(RuleId(1), None), &[0, 1], &[]),
        (&[(Review, TRAP), (Permit, YES)], V::Deny(RuleId(0), overflow), &[1], &[0]),
        (&[(Review, YES), (Review, TRAP)], V::Deny(RuleId(1), overflow), &[0], &[1]),
        (&[(Review, TRAP), (Forbid, YES)], V::Deny(RuleId(1), None), &[1], &[0]),
        (&[(Review, NO)], V::Default, &[], &[]),
    ];
    for (effects, verdict, matched, errors) in cases {
        let policy = decide(&rules(effects), &read_order(), &[]).policy;
        let ids = |ids: &[u32]| ids.iter().map(|&id| RuleId(id)).collect::<Vec<_>>();
        assert_eq!((policy.verdict, policy.matched), (verdict, ids(matched)), "{effects:?}");
        let expected: Vec<_> = ids(errors).into_iter().map(|id| (id, Trap::Overflow)).collect();
        assert_eq!(policy.errors, expected, "{effects:?}");
    }
    assert_eq!(decide(&rules(&[]), &read_order(), &[]).policy.verdict, PolicyVerdict::Default);
}

#[test]
fn a_rule_concerns_the_agents_it_names() {
    let cases = [
        (AgentPattern::Type(permit_ir::sample::SUPPORT_BOT), true),
        (AgentPattern::Type(permit_ir::sample::AUDIT_BOT), false),
        (AgentPattern::Entity(permit_ir::sample::SUPPORT_BOT, "support/7".to_owned()), true),
        (AgentPattern::Entity(permit_ir::sample::SUPPORT_BOT, "support/8".to_owned()), false),
        (AgentPattern::Entity(permit_ir::sample::AUDIT_BOT, "support/7".to_owned()), false),
    ];
    for (pattern, concerns) in cases {
        let engine = engine_of(|program| {
            program.rules.truncate(1);
            program.rules[0].agents = vec![pattern.clone()];
        });
        let permitted =
            decide(&engine, &read_order(), &[]).policy.verdict == PolicyVerdict::Permit(RuleId(0));
        assert_eq!(permitted, concerns, "{pattern:?}");
    }
}

#[test]
fn a_charge_says_what_where_and_how_long() {
    let engine = engine();
    let bill = decide(&engine, &refund("40.00 USD"), &[]).budget.unwrap();
    let [charge] = bill.charges.as_slice() else { panic!("{bill:?}") };
    let key = [r#"SupportBot::"support/7""#, r#"Customer::"bob""#].map(str::to_owned).to_vec();
    assert_eq!(charge.account, Account { name: "refund_pot".to_owned(), key });
    assert_eq!((charge.amount, charge.hold_ms), (4_000, Some(900_000)));
    let limits: Vec<_> = charge.limits.iter().map(|limit| (limit.max, limit.window.to_string())).collect();
    assert_eq!(limits, [(10_000, "day in Europe/Dublin".to_owned()), (500_000, "7d".to_owned())]);
    let [rate] = bill.rates.as_slice() else { panic!("{bill:?}") };
    assert_eq!(
        (rate.rate_text().as_str(), rate.account.key.as_slice()),
        ("6 per 1min burst 3", &[r#"SupportBot::"support/7""#.to_owned()][..])
    );
}

#[test]
fn accounts_keep_agents_and_resources_apart() {
    let engine = engine();
    let account = |agent: &str, order: &str| {
        let ask = ask(json!({
            "action": "refund", "resource": order, "arguments": { "amount": "1.00 USD", "reason": "late" }
        }));
        let agent = engine.agent(agent).unwrap();
        let request = engine.read_ask(agent, &ask, NOW_MS).unwrap();
        engine.evaluate(&request).budget.unwrap().charges[0].account.clone()
    };
    let support = crate::testing::SUPPORT_ID;
    let mut accounts = vec![
        account(support, "o1"),
        account(support, "o2"),
        account(AUDIT_ID, "o1"),
        account(AUDIT_ID, "o2"),
    ];
    assert_eq!(account(support, "o1"), accounts[0]);
    accounts.sort();
    accounts.dedup();
    assert_eq!(accounts.len(), 4);
}

#[test]
fn what_a_budget_does_not_count_is_not_even_priced() {
    let goodwill = |amount: &str| {
        ask(
            json!({ "action": "refund", "resource": "o1", "arguments": { "amount": amount, "reason": "goodwill" } }),
        )
    };
    let engine = engine();
    let bill = decide(&engine, &goodwill("40.00 USD"), &[]).budget.unwrap();
    assert_eq!((bill.charges, bill.rates.len()), (Vec::new(), 1));
    // The amount is negative, but `when` is asked first.
    let fault = |ask: &Ask<'_>| decide(&engine, ask, &[]).budget.map(|bill| bill.charges.len());
    assert_eq!(fault(&goodwill("-1.00 USD")), Ok(0));
    let name = "refund_pot".to_owned();
    assert_eq!(fault(&refund("-0.01 USD")), Err(BudgetFault { name, trap: Trap::NegativeAmount }));
    assert_eq!(fault(&refund("0.00 USD")), Ok(1));
    assert_eq!(decide(&engine, &read_order(), &[]).budget, Ok(Bill::default()));
}

#[test]
fn a_budget_or_rate_that_cannot_count_is_a_fault() {
    let budget = engine_of(|program| program.budgets[0].counts[0].when = Some(trap(program)));
    let rate = engine_of(|program| {
        program.rates[0].counts[0] = RateCount { actions: vec![REFUND], when: Some(trap(program)) };
    });
    let limit = engine_of(|program| {
        let most = push(
            program,
            Expr::Money(permit_types::money::Money {
                currency: permit_types::money::Currency::USD,
                minor: -1,
            }),
            USD,
        );
        program.budgets[0].limits[0].max = most;
    });
    for (engine, name, trap) in [
        (budget, "refund_pot", Trap::Overflow),
        (rate, "pace", Trap::Overflow),
        (limit, "refund_pot", Trap::NegativeAmount),
    ] {
        let fault = decide(&engine, &refund("1.00 USD"), &[]).budget;
        assert_eq!(fault, Err(BudgetFault { name: name.to_owned(), trap }));
    }
}

#[test]
fn every_scope_of_a_token_must_allow_the_action() {
    let engine = engine();
    let (bob, eve) = (one_customer("bob", "90.00 USD"), one_customer("eve", "90.00 USD"));
    let small = one_customer("bob", "9.00 USD");
    let scope = |ask: &Ask<'_>, scopes: &[ScopeClaim]| {
        decide(&engine, ask, scopes).scope.map(|charges| charges.len())
    };
    let requirement = |place| Err(ScopeFault::Requirement(ONE_CUSTOMER, place));
    let not_allowed = Err(ScopeFault::NotAllowed(ONE_CUSTOMER));
    let ask = refund("40.00 USD");
    assert_eq!(scope(&ask, &[]), Ok(0));
    assert_eq!(scope(&ask, std::slice::from_ref(&bob)), Ok(1));
    assert_eq!(scope(&ask, &[bob.clone(), eve.clone()]), requirement(0));
    assert_eq!(scope(&ask, &[eve.clone(), bob.clone()]), requirement(0));
    assert_eq!(scope(&ask, &[bob.clone(), bob.clone()]), Ok(2));
    assert_eq!(scope(&ask, std::slice::from_ref(&small)), not_allowed);
    // Out of the scope's customer and above its limit: what is not allowed comes before what is not met.
    assert_eq!(scope(&ask, &[one_customer("eve", "9.00 USD")]), not_allowed);
    let past = claim(json!({
        "scope": "one_customer", "task": "t1",
        "parameters": { "customer": "bob", "most": "90.00 USD", "until": "2026-01-01T00:00Z" }
    }));
    assert_eq!(scope(&ask, &[past]), requirement(1));
    let mail =
        crate::testing::ask(json!({ "action": "send_email", "arguments": { "to": "a@b", "copies": 1 } }));
    assert_eq!(scope(&mail, &[bob]), not_allowed);
    assert_eq!(scope(&read_order(), &[small]), Ok(0));
}

#[test]
fn a_scope_ends_at_its_last_millisecond() {
    let engine = engine();
    let length_ms = engine.program().scopes[0].expires_ms;
    let bob = one_customer("bob", "90.00 USD");
    let at = |issued_ms| {
        let mut request = request(&engine, &refund("40.00 USD"), &[]);
        request.scopes = vec![active_scope(&engine, &bob, issued_ms)];
        engine.evaluate(&request).scope.map(|charges| charges[0].limits[0].window.clone())
    };
    assert_eq!(length_ms, 4 * HOUR_MS);
    assert_eq!(at(NOW_MS - length_ms), Err(ScopeFault::Expired(ONE_CUSTOMER)));
    assert_eq!(at(NOW_MS - length_ms + 1), Ok(Window::Task { ends_ms: NOW_MS + 1 }));
    assert_eq!(at(i64::MIN), Err(ScopeFault::Expired(ONE_CUSTOMER)));
    assert_eq!(at(i64::MAX), Ok(Window::Task { ends_ms: i64::MAX }));
}

#[test]
fn a_scope_limit_belongs_to_the_task_whatever_token_it_uses() {
    let engine = engine();
    let account = |claim: &ScopeClaim, issued_ms| {
        let mut request = request(&engine, &refund("40.00 USD"), &[]);
        request.scopes = vec![active_scope(&engine, claim, issued_ms)];
        engine.evaluate(&request).scope.unwrap().remove(0).account
    };
    let bob = one_customer("bob", "90.00 USD");
    let one = account(&bob, NOW_MS);
    assert_eq!((one.name.as_str(), &one.key[..]), ("one_customer", &["t1".to_owned(), "0".to_owned()][..]));
    let raised = one_customer("bob", "9000.00 USD");
    assert_eq!(account(&raised, NOW_MS), one, "a higher limit for the same task opens no new account");
    assert_eq!(account(&bob, NOW_MS - HOUR_MS), one, "a new token opens no new account");
    assert_ne!(account(&ScopeClaim { task: "t2".to_owned(), ..bob }, NOW_MS), one);
}

#[test]
fn a_scope_holds_as_long_as_the_shortest_budget_hold() {
    let holds = |holds: &[Option<i64>]| {
        let engine = engine_of(|program| {
            let sample = program.budgets.remove(0);
            program.budgets = holds
                .iter()
                .enumerate()
                .map(|(i, &hold_ms)| Budget { name: format!("b{i}"), hold_ms, ..sample.clone() })
                .collect();
        });
        let evaluation = decide(&engine, &refund("40.00 USD"), &[one_customer("bob", "90.00 USD")]);
        let [charge] = evaluation.scope.as_deref().unwrap() else { panic!("{evaluation:?}") };
        assert_eq!((charge.amount, charge.limits[0].max), (4_000, 9_000));
        charge.hold_ms
    };
    assert_eq!(holds(&[Some(9_000), Some(5_000), None]), Some(5_000));
    assert_eq!(holds(&[None]), None);
    assert_eq!(holds(&[]), None);
}

#[test]
fn a_scope_that_cannot_be_evaluated_allows_nothing() {
    let bob = [one_customer("bob", "90.00 USD")];
    let allows = engine_of(|program| program.scopes[0].allows[1].when = Some(trap(program)));
    let amount = engine_of(|program| {
        let amount = push(program, Expr::Arg(AMOUNT), USD);
        program.scopes[0].limits[0].amount = push(program, Expr::Neg(amount), USD);
    });
    for (engine, trap) in [(allows, Trap::Overflow), (amount, Trap::NegativeAmount)] {
        let scope = decide(&engine, &refund("40.00 USD"), &bob).scope;
        assert_eq!(scope, Err(ScopeFault::Trap(ONE_CUSTOMER, trap)));
    }
    let read = engine_of(|program| assert_eq!(program.scopes[0].allows[0].actions, [READ_ORDER]));
    assert_eq!(decide(&read, &read_order(), &bob).scope, Ok(Vec::new()));
}

#[test]
fn an_agent_without_a_scope_that_it_requires_from_an_issuer_may_do_nothing() {
    let engine = engine_of(|program| program.entities[SUPPORT_BOT.index()].requires = vec![ONE_CUSTOMER]);
    let bob = one_customer("bob", "90.00 USD");
    let decided = |scopes: &[(&ScopeClaim, bool)]| {
        let mut request = request(&engine, &refund("40.00 USD"), &[]);
        request.scopes =
            scopes.iter().map(|(claim, issuer)| engine.read_scope(claim, NOW_MS, *issuer).unwrap()).collect();
        engine.evaluate(&request).scope.map(|charges| charges.len())
    };
    let required = Err(ScopeFault::Required(ONE_CUSTOMER));
    assert_eq!(decided(&[]), required);
    assert_eq!(decided(&[(&bob, false)]), required, "an agent cannot grant it to itself");
    assert_eq!(decided(&[(&bob, true)]), Ok(1));
    assert_eq!(decided(&[(&bob, false), (&bob, true)]), Ok(2));
    let eve = one_customer("eve", "90.00 USD");
    assert_eq!(decided(&[(&bob, true), (&eve, false)]), Err(ScopeFault::Requirement(ONE_CUSTOMER, 0)));
}
