//! Where a command gets a secret: from the reference, or from a person at a terminal, who sees nothing of what they type.
//!
//! Nobody is asked where standard input is no terminal: a script that waited for an answer would wait for ever. A passphrase that locks something new is
//! typed twice. Never here: an argument or a variable that holds one (`docs/operating/keys.md`).

use std::io::IsTerminal as _;

use keys::{Secret, SecretSource};
use zeroize::Zeroizing;

use crate::{Ended, FAILURE, USAGE, fault};

/// What is meant if nothing else was said of the root's secret.
pub fn of_root(named: Option<&SecretSource>) -> SecretSource {
    named.cloned().unwrap_or_else(|| SecretSource::PassphrasePrompt("root".to_owned()))
}

/// Refuses if the secret is to be typed and there is nowhere to type it.
pub fn can_be_had(source: &SecretSource) -> Result<(), Ended> {
    match source {
        SecretSource::PassphrasePrompt(name) if !std::io::stdin().is_terminal() => {
            let sentence = format!(
                "The passphrase of “{name}” is to be typed, and standard input is no terminal. Say where it is instead, for example \
                 passphrase-file:/media/ceremony/{name}.txt (mode 0600), passphrase-credential:NAME or passphrase-descriptor:3."
            );
            Err(Ended::new(USAGE, sentence))
        }
        _ => Ok(()),
    }
}

/// Gets the secret of something that is there.
pub fn get(source: &SecretSource) -> Result<Secret, Ended> {
    can_be_had(source)?;
    match source {
        SecretSource::PassphrasePrompt(name) => secret(typed(&format!("Passphrase of {name}: "))?),
        _ => source.read().map_err(fault),
    }
}

/// Gets the secret of something that is about to be made.
pub fn get_new(source: &SecretSource) -> Result<Secret, Ended> {
    can_be_had(source)?;
    let SecretSource::PassphrasePrompt(name) = source else { return source.read().map_err(fault) };
    let first = typed(&format!("New passphrase of {name}: "))?;
    if *first != *typed("The same again: ")? {
        return Err(Ended::new(USAGE, "The two differ. Nothing was made."));
    }
    secret(first)
}

fn typed(prompt: &str) -> Result<Zeroizing<String>, Ended> {
    let typed = rpassword::prompt_password(prompt);
    typed
        .map(Zeroizing::new)
        .map_err(|why| Ended::new(FAILURE, format!("Nothing could be read from the terminal: {why}.")))
}

fn secret(text: Zeroizing<String>) -> Result<Secret, Ended> {
    Secret::passphrase(Zeroizing::new(text.as_bytes().to_vec())).map_err(fault)
}
