//! The card: how an authority describes itself, signed under its root (`docs/spec/card.md`).
//!
//! Names, languages, the procedures it speaks, endpoints, and the keys of today and yesterday: seals, TLS, encryption, ledger.
//!
//! ```text
//! file ─▶ SignedCard ─claim─▶ ClaimedCard ─approve(fingerprint)─▶ Card ─succeeded_by(next)─▶ Succession
//!         (form)              (proves itself)  (two officers)      (what a node believes)
//! ```
//!
//! INVARIANT: a [`Card`] exists only if its root was approved by fingerprint. Rotation and revocation are new editions; what a new
//! edition may change is in [`succession`]. What a seal's signature is worth at a moment is in [`standing`].

pub mod standing;
pub mod statement;
pub mod succession;

use serde::{Deserialize, Serialize};
use terms::{AuthorityId, Canonical, Moment};

pub use standing::SealStanding;
pub use statement::{CardStatement, EncryptionEntry, LedgerEntry, SealEntry, TlsEntry};
pub use succession::Succession;

use crate::{Base64, Expected, Failure, Fingerprint, Flaw, RootCertificate, Signer, cades};

/// The most bytes a card's statement may have.
pub const STATEMENT_BYTES_MAX: usize = 256 * 1024;
/// The most bytes a card's file may have: the statement in base64, two signatures, and some room.
pub const FILE_BYTES_MAX: usize = 400 * 1024;

/// A statement and the signature over it, as they travel; nothing is known yet about their truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCard {
    /// The canonical bytes that were signed.
    pub statement: Vec<u8>,
    /// The root's detached signature.
    pub signature: Vec<u8>,
    /// When the root is new: the former root's detached signature over the same statement.
    pub former_root_signature: Option<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    v: String,
    statement: Base64,
    signature: Base64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    former_root_signature: Option<Base64>,
}

const FILE_VERSION: &str = "comity.signed-card/1";

impl SignedCard {
    /// Signs a statement under its root at the moment it is issued; with a new root, the former root signs too.
    pub fn sign(
        statement: CardStatement,
        root: &dyn Signer,
        former_root: Option<&dyn Signer>,
    ) -> Result<Self, Failure> {
        let issued = statement.issued;
        let bytes = Canonical::new(statement).map_err(|why| Flaw::Card(why.to_string()))?.bytes().to_vec();
        let signature = cades::sign(&bytes, root, issued)?;
        let former_root_signature = former_root.map(|former| cades::sign(&bytes, former, issued)).transpose()?;
        let signed = Self { statement: bytes, signature, former_root_signature };
        // Nothing leaves that a peer would refuse.
        signed.claim()?;
        Ok(signed)
    }
    /// Reads the single file in which a card is exchanged.
    pub fn parse(file: &[u8]) -> Result<Self, Flaw> {
        if file.len() > FILE_BYTES_MAX {
            return Err(Flaw::TooLarge { what: "a card's file", size: file.len(), max: FILE_BYTES_MAX });
        }
        let unreadable = |why: String| Flaw::Unreadable { what: "a card's file", why };
        let file = Canonical::<File>::parse(file).map_err(|why| unreadable(why.to_string()))?.into_value();
        if file.v != FILE_VERSION {
            return Err(unreadable(format!("its version is not {FILE_VERSION}")));
        }
        let former_root_signature = file.former_root_signature.map(|signature| signature.0);
        Ok(Self { statement: file.statement.0, signature: file.signature.0, former_root_signature })
    }
    /// The single file in which a card is exchanged.
    pub fn to_file(&self) -> Vec<u8> {
        let file = File {
            v: FILE_VERSION.to_owned(),
            statement: self.statement.as_slice().into(),
            signature: self.signature.as_slice().into(),
            former_root_signature: self.former_root_signature.as_deref().map(Base64::from),
        };
        terms::canonical::to_bytes(&file).expect("INVARIANT: four texts are always canonical JSON")
    }
    /// Checks all that a card proves by itself. Whether its root is the right one remains open.
    pub fn claim(&self) -> Result<ClaimedCard, Flaw> {
        if self.statement.len() > STATEMENT_BYTES_MAX {
            let (what, size) = ("a card's statement", self.statement.len());
            return Err(Flaw::TooLarge { what, size, max: STATEMENT_BYTES_MAX });
        }
        let statement =
            Canonical::<CardStatement>::parse(&self.statement).map_err(|why| Flaw::Card(why.to_string()))?.into_value();
        statement.check()?;
        let signed = cades::verify(&self.statement, &self.signature, &Expected::Root(&statement.root))?;
        if signed.time() != statement.issued {
            return Err(Flaw::Card("it was signed at another moment than it was issued".into()));
        }
        Ok(ClaimedCard(Card { statement, signed: self.clone() }))
    }
    /// Checks the card and that its root is the approved one.
    pub fn verify(&self, approved_root: &Fingerprint) -> Result<Card, Flaw> {
        self.claim()?.approve(approved_root)
    }
}

/// A card that is consistent in itself, under a root that nobody here has approved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedCard(Card);

impl ClaimedCard {
    /// The fingerprint to compare over a second channel.
    pub fn root_fingerprint(&self) -> Fingerprint {
        self.0.root().fingerprint()
    }
    /// What it says, for showing; not for relying on.
    pub fn statement(&self) -> &CardStatement {
        self.0.statement()
    }
    /// Becomes a card if the fingerprint that was read over the second channel is that of its root.
    pub fn approve(self, approved_root: &Fingerprint) -> Result<Card, Flaw> {
        let found = self.root_fingerprint();
        if found != *approved_root {
            return Err(Flaw::Root { found: found.to_string(), approved: approved_root.to_string() });
        }
        Ok(self.0)
    }
}

/// A card whose root was approved: what a node believes about an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    statement: CardStatement,
    signed: SignedCard,
}

impl Card {
    /// What it says.
    pub const fn statement(&self) -> &CardStatement {
        &self.statement
    }
    /// The bytes, for keeping and passing on.
    pub const fn signed(&self) -> &SignedCard {
        &self.signed
    }
    /// The authority.
    pub const fn authority(&self) -> &AuthorityId {
        &self.statement.authority
    }
    /// The root.
    pub const fn root(&self) -> &RootCertificate {
        &self.statement.root
    }
    /// The edition: the larger is the newer.
    pub const fn edition(&self) -> u64 {
        self.statement.edition
    }
    /// When it was issued.
    pub const fn issued(&self) -> Moment {
        self.statement.issued
    }
}
