//! Opening: what is refused before anything is touched.

use store::{Options, Store, settings};

use crate::support::{Place, code, docket, read, record_line, write};

fn reopen(place: &Place) -> &'static str {
    code(Store::open(&place.location, Options::default()))
}

pub fn opening_again_finds_what_was_kept(place: &Place) {
    write(&place.open(), |tx| record_line(tx, docket("d"), &["a", "b"]));
    let store = place.open();
    assert_eq!(read(&store, |tx| store::acts::of_docket(tx, &docket("d"), 0, 9)).rows.len(), 2);
}

pub fn a_later_database_is_refused_untouched(place: &Place) {
    drop(place.open());
    place.raw(
        "INSERT INTO comity_schema SELECT version + 1, 'later', digest FROM comity_schema
         WHERE version = (SELECT MAX(version) FROM comity_schema)",
    );
    assert_eq!(reopen(place), "store.newer");
    place.raw("DELETE FROM comity_schema WHERE name = 'later'");
    assert_eq!(reopen(place), "kept");
}

pub fn a_database_with_a_missing_step_is_refused(place: &Place) {
    drop(place.open());
    place.raw("DELETE FROM comity_schema WHERE version = 2");
    assert_eq!(reopen(place), "store.skipped");
    place.raw("DELETE FROM comity_schema");
    assert_eq!(reopen(place), "store.foreign", "our tables without any step on record");
}

pub fn a_database_with_another_text_of_a_step_is_refused(place: &Place) {
    drop(place.open());
    place.raw(
        "UPDATE comity_schema SET digest = (SELECT digest FROM comity_schema WHERE version = 1) WHERE version = 3",
    );
    assert_eq!(reopen(place), "store.altered");
}

pub fn a_foreign_database_is_refused_untouched(place: &Place) {
    place.raw("CREATE TABLE invoices (n INTEGER)");
    let before = place.location.path().map(|path| std::fs::read(path).expect("the file is there"));
    assert_eq!(reopen(place), "store.foreign");
    if let Some(path) = place.location.path() {
        assert_eq!(std::fs::read(path).ok(), before);
        assert!(!path.with_extension("db-wal").exists(), "not even a log was begun");
    }
    place.raw("DROP TABLE invoices");
    assert_eq!(reopen(place), "kept");
}

pub fn many_may_open_an_empty_database_at_once(place: &Place) {
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| drop(place.open()));
        }
    });
    let store = place.open();
    write(&store, |tx| settings::put(tx, "a", b"b"));
}

#[test]
fn a_file_that_is_no_database_is_refused_untouched() {
    let place = Place::on_sqlite();
    let path = place.location.path().expect("a file");
    let letter = "Dear colleague, ".repeat(100);
    std::fs::write(path, &letter).expect("written");
    assert_eq!(reopen(&place), "store.foreign");
    assert_eq!(std::fs::read_to_string(path).ok(), Some(letter));
}

#[test]
#[cfg(unix)]
fn the_database_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::on_sqlite();
    let store = place.open();
    write(&store, |tx| settings::put(tx, "a", b"b"));
    let path = place.location.path().expect("a file");
    for file in [path.to_owned(), path.with_extension("db-wal"), path.with_extension("db-shm")] {
        let mode = std::fs::metadata(&file).expect("the file is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", file.display());
    }
}
