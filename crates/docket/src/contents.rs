//! What stands inside an envelope: a list of things that carry their own signatures, in one canonical document.
//!
//! The carrier never reads it (`docs/spec/envelope.md` for the outside, `docs/spec/exchange.md` for this inside). Binary members are standard
//! base64 with padding. Nothing here is trusted because it came in an envelope: acts and receipts are authenticated one by one.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use seal::WrappedKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use terms::canonical::NotCanonical;
use terms::{ActId, Canonical, DocketId, Salt};

use crate::act::{Body, SignedAct};
use crate::receipt::SignedReceipt;

/// The version every document of this edition carries.
pub const CONTENTS_VERSION: &str = "comity.contents/1";
/// So many items one envelope may carry.
pub const ITEMS_MAX: usize = 1024;

/// The document inside an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contents {
    v: String,
    items: Vec<Item>,
}

/// One thing inside an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Item {
    /// An act with its body.
    Act(ActItem),
    /// A receipt.
    Receipt(Statement),
    /// Acts that the sender misses.
    Want(Want),
    /// A signed word about something that was not admitted.
    Notice(Statement),
    /// A signed digest of shared dockets and heads.
    Digest(Statement),
    /// What goes with an act that transmits evidence: manifest, keys, and what happened to the exhibits before.
    Exhibits(Exhibits),
    /// What happened to a physical item that goes to the recipient, or came from it.
    History(History),
    /// The sender was restored from a backup and asks for everything that concerns it.
    Recover(Recover),
    /// What the sender holds that concerns the one who asked; the acts themselves travel beside.
    Recovered(Recovered),
}

/// An act on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActItem {
    header: Bytes,
    signature: Bytes,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<Salt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<Bytes>,
}

/// A canonical statement and the detached signature over it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The signed bytes.
    pub statement: Bytes,
    /// Detached CAdES.
    pub signature: Bytes,
}

/// Acts that are missing in a docket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Want {
    /// In which docket.
    pub docket: DocketId,
    /// Which; empty for *everything you hold*.
    pub acts: Vec<ActId>,
}

/// What goes with a transmission. The act names the manifest by its digest; this brings the manifest itself, so that an exhibit's
/// list, keys and history are never apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exhibits {
    /// The canonical manifest.
    pub manifest: Bytes,
    /// The detached signature of its author.
    pub signature: Bytes,
    /// The content key of each exhibit, wrapped for the recipient. A key that was destroyed is absent.
    pub keys: Vec<WrappedKey>,
    /// The custody entries about the exhibits, each history from its beginning.
    pub custody: Vec<Statement>,
}

/// The history of a physical item, which belongs to a docket of both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct History {
    /// The docket.
    pub docket: DocketId,
    /// The custody entries about the item, from the first one to the last that concerns the recipient.
    pub entries: Vec<Statement>,
    /// Of a part: the history of its whole up to where it was divided, then that of the whole's whole, and so on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub wholes: Vec<Vec<Statement>>,
    /// What stands beside the last entry, if that sent the item to the recipient.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<Told>,
}

/// What an entry binds by a salted digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Told {
    /// The salt.
    pub salt: Salt,
    /// The canonical details.
    pub details: Bytes,
}

/// A question of a restored node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recover {
    /// Drawn at random for this recovery, so that answers to an earlier one do not count.
    pub question: Salt,
}

/// A part of the answer to it. The answer is whole when all its parts are there and every act that they list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recovered {
    /// The question.
    pub question: Salt,
    /// Acts that the sender holds, admitted or waiting, and that the one who asked may know.
    pub acts: Vec<ActId>,
    /// Which part this is, from 1.
    pub part: u32,
    /// Of how many.
    pub parts: u32,
    /// The largest checkpoint of the one who asked that the sender holds in a receipt, if it holds any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}

/// Bytes, as base64 on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes(pub Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}
impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}

impl From<SignedAct> for ActItem {
    fn from(act: SignedAct) -> Self {
        let (salt, body) = act.body.map(|body| (body.salt, Bytes(body.bytes))).unzip();
        Self { header: Bytes(act.header), signature: Bytes(act.signature), salt, body }
    }
}
impl From<ActItem> for SignedAct {
    /// A body without its salt, or a salt without its body, counts as no body: it could not be checked.
    fn from(item: ActItem) -> Self {
        let body = item.salt.zip(item.body).map(|(salt, bytes)| Body { salt, bytes: bytes.0 });
        Self { header: item.header.0, signature: item.signature.0, body }
    }
}
impl From<SignedReceipt> for Statement {
    fn from(receipt: SignedReceipt) -> Self {
        Self { statement: Bytes(receipt.statement), signature: Bytes(receipt.signature) }
    }
}
impl From<Statement> for SignedReceipt {
    fn from(item: Statement) -> Self {
        Self { statement: item.statement.0, signature: item.signature.0 }
    }
}

/// Writes the document.
pub fn write(items: Vec<Item>) -> Result<Vec<u8>, NotCanonical> {
    terms::canonical::to_bytes(&Contents { v: CONTENTS_VERSION.to_owned(), items })
}

/// Reads the document; refuses every spelling but the canonical one, and more items than [`ITEMS_MAX`].
pub fn read(bytes: &[u8]) -> Result<Vec<Item>, NotCanonical> {
    let contents: Contents = Canonical::<Value>::parse(bytes)
        .and_then(|value| serde_json::from_value(value.into_value()).map_err(|e| NotCanonical::Shape(e.to_string())))?;
    if contents.v != CONTENTS_VERSION {
        return Err(NotCanonical::Shape(format!("version {} is not {CONTENTS_VERSION}", contents.v)));
    }
    if contents.items.len() > ITEMS_MAX {
        return Err(NotCanonical::Shape(format!("{} items; at most {ITEMS_MAX} are accepted", contents.items.len())));
    }
    Ok(contents.items)
}
