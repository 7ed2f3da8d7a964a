//! New keys: each is drawn from the system's randomness, certified where its kind is, locked, and durable before its public half is returned.

use ledger::key::NoteSigner as _;
use ledger::{KeyKind, KeyName, Origin, SoftSigner, VerifierKey};
use rand_core::Rng as _;
use seal::certificate::{Period, issue_root, issue_seal, issue_tls};
use seal::{Certificate, Certified, EncryptionKey, P256Key, SigningKey as _, TlsName, XWingKey};
use terms::AuthorityId;
use zeroize::Zeroizing;

use super::{Keyring, PublicPart, RootKey};
use crate::{KeyFault, Secret, chance};

impl Keyring {
    /// A new root for this authority.
    pub fn new_root(&self, authority: &AuthorityId, period: Period, by: &Secret) -> Result<RootKey, KeyFault> {
        let mut rng = chance::system_random()?;
        let key = P256Key::generate(&mut rng);
        let root = issue_root(authority, &key, period, &mut rng)?;
        let public = PublicPart::Certificate(root.certificate().clone());
        self.add(public, &format!("root of {authority}"), &key.to_pkcs8_der()?, by)?;
        RootKey::new(Certified::new(key, root.certificate().clone())?)
    }
    /// A new seal under the root.
    pub fn new_seal(&self, root: &RootKey, period: Period, by: &Secret) -> Result<Certificate, KeyFault> {
        let mut rng = chance::system_random()?;
        let key = P256Key::generate(&mut rng);
        let certificate = issue_seal(root.certificate(), root.signer(), key.public_key(), period, &mut rng)?;
        self.add_certified(&key, certificate, by)
    }
    /// A new TLS key under the root, for a node that is reached under these names.
    pub fn new_tls(
        &self,
        root: &RootKey,
        names: &[TlsName],
        period: Period,
        by: &Secret,
    ) -> Result<Certificate, KeyFault> {
        let mut rng = chance::system_random()?;
        let key = P256Key::generate(&mut rng);
        let certificate = issue_tls(root.certificate(), root.signer(), key.public_key(), names, period, &mut rng)?;
        self.add_certified(&key, certificate, by)
    }
    /// A new key to which others seal.
    pub fn new_encryption(&self, authority: &AuthorityId, by: &Secret) -> Result<EncryptionKey, KeyFault> {
        let seed = XWingKey::draw_seed(&mut chance::system_random()?);
        let public = XWingKey::from_seed(&seed).public().clone();
        let part = PublicPart::Encryption(Box::new(public.clone()));
        self.add(part, &format!("encryption key of {authority}"), seed.as_slice(), by)?;
        Ok(public)
    }
    /// A new key for the log of this generation.
    pub fn new_ledger(&self, authority: &AuthorityId, generation: u32, by: &Secret) -> Result<VerifierKey, KeyFault> {
        let origin = Origin::of_node(authority, generation);
        self.add_note_key(origin.key_name()?, KeyKind::Log, &format!("log {}", origin.as_str()), by)
    }
    /// A new key for cosigning the checkpoints of other logs.
    pub fn new_witness(&self, authority: &AuthorityId, by: &Secret) -> Result<VerifierKey, KeyFault> {
        let label = format!("witness key of {authority}");
        self.add_note_key(ledger::policy::witness_name(authority), KeyKind::Cosigner, &label, by)
    }
    fn add_note_key(&self, name: KeyName, kind: KeyKind, label: &str, by: &Secret) -> Result<VerifierKey, KeyFault> {
        let mut secret = Zeroizing::new([0; 32]);
        chance::system_random()?.fill_bytes(secret.as_mut_slice());
        let key = SoftSigner::new(name, kind, &secret)?.key().clone();
        self.add(PublicPart::Ledger(Box::new(key.clone())), label, secret.as_slice(), by)?;
        Ok(key)
    }
    fn add_certified(&self, key: &P256Key, certificate: Certificate, by: &Secret) -> Result<Certificate, KeyFault> {
        let label = format!("{} of {}, from {}", certificate.purpose(), certificate.authority(), certificate.from());
        self.add(PublicPart::Certificate(certificate.clone()), &label, &key.to_pkcs8_der()?, by)?;
        Ok(certificate)
    }
}
