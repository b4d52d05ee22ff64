//! File paths, normalized by construction: rules never see `.`, `..` or an empty segment.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The most bytes of a path.
pub const PATH_BYTES_MAX: usize = 4_096;

/// An absolute path in its normal form: `/srv/data`, or `/`.
///
/// It is normalised by its text alone: `.` and empty segments are dropped, `..` takes back the segment before it, and
/// one that would leave the root is refused, as are control characters and what does not start with `/`. Letters keep
/// their case, and a backslash is a character like any other. What symbolic links make of a path only the system that
/// opens it knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct FilePath(Arc<str>);

/// Text that is no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// It does not start with `/`.
    #[error("not an absolute path such as `/srv/data`")]
    Relative,
    /// It leaves the root.
    #[error("the path leaves the root by `..`")]
    Escapes,
    /// It holds a control character, such as NUL or a line end.
    #[error("the path holds a control character")]
    Control,
    /// It has more than [`PATH_BYTES_MAX`] bytes.
    #[error("the path has more than {PATH_BYTES_MAX} bytes")]
    TooLong,
}

impl FilePath {
    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The segments from the root on; none for `/`.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('/').filter(|segment| !segment.is_empty())
    }

    /// Whether this is `other` or lies in it, by whole segments.
    #[must_use]
    pub fn within(&self, other: &Self) -> bool {
        match self.0.strip_prefix(&*other.0) {
            Some(rest) => rest.is_empty() || rest.starts_with('/') || other.0.ends_with('/'),
            None => false,
        }
    }

    /// The text of every path that this lies in, from `/` on, and its own.
    pub fn prefixes(&self) -> impl Iterator<Item = &str> {
        let ends = self.0.match_indices('/').map(|(at, _)| at).filter(|&at| at > 0);
        let below = self.0.len() > 1;
        let own = below.then_some(self.0.len());
        std::iter::once(1).chain(ends).chain(own).filter_map(|end| self.0.get(..end))
    }

    /// The last segment; empty for `/`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.segments().next_back().unwrap_or_default()
    }

    /// What follows the last `.` of the name, in lower case; empty if there is none or nothing stands before it.
    #[must_use]
    pub fn extension(&self) -> String {
        match self.name().rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
            Some(_) | None => String::new(),
        }
    }

    /// What it lies in; `/` lies in itself.
    #[must_use]
    pub fn parent(&self) -> Self {
        match self.0.rsplit_once('/') {
            Some((parent, _)) if !parent.is_empty() => Self(Arc::from(parent)),
            Some(_) | None => Self(Arc::from("/")),
        }
    }
}

impl FromStr for FilePath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        if text.len() > PATH_BYTES_MAX {
            return Err(PathError::TooLong);
        }
        if text.chars().any(char::is_control) {
            return Err(PathError::Control);
        }
        let mut segments = Vec::new();
        for segment in text.strip_prefix('/').ok_or(PathError::Relative)?.split('/') {
            match segment {
                "" | "." => {}
                ".." => {
                    segments.pop().ok_or(PathError::Escapes)?;
                }
                name => segments.push(name),
            }
        }
        Ok(Self(format!("/{}", segments.join("/")).into()))
    }
}

impl TryFrom<String> for FilePath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> Self {
        path.as_str().to_owned()
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests;
