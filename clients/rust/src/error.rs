//! Errors between an agent and permitd.

use crate::answer::Problem;

/// A call that gave no decision.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A file could not be read.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A certificate, key or address is not usable.
    #[error("{0} is not usable")]
    Setup(&'static str),
    /// TLS could not be set up from these certificates and keys.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The connection failed, or the server refused the certificate.
    #[error("connection: {0}")]
    Connection(String),
    /// The server answered with a problem.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// The server's answer has another form than expected.
    #[error("unexpected answer: {0}")]
    Answer(String),
    /// The answer's proof does not hold.
    #[error("the answer does not verify: {0}")]
    Unproven(String),
}
