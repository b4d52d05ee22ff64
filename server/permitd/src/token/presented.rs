//! Where a request carries its token.

use super::TokenError;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

const SCHEME: &str = "DPoP";

/// Takes the token out of a request: exactly one `Authorization` header with the scheme `DPoP`, and no other way of
/// sending a token beside it.
///
/// # Errors
/// [`TokenError::Missing`], [`TokenError::Duplicated`], [`TokenError::Scheme`] or [`TokenError::Malformed`].
pub(crate) fn presented_token<'h>(
    headers: &'h HeaderMap,
    query: Option<&str>,
) -> Result<&'h str, TokenError> {
    if query.is_some_and(|query| query.to_ascii_lowercase().contains("access_token")) {
        return Err(TokenError::Duplicated);
    }
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(TokenError::Missing)?;
    if values.next().is_some() {
        return Err(TokenError::Duplicated);
    }
    let value = value.to_str().map_err(|_| TokenError::Malformed)?;
    let (scheme, token) = value.split_once(' ').ok_or(TokenError::Malformed)?;
    if !scheme.eq_ignore_ascii_case(SCHEME) {
        return Err(TokenError::Scheme);
    }
    let of_token = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if token.is_empty() || !token.bytes().all(of_token) {
        return Err(TokenError::Malformed);
    }
    Ok(token)
}
