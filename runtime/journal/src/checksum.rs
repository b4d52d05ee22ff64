//! Checksums over the data from which state is rebuilt: damage must be detected even if the bytes still decode.

use sha2::{Digest, Sha256};

/// The SHA-256 of `bytes`.
pub(crate) fn checksum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
