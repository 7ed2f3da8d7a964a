//! How far a long operation is, for whoever waits: a bar on standard error if a person looks, events on standard output with `--ndjson`, else nothing.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::say;

/// A bar for so many bytes, with rate and time left.
pub fn bar(bytes: u64, doing: &'static str) -> ProgressBar {
    let template = "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}";
    styled(ProgressBar::new(bytes), doing, template)
}

fn styled(bar: ProgressBar, doing: &'static str, template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = bar.with_message(doing);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}

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
        let bar = styled(ProgressBar::new_spinner(), doing, "{spinner} {msg} {bytes} {bytes_per_sec} {elapsed}");
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
