//! Proofs of possession.

use serde::{Deserialize, Serialize};

/// The proof of possession of a request (RFC 9449).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The thumbprint of the proof's key (RFC 7638).
    pub jkt: String,
    /// A digest of the proof's `jti`.
    pub jti_digest: String,
}
