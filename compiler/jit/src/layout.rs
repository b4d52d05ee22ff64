//! The memory layout that native code and Rust share.
//!
//! Native code is built with the numbers here. That the Rust compiler chose the same ones is asserted, for a frame
//! where it is declared.

use std::mem::{offset_of, size_of};

/// The status of a cell whose optional value is not there. Present and absent are also the value of `present(…)`.
pub(crate) const ABSENT: u64 = 0;
/// The status of a cell that holds a value.
pub(crate) const PRESENT: u64 = 1;

/// What functions that native code calls return: no.
pub(crate) const NO: u64 = 0;
/// What they return: yes.
pub(crate) const YES: u64 = 1;
/// What they return when the reference evaluator must be asked.
pub(crate) const SLOW: u64 = 2;

/// Set, beside the place of the row, in the answer of a [`ShapeFn`](crate::frame::ShapeFn) when the reference evaluator must be asked about
/// that row.
pub(crate) const SLOW_ROW: u64 = 1 << 63;

/// What is no entity.
pub(crate) const NO_ENTITY: u64 = u64::MAX;

/// Where the fields of a [`Frame`](crate::frame::Frame) lie.
pub(crate) const FRAME_LIBCALLS: i32 = 0;
pub(crate) const FRAME_HEADS: i32 = 8;
pub(crate) const FRAME_ENTITIES: i32 = 16;
pub(crate) const FRAME_CELLS: i32 = 24;
pub(crate) const FRAME_ANCESTORS: i32 = 32;
pub(crate) const FRAME_ARGS: i32 = 40;
pub(crate) const FRAME_PARAMS: i32 = 48;
pub(crate) const FRAME_AGENT: i32 = 56;
pub(crate) const FRAME_RESOURCE: i32 = 64;
pub(crate) const FRAME_NOW: i32 = 72;

/// The size of a [`Cell`], and the binary logarithm of it.
pub(crate) const CELL_BYTES: i32 = 16;
pub(crate) const CELL_SHIFT: i64 = 4;
/// Where [`Cell::status`] lies.
pub(crate) const CELL_STATUS: i32 = 0;
/// Where [`Cell::word`] lies.
pub(crate) const CELL_WORD: i32 = 8;
/// The size of a [`Head`], and the binary logarithm of it.
pub(crate) const HEAD_BYTES: i32 = 16;
pub(crate) const HEAD_SHIFT: i64 = 4;
/// Where [`Head::is`] lies.
pub(crate) const HEAD_IS: i32 = 0;
/// Where [`Head::cells`] lies.
pub(crate) const HEAD_CELLS: i32 = 4;
/// Where [`Head::ancestors`] and [`Head::ancestor_count`] lie.
pub(crate) const HEAD_ANCESTORS: i32 = 8;
pub(crate) const HEAD_ANCESTOR_COUNT: i32 = 12;
/// The size of an ancestor, and the binary logarithm of it.
pub(crate) const ANCESTOR_BYTES: i32 = 4;
pub(crate) const ANCESTOR_SHIFT: i64 = 2;
/// The size of a constant in a row, and of the address of a function.
pub(crate) const WORD_BYTES: i32 = 8;

/// In [`Head::is`], beside the number of the type: the facts know the entity, so that its cells are there.
pub(crate) const KNOWN: u32 = 1 << 16;

/// In [`Head::ancestor_count`]: there are so many that they are not among those that native code looks through.
pub(crate) const MANY: u32 = 17;

/// A value that may be absent.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// [`ABSENT`] or [`PRESENT`].
    pub(crate) status: u64,
    /// The value as [`crate::word`] has it.
    pub(crate) word: u64,
}

impl Cell {
    pub(crate) const ABSENT: Self = Self { status: ABSENT, word: 0 };

    pub(crate) const fn present(word: u64) -> Self {
        Self { status: PRESENT, word }
    }
}

/// An entity.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The number of its type, and [`KNOWN`].
    pub(crate) is: u32,
    /// Where its attributes begin among the cells.
    pub(crate) cells: u32,
    /// Where the entities that it lies in begin among the ancestors, and how many there are, or [`MANY`].
    pub(crate) ancestors: u32,
    pub(crate) ancestor_count: u32,
}

const _: () = {
    assert!(size_of::<usize>() == 8, "addresses are words");
    assert!(size_of::<Cell>() == CELL_BYTES as usize && CELL_BYTES == 1 << CELL_SHIFT);
    assert!(offset_of!(Cell, status) == CELL_STATUS as usize);
    assert!(offset_of!(Cell, word) == CELL_WORD as usize);
    assert!(size_of::<Head>() == HEAD_BYTES as usize && HEAD_BYTES == 1 << HEAD_SHIFT);
    assert!(offset_of!(Head, is) == HEAD_IS as usize);
    assert!(offset_of!(Head, cells) == HEAD_CELLS as usize);
    assert!(offset_of!(Head, ancestors) == HEAD_ANCESTORS as usize);
    assert!(offset_of!(Head, ancestor_count) == HEAD_ANCESTOR_COUNT as usize);
    assert!(size_of::<u32>() == ANCESTOR_BYTES as usize && ANCESTOR_BYTES == 1 << ANCESTOR_SHIFT);
    assert!(size_of::<u64>() == WORD_BYTES as usize);
};
