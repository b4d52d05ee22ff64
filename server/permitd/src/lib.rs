//! permitd: mutual TLS, DPoP, tokens and the decision endpoint.
//!
//! A request is let in step by step, each step a type: the connection's certificate becomes a
//! [`certificate::PeerIdentity`], the access token becomes a [`token::CertificateBoundToken`], the DPoP header becomes
//! a [`dpop::DpopProof`], and only both together make a [`token::VerifiedToken`].

#![forbid(unsafe_code)]

mod app;
mod authenticate;
pub mod authorization_details;
pub mod certificate;
mod cli;
pub mod config;
pub mod dpop;
mod export;
pub mod grant;
pub mod jose;
pub mod listener;
pub mod oauth_error;
pub mod pki;
mod policy_files;
pub mod problem;
mod receipt;
mod reload;
pub mod replay;
mod routes;
mod setup;
pub mod spiffe;
mod start;
pub mod tls;
pub mod token;
pub mod uri;

pub use cli::main;
pub use config::Config;
pub use export::export_log;
pub use reload::Reloader;
pub use setup::{InitOptions, SetupError, init, issue_certificate};
pub use start::{Server, StartError};

#[cfg(test)]
mod test_pki;
