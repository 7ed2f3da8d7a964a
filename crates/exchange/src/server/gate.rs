//! Who is inside, and how much each holds. What is taken is given back when its guard is dropped, whatever happens.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use terms::AuthorityId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Limits;
use crate::fault::Wrong;

/// The addresses that one caller can be expected to command: one of IPv4, or all of an IPv6 network (/64), since whoever has one of
/// these has them all.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
    }
}

/// Counts what is held, of each and of all.
pub(super) struct Gate {
    strangers: Arc<Shares<IpAddr>>,
    connections: Arc<Shares<AuthorityId>>,
    batches: Arc<Shares<AuthorityId>>,
    bytes: Arc<Semaphore>,
}

/// The place of a caller that is not known yet.
pub(super) type Stranger = Share<IpAddr>;
/// The place of a known caller, or of a batch.
pub(super) type Place = Share<AuthorityId>;

impl Gate {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            strangers: Shares::new(limits.strangers_of_address, limits.strangers),
            connections: Shares::new(limits.connections_of_peer, limits.connections),
            batches: Shares::new(limits.batches_of_peer, usize::MAX),
            bytes: Arc::new(Semaphore::new(limits.batches_bytes)),
        }
    }
    /// A place for a caller from this address.
    pub(super) fn stranger(&self, address: IpAddr) -> Option<Stranger> {
        self.strangers.take(neighbourhood(address)).ok()
    }
    /// A place for a connection of this peer.
    pub(super) fn connection(&self, peer: &AuthorityId) -> Result<Place, Wrong> {
        self.connections.take(peer.clone())
    }
    /// A place for a batch of this peer, with no bytes yet.
    pub(super) fn batch(&self, peer: &AuthorityId) -> Result<Arriving, Wrong> {
        let bytes = self.bytes.clone().try_acquire_many_owned(0).map_err(|_| Wrong::Busy)?;
        Ok(Arriving { _place: self.batches.take(peer.clone())?, all: self.bytes.clone(), bytes })
    }
}

/// A batch that arrives: its place, and its bytes so far.
pub(super) struct Arriving {
    _place: Place,
    all: Arc<Semaphore>,
    bytes: OwnedSemaphorePermit,
}

impl Arriving {
    /// So many bytes more have arrived.
    pub(super) fn more(&mut self, bytes: usize) -> Result<(), Wrong> {
        let count = u32::try_from(bytes).map_err(|_| Wrong::Busy)?;
        self.bytes.merge(self.all.clone().try_acquire_many_owned(count).map_err(|_| Wrong::Busy)?);
        Ok(())
    }
}

/// So many for each, so many for all.
struct Shares<K> {
    each: usize,
    all: usize,
    held: Mutex<(usize, HashMap<K, usize>)>,
}

/// One that is held; dropping it gives it back.
pub(super) struct Share<K: Hash + Eq> {
    of: Arc<Shares<K>>,
    key: K,
}

impl<K: Hash + Eq + Clone> Shares<K> {
    fn new(each: usize, all: usize) -> Arc<Self> {
        Arc::new(Self { each, all, held: Mutex::default() })
    }
    fn take(self: &Arc<Self>, key: K) -> Result<Share<K>, Wrong> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (total, own) = (held.0, held.1.get(&key).copied().unwrap_or(0));
        match () {
            () if own >= self.each => Err(Wrong::TooMany),
            () if total >= self.all => Err(Wrong::Busy),
            () => {
                held.0 += 1;
                held.1.insert(key.clone(), own + 1);
                Ok(Share { of: self.clone(), key })
            }
        }
    }
}

impl<K: Hash + Eq> Drop for Share<K> {
    fn drop(&mut self) {
        let mut held = self.of.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.0 -= 1;
        if let Some(own) = held.1.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                held.1.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_whole_ipv6_network_is_one_neighbour() {
        let of = |text: &str| neighbourhood(text.parse().expect("an address")).to_string();
        assert_eq!(of("192.0.2.7"), "192.0.2.7");
        assert_eq!(of("::ffff:192.0.2.7"), "192.0.2.7", "the same caller by another spelling");
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
    }

    #[test]
    fn each_has_its_share_and_gives_it_back() {
        let shares = Shares::new(2, 3);
        let (a, b, c) = (shares.take("a").ok(), shares.take("a").ok(), shares.take("b").ok());
        assert!(a.is_some() && b.is_some() && c.is_some());
        assert_eq!(shares.take("a").err(), Some(Wrong::TooMany), "its own share is used up");
        assert_eq!(shares.take("c").err(), Some(Wrong::Busy), "all are used up");
        drop(b);
        assert!(shares.take("c").is_ok());
        drop((a, c));
        let held = shares.held.lock().expect("sound");
        assert_eq!((held.0, held.1.len()), (0, 0), "nobody who is gone is remembered");
    }
}
