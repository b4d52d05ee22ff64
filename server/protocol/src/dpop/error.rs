//! Why a proof is rejected: one reason for each step of RFC 9449, section 4.3.

use crate::jose::{JwkError, JwsError};
use crate::problem::ProblemCode;
use crate::replay::ReplayError;

/// Why a proof is rejected. The code of each is stable; it goes into responses and audit records.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No `DPoP` header, or an empty one.
    #[error("the request has no DPoP proof")]
    Missing,
    /// More than one `DPoP` header, or several proofs in one.
    #[error("the request has more than one DPoP proof")]
    Duplicated,
    /// Not a well-formed JWT with the required claims in their types.
    #[error("the DPoP proof is malformed: {reason}")]
    Malformed {
        /// What is wrong, for the client's developer.
        reason: String,
    },
    /// `typ` is not `dpop+jwt`.
    #[error("the DPoP proof's typ is not `dpop+jwt`")]
    Type,
    /// `alg` is not accepted, or the key is not of its kind.
    #[error("the DPoP proof's alg is not ES256 or EdDSA, or its jwk is of another kind")]
    Algorithm,
    /// The signature does not verify with the key in the header.
    #[error("the DPoP proof's signature is invalid")]
    Signature,
    /// The header contains a private key, which is now compromised.
    #[error("the DPoP proof's jwk contains a private key; replace this key")]
    PrivateKey,
    /// `htm` is not the request's method, letter by letter.
    #[error("the DPoP proof's htm is not the method of the request")]
    Method,
    /// `htu` is not the request's URI.
    #[error("the DPoP proof's htu is not the URI of the request without query and fragment")]
    Uri,
    /// `iat` is too far from now.
    #[error("the DPoP proof's iat {iat_s} s is more than {window_ms} ms from the server's time {now_ms} ms")]
    Time {
        /// The claim, in seconds.
        iat_s: i64,
        /// The server's time, in milliseconds.
        now_ms: i64,
        /// The accepted distance, in milliseconds.
        window_ms: i64,
    },
    /// `ath` is missing, present without a token, or the hash of another token.
    #[error("the DPoP proof's ath is not the hash of the access token, or is present without one")]
    TokenHash,
    /// The token is bound to another key.
    #[error("the DPoP proof's key is not the one the access token is bound to")]
    Key,
    /// The proof has already been used; a retry needs a new one.
    #[error("the DPoP proof has already been used; create a fresh proof for every request and every retry")]
    Replayed,
    /// No room to remember the proof, so it cannot be accepted.
    #[error("the server cannot remember any more proofs; retry later with a fresh proof")]
    MemoryFull,
}

impl ProofError {
    /// The stable machine-readable code.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        match self {
            Self::Missing => ProblemCode::ProofMissing,
            Self::Duplicated => ProblemCode::ProofDuplicated,
            Self::Malformed { .. } => ProblemCode::ProofMalformed,
            Self::Type => ProblemCode::ProofType,
            Self::Algorithm => ProblemCode::ProofAlgorithm,
            Self::Signature => ProblemCode::ProofSignature,
            Self::PrivateKey => ProblemCode::ProofPrivateKey,
            Self::Method => ProblemCode::ProofMethod,
            Self::Uri => ProblemCode::ProofUri,
            Self::Time { .. } => ProblemCode::ProofTime,
            Self::TokenHash => ProblemCode::ProofTokenHash,
            Self::Key => ProblemCode::ProofKey,
            Self::Replayed => ProblemCode::ProofReplayed,
            Self::MemoryFull => ProblemCode::ReplayMemoryFull,
        }
    }

    pub(super) fn from_jws(error: JwsError) -> Self {
        match error {
            JwsError::Algorithm | JwsError::KeyMismatch => Self::Algorithm,
            JwsError::Signature | JwsError::SignatureLength => Self::Signature,
            other => Self::Malformed { reason: other.to_string() },
        }
    }

    pub(super) fn from_jwk(error: JwkError) -> Self {
        match error {
            JwkError::PrivateMember { .. } => Self::PrivateKey,
            JwkError::Unsupported | JwkError::Purpose { .. } => Self::Algorithm,
            other => Self::Malformed { reason: other.to_string() },
        }
    }
}

impl From<ReplayError> for ProofError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Replayed | ReplayError::TooOld => Self::Replayed,
            ReplayError::Full => Self::MemoryFull,
        }
    }
}
