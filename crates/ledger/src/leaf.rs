//! The leaf that Comity enters into its log: a salted commitment, from which nobody learns what it stands for.
//!
//! `leaf data = SHA-256("comity.leaf/1\n" ‖ kind ‖ 0x00 ‖ id ‖ SHA-256(signature) ‖ salt)`; the Merkle leaf hash is
//! RFC 6962's over these 32 bytes. The salt is random, of this log alone, and disclosed only in a proof. So two logs that
//! both hold an act show different leaves, and a third State cannot pair them nor test a guess.
//!
//! What is disclosed in a proof is a [`LeafDisclosure`]; whoever holds one recomputes the leaf.

use std::fmt;
use std::str::FromStr;

use terms::{Digest, Salt};

use crate::error::malformed;
use crate::{LedgerError, tree};

/// What every leaf's commitment begins with.
pub const DOMAIN: &[u8] = b"comity.leaf/1\n";

const WHAT: &str = "leaf disclosure";

/// What kind of thing a leaf stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeafKind {
    /// An act that this node authored or admitted.
    Act,
    /// A receipt that it issued or was given.
    Receipt,
    /// A custody entry: who did what with an exhibit.
    Custody,
    /// An authority's card, its own or a peer's.
    Card,
    /// A change of a key: rotation, revocation, suspension.
    Key,
    /// A version of the law base from which it ruled.
    Law,
    /// An approval by a person.
    Approval,
    /// The head of the audit trail.
    Audit,
    /// The last checkpoint of the generation before: the first leaf of a log that was opened after a restore.
    Generation,
    /// Nothing: an entry that hides how much happened. Its id is random and its signature hash that of nothing.
    Padding,
}

impl LeafKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Act,
        Self::Receipt,
        Self::Custody,
        Self::Card,
        Self::Key,
        Self::Law,
        Self::Approval,
        Self::Audit,
        Self::Generation,
        Self::Padding,
    ];

    /// The word that is hashed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Act => "act",
            Self::Receipt => "receipt",
            Self::Custody => "custody",
            Self::Card => "card",
            Self::Key => "key",
            Self::Law => "law",
            Self::Approval => "approval",
            Self::Audit => "audit",
            Self::Generation => "generation",
            Self::Padding => "padding",
        }
    }
}

impl FromStr for LeafKind {
    type Err = LedgerError;
    fn from_str(word: &str) -> Result<Self, LedgerError> {
        match Self::ALL.into_iter().find(|kind| kind.word() == word) {
            Some(kind) => Ok(kind),
            None => malformed(WHAT, 2, "that is not a kind of leaf"),
        }
    }
}

impl fmt::Display for LeafKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// What opens a leaf: whoever has it can recompute the leaf, and nobody else can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LeafDisclosure {
    /// What kind of thing.
    pub kind: LeafKind,
    /// Its id: an act's id, or the SHA-256 of a receipt's, card's or entry's canonical bytes.
    pub id: Digest,
    /// SHA-256 of the signature over it, so that the log also fixes *how* it was signed; of nothing where none is.
    pub signature_hash: Digest,
    /// Sixteen random bytes, drawn for this log and this leaf.
    pub salt: Salt,
}

impl LeafDisclosure {
    /// For a thing with this id and signature.
    pub fn new(kind: LeafKind, id: Digest, signature: &[u8], salt: Salt) -> Self {
        Self { kind, id, signature_hash: Digest::of(&[signature]), salt }
    }

    /// An entry that stands for nothing and that nobody can tell from the others; `random` and `salt` freshly drawn.
    pub fn padding(random: Digest, salt: Salt) -> Self {
        Self::new(LeafKind::Padding, random, &[], salt)
    }

    /// The bytes that the leaf commits to; also how a disclosure is written into a proof file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let kind = self.kind.word().as_bytes();
        [DOMAIN, kind, &[0], self.id.as_bytes(), self.signature_hash.as_bytes(), self.salt.as_bytes()].concat()
    }

    /// Reads [`LeafDisclosure::to_bytes`] back.
    ///
    /// # Errors
    /// If a byte is missing, too many or out of place.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LedgerError> {
        let Some(rest) = bytes.strip_prefix(DOMAIN) else {
            return malformed(WHAT, 1, "it does not begin with “comity.leaf/1”");
        };
        let kind = rest.iter().position(|byte| *byte == 0).and_then(|end| rest.split_at_checked(end));
        let Some((Ok(word), [0, fields @ ..])) = kind.map(|(word, fields)| (std::str::from_utf8(word), fields)) else {
            return malformed(WHAT, 2, "the kind is not a word followed by a zero byte");
        };
        let kind = word.parse()?;
        let opened = (|| {
            let (id, rest) = fields.split_at_checked(Digest::LEN)?;
            let (signature_hash, salt) = rest.split_at_checked(Digest::LEN)?;
            let (id, signature_hash) = (Digest::from_slice(id)?, Digest::from_slice(signature_hash)?);
            Some(Self { kind, id, signature_hash, salt: Salt::from_slice(salt)? })
        })();
        match opened {
            Some(disclosure) => Ok(disclosure),
            None => malformed(WHAT, 2, "after the kind there are not two digests and a salt"),
        }
    }

    /// The leaf data: what a log entry consists of.
    pub fn data(&self) -> Digest {
        Digest::of(&[&self.to_bytes()])
    }

    /// The Merkle leaf hash: what [`crate::Frontier::append`] takes and an inclusion proof starts from.
    pub fn leaf_hash(&self) -> Digest {
        tree::leaf_hash(self.data().as_bytes())
    }
}
