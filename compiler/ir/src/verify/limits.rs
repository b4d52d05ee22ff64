//! Limits on programs. A program that exceeds one is rejected.

/// The table: what each limit bounds, its name, its type and its value.
macro_rules! limits {
    ($($(#[$doc:meta])+ $name:ident: $ty:ty = $value:expr;)+) => {
        $($(#[$doc])+ pub const $name: $ty = $value;)+

        /// Every limit by name.
        #[cfg(test)]
        pub(crate) const ALL: &[(&str, u64)] = &[$((stringify!($name), $name as u64)),+];
    };
}

limits! {
    /// The most expressions in the arena.
    EXPRS_MAX: usize = 4_000_000;

    /// The most expressions on a path from a root to a leaf, so that evaluators may recurse.
    DEPTH_MAX: u32 = 64;

    /// The most expressions in one root, a shared expression counted as often as it is evaluated.
    NODES_MAX: u64 = 4_096;

    /// The most actions.
    ACTIONS_MAX: usize = 4_096;

    /// The most entity types, and enum types.
    TYPES_MAX: usize = 4_096;

    /// The most attributes, and arguments.
    NAMES_MAX: usize = 65_535;

    /// The most variants of an enum, parameters of an action or scope, attributes or parents of an entity type.
    MEMBERS_MAX: usize = 1_024;

    /// The most rules.
    RULES_MAX: usize = 1_000_000;

    /// The most budgets, rates and scopes, of each kind.
    CLAUSES_MAX: usize = 4_096;

    /// The most counts, keys or limits of a budget or rate, and `allows`, `requires` or limits of a scope.
    PARTS_MAX: usize = 256;

    /// The most agents behind one rule's `by`.
    AGENTS_MAX: usize = 4_096;

    /// The most bytes of a name.
    NAME_BYTES_MAX: usize = 256;

    /// The most bytes of a text literal, an entity's id, a reason or a hint.
    TEXT_BYTES_MAX: usize = 65_536;

    /// The most bytes of a glob.
    GLOB_BYTES_MAX: usize = 4_096;

    /// The longest hold, window, rate span or life of a scope: ten years of 366 days, in milliseconds.
    SPAN_MS_MAX: i64 = 10 * 366 * 86_400_000;

    /// The most that deciding one action may cost, see [`VerifiedProgram::cost`](super::VerifiedProgram::cost).
    COST_MAX: u64 = 50_000_000;

    /// The most expressions in all roots together, each counted as for [`NODES_MAX`]; bounds the verifier's own work.
    TOTAL_NODES_MAX: u64 = 64_000_000;

    /// How many elements a set or list that the facts or the caller bring is reckoned at when one is looked for in it.
    ELEMENTS_GUESS: usize = 64;

    /// The most elements that `any`, `all` and `count` look at; a longer set or list traps with `TooManyElements`, so that
    /// the cost of a decision is a bound and no guess.
    QUANTIFIED_MAX: usize = 1_024;

    /// The most quantifiers around an element.
    QUANTIFIERS_MAX: u8 = 8;

    /// The most record types.
    RECORDS_MAX: usize = 4_096;

    /// How deep records may lie in records.
    RECORD_DEPTH_MAX: u8 = 8;

    /// The most time zones, and regular expressions.
    LITERALS_MAX: usize = 1_024;
}
