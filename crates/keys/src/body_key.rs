//! The key under which the bodies of one docket lie on the disk, or the drafts of a node: destroying it erases them all.
//!
//! It is drawn by the node, kept sealed to the node's own encryption key (`seal::kept_key`), and held in memory while it is used. A body is
//! `nonce (12) ‖ AES-256-GCM(body)`, bound to the thing that it is the body of; the nonce is drawn at random, and one key sees far
//! fewer than 2^32 of them. Never here: what a body says, or whether it should be erased.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rand_core::CryptoRng;
use seal::{EncryptionKey, Opener, open_kept_key, seal_kept_key};
use terms::AuthorityId;
use zeroize::Zeroizing;

use crate::KeyFault;

/// What is bound before the thing's own name.
const DOMAIN: &[u8] = b"comity.body/1\n";

/// A key for bodies, in memory. Erased when dropped.
pub struct BodyKey {
    secret: Zeroizing<[u8; 32]>,
    key: LessSafeKey,
}

impl fmt::Debug for BodyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BodyKey(not shown)")
    }
}

impl BodyKey {
    fn new(secret: Zeroizing<[u8; 32]>) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, secret.as_slice()).expect("INVARIANT: a key of 32 bytes");
        Self { secret, key: LessSafeKey::new(key) }
    }
    /// Draws a new key.
    pub fn draw(rng: &mut dyn CryptoRng) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        Self::new(secret)
    }
    /// Seals the key to the node's own encryption key. `purpose` names what it is for: a docket's id, or `drafts`.
    pub fn wrap(
        &self,
        purpose: &str,
        me: &AuthorityId,
        to: &EncryptionKey,
        rng: &mut dyn CryptoRng,
    ) -> Result<Vec<u8>, KeyFault> {
        Ok(seal_kept_key(&self.secret, me, purpose, to, rng).map_err(seal::Failure::from)?)
    }
    /// Opens what [`BodyKey::wrap`] gave.
    pub fn unwrap(wrapped: &[u8], purpose: &str, me: &AuthorityId, opener: &dyn Opener) -> Result<Self, KeyFault> {
        Ok(Self::new(open_kept_key(wrapped, me, purpose, opener)?))
    }
    /// Seals a body, bound to the name of what it is the body of.
    pub fn seal(&self, name: &[u8], body: &[u8], rng: &mut dyn CryptoRng) -> Result<Vec<u8>, KeyFault> {
        let mut nonce = [0; NONCE_LEN];
        rng.fill_bytes(&mut nonce);
        let mut sealed = Vec::with_capacity(NONCE_LEN + body.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(body);
        let aad = Aad::from([DOMAIN, name].concat());
        let done = self.key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed);
        done.map_err(|_| KeyFault::Mismatch("a body is too large to be sealed"))?;
        sealed.splice(0..0, nonce);
        Ok(sealed)
    }
    /// Opens a body that was sealed under this key for this name.
    pub fn open(&self, name: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let damaged = || KeyFault::Damaged("key of a body");
        let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE_LEN>().ok_or_else(damaged)?;
        let mut body = Zeroizing::new(ciphertext.to_vec());
        let aad = Aad::from([DOMAIN, name].concat());
        let opened = self.key.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut body);
        let length = opened.map_err(|_| damaged())?.len();
        body.truncate(length);
        Ok(body)
    }
}

#[cfg(test)]
mod tests {
    use seal::XWingKey;

    use super::*;

    #[test]
    fn a_body_opens_under_its_key_and_its_name_only() {
        let mut rng = crate::system_random().expect("randomness");
        let key = BodyKey::draw(&mut rng);
        let sealed = key.seal(b"act 1", b"a narrative", &mut rng).expect("seals");
        assert_eq!(key.open(b"act 1", &sealed).expect("opens").as_slice(), b"a narrative");
        assert!(key.open(b"act 2", &sealed).is_err(), "it is the body of another act");
        assert!(BodyKey::draw(&mut rng).open(b"act 1", &sealed).is_err(), "another key");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key.open(b"act 1", &changed).is_err(), "byte {at}");
        }
        for cut in 0..sealed.len() {
            assert!(key.open(b"act 1", &sealed[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn a_key_is_kept_for_one_purpose_of_one_authority() {
        let mut rng = crate::system_random().expect("randomness");
        let own = XWingKey::from_seed(&XWingKey::draw_seed(&mut rng));
        let (es, ma): (AuthorityId, AuthorityId) = ("es.moj".parse().expect("id"), "ma.moj".parse().expect("id"));
        let key = BodyKey::draw(&mut rng);
        let kept = key.wrap("drafts", &es, own.public(), &mut rng).expect("wraps");
        let sealed = key.seal(b"x", b"body", &mut rng).expect("seals");
        let again = BodyKey::unwrap(&kept, "drafts", &es, &own).expect("unwraps");
        assert_eq!(again.open(b"x", &sealed).expect("opens").as_slice(), b"body");
        assert!(BodyKey::unwrap(&kept, "other", &es, &own).is_err());
        assert!(BodyKey::unwrap(&kept, "drafts", &ma, &own).is_err());
        assert!(BodyKey::unwrap(&kept[1..], "drafts", &es, &own).is_err());
    }
}
