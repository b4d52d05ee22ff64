//! Opens, approves, declines and uses reviews.

use permit_types::review::Review;
use permit_types::verdict::Layer;

use super::Ledger;
use crate::effect::{Denial, Effect, Refusal};
use crate::review::{ReviewError, ReviewId, ReviewProgress, ReviewVote};

impl Ledger {
    /// What the review of a request says, changing nothing.
    pub(crate) fn review_status(
        &self,
        now_ms: i64,
        id: ReviewId,
        review: &Review,
    ) -> Result<ReviewProgress, Denial> {
        let refused = |refusal| {
            let name = review.rule.clone();
            Err(Denial::Refused { layer: Layer::Policy, name, refusal })
        };
        if review.needed == 0 || review.timeout_ms < 1 {
            return refused(Refusal::EmptyReview);
        }
        let ended = |(review, denial)| Denial::Review { review, denial };
        let status = self.state.reviews.status(now_ms, id, review).map_err(ended)?;
        let max = self.limits.reviews_max;
        if matches!(status, ReviewProgress::New(_)) && self.state.reviews.is_full(now_ms, max) {
            return refused(Refusal::Full { what: "reviews", max });
        }
        Ok(status)
    }

    pub(super) fn approved(&self, now_ms: i64, vote: &ReviewVote) -> Effect {
        if vote.person.len() > self.limits.account_bytes_max {
            return Effect::VoteRejected(ReviewError::TooLarge);
        }
        self.state.reviews.approved(now_ms, vote).map_or_else(Effect::VoteRejected, Effect::Approved)
    }

    pub(super) fn declined(&self, now_ms: i64, vote: &ReviewVote) -> Effect {
        if vote.person.len() > self.limits.account_bytes_max {
            return Effect::VoteRejected(ReviewError::TooLarge);
        }
        let state = self.state.reviews.state(now_ms, vote.review, vote.digest);
        state.map_or_else(Effect::VoteRejected, Effect::Declined)
    }

    pub(super) fn approve(&mut self, vote: &ReviewVote) -> Effect {
        let effect = self.approved(self.state.now_ms, vote);
        if let Effect::Approved(state) = &effect {
            self.state.reviews.approve(state);
        }
        effect
    }

    pub(super) fn decline(&mut self, vote: &ReviewVote) -> Effect {
        let effect = self.declined(self.state.now_ms, vote);
        if matches!(effect, Effect::Declined(_)) {
            self.state.reviews.decline(self.state.now_ms, vote);
        }
        effect
    }
}
