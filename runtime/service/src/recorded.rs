//! The parts of a request that are recorded: digests, commitments, and their openings.

use permit_audit::{Digest, Disclosure, RESOURCE_BYTES_MAX, Salt, Scope};
use permit_engine::RequestText;
use permit_journal::Decide;
use permit_types::verdict::{Reason, ReasonCode};

use crate::service::TokenScope;

/// The most arguments, and the most claims, of one request: a record has room for this many commitments.
const VALUES_MAX: usize = 128;

/// The token's scopes. Their parameters are recorded by digest.
pub(crate) fn scopes(scopes: &[TokenScope]) -> Vec<Scope> {
    let recorded = scopes.iter().filter_map(|TokenScope { claim, issuer, .. }| {
        // Parameters that have no canonical JSON fit no scope, which then denies.
        let parameters = Digest::of_json(&claim.parameters).ok()?;
        Some(Scope { grant: None, issuer: issuer.clone(), name: claim.scope.clone(), parameters })
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
pub(crate) fn request(text: &RequestText, decide: &mut Decide) -> Result<(), Reason> {
    let refused = |message: String| Reason::new(ReasonCode::InvalidRequest, message);
    if text.arguments.len() > VALUES_MAX || text.claims.len() > VALUES_MAX {
        return Err(refused(format!("more than {VALUES_MAX} arguments or claims")));
    }
    let digest = Digest::of_json(text).map_err(|error| refused(error.to_string()))?;
    let values = text.arguments.iter().chain(&text.claims);
    let disclosures = values.map(|(name, value)| {
        let mut salt = Salt::default();
        getrandom::fill(&mut salt).map_err(|error| refused(format!("no randomness: {error}")))?;
        Disclosure::new(&salt, name, &value.as_str().into())
            .map_err(|error| refused(format!("`{name}`: {error}")))
    });
    let disclosures = disclosures.collect::<Result<Vec<_>, Reason>>()?;
    let commitments = || disclosures.iter().map(|made| (made.name().to_owned(), made.commitment()));
    decide.draft.request_digest = Some(digest);
    decide.draft.arguments = commitments().take(text.arguments.len()).collect();
    decide.draft.claims = commitments().skip(text.arguments.len()).collect();
    decide.openings = disclosures.iter().map(|made| made.as_str().to_owned()).collect();
    Ok(())
}
