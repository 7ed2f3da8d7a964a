//! Who is signed in: in memory, gone with the process. A browser holds a random name; here stands what it means.
//!
//! The session keeps the personal token and asks the node anew at each page, so that a person whose access ended is out at once. Names are looked
//! up by their hash, and form tokens compared by theirs, so that no comparison tells how much of a guess was right. Sessions end after a while of
//! silence, in any case after a working day; there is room for a bounded number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use node::Trouble;
use terms::{Digest, Moment};
use zeroize::Zeroizing;

use crate::chance;

/// Silence that ends a session, in seconds: long enough to write a request.
const SILENCE_MAX: i64 = 4 * 3_600;
/// No session lasts longer, in seconds.
const DAY_MAX: i64 = 12 * 3_600;
/// So many persons are signed in at once; the one who was silent longest makes room.
const SESSIONS_MAX: usize = 1_000;
/// So many failures in [`FAILURES_WITHIN`] seconds, and nobody signs in for a while.
const FAILURES_MAX: usize = 20;
const FAILURES_WITHIN: i64 = 60;

/// What a session is.
#[derive(Clone)]
pub struct Session {
    /// The personal token.
    pub token: Zeroizing<String>,
    /// Why the person is here, for the audit trail.
    pub purpose: String,
    /// What every form of this session bears.
    pub csrf: String,
    begun: Moment,
    last: Moment,
}

/// All sessions, and the failures of late.
#[derive(Default)]
pub struct Sessions {
    open: Mutex<HashMap<Digest, Session>>,
    failures: Mutex<Vec<Moment>>,
}

/// 32 random bytes as 64 digits.
pub fn name() -> Result<String, Trouble> {
    chance::bytes::<32>().map(hex::encode)
}

/// Whether two secrets are the same. How long it takes depends on neither.
pub fn same(one: &str, other: &str) -> bool {
    hashed(one) == hashed(other)
}

fn hashed(text: &str) -> Digest {
    Digest::of(&[b"comity.session/1\n", text.as_bytes()])
}

impl Sessions {
    /// Begins a session; gives the name that the browser keeps.
    pub fn begin(&self, token: Zeroizing<String>, purpose: String, now: Moment) -> Result<String, Trouble> {
        let (browser, csrf) = (name()?, name()?);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, session| !session.over(now));
        if open.len() >= SESSIONS_MAX {
            let longest = open.iter().min_by_key(|(_, session)| session.last).map(|(key, _)| *key);
            longest.map(|key| open.remove(&key));
        }
        open.insert(hashed(&browser), Session { token, purpose, csrf, begun: now, last: now });
        Ok(browser)
    }
    /// The session of that name, if it lasts.
    pub fn find(&self, browser: &str, now: Moment) -> Option<Session> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let key = hashed(browser);
        let session = open.get_mut(&key)?;
        if session.over(now) {
            open.remove(&key);
            return None;
        }
        session.last = now;
        Some(session.clone())
    }
    /// Ends a session.
    pub fn end(&self, browser: &str) {
        self.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&hashed(browser));
    }
    /// Whether so many sign-ins failed of late that this one must wait.
    pub fn must_wait(&self, now: Moment) -> bool {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.retain(|at| now.unix() - at.unix() < FAILURES_WITHIN);
        failures.len() >= FAILURES_MAX
    }
    /// Notes a failure.
    pub fn failed(&self, now: Moment) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() < FAILURES_MAX {
            failures.push(now);
        }
    }
}

impl Session {
    fn over(&self, now: Moment) -> bool {
        let (silent, since) = (now.unix() - self.last.unix(), now.unix() - self.begun.unix());
        silent > SILENCE_MAX || since > DAY_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Moment {
        Moment::from_unix(1_800_000_000 + seconds).expect("a moment")
    }
    fn begin(sessions: &Sessions, when: Moment) -> String {
        sessions.begin(Zeroizing::new("token".to_owned()), "test".to_owned(), when).expect("begun")
    }

    #[test]
    fn a_session_ends_after_silence_and_after_a_day_and_when_it_is_ended() {
        let sessions = Sessions::default();
        let silent = begin(&sessions, at(0));
        assert!(sessions.find(&silent, at(SILENCE_MAX)).is_some());
        assert!(sessions.find(&silent, at(2 * SILENCE_MAX + 1)).is_none());
        let busy = begin(&sessions, at(0));
        for hour in 1..=12 {
            assert!(sessions.find(&busy, at(hour * 3_600)).is_some(), "after {hour} hours");
        }
        assert!(sessions.find(&busy, at(DAY_MAX + 1)).is_none());
        let ended = begin(&sessions, at(0));
        sessions.end(&ended);
        assert!(sessions.find(&ended, at(1)).is_none());
        assert!(sessions.find("", at(1)).is_none());
    }

    #[test]
    fn there_is_room_for_so_many_and_the_most_silent_makes_room() {
        let sessions = Sessions::default();
        let first = begin(&sessions, at(0));
        let second = begin(&sessions, at(1));
        for _ in 2..SESSIONS_MAX {
            begin(&sessions, at(2));
        }
        assert!(sessions.find(&first, at(3)).is_some());
        begin(&sessions, at(4));
        assert!(sessions.find(&first, at(5)).is_some());
        assert!(sessions.find(&second, at(5)).is_none());
        assert_eq!(sessions.open.lock().expect("not poisoned").len(), SESSIONS_MAX);
    }

    #[test]
    fn after_many_failures_everybody_waits_and_not_for_long() {
        let sessions = Sessions::default();
        for _ in 0..FAILURES_MAX {
            assert!(!sessions.must_wait(at(0)));
            sessions.failed(at(0));
        }
        assert!(sessions.must_wait(at(FAILURES_WITHIN - 1)));
        assert!(!sessions.must_wait(at(FAILURES_WITHIN)));
    }
}
