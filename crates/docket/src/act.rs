//! An act: one signed step in a docket, as a header that everybody may keep and a body that can be erased.
//!
//! The header says all that the fold needs and no personal data; its canonical bytes (RFC 8785) are what is signed, and
//! their SHA-256 is the act's id. The body (persons, narrative) is bound by a salted digest, so that erasing the
//! body leaves header, signature and every proof as they were. The wire form is specified in `docs/spec/act.md`.
//!
//! The types are receipts for checks: [`SignedAct`] is what arrived, [`AuthenticAct`] has a canonical header and a
//! signature by a seal of its author, and only the docket turns that into an admitted act (see [`crate::docket`]).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use terms::canonical::NotCanonical;
use terms::{ActId, AuthorityId, Canonical, Digest, DocketId, Moment, Salt};

/// The version every header of this edition carries.
pub const ACT_VERSION: &str = "comity.act/1";
/// A header larger than this is refused before it is parsed.
pub const HEADER_MAX: usize = 64 * 1024;
/// A body larger than this is refused: what is larger is an exhibit.
pub const BODY_MAX: usize = 1024 * 1024;
/// So many parents, parties or newcomers an act may name.
pub const LIST_MAX: usize = 256;

/// What the fold may know of an act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Always [`ACT_VERSION`].
    pub v: String,
    /// The docket; absent in the act that opens it, whose id *is* the docket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docket: Option<DocketId>,
    /// What an opening act founds; absent in every other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Opening>,
    /// The step, as its procedure names it: `accept`.
    pub kind: String,
    /// The authority whose word this is.
    pub author: AuthorityId,
    /// The author's own act before this one in the docket; absent in its first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<ActId>,
    /// All heads that the author knew, sorted; empty only in the opening act.
    pub parents: Vec<ActId>,
    /// One more than the largest among the parents; 1 in the opening act. It only affects display.
    pub lamport: u64,
    /// When the author's node sealed the act, by its own clock.
    pub time: Moment,
    /// The body, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyBinding>,
    /// Newcomers whom a party brings in; sorted by authority.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub introduces: Vec<Party>,
    /// What the fold of this kind needs: ids, dates, digests, never persons.
    pub facts: Map<String, Value>,
}

/// What an opening act founds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Procedure and edition by which every side folds this docket for its whole life: `assistance/1`.
    pub procedure: String,
    /// The parties, sorted by authority, at least two, the author among them.
    pub parties: Vec<Party>,
    /// Random, so that two dockets that begin alike are two.
    pub nonce: Salt,
}

/// An authority and its part in the matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Who.
    pub authority: AuthorityId,
    /// As what, in the procedure's words: `requesting`.
    pub role: String,
}

/// How a header holds on to a body that may be erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BodyBinding {
    /// SHA-256(salt ‖ body).
    pub digest: Digest,
    /// Bytes of the body.
    pub size: u64,
}

impl BodyBinding {
    /// Binds `body` under `salt`.
    pub fn of(salt: &Salt, body: &[u8]) -> Self {
        Self { digest: Digest::of(&[salt.as_bytes(), body]), size: body.len() as u64 }
    }
}

/// A body with the salt that lets it be checked against its header.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// Drawn at random for this body alone.
    pub salt: Salt,
    /// Usually canonical JSON of the procedure's form; the engine does not look.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.bytes.len())
    }
}

/// An act as it arrived or as it was read from the store: nothing is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedAct {
    /// Canonical header, as signed.
    pub header: Vec<u8>,
    /// Detached CAdES over the header.
    pub signature: Vec<u8>,
    /// The body; absent once it is erased, or where the header binds none.
    pub body: Option<Body>,
}

/// Why something that arrived is not an authentic act. It is quarantined, never admitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAuthentic {
    /// Larger than an act may be.
    #[error("the {part} has {size} bytes; at most {max} are accepted")]
    TooLarge {
        /// Header, body or signature.
        part: &'static str,
        /// What arrived.
        size: usize,
        /// What may arrive.
        max: usize,
    },
    /// The header is not canonical JSON of the act's shape.
    #[error("the header is {0}")]
    Header(#[from] NotCanonical),
    /// The header is canonical and well shaped, and still breaks a rule of form.
    #[error("the header breaks a rule of form: {0}")]
    Form(&'static str),
    /// The signature is not one of the named author.
    #[error("the signature is not the author's: {0}")]
    Signature(String),
    /// The body is not the one the header binds.
    #[error("the body is not the one that was signed")]
    Body,
}

/// Says whether a detached signature over `header` is the author's, at the time of sealing. Implemented over the
/// peers' cards by whoever holds them; a plain function in tests.
pub trait SealCheck {
    /// The SHA-256 of the sealing certificate, or a sentence why the signature does not count.
    fn check(&self, author: &AuthorityId, time: Moment, header: &[u8], signature: &[u8]) -> Result<Digest, String>;
}

impl<F: Fn(&AuthorityId, Moment, &[u8], &[u8]) -> Result<Digest, String>> SealCheck for F {
    fn check(&self, author: &AuthorityId, time: Moment, header: &[u8], signature: &[u8]) -> Result<Digest, String> {
        self(author, time, header, signature)
    }
}

/// An act whose header is canonical and in form, whose signature is its author's, and whose body, if it came
/// along, is the one that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticAct {
    id: ActId,
    header: Canonical<Header>,
    signature: Box<[u8]>,
    seal: Digest,
    body: Option<Body>,
}

impl SignedAct {
    /// Frames a header of our own for sealing; the caller signs [`Canonical::bytes`].
    pub fn frame(header: Header) -> Result<Canonical<Header>, NotAuthentic> {
        check_form(&header)?;
        Ok(Canonical::new(header)?)
    }

    /// An act of our own, just framed and just sealed with the certificate whose SHA-256 is `seal`: what is known of it is not read again.
    pub fn sealed(
        framed: Canonical<Header>,
        signature: Vec<u8>,
        seal: Digest,
        body: Option<Body>,
    ) -> Result<AuthenticAct, NotAuthentic> {
        check_sizes(framed.bytes(), &signature, body.as_ref())?;
        whole(framed, signature, body, |_, _| Ok(seal))
    }

    /// Checks form, signature and body. Meaning is not looked at: an act that makes no sense is still an act.
    pub fn authenticate(self, seals: &dyn SealCheck) -> Result<AuthenticAct, NotAuthentic> {
        check_sizes(&self.header, &self.signature, self.body.as_ref())?;
        let header: Canonical<Header> = Canonical::parse(&self.header)?;
        check_form(&header)?;
        whole(header, self.signature, self.body, |header, signature| {
            let sealed = seals.check(&header.author, header.time, header.bytes(), signature);
            sealed.map_err(NotAuthentic::Signature)
        })
    }
}

fn check_sizes(header: &[u8], signature: &[u8], body: Option<&Body>) -> Result<(), NotAuthentic> {
    let within = |part, size, max| if size > max { Err(NotAuthentic::TooLarge { part, size, max }) } else { Ok(()) };
    within("header", header.len(), HEADER_MAX)?;
    within("signature", signature.len(), 16 * 1024)?;
    within("body", body.map_or(0, |body| body.bytes.len()), BODY_MAX)
}

/// Puts an act together whose body, if it is there, is the one that the header binds.
fn whole(
    header: Canonical<Header>,
    signature: Vec<u8>,
    body: Option<Body>,
    seal: impl FnOnce(&Canonical<Header>, &[u8]) -> Result<Digest, NotAuthentic>,
) -> Result<AuthenticAct, NotAuthentic> {
    if let Some(body) = &body
        && header.body != Some(BodyBinding::of(&body.salt, &body.bytes))
    {
        return Err(NotAuthentic::Body);
    }
    let seal = seal(&header, &signature)?;
    Ok(AuthenticAct { id: ActId::of_header(header.bytes()), header, signature: signature.into(), seal, body })
}

impl AuthenticAct {
    /// The hash of the header.
    pub fn id(&self) -> ActId {
        self.id
    }
    /// The docket that this act opens or belongs to.
    pub fn docket(&self) -> DocketId {
        self.header.docket.unwrap_or_else(|| self.id.opens())
    }
    /// What the fold may know.
    pub fn header(&self) -> &Header {
        self.header.value()
    }
    /// The signed bytes.
    pub fn header_bytes(&self) -> &[u8] {
        self.header.bytes()
    }
    /// The detached CAdES signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
    /// SHA-256 of the certificate that sealed it.
    pub fn seal(&self) -> Digest {
        self.seal
    }
    /// The body, unless it is erased or there is none.
    pub fn body(&self) -> Option<&Body> {
        self.body.as_ref()
    }
    /// The same act without its body: all that a fold looks at.
    pub fn bare(&self) -> Self {
        Self {
            id: self.id,
            header: self.header.clone(),
            signature: self.signature.clone(),
            seal: self.seal,
            body: None,
        }
    }
    /// Forgets the body on this side; everything else stays as it was signed.
    pub fn erase_body(&mut self) {
        self.body = None;
    }
}

/// The rules of form of `docs/spec/act.md`: what can be said of one header without knowing any other act.
fn check_form(header: &Header) -> Result<(), NotAuthentic> {
    let rule = |holds: bool, sentence: &'static str| if holds { Ok(()) } else { Err(NotAuthentic::Form(sentence)) };
    let name = |text: &str, max: usize| {
        !text.is_empty() && text.len() <= max && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
    };
    let parties = |list: &[Party]| {
        list.len() <= LIST_MAX
            && list.windows(2).all(|pair| pair[0].authority < pair[1].authority)
            && list.iter().all(|party| name(&party.role, 32))
    };
    rule(header.v == ACT_VERSION, "its version is not comity.act/1")?;
    rule(name(&header.kind, 48), "its kind is not a word of a-z, 0-9 and -")?;
    rule(header.parents.windows(2).all(|pair| pair[0] < pair[1]), "its parents are not sorted, or one stands twice")?;
    rule(header.parents.len() <= LIST_MAX, "it names too many parents")?;
    rule(parties(&header.introduces), "its newcomers are not sorted by authority, or a role is no word")?;
    rule(header.body.is_none_or(|body| body.size <= BODY_MAX as u64), "its body is larger than 1 MiB")?;
    match &header.open {
        Some(open) => {
            rule(header.docket.is_none(), "an opening act names a docket")?;
            rule(header.previous.is_none() && header.parents.is_empty(), "an opening act has acts before it")?;
            rule(header.lamport == 1, "an opening act's Lamport number is not 1")?;
            rule(parties(&open.parties), "its parties are not sorted by authority, or a role is no word")?;
            rule(open.parties.len() >= 2, "a docket has fewer than two parties")?;
            rule(open.parties.iter().any(|p| p.authority == header.author), "the author is not among the parties")?;
            rule(
                open.procedure.split_once('/').is_some_and(|(word, edition)| name(word, 32) && name(edition, 8)),
                "its procedure is not named like assistance/1",
            )
        }
        None => {
            rule(header.docket.is_some(), "it names no docket and opens none")?;
            rule(!header.parents.is_empty(), "it has no parents and opens no docket")?;
            rule(header.lamport >= 2, "its Lamport number is below 2")
        }
    }
}
