//! How much a caller may use. The formula of the memory that follows stands in `docs/spec/exchange.md`, *Limits*.

use std::time::Duration;

/// Bounds on callers. Each field says which accident it prevents.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Connections whose caller is not known yet: a flood of strangers.
    pub strangers: usize,
    /// Of these from one address: one stranger keeping out the others.
    pub strangers_of_address: usize,
    /// From the first byte until the handshake is done: strangers that say nothing.
    pub handshake: Duration,
    /// Connections of known peers.
    pub connections: usize,
    /// Of these of one peer, which also bounds its requests under way: one peer keeping out the others.
    pub connections_of_peer: usize,
    /// For a request's head, and for the pause before it: idle and trickling callers.
    pub headers: Duration,
    /// Batches under way of one peer.
    pub batches_of_peer: usize,
    /// Bytes of all batches under way: memory.
    pub batches_bytes: usize,
    /// A pause within a batch: trickling senders.
    pub pause: Duration,
    /// A batch in all.
    pub batch: Duration,
    /// A pause in reading what we answer: callers that ask and do not listen.
    pub unread: Duration,
    /// What is under way may take so long when the node stops.
    pub farewell: Duration,
    /// What a caller with too much under way is asked to wait, in seconds.
    pub retry_after_seconds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            strangers: 64,
            strangers_of_address: 16,
            handshake: Duration::from_secs(10),
            connections: 256,
            connections_of_peer: 8,
            headers: Duration::from_secs(30),
            batches_of_peer: 2,
            batches_bytes: 128 * 1024 * 1024,
            pause: Duration::from_secs(20),
            batch: Duration::from_secs(300),
            unread: Duration::from_secs(30),
            farewell: Duration::from_secs(10),
            retry_after_seconds: 5,
        }
    }
}
