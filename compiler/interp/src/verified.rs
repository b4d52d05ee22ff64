//! Cases that a verified program rules out.

use permit_types::verdict::Trap;

/// What is met only if the program was not verified, or the request or the facts were made for another program. It is
/// the trap of a value that should be there and is not.
pub(crate) const VERIFIED_AWAY: Trap = Trap::UnknownEntity;
