//! Lending: a key is unlocked, compared with its public half, and handed out behind the trait of the room that uses it.

use std::fmt;
use std::path::Path;

use ledger::key::NoteSigner as _;
use ledger::{Origin, SoftSigner, VerifierKey};
use seal::{Certificate, Certified, Fingerprint, P256Key, RootCertificate, Signer as _, XWingKey};
use zeroize::Zeroizing;

use super::{Entry, Keyring, PublicPart, read};
use crate::{KeyFault, Kind, SealKey, Secret};

/// An authority's root, unlocked. Kept for as long as a ceremony takes.
#[derive(Debug)]
pub struct RootKey {
    certificate: RootCertificate,
    signer: Certified<P256Key>,
}

impl RootKey {
    /// Opens a root where it is kept, in a keyring or offline.
    pub fn open(file: &Path, by: &Secret) -> Result<Self, KeyFault> {
        let (entry, secret) = unlock(file, Kind::Root, by)?;
        certified(&entry, &secret).and_then(|(signer, _)| Self::new(signer)).map_err(|fault| fault.in_file(file))
    }
    pub(super) fn new(signer: Certified<P256Key>) -> Result<Self, KeyFault> {
        let certificate = RootCertificate::try_from(signer.certificate().clone())?;
        Ok(Self { certificate, signer })
    }
    /// Its certificate.
    pub const fn certificate(&self) -> &RootCertificate {
        &self.certificate
    }
    /// The signer, for cards and certificates.
    pub const fn signer(&self) -> &Certified<P256Key> {
        &self.signer
    }
}

/// What a node shows over TLS: its certificate and the private key to it.
pub struct TlsIdentity {
    /// The certificate.
    pub certificate: Certificate,
    key: Zeroizing<Vec<u8>>,
}

impl TlsIdentity {
    /// The private key in PKCS#8, for the TLS library.
    pub fn pkcs8_der(&self) -> &[u8] {
        &self.key
    }
}
impl fmt::Debug for TlsIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TlsIdentity({:?}, private key not shown)", self.certificate)
    }
}

impl Keyring {
    /// The root of this fingerprint, if it is here and not offline.
    pub fn root(&self, fingerprint: &Fingerprint, by: &Secret) -> Result<RootKey, KeyFault> {
        RootKey::open(&self.find(Kind::Root, &fingerprint.to_string())?.file, by)
    }
    /// The seal of this fingerprint.
    pub fn seal(&self, fingerprint: &Fingerprint, by: &Secret) -> Result<Certified<SealKey>, KeyFault> {
        let file = self.find(Kind::Seal, &fingerprint.to_string())?.file;
        let (entry, secret) = unlock(&file, Kind::Seal, by)?;
        let joined = certified(&entry, &secret)
            .and_then(|(_, certificate)| Ok(Certified::new(SealKey::from_pkcs8_der(&secret)?, certificate)?));
        joined.map_err(|fault| fault.in_file(&file))
    }
    /// The TLS key of this fingerprint.
    pub fn tls(&self, fingerprint: &Fingerprint, by: &Secret) -> Result<TlsIdentity, KeyFault> {
        let file = self.find(Kind::Tls, &fingerprint.to_string())?.file;
        let (entry, key) = unlock(&file, Kind::Tls, by)?;
        let (_, certificate) = certified(&entry, &key).map_err(|fault| fault.in_file(&file))?;
        Ok(TlsIdentity { certificate, key })
    }
    /// Every encryption key that is held, old ones too: an opener that finds the right one by its id. Fails if any file of the
    /// keyring cannot be read.
    pub fn encryption(&self, by: &Secret) -> Result<Vec<XWingKey>, KeyFault> {
        let listing = self.list()?;
        // An old key that cannot be read would only be missed when an envelope comes for it, so it is said now.
        if let Some(fault) = listing.unreadable.into_iter().next() {
            return Err(fault);
        }
        let entries = listing.entries.iter().filter(|entry| entry.kind() == Kind::Encryption);
        entries.map(|entry| opener(&entry.file, by)).collect()
    }
    /// The key that signs the checkpoints of this log.
    pub fn ledger(&self, origin: &Origin, by: &Secret) -> Result<SoftSigner, KeyFault> {
        let of_this_log =
            |entry: &Entry| matches!(&entry.public, PublicPart::Ledger(key) if key.name().as_str() == origin.as_str());
        let entry = self.list()?.entries.into_iter().find(of_this_log);
        let entry = entry.ok_or_else(|| KeyFault::Absent(format!("ledger key of {}", origin.as_str())))?;
        note_signer(&entry.file, by)
    }
    /// The ledger key of this verifier key, as a card names it.
    pub fn ledger_key(&self, key: &VerifierKey, by: &Secret) -> Result<SoftSigner, KeyFault> {
        note_signer(&self.find(Kind::Ledger, &key.id().to_string())?.file, by)
    }
}

/// Reads and unlocks a file that must hold a key of this kind.
fn unlock(file: &Path, kind: Kind, by: &Secret) -> Result<(Entry, Zeroizing<Vec<u8>>), KeyFault> {
    let (entry, vault) = read(file)?;
    if entry.kind() != kind {
        return Err(KeyFault::Mismatch("it holds a key of another kind").in_file(file));
    }
    let secret = vault.open(by).map_err(|fault| fault.in_file(file))?;
    Ok((entry, secret))
}

fn certified(entry: &Entry, secret: &[u8]) -> Result<(Certified<P256Key>, Certificate), KeyFault> {
    let PublicPart::Certificate(certificate) = &entry.public else {
        return Err(KeyFault::Mismatch("it holds no key with a certificate"));
    };
    let key = P256Key::from_pkcs8_der(secret)?;
    Ok((Certified::new(key, certificate.clone())?, certificate.clone()))
}

fn opener(file: &Path, by: &Secret) -> Result<XWingKey, KeyFault> {
    let (entry, secret) = unlock(file, Kind::Encryption, by)?;
    let key = XWingKey::from_seed(&*array(&secret).map_err(|fault| fault.in_file(file))?);
    if entry.public != PublicPart::Encryption(Box::new(key.public().clone())) {
        return Err(KeyFault::Mismatch("its public part is not that of its secret").in_file(file));
    }
    Ok(key)
}

fn note_signer(file: &Path, by: &Secret) -> Result<SoftSigner, KeyFault> {
    let (entry, secret) = unlock(file, Kind::Ledger, by)?;
    let PublicPart::Ledger(expected) = &entry.public else {
        return Err(KeyFault::Mismatch("it holds no ledger key").in_file(file));
    };
    let secret = array(&secret).map_err(|fault| fault.in_file(file))?;
    let signer = SoftSigner::new(expected.name().clone(), expected.kind(), &secret)?;
    if signer.key() != expected.as_ref() {
        return Err(KeyFault::Mismatch("its public part is not that of its secret").in_file(file));
    }
    Ok(signer)
}

fn array(secret: &[u8]) -> Result<Zeroizing<[u8; 32]>, KeyFault> {
    let mut array = Zeroizing::new([0; 32]);
    if secret.len() != array.len() {
        return Err(KeyFault::Mismatch("its secret has not 32 bytes"));
    }
    array.copy_from_slice(secret);
    Ok(array)
}
