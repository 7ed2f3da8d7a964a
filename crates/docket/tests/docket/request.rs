//! One request between two authorities that trust nothing but signatures: real roots, cards, seals and envelopes.
//!
//! Spain asks Morocco for bank records, Morocco asks back, Spain supplements, Morocco accepts, executes and transmits, Spain
//! receives and closes. Every act crosses in a sealed envelope, is authenticated against the sender's card, admitted and receipted.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::process::Command;

use docket::contents::{self, Item};
use docket::procedures::assistance::matter::{Execution, Matter};
use docket::procedures::assistance::standing::Is;
use docket::receipt::{Place, RECEIPT_VERSION, Receipt, SignedReceipt};
use docket::{Body, BodyBinding, Cards, Docket, Header, SignedAct, View};
use rand_core::{TryCryptoRng, TryRng};
use seal::card::{CardStatement, EncryptionEntry, LedgerEntry, SealEntry, SignedCard, TlsEntry};
use seal::certificate::{Period, issue_root, issue_seal, issue_tls};
use seal::envelope::{EnvelopeHeader, ReceivedEnvelope, seal_envelope};
use seal::{Certified, P256Key, RootCertificate, SigningKey as _, TlsName, XWingKey, cades};
use serde_json::{Value, json};
use terms::{ActId, AuthorityId, Digest, DocketId, EnvelopeId, Moment, Salt};

use crate::world::{at, authority, opening, said};

/// Randomness for tests: a hash chain over a seed.
struct Seeded(Digest);

impl TryRng for Seeded {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            self.0 = Digest::of(&[b"next", self.0.as_bytes()]);
            chunk.copy_from_slice(&self.0.as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
impl TryCryptoRng for Seeded {}

/// An authority with its keys, the cards it approved, and its own copy of the docket.
struct Side {
    name: AuthorityId,
    rng: Seeded,
    root: RootCertificate,
    signer: Certified<P256Key>,
    opener: XWingKey,
    card: SignedCard,
    cards: Cards,
    dockets: BTreeMap<DocketId, Docket>,
}

impl Side {
    fn found(name: &str) -> Self {
        let mut rng = Seeded(Digest::of(&[name.as_bytes()]));
        let id = authority(name);
        let (since, until) = (at(-86_400), at(86_400 * 365));
        let period = Period::new(since, until);
        let root_key = P256Key::generate(&mut rng);
        let root = issue_root(&id, &root_key, period, &mut rng).expect("a root");
        let seal_key = P256Key::generate(&mut rng);
        let seal = issue_seal(&root, &root_key, seal_key.public_key(), period, &mut rng).expect("a seal");
        let tls_key = P256Key::generate(&mut rng).public_key();
        let tls =
            issue_tls(&root, &root_key, tls_key, &[TlsName::Ip([127, 0, 0, 1].into())], period, &mut rng).expect("TLS");
        let opener = XWingKey::from_seed(&XWingKey::draw_seed(&mut rng));
        let origin = format!("{name}/ledger/1");
        let statement = CardStatement {
            v: "comity.card/1".into(),
            authority: id.clone(),
            edition: 1,
            issued: at(0),
            names: [("en".to_owned(), "Ministry of Justice".to_owned())].into(),
            languages: vec!["en".into()],
            procedures: vec!["assistance/1".into()],
            endpoints: vec!["https://127.0.0.1:8443/comity".into()],
            root: root.clone(),
            former_roots: vec![],
            seals: vec![SealEntry { certificate: seal.clone(), since, until: None, compromised_since: None }],
            tls: vec![TlsEntry { certificate: tls, since, until }],
            encryption: vec![EncryptionEntry { public: opener.public().clone(), since, until }],
            ledger: LedgerEntry {
                key: format!("{origin}+00000000+AA=="),
                witness: "witness+00000000+AA==".into(),
                origin,
                generation: 1,
            },
        };
        let root_signer = Certified::new(root_key, root.certificate().clone()).expect("they belong together");
        let card = SignedCard::sign(statement, &root_signer, None).expect("a card");
        let signer = Certified::new(seal_key, seal).expect("they belong together");
        Self { name: id, rng, root, signer, opener, card, cards: Cards::default(), dockets: BTreeMap::new() }
    }

    /// Approves the other's root, whose fingerprint was read over the phone, and holds its card.
    fn approve(&mut self, other: &SignedCard, read_aloud: &RootCertificate) {
        let card = other.verify(&read_aloud.certificate().fingerprint()).expect("the card is signed under that root");
        self.cards.hold(card);
    }

    fn seal_act(&mut self, mut header: Header, narrative: &str) -> SignedAct {
        let mut salt = [0; 16];
        self.rng.try_fill_bytes(&mut salt).expect("infallible");
        let body = Body { salt: Salt::new(salt), bytes: narrative.as_bytes().to_vec() };
        header.body = Some(BodyBinding::of(&body.salt, &body.bytes));
        let time = header.time;
        let framed = SignedAct::frame(header).expect("in form");
        let signature = cades::sign(framed.bytes(), &self.signer, time).expect("sealed");
        SignedAct { header: framed.bytes().to_vec(), signature, body: Some(body) }
    }

    /// Authenticates against the cards held here and admits.
    fn admit(&mut self, act: SignedAct) -> ActId {
        let act = act.authenticate(&self.cards).expect("authentic");
        let id = act.id();
        match self.dockets.get_mut(&act.docket()) {
            Some(docket) => drop(docket.admit(act).expect("admitted")),
            None => drop(self.dockets.insert(act.docket(), Docket::open(act).expect("opened"))),
        }
        id
    }

    fn receipt(&mut self, to: &AuthorityId, docket: DocketId, act: ActId, time: Moment) -> SignedReceipt {
        let statement = Receipt {
            v: RECEIPT_VERSION.to_owned(),
            issuer: self.name.clone(),
            to: to.clone(),
            docket,
            acts: vec![act],
            latest: self.dockets[&docket].latest_of(&self.name),
            places: vec![Place { act, index: 0 }],
            checkpoint: "the ledger has tests of its own".to_owned(),
            time,
        };
        let framed = SignedReceipt::frame(statement).expect("in form");
        let signature = cades::sign(framed.bytes(), &self.signer, time).expect("sealed");
        SignedReceipt { statement: framed.bytes().to_vec(), signature }
    }

    /// Seals items to the other authority's key, as its card names it at that time.
    fn envelope(&mut self, to: &AuthorityId, items: Vec<Item>, time: Moment) -> Vec<u8> {
        let key = self.cards.of(to).and_then(|card| card.encryption_at(time)).expect("a key in use").public.clone();
        let mut id = [0; 16];
        self.rng.try_fill_bytes(&mut id).expect("infallible");
        let header =
            EnvelopeHeader { id: EnvelopeId::new(id), key: key.id(), recipient: to.clone(), sender: self.name.clone() };
        let document = contents::write(items).expect("canonical");
        seal_envelope(&header, &key, &document, &mut self.rng).expect("sealed")
    }

    fn open(&self, envelope: Vec<u8>) -> Vec<Item> {
        let opened = ReceivedEnvelope::parse(envelope).expect("an envelope").open(&self.opener).expect("opens");
        contents::read(opened.plaintext()).expect("a document")
    }
}

/// Seals, carries, admits and receipts one act; both sides end with the same view of what stands.
fn send(from: &mut Side, to: &mut Side, header: Header, narrative: &str) -> ActId {
    let time = header.time;
    let act = from.seal_act(header, narrative);
    let id = from.admit(act.clone());
    let envelope = from.envelope(&to.name, vec![Item::Act(act.into())], time);
    assert!(
        !envelope.windows(narrative.len()).any(|window| window == narrative.as_bytes()),
        "nobody on the way can read it"
    );
    let mut changed = envelope.clone();
    *changed.last_mut().expect("not empty") ^= 1;
    assert!(ReceivedEnvelope::parse(changed).expect("still of that form").open(&to.opener).is_err(), "or change it");
    let mut docket = None;
    for item in to.open(envelope) {
        let Item::Act(act) = item else { panic!("an act was sent") };
        to.admit(act.into());
        docket = to.dockets.values().find(|docket| docket.act(id).is_some()).map(Docket::id);
    }
    let docket = docket.expect("admitted");
    let receipt = to.receipt(&from.name, docket, id, time.plus_seconds(1));
    for item in from.open(to.envelope(&from.name, vec![Item::Receipt(receipt.into())], time)) {
        let Item::Receipt(receipt) = item else { panic!("a receipt was sent") };
        let receipt = SignedReceipt::from(receipt).authenticate(&from.cards).expect("authentic");
        from.dockets.get_mut(&docket).expect("there").file_receipt(receipt).expect("filed");
    }
    let (ours, theirs) = (View::of(&from.dockets[&docket]), View::of(&to.dockets[&docket]));
    assert_eq!(ours.registers, theirs.registers);
    assert!(ours.act(id).expect("shown").delivered_to.contains(&to.name));
    id
}

fn next(side: &Side, docket: DocketId, kind: &str, facts: Value, second: i64) -> Header {
    side.dockets[&docket].frame(&side.name, said(kind, facts), at(second))
}

fn pem(root: &RootCertificate) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        BASE64_STANDARD.encode(root.certificate().der())
    )
}

/// OpenSSL's own word on one act: header, signature, root; nothing of ours.
fn openssl_accepts(side: &Side, header: &[u8], signature: &[u8]) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in [("header", header), ("signature", signature), ("root.pem", pem(&side.root).as_bytes())] {
        std::fs::write(folder.path().join(name), bytes).expect("written");
    }
    let time = at(0).unix().to_string();
    let arguments = ["cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature", "-content", "header"];
    let trust = ["-CAfile", "root.pem", "-purpose", "any", "-attime", &time, "-out", "verified"];
    let openssl = Command::new("openssl").args(arguments).args(trust).current_dir(folder.path()).output();
    openssl.expect("openssl; `cargo xtask test` installs it").status.success()
}

#[test]
fn spain_asks_morocco_for_bank_records() {
    let (mut spain, mut morocco) = (Side::found("es.moj"), Side::found("ma.moj"));
    let (es, ma) = (spain.card.clone(), morocco.card.clone());
    let (es_root, ma_root) = (spain.root.clone(), morocco.root.clone());
    for side in [&mut spain, &mut morocco] {
        side.approve(&es, &es_root);
        side.approve(&ma, &ma_root);
    }
    let parties = [("es.moj", "requesting"), ("ma.moj", "requested")];
    let measures = json!({"measures": [{"id": "m1", "kind": "bank-records"}]});
    let submit = send(
        &mut spain,
        &mut morocco,
        opening("assistance/1", "submit", "es.moj", &parties, measures),
        "The account of …",
    );
    let docket = submit.opens();
    let header = next(&morocco, docket, "ask", json!({"measures": ["m1"]}), 10);
    let ask = send(&mut morocco, &mut spain, header, "Which branch?");
    let header = next(&spain, docket, "supplement", json!({"answers": [ask]}), 20);
    send(&mut spain, &mut morocco, header, "The branch in Tangier.");
    let header = next(&morocco, docket, "accept", json!({"measures": ["m1"]}), 30);
    send(&mut morocco, &mut spain, header, "Accepted.");
    let header = next(&morocco, docket, "execute", json!({"measures": ["m1"], "complete": true}), 40);
    send(&mut morocco, &mut spain, header, "Executed on order of the investigating judge.");
    let manifest = json!({"measures": ["m1"], "manifest": Digest::of(&[b"a manifest"])});
    let header = next(&morocco, docket, "transmit", manifest, 50);
    let transmit = send(&mut morocco, &mut spain, header, "Statements of two years.");
    let header = next(&spain, docket, "receive", json!({"act": transmit}), 60);
    send(&mut spain, &mut morocco, header, "Received whole.");
    let header = next(&spain, docket, "close", json!({}), 70);
    send(&mut spain, &mut morocco, header, "With thanks.");

    for side in [&spain, &morocco] {
        let view = View::of(&side.dockets[&docket]);
        let matter = Matter::of(&view.registers);
        let measure = &matter.measures["m1"];
        assert_eq!(
            (measure.standing.is, measure.execution, measure.transmitted),
            (Is::Accepted, Execution::Complete, true)
        );
        assert!(matter.closed && matter.under_way.is_empty() && matter.open_questions.is_empty());
        assert!(!view.disputed() && view.breaches.is_empty() && view.acts.iter().all(|act| act.verdict.is_ok()));
    }
    let (admitted, other) = (
        spain.dockets[&docket].act(ask).expect("there").act(),
        spain.dockets[&docket].act(submit).expect("there").act(),
    );
    assert!(openssl_accepts(&morocco, admitted.header_bytes(), admitted.signature()));
    assert!(
        !openssl_accepts(&spain, admitted.header_bytes(), admitted.signature()),
        "Spain's root vouches for no act of Morocco"
    );
    assert!(
        !openssl_accepts(&morocco, other.header_bytes(), admitted.signature()),
        "nor is it a signature over another act"
    );
}

#[test]
fn what_no_approved_seal_made_is_not_authentic() {
    let (mut spain, mut morocco) = (Side::found("es.moj"), Side::found("ma.moj"));
    let parties = [("es.moj", "requesting"), ("ma.moj", "requested")];
    let header =
        opening("assistance/1", "submit", "es.moj", &parties, json!({"measures": [{"id": "m1", "kind": "statement"}]}));
    let act = spain.seal_act(header.clone(), "…");
    let refused =
        |side: &Side, act: &SignedAct| act.clone().authenticate(&side.cards).expect_err("refused").to_string();
    assert!(refused(&morocco, &act).contains("no card of es.moj"), "nobody is trusted before approval");
    let (es, es_root) = (spain.card.clone(), spain.root.clone());
    morocco.approve(&es, &es_root);
    assert!(act.clone().authenticate(&morocco.cards).is_ok());
    let mut forged = act.clone();
    forged.signature =
        cades::sign(&act.header, &morocco.signer, header.time).expect("sealed by Morocco in Spain's name");
    assert!(refused(&morocco, &forged).contains("not the author's"));
    let mut backdated = act.clone();
    backdated.signature =
        cades::sign(&act.header, &spain.signer, at(500)).expect("sealed at another time than it says");
    assert!(refused(&morocco, &backdated).contains("was signed at"));
    let expired = cades::sign(&act.header, &spain.signer, at(86_400 * 400));
    assert!(expired.is_err(), "an expired seal signs nothing");
}
