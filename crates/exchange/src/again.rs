//! When to try again: later each time, by chance a little earlier, and for ever.
//!
//! A pure function: the number of attempts is kept by the outbox, and chance is an argument. There is no attempt after which it gives up; that
//! a peer has been silent for long is for the node to show.

/// The longest wait between two attempts: a quarter of an hour.
pub const SECONDS_MAX: u64 = 15 * 60;
/// The longest that a peer may make us wait by its word.
pub const PEERS_WORD_SECONDS_MAX: u64 = 60 * 60;

/// Seconds to wait after so many failed attempts: 1, 2, 4 … up to [`SECONDS_MAX`], of which `chance` takes away up to a half.
pub fn again(attempts: u32, chance: u64) -> u64 {
    let doublings = attempts.saturating_sub(1).min(u64::BITS - 1);
    let whole = (1u64 << doublings).min(SECONDS_MAX);
    whole - chance % (whole / 2 + 1)
}

/// Seconds to wait if a peer named `seconds`: at least one, at most an hour.
pub fn at_a_peers_word(seconds: u64) -> u64 {
    seconds.clamp(1, PEERS_WORD_SECONDS_MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn waiting_doubles_until_a_quarter_of_an_hour() {
        let waits: Vec<u64> = (0..13).map(|attempts| again(attempts, 0)).collect();
        assert_eq!(waits, [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
        assert_eq!(again(u32::MAX, 0), SECONDS_MAX, "it never gives up");
    }

    proptest! {
        #[test]
        fn chance_takes_away_at_most_a_half(attempts: u32, chance: u64) {
            let (wait, whole) = (again(attempts, chance), again(attempts, 0));
            prop_assert!(wait >= 1 && wait <= whole && wait >= whole / 2);
        }
    }

    #[test]
    fn chance_spreads_the_attempts_of_many() {
        let waits: std::collections::BTreeSet<u64> = (0..1000).map(|chance| again(12, chance)).collect();
        assert_eq!((waits.len(), waits.first(), waits.last()), (451, Some(&450), Some(&900)));
    }

    #[test]
    fn a_peer_cannot_silence_us_for_longer_than_an_hour() {
        assert_eq!([0, 7, u64::MAX].map(at_a_peers_word), [1, 7, 3600]);
    }
}
