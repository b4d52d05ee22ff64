//! Asks every limit and rate of a decision without changing anything.

use permit_types::charge::{Account, Charge, Limit, Pace, Window};
use permit_types::verdict::Layer;

use crate::command::Reserve;
use crate::effect::{Denial, Refusal, Shortfall, Standing, Warning};
use crate::ledger::Ledger;
use crate::pace::{Arrival, arrive};
use crate::window::{Span, is_same, shown_start, span_at};

/// What is to be booked, when everything has room.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    pub(crate) adds: Vec<Add<'a>>,
    pub(crate) arrivals: Vec<(&'a Account, i128)>,
    pub(crate) standings: Vec<Standing>,
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

/// Asks budgets and rates, then the scope's limits.
pub(crate) fn plan<'a>(ledger: &Ledger, now_ms: i64, reserve: &'a Reserve) -> Result<Plan<'a>, Denial> {
    let plan =
        Plan { adds: vec![], arrivals: vec![], standings: vec![], warnings: vec![], hold_until_ms: None };
    let mut asking = Asking { ledger, now_ms, plan, shortfalls: vec![], charges: 0 };
    for charge in &reserve.charges {
        asking.charge(charge).map_err(|refusal| refused(Layer::Budget, &charge.account, refusal))?;
    }
    for pace in &reserve.paces {
        asking.pace(pace).map_err(|refusal| refused(Layer::Budget, &pace.account, refusal))?;
    }
    asking.judge(Layer::Budget)?;
    for charge in reserve.scope.iter().flatten() {
        asking.charge(charge).map_err(|refusal| refused(Layer::Scope, &charge.account, refusal))?;
    }
    asking.judge(Layer::Scope)?;
    Ok(asking.plan)
}

fn refused(layer: Layer, account: &Account, refusal: Refusal) -> Denial {
    Denial::Refused { layer, name: account.name.clone(), refusal }
}

/// Whether the limit, as it stands with the charge, is used to its warning level.
fn warning(charge: &Charge, standing: &Standing) -> Option<Warning> {
    let used = i128::from(standing.spent) + i128::from(standing.held);
    let limit = i128::from(standing.limit);
    // A limit of nothing is used up by nothing.
    let percent = if limit > 0 { used * 100 / limit } else { 100 };
    let percent = u8::try_from(percent).unwrap_or(u8::MAX);
    let is_reached = charge.warn_percent.is_some_and(|level| percent >= level);
    let (account, window) = (standing.account.clone(), standing.window.clone());
    is_reached.then_some(Warning { account, window, percent })
}

struct Asking<'s, 'a> {
    ledger: &'s Ledger,
    now_ms: i64,
    plan: Plan<'a>,
    shortfalls: Vec<Shortfall>,
    charges: usize,
}

impl<'a> Asking<'_, 'a> {
    fn judge(&mut self, layer: Layer) -> Result<(), Denial> {
        let mut shortfalls = std::mem::take(&mut self.shortfalls).into_iter();
        match shortfalls.next() {
            None => Ok(()),
            Some(first) => Err(Denial::Short { layer, first: Box::new(first), others: shortfalls.collect() }),
        }
    }

    fn charge(&mut self, charge: &'a Charge) -> Result<(), Refusal> {
        self.admit(&charge.account)?;
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
        let mut standing = self.standing(position, charge, limit, span);
        let total = i128::from(standing.spent) + i128::from(standing.held) + i128::from(charge.amount);
        if total > i128::from(limit.max) {
            self.shortfalls.push(Shortfall::Limit(standing));
            return Ok(());
        }
        let side = if charge.hold_ms.is_some() { &mut standing.held } else { &mut standing.spent };
        *side = side.saturating_add(charge.amount);
        self.plan.warnings.extend(warning(charge, &standing));
        self.plan.standings.push(standing);
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
    fn standing(&self, position: usize, charge: &Charge, limit: &Limit, span: Span) -> Standing {
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
        Standing {
            account: charge.account.clone(),
            unit: charge.unit.clone(),
            window: window.clone(),
            starts_ms: shown_start(window, span, self.now_ms),
            resets_at_ms: oldest.leaves_ms,
            limit: limit.max,
            spent,
            held,
            requested: charge.amount,
        }
    }

    fn pace(&mut self, pace: &'a Pace) -> Result<(), Refusal> {
        self.admit(&pace.account)?;
        let earlier = self.plan.arrivals.iter().rev().find(|(account, _)| *account == &pace.account);
        let arrival = earlier.map(|&(_, next_ns)| next_ns).or_else(|| self.ledger.arrival(&pace.account));
        match arrive(pace, arrival, self.now_ms)? {
            Arrival::InTime { next_ns } => self.plan.arrivals.push((&pace.account, next_ns)),
            Arrival::Early { retry_at_ms } => {
                let retry_in_ms = retry_at_ms.saturating_sub(self.now_ms);
                self.shortfalls.push(Shortfall::Pace { pace: pace.clone(), retry_at_ms, retry_in_ms });
            }
        }
        Ok(())
    }

    /// Counts one more charge or rate and bounds its account.
    fn admit(&mut self, account: &Account) -> Result<(), Refusal> {
        self.charges = self.charges.saturating_add(1);
        let limits = self.ledger.limits();
        let bytes = account.key.iter().fold(account.name.len(), |sum, key| sum.saturating_add(key.len()));
        if self.charges > limits.charges_per_reserve_max || bytes > limits.account_bytes_max {
            return Err(Refusal::TooLarge);
        }
        Ok(())
    }
}
