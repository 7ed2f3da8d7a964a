//! What a card says, and the rules that it keeps by itself.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use terms::{AuthorityId, Moment};

use crate::{Certificate, EncryptionKey, Flaw, Purpose, RootCertificate};

/// The version that a statement names.
pub const STATEMENT_VERSION: &str = "comity.card/1";
/// The most entries that any list of a card may have.
pub const ENTRIES_MAX: usize = 128;
/// The most characters that any text of a card may have.
pub const TEXT_CHARS_MAX: usize = 300;

/// What an authority says about itself. Everything here is public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardStatement {
    /// `comity.card/1`.
    pub v: String,
    /// Who speaks.
    pub authority: AuthorityId,
    /// Counts up with every card; never given twice.
    pub edition: u64,
    /// When the root signed.
    pub issued: Moment,
    /// Its name by language tag.
    pub names: BTreeMap<String, String>,
    /// Languages it works in, in the order it prefers.
    pub languages: Vec<String>,
    /// Procedures and editions it speaks, sorted: `assistance/1`.
    pub procedures: Vec<String>,
    /// Where its node is reached: `https://…`, in the order to try; empty if only the pouch reaches it.
    pub endpoints: Vec<String>,
    /// Its root.
    pub root: RootCertificate,
    /// Roots before this one, oldest first, under which older seals stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former_roots: Vec<RootCertificate>,
    /// Every seal it ever listed, sorted by `since`.
    pub seals: Vec<SealEntry>,
    /// TLS certificates in use, sorted by `since`.
    pub tls: Vec<TlsEntry>,
    /// Encryption keys in use, sorted by `since`.
    pub encryption: Vec<EncryptionEntry>,
    /// Its transparency log.
    pub ledger: LedgerEntry,
}

/// A certificate under which it seals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealEntry {
    /// The certificate.
    pub certificate: Certificate,
    /// First moment of use.
    pub since: Moment,
    /// Last moment of use; absent: the certificate's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Moment>,
    /// Revoked: from this moment on its key may have been in other hands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compromised_since: Option<Moment>,
}

impl SealEntry {
    /// Last moment of use.
    pub fn last(&self) -> Moment {
        self.until.unwrap_or_else(|| self.certificate.until())
    }
}

/// A certificate under which its node speaks TLS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsEntry {
    /// The certificate.
    pub certificate: Certificate,
    /// First moment of use.
    pub since: Moment,
    /// Last moment of use.
    pub until: Moment,
}

/// A public key to which others seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptionEntry {
    /// The key.
    pub public: EncryptionKey,
    /// First moment of use.
    pub since: Moment,
    /// Last moment at which others may seal to it.
    pub until: Moment,
}

/// Its transparency log. What the key text means is for `ledger`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LedgerEntry {
    /// The log's origin line.
    pub origin: String,
    /// The verifier key as C2SP signed-note writes it.
    pub key: String,
    /// Counts up when a restored node had to begin a new log.
    pub generation: u64,
    /// The verifier key under which this authority cosigns others' checkpoints, as C2SP signed-note writes it.
    pub witness: String,
}

impl CardStatement {
    /// Checks every rule that the statement keeps by itself.
    pub fn check(&self) -> Result<(), Flaw> {
        rule(self.v == STATEMENT_VERSION, "its version is not comity.card/1")?;
        rule(self.edition >= 1, "its edition is not at least 1")?;
        self.check_texts()?;
        self.check_roots()?;
        self.check_seals()?;
        self.check_tls()?;
        self.check_encryption()?;
        self.check_keys_serve_one_purpose()
    }

    fn check_texts(&self) -> Result<(), Flaw> {
        rule(!self.names.is_empty() && self.names.len() <= ENTRIES_MAX, "it has no name, or too many")?;
        rule(self.names.keys().all(|tag| language_tag(tag)), "a name's language is no language tag")?;
        rule(self.names.values().all(|name| text(name)), "a name is empty, too long or not printable")?;
        rule(!self.languages.is_empty() && distinct(&self.languages), "its languages are missing or repeated")?;
        rule(self.languages.iter().all(|tag| language_tag(tag)), "a language is no language tag")?;
        rule(sorted(&self.procedures), "its procedures are not sorted, or repeated")?;
        rule(self.procedures.iter().all(|name| procedure(name)), "a procedure is not written like “assistance/1”")?;
        rule(distinct(&self.endpoints), "an endpoint is repeated")?;
        rule(self.endpoints.iter().all(|url| endpoint(url)), "an endpoint is not an https address")?;
        let ledger = &self.ledger;
        rule(
            line(&ledger.origin) && line(&ledger.key) && line(&ledger.witness),
            "its log's origin or key, or its witness key, is not one line of visible characters",
        )?;
        rule(ledger.key != ledger.witness, "its log's key is also its witness key")?;
        rule(ledger.generation >= 1, "its log generation is not at least 1")
    }

    fn check_roots(&self) -> Result<(), Flaw> {
        rule(self.root.authority() == &self.authority, "its root names another authority")?;
        rule(self.former_roots.len() <= ENTRIES_MAX, "it lists too many former roots")?;
        let mut keys = BTreeSet::from([self.root.public_key().to_sec1()]);
        for root in &self.former_roots {
            rule(root.authority() == &self.authority, "a former root names another authority")?;
            rule(keys.insert(root.public_key().to_sec1()), "a root is repeated")?;
        }
        Ok(())
    }

    fn check_seals(&self) -> Result<(), Flaw> {
        rule(!self.seals.is_empty() && self.seals.len() <= ENTRIES_MAX, "it has no seal, or too many")?;
        rule(self.seals.is_sorted_by_key(|seal| seal.since), "its seals are not sorted by “since”")?;
        for seal in &self.seals {
            rule(seal.certificate.purpose() == Purpose::Seal, "a seal's certificate is for another purpose")?;
            self.check_issued(&seal.certificate, true)?;
            self.check_use(&seal.certificate, seal.since, seal.last())?;
            let known = seal.compromised_since.is_none_or(|since| since <= self.issued);
            rule(known, "a seal is compromised since a moment after the card was issued")?;
        }
        Ok(())
    }

    fn check_tls(&self) -> Result<(), Flaw> {
        rule(self.tls.len() <= ENTRIES_MAX, "it has too many TLS certificates")?;
        rule(self.tls.is_sorted_by_key(|entry| entry.since), "its TLS certificates are not sorted by “since”")?;
        for entry in &self.tls {
            rule(entry.certificate.purpose() == Purpose::Tls, "a TLS certificate is for another purpose")?;
            self.check_issued(&entry.certificate, false)?;
            self.check_use(&entry.certificate, entry.since, entry.until)?;
        }
        Ok(())
    }

    fn check_encryption(&self) -> Result<(), Flaw> {
        let entries = &self.encryption;
        rule(!entries.is_empty() && entries.len() <= ENTRIES_MAX, "it has no encryption key, or too many")?;
        rule(entries.is_sorted_by_key(|entry| entry.since), "its encryption keys are not sorted by “since”")?;
        rule(entries.iter().all(|entry| entry.since <= entry.until), "an encryption key ends before it begins")?;
        let ids: BTreeSet<_> = entries.iter().map(|entry| entry.public.id()).collect();
        rule(ids.len() == entries.len(), "an encryption key is repeated")
    }

    /// Seals may stand under a former root; what is used today stands under today's.
    fn check_issued(&self, certificate: &Certificate, former: bool) -> Result<(), Flaw> {
        let today = certificate.check_issued_by(&self.root);
        let by_former = || self.former_roots.iter().any(|root| certificate.check_issued_by(root).is_ok());
        if today.is_err() && former && by_former() { Ok(()) } else { today }
    }

    fn check_use(&self, certificate: &Certificate, since: Moment, last: Moment) -> Result<(), Flaw> {
        rule(since <= last, "a certificate's use ends before it begins")?;
        rule(certificate.from() <= since, "a certificate is used before it is valid")?;
        rule(last <= certificate.until(), "a certificate is used after it is valid")
    }

    fn check_keys_serve_one_purpose(&self) -> Result<(), Flaw> {
        let mut keys = BTreeSet::from([self.root.public_key().to_sec1()]);
        let roots = self.former_roots.iter().map(|root| root.certificate());
        let seals = self.seals.iter().map(|seal| &seal.certificate);
        let tls = self.tls.iter().map(|entry| &entry.certificate);
        for certificate in roots.chain(seals).chain(tls) {
            rule(keys.insert(certificate.public_key().to_sec1()), "one key stands in two certificates")?;
        }
        Ok(())
    }
}

fn rule(kept: bool, rule: &'static str) -> Result<(), Flaw> {
    if kept { Ok(()) } else { Err(Flaw::Card(rule.to_owned())) }
}

fn sorted(list: &[String]) -> bool {
    list.len() <= ENTRIES_MAX && list.is_sorted_by(|a, b| a < b)
}

fn distinct(list: &[String]) -> bool {
    list.len() <= ENTRIES_MAX && list.iter().collect::<BTreeSet<_>>().len() == list.len()
}

fn text(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_CHARS_MAX && !text.chars().any(char::is_control)
}

/// One line of visible ASCII and single spaces inside.
fn line(line: &str) -> bool {
    text(line) && line.bytes().all(|b| (b' '..=b'~').contains(&b)) && line.trim() == line
}

/// `es`, `pt-BR`, `zh-Hant`: two or three lower-case letters, then subtags.
fn language_tag(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().is_some_and(|p| matches!(p.len(), 2 | 3) && p.bytes().all(|b| b.is_ascii_lowercase()));
    language
        && tag.len() <= 35
        && parts.all(|p| (2..=8).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// `assistance/1`: words of lower-case letters joined by hyphens, a slash, an edition without leading zero.
fn procedure(name: &str) -> bool {
    let Some((name, edition)) = name.split_once('/') else {
        return false;
    };
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase());
    let edition = edition.parse::<u16>().is_ok_and(|number| number >= 1 && number.to_string() == edition);
    edition && name.len() <= 40 && name.split('-').all(word)
}

fn endpoint(url: &str) -> bool {
    let host = url.strip_prefix("https://").unwrap_or_default();
    let visible = url.bytes().all(|b| b.is_ascii_graphic());
    visible
        && url.len() <= TEXT_CHARS_MAX
        && !host.is_empty()
        && !host.starts_with('/')
        && !url.contains(['@', '#', '?'])
}
