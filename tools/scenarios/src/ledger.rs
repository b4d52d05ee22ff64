//! The ledger behind one scenario: what the journal does with a ledger, without records.

use permit_ledger::{
    Admission, Balance, Command, Effect, HoldId, Ledger, LimitStatus, Limits, Reserve, Shortfall, admit,
};
use permit_types::assessment::Assessment;
use permit_types::charge::{Account, Charge};
use permit_types::verdict::LayerDenial;

/// A ledger, and how many requests it was asked.
#[derive(Debug)]
pub(crate) struct Books {
    ledger: Ledger,
    /// By which holds and reviews are named.
    requests: u64,
}

impl Books {
    pub(crate) fn new() -> Self {
        Self { ledger: Ledger::new(Limits::default()), requests: 0 }
    }

    /// Admits a request, and books it if every layer allows it. A hold that it opens is named by the second value.
    pub(crate) fn admit(
        &mut self,
        now_ms: i64,
        assessed: Result<Assessment, LayerDenial>,
    ) -> (Admission, HoldId) {
        self.expire(now_ms);
        self.requests = self.requests.saturating_add(1);
        let id = HoldId(self.requests);
        let admission = admit(&self.ledger, now_ms, id, assessed);
        if let Some(command) = admission.command() {
            self.ledger.apply(now_ms, &command);
        }
        (admission, id)
    }

    /// Does one step.
    pub(crate) fn apply(&mut self, now_ms: i64, command: &Command) -> Effect {
        self.expire(now_ms);
        self.ledger.apply(now_ms, command)
    }

    pub(crate) fn balances(&self, account: &Account, now_ms: i64) -> Vec<Balance> {
        self.ledger.balances(account, now_ms)
    }

    fn expire(&mut self, now_ms: i64) {
        while let Some(command) = self.ledger.expiry_due(now_ms) {
            self.ledger.apply(now_ms, &command);
        }
    }

    /// Where the limits of a charge stand now.
    pub(crate) fn limits(&self, now_ms: i64, charge: &Charge) -> Vec<LimitStatus> {
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
