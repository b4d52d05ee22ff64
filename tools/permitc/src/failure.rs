//! Errors that end a command.

use std::path::PathBuf;
use std::process::ExitCode;

use permit_client::ClientError;
use permit_engine::{FactsFileError, FieldError};
use permit_ir::bundle::BundleError;
use permit_types::display;

use crate::terminal;

/// Why a command failed. Findings are not failures: they are the command's result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file could not be read or written.
    #[error("{}: {source}", terminal::path(path))]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file has invalid content.
    #[error("{}: {problem}", terminal::path(path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An argument is invalid.
    #[error("{0}")]
    Usage(String),
    /// The policy has errors; they were shown.
    #[error("the policy does not compile")]
    Policy,
    /// The facts do not fit the policy.
    #[error("facts: {0}")]
    Facts(#[from] FactsFileError),
    /// The request does not fit the policy.
    #[error("request: {0}")]
    Request(#[from] FieldError),
    /// A bundle could not be created or read.
    #[error("bundle: {0} ({code})", code = .0.code())]
    Bundle(#[from] BundleError),
    /// The server gave no decision.
    #[error("{}", display::line(&.0.to_string()))]
    Client(#[from] ClientError),
    /// The operating system refused something that always works.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Failure {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Policy | Self::Client(ClientError::Refused(_) | ClientError::Unproven(_)) => 1,
            Self::Internal(_) => 3,
            Self::File { .. }
            | Self::Content { .. }
            | Self::Usage(_)
            | Self::Facts(_)
            | Self::Request(_)
            | Self::Bundle(_)
            | Self::Client(_) => 2,
        })
    }
}
