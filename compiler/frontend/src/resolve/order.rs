//! Dependency order of declarations, and the cycles that have none.

/// The outcome for a number of declarations.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// Each declaration behind those it needs; those of a circle are left out.
    pub(crate) sorted: Vec<usize>,
    /// The circles, each from the declaration that was met first.
    pub(crate) circles: Vec<Vec<usize>>,
}

/// How far a declaration is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
    /// It is in a circle.
    Circular,
}

/// Orders declarations, of which each needs those at the places in its row. Keeps its own stack, since a chain of them
/// may be as long as a policy.
pub(crate) fn order(needs: &[Vec<usize>]) -> Order {
    let mut order = Order::default();
    let mut states = vec![State::New; needs.len()];
    for start in 0..needs.len() {
        if states.get(start) != Some(&State::New) {
            continue;
        }
        visit(start, needs, &mut states, &mut order);
    }
    order
}

fn visit(start: usize, needs: &[Vec<usize>], states: &mut [State], order: &mut Order) {
    // Each open declaration, and how many of its needs were looked at.
    let mut open: Vec<(usize, usize)> = vec![(start, 0)];
    set(states, start, State::Open);
    while let Some((at, looked)) = open.last_mut() {
        let at = *at;
        let next = needs.get(at).and_then(|row| row.get(*looked)).copied();
        *looked += 1;
        let Some(next) = next else {
            if states.get(at) == Some(&State::Open) {
                set(states, at, State::Done);
                order.sorted.push(at);
            }
            open.pop();
            continue;
        };
        match states.get(next) {
            Some(State::New) => {
                set(states, next, State::Open);
                open.push((next, 0));
            }
            Some(State::Open | State::Circular) => {
                // A declaration that is not open any more was reported with its own circle.
                let from = open.iter().position(|(one, _)| *one == next);
                if let Some(circle) = from.and_then(|from| open.get(from..)) {
                    let circle: Vec<usize> = circle.iter().map(|(one, _)| *one).collect();
                    circle.iter().for_each(|&one| set(states, one, State::Circular));
                    order.circles.push(circle);
                }
            }
            Some(State::Done) | None => {}
        }
    }
}

fn set(states: &mut [State], at: usize, state: State) {
    if let Some(place) = states.get_mut(at) {
        *place = state;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_come_first_and_cycles_are_reported() {
        type Rows<'a> = &'a [&'a [usize]];
        let cases: [(Rows<'_>, &[usize], Rows<'_>); 5] = [
            (&[&[], &[]], &[0, 1], &[]),
            (&[&[1, 2], &[2], &[]], &[2, 1, 0], &[]),
            (&[&[0]], &[], &[&[0]]),
            (&[&[1], &[2], &[1]], &[0], &[&[1, 2]]),
            (&[&[1], &[0], &[0]], &[2], &[&[0, 1]]),
        ];
        for (needs, sorted, circles) in cases {
            let needs: Vec<Vec<usize>> = needs.iter().map(|row| row.to_vec()).collect();
            let circles = circles.iter().map(|row| row.to_vec()).collect();
            assert_eq!(order(&needs), Order { sorted: sorted.to_vec(), circles }, "{needs:?}");
        }
    }

    #[test]
    fn a_long_chain_needs_no_deep_stack() {
        let needs: Vec<Vec<usize>> = (0..200_000).map(|at| vec![at + 1]).collect();
        assert_eq!(order(&needs).sorted.len(), needs.len());
    }
}
