//! Pages: no list of this room is without an end.

/// The longest page anybody gets, whatever was asked for.
pub const PAGE_MAX: usize = 1_000;

/// One page of a list, and where the next one starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T, K = i64> {
    /// The rows, in the order of the list.
    pub rows: Vec<T>,
    /// Pass this as `after` to get the next page; nothing if this was the last.
    pub next: Option<K>,
}

/// Between one row and [`PAGE_MAX`].
pub(crate) fn clamped(limit: usize) -> usize {
    limit.clamp(1, PAGE_MAX)
}

impl<T, K> Page<T, K> {
    /// Cuts what was read with one row too many.
    pub(crate) fn cut(mut rows: Vec<T>, limit: usize, key: impl Fn(&T) -> K) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(key);
        Self { rows, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_names_the_next_one_only_if_there_is_one() {
        let key = |n: &i64| *n;
        assert_eq!(Page::cut(vec![1, 2, 3], 2, key), Page { rows: vec![1, 2], next: Some(2) });
        assert_eq!(Page::cut(vec![1, 2], 2, key), Page { rows: vec![1, 2], next: None });
        assert_eq!(Page::cut(Vec::new(), 2, key), Page { rows: vec![], next: None });
        assert_eq!((clamped(0), clamped(5), clamped(usize::MAX)), (1, 5, PAGE_MAX));
    }
}
