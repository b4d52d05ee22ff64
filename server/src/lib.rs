//! permitd: mutual TLS, DPoP, tokens and the decision endpoint.
//!
//! A request is let in step by step, each step a type: the connection's certificate becomes a
//! [`certificate::PeerIdentity`], the access token becomes a [`token::CertificateBoundToken`], the DPoP header becomes
//! a [`dpop::DpopProof`], and only both together make a [`token::VerifiedToken`].

#![forbid(unsafe_code)]

pub mod authorization_details;
pub mod certificate;
pub mod config;
pub mod dpop;
pub mod jose;
pub mod listener;
pub mod oauth_error;
pub mod pki;
pub mod problem;
pub mod replay;
pub mod spiffe;
pub mod strict_json;
pub mod tls;
pub mod token;
pub mod uri;

#[cfg(test)]
mod test_pki;
