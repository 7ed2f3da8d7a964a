//! A small world: one authority with its keys, all drawn from a seed, so that every run sees the same bytes.

use std::convert::Infallible;

use rand_core::{TryCryptoRng, TryRng};
use seal::card::{CardStatement, EncryptionEntry, LedgerEntry, SealEntry, TlsEntry};
use seal::certificate::{Period, issue_root, issue_seal, issue_tls};
use seal::{Certificate, Certified, P256Key, RootCertificate, SigningKey as _, TlsName, XWingKey};
use terms::{AuthorityId, Digest, Moment};

/// Randomness for tests: SHA-256 over a seed and a counter.
pub struct Seeded {
    seed: String,
    count: u64,
}

impl Seeded {
    pub fn new(seed: &str) -> Self {
        Self { seed: seed.to_owned(), count: 0 }
    }
}
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
            let block = Digest::of(&[self.seed.as_bytes(), &self.count.to_be_bytes()]);
            chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            self.count += 1;
        }
        Ok(())
    }
}
impl TryCryptoRng for Seeded {}

pub fn moment(text: &str) -> Moment {
    text.parse().expect("tests write moments well")
}

pub fn authority(text: &str) -> AuthorityId {
    text.parse().expect("tests write authorities well")
}

/// The moment at which most things happen in tests.
pub fn noon() -> Moment {
    moment("2026-06-01T12:00:00Z")
}

pub fn root_period() -> Period {
    Period::new(moment("2026-01-01T00:00:00Z"), moment("2056-01-01T00:00:00Z"))
}

pub fn leaf_period() -> Period {
    Period::new(moment("2026-01-01T00:00:00Z"), moment("2028-01-01T00:00:00Z"))
}

/// An authority with its keys.
pub struct World {
    pub rng: Seeded,
    pub authority: AuthorityId,
    pub root_key: P256Key,
    pub root: RootCertificate,
    pub seal_key: P256Key,
    pub seal: Certificate,
    pub tls: Certificate,
    pub opener: XWingKey,
}

impl World {
    pub fn new(name: &str) -> Self {
        Self::seeded(name, name)
    }
    pub fn seeded(name: &str, seed: &str) -> Self {
        let mut rng = Seeded::new(seed);
        let authority = authority(name);
        let root_key = P256Key::generate(&mut rng);
        let root = issue_root(&authority, &root_key, root_period(), &mut rng).expect("a root");
        let seal_key = P256Key::generate(&mut rng);
        let period = leaf_period();
        let seal = issue_seal(&root, &root_key, seal_key.public_key(), period, &mut rng).expect("a seal");
        let tls_key = P256Key::generate(&mut rng).public_key();
        let names = [TlsName::Dns("node.example".into()), TlsName::Ip([127, 0, 0, 1].into())];
        let tls = issue_tls(&root, &root_key, tls_key, &names, period, &mut rng).expect("a TLS certificate");
        let opener = XWingKey::from_seed(&XWingKey::draw_seed(&mut rng));
        Self { rng, authority, root_key, root, seal_key, seal, tls, opener }
    }
    pub fn signer(&self) -> Certified<P256Key> {
        Certified::new(self.seal_key.clone(), self.seal.clone()).expect("they belong together")
    }
    pub fn root_signer(&self) -> Certified<P256Key> {
        Certified::new(self.root_key.clone(), self.root.certificate().clone()).expect("they belong together")
    }
    /// A further seal under the root.
    pub fn further_seal(&mut self) -> (P256Key, Certificate) {
        let key = P256Key::generate(&mut self.rng);
        let certificate = issue_seal(&self.root, &self.root_key, key.public_key(), leaf_period(), &mut self.rng);
        (key, certificate.expect("a seal"))
    }
    pub fn statement(&self) -> CardStatement {
        let Period { from: since, until } = leaf_period();
        let origin = format!("{}.example/log", self.authority);
        CardStatement {
            v: "comity.card/1".into(),
            authority: self.authority.clone(),
            edition: 1,
            issued: noon(),
            names: [("en", "Ministry of Justice"), ("es", "Ministerio de Justicia")]
                .map(|(tag, name)| (tag.to_owned(), name.to_owned()))
                .into(),
            languages: vec!["es".into(), "en".into()],
            procedures: vec!["assistance/1".into(), "consultation/1".into()],
            endpoints: vec!["https://node.example:8443/comity".into()],
            root: self.root.clone(),
            former_roots: vec![],
            seals: vec![SealEntry { certificate: self.seal.clone(), since, until: None, compromised_since: None }],
            tls: vec![TlsEntry { certificate: self.tls.clone(), since, until }],
            encryption: vec![EncryptionEntry { public: self.opener.public().clone(), since, until }],
            ledger: LedgerEntry {
                key: format!("{origin}+00000000+AA=="),
                witness: "witness+00000000+AA==".into(),
                origin,
                generation: 1,
            },
        }
    }
}
