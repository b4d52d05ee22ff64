//! The layout of all that native code and Rust share.
//!
//! The numbers here are what native code is built with; that they are what the compiler of Rust chose is asserted.

use std::mem::{offset_of, size_of};

use permit_ir::facts::Facts;

use crate::intrinsics::Vtable;

/// The most distinct paths one condition may use.
pub(crate) const SLOTS_MAX: usize = 32;

/// The status of a slot whose optional value is not there. Present and absent are also the value of `present(…)`.
pub(crate) const ABSENT: u64 = 0;
/// The status of a slot that holds a value.
pub(crate) const PRESENT: u64 = 1;
/// The status of a slot whose path traps, which counts only if the path is reached.
pub(crate) const TRAP: u64 = 2;

/// What native code and intrinsics return: no.
pub(crate) const NO: u64 = 0;
/// What native code and intrinsics return: yes.
pub(crate) const YES: u64 = 1;
/// What native code and intrinsics return when the reference evaluator must be asked.
pub(crate) const SLOW: u64 = 2;

/// Where [`Frame::vtable`] lies.
pub(crate) const FRAME_VTABLE: i32 = 0;
/// Where [`Frame::slots`] begin.
pub(crate) const FRAME_SLOTS: i32 = 16;
/// The size of a [`Slot`].
pub(crate) const SLOT_BYTES: i32 = 16;
/// Where [`Slot::status`] lies.
pub(crate) const SLOT_STATUS: i32 = 0;
/// Where [`Slot::word`] lies.
pub(crate) const SLOT_WORD: i32 = 8;
/// The size of a constant in a row, and of a function pointer in the [`Vtable`].
pub(crate) const WORD_BYTES: i32 = 8;

/// What one condition sees of one request.
#[repr(C)]
#[derive(Debug)]
pub(crate) struct Frame<'a> {
    /// The functions that native code calls.
    pub(crate) vtable: &'static Vtable,
    /// The entities and their ancestors.
    pub(crate) facts: &'a Facts,
    /// The values of the condition's paths.
    pub(crate) slots: [Slot; SLOTS_MAX],
}

/// The value of a path.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot {
    /// [`ABSENT`], [`PRESENT`] or [`TRAP`].
    pub(crate) status: u64,
    /// A truth value as 0 or 1, the bits of a number, an entity's number, or the address of a
    /// [`Value`](permit_ir::value::Value) that outlives the frame.
    pub(crate) word: u64,
}

impl Slot {
    pub(crate) const ABSENT: Self = Self { status: ABSENT, word: 0 };
    pub(crate) const TRAP: Self = Self { status: TRAP, word: 0 };

    pub(crate) const fn present(word: u64) -> Self {
        Self { status: PRESENT, word }
    }
}

/// A function of native code: the frame of a request and the row of a condition's constants to [`NO`], [`YES`] or
/// [`SLOW`].
pub(crate) type ShapeFn = unsafe extern "C" fn(frame: *const Frame<'_>, row: *const u64) -> u64;

const _: () = {
    assert!(size_of::<usize>() == 8, "addresses are words");
    assert!(offset_of!(Frame<'_>, vtable) == FRAME_VTABLE as usize);
    assert!(offset_of!(Frame<'_>, slots) == FRAME_SLOTS as usize);
    assert!(size_of::<Slot>() == SLOT_BYTES as usize);
    assert!(offset_of!(Slot, status) == SLOT_STATUS as usize);
    assert!(offset_of!(Slot, word) == SLOT_WORD as usize);
    assert!(size_of::<u64>() == WORD_BYTES as usize);
    assert!(size_of::<ShapeFn>() == WORD_BYTES as usize);
};
