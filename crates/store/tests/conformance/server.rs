//! What only a server can do to us: break the connection, hold the turn, show a certificate.

use store::{Location, Options, Store, StoreError, settings};

use crate::support::{Place, code, postgres, read, write};

const OTHERS: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
    WHERE application_name = 'comity' AND pid <> pg_backend_pid() AND query LIKE $1";

#[test]
fn a_broken_connection_fails_one_write_and_the_next_one_stands() {
    let place = Place::on_postgres();
    let store = place.open();
    write(&store, |tx| settings::put(tx, "n", b"before"));
    let mut killer = place.client();
    let broken = store.write(move |tx| {
        settings::put(tx, "n", b"lost")?;
        // The writer's own connection is the one whose last statement is this.
        let own = "%INSERT INTO settings%";
        killer.query(OTHERS, &[&own]).expect("connections are ended");
        settings::put(tx, "n", b"lost too")
    });
    let error = broken.expect_err("the connection is gone");
    assert_eq!(error.code(), "store.database");
    assert!(error.retryable());
    assert_eq!(read(&store, |tx| settings::get(tx, "n")).as_deref(), Some(&b"before"[..]));
    write(&store, |tx| settings::put(tx, "n", b"after"));
    assert_eq!(read(&store, |tx| settings::get(tx, "n")).as_deref(), Some(&b"after"[..]));
}

fn over_tls(host: &str, root: &str) -> Result<Store, StoreError> {
    let server = postgres::server();
    let root = server.file(root).display().to_string();
    let address = format!("{}?sslmode=require&sslrootcert={root}", server.loopback(host));
    let location: Location = address.parse()?;
    Store::open(&location, Options::default())
}

#[test]
fn tls_is_spoken_only_with_a_server_that_the_named_root_vouches_for() {
    let store = over_tls("localhost", "root.pem").expect("the right root and name");
    write(&store, |tx| settings::put(tx, "over", b"tls"));
    assert_eq!(code(over_tls("localhost", "other.pem")), "store.unreachable", "another root");
    assert_eq!(code(over_tls("127.0.0.1", "root.pem")), "store.unreachable", "another name");
    assert_eq!(code(over_tls("localhost", "server.key")), "store.location", "no certificate at all");
}
