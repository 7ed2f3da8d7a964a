//! The key of a seal as a running node holds it: the same P-256 key as `seal::P256Key`, signing by AWS-LC.
//!
//! A node seals thousands of acts and receipts a second, and AWS-LC does that several times faster (decision 0013). Its nonces are drawn
//! from the system, mixed with key and digest; so two signatures over the same bytes differ, and nothing may expect otherwise: a hardware
//! module's do, too. Never here: the root, which signs a few times a year and keeps the deterministic form.

use std::fmt;

use aws_lc_rs::digest::{Digest as Hashed, SHA256};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use seal::{EcdsaSignature, P256Key, PublicKey, SigningKey};
use terms::{Digest, Fault};

use crate::KeyFault;

/// A P-256 private key that signs fast. Erased when the last clone is dropped; never printed.
#[derive(Clone)]
pub struct SealKey {
    public: PublicKey,
    pair: EcdsaKeyPair,
}

impl SealKey {
    /// Reads a PKCS#8 key, as strictly as `seal` does.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyFault> {
        let public = P256Key::from_pkcs8_der(der)?.public_key();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        let pair = pair.map_err(|_| KeyFault::Mismatch("its private key cannot be used for signing"))?;
        Ok(Self { public, pair })
    }
}

impl SigningKey for SealKey {
    fn public_key(&self) -> PublicKey {
        self.public
    }
    fn sign_digest(&self, digest: &Digest) -> Result<EcdsaSignature, Fault> {
        let failed = || Fault::new("keys.signing", "the key in memory did not sign");
        let hashed = Hashed::import_less_safe(digest.as_bytes(), &SHA256).map_err(|_| failed())?;
        let signature = self.pair.sign_digest(&hashed).map_err(|_| failed())?;
        let raw = signature.as_ref().try_into().map_err(|_| failed())?;
        EcdsaSignature::from_raw(raw).map_err(|flaw| failed().because(flaw))
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealKey(secret of {:?})", self.public)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_same_key_and_always_gives_the_lower_s() {
        let mut rng = crate::chance::system_random().expect("randomness");
        let slow = P256Key::generate(&mut rng);
        let der = slow.to_pkcs8_der().expect("PKCS#8");
        let fast = SealKey::from_pkcs8_der(&der).expect("the same key");
        assert_eq!(fast.public_key(), slow.public_key());
        for n in 0u8..64 {
            let digest = Digest::of(&[&[n]]);
            let signature = fast.sign_digest(&digest).expect("signs");
            assert_eq!(slow.public_key().verify(&digest, &signature), Ok(()));
            assert_eq!(EcdsaSignature::from_der(&signature.to_der()), Ok(signature), "what it wrote would be read");
            assert!(slow.public_key().verify(&Digest::of(&[&[n, n]]), &signature).is_err());
        }
        let shown = format!("{fast:?}");
        assert!(shown.starts_with("SealKey(secret of PublicKey("), "{shown}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for wrong in [&b""[..], b"\x30\x00", &[7; 138]] {
            assert!(SealKey::from_pkcs8_der(wrong).is_err(), "{wrong:?}");
        }
    }
}
