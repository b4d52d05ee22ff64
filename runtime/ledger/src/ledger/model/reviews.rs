//! Reviews in the model: a list of all that were ever opened, with all votes, evaluated anew for each question.

use permit_types::review::Review;
use proptest::prelude::*;

use super::HOUR_MS;
use permit_types::review::DECLINED_MS;

use crate::{Denial, Effect, ReviewDenial, ReviewError, ReviewId, ReviewState, ReviewVote};

/// How many different requests need a review.
pub(super) const KINDS: u8 = 3;

/// The review that a request of this kind needs: the first kinds need more persons and less time.
pub(super) fn review(kind: u8) -> Review {
    let (digest, rule) = ([kind; 32], format!("rule_{kind}"));
    Review { digest, rule, needed: u16::from(KINDS - kind), timeout_ms: i64::from(kind + 1) * HOUR_MS }
}

#[derive(Default)]
pub(super) struct Reviews {
    opened: Vec<Opened>,
}

struct Opened {
    id: u64,
    review: Review,
    at_ms: i64,
    approvals: Vec<String>,
    declined: Option<(i64, String)>,
    used: bool,
}

/// What the model says to a request that needs a review.
pub(super) enum Admitted {
    Pending(ReviewState),
    Approved(ReviewState),
    Declined(String),
    TimedOut,
}

impl Admitted {
    pub(super) fn compare(&self, effect: &Effect) -> Result<(), TestCaseError> {
        match (self, effect) {
            (Self::Pending(state), Effect::Pending(found)) => prop_assert_eq!(state, found),
            (Self::Approved(state), Effect::Granted(grant)) => {
                prop_assert_eq!(Some(state), grant.review.as_ref());
            }
            (Self::Declined(by), Effect::Denied(Denial::Review { denial, .. })) => {
                prop_assert_eq!(denial, &ReviewDenial::Declined { person: by.clone() });
            }
            (Self::TimedOut, Effect::Denied(Denial::Review { denial, .. })) => {
                prop_assert_eq!(denial, &ReviewDenial::TimedOut);
            }
            (_, effect) => prop_assert!(false, "{effect:?}"),
        }
        Ok(())
    }
}

impl Opened {
    fn expires_ms(&self) -> i64 {
        self.at_ms + self.review.timeout_ms
    }

    /// Until when it stands in the way of another one.
    fn matters_until_ms(&self) -> i64 {
        match &self.declined {
            Some((at_ms, _)) => at_ms + DECLINED_MS,
            None if self.used => self.expires_ms(),
            None => self.expires_ms() + self.review.timeout_ms,
        }
    }

    /// The different persons who approved, as many as are needed.
    fn approved_by(&self) -> Vec<String> {
        let mut different: Vec<String> = vec![];
        for person in &self.approvals {
            if !different.contains(person) {
                different.push(person.clone());
            }
        }
        different.truncate(usize::from(self.review.needed));
        different
    }

    fn state(&self) -> ReviewState {
        let Review { digest, rule, needed, .. } = self.review.clone();
        let approved_by = self.approved_by();
        ReviewState {
            id: ReviewId(self.id),
            digest,
            rule,
            needed,
            approved_by,
            expires_ms: self.expires_ms(),
        }
    }
}

impl Reviews {
    pub(super) fn admit(&mut self, now_ms: i64, id: u64, review: &Review) -> Admitted {
        let is_live = |o: &&mut Opened| o.review == *review && !o.used && o.matters_until_ms() > now_ms;
        let live = self.opened.iter_mut().rfind(is_live);
        let Some(opened) = live else {
            let (approvals, review) = (vec![], review.clone());
            let opened = Opened { id, review, at_ms: now_ms, approvals, declined: None, used: false };
            let state = opened.state();
            self.opened.push(opened);
            return Admitted::Pending(state);
        };
        if let Some((_, by)) = &opened.declined {
            Admitted::Declined(by.clone())
        } else if opened.expires_ms() <= now_ms {
            Admitted::TimedOut
        } else if opened.approved_by().len() >= usize::from(review.needed) {
            opened.used = true;
            Admitted::Approved(opened.state())
        } else {
            Admitted::Pending(opened.state())
        }
    }

    /// Whether a request's review has ended without a grant.
    pub(super) fn ended(&self, now_ms: i64, review: &Review) -> bool {
        let is_live = |o: &&Opened| o.review == *review && !o.used && o.matters_until_ms() > now_ms;
        let live = self.opened.iter().rfind(is_live);
        live.is_some_and(|opened| opened.declined.is_some() || opened.expires_ms() <= now_ms)
    }

    /// Whether a request is to wait for persons.
    pub(super) fn waits(&self, now_ms: i64, review: &Review) -> bool {
        let is_live = |o: &&Opened| o.review == *review && !o.used && o.matters_until_ms() > now_ms;
        self.opened.iter().rfind(is_live).is_none_or(|opened| {
            let is_open = opened.declined.is_none() && opened.expires_ms() > now_ms;
            is_open && opened.approved_by().len() < usize::from(review.needed)
        })
    }

    /// A vote on the newest review of a kind, or on one so many before it, or on one that never was.
    pub(super) fn vote(&self, kind: u8, back: usize, person: u8) -> ReviewVote {
        let digest = [kind; 32];
        let of_kind = self.opened.iter().rev().filter(|opened| opened.review.digest == digest);
        let review = of_kind.map(|opened| ReviewId(opened.id)).nth(back).unwrap_or(ReviewId(u64::MAX));
        ReviewVote { review, digest, person: format!("p{person}") }
    }

    fn live(&mut self, now_ms: i64, vote: &ReviewVote) -> Result<&mut Opened, ReviewError> {
        let newest = self.opened.iter_mut().rfind(|opened| opened.review.digest == vote.digest);
        let named = newest.filter(|opened| opened.id == vote.review.0 && opened.matters_until_ms() > now_ms);
        match named {
            None => Err(ReviewError::Unknown),
            Some(opened) if opened.declined.is_some() => Err(ReviewError::Declined),
            Some(opened) if opened.used => Err(ReviewError::Used),
            Some(opened) if opened.expires_ms() <= now_ms => Err(ReviewError::TimedOut),
            Some(opened) => Ok(opened),
        }
    }

    pub(super) fn approve(
        &mut self,
        now_ms: i64,
        vote: &ReviewVote,
        effect: &Effect,
    ) -> Result<(), TestCaseError> {
        let expected = self.live(now_ms, vote).map(|opened| {
            opened.approvals.push(vote.person.clone());
            opened.state()
        });
        prop_assert_eq!(effect, &expected.map_or_else(Effect::VoteRejected, Effect::Approved));
        Ok(())
    }

    pub(super) fn decline(
        &mut self,
        now_ms: i64,
        vote: &ReviewVote,
        effect: &Effect,
    ) -> Result<(), TestCaseError> {
        let expected = self.live(now_ms, vote).map(|opened| {
            opened.declined = Some((now_ms, vote.person.clone()));
            opened.state()
        });
        prop_assert_eq!(effect, &expected.map_or_else(Effect::VoteRejected, Effect::Declined));
        Ok(())
    }
}
