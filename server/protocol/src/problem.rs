//! Every problem that `permitd` returns (RFC 9457), and every error of its token endpoint (RFC 6749, section 5.2): one
//! table of each, from which status, title and documentation are derived.

use std::fmt;

/// Whether a rejection is recorded in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Recorded.
    Yes,
    /// Recorded if the request was for a decision.
    Decisions,
    /// Not recorded.
    No,
    /// The request may have been decided and recorded; the response does not tell.
    Unknown,
}

impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Yes => "yes",
            Self::Decisions => "at `/v1/decisions`",
            Self::No => "no",
            Self::Unknown => "unknown",
        })
    }
}

macro_rules! problem_codes {
    ($($variant:ident $code:literal $status:literal $recorded:ident $title:literal, $advice:literal;)*) => {
        /// The stable code of a problem. Codes are never renamed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum ProblemCode {
            $(
                #[doc = $title]
                $variant,
            )*
        }

        impl ProblemCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code's text.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// A short summary, the same for every occurrence.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// What the caller should do; empty if the title says enough.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice),* }
            }

            /// Whether the rejection is recorded.
            #[must_use]
            pub const fn recorded(self) -> Recorded {
                match self { $(Self::$variant => Recorded::$recorded),* }
            }
        }
    };
}

problem_codes! {
    InvalidRequest "invalid_request" 400 Decisions "the request is malformed or does not match the policy's types", "correct the request; `field` names the part at fault";
    InvalidBody "invalid_body" 400 Decisions "the body could not be read", "";
    BodyTooLarge "body_too_large" 413 Decisions "the body is larger than this server accepts", "";
    ContentType "content_type" 415 Decisions "unsupported media type", "send `application/json`";
    TokenMissing "token_missing" 401 No "missing access token", "send `Authorization: DPoP …`";
    TokenDuplicated "token_duplicated" 400 Yes "more than one access token", "send one header, and no token in the query";
    TokenHeader "token_header" 400 Yes "malformed Authorization header", "send `DPoP`, a space and the token";
    TokenScheme "token_scheme" 401 Yes "wrong authentication scheme", "send the token with the scheme `DPoP`";
    TokenMalformed "token_malformed" 401 Yes "malformed access token", "";
    TokenSignature "token_signature" 401 Yes "the token is not signed by this server", "";
    TokenType "token_type" 401 Yes "not an access token", "";
    TokenClaims "token_claims" 401 Yes "the token's claims are missing, malformed or unknown", "";
    TokenAudience "token_audience" 401 Yes "the token is for another server", "";
    TokenLifetime "token_lifetime" 401 Yes "invalid token lifetime", "";
    TokenExpired "token_expired" 401 Yes "the token has expired", "request a new token";
    TokenCertificate "token_certificate" 401 Yes "the token is bound to another certificate", "request a token with this certificate";
    TokenSubject "token_subject" 401 Yes "the token was issued to another identity", "";
    TokenProofKey "token_proof_key" 401 Yes "the token is bound to another proof key", "";
    ProofMissing "proof_missing" 401 Yes "missing DPoP proof", "send a `DPoP` header";
    ProofDuplicated "proof_duplicated" 401 Yes "more than one DPoP proof", "";
    ProofMalformed "proof_malformed" 401 Yes "malformed DPoP proof", "";
    ProofType "proof_type" 401 Yes "the proof's `typ` is not `dpop+jwt`", "";
    ProofAlgorithm "proof_algorithm" 401 Yes "the proof's algorithm is unsupported or does not match its key", "use ES256 or EdDSA (Ed25519)";
    ProofSignature "proof_signature" 401 Yes "invalid proof signature", "";
    ProofPrivateKey "proof_private_key" 401 Yes "the proof's `jwk` contains a private key", "replace this key: it is compromised";
    ProofMethod "proof_method" 401 Yes "the proof is for another method", "";
    ProofUri "proof_uri" 401 Yes "the proof is for another URI", "`htu` must be the server's `public_url` followed by the path";
    ProofTime "proof_time" 401 Yes "the proof's `iat` is too far from the server's time", "synchronize the clock";
    ProofTokenHash "proof_token_hash" 401 Yes "the proof's `ath` does not match the access token", "";
    ProofKey "proof_key" 401 Yes "the proof's key is not the one the token is bound to", "";
    ProofReplayed "proof_replayed" 401 Yes "the proof has already been used", "create a fresh proof for every request and every retry";
    ReplayMemoryFull "replay_memory_full" 503 Yes "the server cannot remember any more used proofs", "retry later with a fresh proof";
    CertificateExpired "certificate_expired" 401 No "the client certificate has expired", "connect with a new certificate";
    UnknownAgent "unknown_agent" 403 Yes "no agent in the facts has this identity", "people are not agents";
    NotAPerson "not_a_person" 403 No "no person in the facts has this identity", "only people can view and decide reviews";
    NotAnApprover "not_an_approver" 403 No "the rule does not name this person as an approver", "";
    ReviewNotFound "review_not_found" 404 No "no such review, or it ended long ago", "";
    ReviewTimedOut "review_timed_out" 409 No "the review has timed out", "";
    ReviewDeclined "review_declined" 409 No "the review was declined", "";
    ReviewUsed "review_used" 409 No "the review was approved and has been used", "";
    PersonTooLong "person_too_long" 409 No "the person's name is too long to record", "";
    ReviewOfOtherPolicy "review_of_other_policy" 409 No "the review belongs to another policy", "the agent must repeat the request";
    DecisionNotFound "decision_not_found" 404 No "no such decision, or it is another agent's", "";
    HoldNotOpen "hold_not_open" 409 No "no open hold of this amount", "the hold was confirmed, released or has expired, or there was none";
    IdempotencyConflict "idempotency_conflict" 409 No "the idempotency key was used for a different request", "";
    IdempotencyFull "idempotency_full" 503 No "too many idempotency keys in use", "retry later, or without a key";
    Busy "busy" 503 No "too many requests are waiting", "retry later; nothing was charged";
    Stopping "stopping" 503 No "the server is shutting down", "retry later or on another server; nothing was charged";
    AuditUnavailable "audit_unavailable" 503 Unknown "the log cannot be written", "see [unknown outcomes](#unknown-outcomes)";
    RequestTimeout "request_timeout" 504 Unknown "the request took too long", "see [unknown outcomes](#unknown-outcomes)";
    Randomness "randomness" 500 Decisions "no randomness from the operating system", "nothing was charged; retry later";
    Unrecordable "unrecordable" 500 No "the request cannot be recorded", "nothing was charged; the size of a record is limited";
    RecordNotFound "record_not_found" 404 No "the log has no such record yet", "";
    InvalidIndex "invalid_index" 400 No "the index is not a non-negative integer", "";
    NotFound "not_found" 404 No "no such route", "";
    MethodNotAllowed "method_not_allowed" 405 No "this route does not support the method", "";
    Internal "internal" 500 No "internal server error", "see the server's log";
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The `error` of a response of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthErrorKind {
    /// A parameter is missing, repeated or malformed (RFC 6749, section 5.2).
    InvalidRequest,
    /// `client_id` is not the certificate's identity.
    InvalidClient,
    /// A grant other than `client_credentials`.
    UnsupportedGrantType,
    /// RFC 9449, section 5.
    InvalidDpopProof,
    /// RFC 9396, section 5.
    InvalidAuthorizationDetails,
    /// RFC 8707, section 2.
    InvalidTarget,
    /// The client is not authorized to request a token.
    UnauthorizedClient,
    /// At capacity; retry later.
    TemporarilyUnavailable,
    /// An internal error.
    ServerError,
}

impl OauthErrorKind {
    /// The text of `error`.
    #[must_use]
    pub const fn error(self) -> &'static str {
        match self {
            Self::InvalidRequest => "invalid_request",
            Self::InvalidClient => "invalid_client",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidDpopProof => "invalid_dpop_proof",
            Self::InvalidAuthorizationDetails => "invalid_authorization_details",
            Self::InvalidTarget => "invalid_target",
            Self::UnauthorizedClient => "unauthorized_client",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
            Self::ServerError => "server_error",
        }
    }

    /// The HTTP status.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::InvalidClient => 401,
            Self::TemporarilyUnavailable => 503,
            Self::ServerError => 500,
            Self::InvalidRequest
            | Self::UnsupportedGrantType
            | Self::InvalidDpopProof
            | Self::InvalidAuthorizationDetails
            | Self::InvalidTarget
            | Self::UnauthorizedClient => 400,
        }
    }
}

macro_rules! token_codes {
    ($($variant:ident $code:literal $kind:ident $title:literal;)*) => {
        /// The more specific `code` beside `error` in a response of the token endpoint. A rejected proof has its [`ProblemCode`]
        /// there.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum TokenErrorCode {
            $(
                #[doc = $title]
                $variant,
            )*
        }

        impl TokenErrorCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code's text.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// The `error` beside it.
            #[must_use]
            pub const fn kind(self) -> OauthErrorKind {
                match self { $(Self::$variant => OauthErrorKind::$kind),* }
            }

            /// A short summary.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }
        }
    };
}

token_codes! {
    ContentType "content_type" InvalidRequest "the body is not a form";
    Body "body" InvalidRequest "the body could not be read";
    Form "form" InvalidRequest "the form could not be read";
    GrantTypeMissing "grant_type_missing" InvalidRequest "missing `grant_type`";
    ParameterTwice "parameter_twice" InvalidRequest "a parameter is repeated";
    Path "path" InvalidRequest "the path is not part of a valid URI";
    GrantType "grant_type" UnsupportedGrantType "the only supported `grant_type` is `client_credentials`";
    AuthorizationDetails "authorization_details" InvalidAuthorizationDetails "`authorization_details` are malformed or do not match the policy";
    ScopeRequired "scope_required" InvalidAuthorizationDetails "this server requires at least one scope";
    ScopeOfPerson "scope_of_person" InvalidAuthorizationDetails "people cannot have scopes";
    GrantMalformed "grant_malformed" InvalidAuthorizationDetails "the task grant is malformed";
    GrantJwtType "grant_jwt_type" InvalidAuthorizationDetails "not a task grant";
    GrantIssuer "grant_issuer" InvalidAuthorizationDetails "unknown grant issuer";
    GrantSignature "grant_signature" InvalidAuthorizationDetails "the grant is not signed by its issuer";
    GrantSubject "grant_subject" InvalidAuthorizationDetails "the grant is for another agent";
    GrantAudience "grant_audience" InvalidAuthorizationDetails "the grant is for another server";
    GrantExpired "grant_expired" InvalidAuthorizationDetails "the grant has expired";
    GrantTimes "grant_times" InvalidAuthorizationDetails "the grant's times are in the future or inconsistent";
    GrantClaims "grant_claims" InvalidAuthorizationDetails "the grant's claims are missing, malformed or unknown";
    Resource "resource" InvalidTarget "`resource` is not this server";
    UnknownAgent "unknown_agent" UnauthorizedClient "no agent or person in the facts has this identity";
    ClientId "client_id" InvalidClient "`client_id` is not the certificate's identity";
    CertificateEnds "certificate_ends" InvalidClient "the certificate is about to expire";
    Randomness "randomness" ServerError "the operating system's random generator failed";
}

impl fmt::Display for TokenErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests;
