//! Which chunks are there: ranges of numbers that neither meet nor overlap, in order. As many as there are gaps, whatever the size.

use std::ops::Range;

/// A set of numbers as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<Range<u64>>);

impl Spans {
    /// Adds a range that is not empty.
    pub(super) fn insert(&mut self, mut range: Range<u64>) {
        self.0.retain(|held| {
            let apart = held.end < range.start || range.end < held.start;
            if !apart {
                range = range.start.min(held.start)..range.end.max(held.end);
            }
            apart
        });
        let at = self.0.partition_point(|held| held.start < range.start);
        self.0.insert(at, range);
    }
    /// Takes a range away.
    pub(super) fn remove(&mut self, range: &Range<u64>) {
        let kept = |held: &Range<u64>| [held.start..held.end.min(range.start), held.start.max(range.end)..held.end];
        self.0 = self.0.iter().flat_map(kept).filter(|left| !left.is_empty()).collect();
    }
    /// How many numbers of a range are there.
    pub(super) fn count_in(&self, range: &Range<u64>) -> u64 {
        let common = |held: &Range<u64>| held.end.min(range.end).saturating_sub(held.start.max(range.start));
        self.0.iter().map(common).sum()
    }
    /// Where the run that holds `first` ends.
    pub(super) fn run_from(&self, first: u64) -> Option<u64> {
        self.0.iter().find(|held| held.contains(&first)).map(|held| held.end)
    }
    /// What is there, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Range<u64>> {
        self.0.iter()
    }
    /// What is not there of the numbers below `total`, in order.
    pub(super) fn gaps(&self, total: u64) -> impl Iterator<Item = Range<u64>> + '_ {
        let begins = std::iter::once(0).chain(self.0.iter().map(|held| held.end));
        let ends = self.0.iter().map(|held| held.start).chain([total]);
        begins.zip(ends).map(|(begin, end)| begin..end).filter(|gap| !gap.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_behave_as_the_set_of_their_numbers(
            steps in proptest::collection::vec((any::<bool>(), 0u64..60, 1u64..20), 0..40), probe in 0u64..60, long in 1u64..20
        ) {
            let (mut spans, mut set) = (Spans::default(), BTreeSet::new());
            for (add, from, length) in steps {
                let range = from..from + length;
                if add {
                    set.extend(range.clone());
                    spans.insert(range);
                } else {
                    set.retain(|n| !range.contains(n));
                    spans.remove(&range);
                }
            }
            let held: Vec<u64> = spans.iter().flat_map(Clone::clone).collect();
            prop_assert_eq!(&held, &set.iter().copied().collect::<Vec<_>>());
            prop_assert!(spans.0.windows(2).all(|pair| pair[0].end < pair[1].start), "none meet: {:?}", spans);
            let free: Vec<u64> = spans.gaps(100).flatten().collect();
            prop_assert_eq!(free, (0..100).filter(|n| !set.contains(n)).collect::<Vec<_>>());
            prop_assert_eq!(spans.count_in(&(probe..probe + long)), set.range(probe..probe + long).count() as u64);
            let run = set.contains(&probe).then(|| (probe..).find(|n| !set.contains(n)).expect("finite"));
            prop_assert_eq!(spans.run_from(probe), run);
        }
    }
}
