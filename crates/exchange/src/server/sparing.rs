//! A log that strangers can write to is one that strangers can fill: so many lines in a minute, and a count of the rest.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// The most lines in a minute.
const LINES_MAX: u32 = 60;
const MINUTE: Duration = Duration::from_secs(60);

/// How much was told in this minute, and how much was not.
#[derive(Default)]
pub(super) struct Sparing(Mutex<Told>);

#[derive(Default)]
struct Told {
    since: Option<Instant>,
    lines: u32,
    untold: u64,
}

impl Sparing {
    /// Whether one more line may be written; if so, how many were not written since the last one.
    pub(super) fn may_tell(&self) -> Option<u64> {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if told.since.is_none_or(|since| now.duration_since(since) >= MINUTE) {
            (told.since, told.lines) = (Some(now), 0);
        }
        if told.lines == LINES_MAX {
            told.untold += 1;
            return None;
        }
        told.lines += 1;
        Some(std::mem::take(&mut told.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_strangers_leaves_a_page_in_the_log_and_a_count() {
        let sparing = Sparing::default();
        let told = (0..1000).filter_map(|_| sparing.may_tell()).count();
        assert_eq!(told, 60);
        sparing.0.lock().expect("sound").since = Instant::now().checked_sub(MINUTE);
        assert_eq!(sparing.may_tell(), Some(940), "the next minute says how many were left out");
        assert_eq!(sparing.may_tell(), Some(0));
    }
}
