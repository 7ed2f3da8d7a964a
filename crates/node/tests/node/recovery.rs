//! A node that was restored from an old backup seals nothing before it has heard what it sealed.

use std::fs;
use std::ops::ControlFlow;

use serde_json::json;

use crate::world::{Side, code, request, request_body, settle, two};

/// A copy of the database as it stands.
fn backup(side: &Side, name: &str) -> std::path::PathBuf {
    let copy = side.folder.path().join(name);
    side.node.backup_to(&side.operator, &copy).expect("a backup");
    assert!(fs::metadata(&copy).expect("there").len() > 0);
    copy
}

#[test]
fn a_restored_node_learns_from_its_peers_what_it_had_sealed_before_it_seals_again() {
    let (mut es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let old = backup(&es, "old.db");
    es.act(&docket, "consult", json!({})).expect("said");
    ma.act(&docket, "acknowledge", json!({})).expect("said");
    settle(&[&es, &ma]);
    let before = es.kinds(&docket);
    es.restored_from(&old);
    assert_eq!(es.kinds(&docket), ["submit"], "the backup has forgotten");
    es.node.recover(&es.operator, "the disk failed").expect("declared");
    let begun = es.node.recovery(&es.operator).expect("read").expect("under way");
    assert_eq!(begun.told.get(&ma.name()).map(|told| told.parts), Some(0), "it is said who has not answered");
    assert_eq!(code(es.act(&docket, "consult", json!({}))), "node.recovering");
    settle(&[&es, &ma]);
    assert_eq!(es.kinds(&docket), before, "everything came back");
    let still = es.node.recovery(&es.operator).expect("read").expect("its log is behind what Morocco holds");
    assert!(still.told.values().all(|told| told.missing.is_empty()));
    assert_eq!(code(es.act(&docket, "consult", json!({}))), "node.recovering", "a new log generation is needed first");
}

#[test]
fn a_restore_that_forgot_nothing_ends_as_soon_as_all_peers_have_answered() {
    let (mut es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let copy = backup(&es, "copy.db");
    es.restored_from(&copy);
    es.node.recover(&es.operator, "moved to another machine").expect("declared");
    assert!(es.node.recovery(&es.operator).expect("read").is_some());
    settle(&[&es, &ma]);
    assert!(es.node.recovery(&es.operator).expect("read").is_none());
    es.act(&docket, "consult", json!({})).expect("it speaks again");
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "consult"));
}

#[test]
fn a_node_that_meets_an_act_of_its_own_that_it_does_not_hold_recovers_by_itself() {
    let (mut es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let old = backup(&es, "old.db");
    es.act(&docket, "consult", json!({})).expect("said");
    settle(&[&es, &ma]);
    // Nobody says that it was restored. Morocco answers, and its act rests on the forgotten one.
    es.restored_from(&old);
    ma.act(&docket, "acknowledge", json!({})).expect("said");
    settle(&[&es, &ma]);
    assert_eq!(es.kinds(&docket), ma.kinds(&docket));
    let alarms = es.node.alarms(&es.officer).expect("read");
    assert_eq!(
        alarms.iter().map(|alarm| alarm.kind.as_str()).collect::<Vec<_>>(),
        ["unknown-own-act"],
        "it has noticed"
    );
    assert!(es.node.recovery(&es.operator).expect("read").is_none(), "and Morocco has told all: no checkpoint is lost");
    es.act(&docket, "consult", json!({})).expect("it speaks again, on top of what it had forgotten");
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "consult"));
    assert_eq!(code(es.node.settle_alarm(&es.operator, alarms[0].seq, " ")), "node.alarm");
    es.node.settle_alarm(&es.operator, alarms[0].seq, "a backup of yesterday was used").expect("settled");
    assert!(es.node.alarms(&es.officer).expect("read").is_empty());
}

#[test]
fn a_backup_is_one_consistent_state_and_whoever_may_ends_it_halfway() {
    let (mut es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    let mut copy = Vec::new();
    let mut heard = Vec::new();
    let mut listen = |bytes| {
        heard.push(bytes);
        ControlFlow::Continue(())
    };
    es.node.backup(&es.operator, &mut copy, &mut listen).expect("a backup");
    assert!(heard.last() >= Some(&(copy.len() as u64)), "{heard:?}");
    let file = es.folder.path().join("whole.db");
    std::fs::write(&file, &copy).expect("written");
    es.restored_from(&file);
    assert_eq!(es.kinds(&docket), ["submit"], "all that was there is in it");

    assert_eq!(
        code(es.node.backup(&es.officer, &mut Vec::new(), &mut |_| ControlFlow::Continue(()))),
        "node.not-yours"
    );
    let mut some = Vec::new();
    assert_eq!(code(es.node.backup(&es.operator, &mut some, &mut |_| ControlFlow::Break(()))), "node.cancelled");
    assert!(some.is_empty());

    // A job is seen by others, and stopped by whoever began it or an operator.
    let job = es.node.begin_job(&es.officer, "export", Some(9)).expect("begun");
    assert!(job.at(3).is_continue());
    es.clock.pass(1);
    assert!(job.at(4).is_continue());
    let seen = es.node.jobs(&es.auditor, None, 9).expect("listed").0;
    assert_eq!((seen.len(), seen[0].done, seen[0].total, seen[0].silent), (1, 4, Some(9), false));
    assert_eq!(code(es.node.stop_job(&es.approver, &seen[0].id)), "node.not-yours");
    assert_eq!(code(es.node.stop_job(&es.operator, "none")), "node.not-here");
    es.node.stop_job(&es.operator, &seen[0].id).expect("asked");
    es.clock.pass(1);
    assert!(job.at(5).is_break());
    assert!(job.at(6).is_break(), "and it stays so");
    es.clock.pass(1_000);
    assert!(es.node.jobs(&es.auditor, None, 9).expect("listed").0[0].silent);
    drop(job);
    assert!(es.node.jobs(&es.auditor, None, 9).expect("listed").0.is_empty());
    let left = std::fs::read_dir(es.folder.path().join("exhibits/arrivals")).expect("the folder").count();
    assert_eq!(left, 0, "nothing is left of either");
}
