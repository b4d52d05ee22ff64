//! Server metadata (RFC 8414, with the members of RFC 8705, RFC 9396 and RFC 9449).

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::app::Shared;
use crate::receipt::json_response;
use crate::routes::token;
use permit_protocol::authorization_details::DETAIL_TYPE;

pub(super) async fn authorization_server(State(app): State<Shared>) -> Response {
    let issuer = app.base.as_str();
    let body = json!({
        "issuer": issuer,
        "token_endpoint": format!("{issuer}{}", token::PATH),
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": ["tls_client_auth"],
        "tls_client_certificate_bound_access_tokens": true,
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
        "authorization_details_types_supported": [DETAIL_TYPE],
        "response_types_supported": [],
    });
    json_response(StatusCode::OK, "application/json", &body)
}
