//! The life of an authority's keys as its card tells it: founded once, then changed by the next edition under the root.
//!
//! ```text
//! found ─▶ edition 1 ─reissue─▶ edition 2 (rotation, revocation, another address …) ─replace_root─▶ edition 3 under a new root
//! ```
//! What a card may say and what the next edition may change, `seal` decides; here the keys are made, the statement is written, and the
//! root signs it. INVARIANTS: an edition number is given once (the last card stays in the keyring and is compared); a key stands on
//! the disk before a card names it; a card leaves only if a peer that holds the former one would accept it; what fails leaves no new key behind.

use std::collections::BTreeMap;
use std::path::Path;

use ledger::Origin;
use seal::card::statement::STATEMENT_VERSION;
use seal::card::{Card, CardStatement, EncryptionEntry, LedgerEntry, SealEntry, TlsEntry};
use seal::certificate::Period;
use seal::{EncryptionKeyId, Fingerprint, SignedCard, Succession, TlsName};
use terms::{AuthorityId, Moment};

use crate::{KeyFault, Keyring, Kind, RootKey, Secret, file};

/// What an authority says of itself when it begins.
#[derive(Debug, Clone)]
pub struct Founding {
    /// What it is called.
    pub authority: AuthorityId,
    /// Its name by language tag.
    pub names: BTreeMap<String, String>,
    /// The languages it works in, in the order it prefers.
    pub languages: Vec<String>,
    /// The procedures it speaks, sorted.
    pub procedures: Vec<String>,
    /// Where its node is reached; empty if only the pouch reaches it.
    pub endpoints: Vec<String>,
    /// Host names and addresses for the TLS certificate.
    pub tls_names: Vec<TlsName>,
    /// How long its keys are used.
    pub validity: Validity,
}

/// How long keys are used.
#[derive(Debug, Clone, Copy)]
pub struct Validity {
    /// The root.
    pub root: Period,
    /// Seal and TLS certificates.
    pub leaf: Period,
    /// Encryption keys: how long others may seal to them.
    pub encryption: Period,
}

/// An authority that was just founded.
#[derive(Debug)]
pub struct Founded {
    /// Its keys.
    pub keyring: Keyring,
    /// Its first card.
    pub card: SignedCard,
    /// Its root's fingerprint: what two officers read to one another.
    pub root: Fingerprint,
}

/// Founds an authority: root, seal, TLS, encryption and ledger key in a new folder, and the first card. The folder appears whole or not at all.
pub fn found(
    folder: &Path,
    founding: &Founding,
    root_secret: &Secret,
    node_secret: &Secret,
    now: Moment,
) -> Result<Founded, KeyFault> {
    if folder.symlink_metadata().is_ok() {
        return Err(KeyFault::Exists.in_file(folder));
    }
    let temporary = file::beside(folder, "new")?;
    let keyring = Keyring::create(&temporary)?;
    let founded = found_in(&keyring, founding, root_secret, node_secret, now).and_then(|made| {
        std::fs::rename(&temporary, folder).map_err(KeyFault::io("naming the folder", folder))?;
        file::sync_folder(folder)?;
        Ok(made)
    });
    match founded {
        Ok((card, root)) => Ok(Founded { keyring: keyring.moved_to(folder), card, root }),
        Err(fault) => {
            // Keys that nobody has seen, in a folder that we made a moment ago.
            let _ = std::fs::remove_dir_all(&temporary);
            Err(fault)
        }
    }
}

fn found_in(
    keyring: &Keyring,
    founding: &Founding,
    root_secret: &Secret,
    node_secret: &Secret,
    now: Moment,
) -> Result<(SignedCard, Fingerprint), KeyFault> {
    let Founding { authority, validity, .. } = founding;
    let root = keyring.new_root(authority, validity.root, root_secret)?;
    let seal = keyring.new_seal(&root, validity.leaf, node_secret)?;
    let tls = keyring.new_tls(&root, &founding.tls_names, validity.leaf, node_secret)?;
    let public = keyring.new_encryption(authority, node_secret)?;
    let statement = CardStatement {
        v: STATEMENT_VERSION.to_owned(),
        authority: authority.clone(),
        edition: 1,
        issued: now,
        names: founding.names.clone(),
        languages: founding.languages.clone(),
        procedures: founding.procedures.clone(),
        endpoints: founding.endpoints.clone(),
        root: root.certificate().clone(),
        former_roots: vec![],
        seals: vec![SealEntry { since: seal.from(), certificate: seal, until: None, compromised_since: None }],
        tls: vec![TlsEntry { since: tls.from(), until: tls.until(), certificate: tls }],
        encryption: vec![EncryptionEntry { public, since: validity.encryption.from, until: validity.encryption.until }],
        ledger: LedgerEntry {
            witness: keyring.new_witness(authority, node_secret)?.to_string(),
            ..ledger_entry(keyring, authority, 1, node_secret)?
        },
    };
    let card = SignedCard::sign(statement, root.signer(), None)?;
    keyring.keep_card(&card)?;
    Ok((card, root.certificate().fingerprint()))
}

fn ledger_entry(
    keyring: &Keyring,
    authority: &AuthorityId,
    generation: u32,
    by: &Secret,
) -> Result<LedgerEntry, KeyFault> {
    let key = keyring.new_ledger(authority, generation, by)?.to_string();
    let origin = Origin::of_node(authority, generation).as_str().to_owned();
    Ok(LedgerEntry { origin, key, generation: u64::from(generation), witness: String::new() })
}

/// What the next edition changes. Nothing is named, nothing changes.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// Other names.
    pub names: Option<BTreeMap<String, String>>,
    /// Other languages.
    pub languages: Option<Vec<String>>,
    /// Other procedures.
    pub procedures: Option<Vec<String>>,
    /// Other addresses.
    pub endpoints: Option<Vec<String>>,
    /// A new seal.
    pub new_seal: Option<NewKey>,
    /// A new TLS key, for these names.
    pub new_tls: Option<(Vec<TlsName>, NewKey)>,
    /// A new encryption key. The former stays in the keyring until it is drained and destroyed.
    pub new_encryption: Option<NewKey>,
    /// A new log with a new key: after a restore that left the old log behind what peers hold.
    pub new_ledger_generation: bool,
    /// Certificates whose keys may have been in other hands since a moment. A seal is marked; a TLS certificate is no longer listed.
    pub compromised: Vec<(Fingerprint, Moment)>,
    /// Encryption keys that are no longer listed.
    pub withdrawn_encryption: Vec<EncryptionKeyId>,
}

/// A key that takes over from those before it.
#[derive(Debug, Clone, Copy)]
pub struct NewKey {
    /// From when until when it is used.
    pub period: Period,
    /// The last moment at which the former ones are used; `None`: as they stand.
    pub former_until: Option<Moment>,
}

/// Issues the next edition of the card that is held, under its root, with the new keys locked by the node's secret.
pub fn reissue(
    keyring: &Keyring,
    held: &Card,
    root: &RootKey,
    node_secret: &Secret,
    changes: &Changes,
    now: Moment,
) -> Result<SignedCard, KeyFault> {
    if root.certificate() != held.root() {
        return Err(KeyFault::Mismatch("the root that was opened is not the root of the card"));
    }
    check_edition(keyring, held)?;
    cleaning_up(keyring, || {
        let mut statement = next_edition(held, now);
        apply_texts(&mut statement, changes);
        revoke(&mut statement, changes)?;
        add_keys(&mut statement, keyring, root, node_secret, changes)?;
        if (CardStatement { edition: held.edition(), issued: held.issued(), ..statement.clone() }) == *held.statement()
        {
            return Err(KeyFault::NothingChanges);
        }
        issue(keyring, held, SignedCard::sign(statement, root.signer(), None)?)
    })
}

/// Issues the next edition under a new root, signed by the former one too; a new seal and a new TLS key stand under it. Peers
/// ask two officers about the new fingerprint before it counts.
#[expect(
    clippy::too_many_arguments,
    reason = "a ceremony names everything that it uses; two secrets must not be confused in a struct"
)]
pub fn replace_root(
    keyring: &Keyring,
    held: &Card,
    former: &RootKey,
    root_secret: &Secret,
    node_secret: &Secret,
    tls_names: &[TlsName],
    validity: Validity,
    now: Moment,
) -> Result<SignedCard, KeyFault> {
    if former.certificate() != held.root() {
        return Err(KeyFault::Mismatch("the root that was opened is not the root of the card"));
    }
    check_edition(keyring, held)?;
    cleaning_up(keyring, || {
        let mut statement = next_edition(held, now);
        let root = keyring.new_root(held.authority(), validity.root, root_secret)?;
        statement.former_roots.push(held.root().clone());
        statement.root = root.certificate().clone();
        // Seals may stand under a former root; TLS certificates may not.
        statement.tls.clear();
        let key = NewKey { period: validity.leaf, former_until: None };
        let changes = Changes { new_seal: Some(key), new_tls: Some((tls_names.to_vec(), key)), ..Changes::default() };
        add_keys(&mut statement, keyring, &root, node_secret, &changes)?;
        issue(keyring, held, SignedCard::sign(statement, root.signer(), Some(former.signer()))?)
    })
}

/// Refuses to begin from a card that was already succeeded: an edition is never given twice.
fn check_edition(keyring: &Keyring, held: &Card) -> Result<(), KeyFault> {
    if !keyring.has_card() {
        return Ok(());
    }
    let last = keyring.card()?;
    let edition = last.claim()?.statement().edition;
    if last.statement != held.signed().statement && edition >= held.edition() {
        return Err(KeyFault::EditionSpent(edition));
    }
    Ok(())
}

/// Runs a step that makes keys; if it fails, the keys that it made are destroyed again.
fn cleaning_up<T>(keyring: &Keyring, step: impl FnOnce() -> Result<T, KeyFault>) -> Result<T, KeyFault> {
    let before = keyring.list()?.entries;
    step().inspect_err(|_| {
        for entry in keyring.list().map(|listing| listing.entries).unwrap_or_default() {
            if !before.contains(&entry) {
                // The first fault is the one to report; an unlisted key that remains does no harm.
                let _ = keyring.destroy(&entry);
            }
        }
    })
}

/// The statement that is held, with the next edition's number.
fn next_edition(held: &Card, now: Moment) -> CardStatement {
    let mut statement = held.statement().clone();
    statement.edition += 1;
    statement.issued = now;
    statement
}

fn apply_texts(statement: &mut CardStatement, changes: &Changes) {
    fn put<T: Clone>(place: &mut T, change: &Option<T>) {
        if let Some(new) = change {
            place.clone_from(new);
        }
    }
    put(&mut statement.names, &changes.names);
    put(&mut statement.languages, &changes.languages);
    put(&mut statement.procedures, &changes.procedures);
    put(&mut statement.endpoints, &changes.endpoints);
}

fn revoke(statement: &mut CardStatement, changes: &Changes) -> Result<(), KeyFault> {
    for (fingerprint, since) in &changes.compromised {
        let seal = statement.seals.iter_mut().find(|entry| entry.certificate.fingerprint() == *fingerprint);
        let listed = statement.tls.len();
        statement.tls.retain(|entry| entry.certificate.fingerprint() != *fingerprint);
        match seal {
            Some(seal) => seal.compromised_since = Some(seal.compromised_since.map_or(*since, |was| was.min(*since))),
            None if statement.tls.len() < listed => {}
            None => return Err(KeyFault::NotListed(format!("a certificate with the fingerprint {fingerprint}"))),
        }
    }
    for id in &changes.withdrawn_encryption {
        let listed = statement.encryption.len();
        statement.encryption.retain(|entry| entry.public.id() != *id);
        if statement.encryption.len() == listed {
            return Err(KeyFault::NotListed(format!("an encryption key {id}")));
        }
    }
    Ok(())
}

fn add_keys(
    statement: &mut CardStatement,
    keyring: &Keyring,
    root: &RootKey,
    by: &Secret,
    changes: &Changes,
) -> Result<(), KeyFault> {
    let now = statement.issued;
    if let Some(NewKey { period, former_until }) = changes.new_seal {
        for entry in &mut statement.seals {
            let last = shortened(entry.since, entry.last(), former_until);
            // An end that had passed stays as it was written.
            if last < entry.last() {
                entry.until = Some(last);
            }
        }
        let certificate = keyring.new_seal(root, period, by)?;
        statement.seals.push(SealEntry { certificate, since: period.from, until: None, compromised_since: None });
        statement.seals.sort_by_key(|entry| entry.since);
    }
    if let Some((names, NewKey { period, former_until })) = &changes.new_tls {
        statement.tls.retain(|entry| entry.until >= now);
        statement.tls.iter_mut().for_each(|entry| entry.until = shortened(entry.since, entry.until, *former_until));
        let certificate = keyring.new_tls(root, names, *period, by)?;
        statement.tls.push(TlsEntry { certificate, since: period.from, until: period.until });
        statement.tls.sort_by_key(|entry| entry.since);
    }
    if let Some(NewKey { period, former_until }) = changes.new_encryption {
        statement.encryption.retain(|entry| entry.until >= now);
        statement
            .encryption
            .iter_mut()
            .for_each(|entry| entry.until = shortened(entry.since, entry.until, former_until));
        let public = keyring.new_encryption(&statement.authority, by)?;
        statement.encryption.push(EncryptionEntry { public, since: period.from, until: period.until });
        statement.encryption.sort_by_key(|entry| entry.since);
    }
    if changes.new_ledger_generation {
        let next = u32::try_from(statement.ledger.generation + 1);
        let next = next.map_err(|_| KeyFault::Mismatch("the log generation is larger than any log could have"))?;
        let witness = std::mem::take(&mut statement.ledger.witness);
        statement.ledger = LedgerEntry { witness, ..ledger_entry(keyring, &statement.authority, next, by)? };
    }
    Ok(())
}

/// The end of a key's use when another takes over: earlier if asked, never before its beginning, never later.
fn shortened(since: Moment, until: Moment, former_until: Option<Moment>) -> Moment {
    former_until.map_or(until, |end| until.min(end.max(since)))
}

/// Keeps the card as the last one and hands it out, if a peer that holds the former one would take it.
fn issue(keyring: &Keyring, held: &Card, card: SignedCard) -> Result<SignedCard, KeyFault> {
    match held.succeeded_by(&card)? {
        Succession::Accepted(_) | Succession::NeedsApproval(_) => {
            keyring.keep_card(&card)?;
            Ok(card)
        }
        Succession::Unchanged => Err(KeyFault::NothingChanges),
    }
}

/// The keys of a keyring that a card does not name: left by an interrupted edition, or old ones that may be destroyed once drained.
pub fn unlisted(keyring: &Keyring, card: &Card) -> Result<Vec<crate::Entry>, KeyFault> {
    let statement = card.statement();
    let roots =
        statement.former_roots.iter().chain([&statement.root]).map(|root| (Kind::Root, root.fingerprint().to_string()));
    let seals = statement.seals.iter().map(|entry| (Kind::Seal, entry.certificate.fingerprint().to_string()));
    let tls = statement.tls.iter().map(|entry| (Kind::Tls, entry.certificate.fingerprint().to_string()));
    let encryption = statement.encryption.iter().map(|entry| (Kind::Encryption, entry.public.id().to_string()));
    let mut listed: Vec<_> = roots.chain(seals).chain(tls).chain(encryption).collect();
    for key in [&statement.ledger.key, &statement.ledger.witness] {
        if let Ok(key) = key.parse::<ledger::VerifierKey>() {
            listed.push((Kind::Ledger, key.id().to_string()));
        }
    }
    let mut entries = keyring.list()?.entries;
    entries.retain(|entry| !listed.contains(&(entry.kind(), entry.id())));
    Ok(entries)
}
