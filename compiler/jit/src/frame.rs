//! The arguments and calling convention of native code.

use std::mem::{offset_of, size_of};

use crate::input::Input;
use crate::layout::{self, Cell, Head};
use crate::snapshot::Snapshot;

/// A function of native code: whether one of `count` rows of constants fits the frame. It gives the place of the first
/// that does or `count`, or with [`layout::SLOW_ROW`] the place of a row before which none does.
pub(crate) type ShapeFn = unsafe extern "C" fn(frame: *const Frame<'_>, rows: *const u64, count: u64) -> u64;

/// A function that native code calls, with its own frame and two words.
pub(crate) type LibcallFn = unsafe extern "C" fn(frame: *const Frame<'_>, left: u64, right: u64) -> u64;

/// What native code sees of one request.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// The addresses of the functions that native code calls, by [`Libcall`](crate::libcalls::Libcall).
    pub(crate) libcalls: *const LibcallFn,
    /// One for each entity.
    pub(crate) heads: *const Head,
    /// How many entities there are.
    pub(crate) entities: u64,
    /// The attributes of all entities.
    pub(crate) cells: *const Cell,
    /// What all entities lie in.
    pub(crate) ancestors: *const u32,
    /// The arguments by number.
    pub(crate) args: *const Cell,
    /// The parameters of the scope by place.
    pub(crate) params: *const Cell,
    /// The agent.
    pub(crate) agent: u64,
    /// The resource, or [`layout::NO_ENTITY`].
    pub(crate) resource: u64,
    /// The time.
    pub(crate) now: u64,
    /// What those functions read; native code does not.
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) input: &'a Input,
    /// The collections among the constants.
    pub(crate) constants: &'a [u64],
}

impl<'a> Frame<'a> {
    /// What native code sees of a request of this snapshot.
    #[inline]
    pub(crate) fn new(
        libcalls: &'static [LibcallFn],
        snapshot: &'a Snapshot,
        input: &'a Input,
        constants: &'a [u64],
    ) -> Self {
        Self {
            libcalls: libcalls.as_ptr(),
            heads: snapshot.heads.as_ptr(),
            entities: snapshot.heads.len() as u64,
            cells: snapshot.cells.as_ptr(),
            ancestors: snapshot.ancestors.as_ptr(),
            args: input.args.as_ptr(),
            params: input.params.as_ptr(),
            agent: input.agent,
            resource: input.resource,
            now: input.now,
            snapshot,
            input,
            constants,
        }
    }
}

const _: () = {
    assert!(offset_of!(Frame<'_>, libcalls) == layout::FRAME_LIBCALLS as usize);
    assert!(offset_of!(Frame<'_>, heads) == layout::FRAME_HEADS as usize);
    assert!(offset_of!(Frame<'_>, entities) == layout::FRAME_ENTITIES as usize);
    assert!(offset_of!(Frame<'_>, cells) == layout::FRAME_CELLS as usize);
    assert!(offset_of!(Frame<'_>, ancestors) == layout::FRAME_ANCESTORS as usize);
    assert!(offset_of!(Frame<'_>, args) == layout::FRAME_ARGS as usize);
    assert!(offset_of!(Frame<'_>, params) == layout::FRAME_PARAMS as usize);
    assert!(offset_of!(Frame<'_>, agent) == layout::FRAME_AGENT as usize);
    assert!(offset_of!(Frame<'_>, resource) == layout::FRAME_RESOURCE as usize);
    assert!(offset_of!(Frame<'_>, now) == layout::FRAME_NOW as usize);
    assert!(size_of::<ShapeFn>() == layout::WORD_BYTES as usize);
    assert!(size_of::<LibcallFn>() == layout::WORD_BYTES as usize);
};
