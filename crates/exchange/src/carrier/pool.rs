//! Connections that stand idle, to be used again if the peer is still one and we still show the same certificate.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::SendRequest;
use rustls::sign::CertifiedKey;
use terms::AuthorityId;
use tokio::time::Instant;

use super::endpoint::Endpoint;
use crate::tls::{Identity, Pins};

/// The most idle connections that are kept of a peer.
const IDLE_MAX: usize = 4;
/// How long one is kept: less than what a node waits for the next request, so that it is seldom closed just when it is used, and one that a
/// network forgot costs nobody a time-out.
const IDLE_LONGEST: Duration = Duration::from_secs(20);

/// A connection to a peer.
pub(super) struct Connection {
    pub sender: SendRequest<Full<Bytes>>,
    pub endpoint: Endpoint,
    /// What the peer showed.
    pub certificate: Vec<u8>,
    /// What we showed.
    pub shown: Arc<CertifiedKey>,
}

/// Idle connections by peer.
#[derive(Default)]
pub(super) struct Pool(Mutex<HashMap<AuthorityId, Vec<(Instant, Connection)>>>);

impl Pool {
    /// An idle connection, if there is one that may still be used; others are closed.
    pub(super) fn take(&self, peer: &AuthorityId, pins: &dyn Pins, identity: &Identity) -> Option<Connection> {
        let present = identity.present();
        let usable = |(idle_since, connection): &(Instant, Connection)| {
            idle_since.elapsed() < IDLE_LONGEST
                && connection.sender.is_ready()
                && Arc::ptr_eq(&connection.shown, &present)
                && pins.authority_of(&connection.certificate).as_ref() == Some(peer)
        };
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = idle.get_mut(peer)?;
        of_peer.retain(usable);
        let taken = of_peer.pop();
        if of_peer.is_empty() {
            idle.remove(peer);
        }
        taken.map(|(_, connection)| connection)
    }
    /// Keeps a connection whose answer was read to its end.
    pub(super) fn keep(&self, peer: &AuthorityId, connection: Connection) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = idle.entry(peer.clone()).or_default();
        of_peer.retain(|(since, connection)| since.elapsed() < IDLE_LONGEST && !connection.sender.is_closed());
        if of_peer.len() < IDLE_MAX && !connection.sender.is_closed() {
            of_peer.push((Instant::now(), connection));
        }
    }
}
