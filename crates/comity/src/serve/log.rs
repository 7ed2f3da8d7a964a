//! The log of a node: to standard error, as text for people or JSON for programs, by room and level.

use tracing_subscriber::EnvFilter;

use crate::config::Log;
use crate::{Ended, USAGE};

/// Begins to log. Panics are logged too, since a task that panicked says so nowhere else.
pub fn begin(log: &Log) -> Result<(), Ended> {
    let filter = EnvFilter::try_new(&log.level).map_err(|why| {
        Ended::new(USAGE, format!("log.level “{}”: {why}; it is written info or info,exchange=debug", log.level))
    })?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // Whoever embeds this and logs already keeps that log.
    let _ = if log.json { builder.json().try_init() } else { builder.try_init() };
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a panic")));
    Ok(())
}
