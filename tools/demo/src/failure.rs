//! What stops the demo.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use permit_client::ClientError;

/// Why the demo did not run to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The server gave no decision.
    #[error("{0}")]
    Client(#[from] ClientError),
    /// The embedded server did not start or stop.
    #[error("server: {0}")]
    Server(String),
    /// A step had another outcome than it must have.
    #[error("unexpected outcome: {0}")]
    Outcome(String),
    /// The operating system refused something that always works, or the example does not compile.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Failure {
    /// A file operation that failed, for `map_err`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// An internal failure, for `map_err`.
    pub(crate) fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }

    /// The exit code: 1 for a refusal or a proof that does not hold, 2 for bad input or a server that does not start, 3 for
    /// a wrong outcome.
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Client(ClientError::Refused(_) | ClientError::Unproven(_)) => 1,
            Self::Outcome(_) | Self::Internal(_) => 3,
            Self::File { .. } | Self::Client(_) | Self::Server(_) => 2,
        })
    }
}
