use permit_types::charge::{Account, Bill, Limit, Unit, Window};

use super::*;
use crate::effect::{Refusal, Shortfall};
use crate::limits::Limits;
use crate::review::{ReviewDenial, ReviewVote};

const NOW_MS: i64 = 1_000;
const TIMEOUT_MS: i64 = 500;

fn reason(code: ReasonCode, message: &str) -> Reason {
    Reason { code, hint: Some("hint".to_owned()), message: message.to_owned(), name: Some("rule".to_owned()) }
}

fn charge(name: &str, amount: i64) -> Charge {
    Charge {
        account: Account { name: name.to_owned(), key: vec![] },
        unit: Unit::Named("calls".to_owned()),
        amount,
        limits: vec![Limit { max: 100, window: Window::Sliding { length_ms: 60_000 } }],
        hold_ms: None,
        warn_percent: Some(80),
    }
}

/// One action an hour.
fn rate() -> RateCharge {
    RateCharge {
        account: Account { name: "rate".to_owned(), key: vec![] },
        allow: 1,
        per_ms: 3_600_000,
        burst: 1,
    }
}

fn asked() -> ReviewRequest {
    let review = Review { digest: [7; 32], rule: "large".to_owned(), needed: 1, timeout_ms: TIMEOUT_MS };
    ReviewRequest { review, content: "shown".to_owned() }
}

fn assessment() -> Assessment {
    Assessment {
        permitted: reason(ReasonCode::Permitted, "as the rule says"),
        review: None,
        budget: Ok(Bill { charges: vec![charge("pot", 1)], rates: vec![rate()] }),
        scope: Ok(vec![charge("task", 1)]),
    }
}

fn reviewed() -> Assessment {
    Assessment { review: Some(asked()), ..assessment() }
}

fn admitted(ledger: &mut Ledger, now_ms: i64, id: u64, assessment: Assessment) -> Admission {
    let admission = admit(ledger, now_ms, HoldId(id), Ok(assessment));
    let effect = admission.command().map(|command| ledger.apply(now_ms, &command));
    let expected = match &admission.end {
        End::Allowed { grant, .. } => Some(Effect::Granted(grant.clone())),
        End::InReview { review, .. } => Some(Effect::Pending(review.clone())),
        End::Denied { .. } => None,
    };
    assert_eq!(effect, expected, "what is said is what is booked");
    admission
}

fn vote(ledger: &mut Ledger, vote: fn(ReviewVote) -> Command) {
    let vote = vote(ReviewVote { review: ReviewId(0), digest: [7; 32], person: "ann".to_owned() });
    assert!(matches!(ledger.apply(NOW_MS, &vote), Effect::Approved(_) | Effect::Declined(_)));
}

/// Where the review of a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    None,
    New,
    Pending,
    Approved,
    Declined,
}

/// What denies a request, in the order of the layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Rules,
    Declined,
    Budget,
    Limit,
    Rate,
    Scope,
    ScopeLimit,
    Full,
}

const FAULTS: [(Fault, Layer, ReasonCode); 8] = [
    (Fault::Rules, Layer::Policy, ReasonCode::Forbidden),
    (Fault::Declined, Layer::Policy, ReasonCode::ReviewDeclined),
    (Fault::Budget, Layer::Budget, ReasonCode::BudgetExceeded),
    (Fault::Limit, Layer::Budget, ReasonCode::BudgetExceeded),
    (Fault::Rate, Layer::Budget, ReasonCode::RateExceeded),
    (Fault::Scope, Layer::Scope, ReasonCode::OutOfScope),
    (Fault::ScopeLimit, Layer::Scope, ReasonCode::ScopeLimitExceeded),
    (Fault::Full, Layer::Budget, ReasonCode::LedgerFull),
];

/// A ledger in which the review stands so, and the rate is used if it is to deny.
fn ledger(stage: Stage, faults: &[Fault]) -> Ledger {
    let mut ledger = Ledger::new(Limits::default());
    if stage != Stage::None && stage != Stage::New {
        admitted(&mut ledger, NOW_MS, 0, reviewed());
    }
    match stage {
        Stage::Approved => vote(&mut ledger, Command::Approve),
        Stage::Declined => vote(&mut ledger, Command::Decline),
        Stage::None | Stage::New | Stage::Pending => {}
    }
    if faults.contains(&Fault::Rate) {
        let budget = Ok(Bill { charges: vec![], rates: vec![rate()] });
        admitted(&mut ledger, NOW_MS, 1, Assessment { budget, scope: Ok(vec![]), ..assessment() });
    }
    if faults.contains(&Fault::Full) {
        ledger.set_limits(Limits { accounts_max: 0, ..Limits::default() });
    }
    ledger
}

fn assessed(stage: Stage, faults: &[Fault]) -> Result<Assessment, LayerDenial> {
    let has = |fault| faults.contains(&fault);
    if has(Fault::Rules) {
        let reason = reason(ReasonCode::Forbidden, "a rule forbids it");
        return Err(LayerDenial { layer: Layer::Policy, reason });
    }
    let amount = |over| if over { 101 } else { 1 };
    let mut assessment = if stage == Stage::None { assessment() } else { reviewed() };
    assessment.budget = if has(Fault::Budget) {
        Err(reason(ReasonCode::BudgetExceeded, "cannot count"))
    } else {
        let charges = vec![charge("pot", amount(has(Fault::Limit)))];
        Ok(Bill { charges, rates: vec![rate()] })
    };
    assessment.scope = if has(Fault::Scope) {
        Err(reason(ReasonCode::OutOfScope, "out of scope"))
    } else {
        Ok(vec![charge("task", amount(has(Fault::ScopeLimit)))])
    };
    Ok(assessment)
}

#[test]
fn the_first_layer_that_denies_is_reported() {
    let stages = [Stage::None, Stage::New, Stage::Pending, Stage::Approved, Stage::Declined];
    for stage in stages {
        for set in 0_u32..1 << FAULTS.len() {
            let chosen = |at: &usize| set & (1 << at) != 0;
            let faults: Vec<_> = (0..FAULTS.len()).filter(chosen).map(|at| FAULTS[at].0).collect();
            if faults.contains(&Fault::Declined) != (stage == Stage::Declined) {
                continue;
            }
            let ledger = ledger(stage, &faults);
            let before = ledger.clone();
            let admission = admit(&ledger, NOW_MS, HoldId(2), assessed(stage, &faults));
            assert_eq!(ledger, before);
            let waits = matches!(stage, Stage::New | Stage::Pending);
            // What is used now denies nothing before persons have approved.
            let denies = |(fault, ..): &&(Fault, Layer, ReasonCode)| {
                faults.contains(fault) && !(*fault == Fault::Rate && waits)
            };
            let expected = match FAULTS.iter().find(denies) {
                Some((_, layer, code)) => (Layers::denied_by(*layer), *code),
                None if waits => (Layers::IN_REVIEW, ReasonCode::ReviewRequired),
                None if stage == Stage::Approved => (Layers::PASSED, ReasonCode::Approved),
                None => (Layers::PASSED, ReasonCode::Permitted),
            };
            assert_eq!((admission.layers(), admission.reason.code), expected, "{stage:?} {faults:?}");
            assert_eq!(admission.outcome(), expected.0.outcome());
            assert_eq!(admission.command().is_none(), expected.0.outcome() == Outcome::Deny);
        }
    }
}

#[test]
fn a_fault_keeps_its_reason_and_a_denial_lists_every_limit_without_room() {
    let ledger = ledger(Stage::None, &[Fault::Rate]);
    let admit = |assessed| admit(&ledger, NOW_MS, HoldId(2), assessed);
    let identity = LayerDenial { layer: Layer::Identity, reason: reason(ReasonCode::UnknownAgent, "nobody") };
    let admission = admit(Err(identity.clone()));
    assert_eq!(
        admission,
        Admission { reason: identity.reason, end: End::Denied { layer: Layer::Identity, denial: None } }
    );

    let fault = reason(ReasonCode::BudgetExceeded, "cannot count");
    let admission = admit(Ok(Assessment { budget: Err(fault.clone()), ..assessment() }));
    assert_eq!(
        admission,
        Admission { reason: fault, end: End::Denied { layer: Layer::Budget, denial: None } }
    );

    let both = Bill { charges: vec![charge("pot", 101)], rates: vec![rate()] };
    let admission = admit(Ok(Assessment { budget: Ok(both), ..assessment() }));
    let End::Denied { layer: Layer::Budget, denial: Some(denial) } = &admission.end else {
        panic!("{admission:?}")
    };
    let names: Vec<_> = denial.shortfalls().map(|short| short.account().name.as_str()).collect();
    assert_eq!(names, ["pot", "rate"]);
    assert!(matches!(denial.shortfalls().next(), Some(Shortfall::Limit(status)) if status.requested == 101));
    let expected = Reason {
        code: ReasonCode::BudgetExceeded,
        hint: None,
        message: denial.message(),
        name: Some("pot".to_owned()),
    };
    assert_eq!(admission.reason, expected);
}

#[test]
fn a_denial_that_names_no_account_has_no_name() {
    let refusal = Refusal::Full { what: "holds", max: 1 };
    let denial = Denial::Refused { layer: Layer::Budget, name: String::new(), refusal };
    let admission = Admission::from(denial.clone());
    assert_eq!((admission.reason.name.as_deref(), admission.reason.code), (None, ReasonCode::LedgerFull));
    assert_eq!(admission.reason.message, "the ledger is full: it holds 1 holds");
    assert_eq!(admission.end, End::Denied { layer: Layer::Budget, denial: Some(denial) });
}

#[test]
fn a_grant_states_each_limit_before_and_after_the_charge() {
    let mut ledger = Ledger::new(Limits::default());
    let bill = |amount, hold_ms| {
        Ok(Bill { charges: vec![Charge { hold_ms, ..charge("pot", amount) }], rates: vec![] })
    };
    admitted(&mut ledger, NOW_MS, 0, Assessment { budget: bill(30, None), ..assessment() });
    let admission =
        admitted(&mut ledger, NOW_MS, 1, Assessment { budget: bill(50, Some(60)), ..assessment() });
    assert_eq!(admission.reason, reason(ReasonCode::Permitted, "as the rule says"));
    let End::Allowed { reserve, grant } = admission.end else { panic!() };
    assert_eq!((reserve.id, reserve.scope.map(|charges| charges.len())), (HoldId(1), Some(1)));
    assert_eq!(grant.hold_until_ms, Some(NOW_MS + 60));
    let states: Vec<_> =
        grant.limits.iter().map(|l| ((l.spent_before, l.held_before), (l.spent, l.held))).collect();
    assert_eq!(states, [((30, 0), (30, 50)), ((1, 0), (2, 0))]);
    let warned: Vec<_> = grant.warnings.iter().map(|w| (w.account.name.as_str(), w.percent)).collect();
    assert_eq!(warned, [("pot", 80)]);
}

#[test]
fn a_review_is_shown_when_it_opens_and_approved_once() {
    let mut ledger = Ledger::new(Limits::default());
    let opened = admitted(&mut ledger, NOW_MS, 0, reviewed());
    assert_eq!(opened.reason, reason(ReasonCode::ReviewRequired, "as the rule says"));
    let End::InReview { review, content, .. } = &opened.end else { panic!() };
    assert_eq!((review.id, review.expires_ms), (ReviewId(0), NOW_MS + TIMEOUT_MS));
    assert_eq!(content.as_deref(), Some("shown"));
    let again = admitted(&mut ledger, NOW_MS, 1, reviewed());
    assert!(matches!(again.end, End::InReview { content: None, review, .. } if review.id == ReviewId(0)));
    vote(&mut ledger, Command::Approve);
    let allowed = admitted(&mut ledger, NOW_MS, 2, reviewed());
    assert_eq!(allowed.reason, reason(ReasonCode::Approved, "as the rule says"));
    let End::Allowed { grant, .. } = allowed.end else { panic!() };
    assert_eq!(grant.review.map(|review| review.approved_by), Some(vec!["ann".to_owned()]));
    let anew = admitted(&mut ledger, NOW_MS, 3, reviewed());
    assert!(matches!(anew.end, End::InReview { content: Some(_), review, .. } if review.id == ReviewId(3)));
}

#[test]
fn an_ended_review_states_how_it_ended() {
    let mut ledger = ledger(Stage::Declined, &[]);
    let declined = admitted(&mut ledger, NOW_MS, 1, reviewed());
    let End::Denied { layer, denial: Some(Denial::Review { review, denial }) } = declined.end else {
        panic!()
    };
    assert_eq!((layer, review.id), (Layer::Policy, ReviewId(0)));
    assert_eq!(denial, ReviewDenial::Declined { person: "ann".to_owned() });
    assert_eq!(declined.reason.name.as_deref(), Some("large"));
}

#[test]
fn time_does_not_go_back() {
    let mut ledger = Ledger::new(Limits::default());
    admitted(&mut ledger, NOW_MS, 0, assessment());
    let opened = admitted(&mut ledger, 0, 1, reviewed());
    assert!(matches!(opened.end, End::InReview { review, .. } if review.expires_ms == NOW_MS + TIMEOUT_MS));
}

#[test]
fn a_limit_of_nothing_is_used_up_and_a_hold_may_end_at_once() {
    let ledger = Ledger::new(Limits::default());
    let mut nothing = Charge { hold_ms: Some(0), ..charge("pot", 0) };
    nothing.limits[0].max = 0;
    let budget = Ok(Bill { charges: vec![nothing], rates: vec![] });
    let admission = admit(&ledger, NOW_MS, HoldId(0), Ok(Assessment { budget, ..assessment() }));
    let End::Allowed { grant, .. } = &admission.end else { panic!("{admission:?}") };
    assert_eq!(grant.hold_until_ms, Some(NOW_MS));
    assert_eq!(grant.warnings.iter().map(|warning| warning.percent).collect::<Vec<_>>(), [100]);
}
