//! `comity demo`: three authorities on this machine, each with a node, keys and data of its own, and one case from its first word to its last.
//!
//! Every step goes through a door that its users have: this very program is run as `init`, `serve`, `request new`, `draft approve`, `act`,
//! `docket export`, `verify`. What is shown of a step is what came back through that door; a step whose proof does not come about ends the
//! demonstration. Persons and numbers are made up (`examples/es-ma-bank-records`). Never here: a shortcut into a node.

mod cast;
mod story;
mod time;

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::{Ended, FAILURE, say};

/// Watch Spain ask Morocco for bank records, on three nodes on this machine.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity demo                       plays the case, then keeps the nodes running until interrupted
  comity demo --pace 3              three seconds between steps, for watching
  comity demo --once                plays the case and ends; exit status 0 only if every step verified
  comity demo --folder /tmp/comity  keeps everything that was made, to look at afterwards")]
pub struct Demo {
    /// Play the case and end.
    #[arg(long)]
    once: bool,
    /// Seconds between the steps.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pace: u16,
    /// Where the three nodes keep what is theirs; a new folder, kept afterwards. Otherwise a temporary one that goes at the end.
    #[arg(long, value_name = "FOLDER")]
    folder: Option<PathBuf>,
}

impl Demo {
    /// Plays it.
    pub fn run(self) -> Result<(), Ended> {
        let stage = cast::Stage::set(self.folder.as_deref())?;
        let mut teller = story::Teller::new(Duration::from_secs(self.pace.into()));
        let cast = story::play(&stage, &mut teller)?;
        say("");
        say(format!("{} steps, and the proof of each held.", teller.steps()));
        if self.once {
            return Ok(());
        }
        say("");
        say("The nodes go on running. Sign in with the token in the file beside each address; Ctrl-C ends them.");
        for side in cast.all() {
            for line in side.addresses() {
                say(line);
            }
        }
        wait_for_interrupt()
    }
}

/// Waits until somebody ends it. The nodes are children and end with it.
fn wait_for_interrupt() -> Result<(), Ended> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|why| Ended::new(FAILURE, format!("no thread to run on: {why}")))?;
    runtime.block_on(async {
        use tokio::signal::unix::{SignalKind, signal};
        let listen = |kind| signal(kind).map_err(|why| Ended::new(FAILURE, format!("no signals can be heard: {why}")));
        let (mut term, mut int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        Ok(())
    })
}
