//! Reviews: actions that wait for approval by people.
//!
//! A review is identified by the digest of the request. It is pending until enough different people have approved it,
//! and then allows exactly one grant. A decline ends it and is remembered for [`DECLINED_MS`](permit_types::review::DECLINED_MS); a review that was not
//! granted before its end has timed out, which is remembered for the same time again. After that the same request may
//! open a new review.

mod store;

use serde::{Deserialize, Serialize};

pub(crate) use self::store::{ReviewProgress, Reviews};

/// The name of a review: the index in the log of the decision that opened it, so it is never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ReviewId(pub u64);

/// A person's vote on a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewVote {
    /// The review. With the digest alone, a vote could meet a later review of the same request.
    pub review: ReviewId,
    /// The digest of what is asked.
    pub digest: [u8; 32],
    /// The person's unique name.
    pub person: String,
}

/// Where a review stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewState {
    /// The review.
    pub id: ReviewId,
    /// The digest of what is asked.
    pub digest: [u8; 32],
    /// The rule's name.
    pub rule: String,
    /// How many different persons must approve.
    pub needed: u16,
    /// Who has approved, in their order; at most `needed`.
    pub approved_by: Vec<String>,
    /// When it ends, approved or not, in milliseconds since the Unix epoch.
    pub expires_ms: i64,
}

/// Why a request is denied for its review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewDenial {
    /// A person declined the request.
    Declined {
        /// Who.
        person: String,
    },
    /// The review ended before it was approved and used.
    TimedOut,
}

/// Why a vote does not count; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// Never opened, or so long over that it is forgotten.
    #[error("unknown review")]
    Unknown,
    /// Its time is over.
    #[error("the review has timed out")]
    TimedOut,
    /// It was declined before.
    #[error("the review was declined")]
    Declined,
    /// It was approved, and the action was allowed.
    #[error("the review was approved and used")]
    Used,
    /// The person's name is longer than a name may be.
    #[error("the person's name is too long")]
    TooLarge,
}
