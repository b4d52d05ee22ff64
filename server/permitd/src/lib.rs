//! permitd: mutual TLS, DPoP, tokens and the decision endpoint.
//!
//! A request is let in step by step, each step a type: the connection's certificate becomes a
//! [`certificate::PeerIdentity`], the access token becomes a [`token::CertificateBoundToken`], the DPoP header becomes
//! a [`permit_protocol::dpop::DpopProof`], and only both together make a [`token::VerifiedToken`].

#![forbid(unsafe_code)]

mod app;
mod authenticate;
pub mod certificate;
mod cli;
pub mod config;
mod export;
pub mod listener;
pub mod oauth_error;
pub mod pki;
mod policy_files;
pub mod problem;
mod receipt;
mod reload;
mod routes;
mod setup;
mod start;
pub mod tls;
pub mod token;

pub use cli::main;
pub use config::Config;
pub use export::export_log;
pub use reload::Reloader;
pub use setup::{InitOptions, SetupError, init, issue_certificate};
pub use start::{Server, StartError};

#[cfg(test)]
mod test_pki;
