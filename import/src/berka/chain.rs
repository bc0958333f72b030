//! In which order the rows of one account and day happened. The data does not say; the balances it recorded
//! do.
//!
//! Each row tells the balance after it, so the balance before it is known too, and the rows of a day link up
//! like dominoes. They do not fit to the heller: the recorded balance of interest, fees and penalties is
//! rounded by up to 0.10, and the row behind such a row shows the same gap. So the order taken is the one
//! whose gaps are smallest in sum, and of several such the one that stays closest to the file.

/// Above this many rows the exact search (n² · 2ⁿ steps) gives way to always taking the row that links best.
const EXACT_UP_TO: usize = 12;

/// A row's effect, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link {
    /// What it adds to the balance; negative for a debit.
    pub(crate) change: i64,
    /// The balance recorded after it.
    pub(crate) balance: i64,
}

impl Link {
    /// How far this row is from following a balance.
    fn gap(self, before: i64) -> i64 {
        self.balance.saturating_sub(self.change).saturating_sub(before).saturating_abs()
    }
}

/// The order in which the rows of one account and day link up behind `opening`, the balance at the end of the
/// day before: indexes into `links`.
pub(crate) fn chain(opening: i64, links: &[Link]) -> Vec<usize> {
    if links.len() <= EXACT_UP_TO { smallest_gaps(opening, links) } else { best_next(opening, links) }
}

/// The sum of gaps of an order.
#[cfg(test)]
fn gaps(opening: i64, links: &[Link], order: &[usize]) -> i64 {
    let mut before = opening;
    order
        .iter()
        .map(|&row| {
            let gap = links[row].gap(before);
            before = links[row].balance;
            gap
        })
        .sum()
}

/// Tries all orders by dynamic programming over (rows still to come, row before them): what follows depends
/// on nothing else.
fn smallest_gaps(opening: i64, links: &[Link]) -> Vec<usize> {
    let n = links.len();
    let full = 1_usize << n;
    // rest[set * n + last]: the smallest sum of gaps with which the rows of `set` can follow row `last`.
    let mut rest = vec![0_i64; full * n];
    let cheapest = |rest: &[i64], set: usize, before: i64| {
        let costs = (0..n).filter(|row| set & (1 << row) != 0).map(|row| {
            let onward = rest.get((set & !(1 << row)) * n + row).copied().unwrap_or(0);
            (links[row].gap(before).saturating_add(onward), row)
        });
        costs.min().unwrap_or((0, 0))
    };
    for set in 1..full {
        for last in (0..n).filter(|last| set & (1 << last) == 0) {
            rest[set * n + last] = cheapest(&rest, set, links[last].balance).0;
        }
    }
    let (mut set, mut before) = (full - 1, opening);
    let mut order = Vec::with_capacity(n);
    while set != 0 {
        let (_, row) = cheapest(&rest, set, before);
        order.push(row);
        before = links[row].balance;
        set &= !(1 << row);
    }
    order
}

/// Takes the row that links best, again and again.
fn best_next(opening: i64, links: &[Link]) -> Vec<usize> {
    let mut left: Vec<usize> = (0..links.len()).collect();
    let mut before = opening;
    let mut order = Vec::with_capacity(links.len());
    while let Some(next) = (0..left.len()).min_by_key(|&index| links[left[index]].gap(before)) {
        let row = left.remove(next);
        before = links[row].balance;
        order.push(row);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn links(rows: &[(i64, i64)]) -> Vec<Link> {
        rows.iter().map(|&(change, balance)| Link { change, balance }).collect()
    }

    #[test]
    fn rows_link_up_by_their_balances() {
        // 1,000 + 500 = 1,500; - 200 = 1,300; + 50 = 1,350: the file has them in another order.
        assert_eq!(chain(1_000, &links(&[(-200, 1_300), (50, 1_350), (500, 1_500)])), [2, 0, 1]);
    }

    #[test]
    fn a_row_that_seems_to_fit_first_waits_if_the_others_need_it_last() {
        // Both debits of 100 could follow 1,000 going by greed; only one order leaves no gap.
        let day = links(&[(100, 1_000), (-100, 900), (-50, 950)]);
        assert_eq!(gaps(1_000, &day, &chain(1_000, &day)), 0);
        assert_eq!(chain(1_000, &day), [1, 0, 2]);
    }

    #[test]
    fn rounded_interest_and_the_row_behind_it_still_chain() {
        // Recorded 7,678.60 although 7,659.00 + 19.60 was 7,678.50 to the bank: the fee behind it snaps back.
        let day = links(&[(-1_460, 766_390), (1_960, 767_860)]);
        assert_eq!(chain(765_900, &day), [1, 0]);
    }

    #[test]
    fn rows_that_fit_equally_well_keep_the_order_of_the_file() {
        assert_eq!(chain(0, &links(&[(0, 0), (0, 0), (0, 0)])), [0, 1, 2]);
        assert_eq!(chain(0, &[]), [0; 0]);
    }

    proptest! {
        #[test]
        fn any_true_order_is_found_again_without_a_gap(opening in -1_000_i64..1_000, changes in prop::collection::vec(-500_i64..500, 1..8), seed: u64) {
            let mut balance = opening;
            let mut day: Vec<Link> = changes.iter().map(|&change| { balance += change; Link { change, balance } }).collect();
            let len = day.len();
            (1..len).rev().for_each(|index| day.swap(index, (seed as usize).wrapping_mul(index + 7) % (index + 1)));
            prop_assert_eq!(gaps(opening, &day, &chain(opening, &day)), 0);
        }

        #[test]
        fn every_row_stands_in_the_order_once(rows in prop::collection::vec((-500_i64..500, -500_i64..500), 0..20)) {
            let mut order = chain(0, &links(&rows));
            order.sort_unstable();
            prop_assert_eq!(order, (0..rows.len()).collect::<Vec<_>>());
        }

        #[test]
        fn no_other_order_has_smaller_gaps(rows in prop::collection::vec((-50_i64..50, -50_i64..50), 0..6)) {
            let day = links(&rows);
            let found = gaps(0, &day, &chain(0, &day));
            for order in permutations(rows.len()) {
                prop_assert!(found <= gaps(0, &day, &order));
            }
        }
    }

    fn permutations(n: usize) -> Vec<Vec<usize>> {
        if n == 0 {
            return vec![vec![]];
        }
        let shorter = permutations(n - 1);
        shorter
            .iter()
            .flat_map(|order| (0..n).map(move |at| [&order[..at], &[n - 1], &order[at..]].concat()))
            .collect()
    }
}
