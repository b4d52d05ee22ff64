//! A random generator that gives the same numbers for the same seed.

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Clone, Debug)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// The dice of a number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self { state: number }
    }

    const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number less than `sides`, which is at least 1.
    pub fn roll(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % sides).unwrap_or(0)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.roll(most.saturating_sub(least) + 1)
    }

    /// Whether it falls so, in so many of a hundred throws.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.roll(100) < percent
    }

    /// One of these; `None` of none.
    pub fn of<'t, T>(&mut self, from: &'t [T]) -> Option<&'t T> {
        from.get(self.roll(from.len()))
    }

    /// One of these texts.
    pub fn text(&mut self, from: &[&str]) -> String {
        self.of(from).map_or_else(String::new, |&text| text.to_owned())
    }

    /// From `least` to `most` of these, in their order.
    pub fn some<T: Clone>(&mut self, from: &[T], least: usize, most: usize) -> Vec<T> {
        let wanted = self.between(least, most).min(from.len());
        let mut left: Vec<&T> = from.iter().collect();
        while left.len() > wanted {
            let at = self.roll(left.len());
            left.remove(at);
        }
        left.into_iter().cloned().collect()
    }
}
