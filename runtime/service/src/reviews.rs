//! Reviews as people see them, and their votes.

use permit_audit::{Body, Record};
use permit_engine::{Engine, render};
use permit_ir::value::EntityRef;
use permit_journal::{CastVote, Command, Pending, ReadError};
use permit_ledger::{ReviewError, ReviewState};
use permit_types::digest::Digest;
use permit_types::review::{ReviewContent, ReviewPage, ReviewStatus, ReviewView, VoteKind};
use permit_types::time::instant_text;

use crate::service::{Caller, Service};

/// The most reviews in one response.
pub const REVIEWS_PAGE_MAX: usize = 50;

/// The most reviews that are scanned for one response.
const REVIEWS_SCANNED_MAX: usize = 1_000;

/// Why a person may not see or decide a review.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefusal {
    /// The facts give the caller's identity to no person.
    #[error("the facts give this identity to no person")]
    NotAPerson,
    /// No decision with this id has opened a review.
    #[error("no such review")]
    NotFound,
    /// The rule does not name the person as an approver.
    #[error("`{rule}` leaves this to others")]
    NotAnApprover {
        /// The rule.
        rule: String,
    },
    /// The review belongs to another bundle and can no longer allow anything.
    #[error("the review was asked for by another policy")]
    OtherPolicy,
    /// The log cannot be read.
    #[error(transparent)]
    Read(ReadError),
}

impl From<ReadError> for ReviewRefusal {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => Self::NotFound,
            other => Self::Read(other),
        }
    }
}

/// A review that a person may see.
struct Seen {
    index: u64,
    digest: Digest,
    content: ReviewContent,
    record: permit_audit::Review,
}

/// Everything here reads the store, which may block: do not call it on the threads of an asynchronous runtime.
impl Service {
    /// The pending reviews that the caller may decide, at most `max` and at most [`REVIEWS_PAGE_MAX`], starting at the
    /// `next` of an earlier page.
    ///
    /// # Errors
    /// [`ReviewRefusal`].
    pub fn reviews(
        &self,
        caller: &Caller,
        from: u64,
        max: usize,
        now_ms: i64,
    ) -> Result<ReviewPage, ReviewRefusal> {
        let engine = self.engine.load();
        let person = engine.person(&caller.spiffe_id).ok_or(ReviewRefusal::NotAPerson)?;
        let max = max.min(REVIEWS_PAGE_MAX);
        let mut page = ReviewPage { reviews: Vec::new(), next: None };
        let pending = self.journal().reader().pending_reviews(now_ms);
        let later =
            pending.into_iter().filter(|state| state.id.0 >= from && engine.approves(person, &state.rule));
        for (scanned, state) in later.enumerate() {
            if scanned >= REVIEWS_SCANNED_MAX || page.reviews.len() >= max {
                page.next = Some(state.id.0);
                break;
            }
            // A review of another bundle leads nowhere, and one that was decided meanwhile waits for nobody.
            match self.see(&engine, person, state.id.0) {
                Ok(seen) => page.reviews.push(view(seen, Ok(state))),
                Err(ReviewRefusal::Read(error)) => return Err(ReviewRefusal::Read(error)),
                Err(_) => {}
            }
        }
        Ok(page)
    }

    /// One review that the caller may decide or could have decided.
    ///
    /// # Errors
    /// [`ReviewRefusal`].
    pub fn review(&self, caller: &Caller, id: &str, now_ms: i64) -> Result<ReviewView, ReviewRefusal> {
        let engine = self.engine.load();
        let person = engine.person(&caller.spiffe_id).ok_or(ReviewRefusal::NotAPerson)?;
        let seen = self.see(&engine, person, self.journal().reader().index_of(id)?)?;
        let state = self.journal().reader().review(seen.index, seen.digest, now_ms);
        Ok(view(seen, state))
    }

    /// Approves or declines a review that the caller may decide.
    ///
    /// # Errors
    /// [`ReviewRefusal`]; the journal is not asked then.
    pub fn vote(
        &self,
        kind: VoteKind,
        caller: &Caller,
        id: &str,
        why: Option<String>,
        now_ms: i64,
    ) -> Result<Pending, ReviewRefusal> {
        let vote = self.vote_of(caller, id, why, now_ms)?;
        let command = match kind {
            VoteKind::Approve => Command::Approve(vote),
            VoteKind::Decline => Command::Decline(vote),
        };
        Ok(self.journal().submit(command))
    }

    fn vote_of(
        &self,
        caller: &Caller,
        id: &str,
        why: Option<String>,
        now_ms: i64,
    ) -> Result<CastVote, ReviewRefusal> {
        let engine = self.engine.load();
        let person = engine.person(&caller.spiffe_id).ok_or(ReviewRefusal::NotAPerson)?;
        self.see(&engine, person, self.journal().reader().index_of(id)?)?;
        Ok(CastVote {
            now_ms,
            decision_id: id.to_owned(),
            person: render::entity_text(engine.program(), engine.facts(), person),
            identity: caller.spiffe_id.clone(),
            dpop: caller.proof.clone(),
            reason: why,
            body_digest: caller.body_digest,
            trace_id: caller.trace_id,
        })
    }

    /// The review that record `index` opened, if it is the person's to decide under the policy in force.
    fn see(&self, engine: &Engine, person: EntityRef, index: u64) -> Result<Seen, ReviewRefusal> {
        let record =
            Record::parse(&self.journal().reader().record(index)?).map_err(|_| ReviewRefusal::NotFound)?;
        let Body::Decision(decision) = record.body else { return Err(ReviewRefusal::NotFound) };
        let review = decision.review.filter(|review| Some(&review.id) == record.decision_id.as_ref());
        let review = review.ok_or(ReviewRefusal::NotFound)?;
        if decision.policy != engine.policy_digest() {
            return Err(ReviewRefusal::OtherPolicy);
        }
        if !engine.approves(person, &review.rule) {
            return Err(ReviewRefusal::NotAnApprover { rule: review.rule });
        }
        let unreadable = |error: serde_json::Error| {
            ReviewRefusal::Read(ReadError::Store { reason: format!("record {index}: {error}") })
        };
        let content =
            serde_json::from_str(&self.journal().reader().review_content(index)?).map_err(unreadable)?;
        Ok(Seen { index, digest: review.digest, content, record: review })
    }
}

fn view(seen: Seen, state: Result<ReviewState, ReviewError>) -> ReviewView {
    let Seen { digest, content, record, .. } = seen;
    let (state, approved_by) = match state {
        Ok(state) => {
            let waits = state.approved_by.len() < usize::from(state.needed);
            (if waits { ReviewStatus::Pending } else { ReviewStatus::Approved }, state.approved_by)
        }
        Err(ReviewError::Used) => (ReviewStatus::Used, Vec::new()),
        Err(ReviewError::Declined) => (ReviewStatus::Declined, Vec::new()),
        Err(ReviewError::TimedOut) => (ReviewStatus::TimedOut, Vec::new()),
        Err(ReviewError::Unknown | ReviewError::TooLarge) => (ReviewStatus::Over, Vec::new()),
    };
    ReviewView {
        id: record.id,
        state,
        rule: record.rule,
        shown: content.shown(),
        request: content,
        digest: digest.to_string(),
        needed: record.needed,
        approved_by,
        expires_at: instant_text(record.expires_ms),
    }
}
