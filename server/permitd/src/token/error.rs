//! Why a token is not issued or not accepted.

use permit_protocol::authorization_details::DetailsError;
use permit_protocol::jose::JwsError;
use permit_protocol::problem::ProblemCode;

/// Why a token is not issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum IssueError {
    /// The client's certificate ends within the second.
    #[error("the client's certificate is about to expire; connect again with a new one")]
    CertificateEnds,
    /// The operating system's random generator failed.
    #[error("the operating system's random generator failed")]
    Randomness,
    /// The token would be longer than the server accepts.
    #[error("the token would be longer than {} bytes", super::TOKEN_BYTES_MAX)]
    TooLong,
}

/// Why a token is not accepted. The code of each is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TokenError {
    /// No `Authorization` header.
    #[error("the request has no access token")]
    Missing,
    /// Two `Authorization` headers, or a token in the query as well.
    #[error("the request sends an access token in more than one way or outside the Authorization header")]
    Duplicated,
    /// A scheme other than `DPoP`; a bound token sent as `Bearer` ends here.
    #[error("the access token is not sent with the DPoP scheme")]
    Scheme,
    /// The header is not `DPoP` and a token.
    #[error("the Authorization header is malformed")]
    Malformed,
    /// Not a strict JWS, or not signed by this server.
    #[error("the access token is not valid: {0}")]
    Jws(#[from] JwsError),
    /// Another kind of JWT.
    #[error("the token's typ is not `at+jwt`")]
    Type,
    /// A required claim that is missing or of the wrong type.
    #[error("the claim `{claim}` is missing or malformed")]
    Claim {
        /// The claim's name.
        claim: &'static str,
    },
    /// A claim this server does not issue.
    #[error("the claim `{claim}` is unknown")]
    UnknownClaim {
        /// The claim's name.
        claim: String,
    },
    /// Issued by or for another server.
    #[error("the claim `{claim}` names another server")]
    Elsewhere {
        /// `iss` or `aud`.
        claim: &'static str,
    },
    /// The token, or the certificate it is bound to, has expired.
    #[error("the access token has expired")]
    Expired,
    /// It lives longer than this server allows or than its certificate, or was issued in the future.
    #[error("the access token's lifetime is invalid")]
    Lifetime,
    /// Bound to another certificate than the connection's.
    #[error("the access token is bound to another certificate")]
    Certificate,
    /// Issued to another agent than the connection's.
    #[error("the access token was issued to another agent")]
    Subject,
    /// The proof is of another key, or for another token.
    #[error("the access token is bound to a key other than the proof's")]
    ProofKey,
    /// The granted scopes do not read.
    #[error(transparent)]
    Details(#[from] DetailsError),
}

impl TokenError {
    /// The stable machine-readable code.
    #[must_use]
    pub(crate) fn code(&self) -> ProblemCode {
        match self {
            Self::Missing => ProblemCode::TokenMissing,
            Self::Duplicated => ProblemCode::TokenDuplicated,
            Self::Scheme => ProblemCode::TokenScheme,
            Self::Malformed => ProblemCode::TokenHeader,
            Self::Jws(JwsError::Signature | JwsError::KeyMismatch) => ProblemCode::TokenSignature,
            Self::Jws(_) => ProblemCode::TokenMalformed,
            Self::Type => ProblemCode::TokenType,
            Self::Claim { .. } | Self::UnknownClaim { .. } | Self::Details(_) => ProblemCode::TokenClaims,
            Self::Elsewhere { .. } => ProblemCode::TokenAudience,
            Self::Expired => ProblemCode::TokenExpired,
            Self::Lifetime => ProblemCode::TokenLifetime,
            Self::Certificate => ProblemCode::TokenCertificate,
            Self::Subject => ProblemCode::TokenSubject,
            Self::ProofKey => ProblemCode::TokenProofKey,
        }
    }
}
