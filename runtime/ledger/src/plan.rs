//! Checks every limit and rate of a decision without changing anything.

use permit_types::charge::{Account, Charge, Limit, RateCharge, Window};
use permit_types::verdict::Layer;

use crate::effect::{Denial, LimitStatus, Refusal, Shortfall, Warning};
use crate::ledger::Ledger;
use crate::rate::{Arrival, arrive};
use crate::window::{Span, is_same, shown_start, span_at};

/// What is to be booked, when everything has room.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) adds: Vec<Add<'a>>,
    pub(crate) arrivals: Vec<(&'a Account, i128)>,
    pub(crate) limits: Vec<LimitStatus>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) hold_until_ms: Option<i64>,
}

/// One amount for one window.
#[derive(Debug)]
pub(crate) struct Add<'a> {
    /// The position of the charge in the decision: two limits over the same window count its amount once.
    pub(crate) position: usize,
    pub(crate) charge: &'a Charge,
    pub(crate) window: &'a Window,
    pub(crate) span: Span,
}

fn refused(layer: Layer, account: &Account, refusal: Refusal) -> Denial {
    Denial::Refused { layer, name: account.name.clone(), refusal }
}

/// Whether the limit, as it stands with the charge, is used to its warning level.
fn warning(charge: &Charge, status: &LimitStatus) -> Option<Warning> {
    let used = i128::from(status.spent) + i128::from(status.held);
    let limit = i128::from(status.limit);
    // A limit of nothing is used up by nothing.
    let percent = if limit > 0 { used * 100 / limit } else { 100 };
    let percent = u8::try_from(percent).unwrap_or(u8::MAX);
    let is_reached = charge.warn_percent.is_some_and(|level| percent >= level);
    let (account, window) = (status.account.clone(), status.window.clone());
    is_reached.then_some(Warning { account, window, percent })
}

/// Asks limits and rates one by one, each with what those before it will add.
pub(crate) struct Planner<'s, 'a> {
    ledger: &'s Ledger,
    now_ms: i64,
    plan: Plan<'a>,
    shortfalls: Vec<Shortfall>,
    charges: usize,
}

impl<'s, 'a> Planner<'s, 'a> {
    pub(crate) fn new(ledger: &'s Ledger, now_ms: i64) -> Self {
        let plan =
            Plan { adds: vec![], arrivals: vec![], limits: vec![], warnings: vec![], hold_until_ms: None };
        Self { ledger, now_ms, plan, shortfalls: vec![], charges: 0 }
    }

    /// Asks budgets and rates.
    pub(crate) fn budgets(&mut self, charges: &'a [Charge], rates: &'a [RateCharge]) -> Result<(), Denial> {
        for charge in charges {
            self.charge(charge).map_err(|refusal| refused(Layer::Budget, &charge.account, refusal))?;
        }
        for rate in rates {
            self.rate(rate).map_err(|refusal| refused(Layer::Budget, &rate.account, refusal))?;
        }
        self.end_layer(Layer::Budget)
    }

    /// Asks the scopes' own limits.
    pub(crate) fn scopes(&mut self, charges: &'a [Charge]) -> Result<(), Denial> {
        for charge in charges {
            self.charge(charge).map_err(|refusal| refused(Layer::Scope, &charge.account, refusal))?;
        }
        self.end_layer(Layer::Scope)
    }

    /// What is to be booked, when every layer has been asked.
    pub(crate) fn plan(self) -> Plan<'a> {
        self.plan
    }

    fn end_layer(&mut self, layer: Layer) -> Result<(), Denial> {
        let mut shortfalls = std::mem::take(&mut self.shortfalls).into_iter();
        match shortfalls.next() {
            None => Ok(()),
            Some(first) => Err(Denial::Short { layer, first: Box::new(first), others: shortfalls.collect() }),
        }
    }

    fn charge(&mut self, charge: &'a Charge) -> Result<(), Refusal> {
        self.count(&charge.account)?;
        if charge.amount < 0 || charge.hold_ms.is_some_and(|hold_ms| hold_ms < 0) {
            return Err(Refusal::Negative);
        }
        if let Some(hold_ms) = charge.hold_ms {
            let until_ms = self.now_ms.saturating_add(hold_ms);
            self.plan.hold_until_ms =
                Some(self.plan.hold_until_ms.map_or(until_ms, |so_far| so_far.min(until_ms)));
        }
        let position = self.charges;
        charge.limits.iter().try_for_each(|limit| self.limit(position, charge, limit))
    }

    fn limit(&mut self, position: usize, charge: &'a Charge, limit: &'a Limit) -> Result<(), Refusal> {
        let span = self.span(charge, &limit.window)?;
        let mut status = self.status(position, charge, limit, span);
        let total = i128::from(status.spent) + i128::from(status.held) + i128::from(charge.amount);
        if total > i128::from(limit.max) {
            self.shortfalls.push(Shortfall::Limit(status));
            return Ok(());
        }
        let side = if charge.hold_ms.is_some() { &mut status.held } else { &mut status.spent };
        *side = side.saturating_add(charge.amount);
        self.plan.warnings.extend(warning(charge, &status));
        self.plan.limits.push(status);
        let same = |add: &Add<'_>| add.position == position && is_same(add.window, &limit.window);
        if !self.plan.adds.iter().any(same) {
            self.plan.adds.push(Add { position, charge, window: &limit.window, span });
        }
        Ok(())
    }

    /// The bucket the amount goes to. A calendar window that is open keeps the bounds it was opened with; a task that
    /// is open keeps its amounts until the latest end that any of its tokens names.
    fn span(&self, charge: &Charge, window: &Window) -> Result<Span, Refusal> {
        let open = || self.ledger.counted(&charge.account, &charge.unit, window, self.now_ms).oldest;
        match window {
            Window::Sliding { .. } => span_at(window, self.now_ms),
            Window::Calendar { .. } => open().map_or_else(|| span_at(window, self.now_ms), Ok),
            Window::Task { .. } => {
                let fresh = span_at(window, self.now_ms)?;
                let longer = |open: Span| Span { leaves_ms: open.leaves_ms.max(fresh.leaves_ms), ..open };
                Ok(open().map_or(fresh, longer))
            }
        }
    }

    /// Where the limit stands, with what earlier charges of this decision will add.
    fn status(&self, position: usize, charge: &Charge, limit: &Limit, span: Span) -> LimitStatus {
        let window = &limit.window;
        let counted = self.ledger.counted(&charge.account, &charge.unit, window, self.now_ms);
        let oldest = counted.oldest.unwrap_or(span);
        let (mut spent, mut held) = (counted.spent, counted.held);
        let same = |add: &&Add<'_>| {
            let other = add.charge;
            let same_account = other.account == charge.account && other.unit == charge.unit;
            add.position < position && same_account && is_same(add.window, window)
        };
        for add in self.plan.adds.iter().filter(same) {
            let side = if add.charge.hold_ms.is_some() { &mut held } else { &mut spent };
            *side = side.saturating_add(add.charge.amount);
        }
        LimitStatus {
            account: charge.account.clone(),
            unit: charge.unit.clone(),
            window: window.clone(),
            starts_ms: shown_start(window, span, self.now_ms),
            resets_at_ms: oldest.leaves_ms,
            limit: limit.max,
            spent,
            held,
            spent_before: spent,
            held_before: held,
            requested: charge.amount,
        }
    }

    fn rate(&mut self, rate: &'a RateCharge) -> Result<(), Refusal> {
        self.count(&rate.account)?;
        let earlier = self.plan.arrivals.iter().rev().find(|(account, _)| *account == &rate.account);
        let arrival = earlier.map(|&(_, next_ns)| next_ns).or_else(|| self.ledger.arrival(&rate.account));
        match arrive(rate, arrival, self.now_ms)? {
            Arrival::InTime { next_ns } => self.plan.arrivals.push((&rate.account, next_ns)),
            Arrival::Early { retry_at_ms } => {
                let retry_in_ms = retry_at_ms.saturating_sub(self.now_ms);
                self.shortfalls.push(Shortfall::Rate { rate: rate.clone(), retry_at_ms, retry_in_ms });
            }
        }
        Ok(())
    }

    /// Counts one more charge or rate and bounds its account.
    fn count(&mut self, account: &Account) -> Result<(), Refusal> {
        self.charges = self.charges.saturating_add(1);
        let limits = self.ledger.limits();
        let bytes = account.key.iter().fold(account.name.len(), |sum, key| sum.saturating_add(key.len()));
        if self.charges > limits.charges_per_reserve_max || bytes > limits.account_bytes_max {
            return Err(Refusal::TooLarge);
        }
        Ok(())
    }
}
