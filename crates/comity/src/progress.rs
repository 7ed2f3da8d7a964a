//! How far something long is, for a person who looks: a bar with rate and time left on standard error, and nothing if that is no terminal.

use std::io::IsTerminal as _;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar for so many bytes.
pub fn bar(bytes: u64, doing: &'static str) -> ProgressBar {
    with(ProgressBar::new(bytes), doing, "{msg} [{bar:30}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
}

/// A bar for what nobody knows the length of.
pub fn spinner(doing: &'static str) -> ProgressBar {
    with(ProgressBar::new_spinner(), doing, "{msg} {bytes} {bytes_per_sec} {elapsed}")
}

fn with(bar: ProgressBar, doing: &'static str, template: &str) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = bar.with_message(doing);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("=> ")),
        Err(_) => bar,
    }
}
