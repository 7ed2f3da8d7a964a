//! Where a node's secrets live, and how they are lent to those who sign and open.
//!
//! Kept here: the vault file in which one secret is encrypted ([`vault`]), the folder of such files ([`Keyring`]), the
//! founding of an authority and the next editions of its card ([`authority`]), and what proves a person to a node ([`persons`]).
//! Lent from here: the signer and opener of `seal`, the note signer of `ledger`, the TLS key. Never here: the decision
//! what is signed, for whom something is opened, or who may ask; a passphrase in an argument, an environment variable or a log.
//!
//! ```text
//! SecretSource ─read─▶ Secret ─┐
//!   (a reference)              ├─▶ Vault ─open─▶ RootKey, Certified<SealKey>, Vec<XWingKey>, SoftSigner, TlsIdentity
//! Keyring (a folder) ─find─▶ Entry (public part, readable without a secret)
//! ```
//!
//! INVARIANT: a file here is readable by its owner alone, or it is not read. A secret in memory is erased when dropped, and
//! no type of this room shows one in its `Debug` output.
//!
//! Specification: `docs/spec/vault.md`. Decision: 0011. For operators: `docs/operating/keys.md`.

pub mod authority;
pub mod body_key;
mod chance;
mod fault;
mod file;
pub mod keyring;
pub mod persons;
mod seal_key;
pub mod secret;
pub mod vault;

pub use authority::{Changes, Founded, Founding, found, reissue};
pub use body_key::BodyKey;
pub use chance::system_random;
pub use fault::KeyFault;
pub use keyring::{Destroyed, Entry, Keyring, Listing, PublicPart, RootKey, TlsIdentity};
pub use persons::{PassphraseHash, Token, TokenDigest};
pub use seal_key::SealKey;
pub use secret::{KdfCost, Secret, SecretSource};
pub use vault::{Header, Kind, Vault};
