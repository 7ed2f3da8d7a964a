//! The three answers, never mixed: it matches, it does not match, it cannot be checked.

use serde::Serialize;

/// What a check of evidence found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All that was to be checked was checked, and agrees.
    Matches,
    /// Something is missing, so nothing can be said about it; what could be checked agrees.
    CannotBeChecked,
    /// Something differs. This outweighs whatever else is missing.
    DoesNotMatch,
}

impl Verdict {
    /// The answer over several parts: one that differs outweighs one that is missing, and that outweighs those that agree.
    pub fn over(parts: impl IntoIterator<Item = Verdict>) -> Self {
        parts.into_iter().max().unwrap_or(Self::CannotBeChecked)
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, CannotBeChecked, DoesNotMatch, Matches};

    #[test]
    fn what_differs_outweighs_what_is_missing_and_nothing_at_all_is_not_a_match() {
        assert_eq!(Verdict::over([Matches, Matches]), Matches);
        assert_eq!(Verdict::over([Matches, CannotBeChecked]), CannotBeChecked);
        assert_eq!(Verdict::over([DoesNotMatch, CannotBeChecked, Matches]), DoesNotMatch);
        assert_eq!(Verdict::over([]), CannotBeChecked);
    }
}
