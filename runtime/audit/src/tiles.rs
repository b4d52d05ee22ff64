//! The layout of a log directory (C2SP `tlog-tiles`): where each file is, and the stream that fills the hash tiles.

use crate::hash::Hash;

/// How many hashes a full tile has, and how many records a full bundle.
pub(crate) const TILE_WIDTH: u64 = 256;

/// The file that holds the checkpoint.
pub(crate) const CHECKPOINT_FILE: &str = "checkpoint";

/// The folder that holds everything else.
pub(crate) const TILE_FOLDER: &str = "tile";

/// A row of files: the bundles of records, or the hash tiles of one level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Entries,
    Hashes(u32),
}

impl Row {
    /// How many records or hashes the row has when the log has `size` records.
    pub(crate) const fn count(self, size: u64) -> u64 {
        match self {
            Self::Entries => size,
            Self::Hashes(level) => match size.checked_shr(level.saturating_mul(8)) {
                Some(count) => count,
                None => 0,
            },
        }
    }

    /// How many files the row has.
    pub(crate) const fn files(self, size: u64) -> u64 {
        self.count(size).div_ceil(TILE_WIDTH)
    }

    /// How many records or hashes its file `n` has; the last file may not be full.
    pub(crate) fn width(self, n: u64, size: u64) -> u64 {
        self.count(size).saturating_sub(n * TILE_WIDTH).min(TILE_WIDTH)
    }

    /// The path of its file `n`, such as `tile/0/x001/x234/067` or, not full, `tile/entries/000.p/20`.
    pub(crate) fn path(self, n: u64, width: u64) -> String {
        let mut groups = vec![format!("{:03}", n % 1000)];
        let mut rest = n / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let place = groups.join("/");
        let row = match self {
            Self::Entries => "entries".to_owned(),
            Self::Hashes(level) => level.to_string(),
        };
        let partial = if width == TILE_WIDTH { String::new() } else { format!(".p/{width}") };
        format!("{TILE_FOLDER}/{row}/{place}{partial}")
    }

    /// Whether `path` is a file that a log of `size` records has.
    pub(crate) fn has_file(path: &str, size: u64) -> bool {
        let file = || {
            let (row, rest) = path.strip_prefix("tile/")?.split_once('/')?;
            let row = if row == "entries" { Self::Entries } else { Self::Hashes(row.parse().ok()?) };
            let place = rest.split_once(".p/").map_or(rest, |(place, _)| place);
            let digits: String = place.chars().filter(char::is_ascii_digit).collect();
            let n: u64 = digits.parse().ok()?;
            (n < row.files(size)).then(|| row.path(n, row.width(n, size)))
        };
        file().is_some_and(|expected| expected == path)
    }
}

/// A hash tile with the hashes that it has so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tile {
    pub(crate) level: u32,
    pub(crate) n: u64,
    pub(crate) hashes: Vec<Hash>,
}

impl Tile {
    pub(crate) fn path(&self) -> String {
        Row::Hashes(self.level).path(self.n, self.width())
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }

    fn width(&self) -> u64 {
        // A tile never has more than 256 hashes.
        u64::try_from(self.hashes.len()).unwrap_or(TILE_WIDTH)
    }
}

/// The tree as a stream: the peaks that the root is made of, and the one tile of each level that is not full.
#[derive(Debug, Default)]
pub(crate) struct TileStream {
    /// The complete subtrees from left to right, each with its height, in falling height.
    peaks: Vec<(u32, Hash)>,
    /// The unfinished tile of each level.
    open: Vec<Tile>,
}

impl TileStream {
    /// The root of all leaves so far.
    pub(crate) fn root(&self) -> Hash {
        let joined =
            self.peaks.iter().rev().map(|(_, hash)| *hash).reduce(|right, left| Hash::of_node(&left, &right));
        joined.unwrap_or_else(Hash::of_empty_tree)
    }

    /// Appends a leaf and returns the tiles that it filled.
    pub(crate) fn append(&mut self, leaf: Hash) -> Vec<Tile> {
        let mut filled = Vec::new();
        let (mut height, mut hash) = (0, leaf);
        self.put(height, hash, &mut filled);
        while let Some((_, left)) = self.peaks.pop_if(|(peak, _)| *peak == height) {
            hash = Hash::of_node(&left, &hash);
            height += 1;
            self.put(height, hash, &mut filled);
        }
        self.peaks.push((height, hash));
        filled
    }

    /// The tiles that are not full, once all leaves are in.
    pub(crate) fn into_rest(self) -> impl Iterator<Item = Tile> {
        self.open.into_iter().filter(|tile| !tile.hashes.is_empty())
    }

    /// Every eighth height is a level of tiles.
    fn put(&mut self, height: u32, hash: Hash, filled: &mut Vec<Tile>) {
        if !height.is_multiple_of(8) {
            return;
        }
        let level = height / 8;
        if self.open.iter().all(|tile| tile.level != level) {
            self.open.push(Tile { level, n: 0, hashes: Vec::new() });
        }
        let Some(tile) = self.open.iter_mut().find(|tile| tile.level == level) else { return };
        tile.hashes.push(hash);
        if tile.width() == TILE_WIDTH {
            filled.push(Tile { level, n: tile.n, hashes: std::mem::take(&mut tile.hashes) });
            tile.n += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn paths_are_those_of_the_specification() {
        assert_eq!(Row::Hashes(0).path(1_234_067, 256), "tile/0/x001/x234/067");
        assert_eq!(Row::Hashes(1).path(0, 8), "tile/1/000.p/8");
        assert_eq!(Row::Entries.path(273, 112), "tile/entries/273.p/112");
        for path in
            ["tile/0/000", "tile/entries/272", "tile/entries/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]
        {
            assert!(Row::has_file(path, 70_000), "{path}");
        }
        for path in [
            "tile/0/x000/000",
            "tile/entries/273",
            "tile/00/000",
            "tile/3/000.p/0",
            "tile/0/274",
            "tile/9/000",
        ] {
            assert!(!Row::has_file(path, 70_000), "{path}");
        }
    }

    #[test]
    fn the_stream_agrees_with_the_tree() {
        let (mut stream, mut tree, mut full) = (TileStream::default(), Tree::new(), 0);
        for index in 0_u32..66_000 {
            let leaf = Hash::of_leaf(&index.to_be_bytes());
            tree.append(leaf);
            full += stream.append(leaf).len();
            if !(700..65_500).contains(&index) {
                assert_eq!(stream.root(), tree.root(), "{index}");
            }
        }
        assert_eq!(full, 257 + 1);
        let rest: Vec<String> = stream.into_rest().map(|tile| tile.path()).collect();
        assert_eq!(rest, ["tile/0/257.p/208", "tile/1/001.p/1", "tile/2/000.p/1"]);
    }
}
