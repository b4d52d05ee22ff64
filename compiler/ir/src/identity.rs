//! `identified by` patterns: which SPIFFE IDs belong to an entity type (SPIFFE-ID specification, section 2).
//!
//! A pattern is a SPIFFE ID whose path may end in `*`, which matches any rest, including the empty one. It is not a
//! glob: since its one `*` is at the end, the prefixes of two patterns determine whether they overlap.

/// The most bytes of a pattern.
pub const PATTERN_BYTES_MAX: usize = 4_096;

const SCHEME: &str = "spiffe://";

/// A pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdentityPattern<'p> {
    /// The whole ID, or what stands before the `*`.
    literal: &'p str,
    /// Whether any rest may follow.
    open: bool,
}

/// Text that is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityFault {
    /// It does not start with `spiffe://`.
    #[error("an identity pattern must start with `spiffe://`")]
    Scheme,
    /// It has no trust domain, or one with a `*`.
    #[error("an identity pattern must contain a trust domain")]
    TrustDomain,
    /// A `*` stands before its end.
    #[error("an identity pattern can contain `*` only at its end")]
    Star,
    /// It has more than [`PATTERN_BYTES_MAX`] bytes.
    #[error("an identity pattern has at most {PATTERN_BYTES_MAX} bytes")]
    TooLong,
}

impl<'p> IdentityPattern<'p> {
    /// Reads a pattern.
    ///
    /// # Errors
    /// [`IdentityFault`], the first that applies in the order of its variants.
    pub fn parse(text: &'p str) -> Result<Self, IdentityFault> {
        let rest = text.strip_prefix(SCHEME).ok_or(IdentityFault::Scheme)?;
        let (domain, path) = rest.split_once('/').unwrap_or((rest, ""));
        if domain.is_empty() || domain.contains('*') {
            return Err(IdentityFault::TrustDomain);
        }
        if path.strip_suffix('*').unwrap_or(path).contains('*') {
            return Err(IdentityFault::Star);
        }
        if text.len() > PATTERN_BYTES_MAX {
            return Err(IdentityFault::TooLong);
        }
        let literal = text.strip_suffix('*');
        Ok(Self { literal: literal.unwrap_or(text), open: literal.is_some() })
    }

    /// Whether the SPIFFE ID is one of the pattern's.
    #[must_use]
    pub fn matches(self, spiffe_id: &str) -> bool {
        if self.open { spiffe_id.starts_with(self.literal) } else { spiffe_id == self.literal }
    }

    /// Whether some text matches both patterns.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        // The longer literal is itself an ID of its pattern, and the first that the other one can share.
        let (shorter, longer) =
            if self.literal.len() <= other.literal.len() { (self, other) } else { (other, self) };
        shorter.matches(longer.literal)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_names_its_domain_and_ends_in_its_star() {
        for good in
            ["spiffe://acme.example/agent/*", "spiffe://acme.example/agent", "spiffe://acme.example/*"]
        {
            assert!(IdentityPattern::parse(good).is_ok(), "{good}");
        }
        let bad = [
            ("https://a/b", IdentityFault::Scheme),
            ("*", IdentityFault::Scheme),
            ("spiffe://", IdentityFault::TrustDomain),
            ("spiffe://*", IdentityFault::TrustDomain),
            ("spiffe://*/a", IdentityFault::TrustDomain),
            ("spiffe://a*/a", IdentityFault::TrustDomain),
            ("spiffe://a/*/b", IdentityFault::Star),
            ("spiffe://a/**", IdentityFault::Star),
        ];
        for (text, fault) in bad {
            assert_eq!(IdentityPattern::parse(text), Err(fault), "{text}");
        }
        let long = format!("spiffe://a/{}", "x".repeat(PATTERN_BYTES_MAX));
        assert_eq!(IdentityPattern::parse(&long), Err(IdentityFault::TooLong));
    }

    /// Whether a text matches a glob, letter by letter.
    fn naive(glob: &[u8], text: &[u8]) -> bool {
        match (glob.split_first(), text.split_first()) {
            (None, _) => text.is_empty(),
            (Some((b'*', rest)), _) => {
                naive(rest, text) || text.split_first().is_some_and(|(_, text)| naive(glob, text))
            }
            (Some((a, glob)), Some((b, text))) => a == b && naive(glob, text),
            (Some(_), None) => false,
        }
    }

    /// Every text of up to four letters behind the trust domain, which is longer than any pattern's literal below.
    fn ids() -> impl Iterator<Item = String> {
        let letters = ["", "a", "b", "/"];
        (0..256_usize).map(move |n| {
            let path: String = (0..4).map(|place| letters[n >> (2 * place) & 3]).collect();
            format!("spiffe://d/{path}")
        })
    }

    fn pattern() -> impl Strategy<Value = String> {
        "spiffe://d/[ab/]{0,3}[*]?"
    }

    proptest! {
        #[test]
        fn matching_is_that_of_a_naive_glob(pattern in pattern(), path in "[ab/]{0,5}") {
            let id = format!("spiffe://d/{path}");
            let expected = naive(pattern.as_bytes(), id.as_bytes());
            prop_assert_eq!(IdentityPattern::parse(&pattern).unwrap().matches(&id), expected);
        }

        #[test]
        fn patterns_overlap_when_one_id_matches_both(a in pattern(), b in pattern()) {
            let shared = ids().any(|id| naive(a.as_bytes(), id.as_bytes()) && naive(b.as_bytes(), id.as_bytes()));
            let [a, b] = [&a, &b].map(|text| IdentityPattern::parse(text).unwrap());
            prop_assert_eq!(a.overlaps(b), shared);
            prop_assert_eq!(b.overlaps(a), shared);
        }

        #[test]
        fn any_text_is_read_as_a_pattern_or_refused(text in "(spiffe://)?[a*/]{0,6}") {
            let stars = text.matches('*').count();
            let good = text.strip_prefix("spiffe://").is_some_and(|rest| {
                let domain = rest.split('/').next().unwrap();
                let last = text.ends_with('*') && domain.len() < rest.len();
                !domain.is_empty() && stars == usize::from(last)
            });
            prop_assert_eq!(IdentityPattern::parse(&text).is_ok(), good);
        }
    }
}
