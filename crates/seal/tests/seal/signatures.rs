//! Detached signatures: one form, and nothing that can be changed in it.

use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{Any, OctetString, SetOfVec};
use der::{Decode as _, Encode as _};
use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use seal::cades::{self, SIGNATURE_BYTES_MAX};
use seal::{Certified, EcdsaSignature, Expected, Failure, P256Key, PublicKey, ReceivedSignature, Signer, SigningKey};
use terms::{Digest, Fault};

use crate::world::{World, leaf_period, noon};

pub const CONTENT: &[u8] = b"{\"v\":\"comity.act/1\"}";

fn signed(world: &World) -> Vec<u8> {
    cades::sign(CONTENT, &world.signer(), noon()).expect("our seal signs")
}

fn refusal(world: &World, content: &[u8], signature: &[u8]) -> &'static str {
    match cades::verify(content, signature, &Expected::SealUnder(&world.root)) {
        Ok(_) => "accepted",
        Err(flaw) => flaw.code(),
    }
}

#[test]
fn a_signature_says_who_signed_and_when() {
    let world = World::new("es.moj");
    let receipt = cades::verify(CONTENT, &signed(&world), &Expected::SealUnder(&world.root)).expect("good");
    assert_eq!(receipt.fingerprint(), world.seal.fingerprint());
    assert_eq!((receipt.time(), receipt.unchecked_timestamp()), (noon(), None));
    assert_eq!(receipt.content(), &Digest::of(&[CONTENT]));
}

#[test]
fn every_single_bit_of_a_signature_matters() {
    let world = World::new("es.moj");
    let good = signed(&world);
    for bit in 0..good.len() * 8 {
        let mut changed = good.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert_ne!(refusal(&world, CONTENT, &changed), "accepted", "bit {bit} was changed and nobody noticed");
    }
    for cut in 0..good.len() {
        assert_ne!(refusal(&world, CONTENT, &good[..cut]), "accepted", "cut after {cut} bytes");
    }
    assert_ne!(refusal(&world, CONTENT, &[good.as_slice(), b"\0"].concat()), "accepted", "a byte more");
}

#[test]
fn knowing_the_certificate_beforehand_saves_reading_it_and_changes_no_answer() {
    let (world, stranger) = (World::new("es.moj"), World::new("ma.moj"));
    let good = signed(&world);
    let known = [stranger.seal.clone(), world.seal.clone()];
    for bit in 0..=good.len() * 8 {
        let mut changed = good.clone();
        if let Some(byte) = changed.get_mut(bit / 8) {
            *byte ^= 1 << (bit % 8);
        }
        let outcome = |read: Result<ReceivedSignature, _>| {
            let verified = read.and_then(|received| received.verify(CONTENT, &Expected::OneOf(&known)));
            verified.map(|signed| signed.fingerprint()).is_ok()
        };
        let answers =
            [&known[..], &known[..1], &[]].map(|known| outcome(ReceivedSignature::parse_among(&changed, known)));
        assert_eq!(answers, [changed == good; 3], "bit {bit}");
    }
}

#[test]
fn other_content_is_refused() {
    let world = World::new("es.moj");
    for other in [&b""[..], b"{\"v\":\"comity.act/2\"}", &CONTENT[1..]] {
        assert_eq!(refusal(&world, other, &signed(&world)), "seal.content");
    }
}

#[test]
fn only_the_expected_signer_is_accepted() {
    let (mut world, stranger) = (World::new("es.moj"), World::new("ma.moj"));
    let signature = signed(&world);
    let (_, further) = world.further_seal();
    let by_root = cades::sign(CONTENT, &world.root_signer(), noon()).expect("the root signs cards");
    let own = [further.clone(), world.seal.clone()];
    let table = [
        (&signature, Expected::SealUnder(&world.root), "accepted"),
        (&signature, Expected::OneOf(&own), "accepted"),
        (&by_root, Expected::Root(&world.root), "accepted"),
        (&signature, Expected::Root(&world.root), "seal.signer"),
        (&signature, Expected::OneOf(&own[..1]), "seal.signer"),
        (&signature, Expected::OneOf(&[]), "seal.signer"),
        (&signature, Expected::SealUnder(&stranger.root), "seal.issuer"),
        (&by_root, Expected::SealUnder(&world.root), "seal.signer"),
        (&by_root, Expected::Root(&stranger.root), "seal.signer"),
    ];
    for (at, (signature, expected, outcome)) in table.iter().enumerate() {
        let found = cades::verify(CONTENT, signature, expected).map_or_else(|flaw| flaw.code(), |_| "accepted");
        assert_eq!(found, *outcome, "row {at}");
    }
}

#[test]
fn a_seal_signs_only_while_it_is_valid_and_a_tls_certificate_never() {
    let mut world = World::new("es.moj");
    let late = leaf_period().until.plus_seconds(1);
    assert_eq!(cades::sign(CONTENT, &world.signer(), late).map_err(|e| e.code()), Err("seal.validity"));
    let key = P256Key::generate(&mut world.rng);
    let names = [seal::TlsName::Dns("node.example".into())];
    let public = key.public_key();
    let period = leaf_period();
    let tls = seal::certificate::issue_tls(&world.root, &world.root_key, public, &names, period, &mut world.rng);
    let signer = Certified::new(key, tls.expect("a TLS certificate")).expect("they belong together");
    assert_eq!(cades::sign(CONTENT, &signer, noon()).map_err(|e| e.code()), Err("seal.signer"));
}

/// A module whose key cannot be reached.
struct Away(Certified<P256Key>);
impl SigningKey for Away {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }
    fn sign_digest(&self, _: &Digest) -> Result<EcdsaSignature, Fault> {
        Err(Fault::new("keys.away", "the module does not answer").retryable())
    }
}
impl Signer for Away {
    fn certificate(&self) -> &seal::Certificate {
        self.0.certificate()
    }
}

/// A module that signs with another key than it says.
struct Liar(Certified<P256Key>, P256Key);
impl SigningKey for Liar {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }
    fn sign_digest(&self, digest: &Digest) -> Result<EcdsaSignature, Fault> {
        self.1.sign_digest(digest)
    }
}
impl Signer for Liar {
    fn certificate(&self) -> &seal::Certificate {
        self.0.certificate()
    }
}

#[test]
fn a_module_that_is_away_is_a_fault_and_one_that_lies_is_found_out() {
    let world = World::new("es.moj");
    let away = cades::sign(CONTENT, &Away(world.signer()), noon());
    assert!(matches!(away, Err(Failure::Fault(fault)) if fault.retryable && fault.code == "keys.away"));
    let liar = cades::sign(CONTENT, &Liar(world.signer(), world.root_key.clone()), noon());
    assert_eq!(liar.map_err(|e| e.code()), Err("seal.signature"));
}

/// Changes the parsed structure and writes it again, as a clever forger would.
fn forged(good: &[u8], change: impl FnOnce(&mut SignedData)) -> Vec<u8> {
    let info = ContentInfo::from_der(good).expect("CMS");
    let mut data: SignedData = info.content.decode_as().expect("SignedData");
    change(&mut data);
    let content = Any::encode_from(&data).expect("encodes");
    ContentInfo { content_type: info.content_type, content }.to_der().expect("encodes")
}

fn change_signer(data: &mut SignedData, change: impl FnOnce(&mut cms::signed_data::SignerInfo)) {
    let mut signer = data.signer_infos.0.as_slice()[0].clone();
    change(&mut signer);
    data.signer_infos = vec![signer].try_into().expect("one signer");
}

#[test]
fn nothing_can_be_slipped_into_a_signature() {
    let (mut world, stranger) = (World::new("es.moj"), World::new("ma.moj"));
    let (_, further) = world.further_seal();
    let good = signed(&world);
    assert_eq!(forged(&good, |_| ()), good, "writing it again changes nothing");
    let certificate = |der: &[u8]| CertificateChoices::Certificate(x509_cert::Certificate::from_der(der).expect("DER"));
    let bag = |list: Vec<CertificateChoices>| Some(list.try_into().expect("a set"));
    let own = certificate(world.seal.der());
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "content inside",
            forged(&good, |d| {
                d.encap_content_info.econtent =
                    Some(Any::encode_from(&OctetString::new(CONTENT).expect("short")).expect("encodes"))
            }),
            "seal.signature-form",
        ),
        ("no certificate", forged(&good, |d| d.certificates = None), "seal.signature-form"),
        (
            "the root beside",
            forged(&good, |d| d.certificates = bag(vec![own.clone(), certificate(world.root.der())])),
            "seal.signature-form",
        ),
        (
            "a stranger beside",
            forged(&good, |d| d.certificates = bag(vec![own.clone(), certificate(stranger.seal.der())])),
            "seal.signature-form",
        ),
        (
            "another seal instead",
            forged(&good, |d| d.certificates = bag(vec![certificate(further.der())])),
            "seal.signature-form",
        ),
        ("no signer", forged(&good, |d| d.signer_infos = vec![].try_into().expect("empty")), "seal.signature-form"),
        ("version 3", forged(&good, |d| d.version = cms::content_info::CmsVersion::V3), "seal.signature-form"),
        ("no digest algorithm", forged(&good, |d| d.digest_algorithms = SetOfVec::new()), "seal.signature-form"),
        (
            "another digest",
            forged(&good, |d| {
                change_signer(d, |s| {
                    s.digest_alg.oid = der::asn1::ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2")
                })
            }),
            "seal.algorithm",
        ),
        (
            "digest with NULL",
            forged(&good, |d| change_signer(d, |s| s.digest_alg.parameters = Some(Any::null()))),
            "seal.signature-form",
        ),
        ("no signed attributes", forged(&good, |d| change_signer(d, |s| s.signed_attrs = None)), "seal.signature-form"),
        (
            "empty unsigned attributes",
            forged(&good, |d| change_signer(d, |s| s.unsigned_attrs = Some(SetOfVec::new()))),
            "seal.signature-form",
        ),
        (
            "a foreign unsigned attribute",
            forged(&good, |d| {
                change_signer(d, |s| {
                    s.unsigned_attrs = Some(
                        SetOfVec::try_from(vec![s.signed_attrs.as_ref().expect("there").as_slice()[0].clone()])
                            .expect("one"),
                    )
                })
            }),
            "seal.signature-form",
        ),
    ];
    for (name, changed, outcome) in cases {
        assert_eq!(refusal(&world, CONTENT, &changed), outcome, "{name}");
    }
    for dropped in 0..4 {
        let changed = forged(&good, |d| {
            change_signer(d, |s| {
                let mut left = s.signed_attrs.take().expect("there").into_vec();
                left.remove(dropped);
                s.signed_attrs = Some(left.try_into().expect("a set"));
            });
        });
        assert_eq!(refusal(&world, CONTENT, &changed), "seal.signature-form", "without signed attribute {dropped}");
    }
}

#[test]
fn the_twin_of_a_signature_value_is_refused_from_outside_and_lowered_from_a_key() {
    let world = World::new("es.moj");
    let digest = Digest::of(&[CONTENT]);
    let lower = world.seal_key.sign_digest(&digest).expect("signs");
    let value = p256::ecdsa::Signature::from_der(&lower.to_der()).expect("DER");
    let twin = p256::ecdsa::Signature::from_scalars(value.r(), -*value.s()).expect("in range");
    let verifying = p256::ecdsa::VerifyingKey::from_sec1_bytes(&world.seal_key.public_key().to_sec1()).expect("a key");
    assert!(verifying.verify_prehash(digest.as_bytes(), &twin).is_ok(), "plain ECDSA would accept it");
    assert!(EcdsaSignature::from_der(twin.to_der().as_bytes()).is_err());
    assert_eq!(EcdsaSignature::from_raw(&twin.to_bytes().into()), Ok(lower));
}

#[test]
fn a_time_stamp_token_may_stand_beside_and_nothing_else() {
    let world = World::new("es.moj");
    let good = signed(&world);
    let received = || ReceivedSignature::parse(&good).expect("good");
    // Any CMS SignedData has the form of a token; what it is worth is judged elsewhere.
    let token = cades::sign(&received().value(), &World::new("fr.moj").signer(), noon()).expect("a stand-in");
    let stamped = received().with_timestamp(&token).expect("has room");
    let receipt = cades::verify(CONTENT, &stamped, &Expected::SealUnder(&world.root)).expect("still good");
    assert_eq!(receipt.unchecked_timestamp(), Some(token.as_slice()));
    for other in [&b"\x05\x00"[..], b"", b"\x30\x00", &[token.as_slice(), b"\0"].concat()] {
        assert!(received().with_timestamp(other).is_err(), "{other:?} is no token");
    }
    let huge = vec![0; SIGNATURE_BYTES_MAX + 1];
    assert_eq!(ReceivedSignature::parse(&huge).map_err(|e| e.code()).map(|_| ()), Err("seal.too-large"));
}
