//! The parts of a request that are recorded: digests, commitments, and their openings.

use std::borrow::Cow;

use permit_audit::{Disclosure, RESOURCE_BYTES_MAX, Salt, Scope};
use permit_engine::RequestText;
use permit_journal::Decide;
use permit_types::digest::Digest;
use permit_types::verdict::{Reason, ReasonCode};

use crate::service::{ScopeGrant, TokenScope};

/// The most arguments, and the most claims, of one request: a record has room for this many commitments.
const VALUES_MAX: usize = 128;

/// The token's scopes. Their parameters are recorded by digest.
pub(crate) fn scopes(scopes: &[TokenScope]) -> Vec<Scope> {
    let recorded = scopes.iter().filter_map(|TokenScope { claim, grant, .. }| {
        // Parameters that have no canonical JSON fit no scope, which then denies.
        let parameters = permit_audit::canonical_digest(&claim.parameters).ok()?;
        let (issuer, grant) = grant.clone().map(|ScopeGrant { issuer, jti }| (issuer, jti)).unzip();
        Some(Scope { grant, issuer, name: claim.scope.clone(), parameters })
    });
    recorded.collect()
}

/// The resource as it is, or by its digest when it is too long.
pub(crate) fn resource(text: Option<String>) -> (Option<String>, Option<Digest>) {
    match text {
        Some(text) if text.len() > RESOURCE_BYTES_MAX => (None, Some(Digest::of(text.as_bytes()))),
        text => (text, None),
    }
}

/// Writes the request as the policy reads it into the draft: its digest, and commitments to its arguments and claims.
///
/// # Errors
/// A reason to deny when a value is too large to be committed to, or there are too many, or no randomness for the salts.
pub(crate) fn request(text: RequestText<'_>, decide: &mut Decide) -> Result<(), Reason> {
    commit(text, decide, getrandom::fill)
}

/// The same, with salts that `fill` draws.
fn commit(
    text: RequestText<'_>,
    decide: &mut Decide,
    fill: impl Fn(&mut [u8]) -> Result<(), getrandom::Error>,
) -> Result<(), Reason> {
    let refused = |message: String| Reason::new(ReasonCode::InvalidRequest, message);
    if text.arguments.len() > VALUES_MAX || text.claims.len() > VALUES_MAX {
        return Err(refused(format!("more than {VALUES_MAX} arguments or claims")));
    }
    let digest = Digest::of(&text.canonical_json().map_err(|error| refused(error.to_string()))?);
    let arguments = text.arguments.len();
    let mut salts = vec![Salt::default(); arguments + text.claims.len()];
    fill(salts.as_flattened_mut()).map_err(|error| {
        // The request is not at fault, so the key must not remember this answer.
        decide.draft.idempotency_key = None;
        Reason::new(ReasonCode::Randomness, format!("no randomness from the operating system: {error}"))
    })?;
    let disclosed = text.arguments.into_iter().map(|(name, value)| (Cow::Borrowed(name), value));
    let disclosed = disclosed.chain(text.claims.into_iter().map(|(name, value)| (Cow::Owned(name), value)));
    for (place, ((name, value), salt)) in disclosed.zip(&salts).enumerate() {
        let made = Disclosure::new(salt, &name, value.into());
        let made = made.map_err(|error| refused(format!("`{name}`: {error}")))?;
        let draft = &mut decide.draft;
        let of = if place < arguments { &mut draft.arguments } else { &mut draft.claims };
        of.insert(name.into_owned(), made.commitment());
        decide.openings.push(made.into_text());
    }
    decide.draft.request_digest = Some(digest);
    Ok(())
}

#[cfg(test)]
mod tests;
