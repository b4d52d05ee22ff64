#!/bin/sh
# Plants bugs, one at a time, in the code that drives the ledger; the histories must find each.
#
#   tests/histories/mutants.sh [CARGO ARGUMENTS…]
#
# The tree must be clean; see `tests/planted.sh`.
cd "$(dirname "$0")/../.." || exit 2
test="cargo test -p permit-tests $* --test histories"
. tests/planted.sh

journal=runtime/journal/src
service=runtime/service/src
scenarios=tools/scenarios/src
bug "the journal hears scopes before budgets" $journal/writer_state.rs 's/admit(&self.shared.ledger(), now_ms, id, assessed)/admit(\&self.shared.ledger(), now_ms, id, assessed.map(|a| permit_types::assessment::Assessment { budget: if a.scope.is_err() { Ok(permit_types::charge::Bill::default()) } else { a.budget }, ..a }))/'
bug "scenarios ask persons before budgets" $scenarios/ledger.rs 's/admit(&self.ledger, now_ms, id, assessed)/admit(\&self.ledger, now_ms, id, assessed.map(|a| Assessment { budget: if a.review.is_some() { Ok(permit_types::charge::Bill::default()) } else { a.budget }, ..a }))/'
bug "scenarios expire no hold before a request" $scenarios/ledger.rs '/pub(crate) fn admit/,/^    }/s/self.expire(now_ms);/self.now_ms.max(now_ms);/'
bug "scenarios expire no hold before a step" $scenarios/ledger.rs '/pub(crate) fn apply/,/^    }/s/self.expire(now_ms);/self.now_ms.max(now_ms);/'
bug "the journal expires no hold before a command" $journal/writer.rs '0,/self.expire(now_ms, unwritten)?;/s/self.expire(now_ms, unwritten)?;//'
bug "the record loses warnings" $journal/facts.rs 's/warnings: grant.warnings.iter().map(warning).collect()/warnings: Vec::new()/'
bug "the record keeps the reason of the draft" $journal/facts.rs 's/    decision.reason = reason;/    drop(reason);/'
bug "the record loses the review that denies" $journal/facts.rs 's/if let Denial::Review { review: state, .. } = \&denial/if let Denial::Review { review: state, .. } = \&denial \&\& false/'
bug "the record tells one shortfall of several" $journal/facts.rs 's/decision.denials = denial.shortfalls().map(shortfall).collect();/decision.denials = denial.shortfalls().map(shortfall).take(1).collect();/'
bug "scenarios do not open reviews" $scenarios/ledger.rs 's/if let Some(command) = admission.command() {/if let Some(command) = admission.command().filter(|_| admission.outcome() != permit_types::verdict::Outcome::Review) {/'
bug "scenarios hold under one id" $scenarios/ledger.rs 's/let id = HoldId(self.requests);/let id = HoldId(1);/'
bug "the journal charges at the time of the request alone" $journal/writer_state.rs '0,/let now_ms = self.now_ms.max(draft.now_ms);/s//let now_ms = draft.now_ms;/'
bug "the server passes over a scope's fault" $service/service.rs 's/let mut assessment = engine.assess(&request, evaluation)?;/let mut assessment = engine.assess(\&request, evaluation)?; assessment.scope = Ok(assessment.scope.unwrap_or_default());/'
bug "what scenarios say is left counts no holds" $scenarios/ledger.rs 's/Effect::Granted(grant) => grant.limits,/Effect::Granted(grant) => grant.limits.into_iter().map(|l| LimitStatus { held: 0, ..l }).collect(),/'
exit $missed
