//! `POST /v1/token`: client credentials, where the client is the certificate.

use std::sync::Arc;

use axum::Extension;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use permit_engine::Engine;
use serde_json::json;

use crate::app::{App, Shared, check_scope};
use crate::certificate::PeerIdentity;
use crate::oauth_error::OauthError;
use crate::receipt::json_response;
use crate::refusals::{Cause, Noted};
use permit_protocol::authorization_details::{self, GrantedScope, Requested, check_scopes, parse_details};
use permit_protocol::dpop::{ProofContext, ProofUse, UnverifiedProof};
use permit_protocol::problem::TokenErrorCode;

/// The endpoint's path, which its proofs name.
pub(super) const PATH: &str = "/v1/token";

const FORM: &str = "application/x-www-form-urlencoded";

pub(super) async fn issue(
    State(app): State<Shared>,
    Extension(identity): Extension<Arc<PeerIdentity>>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, OauthError> {
    let body = body.map_err(|error| OauthError::new(TokenErrorCode::Body, error.to_string()))?;
    let form = Form::read(&headers, &body)?;
    form.check(&identity, &app)?;
    let now_ms = app.clock.now_ms();
    let Wanted { scopes, ends_ms } = wanted(&app, &identity, form.authorization_details.as_deref(), now_ms)?;
    let target =
        app.base.target(PATH).map_err(|error| OauthError::new(TokenErrorCode::Path, error.to_string()))?;
    let context = ProofContext {
        method: &Method::POST,
        target: &target,
        proof_use: ProofUse::Token,
        now_ms,
        window_ms: app.limits.proof_window_ms.into(),
    };
    // The proof is used up last: a request that fails for another reason may be mended and sent with the same proof.
    let proof = UnverifiedProof::from_headers(&headers)?.verify(&context, &app.replay)?;
    let issued = app.tokens.issue(&identity, &proof, &scopes, ends_ms, now_ms)?;
    tracing::info!(holder = %identity.spiffe_id, jti = issued.jti, scopes = scopes.len(), "token issued");
    let mut answer = json!({
        "access_token": issued.text,
        "token_type": "DPoP",
        "expires_in": issued.expires_ms.saturating_sub(now_ms).div_euclid(1_000),
    });
    if let (false, Some(answer)) = (scopes.is_empty(), answer.as_object_mut()) {
        answer.insert("authorization_details".to_owned(), authorization_details::to_value(&scopes));
    }
    let mut response = json_response(StatusCode::OK, "application/json", &answer);
    response.extensions_mut().insert(Noted::Counted(Cause::TokensIssued));
    Ok(response)
}

/// What a token is to carry.
struct Wanted {
    scopes: Vec<GrantedScope>,
    /// When the first of the grants behind it ends; at the end of time if there is none.
    ends_ms: i64,
}

/// What this client may have. A person does nothing that a scope could bound, and has none.
fn wanted(
    app: &App,
    identity: &PeerIdentity,
    details: Option<&str>,
    now_ms: i64,
) -> Result<Wanted, OauthError> {
    let (engine, holder) = (app.service.engine(), identity.spiffe_id.as_str());
    let none = Wanted { scopes: Vec::new(), ends_ms: i64::MAX };
    match (engine.agent(holder), engine.person(holder), details) {
        (Some(_), _, Some(details)) => scopes(app, &engine, holder, details, now_ms),
        (Some(_), _, None) if app.scope_required => {
            let detail = "this server requires authorization_details";
            Err(OauthError::new(TokenErrorCode::ScopeRequired, detail))
        }
        (Some(_), _, None) | (None, Some(_), None) => Ok(none),
        (None, Some(_), Some(_)) => Err(OauthError::of(TokenErrorCode::ScopeOfPerson)),
        (None, None, _) => Err(OauthError::of(TokenErrorCode::UnknownAgent)),
    }
}

/// The scopes that the agent asks for and those that grants bring, all of which the policy must have.
fn scopes(app: &App, engine: &Engine, agent: &str, details: &str, now_ms: i64) -> Result<Wanted, OauthError> {
    let mut wanted = Wanted { scopes: Vec::new(), ends_ms: i64::MAX };
    for requested in parse_details(details)? {
        match requested {
            Requested::Scope(scope) => wanted.scopes.push(scope),
            Requested::Grant(text) => {
                let grant = app.issuers.verify(&text, agent, app.base.as_str(), now_ms)?;
                tracing::info!(agent, grant = grant.jti, scopes = grant.scopes.len(), "grant presented");
                wanted.scopes.extend(grant.scopes);
                wanted.ends_ms = wanted.ends_ms.min(grant.ends_ms);
            }
        }
    }
    check_scopes(&wanted.scopes, |scope| check_scope(engine, scope, now_ms))?;
    Ok(wanted)
}

/// The parameters of a token request. A parameter that stands twice is refused (RFC 6749, section 3.2); one that is not
/// known is ignored, as the same section says.
#[derive(Debug, Default)]
struct Form {
    grant_type: Option<String>,
    client_id: Option<String>,
    resource: Option<String>,
    authorization_details: Option<String>,
}

impl Form {
    fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, OauthError> {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case(FORM) {
            return Err(OauthError::new(TokenErrorCode::ContentType, format!("the body must be {FORM}")));
        }
        let pairs: Vec<(String, String)> = serde_urlencoded::from_bytes(body)
            .map_err(|error| OauthError::new(TokenErrorCode::Form, error.to_string()))?;
        let mut form = Self::default();
        for (name, value) in pairs {
            let slot = match name.as_str() {
                "grant_type" => &mut form.grant_type,
                "client_id" => &mut form.client_id,
                "resource" => &mut form.resource,
                "authorization_details" => &mut form.authorization_details,
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(OauthError::new(
                    TokenErrorCode::ParameterTwice,
                    format!("`{name}` stands twice"),
                ));
            }
        }
        Ok(form)
    }

    fn check(&self, identity: &PeerIdentity, app: &App) -> Result<(), OauthError> {
        match self.grant_type.as_deref() {
            Some("client_credentials") => {}
            Some(_) => {
                return Err(OauthError::of(TokenErrorCode::GrantType));
            }
            None => return Err(OauthError::of(TokenErrorCode::GrantTypeMissing)),
        }
        if self.client_id.as_deref().is_some_and(|client| client != identity.spiffe_id.as_str()) {
            return Err(OauthError::of(TokenErrorCode::ClientId));
        }
        if self.resource.as_deref().is_some_and(|resource| resource != app.base.as_str()) {
            return Err(OauthError::of(TokenErrorCode::Resource));
        }
        Ok(())
    }
}
