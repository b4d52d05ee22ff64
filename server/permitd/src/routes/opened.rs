//! From a request to an authenticated caller, and the rejections on the way.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use permit_audit::TraceId;
use permit_protocol::problem::ProblemCode;
use permit_service::Caller;
use permit_types::ask::Ask;
use permit_types::digest::Digest;
use permit_types::strict_json;
use permit_types::verdict::Layer;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::app::{App, Received, caller};
use crate::authenticate::{AuthenticationError, authenticate};
use crate::certificate::PeerIdentity;
use crate::problem::Problem;
use crate::receipt::{Evidence, decided};

/// The most characters of a reason that a caller gives.
const REASON_CHARS_MAX: usize = 512;

/// A caller's reason, cut to its bound.
pub(super) fn bounded(reason: Option<String>) -> Option<String> {
    reason.map(|reason| reason.chars().take(REASON_CHARS_MAX).collect())
}

/// The caller, after layer 2, and the body, which may be empty.
pub(super) async fn authenticated<T: DeserializeOwned + Default>(
    app: &App,
    request: Request,
    now_ms: i64,
) -> Result<(Caller, T), Problem> {
    let Opened { parts, identity, body, received } = open(request).await?;
    let token = match authenticate(app, &identity, &parts, now_ms) {
        Ok(token) => token,
        Err(error) => return Err(refuse(app, &identity, error, None, received, now_ms).await),
    };
    let body =
        body.and_then(|body| if body.is_empty() { Ok(T::default()) } else { read(&parts.headers, &body) });
    Ok((caller(&identity, Some(token.proof()), received), body?))
}

/// The parts of a request.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) parts: Parts,
    /// Who sent it.
    pub(super) identity: Arc<PeerIdentity>,
    /// Its body, if that could be read.
    pub(super) body: Result<Bytes, Problem>,
    /// The part of it that is recorded.
    pub(super) received: Received,
}

pub(super) async fn open(request: Request) -> Result<Opened, Problem> {
    let (mut parts, body) = request.into_parts();
    let Some(identity) = parts.extensions.get::<Arc<PeerIdentity>>().cloned() else {
        return Err(Problem::internal("a request without a certificate"));
    };
    // The limit of bodies is among the extensions.
    let mut request = Request::new(body);
    *request.extensions_mut() = std::mem::take(&mut parts.extensions);
    let body = Bytes::from_request(request, &()).await.map_err(body_problem);
    let body_digest = body.as_ref().ok().map(|body| Digest::of(body));
    let received = Received { body_digest, trace_id: trace_id(&parts.headers) };
    Ok(Opened { parts, identity, body, received })
}

/// The trace of a `traceparent` (W3C Trace Context, section 3.2): `<version>-<trace id>-<parent id>-<flags>`. A malformed one
/// is no trace, as that section wants it.
fn trace_id(headers: &HeaderMap) -> Option<TraceId> {
    let mut values = headers.get_all("traceparent").iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let mut parts = value.to_str().ok()?.splitn(4, '-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let is_hex = |text: &str, digits: usize| {
        text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    // A later version may have more behind the flags.
    let flags = if version == "00" { flags } else { flags.split('-').next()? };
    let is_sound = is_hex(version, 2) && version != "ff" && is_hex(flags, 2);
    let has_parent = is_hex(parent, 16) && parent.bytes().any(|byte| byte != b'0');
    if is_sound && has_parent { trace.parse().ok() } else { None }
}

fn body_problem(error: BytesRejection) -> Problem {
    let status = error.into_response().status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::of(ProblemCode::BodyTooLarge);
    }
    Problem::of(ProblemCode::InvalidBody)
}

/// Checks that a body is said to be JSON.
pub(super) fn check_media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let media_type = headers.get(axum::http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "the body must be application/json";
        return Err(Problem::new(ProblemCode::ContentType, detail));
    }
    Ok(())
}

fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    check_media_type(headers)?;
    let invalid = |detail: String| Problem::new(ProblemCode::InvalidRequest, detail);
    let json = strict_json::parse_object(body).map_err(|error| invalid(error.to_string()))?;
    // A struct would also be read from an array.
    serde_json::from_value(Value::Object(json)).map_err(|error| invalid(error.to_string()))
}

/// Records a refusal of layer 2 and answers with its problem and the record.
pub(super) async fn refuse(
    app: &App,
    identity: &PeerIdentity,
    error: AuthenticationError,
    ask: Option<&Ask<'_>>,
    received: Received,
    now_ms: i64,
) -> Problem {
    if !error.is_an_attempt() {
        return error.into();
    }
    let (caller, reason) = (caller(identity, None, received), error.reason());
    let refuse = || app.service.refuse(&caller, ask, Layer::Dpop, reason.clone(), now_ms);
    match decided(refuse).await {
        Ok(receipt) => Problem::from(error).with(Evidence::of(&receipt)),
        Err(unrecorded) => unrecorded.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_read_where_it_is_well_formed() {
        let of = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("traceparent", value.parse().unwrap());
            }
            trace_id(&headers).map(|id| id.to_string())
        };
        let trace = "0af7651916cd43dd8448eb211c80319c";
        let good = format!("00-{trace}-b7ad6b7169203331-01");
        assert_eq!(of(&[&good]), Some(trace.to_owned()));
        assert_eq!(of(&[&format!("01-{trace}-b7ad6b7169203331-01-more")]), Some(trace.to_owned()));
        assert_eq!(of(&[&good, &good]), None);
        for wrong in [
            format!("{good}-more"),
            good.replacen("00", "ff", 1),
            good.replacen("00", "0", 1),
            good.to_uppercase(),
            good.replace(trace, &"0".repeat(32)),
            good.replace("b7ad6b7169203331", "0000000000000000"),
            good.replace("-01", ""),
            good.replace("-01", "-1"),
            String::new(),
        ] {
            assert_eq!(of(&[&wrong]), None, "{wrong}");
        }
    }
}
