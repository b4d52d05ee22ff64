//! The Merkle tree in memory: every complete node of every level, 64 bytes for a leaf.

use crate::hash::Hash;
use crate::proof::{ConsistencyProof, InclusionProof};

/// Why the tree cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A place or a size beyond the tree.
    #[error("{asked} is beyond the {size} leaves of the tree")]
    Beyond {
        /// The place or size asked for.
        asked: u64,
        /// The size of the tree.
        size: u64,
    },
}

/// A tree of leaf hashes that only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Level `k` holds the roots of the complete subtrees of `2^k` leaves, from left to right.
    levels: Vec<Vec<Hash>>,
    size: u64,
}

impl Tree {
    /// The empty tree.
    #[must_use]
    pub const fn new() -> Self {
        Self { levels: Vec::new(), size: 0 }
    }

    /// How many leaves there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf and returns its index.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        let mut hash = leaf;
        for level in &mut self.levels {
            let left = if level.len() % 2 == 1 { level.last().copied() } else { None };
            level.push(hash);
            let Some(left) = left else { return self.grown() };
            hash = Hash::of_node(&left, &hash);
        }
        self.levels.push(vec![hash]);
        self.grown()
    }

    const fn grown(&mut self) -> u64 {
        let index = self.size;
        self.size += 1;
        index
    }

    /// The root of the whole tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        // The size is always within the tree, so the fallback is the empty tree's own root.
        self.range(0, self.size).unwrap_or_else(Hash::of_empty_tree)
    }

    /// The root when the tree had `size` leaves.
    ///
    /// # Errors
    /// [`TreeError::Beyond`] when it never had that many.
    pub fn root_at(&self, size: u64) -> Result<Hash, TreeError> {
        if size == 0 {
            return Ok(Hash::of_empty_tree());
        }
        self.range(0, size).ok_or(self.beyond(size))
    }

    /// The leaf hash at `index`.
    #[must_use]
    pub fn leaf(&self, index: u64) -> Option<Hash> {
        self.node(0, index)
    }

    /// Proves that leaf `index` is in the tree as it was with `size` leaves.
    ///
    /// # Errors
    /// [`TreeError::Beyond`] when there is no such leaf, or never was such a tree.
    pub fn inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, TreeError> {
        if size > self.size {
            return Err(self.beyond(size));
        }
        if index >= size {
            return Err(TreeError::Beyond { asked: index, size });
        }
        // From the root down to the leaf, the half that does not hold the leaf goes into the proof.
        let (mut start, mut end, mut hashes) = (0, size, Vec::new());
        while end - start > 1 {
            let middle = start + split(end - start);
            let (near, far) = if index < middle {
                ((start, middle), (middle, end))
            } else {
                ((middle, end), (start, middle))
            };
            hashes.push(self.range(far.0, far.1).ok_or(self.beyond(size))?);
            (start, end) = near;
        }
        hashes.reverse();
        Ok(InclusionProof { hashes, index, size })
    }

    /// Proves that the tree with `size` leaves begins with the tree with `old_size` leaves.
    ///
    /// # Errors
    /// [`TreeError::Beyond`] when `old_size` is above `size`, or there never was such a tree.
    pub fn consistency(&self, old_size: u64, size: u64) -> Result<ConsistencyProof, TreeError> {
        if size > self.size {
            return Err(self.beyond(size));
        }
        if old_size > size {
            return Err(TreeError::Beyond { asked: old_size, size });
        }
        let mut hashes = Vec::new();
        if old_size > 0 && old_size < size {
            let (mut start, mut end) = (0, size);
            while end != old_size {
                let middle = start + split(end - start);
                let (near, far) = if old_size <= middle {
                    ((start, middle), (middle, end))
                } else {
                    ((middle, end), (start, middle))
                };
                hashes.push(self.range(far.0, far.1).ok_or(self.beyond(size))?);
                (start, end) = near;
            }
            // The last part is the old tree itself unless something stands to its left.
            if start > 0 {
                hashes.push(self.range(start, end).ok_or(self.beyond(size))?);
            }
            hashes.reverse();
        }
        Ok(ConsistencyProof { hashes, old_size, size })
    }

    const fn beyond(&self, asked: u64) -> TreeError {
        TreeError::Beyond { asked, size: self.size }
    }

    fn node(&self, level: u32, place: u64) -> Option<Hash> {
        let level = self.levels.get(usize::try_from(level).ok()?)?;
        level.get(usize::try_from(place).ok()?).copied()
    }

    /// The root of the leaves from `start` to before `end`, where `start` is a multiple of the width rounded up to a
    /// power of two, as all ranges of RFC 6962 are. `None` when the range is empty or not in the tree.
    fn range(&self, start: u64, end: u64) -> Option<Hash> {
        let width = end.checked_sub(start).filter(|width| *width > 0)?;
        if end > self.size {
            return None;
        }
        if width.is_power_of_two() {
            let level = width.trailing_zeros();
            return self.node(level, start >> level);
        }
        // The complete subtrees stand from left to right in falling size and are joined from the right.
        let middle = start + split(width);
        Some(Hash::of_node(&self.range(start, middle)?, &self.range(middle, end)?))
    }
}

impl FromIterator<Hash> for Tree {
    fn from_iter<I: IntoIterator<Item = Hash>>(leaves: I) -> Self {
        let mut tree = Self::new();
        for leaf in leaves {
            tree.append(leaf);
        }
        tree
    }
}

/// The largest power of two below `width`, which is at least 2.
const fn split(width: u64) -> u64 {
    1 << (width - 1).ilog2()
}

#[cfg(test)]
mod tests;
