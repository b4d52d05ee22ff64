//! Choices read from random bytes, so that a failing case shrinks as its bytes do.

pub(crate) struct Tape<'t> {
    bytes: std::slice::Iter<'t, u8>,
}

impl<'t> Tape<'t> {
    pub(crate) fn new(bytes: &'t [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    /// A number below `choices`; 0 once the tape has ended.
    pub(crate) fn pick(&mut self, choices: usize) -> usize {
        let byte = usize::from(self.bytes.next().copied().unwrap_or(0));
        byte % choices
    }

    pub(crate) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.pick(choices.len())].clone()
    }

    pub(crate) fn chance(&mut self, in_eight: usize) -> bool {
        self.pick(8) >= 8 - in_eight
    }
}
