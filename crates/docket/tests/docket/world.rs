//! A small world for the engine's tests: authorities that sign with a toy seal, so that thousands of acts cost nothing.
//! Real signatures are tested in `seal`; what is tested here is what the engine makes of authentic acts.

use docket::receipt::{AuthenticReceipt, Place, RECEIPT_VERSION, Receipt, SignedReceipt};
use docket::{AuthenticAct, Docket, Header, Opening, Party, Said, SignedAct};
use serde_json::{Map, Value, json};
use terms::{ActId, AuthorityId, Canonical, Digest, Moment, Salt};

pub fn authority(name: &str) -> AuthorityId {
    name.parse().expect("an authority's name")
}

pub fn at(second: i64) -> Moment {
    Moment::from_unix(1_790_000_000 + second).expect("within range")
}

/// The toy seal: a hash over the author's name and the bytes.
pub fn toy_seal(author: &AuthorityId, bytes: &[u8]) -> Vec<u8> {
    Digest::of(&[author.as_str().as_bytes(), b"\n", bytes]).as_bytes().to_vec()
}

pub fn check(author: &AuthorityId, _: Moment, bytes: &[u8], signature: &[u8]) -> Result<Digest, String> {
    if signature == toy_seal(author, bytes) {
        Ok(Digest::of(&[author.as_str().as_bytes()]))
    } else {
        Err("another hand".to_owned())
    }
}

pub fn signed(header: Header) -> SignedAct {
    let author = header.author.clone();
    let canonical = Canonical::new(header).expect("canonical");
    SignedAct { header: canonical.bytes().to_vec(), signature: toy_seal(&author, canonical.bytes()), body: None }
}

pub fn authentic(header: Header) -> AuthenticAct {
    signed(header).authenticate(&check).expect("authentic")
}

pub fn said(kind: &str, facts: Value) -> Said {
    let facts: Map<String, Value> = facts.as_object().cloned().expect("facts are an object");
    Said { kind: kind.to_owned(), facts, ..Said::default() }
}

pub fn opening(procedure: &str, kind: &str, author: &str, parties: &[(&str, &str)], facts: Value) -> Header {
    let party = |(name, role): &(&str, &str)| Party { authority: authority(name), role: (*role).to_owned() };
    let mut parties: Vec<Party> = parties.iter().map(party).collect();
    parties.sort();
    Header {
        v: "comity.act/1".to_owned(),
        docket: None,
        open: Some(Opening { procedure: procedure.to_owned(), parties, nonce: Salt::new([7; 16]) }),
        kind: kind.to_owned(),
        author: authority(author),
        previous: None,
        parents: vec![],
        lamport: 1,
        time: at(0),
        body: None,
        introduces: vec![],
        facts: facts.as_object().cloned().expect("facts are an object"),
    }
}

/// A consultation of Spain (convener), Morocco and France.
pub fn consultation() -> Docket {
    let parties = [("es.moj", "convener"), ("ma.moj", "participant"), ("fr.moj", "participant")];
    Docket::open(authentic(opening("consultation/1", "open", "es.moj", &parties, json!({})))).expect("opens")
}

/// Seals what `author` says on top of what `docket` holds, and admits it there.
pub fn speak(docket: &mut Docket, author: &str, kind: &str, facts: Value, second: i64) -> ActId {
    let act = authentic(docket.frame(&authority(author), said(kind, facts), at(second)));
    let id = act.id();
    docket.admit(act).expect("what is framed on a docket is admitted there");
    id
}

/// A receipt by `issuer` for acts it holds in `docket`.
pub fn receipt(docket: &Docket, issuer: &str, to: &str, acts: &[ActId]) -> AuthenticReceipt {
    let mut acts = acts.to_vec();
    acts.sort();
    let places = acts.iter().enumerate().map(|(index, act)| Place { act: *act, index: index as u64 }).collect();
    let issuer = authority(issuer);
    let statement = Receipt {
        v: RECEIPT_VERSION.to_owned(),
        issuer: issuer.clone(),
        to: authority(to),
        docket: docket.id(),
        latest: docket.latest_of(&issuer),
        acts,
        places,
        checkpoint: "toy checkpoint".to_owned(),
        time: at(1),
    };
    let canonical = SignedReceipt::frame(statement).expect("in form");
    let signed =
        SignedReceipt { statement: canonical.bytes().to_vec(), signature: toy_seal(&issuer, canonical.bytes()) };
    signed.authenticate(&check).expect("authentic")
}
