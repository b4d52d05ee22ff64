//! Checkpoints: size and root of the log under its signature, as C2SP `tlog-checkpoint` in a C2SP `signed-note`.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::key::{LogKey, Signer};

/// The most bytes that a checkpoint's text may have.
pub const CHECKPOINT_BYTES_MAX: usize = 8 * 1024;

/// The most signature lines that a checkpoint may have, the log's own included.
pub const SIGNATURES_MAX: usize = 17;

/// Size and root of a log at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// How many records the log has.
    pub size: u64,
    /// The root of the tree of all of them.
    pub root: Hash,
}

/// Why a text is not a checkpoint of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is longer than [`CHECKPOINT_BYTES_MAX`].
    #[error("the checkpoint has {bytes} bytes, more than {CHECKPOINT_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// It has a character that no note may have, such as a carriage return.
    #[error("the checkpoint has a control character")]
    Control,
    /// It is not three lines, an empty line and signature lines.
    #[error("not three lines, an empty line and signature lines")]
    Shape,
    /// The first line names another log than the key does.
    #[error("the checkpoint is of another log")]
    Origin,
    /// The size is not a decimal number in its shortest form.
    #[error("the size is not a plain decimal number")]
    Size,
    /// The root is not the base64 of 32 bytes.
    #[error("the root is not the base64 of 32 bytes")]
    Root,
    /// A signature line is not `— <name> <base64>`.
    #[error("signature line {line} is malformed")]
    SignatureLine {
        /// Its place among the signature lines, from 1.
        line: usize,
    },
    /// It has more than [`SIGNATURES_MAX`] signature lines.
    #[error("more than {SIGNATURES_MAX} signature lines")]
    TooManySignatures,
    /// The log's key has no signature line, or two.
    #[error("not exactly one signature line of the log's key")]
    Unsigned,
    /// The signature of the log's key is wrong.
    #[error("the signature is wrong")]
    Signature,
}

impl Checkpoint {
    /// Signs size and root as the signer's log.
    ///
    /// The tree head must be durable before this is called: a head that is signed and then lost in a crash makes the
    /// log sign another one of the same size, which is the proof of a forged history. The journal answers for that.
    #[must_use]
    pub fn sign(signer: &Signer, size: u64, root: Hash) -> String {
        let mut text = body(signer.origin(), size, &root);
        let signature = [signer.public().id().as_slice(), &signer.sign(text.as_bytes())].concat();
        // Writing to a string cannot fail; were it to, the text would have no signature and no reader accept it.
        let written = writeln!(text, "\n— {} {}", signer.origin(), STANDARD.encode(signature));
        debug_assert!(written.is_ok());
        text
    }

    /// Reads a checkpoint of the log that `key` belongs to. Lines of unknown keys, such as witnesses, are passed over.
    ///
    /// # Errors
    /// [`CheckpointError`] when the form is not exact or the log's signature is missing or wrong.
    pub fn parse(text: &[u8], key: &LogKey) -> Result<Self, CheckpointError> {
        let (checkpoint, signatures) = split(text)?;
        if checkpoint.origin != key.origin() {
            return Err(CheckpointError::Origin);
        }
        let signature = own_signature(signatures, key)?;
        let message = body(&checkpoint.origin, checkpoint.size, &checkpoint.root);
        if key.verifies(message.as_bytes(), &signature) {
            Ok(checkpoint)
        } else {
            Err(CheckpointError::Signature)
        }
    }

    /// As [`Self::parse`], but a checkpoint that `key` has no signature line in is read all the same: another key may have
    /// replaced it by then. Whoever reads it so owes it a second look with that key.
    pub(crate) fn parse_before_rotation(text: &[u8], key: &LogKey) -> Result<Self, CheckpointError> {
        match Self::parse(text, key) {
            Err(CheckpointError::Unsigned) => split(text).map(|(checkpoint, _)| checkpoint),
            parsed => parsed,
        }
    }
}

/// Size and root, and the signature lines.
fn split(text: &[u8]) -> Result<(Checkpoint, &str), CheckpointError> {
    if text.len() > CHECKPOINT_BYTES_MAX {
        return Err(CheckpointError::TooLarge { bytes: text.len() });
    }
    let text = str::from_utf8(text).map_err(|_| CheckpointError::Control)?;
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(CheckpointError::Control);
    }
    let (head, signatures) = text.split_once("\n\n").ok_or(CheckpointError::Shape)?;
    let mut lines = head.split('\n');
    let (Some(origin), Some(size), Some(root), None) =
        (lines.next(), lines.next(), lines.next(), lines.next())
    else {
        return Err(CheckpointError::Shape);
    };
    let (size, root) = (parse_size(size)?, parse_root(root)?);
    Ok((Checkpoint { origin: origin.to_owned(), size, root }, signatures))
}

/// The three signed lines.
fn body(origin: &str, size: u64, root: &Hash) -> String {
    format!("{origin}\n{size}\n{}\n", STANDARD.encode(root.0))
}

fn parse_size(text: &str) -> Result<u64, CheckpointError> {
    let size: u64 = text.parse().map_err(|_| CheckpointError::Size)?;
    if size.to_string() == text { Ok(size) } else { Err(CheckpointError::Size) }
}

fn parse_root(text: &str) -> Result<Hash, CheckpointError> {
    let bytes = STANDARD.decode(text).map_err(|_| CheckpointError::Root)?;
    bytes.try_into().map(Hash).map_err(|_| CheckpointError::Root)
}

/// The one signature of `key` among the lines, each of which must be well formed.
fn own_signature(lines: &str, key: &LogKey) -> Result<[u8; 64], CheckpointError> {
    let lines = lines.strip_suffix('\n').ok_or(CheckpointError::Shape)?;
    let mut own = None;
    for (place, line) in lines.split('\n').enumerate() {
        if place >= SIGNATURES_MAX {
            return Err(CheckpointError::TooManySignatures);
        }
        let malformed = CheckpointError::SignatureLine { line: place + 1 };
        let (name, encoded) =
            line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(malformed)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| malformed)?;
        let (id, signature) = bytes.split_first_chunk::<4>().ok_or(malformed)?;
        if name.is_empty() || name.contains('+') || name.contains(char::is_whitespace) || signature.is_empty()
        {
            return Err(malformed);
        }
        if name == key.origin() && *id == key.id() {
            let signature = <[u8; 64]>::try_from(signature).map_err(|_| malformed)?;
            if own.replace(signature).is_some() {
                return Err(CheckpointError::Unsigned);
            }
        }
    }
    own.ok_or(CheckpointError::Unsigned)
}

#[cfg(test)]
mod tests;
