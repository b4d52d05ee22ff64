//! The memory that a decision works in, kept and used again, so that a decision on a busy server asks the allocator for
//! little.

use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, PoisonError};

use permit_jit::Input;

use crate::index::Scratch;
use crate::policy::Found;

/// The most that is kept of an engine: as many as decisions run at one time on a large machine.
const KEPT_MAX: usize = 64;

/// What one decision works in.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) input: Input,
    pub(crate) scratch: Scratch,
    pub(crate) found: Found,
}

/// What is not in use.
#[derive(Debug, Default)]
pub(crate) struct Pool(Mutex<Vec<Memory>>);

impl Pool {
    /// Memory that is given back when it is dropped.
    pub(crate) fn take(&self) -> Pooled<'_> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Pooled { memory: kept.unwrap_or_default(), pool: self }
    }
}

/// Memory out of a pool.
#[derive(Debug)]
pub(crate) struct Pooled<'p> {
    memory: Memory,
    pool: &'p Pool,
}

impl Deref for Pooled<'_> {
    type Target = Memory;

    fn deref(&self) -> &Memory {
        &self.memory
    }
}

impl DerefMut for Pooled<'_> {
    fn deref_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }
}

impl Drop for Pooled<'_> {
    fn drop(&mut self) {
        let mut kept = self.pool.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_MAX {
            kept.push(std::mem::take(&mut self.memory));
        }
    }
}
