//! Envelopes and wrapped keys: opened by the recipient only, and only as they were sealed.

use proptest::prelude::*;
use seal::encryption::{ENC_BYTES, TAG_BYTES};
use seal::envelope::{ENVELOPE_BYTES_MAX, PLAINTEXT_BYTES_MAX};
use seal::{
    EncryptionKey, EnvelopeHeader, OpenFailure, Opener, ReceivedEnvelope, XWingKey, seal_envelope, unwrap_key, wrap_key,
};
use terms::{EnvelopeId, ExhibitId, Fault};
use zeroize::Zeroizing;

use crate::world::{Seeded, World, authority};

pub const PLAINTEXT: &[u8] = b"{\"items\":[],\"v\":\"comity.contents/1\"}";

pub fn header(world: &World) -> EnvelopeHeader {
    EnvelopeHeader {
        id: EnvelopeId::new([7; 16]),
        key: world.opener.public().id(),
        recipient: world.authority.clone(),
        sender: authority("es.moj"),
    }
}

pub fn sealed(world: &World) -> Vec<u8> {
    let mut rng = Seeded::new("envelope");
    seal_envelope(&header(world), world.opener.public(), PLAINTEXT, &mut rng).expect("seals")
}

pub fn outcome(bytes: &[u8], opener: &dyn Opener) -> Result<Vec<u8>, &'static str> {
    let received = ReceivedEnvelope::parse(bytes).map_err(|flaw| flaw.code())?;
    received.open(opener).map(|opened| opened.plaintext().to_vec()).map_err(|failure| failure.code())
}

#[test]
fn the_recipient_reads_what_was_sealed() {
    let world = World::new("ma.moj");
    let opened = ReceivedEnvelope::parse(sealed(&world)).expect("well formed").open(&world.opener).expect("opens");
    assert_eq!((opened.header(), opened.plaintext()), (&header(&world), PLAINTEXT));
    let elder = World::seeded("ma.moj", "an elder key");
    assert_eq!(outcome(&sealed(&elder), &vec![world.opener, elder.opener]), Ok(PLAINTEXT.to_vec()), "a keyring");
}

#[test]
fn an_envelope_is_two_lines_then_enc_then_ciphertext() {
    let world = World::new("ma.moj");
    let envelope = sealed(&world);
    let lines = format!(
        "comity.envelope/1\n{{\"id\":\"{}\",\"key\":\"{}\",\"recipient\":\"ma.moj\",\"sender\":\"es.moj\"}}\n",
        "07".repeat(16),
        world.opener.public().id()
    );
    assert!(envelope.starts_with(lines.as_bytes()));
    assert_eq!(envelope.len(), lines.len() + ENC_BYTES + PLAINTEXT.len() + TAG_BYTES);
}

#[test]
fn every_single_bit_of_an_envelope_matters() {
    let world = World::new("ma.moj");
    let good = sealed(&world);
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(outcome(&changed, &world.opener).is_err(), "bit {bit} was changed and nobody noticed");
    }
    for cut in 0..good.len() {
        assert!(outcome(&good[..cut], &world.opener).is_err(), "cut after {cut} bytes");
    }
}

#[test]
fn only_the_named_key_opens() {
    let (world, stranger) = (World::new("ma.moj"), World::new("fr.moj"));
    assert_eq!(outcome(&sealed(&world), &stranger.opener), Err("seal.key-not-held"));
    let none: Vec<XWingKey> = vec![];
    assert_eq!(outcome(&sealed(&world), &none), Err("seal.key-not-held"));
    let mut rng = Seeded::new("x");
    let mismatch = seal_envelope(&header(&world), stranger.opener.public(), PLAINTEXT, &mut rng);
    assert_eq!(mismatch.map_err(|flaw| flaw.code()), Err("seal.envelope-form"));
}

#[test]
fn a_module_that_is_away_is_a_fault() {
    struct Away;
    impl Opener for Away {
        fn open(
            &self,
            _: &seal::EncryptionKeyId,
            _: &[u8; ENC_BYTES],
            _: &[u8],
            _: &[u8],
        ) -> Result<Zeroizing<Vec<u8>>, OpenFailure> {
            Err(Fault::new("keys.away", "the module does not answer").retryable().into())
        }
    }
    assert_eq!(outcome(&sealed(&World::new("ma.moj")), &Away), Err("keys.away"));
}

#[test]
fn the_size_is_bounded_on_both_sides() {
    let world = World::new("ma.moj");
    let mut rng = Seeded::new("x");
    let full = vec![b'x'; PLAINTEXT_BYTES_MAX];
    let envelope = seal_envelope(&header(&world), world.opener.public(), &full, &mut rng).expect("just fits");
    assert!(envelope.len() <= ENVELOPE_BYTES_MAX);
    assert_eq!(outcome(&envelope, &world.opener), Ok(full.clone()));
    let more = [full.as_slice(), b"x"].concat();
    let refused = seal_envelope(&header(&world), world.opener.public(), &more, &mut rng);
    assert_eq!(refused.map_err(|flaw| flaw.code()), Err("seal.too-large"));
    let received = ReceivedEnvelope::parse(vec![b'x'; ENVELOPE_BYTES_MAX + 1]);
    assert_eq!(received.map(|_| ()).map_err(|flaw| flaw.code()), Err("seal.too-large"));
}

#[test]
fn what_is_no_public_key_is_refused() {
    let bytes = World::new("ma.moj").opener.public().to_bytes();
    assert!(EncryptionKey::from_bytes(&bytes[1..]).is_err());
    // Twelve bits that all are one are no coefficient below 3329, the modulus of ML-KEM.
    let wrong = [&[0xff; 2], &bytes[2..]].concat();
    assert!(EncryptionKey::from_bytes(&wrong).is_err());
    assert_eq!(EncryptionKey::from_bytes(&bytes).map(|key| key.to_bytes()), Ok(bytes));
}

#[test]
fn a_wrapped_key_opens_for_its_exhibit_and_recipient_only() {
    let (world, content_key) = (World::new("ma.moj"), [9; 32]);
    let exhibit = ExhibitId::new([3; 16]);
    let mut rng = Seeded::new("wrap");
    let good = wrap_key(exhibit, &world.authority, world.opener.public(), &content_key, &mut rng).expect("wraps");
    assert_eq!(unwrap_key(&good, &world.opener).expect("opens").as_slice(), content_key);
    let text = serde_json::to_vec(&good).expect("writes");
    assert_eq!(serde_json::from_slice::<seal::WrappedKey>(&text).expect("reads"), good);
    let code = |wrapped: &seal::WrappedKey| unwrap_key(wrapped, &world.opener).map(|_| ()).map_err(|e| e.code());
    let changed = |change: &dyn Fn(&mut seal::WrappedKey)| {
        let mut wrapped = good.clone();
        change(&mut wrapped);
        code(&wrapped)
    };
    assert_eq!(changed(&|w| w.exhibit = ExhibitId::new([4; 16])), Err("seal.does-not-open"));
    assert_eq!(changed(&|w| w.recipient = authority("fr.moj")), Err("seal.does-not-open"));
    assert_eq!(changed(&|w| w.wrapped.0.truncate(1167)), Err("seal.envelope-form"));
    for bit in (0..good.wrapped.0.len() * 8).step_by(7) {
        assert_eq!(changed(&|w| w.wrapped.0[bit / 8] ^= 1 << (bit % 8)), Err("seal.does-not-open"), "bit {bit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_sealed_is_read_again(plaintext in proptest::collection::vec(any::<u8>(), 0..4096), id: [u8; 16], seed: u64) {
        let world = World::new("ma.moj");
        let header = EnvelopeHeader { id: EnvelopeId::new(id), ..header(&world) };
        let mut rng = Seeded::new(&seed.to_string());
        let envelope = seal_envelope(&header, world.opener.public(), &plaintext, &mut rng).expect("seals");
        prop_assert_eq!(outcome(&envelope, &world.opener), Ok(plaintext));
    }

    #[test]
    fn no_bytes_at_all_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let begun = [b"comity.envelope/1\n".as_slice(), &bytes].concat();
        prop_assert!(ReceivedEnvelope::parse(begun).is_err());
        prop_assert!(seal::Certificate::parse(&bytes).is_err());
        prop_assert!(seal::ReceivedSignature::parse(&bytes).is_err());
        prop_assert!(seal::SignedCard::parse(&bytes).is_err());
    }
}
