//! Checking a line of custody entries: does each follow the one before, and could it have happened?

use terms::{Digest, Moment};

use super::entry::{CustodyEntry, Handling, Thing};
use super::standing::{Broken, Standing};
use crate::Verdict;

/// What is wrong, and at which entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Its place in the line, counted from zero.
    pub index: usize,
    /// SHA-256 of the entry.
    pub entry: Digest,
    /// What is wrong with it.
    pub what: Broken,
}

/// What a line of entries says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct History {
    /// Everything that is wrong, in the order of the line.
    pub breaks: Vec<Break>,
    /// An entry that must come before the line and is not there.
    pub missing: Option<Digest>,
    /// What stands after the last entry. Meaningful only if nothing is wrong.
    pub standing: Option<Standing>,
}

impl History {
    /// The answer: unbroken from its beginning; broken; or the beginning is missing.
    pub fn verdict(&self) -> Verdict {
        match (&self.standing, &self.missing) {
            _ if !self.breaks.is_empty() => Verdict::DoesNotMatch,
            (Some(_), None) => Verdict::Matches,
            _ => Verdict::CannotBeChecked,
        }
    }
}

/// Checks a line, first entry first, as of a moment. Each comes with the SHA-256 of its canonical bytes, as [`crate::Authentic::id`]
/// gives it: signatures were checked before.
pub fn check<'a>(line: impl IntoIterator<Item = (Digest, &'a CustodyEntry)>, now: Moment) -> History {
    let mut history = History { breaks: Vec::new(), missing: None, standing: None };
    for (index, (id, entry)) in line.into_iter().enumerate() {
        let mut broken = Vec::new();
        match &mut history.standing {
            None => {
                history.missing = entry.previous;
                history.standing = Some(Standing::first(id, entry));
            }
            Some(standing) => {
                if entry.previous != Some(standing.last) {
                    broken.push(Broken::Link);
                }
                broken.extend(standing.wrong_with(entry));
                standing.follow(id, entry);
            }
        }
        if entry.time > now {
            broken.push(Broken::Future(entry.time));
        }
        history.breaks.extend(broken.into_iter().map(|what| Break { index, entry: id, what }));
    }
    history
}

/// Checks where a part or an image comes from: its first entry against the entry of the whole that it names. `None` for the whole's
/// entry means that it is not at hand.
pub fn check_origin(first: &CustodyEntry, whole: Option<(Digest, &CustodyEntry)>) -> Verdict {
    let (origin, weight) = match &first.handling {
        Handling::Separated { origin, weight } => (origin, Some(weight)),
        Handling::Acquired { origin: Some(origin) } => (origin, None),
        // It claims to come from nothing that we could compare it with.
        _ => return Verdict::CannotBeChecked,
    };
    let Some((id, whole)) = whole else {
        return Verdict::CannotBeChecked;
    };
    let named = match (&whole.handling, &first.thing, weight) {
        (Handling::Split { parts, .. }, Thing::Item { id }, Some(weight)) => {
            parts.iter().any(|part| part.item == *id && part.weight.same_amount(weight))
        }
        (Handling::Imaged { yields }, Thing::Exhibit { id, .. }, None) => yields.contains(id),
        _ => false,
    };
    let same = id == origin.entry && matches!(whole.thing, Thing::Item { id } if id == origin.item);
    if named && same && first.time >= whole.time { Verdict::Matches } else { Verdict::DoesNotMatch }
}
