//! permitd: mutual TLS, DPoP, tokens and the decision endpoint.
//!
//! A request is authenticated step by step, each step a type: the connection's certificate becomes a `PeerIdentity`,
//! the access token a `CertificateBoundToken`, the DPoP header a [`permit_protocol::dpop::DpopProof`], and only both
//! together make a `VerifiedToken`.

#![forbid(unsafe_code)]

mod app;
mod authenticate;
mod blocking;
mod certificate;
mod cli;
mod config;
mod export;
mod listener;
mod log;
mod oauth_error;
pub mod pki;
mod policy_files;
mod problem;
mod receipt;
mod refusals;
mod reload;
mod routes;
mod setup;
mod start;
mod tls;
mod token;

pub use cli::main;
pub use config::{Config, ConfigError};
pub use export::export_log;
pub use reload::Reloader;
pub use setup::{InitOptions, SetupError, init, issue_certificate};
pub use start::{Server, StartError};

#[cfg(test)]
mod test_pki;
