//! How far a long operation is, for whoever waits: a bar on standard error if a person looks, events on standard output with `--ndjson`, else nothing.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::say;

/// An event is printed after so many bytes more.
const EVENT_BYTES: u64 = 8 * 1024 * 1024;

/// A long operation as it is watched. What it shows is gone when it is dropped.
pub struct Watched {
    bar: ProgressBar,
    events: bool,
    done: u64,
    told: u64,
}

impl Watched {
    /// It begins: what is done, in a word, and whether events are wanted.
    pub fn begin(doing: &'static str, events: bool) -> Self {
        let bar = if std::io::stderr().is_terminal() { ProgressBar::new_spinner() } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{spinner} {msg} {bytes} {bytes_per_sec} {elapsed}");
        let bar = style.map_or(bar.clone(), |style| bar.with_style(style)).with_message(doing);
        bar.enable_steady_tick(std::time::Duration::from_millis(200));
        Self { bar, events, done: 0, told: 0 }
    }
    /// So many bytes more came.
    pub fn more(&mut self, bytes: usize) {
        self.done += bytes as u64;
        self.bar.set_position(self.done);
        if self.events && self.done >= self.told + EVENT_BYTES {
            self.told = self.done;
            say(json!({ "event": "progress", "bytes": self.done }));
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
