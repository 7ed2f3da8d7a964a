//! The two things that a node takes from the world at every step: what time it is, and chance.
//!
//! Everything below takes both as arguments; here is where they come from. A simulation puts its own in their place.

use rand_core::CryptoRng;
use terms::{Digest, EnvelopeId, Moment, Salt};

/// Time and chance.
pub trait World: Send + Sync {
    /// The time by this node's clock.
    fn now(&self) -> Moment;
    /// Randomness fit for keys.
    fn chance(&self) -> Box<dyn CryptoRng + '_>;
}

/// The machine's own clock and randomness.
#[derive(Debug, Clone, Copy)]
pub struct Machine(());

impl Machine {
    /// Asks the machine once for randomness, so that one without any is a fault now and not a panic later.
    pub fn new() -> Result<Self, keys::KeyFault> {
        keys::system_random().map(|_| Self(()))
    }
}

impl World for Machine {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock of the product")]
    fn now(&self) -> Moment {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let seconds = since.map_or(0, |elapsed| i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX));
        Moment::from_unix(seconds).unwrap_or(Moment::from_unix(0).expect("the epoch can be written"))
    }
    fn chance(&self) -> Box<dyn CryptoRng + '_> {
        Box::new(keys::system_random().expect("the machine had randomness when the node started"))
    }
}

/// So many random bytes.
pub fn bytes<const N: usize>(world: &dyn World) -> [u8; N] {
    let mut bytes = [0; N];
    rand_core::Rng::fill_bytes(&mut *world.chance(), &mut bytes);
    bytes
}

/// A fresh salt.
pub fn salt(world: &dyn World) -> Salt {
    Salt::new(bytes(world))
}
/// A fresh envelope id.
pub fn envelope_id(world: &dyn World) -> EnvelopeId {
    EnvelopeId::new(bytes(world))
}
/// A random digest.
pub fn digest(world: &dyn World) -> Digest {
    Digest::new(bytes(world))
}
