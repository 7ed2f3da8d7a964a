//! A side on the network: it serves its peers on a port, and something carries for it.

use std::sync::Arc;

use exchange::carrier::Patience;
use exchange::{Carrier, Identity, Limits};
use tokio::net::TcpListener;

use crate::world::Side;

/// Serves a side to its peers; gives what carries for it.
pub fn start(side: &Side, listener: TcpListener) -> Carrier {
    let tls = side.tls();
    let identity = Identity::new(&tls.certificate, tls.pkcs8_der()).expect("an identity");
    let (pins, desk) = (Arc::new(side.node.clone()), Arc::new(side.node.clone()));
    let (server, pinned) = (identity.clone(), Arc::clone(&pins));
    tokio::spawn(async move {
        let served = exchange::serve(listener, "", &server, pinned, desk, Limits::default(), std::future::pending());
        served.await.expect("serves");
    });
    Carrier::new(identity, pins, Patience::default())
}
