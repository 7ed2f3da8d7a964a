//! The one place where the system's randomness is read. Rooms below take it as an argument; this one draws it.

use getrandom::SysRng;
use rand_core::{CryptoRng, UnwrapErr};

use crate::KeyFault;

/// The system's randomness, asked once so that a system without any is a fault and not a panic later.
pub fn system_random() -> Result<impl CryptoRng + use<>, KeyFault> {
    let mut probe = [0u8; 1];
    getrandom::fill(&mut probe).map_err(|why| KeyFault::Randomness(why.to_string()))?;
    Ok(UnwrapErr(SysRng))
}
