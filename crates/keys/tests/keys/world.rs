//! Small helpers: secrets, moments, a founded authority in a temporary folder.

use std::convert::Infallible;
use std::path::Path;

use keys::authority::Validity;
use keys::{Founded, Founding, KdfCost, KeyFault, Secret, found};
use rand_core::{TryCryptoRng, TryRng};
use seal::certificate::Period;
use seal::{Card, TlsName};
use tempfile::TempDir;
use terms::{Digest, Moment};
use zeroize::Zeroizing;

pub const PASSPHRASE: &str = "correct horse battery staple";

/// A cost that a test can afford; nobody should lock anything real with it.
pub fn cheap() -> KdfCost {
    KdfCost::new(16, 1, 1).expect("within the limits")
}

pub fn passphrase(text: &str) -> Secret {
    Secret::passphrase(Zeroizing::new(text.as_bytes().to_vec())).expect("a passphrase").with_cost(cheap())
}

pub fn key(byte: u8) -> Secret {
    let mut key = [byte; 32];
    key[0] = byte.wrapping_add(1);
    Secret::key(Zeroizing::new(key))
}

pub fn moment(text: &str) -> Moment {
    text.parse().expect("tests write moments well")
}

pub fn period(from: &str, until: &str) -> Period {
    Period::new(moment(from), moment(until))
}

pub fn now() -> Moment {
    moment("2026-06-01T12:00:00Z")
}

pub fn founding() -> Founding {
    let leaf = period("2026-06-01T00:00:00Z", "2028-06-01T00:00:00Z");
    Founding {
        authority: "es.moj".parse().expect("an authority"),
        names: [("en".to_owned(), "Ministry of Justice".to_owned())].into(),
        languages: vec!["es".into(), "en".into()],
        procedures: vec!["assistance/1".into(), "consultation/1".into()],
        endpoints: vec!["https://node.example:8443/comity".into()],
        tls_names: vec![TlsName::Dns("node.example".into()), TlsName::Ip([127, 0, 0, 1].into())],
        validity: Validity { root: period("2026-06-01T00:00:00Z", "2046-06-01T00:00:00Z"), leaf, encryption: leaf },
    }
}

/// An authority whose root is under key 1 and whose node keys are under key 2.
pub struct World {
    pub folder: TempDir,
    pub founded: Founded,
    pub root: Secret,
    pub node: Secret,
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (root, node) = (key(1), key(2));
        let founded = found(&folder.path().join("keys"), &founding(), &root, &node, now()).expect("founded");
        Self { folder, founded, root, node }
    }
    pub fn card(&self) -> Card {
        self.founded.card.verify(&self.founded.root).expect("a card under its root")
    }
}

/// The code with which something was refused.
pub fn code<T: std::fmt::Debug>(result: Result<T, KeyFault>) -> &'static str {
    result.expect_err("it must be refused").code()
}

pub fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("chmod");
}

pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).expect("it is there").mode() & 0o7777
}

/// Randomness that every run sees alike.
pub struct Seeded(pub &'static str, pub u64);

impl TryRng for Seeded {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            let block = Digest::of(&[self.0.as_bytes(), &self.1.to_be_bytes()]);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            self.1 += 1;
        }
        Ok(())
    }
}
impl TryCryptoRng for Seeded {}
