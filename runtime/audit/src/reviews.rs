//! Rules about reviews, checked from one record to the next: an action that needs approval was allowed only after
//! enough different people had approved exactly it, in time, and once.

use std::collections::{BTreeMap, BTreeSet};

use permit_types::digest::Digest;
use permit_types::review::DECLINED_MS;
use permit_types::verdict::{Outcome, ReasonCode};

use crate::record::{Body, Decision, Record, Review, Vote};

/// What a record says of a review, and what the records before it do not bear out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewFault {
    /// It allows by a rule that asks for reviews, and names none.
    #[error("it allows by `{rule}`, which asks for a review, and names none")]
    Unreviewed {
        /// The rule.
        rule: String,
    },
    /// It names a review that no record before it opened, or one that is long over.
    #[error("it names the review {id}, which is not open")]
    Unknown {
        /// The review.
        id: String,
    },
    /// It opens a review while another one of the same request stands.
    #[error("it opens a review while {id} stands")]
    Open {
        /// The review that stands.
        id: String,
    },
    /// It uses, approves, declines or waits for a review that has ended.
    #[error("the review {id} had ended: {end}")]
    Ended {
        /// The review.
        id: String,
        /// How it had ended.
        end: ReviewEnd,
    },
    /// It allows before enough persons had approved.
    #[error("the review {id} had {found} approvals of the {needed} that it needs")]
    Approvals {
        /// The review.
        id: String,
        /// How many different persons had approved.
        found: usize,
        /// How many must.
        needed: u16,
    },
    /// It says something else of the review than the records before it.
    #[error("it says something else of the review {id} than the records before it")]
    Differs {
        /// The review.
        id: String,
    },
}

impl ReviewFault {
    /// The stable code, as `docs/formats/audit.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unreviewed { .. } => "unreviewed",
            Self::Unknown { .. } => "review_unknown",
            Self::Open { .. } => "review_open",
            Self::Ended { .. } => "review_ended",
            Self::Approvals { .. } => "review_approvals",
            Self::Differs { .. } => "review_differs",
        }
    }
}

/// How a review ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewEnd {
    /// Nobody was left time to decide or to act.
    TimedOut,
    /// A person declined.
    Declined,
    /// A decision has used it.
    Used,
}

impl std::fmt::Display for ReviewEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "timed out",
            Self::Declined => "declined",
            Self::Used => "used",
        })
    }
}

/// The reviews that still matter at some place of the log.
#[derive(Debug, Default)]
pub(crate) struct Reviews {
    known: BTreeMap<Digest, Known>,
    /// The digests by when they matter no more.
    over: BTreeSet<(i64, Digest)>,
    /// The rules that were seen to ask for reviews, by bundle.
    rules: BTreeSet<(Digest, String)>,
}

/// One review.
#[derive(Clone, Debug)]
struct Known {
    id: String,
    subject: Subject,
    opened_ms: i64,
    approvals: Vec<String>,
    end: Option<(ReviewEnd, i64)>,
}

/// What every record says alike of one review.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Subject {
    rule: String,
    needed: u16,
    expires_ms: i64,
    agent: String,
    agent_type: Option<String>,
    action: String,
    policy: Digest,
}

impl Subject {
    fn of(decision: &Decision, review: &Review) -> Self {
        Self {
            rule: review.rule.clone(),
            needed: review.needed,
            expires_ms: review.expires_ms,
            agent: decision.agent.clone(),
            agent_type: decision.agent_type.clone(),
            action: decision.action.clone(),
            policy: decision.policy,
        }
    }
}

impl Reviews {
    /// Checks the next record of the log against those before it.
    pub(crate) fn follow(&mut self, record: &Record) -> Result<(), ReviewFault> {
        let now_ms = record.timestamp_ms;
        match &record.body {
            Body::Decision(decision) => match &decision.review {
                Some(review) => {
                    let is_first = record.decision_id.as_ref() == Some(&review.id);
                    if is_first {
                        self.open(now_ms, decision, review)
                    } else {
                        self.go_on(now_ms, decision, review)
                    }
                }
                None => self.unreviewed(decision),
            },
            Body::Approval(vote) => self.approve(now_ms, vote),
            Body::Decline(vote) => self.decline(now_ms, vote),
            _ => Ok(()),
        }
    }

    fn unreviewed(&self, decision: &Decision) -> Result<(), ReviewFault> {
        let rule = decision.reason.name.clone().filter(|_| decision.outcome == Outcome::Allow);
        match rule {
            Some(rule) if self.rules.contains(&(decision.policy, rule.clone())) => {
                Err(ReviewFault::Unreviewed { rule })
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, now_ms: i64, decision: &Decision, review: &Review) -> Result<(), ReviewFault> {
        self.forget(now_ms);
        if let Some(known) = self.known.get(&review.digest).filter(|known| !known.is_used()) {
            return Err(ReviewFault::Open { id: known.id.clone() });
        }
        let (id, subject) = (review.id.clone(), Subject::of(decision, review));
        let is_new =
            decision.outcome == Outcome::Review && review.approved == 0 && review.expires_ms > now_ms;
        if !is_new {
            return Err(ReviewFault::Differs { id });
        }
        self.rules.insert((decision.policy, review.rule.clone()));
        let known = Known { id, subject, opened_ms: now_ms, approvals: Vec::new(), end: None };
        self.replace(review.digest, known);
        Ok(())
    }

    /// A decision that speaks of a review that was opened before.
    fn go_on(&mut self, now_ms: i64, decision: &Decision, review: &Review) -> Result<(), ReviewFault> {
        let known = self.named(now_ms, review.digest, &review.id)?;
        let differs = || ReviewFault::Differs { id: review.id.clone() };
        if known.subject != Subject::of(decision, review) {
            return Err(differs());
        }
        let (found, needed) = (known.approvals.len(), review.needed);
        if decision.outcome == Outcome::Allow && found < usize::from(needed) {
            return Err(ReviewFault::Approvals { id: review.id.clone(), found, needed });
        }
        if usize::from(review.approved) != found {
            return Err(differs());
        }
        match (decision.outcome, decision.reason.code) {
            (Outcome::Review, _) => known.live(now_ms),
            (Outcome::Allow, _) => {
                known.live(now_ms)?;
                if known.approvals != decision.approved_by {
                    return Err(differs());
                }
                let used = Known { end: Some((ReviewEnd::Used, now_ms)), ..known.clone() };
                self.replace(review.digest, used);
                Ok(())
            }
            (Outcome::Deny, ReasonCode::ReviewDeclined) if known.has_ended(now_ms, ReviewEnd::Declined) => {
                Ok(())
            }
            (Outcome::Deny, ReasonCode::ReviewTimedOut) if known.has_ended(now_ms, ReviewEnd::TimedOut) => {
                Ok(())
            }
            (Outcome::Deny, _) => Err(differs()),
        }
    }

    fn approve(&mut self, now_ms: i64, vote: &Vote) -> Result<(), ReviewFault> {
        let known = self.named(now_ms, vote.digest, &vote.decision_id)?;
        known.live(now_ms)?;
        let mut approved = known.clone();
        let is_open = approved.approvals.len() < usize::from(approved.subject.needed);
        if is_open && !approved.approvals.contains(&vote.person) {
            approved.approvals.push(vote.person.clone());
        }
        self.replace(vote.digest, approved);
        Ok(())
    }

    fn decline(&mut self, now_ms: i64, vote: &Vote) -> Result<(), ReviewFault> {
        let known = self.named(now_ms, vote.digest, &vote.decision_id)?;
        known.live(now_ms)?;
        let declined = Known { end: Some((ReviewEnd::Declined, now_ms)), ..known.clone() };
        self.replace(vote.digest, declined);
        Ok(())
    }

    fn named(&self, now_ms: i64, digest: Digest, id: &str) -> Result<&Known, ReviewFault> {
        let known =
            self.known.get(&digest).filter(|known| known.id == id && known.matters_until_ms() > now_ms);
        known.ok_or_else(|| ReviewFault::Unknown { id: id.to_owned() })
    }

    fn replace(&mut self, digest: Digest, known: Known) {
        let until_ms = known.matters_until_ms();
        if let Some(old) = self.known.insert(digest, known) {
            self.over.remove(&(old.matters_until_ms(), digest));
        }
        self.over.insert((until_ms, digest));
    }

    fn forget(&mut self, now_ms: i64) {
        while let Some(&(until_ms, digest)) = self.over.first() {
            if until_ms > now_ms {
                break;
            }
            self.over.pop_first();
            self.known.remove(&digest);
        }
    }
}

impl Known {
    fn is_used(&self) -> bool {
        matches!(self.end, Some((ReviewEnd::Used, _)))
    }

    /// A review that timed out stands in the way for as long again as it waited.
    fn matters_until_ms(&self) -> i64 {
        let expires_ms = self.subject.expires_ms;
        match self.end {
            Some((ReviewEnd::Declined, at_ms)) => at_ms.saturating_add(DECLINED_MS),
            Some((ReviewEnd::Used, _)) => expires_ms,
            Some((ReviewEnd::TimedOut, _)) | None => {
                expires_ms.saturating_add(expires_ms.saturating_sub(self.opened_ms))
            }
        }
    }

    fn ended(&self, now_ms: i64) -> Option<ReviewEnd> {
        let timed_out = (self.subject.expires_ms <= now_ms).then_some(ReviewEnd::TimedOut);
        self.end.map(|(end, _)| end).or(timed_out)
    }

    fn has_ended(&self, now_ms: i64, end: ReviewEnd) -> bool {
        self.ended(now_ms) == Some(end)
    }

    fn live(&self, now_ms: i64) -> Result<(), ReviewFault> {
        self.ended(now_ms).map_or(Ok(()), |end| Err(ReviewFault::Ended { id: self.id.clone(), end }))
    }
}

#[cfg(test)]
mod tests;
