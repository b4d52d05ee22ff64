//! Layer 2 for a request with a token: from headers to a [`VerifiedToken`].

use axum::http::request::Parts;
use permit_types::verdict::{Reason, ReasonCode};

use crate::app::App;
use crate::certificate::PeerIdentity;
use crate::token::{TokenError, VerifiedToken, presented_token};
use permit_protocol::dpop::{ProofContext, ProofError, UnverifiedProof};
use permit_protocol::problem::ProblemCode;
use permit_protocol::uri::UriError;

/// Why layer 2 refuses a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthenticationError {
    /// The access token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The path cannot be written as a proof's `htu`.
    #[error("the path is no target: {0}")]
    Target(#[from] UriError),
}

impl AuthenticationError {
    /// Whether the caller tried at all: who sends no token and no proof leaves no record.
    pub(crate) fn is_an_attempt(&self) -> bool {
        !matches!(self, Self::Token(TokenError::Missing))
    }

    /// The reason as a record has it.
    pub(crate) fn reason(&self) -> Reason {
        let code = match self {
            Self::Token(_) => ReasonCode::InvalidToken,
            Self::Proof(ProofError::Replayed) => ReasonCode::ReplayedProof,
            Self::Proof(_) | Self::Target(_) => ReasonCode::InvalidProof,
        };
        Reason { code, hint: None, message: self.to_string(), name: Some(self.code().code().to_owned()) }
    }

    fn code(&self) -> ProblemCode {
        match self {
            Self::Token(error) => error.code(),
            Self::Proof(error) => error.code(),
            Self::Target(_) => ProblemCode::ProofUri,
        }
    }
}

/// Verifies token and proof of a request.
pub(crate) fn authenticate(
    app: &App,
    identity: &PeerIdentity,
    parts: &Parts,
    now_ms: i64,
) -> Result<VerifiedToken, AuthenticationError> {
    let token = presented_token(&parts.headers, parts.uri.query())?;
    let token = app.tokens.verify(token, identity, now_ms)?;
    let target = app.base.target(parts.uri.path())?;
    let context = ProofContext {
        method: &parts.method,
        target: &target,
        proof_use: token.proof_use(),
        now_ms,
        window_ms: app.limits.proof_window_ms.into(),
    };
    let proof = UnverifiedProof::from_headers(&parts.headers)?.verify(&context, &app.replay)?;
    Ok(token.bind(proof)?)
}
