//! A small case: Spain seized a telephone, imaged it and transmitted the image and a bank's answer; Morocco exports both for its court.

use std::collections::BTreeMap;

use evidence::asic::{Checksum, Measure};
use evidence::court::{Disclosed, Dossier, Export, Produced, Signed};
use evidence::custody::{CustodyEntry, Details, Handling, Origin, Thing};
use evidence::document::frame;
use evidence::verify::{Existed, Trust};
use evidence::{Authentic, Claimed, Entry, Exhibit, ItemId, Manifest, exhibit, unwatched};
use ledger::{Checkpoint, Frontier, InclusionProof, KeyKind, LeafDisclosure, LeafKind, SoftSigner, TlogProof};
use seal::card::{CardStatement, EncryptionEntry, LedgerEntry, SealEntry};
use seal::certificate::{Period, issue_root, issue_seal};
use seal::{
    Card, Certificate, Certified, DemonstrationTsa, Expected, P256Key, ReceivedSignature, RootCertificate, SignedCard,
    SigningKey as _, TimeRoots, TimeStampRequest, XWingKey, cades,
};
use serde_json::json;
use terms::canonical::to_bytes;
use terms::{AuthorityId, Digest, DocketId, ExhibitId, Moment, Salt};

use crate::world::*;

pub const IMAGE: ExhibitId = ExhibitId::new([0xa1; 16]);
pub const ANSWER: ExhibitId = ExhibitId::new([0xb2; 16]);
const PHONE: ItemId = ItemId::new([0xee; 16]);
const DOCKET: DocketId = DocketId::new([7; 32]);

pub fn period() -> Period {
    Period::new(moment("2026-01-01T00:00:00Z"), moment("2046-01-01T00:00:00Z"))
}

pub fn minute(n: i64) -> Moment {
    moment("2026-06-01T12:00:00Z").plus_seconds(60 * n)
}

/// An authority with its card.
pub struct Office {
    pub id: AuthorityId,
    pub root_signer: Certified<P256Key>,
    pub root: RootCertificate,
    pub signer: Certified<P256Key>,
    pub seal: Certificate,
    statement: CardStatement,
}

impl Office {
    pub fn new(name: &str, seed: u64) -> Self {
        Self::with_seal(name, seed, period())
    }
    /// One whose seal's certificate is valid that long.
    pub fn with_seal(name: &str, seed: u64, valid: Period) -> Self {
        let mut rng = Seeded(seed, 0);
        let id = authority(name);
        let root_key = P256Key::generate(&mut rng);
        let root = issue_root(&id, &root_key, period(), &mut rng).expect("a root");
        let key = P256Key::generate(&mut rng);
        let seal = issue_seal(&root, &root_key, key.public_key(), valid, &mut rng).expect("a seal");
        let opener = XWingKey::from_seed(&XWingKey::draw_seed(&mut rng));
        let Period { from: since, until } = period();
        let origin = format!("{id}/ledger/1");
        let statement = CardStatement {
            v: "comity.card/1".into(),
            authority: id.clone(),
            edition: 1,
            issued: moment("2026-01-02T00:00:00Z"),
            names: BTreeMap::from([("en".to_owned(), format!("Authority {id}"))]),
            languages: vec!["en".into()],
            procedures: vec!["assistance/1".into()],
            endpoints: vec![],
            root: root.clone(),
            former_roots: vec![],
            seals: vec![SealEntry { certificate: seal.clone(), since, until: None, compromised_since: None }],
            tls: vec![],
            encryption: vec![EncryptionEntry { public: opener.public().clone(), since, until }],
            ledger: LedgerEntry {
                key: format!("{origin}+00000000+AA=="),
                witness: format!("{id}/witness+00000000+AA=="),
                origin,
                generation: 1,
            },
        };
        let root_signer = Certified::new(root_key, root.certificate().clone()).expect("belongs");
        Self { id, root_signer, root, signer: Certified::new(key, seal.clone()).expect("belongs"), seal, statement }
    }
    pub fn signed_card(&self) -> SignedCard {
        SignedCard::sign(self.statement.clone(), &self.root_signer, None).expect("a card")
    }
    pub fn card(&self) -> Card {
        self.signed_card().verify(&self.root.fingerprint()).expect("approved")
    }
    /// The card after its seal was revoked.
    pub fn card_compromised_since(&self, since: Moment) -> Card {
        let mut statement = self.statement.clone();
        statement.edition = 2;
        statement.issued = since.plus_seconds(1);
        statement.seals[0].compromised_since = Some(since);
        let signed = SignedCard::sign(statement, &self.root_signer, None).expect("a card");
        signed.verify(&self.root.fingerprint()).expect("approved")
    }
    /// The card after the use of its seal ended.
    pub fn card_until(&self, until: Moment) -> Card {
        let mut statement = self.statement.clone();
        statement.edition = 2;
        statement.issued = until;
        statement.seals[0].until = Some(until);
        let signed = SignedCard::sign(statement, &self.root_signer, None).expect("a card");
        signed.verify(&self.root.fingerprint()).expect("approved")
    }
    pub fn sign(&self, document: &[u8], at: Moment) -> Signed {
        let signature = cades::sign(document, &self.signer, at).expect("signed");
        Signed { document: document.to_vec(), signature }
    }
}

/// Everything that the tests ask for.
pub struct Case {
    pub es: Office,
    pub ma: Office,
    pub tsa: DemonstrationTsa,
    pub plain: BTreeMap<ExhibitId, Vec<u8>>,
    /// Ciphertext and entry, as a node holds them.
    pub sealed: BTreeMap<ExhibitId, (Entry, Vec<u8>)>,
    pub dossier: Dossier,
}

fn step(office: &Office, thing: Thing, handling: Handling, at: Moment, line: &[Disclosed]) -> Disclosed {
    let previous = line.last().map(|step| Digest::of(&[&step.signed.document]));
    let details = Details::new("Inspector 4711", "Laboratory, room 3", "for the court", "order 12/2026");
    let details = frame(details).expect("in form");
    let salt = Salt::new([line.len() as u8 + 1; 16]);
    let digest = Details::digest(&salt, details.bytes());
    let entry = CustodyEntry::new(office.id.clone(), thing, handling, at, previous, digest);
    let entry = frame(entry).expect("in form");
    Disclosed { signed: office.sign(entry.bytes(), at), disclosed: Some((salt, details.bytes().to_vec())) }
}

fn act(office: &Office, manifest: Digest, at: Moment) -> Disclosed {
    let (salt, body) = (Salt::new([9; 16]), br#"{"text":"with the evidence asked for"}"#.to_vec());
    let header = json!({
        "author": office.id, "docket": DOCKET, "facts": {"manifest": manifest, "measures": ["m1"]}, "kind": "transmit", "lamport": 7,
        "body": {"digest": Digest::of(&[salt.as_bytes(), &body]), "size": body.len()},
        "parents": [Digest::new([3; 32])], "time": at, "v": "comity.act/1"
    });
    let header = to_bytes(&header).expect("canonical");
    Disclosed { signed: office.sign(&header, at), disclosed: Some((salt, body)) }
}

impl Case {
    pub fn new() -> Self {
        Self::of(Office::new("es.moj", 1))
    }
    /// The same, if the certificate of Spain's seal ends then.
    pub fn whose_seal_ends(until: Moment) -> Self {
        Self::of(Office::with_seal("es.moj", 1, Period::new(period().from, until)))
    }
    fn of(es: Office) -> Self {
        let ma = Office::new("ma.moj", 2);
        let tsa = DemonstrationTsa::found(period(), &mut Seeded(3, 0)).expect("an authority");
        let plain = BTreeMap::from([(IMAGE, plaintext(100)), (ANSWER, b"%PDF-1.7 statement of account".to_vec())]);
        let mut sealed = BTreeMap::new();
        let mut exhibits = Vec::new();
        for (id, plain) in &plain {
            let mut sink = Vec::new();
            let fresh = evidence::Fresh::from_bytes(*id, &KEY, SALT);
            let receipt = exhibit::seal(fresh, true, &mut plain.as_slice(), &mut sink, &mut unwatched).expect("sealed");
            let media = if *id == ANSWER { "application/pdf" } else { "application/octet-stream" };
            let exhibit: Exhibit = receipt.exhibit(media.parse().expect("a media type"), None);
            let entry = Entry::new(&exhibit, vec!["speciality".parse().expect("a condition")], None);
            exhibits.push(entry.clone());
            sealed.insert(*id, (entry, sink));
        }
        let manifest = frame(Manifest::new(es.id.clone(), DOCKET, minute(10), exhibits)).expect("in form");
        let signature = cades::sign(manifest.bytes(), &es.signer, minute(10)).expect("signed");
        let signature = stamped(&tsa, &signature, minute(11));
        let claimed = Claimed::<Manifest>::parse(manifest.bytes(), &signature).expect("in form");
        let manifest: Authentic<Manifest> =
            claimed.authenticate(&Expected::OneOf(std::slice::from_ref(&es.seal))).expect("signed");
        let act = act(&es, manifest.id(), minute(10));
        let receipt = to_bytes(&json!({
            "acts": [Digest::of(&[&act.signed.document])], "checkpoint": "es.moj/ledger/1\n10\n…\n", "docket": DOCKET, "issuer": ma.id,
            "places": [], "time": minute(20), "to": es.id, "v": "comity.receipt/1"
        }))
        .expect("canonical");
        let produced = |id: ExhibitId, title: &str| {
            let mut sum = Checksum::new();
            let (entry, ciphertext) = &sealed[&id];
            let verified =
                exhibit::open(entry, &key(), &mut ciphertext.as_slice(), &mut sum, &mut unwatched).expect("verified");
            Produced { id, title: Some(title.to_owned()), measure: sum.measure(verified.digests().sha256) }
        };
        let dossier = Dossier {
            exporter: ma.id.clone(),
            time: minute(60),
            exhibits: vec![produced(IMAGE, "image of the <telephone>"), produced(ANSWER, "statement of account 4711")],
            custody: histories(&es, &ma, &sealed),
            proofs: BTreeMap::from([(Digest::of(&[&act.signed.document]), b"a toy proof".to_vec())]),
            acts: vec![act],
            receipts: vec![ma.sign(&receipt, minute(20))],
            cards: vec![es.signed_card(), ma.signed_card()],
            manifests: vec![manifest],
        };
        Self { es, ma, tsa, plain, sealed, dossier }
    }
    /// The same with one exhibit, one entry and no cards: small enough to change every bit of it.
    pub fn minimal() -> Self {
        let mut case = Self::new();
        let listed = vec![case.sealed[&ANSWER].0.clone()];
        let manifest = frame(Manifest::new(case.es.id.clone(), DOCKET, minute(10), listed)).expect("in form");
        let signature = cades::sign(manifest.bytes(), &case.es.signer, minute(10)).expect("signed");
        let claimed = Claimed::<Manifest>::parse(manifest.bytes(), &stamped(&case.tsa, &signature, minute(11)));
        let expected = std::slice::from_ref(&case.es.seal);
        let manifest = claimed.expect("in form").authenticate(&Expected::OneOf(expected)).expect("signed");
        let dossier = &mut case.dossier;
        dossier.acts = vec![act(&case.es, manifest.id(), minute(10))];
        dossier.proofs = BTreeMap::from([(Digest::of(&[&dossier.acts[0].signed.document]), b"a toy proof".to_vec())]);
        dossier.manifests = vec![manifest];
        dossier.exhibits.retain(|produced| produced.id == ANSWER);
        dossier.custody = vec![dossier.custody[2][..1].to_vec()];
        dossier.cards.clear();
        case
    }
    pub fn export(&self) -> Export {
        Export::assemble(&self.dossier).expect("laid out")
    }
    /// Signed by Morocco, stamped, and written.
    pub fn container(&self) -> Vec<u8> {
        let export = self.export();
        let signature = cades::sign(&export.manifest(), &self.ma.signer, minute(61)).expect("signed");
        self.write(&export, &stamped(&self.tsa, &signature, minute(62)))
    }
    pub fn write(&self, export: &Export, signature: &[u8]) -> Vec<u8> {
        export
            .write(signature, Vec::new(), &mut |id, out| {
                let (entry, ciphertext) = &self.sealed[&id];
                exhibit::open(entry, &key(), &mut ciphertext.as_slice(), out, &mut unwatched).map(drop)
            })
            .expect("written")
    }
    pub fn cards(&self) -> Vec<Card> {
        vec![self.es.card(), self.ma.card()]
    }
    pub fn time_roots(&self) -> TimeRoots {
        TimeRoots::new([self.tsa.root().to_vec()]).expect("a certificate")
    }
}

pub fn trust<'a>(cards: &'a [Card], time_roots: &'a TimeRoots) -> Trust<'a> {
    Trust { cards, time_roots, proofs: Some(&*TOY_PROOFS), now: minute(120) }
}

static TOY_PROOFS: std::sync::LazyLock<ToyProofs> = std::sync::LazyLock::new(|| ToyProofs(minute(12)));

/// Believes the one toy proof, and that it shows by when.
pub struct ToyProofs(pub Moment);

impl evidence::verify::ProofCheck for ToyProofs {
    fn check(&self, subject: &evidence::verify::Subject<'_>, proof: &[u8], _: Moment) -> evidence::verify::Proved {
        let verdict = if subject.kind == "act" && proof == b"a toy proof" {
            evidence::Verdict::Matches
        } else {
            evidence::Verdict::DoesNotMatch
        };
        let matches = verdict == evidence::Verdict::Matches;
        let existed = matches.then(|| Existed { by: self.0, basis: "cosigned in the toy ledger".to_owned() });
        evidence::verify::Proved { verdict, what: "in the toy ledger".to_owned(), existed }
    }
}

/// A proof for each act, receipt and custody entry, from Morocco's ledger, whose head was stamped then.
pub fn with_ledger(case: Case, at: Moment) -> Case {
    with_heads(case, at, None)
}

/// The same; all but the last entry are also proved under the head before the last one, if that was stamped too.
pub fn with_heads(mut case: Case, at: Moment, before: Option<Moment>) -> Case {
    let acts = case.dossier.acts.iter().map(|act| (LeafKind::Act, &act.signed));
    let receipts = case.dossier.receipts.iter().map(|receipt| (LeafKind::Receipt, receipt));
    let entries = case.dossier.custody.iter().flatten().map(|entry| (LeafKind::Custody, &entry.signed));
    let leaf = |(kind, signed): (LeafKind, &Signed)| {
        LeafDisclosure::new(kind, Digest::of(&[&signed.document]), &signed.signature, Salt::new([0x5a; 16]))
    };
    let leaves: Vec<LeafDisclosure> = acts.chain(receipts).chain(entries).map(leaf).collect();
    let origin = "ma.moj/ledger/1";
    let log = SoftSigner::new(origin.parse().expect("a name"), KeyKind::Log, &[7; 32]).expect("a key");
    let last = leaves.len() as u64;
    for (size, at) in [(last, Some(at)), (last - 1, before)] {
        let Some(at) = at else { continue };
        let (mut frontier, mut hashes) = (Frontier::empty(), BTreeMap::new());
        for leaf in &leaves[..size as usize] {
            let stored = frontier.append(leaf.leaf_hash()).expect("there is room");
            hashes.extend(stored.into_iter().map(|stored| (stored.node, stored.hash)));
        }
        let head = Checkpoint::new(origin.parse().expect("an origin"), size, frontier.root());
        let mut checkpoint = head.sign(&log).expect("signed");
        let request = TimeStampRequest::new(ledger::stamp::imprint(checkpoint.note()), [6; 8]);
        let response = case.tsa.respond(&request.to_der().expect("DER"), 18, at).expect("answers");
        let (token, _) = request.answer(&response, &case.time_roots()).expect("granted");
        checkpoint.add_stamp(token).expect("there is room");
        for (index, leaf) in (0..size).zip(&leaves) {
            let inclusion = InclusionProof::make(index, size, &mut hashes).expect("inside");
            let proof = TlogProof { extra: Some(leaf.to_bytes()), index, inclusion, checkpoint: checkpoint.clone() };
            let parts = case.dossier.proofs.entry(leaf.id).or_default();
            if !parts.is_empty() {
                parts.push(b'\n');
            }
            parts.extend(proof.to_string().into_bytes());
        }
    }
    case
}

pub fn stamped(tsa: &DemonstrationTsa, signature: &[u8], at: Moment) -> Vec<u8> {
    let received = ReceivedSignature::parse(signature).expect("reads");
    let request = TimeStampRequest::for_signature(&received, [5; 8]);
    let response = tsa.respond(&request.to_der().expect("DER"), 17, at).expect("answers");
    let roots = TimeRoots::new([tsa.root().to_vec()]).expect("a certificate");
    let (token, _) = request.answer(&response, &roots).expect("granted");
    received.with_timestamp(&token).expect("fits")
}

/// Of the telephone, of its image, and of the bank's answer.
fn histories(es: &Office, ma: &Office, sealed: &BTreeMap<ExhibitId, (Entry, Vec<u8>)>) -> Vec<Vec<Disclosed>> {
    let phone = Thing::Item { id: PHONE };
    let seals = vec!["ES-1".parse().expect("a seal's number")];
    let mut item = Vec::new();
    for (at, handling) in [
        (1, Handling::Seized { weight: None }),
        (2, Handling::Sealed { seals: seals.clone() }),
        (3, Handling::Opened { seals }),
        (4, Handling::Imaged { yields: vec![IMAGE] }),
    ] {
        let next = step(es, phone, handling, minute(at), &item);
        item.push(next);
    }
    let imaged = Digest::of(&[&item[3].signed.document]);
    let of = |id: ExhibitId, origin: Option<Origin>| {
        let thing = Thing::Exhibit { id, sha256: sealed[&id].0.digests.sha256 };
        let mut line = Vec::new();
        for (office, at, handling) in [
            (es, 5, Handling::Acquired { origin }),
            (es, 6, Handling::Sealed { seals: vec![] }),
            (es, 10, Handling::Transmitted { to: ma.id.clone() }),
            (ma, 20, Handling::Received { seals: vec![], weight: None }),
            (ma, 60, Handling::Exported {}),
        ] {
            let next = step(office, thing, handling, minute(at), &line);
            line.push(next);
        }
        line
    };
    let image = of(IMAGE, Some(Origin { item: PHONE, entry: imaged }));
    vec![item, image, of(ANSWER, None)]
}

/// The measure of bytes that a test makes up.
pub fn measure(bytes: &[u8]) -> Measure {
    Measure::of(bytes)
}
