//! Persons, drafts and approvals, pre-checks, the audit trail, jobs, exhibits, settings.

use store::audit::{self, AuditEntry};
use store::drafts::{self, Approved, DraftRow};
use store::exhibits::{self, ExhibitRow};
use store::jobs::{self, JobRow};
use store::persons::{self, PersonRow};
use store::pre_checks::{self, PreCheckRow};
use store::{Store, items, settings};
use terms::{Digest, ExhibitId};

use crate::support::{Place, at, code, digest, docket, read, write};

fn person(id: &str, active: bool) -> PersonRow {
    PersonRow {
        id: id.into(),
        name: format!("{id} ben"),
        roles: "officer".into(),
        token_hash: Some(digest(id)),
        active,
    }
}

fn enter(store: &Store, persons: &[&'static str]) {
    let persons: Vec<PersonRow> = persons.iter().map(|id| person(id, true)).collect();
    write(store, move |tx| persons.iter().try_for_each(|person| persons::put(tx, person)));
}

pub fn persons_are_found_by_their_token_while_active(place: &Place) {
    let store = place.open();
    enter(&store, &["ana", "bea"]);
    let by_token = |id: &str| read(&store, |tx| persons::by_token(tx, &digest(id))).map(|person| person.id);
    assert_eq!((by_token("ana"), by_token("nobody")), (Some("ana".into()), None));
    write(&store, |tx| persons::put(tx, &person("ana", false)));
    assert_eq!(by_token("ana"), None);
    assert_eq!(read(&store, |tx| persons::get(tx, "ana")), Some(person("ana", false)));
    let page = read(&store, |tx| persons::list(tx, "", 1));
    assert_eq!((page.rows.len(), page.next.as_deref()), (1, Some("ana")));
    assert_eq!(read(&store, |tx| persons::list(tx, "ana", 9)).rows, [person("bea", true)]);
}

fn draft(body: &str) -> DraftRow {
    DraftRow {
        id: "draft".into(),
        docket: Some(docket("d")),
        kind: "submit".into(),
        author: "ana".into(),
        frame: b"frame".to_vec(),
        body: body.as_bytes().to_vec(),
        body_digest: digest(body),
        version: 1,
        state: "open".into(),
        changed_at: at(0),
        seq: 0,
    }
}

pub fn a_draft_is_changed_only_by_who_saw_its_last_version(place: &Place) {
    let store = place.open();
    let new = draft("one");
    assert_eq!(code(store.write(move |tx| drafts::create(tx, &new))), "store.database", "an author must be a person");
    enter(&store, &["ana"]);
    assert!(write(&store, |tx| drafts::create(tx, &draft("one"))));
    assert!(!write(&store, |tx| drafts::create(tx, &draft("again"))));
    assert!(write(&store, |tx| drafts::update(tx, &draft("two"))));
    assert!(!write(&store, |tx| drafts::update(tx, &draft("three, by one who saw version 1"))));
    let kept = read(&store, |tx| drafts::get(tx, "draft")).expect("it is there");
    assert_eq!((kept.version, kept.body.as_slice()), (2, &b"two"[..]));
    assert_eq!(read(&store, |tx| drafts::list(tx, "open", None, 9)).rows, [kept]);
    assert_eq!(read(&store, |tx| drafts::list(tx, "sent", None, 9)).rows, []);
}

pub fn an_approval_is_of_one_body_by_another_person(place: &Place) {
    let store = place.open();
    enter(&store, &["ana", "bea", "eva"]);
    write(&store, |tx| drafts::create(tx, &draft("one")));
    let approve = |person: &'static str, body: &'static str| {
        write(&store, move |tx| drafts::approve(tx, "draft", person, &digest(body), at(1)))
    };
    let approvers = || {
        let found = read(&store, |tx| drafts::approvers(tx, "draft", 9));
        found.into_iter().map(|(person, _)| person).collect::<Vec<_>>()
    };
    assert_eq!(approve("ana", "one"), Approved::OwnDraft);
    assert_eq!(approve("bea", "another body"), Approved::BodyChanged);
    assert_eq!(approve("bea", "one"), Approved::Yes);
    assert_eq!(approve("bea", "one"), Approved::Already);
    assert_eq!(approve("eva", "one"), Approved::Yes);
    assert_eq!(approvers(), ["bea", "eva"]);
    write(&store, |tx| drafts::update(tx, &draft("two")));
    assert_eq!(approvers(), Vec::<String>::new(), "another body, and nobody has approved it");
    assert_eq!(approve("bea", "two"), Approved::Yes);
    assert_eq!(approvers(), ["bea"]);
    let missing = write(&store, |tx| drafts::approve(tx, "no draft", "bea", &digest("one"), at(1)));
    assert_eq!(missing, Approved::NoDraft);
}

pub fn the_audit_trail_shows_a_change_and_a_gap(place: &Place) {
    let store = place.open();
    let zero = Digest::new([0; 32]);
    for n in 0..4 {
        let entry = AuditEntry {
            at: at(n),
            person: "ana".into(),
            purpose: "case 7".into(),
            what: format!("looked at page {n}"),
            docket: (n > 1).then(|| docket("d")),
        };
        write(&store, move |tx| audit::enter(tx, &entry));
    }
    let rows = read(&store, |tx| audit::list(tx, 0, 10)).rows;
    let last = rows.last().expect("four entries").digest;
    assert_eq!(audit::check(&rows, zero), Ok(last));
    assert_eq!(audit::check(&rows[2..], rows[1].digest), Ok(last), "page by page");
    assert_eq!(audit::check(&rows[1..], zero), Err(rows[1].seq), "the first is missing");
    let gap = [rows[0].clone(), rows[2].clone()];
    assert_eq!(audit::check(&gap, zero), Err(rows[2].seq));
    for change in 0..4 {
        let mut changed = rows.clone();
        match change {
            0 => changed[1].entry.person = "bea".into(),
            1 => changed[1].entry.what.push('x'),
            2 => changed[1].entry.docket = Some(docket("e")),
            _ => changed[1].entry.at = at(9),
        }
        assert_eq!(audit::check(&changed, zero), Err(rows[1].seq), "change {change}");
    }
    assert_eq!(read(&store, |tx| audit::of_docket(tx, &docket("d"), 0, 9)).rows, rows[2..]);
}

pub fn jobs_tell_their_progress_and_hear_of_cancellation(place: &Place) {
    let store = place.open();
    let job = |done| JobRow {
        id: "export".into(),
        kind: "export".into(),
        started_by: "ana".into(),
        done,
        total: Some(10),
        cancel: false,
        state: "running".into(),
        message: "writing".into(),
        changed_at: at(0),
        seq: 0,
    };
    let put = |done| write(&store, move |tx| jobs::put(tx, &job(done)));
    assert!(!put(0) && !put(5));
    assert!(write(&store, |tx| jobs::cancel(tx, "export")));
    assert!(!write(&store, |tx| jobs::cancel(tx, "no job")));
    assert!(put(6), "progress does not unsay the cancellation");
    let kept = read(&store, |tx| jobs::get(tx, "export")).expect("it is there");
    assert_eq!((kept.done, kept.total, kept.cancel), (6, Some(10), true));
    assert_eq!(read(&store, |tx| jobs::list(tx, None, 9)).rows, [kept]);
    assert!(write(&store, |tx| jobs::remove(tx, "export")));
}

pub fn an_exhibit_keeps_its_digest_and_its_custody(place: &Place) {
    let store = place.open();
    let id = ExhibitId::new([3; 16]);
    let exhibit = move |text: &str, key: Option<&[u8]>| ExhibitRow {
        id,
        docket: Some(docket("d")),
        bytes: 5_000_000_000,
        digest: digest(text),
        commitment: b"commitment".to_vec(),
        wrapped_key: key.map(<[u8]>::to_vec),
        place: "exhibits/03".into(),
        state: "sealed".into(),
        record: b"what a manifest says".to_vec(),
        title: None,
        since: Some(at(0)),
        keep_until: key.is_none().then(|| at(9)),
        destruction_asked_by: key.is_none().then(|| "officer".to_owned()),
        changed_at: at(0),
        seq: 0,
    };
    assert!(write(&store, move |tx| exhibits::put(tx, &exhibit("video", Some(b"key")))));
    assert!(!write(&store, move |tx| exhibits::put(tx, &exhibit("another video", Some(b"key")))));
    assert!(write(&store, move |tx| exhibits::put(tx, &exhibit("video", None))), "its key is destroyed");
    let kept = read(&store, |tx| exhibits::get(tx, &id)).expect("it is there");
    assert_eq!((kept.digest, kept.wrapped_key.clone(), kept.bytes), (digest("video"), None, 5_000_000_000));
    let said = (kept.since, kept.keep_until, kept.destruction_asked_by.as_deref());
    assert_eq!(said, (Some(at(0)), Some(at(9)), Some("officer")));
    let alike = ExhibitRow { id: ExhibitId::new([4; 16]), docket: None, ..exhibit("video", None) };
    assert!(write(&store, move |tx| exhibits::put(tx, &alike)));
    let ids = |text: &str| {
        let digest = digest(text);
        read(&store, move |tx| exhibits::of_digest(tx, &digest, 9)).into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!((ids("video"), ids("another video")), (vec![id, ExhibitId::new([4; 16])], vec![]));
    assert_eq!(read(&store, |tx| exhibits::of_docket(tx, &docket("d"), 0, 9)).rows, [kept]);
    for entry in [&b"taken in"[..], b"sent"] {
        write(&store, move |tx| exhibits::add_custody(tx, id.as_bytes(), entry, b"signature", at(1)));
    }
    for account in [&b"theirs"[..], b"another"] {
        write(&store, move |tx| exhibits::put_account(tx, &id, account));
    }
    let account = |id: ExhibitId| read(&store, move |tx| exhibits::account(tx, &id));
    assert_eq!((account(id), account(ExhibitId::new([9; 16]))), (Some(b"theirs".to_vec()), None), "it is kept once");
    let custody = read(&store, |tx| exhibits::custody(tx, id.as_bytes(), 0, 9)).rows;
    assert_eq!(custody.iter().map(|row| row.entry.as_slice()).collect::<Vec<_>>(), [&b"taken in"[..], b"sent"]);
}

pub fn items_stand_in_their_docket(place: &Place) {
    let store = place.open();
    for (id, of) in [([1; 16], "d"), ([2; 16], "e"), ([3; 16], "d")] {
        write(&store, move |tx| items::insert(tx, &id, &docket(of)));
    }
    let first = read(&store, |tx| items::of_docket(tx, &docket("d"), 0, 1));
    let rest = read(&store, |tx| items::of_docket(tx, &docket("d"), first.next.expect("one more"), 9));
    let ids = [&first.rows[0].id, &rest.rows[0].id];
    assert_eq!((ids, rest.rows.len()), ([&vec![1; 16], &vec![3; 16]], 1));
    assert_eq!(read(&store, |tx| items::get(tx, &[2; 16])).map(|item| item.docket), Some(docket("e")));
    assert_eq!(read(&store, |tx| items::get(tx, &[4; 16])), None);
}

pub fn settings_are_replaced(place: &Place) {
    let store = place.open();
    write(&store, |tx| settings::put(tx, "name", b"one"));
    write(&store, |tx| settings::put(tx, "name", b"two"));
    assert_eq!(read(&store, |tx| settings::get(tx, "name")).as_deref(), Some(&b"two"[..]));
    assert_eq!(read(&store, |tx| settings::get(tx, "no name")), None);
}

pub fn a_pre_check_is_kept_once(place: &Place) {
    let store = place.open();
    let row = |law: &str| PreCheckRow { law: law.into(), sealed: law.as_bytes().to_vec(), kept_at: at(7) };
    let keep = |law: &str| {
        let row = row(law);
        write(&store, move |tx| pre_checks::keep(tx, &docket("d"), &row))
    };
    assert_eq!((keep("one"), keep("two")), (true, false), "what an officer read before sending is not replaced");
    assert_eq!(read(&store, |tx| pre_checks::of(tx, &docket("d"))), Some(row("one")));
    assert_eq!(read(&store, |tx| pre_checks::of(tx, &docket("e"))), None);
}
