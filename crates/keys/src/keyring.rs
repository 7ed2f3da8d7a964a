//! A folder of vaults: the keys of one node, found by kind and id, and lent to those who sign and open.
//!
//! `root-<id>.vault` (absent while the root is offline), `seal-…`, `tls-…`, `encryption-…`, `ledger-…`, and `card.json`, the last card that
//! was issued. What each key is called can be read without a secret; what it can do cannot. Which key is *used* is not decided here: the
//! caller asks by fingerprint, id or origin, as the card says.
//!
//! INVARIANT: before a key is lent, the public half in its file is compared with the secret, so a vault with an exchanged first line lends nothing.

mod lend;
mod make;
mod public;

use std::fmt;
use std::path::{Path, PathBuf};

use seal::SignedCard;

use crate::file::{self, Pending, Readers};
use crate::vault::{FILE_BYTES_MAX, Header};
use crate::{KeyFault, Kind, Secret, Vault, chance};

pub use lend::{RootKey, TlsIdentity};
pub use public::PublicPart;

const ENDING: &str = ".vault";
const CARD: &str = "card.json";

/// The folder in which a node's keys stand.
#[derive(Debug, Clone)]
pub struct Keyring {
    folder: PathBuf,
}

/// One key of a keyring, as far as anyone may know it. Authentic only once the key was lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The public half.
    pub public: PublicPart,
    /// A line for people.
    pub label: String,
    /// Whether a passphrase opens it (or else a key file).
    pub wants_passphrase: bool,
    /// Its file.
    pub file: PathBuf,
}

impl Entry {
    /// What the key is for.
    pub fn kind(&self) -> Kind {
        self.public.kind()
    }
    /// What it is called: a certificate's fingerprint, an encryption key's id, a ledger key's id.
    pub fn id(&self) -> String {
        self.public.id()
    }
}

/// What stands in a keyring.
#[derive(Debug)]
pub struct Listing {
    /// The keys, by kind, then by id.
    pub entries: Vec<Entry>,
    /// Files that should be keys and cannot be read, each with the reason. They stop nothing else.
    pub unreadable: Vec<KeyFault>,
}

/// A key was destroyed, as far as a program can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destroyed {
    /// The file that is gone.
    pub file: PathBuf,
}

impl fmt::Display for Destroyed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} was overwritten and removed. Solid-state disks, snapshots, journals and backups may keep copies; \
             they are as safe as the passphrase or key file that locked it.",
            self.file.display()
        )
    }
}

impl Keyring {
    /// Makes an empty keyring in a folder that does not exist yet, for its owner alone.
    pub fn create(folder: &Path) -> Result<Self, KeyFault> {
        file::create_folder(folder)?;
        file::sync_folder(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }
    /// Opens a keyring; refuses a folder in which others may look or write.
    pub fn open(folder: &Path) -> Result<Self, KeyFault> {
        file::check_folder(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }
    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
    /// The same keyring after its folder was renamed.
    pub(crate) fn moved_to(self, folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// All keys. Needs no secret.
    pub fn list(&self) -> Result<Listing, KeyFault> {
        let mut listing = Listing { entries: Vec::new(), unreadable: Vec::new() };
        for path in file::files(&self.folder)? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.ends_with(ENDING) && !name.starts_with('.') {
                match read(&path) {
                    Ok((entry, _)) => listing.entries.push(entry),
                    Err(fault) => listing.unreadable.push(fault),
                }
            }
        }
        listing.entries.sort_by_key(|entry| (entry.kind(), entry.id()));
        Ok(listing)
    }
    /// The key of this kind and id.
    pub fn find(&self, kind: Kind, id: &str) -> Result<Entry, KeyFault> {
        let absent = || {
            let remedy = if kind == Kind::Root { "; if it is offline, open it where it is kept" } else { "" };
            KeyFault::Absent(format!("{kind} key {id}{remedy}"))
        };
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(absent());
        }
        let path = self.path(kind, id);
        if path.symlink_metadata().is_err() {
            return Err(absent().in_file(&self.folder));
        }
        Ok(read(&path)?.0)
    }

    /// Locks a key's file under another secret; until the last instant the file stands under the old one, whole.
    pub fn relock(&self, entry: &Entry, old: &Secret, new: &Secret) -> Result<(), KeyFault> {
        let (_, vault) = read(&entry.file)?;
        let secret = vault.open(old).map_err(|fault| fault.in_file(&entry.file))?;
        let again = Vault::lock(vault.header().clone(), &secret, new, &mut chance::system_random()?)?;
        Pending::write(&entry.file, again.bytes())?.replace()
    }

    /// Overwrites a key and removes it. Whether it is still needed, the caller knows: encryption keys are drained first.
    pub fn destroy(&self, entry: &Entry) -> Result<Destroyed, KeyFault> {
        file::destroy(&entry.file)?;
        Ok(Destroyed { file: entry.file.clone() })
    }

    /// Copies the root's file to a folder on another medium, reads the copy back, compares, and only then destroys the file here.
    ///
    /// What is read back may come from memory rather than from the medium: unmount, mount again, and open it with [`RootKey::open`].
    pub fn take_root_offline(&self, root: &Entry, to: &Path) -> Result<PathBuf, KeyFault> {
        if root.kind() != Kind::Root {
            return Err(KeyFault::Mismatch("it is no root").in_file(&root.file));
        }
        let original = file::read_private(&root.file, FILE_BYTES_MAX, Readers::OwnerAlone)?;
        let copy = to.join(root.file.file_name().unwrap_or_default());
        file::write_exclusive(&copy, &original)?;
        let compared = file::sync_folder(&copy).and_then(|()| {
            let found = file::read_private(&copy, FILE_BYTES_MAX, Readers::OwnerAlone)?;
            if found == original { Ok(()) } else { Err(KeyFault::CopyDiffers.in_file(&copy)) }
        });
        if let Err(fault) = compared {
            // Ours, new a moment ago, and of no use.
            let _ = std::fs::remove_file(&copy);
            return Err(fault);
        }
        file::destroy(&root.file)?;
        Ok(copy)
    }

    /// Removes what an interrupted write or destruction left behind; says how many files that were. To be called before
    /// anything else uses the folder.
    pub fn sweep(&self) -> Result<usize, KeyFault> {
        file::sweep(&self.folder)
    }

    /// The last card that was issued from this keyring.
    pub fn card(&self) -> Result<SignedCard, KeyFault> {
        let path = self.folder.join(CARD);
        let bytes = file::read_private(&path, seal::card::FILE_BYTES_MAX, Readers::OwnerAlone)?;
        SignedCard::parse(&bytes).map_err(|flaw| KeyFault::from(flaw).in_file(&path))
    }
    /// Whether any card was issued from this keyring.
    pub fn has_card(&self) -> bool {
        self.folder.join(CARD).symlink_metadata().is_ok()
    }
    /// Keeps a card as the last one, before anyone sees it.
    pub(crate) fn keep_card(&self, card: &SignedCard) -> Result<(), KeyFault> {
        Pending::write(&self.folder.join(CARD), &card.to_file())?.replace()
    }

    fn path(&self, kind: Kind, id: &str) -> PathBuf {
        self.folder.join(format!("{kind}-{id}{ENDING}"))
    }
    /// Locks a new secret and adds it.
    fn add(&self, public: PublicPart, label: &str, secret: &[u8], by: &Secret) -> Result<Entry, KeyFault> {
        let header = Header { kind: public.kind(), label: label.to_owned(), public: public.to_text() };
        let vault = Vault::lock(header, secret, by, &mut chance::system_random()?)?;
        let path = self.path(public.kind(), &public.id());
        Pending::write(&path, vault.bytes())?.publish_new()?;
        Ok(read(&path)?.0)
    }
}

/// Reads a key's file as far as that goes without a secret.
fn read(path: &Path) -> Result<(Entry, Vault), KeyFault> {
    let bytes = file::read_private(path, FILE_BYTES_MAX, Readers::OwnerAlone)?;
    let entry = |vault: &Vault| {
        let header = vault.header();
        let public = PublicPart::parse(header.kind, &header.public)?;
        let name = format!("{}-{}{ENDING}", public.kind(), public.id());
        if path.file_name().unwrap_or_default().to_string_lossy() != name {
            return Err(KeyFault::Mismatch("its name is not that of the key in it"));
        }
        let (label, wants_passphrase) = (header.label.clone(), vault.wants_passphrase());
        Ok(Entry { public, label, wants_passphrase, file: path.to_owned() })
    };
    let read = Vault::parse(&bytes).and_then(|vault| Ok((entry(&vault)?, vault)));
    read.map_err(|fault| fault.in_file(path))
}
