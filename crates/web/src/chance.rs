//! Randomness for names that nobody may guess: sessions, form tokens, requests.

use getrandom::SysRng;
use getrandom::rand_core::TryRng as _;
use node::Trouble;
use terms::Fault;

/// So many random bytes; a fault if the machine has none.
pub fn bytes<const N: usize>() -> Result<[u8; N], Trouble> {
    let mut bytes = [0; N];
    let drawn = SysRng.try_fill_bytes(&mut bytes);
    drawn.map_err(|why| Fault::new("web.chance", "the machine gave no randomness").because(why))?;
    Ok(bytes)
}
