//! "did you mean": the candidate closest to an unknown name.

/// The candidate that a misspelt `name` most likely stands for, if one is close enough.
///
/// Letters that are swapped, missing, added or wrong count one each; a third of the name may be wrong. Of equals the
/// first wins.
pub(crate) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let bound = name.chars().count().div_ceil(3).max(1);
    let folded = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= bound && *candidate != name)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// The help for a name that is not known: the closest candidate, or else all there are, or else `otherwise`.
pub(crate) fn help(name: &str, candidates: &[&str], otherwise: &str) -> String {
    if let Some(candidate) = closest(name, candidates.iter().copied()) {
        return format!("did you mean `{candidate}`?");
    }
    match candidates {
        [] => otherwise.to_owned(),
        [only] => format!("there is only {}", list(&[*only])),
        some if some.len() <= LISTED_MAX => format!("there are {}", list(some)),
        _ => otherwise.to_owned(),
    }
}

/// How many names are listed in a message.
const LISTED_MAX: usize = 8;

/// Names in backticks: `a`, `b` and `c`.
pub(crate) fn list(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|name| format!("`{name}`")).collect();
            format!("{} and `{last}`", first.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closest_candidate_is_named_and_a_far_one_is_not() {
        let cases = [
            ("refnud", Some("refund")),
            ("Refund", Some("refund")),
            ("refunds", Some("refund")),
            ("send_mail", Some("send_email")),
            ("cancel", None),
            ("x", None),
        ];
        for (name, expected) in cases {
            assert_eq!(closest(name, ["refund", "send_email"]), expected, "{name}");
        }
    }
}
