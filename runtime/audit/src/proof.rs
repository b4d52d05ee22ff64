//! Proofs and their verification (RFC 9162, sections 2.1.3.2 and 2.1.4.2).
//!
//! The verifiers here share nothing with the construction in [`crate::Tree`] but the hash of a node. They follow the
//! algorithms of the RFC on the bits of index and size, whereas the tree splits ranges.

use serde::{Deserialize, Serialize};

use crate::hash::Hash;

/// The most hashes that a proof may have: a tree of 2^64 leaves needs no more.
pub const PROOF_HASHES_MAX: usize = 64;

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The proof has more than [`PROOF_HASHES_MAX`] hashes.
    #[error("the proof has {count} hashes, more than {PROOF_HASHES_MAX}")]
    TooLong {
        /// How many it has.
        count: usize,
    },
    /// The index is not below the size, or the older size is not at most the newer.
    #[error("the proof is for a place outside the tree")]
    Range,
    /// The proof has too few or too many hashes for its place and size.
    #[error("the proof has the wrong number of hashes")]
    Length,
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Root,
}

/// The path from a leaf to the root: the leaf is in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "InclusionText")]
pub struct InclusionProof {
    /// The sibling hashes, from the leaf upwards.
    pub hashes: Vec<Hash>,
    /// The leaf's index.
    pub index: u64,
    /// The size of the tree.
    pub size: u64,
}

/// The hashes that link an older tree to a newer one: nothing was changed, only appended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, try_from = "ConsistencyText")]
pub struct ConsistencyProof {
    /// The hashes, in the order of RFC 9162.
    pub hashes: Vec<Hash>,
    /// The size of the older tree.
    pub old_size: u64,
    /// The size of the newer tree.
    pub size: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InclusionText {
    hashes: Vec<Hash>,
    index: u64,
    size: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsistencyText {
    hashes: Vec<Hash>,
    old_size: u64,
    size: u64,
}

impl TryFrom<InclusionText> for InclusionProof {
    type Error = ProofError;

    fn try_from(InclusionText { hashes, index, size }: InclusionText) -> Result<Self, ProofError> {
        check_length(&hashes)?;
        Ok(Self { hashes, index, size })
    }
}

impl TryFrom<ConsistencyText> for ConsistencyProof {
    type Error = ProofError;

    fn try_from(ConsistencyText { hashes, old_size, size }: ConsistencyText) -> Result<Self, ProofError> {
        check_length(&hashes)?;
        Ok(Self { hashes, old_size, size })
    }
}

fn check_length(hashes: &[Hash]) -> Result<(), ProofError> {
    let count = hashes.len();
    if count > PROOF_HASHES_MAX { Err(ProofError::TooLong { count }) } else { Ok(()) }
}

/// Checks that `leaf` is leaf `proof.index` of the tree of `proof.size` leaves whose root is `root`.
///
/// The root alone does not bind the size: take root and size from the same signed checkpoint.
///
/// # Errors
/// [`ProofError`] when the proof does not show it.
pub fn verify_inclusion(leaf: &Hash, proof: &InclusionProof, root: &Hash) -> Result<(), ProofError> {
    check_length(&proof.hashes)?;
    if proof.index >= proof.size {
        return Err(ProofError::Range);
    }
    let mut hash = *leaf;
    climb(proof.index, proof.size - 1, &proof.hashes, |side, sibling| {
        hash = match side {
            Side::Left => Hash::of_node(sibling, &hash),
            Side::Right => Hash::of_node(&hash, sibling),
        };
    })?;
    if hash == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Checks that the tree with `root` and `proof.size` leaves begins with the tree with `old_root` and
/// `proof.old_size` leaves.
///
/// # Errors
/// [`ProofError`] when the proof does not show it.
pub fn verify_consistency(old_root: &Hash, proof: &ConsistencyProof, root: &Hash) -> Result<(), ProofError> {
    check_length(&proof.hashes)?;
    let (old_size, size) = (proof.old_size, proof.size);
    if old_size > size {
        return Err(ProofError::Range);
    }
    if old_size == 0 || old_size == size {
        return verify_trivial(old_root, proof, root);
    }
    // An old tree that is one complete subtree is itself the first node of the path.
    let (first, rest) = if old_size.is_power_of_two() {
        (old_root, proof.hashes.as_slice())
    } else {
        proof.hashes.split_first().ok_or(ProofError::Length)?
    };
    let complete = (old_size - 1).trailing_ones();
    let (mut old, mut new) = (*first, *first);
    climb((old_size - 1) >> complete, (size - 1) >> complete, rest, |side, sibling| match side {
        Side::Left => (old, new) = (Hash::of_node(sibling, &old), Hash::of_node(sibling, &new)),
        Side::Right => new = Hash::of_node(&new, sibling),
    })?;
    if old == *old_root && new == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// On which side of the path a sibling stands.
#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

/// Climbs from the node at `place`, in a row whose last node is at `last`, up to the root, and tells of each sibling on
/// the way (RFC 9162, section 2.1.3.2). A path that is too short or too long is refused.
fn climb(
    mut place: u64,
    mut last: u64,
    path: &[Hash],
    mut join: impl FnMut(Side, &Hash),
) -> Result<(), ProofError> {
    for sibling in path {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if place & 1 == 1 || place == last {
            join(Side::Left, sibling);
            // The last node of a row may have no sibling for several rows.
            let up = if place & 1 == 1 { 0 } else { place.trailing_zeros().min(63) };
            (place, last) = (place >> up, last >> up);
        } else {
            join(Side::Right, sibling);
        }
        (place, last) = (place >> 1, last >> 1);
    }
    if last == 0 { Ok(()) } else { Err(ProofError::Length) }
}

/// Everything extends the empty tree, and a tree extends itself; neither needs a hash.
fn verify_trivial(old_root: &Hash, proof: &ConsistencyProof, root: &Hash) -> Result<(), ProofError> {
    if !proof.hashes.is_empty() {
        return Err(ProofError::Length);
    }
    let expected = if proof.old_size == proof.size { *root } else { Hash::of_empty_tree() };
    if *old_root == expected { Ok(()) } else { Err(ProofError::Root) }
}

#[cfg(test)]
mod tests;
