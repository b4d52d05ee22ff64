//! Limits on the size of records and their parts.

/// The most bytes that a record may have: 32 KiB. A bundle of records gives a record's length 2 bytes.
pub const RECORD_BYTES_MAX: usize = 32 * 1024;

/// The largest index, 2^53 − 1, as of every number in a record: every JSON reader holds it exactly.
pub const INDEX_MAX: u64 = (1 << 53) - 1;

/// The most members of a list or an object.
pub const MEMBERS_MAX: usize = 512;

/// The most bytes of a member's name.
pub const MEMBER_NAME_BYTES_MAX: usize = 512;

/// The most agents on whose behalf an agent acts.
pub const DELEGATION_MAX: usize = 8;

/// The most bytes of a resource that a record holds as it is; of a longer one it holds the digest.
pub const RESOURCE_BYTES_MAX: usize = 512;

/// The most characters of a word, such as the code of an alarm.
pub const WORD_BYTES_MAX: usize = 64;
