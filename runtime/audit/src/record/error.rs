//! Why bytes are not a record.

use super::limits::RECORD_BYTES_MAX;

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is longer than [`RECORD_BYTES_MAX`].
    #[error("the record has {bytes} bytes, more than {RECORD_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// It is not one JSON object, or a member is missing or of the wrong shape.
    #[error("not a record: {message}")]
    Malformed {
        /// What the JSON reader says.
        message: String,
    },
    /// It is of another version of the format.
    #[error("version {found} of the format is not known")]
    Version {
        /// The version, as it is written.
        found: String,
    },
    /// No record is of this kind.
    #[error("no record is of the kind `{found}`")]
    Kind {
        /// The kind.
        found: String,
    },
    /// A member name, a number or the size of a list is out of bounds, or something empty is not left out.
    #[error("`{member}`: {form}")]
    Form {
        /// The member at the top that it is in.
        member: String,
        /// What is wrong.
        form: FormError,
    },
    /// It has a member that its kind does not have.
    #[error("a record of its kind has no `{member}`")]
    Unexpected {
        /// The member, with the members it lies in, such as `charges.0.note`.
        member: String,
    },
    /// The same content has another, canonical spelling.
    #[error("not in canonical form")]
    NotCanonical,
}

/// What no record has at any depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// A member name that is empty, long or not visible ASCII.
    #[error("a member name of other than 1 to 512 visible ASCII characters")]
    Name,
    /// A number that is no integer from 0 to 2^53 − 1.
    #[error("a number that is no integer from 0 to 2^53 - 1")]
    Number,
    /// A list or an object with too many members.
    #[error("more than 512 members")]
    Members,
    /// `null`, `[]` or `{{}}`.
    #[error("an empty value is not left out")]
    Empty,
}

impl RecordError {
    /// The stable code, as `docs/formats/audit.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too_large",
            Self::Malformed { .. } => "malformed",
            Self::Version { .. } => "version",
            Self::Kind { .. } => "kind",
            Self::Form { .. } => "form",
            Self::Unexpected { .. } => "unexpected_member",
            Self::NotCanonical => "not_canonical",
        }
    }
}

impl From<serde_json::Error> for RecordError {
    fn from(error: serde_json::Error) -> Self {
        Self::Malformed { message: error.to_string() }
    }
}
