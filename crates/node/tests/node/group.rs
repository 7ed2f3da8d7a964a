//! What is done once for a group of writes, when the database refuses it: the writes stand, and it is done with a later group.

use rusqlite::Connection;
use serde_json::json;

use crate::world::{Side, request, request_body, settle, two};

/// The database refuses to change summaries, or no longer does.
fn refuse(side: &Side, refuses: bool) {
    let database = Connection::open(side.folder.path().join("node.db")).expect("the file");
    let sql = match refuses {
        true => "CREATE TRIGGER no BEFORE UPDATE OF summary ON dockets BEGIN SELECT RAISE(ABORT, 'refused'); END",
        false => "DROP TRIGGER no",
    };
    database.execute_batch(sql).expect("done");
}

/// What the list shows: acts that some party has not receipted.
fn undelivered(side: &Side) -> usize {
    let (rows, _) = side.node.dockets(&side.officer, None, 10).expect("listed");
    rows.first().expect("a docket").summary.undelivered
}

#[test]
fn what_a_group_could_not_close_is_closed_with_a_later_one_though_nobody_touches_the_docket() {
    let (es, ma) = two();
    let docket = es.says(request(&es, &ma, request_body())).expect("sent").docket;
    settle(&[&es, &ma]);
    es.act(&docket, "consult", json!({})).expect("said");
    assert_eq!(undelivered(&es), 1);
    refuse(&es, true);
    settle(&[&es, &ma]);
    assert!(es.delivered(&docket, "consult"), "the receipt stands");
    assert_eq!(undelivered(&es), 1, "the summary could not be written");
    // It may fail more than once.
    es.node.end_round().expect("what is written stands");
    assert_eq!(undelivered(&es), 1);
    refuse(&es, false);
    es.node.end_round().expect("a round touches no docket");
    assert_eq!(undelivered(&es), 0);
}
