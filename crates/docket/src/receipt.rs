//! A receipt: the recipient's signed word that it holds certain acts.
//!
//! It names the acts, their places in the issuer's ledger, the checkpoint above them, and *the issuer's own latest act in that
//! docket*. The last is what makes honesty provable: receipts are issued under the same lock as acts are authored, so every act
//! that the issuer seals afterwards must descend from what it receipted. A receipt is not an act, but it is logged.
//! An act is shown as delivered if and only if a valid receipt of the recipient is held. Wire form: `docs/spec/receipt.md`.

use serde::{Deserialize, Serialize};
use terms::{ActId, AuthorityId, Canonical, Digest, DocketId, Moment};

use crate::act::{NotAuthentic, SealCheck};

/// The version every receipt of this edition carries.
pub const RECEIPT_VERSION: &str = "comity.receipt/1";
/// A statement larger than this is refused before it is parsed.
pub const STATEMENT_MAX: usize = 256 * 1024;
/// So many acts one receipt may cover.
pub const ACTS_MAX: usize = 1024;

/// What the issuer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Always [`RECEIPT_VERSION`].
    pub v: String,
    /// Whose word this is.
    pub issuer: AuthorityId,
    /// To whom it is given.
    pub to: AuthorityId,
    /// In which docket.
    pub docket: DocketId,
    /// The acts that the issuer holds, sorted.
    pub acts: Vec<ActId>,
    /// The issuer's own latest act in the docket when it gave its word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<ActId>,
    /// Where each act stands in the issuer's ledger, in the order of `acts`.
    pub places: Vec<Place>,
    /// The issuer's signed checkpoint that covers those places, as C2SP writes it.
    pub checkpoint: String,
    /// When, by the issuer's clock.
    pub time: Moment,
}

/// An act's place in a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Which act.
    pub act: ActId,
    /// The index of its leaf.
    pub index: u64,
}

/// A receipt as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedReceipt {
    /// Canonical statement, as signed.
    pub statement: Vec<u8>,
    /// Detached CAdES over the statement.
    pub signature: Vec<u8>,
}

/// A receipt in form and signed by its issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticReceipt {
    id: Digest,
    statement: Canonical<Receipt>,
    signature: Box<[u8]>,
}

impl SignedReceipt {
    /// Frames a statement of our own for sealing; the caller signs [`Canonical::bytes`].
    pub fn frame(receipt: Receipt) -> Result<Canonical<Receipt>, NotAuthentic> {
        check_form(&receipt)?;
        Ok(Canonical::new(receipt)?)
    }

    /// A receipt of our own, just framed and just sealed: what is known of it is not read again.
    pub fn sealed(framed: Canonical<Receipt>, signature: Vec<u8>) -> AuthenticReceipt {
        AuthenticReceipt { id: Digest::of(&[framed.bytes()]), statement: framed, signature: signature.into() }
    }

    /// Checks form and signature.
    pub fn authenticate(self, seals: &dyn SealCheck) -> Result<AuthenticReceipt, NotAuthentic> {
        if self.statement.len() > STATEMENT_MAX {
            return Err(NotAuthentic::TooLarge { part: "receipt", size: self.statement.len(), max: STATEMENT_MAX });
        }
        let statement: Canonical<Receipt> = Canonical::parse(&self.statement)?;
        check_form(&statement)?;
        seals
            .check(&statement.issuer, statement.time, statement.bytes(), &self.signature)
            .map_err(NotAuthentic::Signature)?;
        let id = Digest::of(&[statement.bytes()]);
        Ok(AuthenticReceipt { id, statement, signature: self.signature.into() })
    }
}

impl AuthenticReceipt {
    /// SHA-256 of the statement.
    pub fn id(&self) -> Digest {
        self.id
    }
    /// What it says.
    pub fn statement(&self) -> &Receipt {
        self.statement.value()
    }
    /// The signed bytes.
    pub fn statement_bytes(&self) -> &[u8] {
        self.statement.bytes()
    }
    /// The detached CAdES signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

/// The rules of form of `docs/spec/receipt.md`.
fn check_form(receipt: &Receipt) -> Result<(), NotAuthentic> {
    let rule = |holds: bool, sentence: &'static str| if holds { Ok(()) } else { Err(NotAuthentic::Form(sentence)) };
    rule(receipt.v == RECEIPT_VERSION, "its version is not comity.receipt/1")?;
    rule(receipt.issuer != receipt.to, "an authority gives no receipt to itself")?;
    rule((1..=ACTS_MAX).contains(&receipt.acts.len()), "it covers no act, or too many")?;
    rule(receipt.acts.windows(2).all(|pair| pair[0] < pair[1]), "its acts are not sorted, or one stands twice")?;
    rule(
        receipt.places.len() == receipt.acts.len()
            && receipt.places.iter().zip(&receipt.acts).all(|(place, act)| place.act == *act),
        "its places are not those of its acts, in their order",
    )
}
