//! What unlocks a vault, a passphrase or a key of 32 bytes, and the references by which a configuration names where it is.
//!
//! A configuration holds a [`SecretSource`], never a secret: a process list, a shell history and a unit file are read by others.
//! A passphrase is stretched by Argon2id; that takes a moment on purpose, so one [`Secret`] remembers the last stretching, and files locked
//! by the same [`Secret`] share its salt: a node with ten keys pays once when it starts.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::{CryptoRng, Rng as _};
use terms::{Malformed, Salt};
use zeroize::Zeroizing;

use crate::file::{Readers, read_private};
use crate::vault::Lock;
use crate::{KeyFault, chance};

/// The longest passphrase in bytes.
const PASSPHRASE_BYTES_MAX: usize = 1024;
/// The shortest passphrase, in characters, under which anything new is locked: who copies the file can guess at leisure.
const PASSPHRASE_CHARS_MIN: usize = 12;

/// What a passphrase costs to try: memory, passes, lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KdfCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl KdfCost {
    /// The most memory in KiB that opening a vault may take: 256 MiB.
    pub const MEMORY_KIB_MAX: u32 = 256 * 1024;
    /// The most passes.
    pub const PASSES_MAX: u32 = 16;
    /// The most lanes.
    pub const LANES_MAX: u32 = 4;

    /// What new vaults cost unless told otherwise: 64 MiB, three passes, one lane.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// A cost within the limits; anything else would be a way to exhaust the machine that opens the file.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, KeyFault> {
        let within = (1..=Self::LANES_MAX).contains(&lanes)
            && (8 * lanes..=Self::MEMORY_KIB_MAX).contains(&memory_kib)
            && (1..=Self::PASSES_MAX).contains(&passes);
        let cost = format!("{memory_kib} KiB of memory, {passes} passes and {lanes} lanes");
        if within { Ok(Self { memory_kib, passes, lanes }) } else { Err(KeyFault::TooCostly(cost)) }
    }
    /// Memory in KiB, passes, lanes.
    pub const fn parts(&self) -> (u32, u32, u32) {
        (self.memory_kib, self.passes, self.lanes)
    }
    pub(crate) fn argon2(&self) -> Argon2<'static> {
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(32));
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params.expect("INVARIANT: the constructor kept the limits"))
    }
}

/// A passphrase or a key, in memory. Erased when dropped; never printed.
pub struct Secret {
    material: Material,
    cost: KdfCost,
    stretched: Mutex<Option<Stretched>>,
}

enum Material {
    Passphrase(Zeroizing<Vec<u8>>),
    Key(Zeroizing<[u8; 32]>),
}

/// The last passphrase that was stretched, and how.
struct Stretched {
    salt: Salt,
    cost: KdfCost,
    key: Zeroizing<[u8; 32]>,
}

impl Secret {
    /// A passphrase that a door asked for, without its line end.
    pub fn passphrase(text: Zeroizing<Vec<u8>>) -> Result<Self, KeyFault> {
        if text.is_empty() || text.len() > PASSPHRASE_BYTES_MAX || std::str::from_utf8(&text).is_err() {
            return Err(KeyFault::Secret("a passphrase is 1 to 1024 bytes of UTF-8"));
        }
        Ok(Self::of(Material::Passphrase(text)))
    }
    /// A key of 32 random bytes.
    pub fn key(key: Zeroizing<[u8; 32]>) -> Self {
        Self::of(Material::Key(key))
    }
    fn of(material: Material) -> Self {
        Self { material, cost: KdfCost::STANDARD, stretched: Mutex::new(None) }
    }
    /// Locks new vaults at another cost than the standard one; existing vaults name their own.
    #[must_use]
    pub fn with_cost(mut self, cost: KdfCost) -> Self {
        self.cost = cost;
        self
    }
    /// What it is, for messages.
    pub(crate) const fn name(&self) -> &'static str {
        match self.material {
            Material::Passphrase(_) => "passphrase",
            Material::Key(_) => "key file",
        }
    }
    /// How a new vault is to be locked by this secret.
    pub(crate) fn new_lock(&self, rng: &mut dyn CryptoRng) -> Result<Lock, KeyFault> {
        let Material::Passphrase(text) = &self.material else {
            return Ok(Lock::Key);
        };
        if String::from_utf8_lossy(text).chars().count() < PASSPHRASE_CHARS_MIN {
            return Err(KeyFault::Secret("a passphrase that locks something new has at least 12 characters"));
        }
        let remembered = self.stretched.lock().unwrap_or_else(PoisonError::into_inner);
        let salt = remembered.as_ref().filter(|known| known.cost == self.cost).map(|known| known.salt);
        let salt = salt.unwrap_or_else(|| {
            let mut salt = [0; 16];
            rng.fill_bytes(&mut salt);
            Salt::new(salt)
        });
        Ok(Lock::passphrase(self.cost, salt))
    }
    /// The 32 bytes from which the keys of a vault under this lock are derived.
    pub(crate) fn base(&self, lock: &Lock) -> Result<Zeroizing<[u8; 32]>, KeyFault> {
        let text = match (&self.material, lock) {
            (Material::Key(key), Lock::Key) => return Ok(key.clone()),
            (Material::Passphrase(text), Lock::Passphrase { .. }) => text,
            _ => return Err(KeyFault::OtherLock { locked: lock.name(), given: self.name() }),
        };
        let (cost, salt) = lock.stretching()?;
        let mut remembered = self.stretched.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = remembered.as_ref().filter(|known| known.salt == salt && known.cost == cost) {
            return Ok(known.key.clone());
        }
        let mut key = Zeroizing::new([0; 32]);
        let derived = cost.argon2().hash_password_into(text, salt.as_bytes(), key.as_mut_slice());
        derived.map_err(|why| KeyFault::TooCostly(format!("what this machine does not have ({why})")))?;
        *remembered = Some(Stretched { salt, cost, key: key.clone() });
        Ok(key)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({})", self.name())
    }
}

/// Where a secret is, as a configuration may say it: `passphrase-file:/run/comity/passphrase`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file with a passphrase, of which one line end is dropped.
    PassphraseFile(PathBuf),
    /// A file of exactly 32 random bytes.
    KeyFile(PathBuf),
    /// A passphrase among the credentials that the service manager hands over (`$CREDENTIALS_DIRECTORY`).
    PassphraseCredential(String),
    /// A key of 32 bytes among these credentials.
    KeyCredential(String),
    /// A passphrase readable from an open file descriptor of this process.
    PassphraseDescriptor(u32),
    /// A passphrase that a door asks for at a terminal, under this name. This room asks nobody.
    PassphrasePrompt(String),
}

impl SecretSource {
    /// Fetches the secret.
    pub fn read(&self) -> Result<Secret, KeyFault> {
        let credential = |name: &str| {
            let folder = std::env::var_os("CREDENTIALS_DIRECTORY");
            folder.map(|folder| Path::new(&folder).join(name)).ok_or(KeyFault::Secret(
                "no credentials were handed over: $CREDENTIALS_DIRECTORY is not set; start the node as a service that loads them",
            ))
        };
        match self {
            Self::PassphraseFile(path) => passphrase_file(path, Readers::OwnerAlone),
            Self::KeyFile(path) => key_file(path, Readers::OwnerAlone),
            Self::PassphraseCredential(name) => passphrase_file(&credential(name)?, Readers::ServiceManager),
            Self::KeyCredential(name) => key_file(&credential(name)?, Readers::ServiceManager),
            Self::PassphraseDescriptor(number) => {
                // What stands behind a descriptor was opened by whoever started us, so its mode says nothing here.
                let path = PathBuf::from(format!("/dev/fd/{number}"));
                let mut text = Zeroizing::new(Vec::with_capacity(PASSPHRASE_BYTES_MAX + 3));
                let opened = std::fs::File::open(&path);
                let read = opened.and_then(|file| file.take(PASSPHRASE_BYTES_MAX as u64 + 3).read_to_end(&mut text));
                read.map_err(KeyFault::io("reading the descriptor", &path))?;
                one_line(text).map_err(|fault| fault.in_file(&path))
            }
            Self::PassphrasePrompt(_) => {
                Err(KeyFault::Secret("this passphrase is typed at a terminal, and none is here"))
            }
        }
    }
}

fn passphrase_file(path: &Path, readers: Readers) -> Result<Secret, KeyFault> {
    one_line(read_private(path, PASSPHRASE_BYTES_MAX + 2, readers)?).map_err(|fault| fault.in_file(path))
}

fn key_file(path: &Path, readers: Readers) -> Result<Secret, KeyFault> {
    let bytes = read_private(path, 32, readers)?;
    let mut key = Zeroizing::new([0; 32]);
    if bytes.len() != key.len() {
        return Err(KeyFault::Secret("a key file has exactly 32 bytes").in_file(path));
    }
    key.copy_from_slice(&bytes);
    if key.iter().all(|byte| *byte == key[0]) {
        return Err(KeyFault::Secret("a key file holds random bytes, and these are all the same").in_file(path));
    }
    Ok(Secret::key(key))
}

fn one_line(mut text: Zeroizing<Vec<u8>>) -> Result<Secret, KeyFault> {
    for end in [b'\n', b'\r'] {
        if text.last() == Some(&end) {
            text.pop();
        }
    }
    Secret::passphrase(text)
}

/// Draws a key of 32 bytes and writes it to a file that did not exist, for the owner alone.
pub fn create_key_file(path: &Path) -> Result<(), KeyFault> {
    let mut key = Zeroizing::new([0; 32]);
    let mut rng = chance::system_random()?;
    rng.fill_bytes(key.as_mut_slice());
    crate::file::Pending::write(path, key.as_slice())?.publish_new()
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PassphraseFile(path) => write!(f, "passphrase-file:{}", path.display()),
            Self::KeyFile(path) => write!(f, "key-file:{}", path.display()),
            Self::PassphraseCredential(name) => write!(f, "passphrase-credential:{name}"),
            Self::KeyCredential(name) => write!(f, "key-credential:{name}"),
            Self::PassphraseDescriptor(number) => write!(f, "passphrase-descriptor:{number}"),
            Self::PassphrasePrompt(name) => write!(f, "passphrase-prompt:{name}"),
        }
    }
}

impl FromStr for SecretSource {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        // What was typed is not repeated: it may be a passphrase in the wrong place.
        let refuse = || {
            Malformed::new(
                "(not shown)",
                "a reference such as passphrase-file:/run/comity/passphrase, key-file:…, passphrase-credential:…, key-credential:…, passphrase-descriptor:3 or passphrase-prompt:root",
            )
        };
        let (kind, place) = text.split_once(':').filter(|(_, place)| !place.is_empty()).ok_or_else(refuse)?;
        let name = || (!place.contains('/') && !place.starts_with('.')).then(|| place.to_owned()).ok_or_else(refuse);
        Ok(match kind {
            "passphrase-file" => Self::PassphraseFile(place.into()),
            "key-file" => Self::KeyFile(place.into()),
            "passphrase-credential" => Self::PassphraseCredential(name()?),
            "key-credential" => Self::KeyCredential(name()?),
            "passphrase-descriptor" => Self::PassphraseDescriptor(place.parse().map_err(|_| refuse())?),
            "passphrase-prompt" => Self::PassphrasePrompt(name()?),
            _ => return Err(refuse()),
        })
    }
}
