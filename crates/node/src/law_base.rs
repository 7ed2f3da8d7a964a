//! The law base by which a node rules: the one it was built with, or a newer one that a publisher signed and an operator loaded.
//!
//! A running node takes a loaded base up at once, and its other processes when they next look what is due; it is kept whole, with its signature, and
//! opened again when the node starts. Which publishers count, the operator says in the configuration; being a peer gives nobody that right. What is kept is used only while a publisher that is
//! named vouches for it and no later base is built in. Each base that was loaded, or stands behind a request that was sent, is a leaf of the
//! ledger. Specification: `docs/spec/law-base.md`. Never here: what the law says, and a change of a ruling that was given.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use law::edition::{self, NotOpened};
use law::{Base, LawVersion};
use ledger::LeafKind;
use seal::{Certificate, Fingerprint, Flaw, Purpose, cades};
use serde::Serialize;
use store::leaves::{self, NewLeaf};
use store::{ReadTx, settings};
use terms::{AuthorityId, Bug, Digest, Moment, Refusal};

use crate::actor::{Action, Actor};
use crate::node::{Node, Work};
use crate::{Trouble, world};

/// The settings under which a loaded base and its signature are kept.
const EDITION: &str = "law_base";
const SIGNATURE: &str = "law_base.signature";
/// So far may a publisher's clock be ahead of ours.
const AHEAD_MAX: i64 = 300;

/// Who vouches for a law base, and since when by their clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publisher {
    /// The authority that the certificate names.
    pub authority: AuthorityId,
    /// The certificate.
    pub fingerprint: Fingerprint,
    /// The moment that the signature claims.
    pub signed_at: Moment,
}

/// A law base in use, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LawInUse {
    /// Which.
    pub version: LawVersion,
    /// Who signed it; nobody if it is the one that the node was built with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<Publisher>,
}

/// A law base with what the ledger says of it.
pub(crate) struct Opened {
    pub base: Base,
    publisher: Option<Publisher>,
    signature: Digest,
}

impl Opened {
    fn told(&self) -> LawInUse {
        LawInUse { version: self.base.version().clone(), publisher: self.publisher.clone() }
    }
}

/// What a node rules by.
pub(crate) struct LawBase {
    built_in: Arc<Opened>,
    in_use: RwLock<Arc<Opened>>,
    /// Held while a base is loaded, so that one is loaded at a time.
    vouching: Mutex<Vouching>,
}

/// Who may vouch for a base, and which of those kept was considered last.
#[derive(Default)]
struct Vouching {
    publishers: Vec<Certificate>,
    /// The digest of the signature of the kept base that was considered last; nothing if none was kept then.
    considered: Option<Digest>,
}

impl LawBase {
    /// The one that is built in.
    pub fn built_in() -> Result<Self, Trouble> {
        let base = Base::embedded().map_err(|why| Bug::new(format!("the built-in law base cannot be read: {why}")))?;
        let built_in = Arc::new(Opened { base, publisher: None, signature: Digest::of(&[]) });
        Ok(Self { in_use: RwLock::new(Arc::clone(&built_in)), built_in, vouching: Mutex::default() })
    }
    /// The one in use now. Whoever rules twice for one answer asks once.
    pub fn now(&self) -> Arc<Opened> {
        Arc::clone(&self.in_use.read().unwrap_or_else(PoisonError::into_inner))
    }
    fn vouching(&self) -> MutexGuard<'_, Vouching> {
        self.vouching.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn take_up(&self, opened: Arc<Opened>) {
        *self.in_use.write().unwrap_or_else(PoisonError::into_inner) = opened;
    }
}

/// Opens a document that one of the publishers signed. `at`: the certificate must be valid then too, not only when it signed.
fn open(
    document: &[u8],
    signature: &[u8],
    publishers: &[Certificate],
    current: &LawVersion,
    at: Option<Moment>,
) -> Result<Opened, NotOpened<Flaw>> {
    let verify = |bytes: &[u8]| {
        let signed = cades::verify(bytes, signature, &cades::Expected::OneOf(publishers))?;
        let certificate = signed.certificate();
        certificate.check_at(signed.time())?;
        if let Some(now) = at {
            certificate.check_at(now)?;
            if signed.time() > now.plus_seconds(AHEAD_MAX) {
                return Err(Flaw::Validity { from: certificate.from(), until: now, at: signed.time() });
            }
        }
        Ok(Publisher {
            authority: certificate.authority().clone(),
            fingerprint: signed.fingerprint(),
            signed_at: signed.time(),
        })
    };
    let (base, publisher) = edition::open(document, verify, Some(current))?;
    Ok(Opened { base, publisher: Some(publisher), signature: Digest::of(&[signature]) })
}

/// The digest of the signature of the base that is kept, if one is.
fn kept_signature(tx: &mut ReadTx<'_>) -> Result<Option<Digest>, Trouble> {
    Ok(settings::get(tx, SIGNATURE)?.map(|signature| Digest::of(&[&signature])))
}

fn refusal(why: &NotOpened<Flaw>) -> Trouble {
    let remedy = match why {
        NotOpened::Unsigned(_) => "Do not use it. Ask who publishes it; law.publishers_file names those who count.",
        NotOpened::Older { .. } => "Keep the one in use, or ask for one of a later day.",
        _ => "Have it made and signed again.",
    };
    Refusal::new(why.code(), format!("This law base is not used: {why}."), remedy).into()
}

impl Node {
    /// The law base in use.
    pub fn law_in_use(&self) -> LawInUse {
        self.0.law.now().told()
    }
    /// The same, for a person.
    pub fn law_base(&self, actor: &Actor) -> Result<LawInUse, Trouble> {
        actor.may(Action::ReadDockets)?;
        Ok(self.law_in_use())
    }

    /// The proof that a law base, named by its digest, stands in this node's log.
    pub fn law_proof(&self, actor: &Actor, digest: &Digest) -> Result<String, Trouble> {
        actor.may(Action::ReadDockets)?;
        self.0.logged_proof(LeafKind::Law, digest, "law base with a place in the log", "Law base")
    }

    /// Names the publishers of law bases in the place of those named before, and takes up the base that is kept here if one of them vouches for
    /// it and it is not older than the one built in; otherwise the one built in. Says why a kept base is not used.
    ///
    /// # Errors
    /// A certificate is none of a seal, or the store does not answer.
    pub fn trust_publishers(&self, publishers: Vec<Certificate>) -> Result<Option<Trouble>, Trouble> {
        if let Some(other) = publishers.iter().find(|certificate| certificate.purpose() != Purpose::Seal) {
            let sentence =
                format!("A publisher of law bases is named by a seal's certificate; this is none: {other:?}.");
            return Trouble::refuse("node.publisher", sentence, "Ask the publisher for the certificate of its seal.");
        }
        let mut vouching = self.0.law.vouching();
        vouching.publishers = publishers;
        self.consider_kept_law(&mut vouching)
    }

    /// Takes up a base that another process of this node has loaded since. Says why it is not used, if it is not.
    ///
    /// # Errors
    /// The store does not answer.
    pub fn follow_law(&self) -> Result<Option<Trouble>, Trouble> {
        let mut vouching = self.0.law.vouching();
        if self.0.read(kept_signature)? == vouching.considered {
            return Ok(None);
        }
        self.consider_kept_law(&mut vouching)
    }

    fn consider_kept_law(&self, vouching: &mut Vouching) -> Result<Option<Trouble>, Trouble> {
        let law = &self.0.law;
        let kept = self.0.read(|tx| Ok((settings::get(tx, EDITION)?, settings::get(tx, SIGNATURE)?)))?;
        let (Some(document), Some(signature)) = kept else { return Ok(None) };
        vouching.considered = Some(Digest::of(&[&signature]));
        match open(&document, &signature, &vouching.publishers, law.built_in.base.version(), None) {
            Ok(opened) => {
                law.take_up(Arc::new(opened));
                Ok(None)
            }
            Err(why) => {
                law.take_up(Arc::clone(&law.built_in));
                // A later release brought a later base: nothing is wrong.
                Ok((!matches!(why, NotOpened::Older { .. })).then(|| refusal(&why)))
            }
        }
    }

    /// Loads a law base that a publisher signed: from now on, and after a restart, the node rules by it.
    ///
    /// # Errors
    /// The refusals of `docs/spec/law-base.md`, in its order; nothing has changed then.
    pub fn load_law(&self, actor: &Actor, document: Vec<u8>, signature: Vec<u8>) -> Result<LawInUse, Trouble> {
        actor.may(Action::LoadLaw)?;
        self.follow_law()?;
        let law = &self.0.law;
        let mut vouching = law.vouching();
        let opened = open(&document, &signature, &vouching.publishers, law.now().base.version(), Some(self.now()));
        let opened = Arc::new(opened.map_err(|why| refusal(&why))?);
        let (told, entered, person) = (opened.told(), Arc::clone(&opened), actor.person.clone());
        let (before, considered) = (vouching.considered, Digest::of(&[&signature]));
        self.0.write(move |work| {
            if kept_signature(work.tx)? != before {
                let sentence = "Another process of this node loaded a law base at the same moment.";
                return Trouble::refuse("node.changed", sentence, "Look which one is in use, and load again.");
            }
            settings::put(work.tx, EDITION, &document)?;
            settings::put(work.tx, SIGNATURE, &signature)?;
            work.law_leaf(&entered)?;
            let by = entered.publisher.iter().map(|p| format!(", signed by {} {}", p.authority, p.fingerprint.short()));
            let what = format!("loaded law base {}{}", entered.base.version(), by.collect::<String>());
            work.audit(&person, "law", &what, None)?;
            work.sequence().map(drop)
        })?;
        vouching.considered = Some(considered);
        law.take_up(opened);
        tracing::info!(version = %told.version, "a law base was loaded");
        Ok(told)
    }
}

impl Work<'_, '_> {
    /// Enters a law base into the ledger, once.
    pub fn law_leaf(&mut self, law: &Opened) -> Result<(), Trouble> {
        let digest = &law.base.version().digest;
        let id: Digest = digest.parse().map_err(|why| Bug::new(format!("the digest of a law base: {why}")))?;
        let (kind, salt) = (LeafKind::Law.to_string(), world::salt(&*self.inner.world));
        leaves::queue(self.tx, &NewLeaf { kind, id, signature_hash: law.signature, salt })?;
        Ok(())
    }
}
