//! Random choices from a seed (SplitMix64, Steele and others, 2014).

pub(crate) struct Tape(u64);

impl Tape {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D).wrapping_add(1))
    }

    pub(crate) fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `choices`.
    pub(crate) fn pick(&mut self, choices: usize) -> usize {
        usize::try_from(self.word() % u64::try_from(choices).unwrap()).unwrap()
    }

    pub(crate) fn one_of<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.pick(choices.len())].clone()
    }

    pub(crate) fn chance(&mut self, in_hundred: usize) -> bool {
        self.pick(100) < in_hundred
    }
}
