//! Which of the keys that a card names are used now, and borrowing them.
//!
//! A seal is used from the moment at which the card says that its use begins. A TLS certificate is shown for as long as it may be: peers learn
//! of a new one by fetching the card over a connection that still shows the old one. Which keys are in use is a function of card and time, so a
//! running node notices by itself when it must change.

use exchange::{ExchangeFault, Identity};
use keys::{KeyFault, Keyring, Secret};
use node::Hands;
use seal::card::TlsEntry;
use seal::{Card, Fingerprint};
use terms::Moment;

/// What is used under a card at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InUse {
    /// The card's edition.
    pub edition: u64,
    /// The seal, if one can be used.
    pub seal: Option<Fingerprint>,
    /// The TLS certificate, if one can be shown.
    pub tls: Option<Fingerprint>,
}

impl InUse {
    /// Under this card, now.
    pub fn of(card: &Card, now: Moment) -> Self {
        let statement = card.statement();
        let seals = statement.seals.iter().filter(|entry| {
            let valid = (entry.since..=entry.last()).contains(&now);
            valid && entry.compromised_since.is_none()
        });
        let seal = seals.max_by_key(|entry| (entry.since, entry.certificate.from()));
        Self {
            edition: card.edition(),
            seal: seal.map(|entry| entry.certificate.fingerprint()),
            tls: shown(&statement.tls, now).map(|entry| entry.certificate.fingerprint()),
        }
    }
}

/// The certificate to show: of those in use, the one whose use ends first.
fn shown(entries: &[TlsEntry], now: Moment) -> Option<&TlsEntry> {
    let valid = entries.iter().filter(|entry| (entry.since..=entry.until).contains(&now));
    valid.min_by_key(|entry| (entry.until, entry.since))
}

/// The keys that a running node uses, borrowed from its keyring.
pub struct Borrowed {
    /// For seal, log and envelopes.
    pub hands: Hands,
    /// Certificate and key for TLS.
    pub tls: keys::TlsIdentity,
    /// Which they are.
    pub in_use: InUse,
}

impl Borrowed {
    /// Borrows what the last card names as in use now.
    pub fn from(keyring: &Keyring, by: &Secret, now: Moment) -> Result<Self, KeyFault> {
        let hands = Hands::lent(keyring, by, now)?;
        let in_use = InUse::of(&hands.card, now);
        let none = || KeyFault::Absent("TLS key that is in use now; issue a new edition of the card".to_owned());
        let tls = keyring.tls(&in_use.tls.ok_or_else(none)?, by)?;
        Ok(Self { hands, tls, in_use })
    }
    /// What is shown over TLS.
    pub fn identity(&self) -> Result<Identity, ExchangeFault> {
        Identity::new(&self.tls.certificate, self.tls.pkcs8_der())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use seal::certificate::Period;
    use terms::AuthorityId;

    const DAY: i64 = 86_400;

    #[test]
    fn a_new_seal_is_used_when_its_use_begins_and_a_new_tls_certificate_when_the_former_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let secret = |name: &str| {
            let path = folder.path().join(name);
            keys::secret::create_key_file(&path).expect("a key file");
            keys::SecretSource::KeyFile(path).read().expect("a secret")
        };
        let (root_secret, node_secret) = (secret("root.key"), secret("node.key"));
        let now: Moment = "2026-11-24T08:00:00Z".parse().expect("a moment");
        let period = Period::new(now, now.plus_seconds(700 * DAY));
        let authority: AuthorityId = "es.moj".parse().expect("an authority");
        let founding = keys::Founding {
            names: [("es".to_owned(), "Ministerio de Justicia".to_owned())].into(),
            languages: vec!["es".to_owned()],
            procedures: vec!["assistance/1".to_owned()],
            endpoints: vec![],
            tls_names: vec![seal::TlsName::Dns("es.moj".to_owned())],
            validity: keys::authority::Validity { root: period, leaf: period, encryption: period },
            authority,
        };
        let keyring = folder.path().join("keys");
        let founded = keys::found(&keyring, &founding, &root_secret, &node_secret, now).expect("founded");
        let held = founded.card.verify(&founded.root).expect("a card");
        let first = InUse::of(&held, now);
        assert!(Borrowed::from(&founded.keyring, &node_secret, now).is_ok_and(|lent| lent.in_use == first));

        let begins = now.plus_seconds(DAY);
        let key = keys::authority::NewKey {
            period: Period::new(begins, begins.plus_seconds(600 * DAY)),
            former_until: Some(begins.plus_seconds(30 * DAY)),
        };
        let changes = keys::Changes {
            new_seal: Some(key),
            new_tls: Some((founding.tls_names.clone(), key)),
            ..keys::Changes::default()
        };
        let root = founded.keyring.root(&founded.root, &root_secret).expect("the root");
        let next = keys::reissue(&founded.keyring, &held, &root, &node_secret, &changes, now).expect("a new edition");
        let card = next.verify(&founded.root).expect("a card");
        let at = |days: i64| InUse::of(&card, now.plus_seconds(days * DAY + 1));
        assert_eq!((at(0).seal, at(0).tls), (first.seal, first.tls), "before it begins");
        assert!(at(2).seal != first.seal && at(2).tls == first.tls, "the seal changes, the certificate is still shown");
        assert!(at(40).tls != first.tls && at(40).tls.is_some(), "the former has ended");
        assert_eq!((at(900).seal, at(900).tls), (None, None), "all have ended");
        for days in [0, 2, 40] {
            let then = now.plus_seconds(days * DAY + 1);
            let lent = Borrowed::from(&founded.keyring, &node_secret, then).expect("keys");
            assert_eq!(lent.in_use, at(days), "what is borrowed is what is in use");
            assert_eq!(Some(lent.hands.seal.certificate().fingerprint()), at(days).seal);
        }
    }
}
