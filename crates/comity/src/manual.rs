//! `comity completion` and `comity man`: what a shell and a packager ask of the program, made from the commands themselves.
//!
//! Nothing is written twice: help, completions and pages come from the same definitions. Neither command asks a node or reads a configuration.

use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use crate::{Arguments, Ended, FAILURE, say};

/// Print the completions for a shell.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity completion bash > /etc/bash_completion.d/comity
  comity completion zsh > \"${fpath[1]}/_comity\"
  comity completion fish > ~/.config/fish/completions/comity.fish")]
pub struct Completion {
    /// Which shell.
    shell: Shell,
}

impl Completion {
    /// Prints them.
    pub fn run(self) -> Result<(), Ended> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "comity", &mut script);
        say(String::from_utf8_lossy(&script).trim_end());
        Ok(())
    }
}

/// Write the manual: one page for each command.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity man --to /usr/local/share/man/man1
  comity man --to . && man ./comity-peer-approve.1

Pages that are there already are written anew.")]
pub struct Man {
    /// The folder, which must exist.
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
}

impl Man {
    /// Writes them.
    pub fn run(self) -> Result<(), Ended> {
        let folder = self.to.display();
        let failed =
            |why: std::io::Error| Ended::new(FAILURE, format!("The pages cannot be written to {folder}: {why}."));
        if !self.to.is_dir() {
            return Err(failed(std::io::ErrorKind::NotADirectory.into()));
        }
        clap_mangen::generate_to(Arguments::command(), &self.to).map_err(failed)?;
        say(format!("The manual is in {folder}; begin with `man {}`.", self.to.join("comity.1").display()));
        Ok(())
    }
}
