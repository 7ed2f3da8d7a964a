//! What arrives: twice, in any order, damaged, forged. Nothing that is not authentic has an effect, and nothing is lost.

use docket::contents::{self, Item};
use docket::{Header, Opening, SignedAct};
use keys::authority::NewKey;
use keys::{Changes, reissue};
use node::Taken;
use seal::certificate::Period;
use seal::{Certified, EnvelopeHeader, SignedCard, XWingKey, seal_envelope};
use serde_json::{Map, json};
use terms::{EnvelopeId, Moment, Salt};

use crate::world::{Side, authority, request, request_body, root_of, secret, settle, start, two};

/// Seals a document for `to` as anybody could who knows its card.
fn envelope(from: &str, to: &Side, document: &[u8]) -> Vec<u8> {
    let card = SignedCard::parse(&to.node.own_card().0).expect("a card").claim().expect("a claim");
    let key = card.statement().encryption.first().expect("a key").public.clone();
    let header =
        EnvelopeHeader { id: EnvelopeId::new([7; 16]), key: key.id(), recipient: to.name(), sender: authority(from) };
    seal_envelope(&header, &key, document, &mut keys::system_random().expect("randomness")).expect("sealed")
}

fn refused(taken: &[Taken]) -> String {
    match taken {
        [Taken::Refused { code, .. }] => code.clone(),
        other => panic!("it must be refused: {other:?}"),
    }
}

fn quarantined(side: &Side) -> Vec<String> {
    let (rows, _) = side.node.quarantine(&side.operator, 0, 100).expect("read");
    rows.into_iter().map(|row| row.reason.split(':').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_same_envelope_again_changes_nothing_but_is_receipted_again() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    let parcel = es.node.parcel(&ma.name()).expect("asked").expect("due");
    for _ in 0..3 {
        assert_eq!(ma.node.receive(&es.name(), vec![parcel.envelope.clone()]), [Taken::Yes]);
        assert_eq!(ma.kinds(&docket), ["submit"]);
    }
    // The first receipt is lost on the way; the second is held, and it is the same.
    let lost = ma.node.parcel(&es.name()).expect("asked").expect("due");
    ma.node.carried(&lost).expect("noted");
    assert!(!es.delivered(&docket, "submit"), "no receipt is held");
    es.node.carried(&parcel).expect("noted");
    es.clock.pass(60);
    ma.clock.pass(60);
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "submit"));
}

#[test]
fn what_is_not_for_us_or_not_readable_is_refused_with_a_reason() {
    let (es, ma) = two();
    let take = |from: &Side, bytes: Vec<u8>| refused(&ma.node.receive(&from.name(), vec![bytes]));
    assert_eq!(take(&es, b"rubbish".to_vec()), "seal.envelope-form");
    assert_eq!(take(&es, envelope("es.moj", &es, b"{}")), "node.other-recipient");
    assert_eq!(take(&es, envelope("fr.moj", &ma, b"{}")), "node.other-sender");
    assert_eq!(take(&es, envelope("es.moj", &ma, b"{}")), "node.contents");
    let mut sealed = envelope("es.moj", &ma, b"{}");
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    assert_eq!(take(&es, sealed), "seal.does-not-open");
    let other = XWingKey::from_seed(&[3; 32]);
    let header = EnvelopeHeader {
        id: EnvelopeId::new([7; 16]),
        key: other.public().id(),
        recipient: ma.name(),
        sender: es.name(),
    };
    let foreign = seal_envelope(&header, other.public(), b"{}", &mut keys::system_random().expect("randomness"));
    assert_eq!(take(&es, foreign.expect("sealed")), "seal.key-not-held");
    assert_eq!(quarantined(&ma).len(), 6, "each is kept as a sample, with its reason");
}

/// A header that opens a docket between the two.
fn opening(author: &str, at: Moment) -> Header {
    let party = |name: &str, role: &str| docket::Party { authority: authority(name), role: role.to_owned() };
    let parties = vec![party("es.moj", "convener"), party("ma.moj", "participant")];
    Header {
        v: "comity.act/1".to_owned(),
        docket: None,
        open: Some(Opening { procedure: "consultation/1".to_owned(), parties, nonce: Salt::new([1; 16]) }),
        kind: "open".to_owned(),
        author: authority(author),
        previous: None,
        parents: vec![],
        lamport: 1,
        time: at,
        body: None,
        introduces: vec![],
        facts: Map::new(),
    }
}

fn signed(header: Header, signer: &Certified<keys::SealKey>, at: Moment) -> SignedAct {
    let framed = SignedAct::frame(header).expect("in form");
    let signature = seal::cades::sign(framed.bytes(), signer, at).expect("signed");
    SignedAct { header: framed.bytes().to_vec(), signature, body: None }
}

fn seal_of(side: &Side) -> Certified<keys::SealKey> {
    let card = side.keyring().card().expect("a card").claim().expect("a claim");
    let certificate = card.statement().seals.first().expect("a seal").certificate.fingerprint();
    let mut key = [2; 32];
    key[0] ^= 0xff;
    let secret = keys::Secret::key(zeroize::Zeroizing::new(key));
    side.keyring().seal(&certificate, &secret).expect("the seal")
}

fn deliver(act: SignedAct, from: &Side, to: &Side) {
    let document = contents::write(vec![Item::Act(act.into())]).expect("written");
    let sealed = envelope(from.name().as_str(), to, &document);
    assert_eq!(to.node.receive(&from.name(), vec![sealed]), [Taken::Yes], "the envelope itself is in order");
}

#[test]
fn a_forged_act_is_put_aside_and_its_bringer_is_told_by_a_signed_notice() {
    let (es, ma) = two();
    let thief = seal_of(&ma);
    // Morocco's seal under Spain's name; Spain's seal over another moment; a moment still to come; a changed word.
    ma.node.card_fetched(&es.name());
    let forged = signed(opening("es.moj", start()), &thief, start());
    let forged = contents::write(vec![Item::Act(forged.into())]).expect("written");
    assert_eq!(
        ma.node.receive(&es.name(), vec![envelope("es.moj", &ma, &forged)]),
        [Taken::Later { seconds: 1 }],
        "Spain's newer card might name that seal"
    );
    ma.node.card_fetched(&es.name());
    deliver(signed(opening("es.moj", start()), &thief, start()), &es, &ma);
    deliver(signed(opening("es.moj", start()), &seal_of(&es), start().plus_seconds(1)), &es, &ma);
    let tomorrow = start().plus_seconds(86_400);
    deliver(signed(opening("es.moj", tomorrow), &seal_of(&es), tomorrow), &es, &ma);
    let mut changed = signed(opening("es.moj", start()), &seal_of(&es), start());
    changed.header = String::from_utf8(changed.header).expect("text").replace("convener", "convenor").into_bytes();
    deliver(changed, &es, &ma);
    let mut cut = signed(opening("es.moj", start()), &seal_of(&es), start());
    cut.header.pop();
    deliver(cut, &es, &ma);
    assert_eq!(
        quarantined(&ma),
        ["node.act-signature", "node.act-signature", "node.act-signature", "node.act-signature", "node.act-form"]
    );
    let (rows, _) = ma.node.dockets(&ma.officer, None, 10).expect("read");
    assert!(rows.is_empty(), "none of them opened a docket");
    settle(&[&es, &ma]);
    let told = es.node.quarantine(&es.operator, 0, 100).expect("read").0;
    assert_eq!(told.len(), 5, "Spain knows what was not taken, and why");
    assert!(told.iter().all(|row| row.reason.starts_with("notice from ma.moj")), "{told:?}");

    // The very act, honestly sealed, is taken; an unknown authority's is not.
    deliver(signed(opening("es.moj", start()), &seal_of(&es), start()), &es, &ma);
    assert_eq!(ma.node.dockets(&ma.officer, None, 10).expect("read").0.len(), 1);
    let fr = Side::found("fr.moj");
    let mut strange = opening("fr.moj", start());
    strange.open.as_mut().expect("opens").parties[0].authority = authority("fr.moj");
    strange.open.as_mut().expect("opens").parties.sort();
    deliver(signed(strange, &seal_of(&fr), start()), &es, &ma);
    assert_eq!(
        quarantined(&ma).last().map(String::as_str),
        Some("node.act-signature"),
        "no card of fr.moj is approved"
    );
}

#[test]
fn the_first_act_under_a_new_seal_waits_for_the_card_that_names_it() {
    let (es, ma) = two();
    assert_eq!(ma.node.cards_wanted(), [es.name()], "whoever was just approved is asked for the present card");
    ma.node.card_fetched(&es.name());
    let keyring = es.keyring();
    let held = keyring.card().expect("a card").claim().expect("a claim");
    let fingerprint = held.root_fingerprint();
    let held = held.approve(&fingerprint).expect("our own");
    let (from, until) = (start().plus_seconds(10), start().plus_seconds(1_000_000));
    let key = NewKey { period: Period::new(from, until), former_until: Some(until) };
    let changes = Changes { new_seal: Some(key), ..Changes::default() };
    reissue(&keyring, &held, &root_of(&keyring, &fingerprint), &secret(2), &changes, start()).expect("issued");
    es.clock.pass(20);
    ma.clock.pass(20);
    es.node.replace_hands(node::Hands::lent(&keyring, &secret(2), es.node.now()).expect("lent")).expect("replaced");

    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    let parcel = es.node.parcel(&ma.name()).expect("asked").expect("due");
    let bring = || ma.node.receive(&es.name(), vec![parcel.envelope.clone()]);
    for _ in 0..3 {
        assert_eq!(bring(), [Taken::Later { seconds: 1 }]);
    }
    assert_eq!(ma.node.cards_wanted(), [es.name()], "the card is asked for once");
    assert!(quarantined(&ma).is_empty(), "and nothing is said against the act");
    assert!(ma.node.renew_peer(&es.name(), &es.node.own_card().0).expect("shown"));
    ma.node.card_fetched(&es.name());
    assert_eq!(bring(), [Taken::Yes]);
    assert_eq!(ma.kinds(&docket), ["submit"]);
}

#[test]
fn an_act_whose_parents_are_missing_waits_and_they_are_asked_for() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    // Two acts of which only the second is brought at first.
    es.act(&docket, "consult", json!({})).expect("said");
    let first = es.node.parcel(&ma.name()).expect("asked").expect("due");
    es.node.carried(&first).expect("the carrier says so, and loses it");
    es.act(&docket, "consult", json!({})).expect("said");
    let second = es.node.parcel(&ma.name()).expect("asked").expect("due");
    assert_eq!(ma.node.receive(&es.name(), vec![second.envelope.clone()]), [Taken::Yes]);
    assert_eq!(ma.kinds(&docket), ["submit"], "the second waits");
    es.node.carried(&second).expect("noted");
    settle(&[&es, &ma]);
    assert_eq!(ma.kinds(&docket), ["submit", "consult", "consult"]);
    assert_eq!(es.kinds(&docket), ma.kinds(&docket));
    assert!(es.delivered(&docket, "consult"));
}

#[test]
fn an_act_in_my_name_that_i_never_authored_is_an_alarm() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    // Somebody holds Spain's seal and writes in Spain's name to Morocco only.
    let submit = es.node.docket_page(&es.officer, "test", &docket, 0, 1).expect("the page").acts[0].id;
    let header = Header {
        docket: Some(docket),
        open: None,
        kind: "withdraw".to_owned(),
        previous: Some(submit),
        parents: vec![submit],
        lamport: 2,
        ..opening("es.moj", start())
    };
    deliver(signed(header, &seal_of(&es), start()), &es, &ma);
    assert_eq!(ma.kinds(&docket), ["submit", "withdraw"], "the seal is good: Morocco cannot know");
    ma.node.daily_digests().expect("told");
    settle(&[&es, &ma]);
    let recovering = es.node.recovery(&es.operator).expect("read");
    let kinds = es.kinds(&docket);
    assert!(kinds.contains(&"withdraw".to_owned()), "the digest brought it to light: {kinds:?}");
    let noticed = recovering.is_some() || !es.node.alarms(&es.operator).expect("read").is_empty();
    assert!(noticed, "and an officer is told");
}
