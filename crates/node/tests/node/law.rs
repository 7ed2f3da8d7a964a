//! Law bases that a publisher signed, and what was ruled on the day a request was sent.

use law::{Base, Edition, Ruling};
use ledger::{Policy, VerifierKey, proof_text};
use node::{Known, Role};
use seal::{Certificate, SignedCard, cades};
use serde_json::json;
use terms::Digest;

use crate::world::{Side, code, person, request, request_body, secret, settle, start, two};

/// The built-in law base, changed by hand.
fn changed(date: &str, change: impl Fn(&str, String) -> String) -> Vec<u8> {
    let built_in = Base::embedded().expect("a law base").version().date.to_string();
    let files: Vec<(String, String)> = Base::embedded_files()
        .iter()
        .map(|(path, text)| {
            let text = if *path == "base.toml" { text.replace(&built_in, date) } else { (*text).to_owned() };
            ((*path).to_owned(), change(path, text))
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    Edition::of(&files).expect("a law base").bytes().to_vec()
}

fn of_day(date: &str) -> Vec<u8> {
    changed(date, |_, text| text)
}

/// The treaty of 2009 between Spain and Morocco is not in force yet.
fn without_the_treaty_of_2009(date: &str) -> Vec<u8> {
    changed(date, |path, text| match path {
        "instruments/es-ma-mla-2009.toml" => {
            text.replacen("from = \"2013-01-01\"\nprovisional = \"2009-06-24\"", "from = \"2030-01-01\"", 1)
        }
        _ => text,
    })
}

/// The seal of an authority: who publishes, here.
fn seal_of(side: &Side) -> (Certificate, impl seal::Signer + use<>) {
    let card = side.keyring().card().expect("a card").claim().expect("a claim");
    let certificate = card.statement().seals[0].certificate.clone();
    let signer = side.keyring().seal(&certificate.fingerprint(), &secret(2)).expect("the seal");
    (certificate, signer)
}

fn signed(by: &Side, document: &[u8]) -> Vec<u8> {
    cades::sign(document, &seal_of(by).1, start()).expect("signed")
}

fn leading(ruling: &Ruling) -> &str {
    ruling.bases.first().map_or("", |basis| basis.instrument.as_str())
}

fn rules(side: &Side) -> String {
    let (es, ma) = ("ES".parse().expect("a State"), "MA".parse().expect("a State"));
    let checked = side.node.check_request(&side.officer, (es, ma), request_body(), &Known::default());
    leading(&checked.expect("checked").ruling).to_owned()
}

#[test]
fn a_node_rules_by_a_newer_base_at_once_and_after_a_restart() {
    let (mut es, publisher) = (Side::found("es.moj"), Side::found("es.law"));
    let (certificate, _) = seal_of(&publisher);
    es.node.trust_publishers(vec![certificate.clone()]).expect("named");
    assert_eq!(rules(&es), "es-ma-mla-2009");
    let newer = without_the_treaty_of_2009("2026-12-01");
    let loaded = es.node.load_law(&es.operator, newer.clone(), signed(&publisher, &newer)).expect("loaded");
    assert_eq!((loaded.version.date.to_string().as_str(), es.node.law_in_use()), ("2026-12-01", loaded.clone()));
    assert_eq!(loaded.publisher.as_ref().map(|by| by.authority.to_string()).as_deref(), Some("es.law"));
    assert_eq!(rules(&es), "es-ma-mla-1997", "the node rules by it without a restart");
    let trail = es.node.trail(&es.auditor, 0, 100).expect("the trail");
    assert!(
        trail
            .entries
            .iter()
            .any(|entry| entry.what.contains("loaded law base 2026-12-01") && entry.person == "operator")
    );

    // A restart: what is kept counts only if its publisher is still named.
    let database = es.folder.path().join("node.db");
    es.restored_from(&database);
    assert_eq!((es.node.law_in_use().publisher, rules(&es).as_str()), (None, "es-ma-mla-2009"), "nobody is named yet");
    assert!(es.node.trust_publishers(vec![certificate]).expect("named").is_none());
    assert_eq!((es.node.law_in_use(), rules(&es).as_str()), (loaded, "es-ma-mla-1997"));
    let (other, _) = seal_of(&Side::found("fr.moj"));
    let why = es.node.trust_publishers(vec![other]).expect("named").expect("it is said why");
    assert_eq!((why.code(), es.node.law_in_use().publisher), ("law.edition-signature", None));
}

#[test]
fn what_is_not_signed_by_a_named_publisher_changes_nothing() {
    let (es, publisher, peer) = (Side::found("es.moj"), Side::found("es.law"), Side::found("ma.moj"));
    let document = of_day("2026-12-01");
    let by = |side: &Side| signed(side, &document);
    let load = |document: &[u8], signature: Vec<u8>| es.node.load_law(&es.operator, document.to_vec(), signature);
    let before = es.node.law_in_use();
    assert_eq!(code(load(&document, by(&publisher))), "law.edition-signature", "nobody is named");
    es.node.trust_publishers(vec![seal_of(&publisher).0]).expect("named");
    es.knows(&peer);
    assert_eq!(code(load(&document, by(&peer))), "law.edition-signature", "being a peer gives no right");
    assert_eq!(code(load(&document, by(&es))), "law.edition-signature", "nor does being the node itself");
    assert_eq!(code(load(&document, signed(&publisher, b"{}"))), "law.edition-signature", "over something else");
    assert_eq!(code(load(&document, vec![])), "law.edition-signature");
    let mut cut = by(&publisher);
    cut.pop();
    assert_eq!(code(load(&document, cut)), "law.edition-signature");
    let mut flipped = document.clone();
    *flipped.last_mut().expect("bytes") ^= 1;
    assert_eq!(code(load(&flipped, by(&publisher))), "law.edition-signature");
    for at in [start().plus_seconds(3_600), start().plus_seconds(-2 * 86_400)] {
        // The publisher's own tool would not do this; a stolen key might.
        if let Ok(signature) = cades::sign(&document, &seal_of(&publisher).1, at) {
            assert_eq!(code(load(&document, signature)), "law.edition-signature", "signed at {at}");
        }
    }
    es.clock.pass(4 * 365 * 86_400);
    assert_eq!(code(load(&document, by(&publisher))), "law.edition-signature", "the certificate has ended");
    assert_eq!(es.node.law_in_use(), before);
}

#[test]
fn an_older_or_unsound_base_is_refused_even_if_it_is_signed() {
    let (es, publisher) = (Side::found("es.moj"), Side::found("es.law"));
    es.node.trust_publishers(vec![seal_of(&publisher).0]).expect("named");
    let load = |document: Vec<u8>| {
        let signature = signed(&publisher, &document);
        es.node.load_law(&es.operator, document, signature)
    };
    let newer = of_day("2026-12-01");
    load(newer.clone()).expect("loaded");
    let in_use = es.node.law_in_use();
    let text = String::from_utf8(of_day("2026-12-02")).expect("UTF-8");
    let unsound = changed("2026-12-02", |path, text| match path {
        "instruments/un1988.toml" => text.replacen("source = \"", "source = \"no-such-", 1),
        _ => text,
    });
    for (document, expected) in [
        (of_day("2026-11-30"), "law.edition-older"),
        (without_the_treaty_of_2009("2026-12-01"), "law.edition-older"),
        (unsound, "law.edition-unsound"),
        (text.replacen("bank secrecy", "bank secrets", 1).into_bytes(), "law.edition-differs"),
        (text.replacen("\"v\":", "\"v\": ", 1).into_bytes(), "law.edition-form"),
        (b"{}".to_vec(), "law.edition-form"),
    ] {
        assert_eq!(code(load(document)), expected);
        assert_eq!(es.node.law_in_use(), in_use, "{expected}: nothing has changed");
    }
    assert_eq!(load(newer).expect("the base in use once more"), in_use);
}

#[test]
fn every_process_of_a_node_takes_up_what_one_of_them_loaded() {
    let (es, publisher) = (Side::found("es.moj"), Side::found("es.law"));
    let beside = es.stolen(&es.folder.path().join("node.db"));
    for process in [&es, &beside] {
        process.node.trust_publishers(vec![seal_of(&publisher).0]).expect("named");
    }
    let newer = without_the_treaty_of_2009("2026-12-02");
    let loaded = es.node.load_law(&es.operator, newer.clone(), signed(&publisher, &newer)).expect("loaded");
    assert_eq!(rules(&beside), "es-ma-mla-2009", "it has not looked yet");
    assert!(beside.node.follow_law().expect("it looks").is_none());
    assert_eq!((rules(&beside).as_str(), beside.node.law_in_use()), ("es-ma-mla-1997", loaded));
    // What one has taken up, another does not replace by something older, though it has not looked.
    let later = of_day("2026-12-03");
    beside.node.load_law(&beside.operator, later.clone(), signed(&publisher, &later)).expect("loaded");
    assert_eq!(code(es.node.load_law(&es.operator, newer.clone(), signed(&publisher, &newer))), "law.edition-older");
    assert_eq!(es.node.law_in_use().version.date.to_string(), "2026-12-03");
}

#[test]
fn loading_a_law_base_is_the_operators_and_only_a_seal_names_a_publisher() {
    let (es, publisher) = (Side::found("es.moj"), Side::found("es.law"));
    es.node.trust_publishers(vec![seal_of(&publisher).0]).expect("named");
    let document = of_day("2026-12-01");
    for role in [Role::Officer, Role::Approver, Role::Auditor] {
        let other = person("other", &[role]);
        assert_eq!(code(es.node.load_law(&other, document.clone(), signed(&publisher, &document))), "node.not-yours");
    }
    let card = publisher.keyring().card().expect("a card").claim().expect("a claim");
    let root = card.root_fingerprint();
    let card = card.approve(&root).expect("approved");
    for certificate in [card.statement().tls[0].certificate.clone(), card.root().certificate().clone()] {
        assert_eq!(code(es.node.trust_publishers(vec![certificate])), "node.publisher");
    }
}

/// Whether the node's log proves that it ruled by the base with this digest, signed like this.
fn logged(side: &Side, digest: &str, signature: &[u8]) -> bool {
    let id: Digest = digest.parse().expect("a digest");
    side.node.end_round().expect("a round");
    let Ok(proof) = side.node.law_proof(&side.officer, &id) else { return false };
    let card = SignedCard::parse(&side.node.own_card().0).expect("a card").claim().expect("a claim");
    let log: VerifierKey = card.statement().ledger.key.parse().expect("a key");
    let policy = Policy::unwitnessed(std::slice::from_ref(&log)).expect("a policy");
    let expected = proof_text::Expected { kind: ledger::LeafKind::Law, id, signature: signature.to_vec() };
    proof_text::check_file(proof.as_bytes(), &expected, &policy, None).is_match()
}

#[test]
fn the_ruling_of_the_day_is_kept_with_the_request_whatever_the_law_base_says_later() {
    let (es, ma) = two();
    let publisher = Side::found("es.law");
    es.node.trust_publishers(vec![seal_of(&publisher).0]).expect("named");
    let mut draft = request(&es, &ma, request_body());
    draft.known.facts.insert("offence.political".to_owned(), false);
    let sent = es.says(draft).expect("sent");
    settle(&[&es, &ma]);
    let page = |side: &Side, actor| side.node.docket_page(actor, "reading", &sent.docket, 0, 1).expect("the page");
    let kept = page(&es, &es.officer).pre_check.expect("it is kept");
    let built_in = es.node.law_in_use().version;
    assert_eq!((&kept.law, kept.at), (&built_in, start()));
    assert_eq!(kept.ruling["bases"][0]["instrument"], "es-ma-mla-2009");
    assert_eq!(
        kept.ruling["question"]["facts"]["offence.political"], false,
        "what the officer knew stands in the question"
    );
    assert!(kept.text.contains("es-ma-mla-2009") && kept.text.contains(&built_in.to_string()));
    let canonical = terms::canonical::to_bytes(&kept.ruling).expect("canonical");
    assert_eq!(kept.digest, Digest::of(&[&canonical]));

    let newer = without_the_treaty_of_2009("2026-12-01");
    let signature = signed(&publisher, &newer);
    let loaded = es.node.load_law(&es.operator, newer, signature.clone()).expect("loaded");
    let later = page(&es, &es.officer);
    assert_eq!(later.pre_check.as_ref(), Some(&kept), "what was read that day stays what it was");
    assert_eq!(
        later.ruling.map(|ruling| leading(&ruling).to_owned()).as_deref(),
        Some("es-ma-mla-1997"),
        "today's law base says otherwise"
    );
    assert!(logged(&es, &built_in.digest, b"") && logged(&es, &loaded.version.digest, &signature));
    assert!(!logged(&es, &loaded.version.digest, b""), "the signature is part of what was logged");
    assert!(!logged(&ma, &loaded.version.digest, &signature));

    // Bodies are not for everybody, and the other side holds its own ruling alone.
    assert!(page(&es, &es.operator).pre_check.is_none());
    let theirs = page(&ma, &ma.officer);
    assert_eq!(
        (theirs.pre_check, theirs.ruling.map(|r| leading(&r).to_owned())),
        (None, Some("es-ma-mla-2009".to_owned()))
    );
}

#[test]
fn a_kept_ruling_goes_with_the_bodies() {
    let (es, ma) = two();
    let sent = es.says(request(&es, &ma, request_body())).expect("sent");
    settle(&[&es, &ma]);
    let page = || es.node.docket_page(&es.officer, "reading", &sent.docket, 0, 1).expect("the page");
    assert!(page().pre_check.is_some());
    es.act(&sent.docket, "erase-bodies", json!({"acts": [sent.act], "ground": "retention ended"})).expect("erased");
    assert!(page().pre_check.is_none());
}
