//! The ledger of one scenario: what the journal does with a ledger, without records.

use permit_ledger::{
    Admission, Balance, Command, Effect, HoldId, Ledger, LimitStatus, Limits, Reserve, Shortfall, admit,
};
use permit_types::assessment::Assessment;
use permit_types::charge::{Account, Charge};
use permit_types::verdict::LayerDenial;

/// A ledger, and what the journal would know beside it.
#[derive(Debug)]
pub(crate) struct Books {
    ledger: Ledger,
    /// How many requests there were, by which holds and reviews are named.
    requests: u64,
    /// The time of what was done last. As in a log, it never goes back, and what is refused does not move it.
    now_ms: i64,
}

impl Books {
    pub(crate) fn new() -> Self {
        Self { ledger: Ledger::new(Limits::default()), requests: 0, now_ms: i64::MIN }
    }

    /// Admits a request, and books it if every layer allows it. A hold that it opens is named by the second value.
    pub(crate) fn admit(
        &mut self,
        now_ms: i64,
        assessed: Result<Assessment, LayerDenial>,
    ) -> (Admission, HoldId) {
        let now_ms = self.expire(now_ms);
        self.requests = self.requests.saturating_add(1);
        let id = HoldId(self.requests);
        let admission = admit(&self.ledger, now_ms, id, assessed);
        if let Some(command) = admission.command() {
            self.ledger.apply(now_ms, &command);
        }
        self.now_ms = now_ms;
        (admission, id)
    }

    /// Does one step, unless the ledger refuses it.
    pub(crate) fn apply(&mut self, now_ms: i64, command: &Command) -> Effect {
        let now_ms = self.expire(now_ms);
        let effect = self.ledger.ask(now_ms, command);
        if !effect.is_refused() {
            self.ledger.apply(now_ms, command);
            self.now_ms = now_ms;
        }
        effect
    }

    pub(crate) fn balances(&self, account: &Account, now_ms: i64) -> Vec<Balance> {
        self.ledger.balances(account, now_ms)
    }

    /// Releases the holds that are due and returns the time.
    fn expire(&mut self, now_ms: i64) -> i64 {
        let now_ms = self.now_ms.max(now_ms);
        while let Some(command) = self.ledger.expiry_due(now_ms) {
            self.ledger.apply(now_ms, &command);
            self.now_ms = now_ms;
        }
        now_ms
    }

    /// Where the limits of a charge stand now.
    pub(crate) fn limits(&self, now_ms: i64, charge: &Charge) -> Vec<LimitStatus> {
        let now_ms = self.now_ms.max(now_ms);
        // A charge of nothing asks without adding; a limit that is below its use has no room for it.
        let nothing = Charge { amount: 0, hold_ms: None, ..charge.clone() };
        let one_by_one =
            nothing.limits.iter().map(|limit| Charge { limits: vec![limit.clone()], ..nothing.clone() });
        one_by_one.flat_map(|charge| self.limit(now_ms, charge)).collect()
    }

    fn limit(&self, now_ms: i64, charge: Charge) -> Vec<LimitStatus> {
        let id = HoldId(u64::MAX);
        let (charges, scope) = (vec![charge], Some(Vec::new()));
        let reserve = Reserve { id, charges, rates: Vec::new(), scope, review: None };
        match self.ledger.ask(now_ms, &Command::Reserve(reserve)) {
            Effect::Granted(grant) => grant.limits,
            Effect::Denied(denial) => {
                let limits = denial.shortfalls().filter_map(|shortfall| match shortfall {
                    Shortfall::Limit(status) => Some(status.clone()),
                    Shortfall::Rate { .. } => None,
                });
                limits.collect()
            }
            _ => Vec::new(),
        }
    }
}
