//! `comity key`: ceremonies on the keyring, on the node's own machine: what is there, rotation, revocation, the root's way offline.
//!
//! They change files, never a running process: the node reads keyring and card anew when it gets SIGHUP, and when it starts. The lock on the keyring
//! keeps two ceremonies, or a ceremony and a node that just reads, apart. What a card may say next, `keys` and `seal` decide.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use keys::authority::NewKey;
use keys::{Changes, Entry, Keyring, Kind, RootKey, SecretSource};
use seal::Fingerprint;
use seal::card::Card;
use seal::certificate::Period;
use serde_json::{Value, json};
use terms::Moment;

use crate::client::show;
use crate::config::{Config, Source};
use crate::serve::lock::Lock;
use crate::serve::{KEYS_LOCK, running};
use crate::{Ended, FAILURE, NOT_FOUND, PARTLY, USAGE, fault, now, passphrase, say};

const DAY: i64 = 86_400;
const YEAR: i64 = 366 * DAY;

/// Ceremonies with keys, on the node's own machine.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity key list
  comity key rotate seal --root-secret passphrase-file:/media/a/root.txt --root /media/a/root-….vault
  comity key revoke FINGERPRINT --since 2026-11-20T08:00:00Z --root-secret …   and rotate it in the same breath
  comity key take-root-offline /media/a
  comity key make /etc/comity/node.key

They need the configuration (--config), no token, and not that the node stands still. A running node reads keyring and card anew on
SIGHUP; otherwise they hold from its next start. docs/operating/keys.md says when to do what.")]
pub struct Key {
    #[command(flatten)]
    source: Source,
    /// Say what would happen, or why it would be refused, and change nothing.
    #[arg(long, global = true)]
    dry_run: bool,
    #[command(subcommand)]
    verb: Verb,
}

/// How every ceremony ends that was only tried.
const TRIED: &str = "This was a dry run: nothing was changed.";

#[derive(Subcommand)]
enum Verb {
    /// What stands in the keyring, and what the card says of it.
    List {
        /// As one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Issue the next edition of the card with a new key.
    Rotate(Box<Rotate>),
    /// Issue the next edition of the card without a key that may have been in other hands.
    Revoke(Box<Revoke>),
    /// Move the root to another medium; the file here is overwritten and removed.
    TakeRootOffline {
        /// A folder on the medium, mounted so that only this account may read it.
        to: PathBuf,
    },
    /// Make a key file of 32 random bytes, closed to others.
    Make {
        /// The file, which must not exist.
        file: PathBuf,
    },
}

/// The root, for as long as a ceremony takes.
#[derive(Args)]
struct Root {
    /// Where the secret is that opens the root. Otherwise its passphrase is asked for, at a terminal.
    #[arg(long, value_name = "REFERENCE")]
    root_secret: Option<SecretSource>,
    /// The root's file on its medium, if it is not in the keyring.
    #[arg(long = "root", value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Which key.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// On acts, receipts and notices.
    Seal,
    /// On connections.
    Tls,
    /// To which others seal envelopes.
    Encryption,
}

#[derive(Args)]
struct Rotate {
    /// Which key.
    what: What,
    #[command(flatten)]
    root: Root,
    /// From when on the new one is used. Otherwise a seal from tomorrow, so that peers hold the card by then, and others at once.
    #[arg(long, value_name = "MOMENT")]
    begins: Option<Moment>,
    /// Until when the former ones are used. Otherwise 30 days more.
    #[arg(long, value_name = "MOMENT")]
    former_until: Option<Moment>,
    /// For how many years the new one is used.
    #[arg(long, value_name = "YEARS", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=10))]
    years: u8,
}

#[derive(Args)]
struct Revoke {
    /// The fingerprint of a seal or TLS certificate, or the id of an encryption key; or its first eight or more digits.
    key: String,
    /// The last moment at which it surely was in no other hands. What was sealed later does not count.
    #[arg(long, value_name = "MOMENT")]
    since: Moment,
    #[command(flatten)]
    root: Root,
}

impl Key {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        if let Verb::Make { file } = &self.verb {
            if self.dry_run {
                return would_make(file);
            }
            keys::secret::create_key_file(file).map_err(fault)?;
            say(format!(
                "{} is made. Keep it on another disk than the keyring, and out of its backups.",
                file.display()
            ));
            return Ok(());
        }
        let config = Config::load(&self.source)?;
        let keyring = Keyring::open(&config.keys).map_err(fault)?;
        match self.verb {
            Verb::List { json } => list(&keyring, json),
            Verb::Rotate(rotate) => rotate.run(&config, &keyring, self.dry_run),
            Verb::Revoke(revoke) => revoke.run(&config, &keyring, self.dry_run),
            Verb::TakeRootOffline { to } => take_root_offline(&config, &keyring, &to, self.dry_run),
            Verb::Make { .. } => Ok(()),
        }
    }
}

/// The card that is held, as its own root has signed it.
pub fn held(keyring: &Keyring) -> Result<Card, Ended> {
    let claimed = keyring.card().map_err(fault)?.claim();
    let approved = claimed.and_then(|claimed| {
        let root = claimed.root_fingerprint();
        claimed.approve(&root)
    });
    approved
        .map_err(|flaw| Ended::new(crate::VERIFICATION, format!("The card in the keyring does not verify: {flaw}.")))
}

/// What the card says of a key.
fn standing(card: &Card, entry: &Entry, now: Moment) -> String {
    let statement = card.statement();
    let until = |since: Moment, last: Moment| match (since..=last).contains(&now) {
        true => format!("in use until {last}"),
        false if now < since => format!("used from {since}"),
        false => format!("use ended {last}"),
    };
    let id = entry.id();
    match entry.kind() {
        Kind::Root if card.root().certificate().fingerprint().to_string() == id => {
            format!("the root; HERE AND NOT OFFLINE; valid until {}", card.root().certificate().until())
        }
        Kind::Seal => statement.seals.iter().find(|seal| seal.certificate.fingerprint().to_string() == id).map_or_else(
            not_listed,
            |seal| match seal.compromised_since {
                Some(since) => format!("COMPROMISED since {since}"),
                None => until(seal.since, seal.last()),
            },
        ),
        Kind::Tls => {
            let listed = statement.tls.iter().find(|tls| tls.certificate.fingerprint().to_string() == id);
            listed.map_or_else(not_listed, |tls| until(tls.since, tls.until))
        }
        Kind::Encryption => {
            let listed = statement.encryption.iter().find(|key| key.public.id().to_string() == id);
            listed.map_or_else(not_listed, |key| until(key.since, key.until))
        }
        Kind::Ledger if statement.ledger.witness == entry.public.to_text() => "cosigns the logs of others".to_owned(),
        Kind::Ledger if statement.ledger.key == entry.public.to_text() => {
            format!("signs log generation {}", statement.ledger.generation)
        }
        Kind::Root | Kind::Ledger => not_listed(),
    }
}

fn not_listed() -> String {
    "not listed by the card".to_owned()
}

fn list(keyring: &Keyring, json: bool) -> Result<(), Ended> {
    let (listing, card, now) = (keyring.list().map_err(fault)?, held(keyring)?, now()?);
    let unreadable: Vec<String> = listing.unreadable.iter().map(ToString::to_string).collect();
    if json {
        let one = |entry: &Entry| json!({ "kind": entry.kind().to_string(), "id": entry.id(), "standing": standing(&card, entry, now) });
        let keys: Vec<Value> = listing.entries.iter().map(one).collect();
        say(
            json!({ "authority": card.authority(), "edition": card.edition(), "keys": keys, "unreadable": unreadable }),
        );
    } else {
        say(format!("{}, card edition {} of {}", card.authority(), card.edition(), card.issued()));
        let row = |entry: &Entry| {
            vec![entry.kind().to_string(), entry.id().chars().take(16).collect(), standing(&card, entry, now)]
        };
        say(show::table(&listing.entries.iter().map(row).collect::<Vec<_>>()));
    }
    match unreadable.as_slice() {
        [] => Ok(()),
        some => Err(Ended::new(PARTLY, format!("Not readable:\n  {}", some.join("\n  ")))),
    }
}

impl Root {
    /// Opens the root where it is.
    fn open(&self, keyring: &Keyring, card: &Card) -> Result<RootKey, Ended> {
        let secret = passphrase::get(&passphrase::of_root(self.root_secret.as_ref()))?;
        let opened = match &self.file {
            Some(file) => RootKey::open(file, &secret),
            None => keyring.root(&card.root().certificate().fingerprint(), &secret),
        };
        opened.map_err(fault)
    }
    /// Issues the next edition, and writes the card beside the configuration. If it is only tried, keys and card are made in a place of their own
    /// and thrown away; says whether they are there.
    fn issue(
        &self,
        config: &Config,
        keyring: &Keyring,
        card: &Card,
        changes: &Changes,
        dry_run: bool,
    ) -> Result<bool, Ended> {
        let _alone = Lock::take(&config.data.join(KEYS_LOCK), "The keyring")?;
        let (root, node_secret) = (self.open(keyring, card)?, passphrase::get(&config.node_secret)?);
        let edition = card.edition() + 1;
        if dry_run {
            let aside = tempfile::tempdir()
                .map_err(|why| Ended::new(FAILURE, format!("There is no place to try it: {why}.")))?;
            let trial = Keyring::create(&aside.path().join("keys")).map_err(fault)?;
            keys::reissue(&trial, card, &root, &node_secret, changes, now()?).map_err(fault)?;
            say(format!("Edition {edition} of the card would be issued. {TRIED}"));
            return Ok(false);
        }
        let next = keys::reissue(keyring, card, &root, &node_secret, changes, now()?).map_err(fault)?;
        let file = config.data.join(format!("{}.card.json", config.authority));
        let written = std::fs::write(&file, next.to_file());
        written.map_err(|why| {
            Ended::new(PARTLY, format!("Edition {edition} is issued, but {} cannot be written: {why}", file.display()))
        })?;
        say(format!("Edition {edition} of the card is issued: {}", file.display()));
        say(match running(&config.data) {
            Some(process) => format!("The node runs and does not know yet: kill -HUP {process}"),
            None => "The node takes it up when it starts.".to_owned(),
        });
        say("Peers fetch the card from the node by themselves; give it by hand to those whom only the pouch reaches.");
        Ok(true)
    }
}

impl Rotate {
    fn run(self, config: &Config, keyring: &Keyring, dry_run: bool) -> Result<(), Ended> {
        let (card, now) = (held(keyring)?, now()?);
        let begins = self.begins.unwrap_or(if self.what == What::Seal { now.plus_seconds(DAY) } else { now });
        if begins < now {
            return Err(Ended::new(
                USAGE,
                format!("--begins {begins} has passed; a new key is not used before it exists."),
            ));
        }
        let former = self.former_until.unwrap_or_else(|| begins.plus_seconds(30 * DAY));
        if former < begins {
            return Err(Ended::new(
                USAGE,
                format!(
                    "--former-until {former} lies before the new key begins ({begins}): nothing could be used between."
                ),
            ));
        }
        let last = card.root().certificate().until();
        let until = begins.plus_seconds(i64::from(self.years) * YEAR).min(last);
        let key = NewKey { period: Period::new(begins, until), former_until: Some(former) };
        let mut changes = Changes::default();
        match self.what {
            What::Seal => changes.new_seal = Some(key),
            What::Encryption => changes.new_encryption = Some(key),
            What::Tls => {
                let newest = card.statement().tls.iter().max_by_key(|entry| entry.until);
                let names = newest.map(|entry| entry.certificate.tls_names().to_vec()).unwrap_or_default();
                changes.new_tls = Some((names, key));
            }
        }
        if !self.root.issue(config, keyring, &card, &changes, dry_run)? {
            return Ok(());
        }
        say(format!("The new key is used from {begins} until {until}, the former until {former} at the latest."));
        if self.what == What::Tls {
            say(
                "The former certificate is shown until its use ends: peers learn of the new one over a connection that shows it.",
            );
        }
        Ok(())
    }
}

impl Revoke {
    fn run(self, config: &Config, keyring: &Keyring, dry_run: bool) -> Result<(), Ended> {
        let (card, now) = (held(keyring)?, now()?);
        if self.since > now {
            return Err(Ended::new(USAGE, format!("--since {} has not come yet.", self.since)));
        }
        let given: String =
            self.key.chars().filter(|c| !c.is_whitespace() && *c != ':').collect::<String>().to_ascii_lowercase();
        let statement = card.statement();
        let seals = statement.seals.iter().map(|entry| (entry.certificate.fingerprint(), "seal"));
        let tls = statement.tls.iter().map(|entry| (entry.certificate.fingerprint(), "TLS certificate"));
        let certificates: Vec<(Fingerprint, &str)> =
            seals.chain(tls).filter(|(id, _)| id.to_string().starts_with(&given)).collect();
        let encryption = statement.encryption.iter().map(|entry| entry.public.id());
        let encryption: Vec<_> = encryption.filter(|id| id.to_string().starts_with(&given)).collect();
        let mut changes = Changes::default();
        let what = match (certificates.as_slice(), encryption.as_slice()) {
            _ if given.len() < 8 => return Err(Ended::new(USAGE, "Give eight or more digits of the key.")),
            ([(fingerprint, what)], []) => {
                changes.compromised = vec![(*fingerprint, self.since)];
                *what
            }
            ([], [id]) => {
                changes.withdrawn_encryption = vec![*id];
                "encryption key"
            }
            ([], []) => return Err(Ended::new(NOT_FOUND, format!("The card lists no key that begins with {given}."))),
            _ => return Err(Ended::new(USAGE, format!("{given} does not name one key; give more of it."))),
        };
        // A node without a key that it can use would be mute; the same edition brings the new one.
        let last = card.root().certificate().until();
        let key = NewKey { period: Period::new(now, now.plus_seconds(2 * YEAR).min(last)), former_until: None };
        match what {
            "seal" => changes.new_seal = Some(key),
            "encryption key" => changes.new_encryption = Some(key),
            _ => {
                let revoked = statement
                    .tls
                    .iter()
                    .find(|entry| certificates.iter().any(|(id, _)| *id == entry.certificate.fingerprint()));
                let names = revoked.map(|entry| entry.certificate.tls_names().to_vec()).unwrap_or_default();
                changes.new_tls = Some((names, key));
            }
        }
        if !self.root.issue(config, keyring, &card, &changes, dry_run)? {
            return Ok(());
        }
        say(match what {
            "seal" => format!("What it sealed after {} does not count any more; a new seal is used at once. Tell your peers by phone.", self.since),
            "encryption key" => "Nobody seals to it any more. What was sealed to it before must be considered read.".to_owned(),
            _ => "It is not shown any more. Peers that do not hold this card yet turn the new one away: give them the card by hand, now.".to_owned(),
        });
        Ok(())
    }
}

fn would_make(file: &Path) -> Result<(), Ended> {
    if file.symlink_metadata().is_ok() {
        return Err(Ended::new(FAILURE, format!("{} is there already, and nothing is overwritten.", file.display())));
    }
    say(format!("{} would be made. {TRIED}", file.display()));
    Ok(())
}

fn take_root_offline(config: &Config, keyring: &Keyring, to: &Path, dry_run: bool) -> Result<(), Ended> {
    let _alone = Lock::take(&config.data.join(KEYS_LOCK), "The keyring")?;
    let fingerprint = held(keyring)?.root().certificate().fingerprint();
    let entry = keyring
        .find(Kind::Root, &fingerprint.to_string())
        .map_err(|why| Ended::new(NOT_FOUND, terms::Fault::from(why)))?;
    if dry_run {
        if !to.is_dir() {
            return Err(Ended::new(FAILURE, format!("{} is no folder.", to.display())));
        }
        say(format!("The root would be moved to {}. {TRIED}", to.display()));
        return Ok(());
    }
    let copy = keyring.take_root_offline(&entry, to).map_err(|why| Ended::new(FAILURE, terms::Fault::from(why)))?;
    say(format!("The root is in {} alone; the file here was overwritten and removed.", copy.display()));
    say(
        "Now: unmount, mount again, and try it (comity key list does not need it; the next rotation does). Copy it to a second medium,",
    );
    say(
        "and keep the two in different places. Disks, snapshots and backups of this machine may still hold the overwritten file.",
    );
    Ok(())
}
