//! Every problem that `permitd` answers with (RFC 9457), and every error of its token endpoint (RFC 6749, section 5.2):
//! one table of each, from which status, title and documentation follow.

use std::fmt;

/// Whether a refusal leaves a record in the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// It does.
    Yes,
    /// It does where a decision was asked for.
    Decisions,
    /// It does not.
    No,
    /// The request may have been decided and recorded; nobody can say from the answer.
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

            /// What the caller should do; empty where the title says it all.
            #[must_use]
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice),* }
            }

            /// Whether the refusal leaves a record.
            #[must_use]
            pub const fn recorded(self) -> Recorded {
                match self { $(Self::$variant => Recorded::$recorded),* }
            }
        }
    };
}

problem_codes! {
    InvalidRequest "invalid_request" 400 Decisions "the request does not fit its form or the policy's types", "correct the request; `field` says where";
    InvalidBody "invalid_body" 400 Decisions "the body could not be read", "";
    BodyTooLarge "body_too_large" 413 Decisions "the body is larger than this server takes", "";
    ContentType "content_type" 415 Decisions "the body's media type is not supported", "send `application/json`";
    TokenMissing "token_missing" 401 No "no access token", "send `Authorization: DPoP …`";
    TokenDuplicated "token_duplicated" 400 Yes "more than one access token", "send one header, and no token in the query";
    TokenHeader "token_header" 400 Yes "malformed Authorization header", "send `DPoP`, a space and the token";
    TokenScheme "token_scheme" 401 Yes "wrong authentication scheme", "send the token with the scheme `DPoP`";
    TokenMalformed "token_malformed" 401 Yes "not a token of this server", "";
    TokenSignature "token_signature" 401 Yes "the token is not signed by this server", "";
    TokenType "token_type" 401 Yes "not an access token", "";
    TokenClaims "token_claims" 401 Yes "the token's claims are not those of this server", "";
    TokenAudience "token_audience" 401 Yes "the token is for another server", "";
    TokenLifetime "token_lifetime" 401 Yes "the token's lifetime is not one this server gives", "";
    TokenExpired "token_expired" 401 Yes "the token has expired", "get a new token";
    TokenCertificate "token_certificate" 401 Yes "the token is bound to another certificate", "get a token over this connection's certificate";
    TokenSubject "token_subject" 401 Yes "the token was issued to another identity", "";
    TokenProofKey "token_proof_key" 401 Yes "the token is bound to another proof key", "";
    ProofMissing "proof_missing" 401 Yes "no DPoP proof", "send a `DPoP` header";
    ProofDuplicated "proof_duplicated" 401 Yes "more than one DPoP proof", "";
    ProofMalformed "proof_malformed" 401 Yes "malformed DPoP proof", "";
    ProofType "proof_type" 401 Yes "the proof's `typ` is not `dpop+jwt`", "";
    ProofAlgorithm "proof_algorithm" 401 Yes "the proof's algorithm is not accepted", "use ES256 or EdDSA (Ed25519)";
    ProofSignature "proof_signature" 401 Yes "the proof's signature does not verify", "";
    ProofPrivateKey "proof_private_key" 401 Yes "the proof's `jwk` holds a private key", "replace this key: it is compromised";
    ProofMethod "proof_method" 401 Yes "the proof is for another method", "";
    ProofUri "proof_uri" 401 Yes "the proof is for another address", "`htu` is the server's `public_url` and the path";
    ProofTime "proof_time" 401 Yes "the proof's `iat` is too far from the server's time", "set the clock";
    ProofTokenHash "proof_token_hash" 401 Yes "the proof is for another token", "";
    ProofKey "proof_key" 401 Yes "the proof's key is not the one the token is bound to", "";
    ProofReplayed "proof_replayed" 401 Yes "the proof has been used", "make a fresh proof for every request and every retry";
    ReplayMemoryFull "replay_memory_full" 503 Yes "the server cannot remember more proofs", "try again later with a fresh proof";
    CertificateExpired "certificate_expired" 401 No "the client certificate has expired", "connect with a new certificate";
    UnknownAgent "unknown_agent" 403 Yes "the facts know no agent of this identity", "a person is no agent";
    NotAPerson "not_a_person" 403 No "the facts know no person of this identity", "only persons see and decide reviews";
    NotAnApprover "not_an_approver" 403 No "the rule leaves the review to others", "";
    ReviewNotFound "review_not_found" 404 No "no such review, or one long over", "";
    ReviewTimedOut "review_timed_out" 409 No "the review has timed out", "";
    ReviewDeclined "review_declined" 409 No "the review was declined", "";
    ReviewUsed "review_used" 409 No "the review was approved and used", "";
    PersonTooLong "person_too_long" 409 No "the person's name is too long to be recorded", "";
    ReviewOfOtherPolicy "review_of_other_policy" 409 No "another policy asked for the review", "the agent must ask anew";
    DecisionNotFound "decision_not_found" 404 No "no such decision, or another agent's", "";
    HoldNotOpen "hold_not_open" 409 No "nothing is held, or not this amount", "the hold was confirmed, released or expired, or there was none";
    IdempotencyConflict "idempotency_conflict" 409 No "the idempotency key was used for another request", "";
    IdempotencyFull "idempotency_full" 503 No "too many idempotency keys are remembered", "repeat later, or without a key";
    Busy "busy" 503 No "too many requests wait", "repeat later; nothing was charged";
    Stopping "stopping" 503 No "the server shuts down", "repeat elsewhere or later; nothing was charged";
    AuditUnavailable "audit_unavailable" 503 Unknown "the log cannot be written", "see [unknown outcomes](#unknown-outcomes)";
    RequestTimeout "request_timeout" 504 Unknown "the request took too long", "see [unknown outcomes](#unknown-outcomes)";
    Randomness "randomness" 500 Decisions "no randomness from the operating system", "the server's own fault; nothing was charged; repeat later";
    Unrecordable "unrecordable" 500 No "no record of the request can be made", "nothing was charged; a record holds a bounded number of bytes";
    RecordNotFound "record_not_found" 404 No "the log has no such record yet", "";
    InvalidIndex "invalid_index" 400 No "an index is a number from 0", "";
    NotFound "not_found" 404 No "there is nothing at this path", "";
    MethodNotAllowed "method_not_allowed" 405 No "this path does not take this method", "";
    Internal "internal" 500 No "the server's own fault", "see its log";
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What `error` says in an answer of the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthErrorKind {
    /// A parameter is missing, repeated or malformed (RFC 6749, section 5.2).
    InvalidRequest,
    /// The client is not the one of the certificate.
    InvalidClient,
    /// A grant other than `client_credentials`.
    UnsupportedGrantType,
    /// RFC 9449, section 5.
    InvalidDpopProof,
    /// RFC 9396, section 5.
    InvalidAuthorizationDetails,
    /// RFC 8707, section 2.
    InvalidTarget,
    /// This client may not have what it asks for.
    UnauthorizedClient,
    /// Out of room; try again later.
    TemporarilyUnavailable,
    /// The server's own fault.
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
        /// The finer `code` beside `error` in an answer of the token endpoint. A refused proof has its [`ProblemCode`] there.
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
    GrantTypeMissing "grant_type_missing" InvalidRequest "no `grant_type`";
    ParameterTwice "parameter_twice" InvalidRequest "a parameter stands twice";
    Path "path" InvalidRequest "the path is no address";
    GrantType "grant_type" UnsupportedGrantType "only `client_credentials` is granted";
    AuthorizationDetails "authorization_details" InvalidAuthorizationDetails "the details do not fit their form or the policy";
    ScopeRequired "scope_required" InvalidAuthorizationDetails "this server issues no token without a scope";
    ScopeOfPerson "scope_of_person" InvalidAuthorizationDetails "a person has no scopes";
    GrantMalformed "grant_malformed" InvalidAuthorizationDetails "the task grant is malformed";
    GrantJwtType "grant_jwt_type" InvalidAuthorizationDetails "not a task grant";
    GrantIssuer "grant_issuer" InvalidAuthorizationDetails "this server knows no such issuer";
    GrantSignature "grant_signature" InvalidAuthorizationDetails "the grant is not signed by its issuer";
    GrantSubject "grant_subject" InvalidAuthorizationDetails "the grant is for another agent";
    GrantAudience "grant_audience" InvalidAuthorizationDetails "the grant is for another server";
    GrantExpired "grant_expired" InvalidAuthorizationDetails "the grant has expired";
    GrantTimes "grant_times" InvalidAuthorizationDetails "the grant's times are in the future or in disorder";
    GrantClaims "grant_claims" InvalidAuthorizationDetails "the grant's claims are missing, malformed or unknown";
    Resource "resource" InvalidTarget "`resource` is not this server";
    UnknownAgent "unknown_agent" UnauthorizedClient "the facts know no agent and no person of this identity";
    ClientId "client_id" InvalidClient "`client_id` is not the certificate's identity";
    CertificateEnds "certificate_ends" InvalidClient "the certificate is about to expire";
    Randomness "randomness" ServerError "no randomness from the operating system";
}

impl fmt::Display for TokenErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

#[cfg(test)]
mod tests;
