//! A time-stamping authority for demonstrations and tests: real tokens, worth nothing, and its certificates say so.
//!
//! It answers a request as an authority would, with the moment and the serial number that the caller hands in. Whoever trusts its root
//! trusts whoever runs it to state the time, which is what a time stamp is meant to make unnecessary.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, BitString, GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode as _, Encode as _, EncodePem as _};
use p256::ecdsa::VerifyingKey;
use rand_core::CryptoRng;
use spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use std::str::FromStr as _;
use std::time::Duration;
use terms::{Digest, Moment};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Validity;

use super::form::{self, MessageImprint, PkiStatusInfo, TimeStampReq, TimeStampResp, TstInfo};
use crate::asn1::{algorithm, time_of, to_der};
use crate::cades::form::{attribute, encoded, signing_certificate_v2};
use crate::certificate::Algorithm;
use crate::certificate::Period;
use crate::{Failure, Flaw, P256Key, SigningKey, asn1};

/// Stands in the subject of its certificates, and so in every token.
pub const NOTICE: &str = "For demonstration and tests only";

/// Its policy. Number 0 among the private enterprises is IANA's own reserve, so this is nobody's real policy.
const POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.0.3161");

/// The embedded authority.
#[derive(Debug)]
pub struct DemonstrationTsa {
    key: P256Key,
    certificate: Vec<u8>,
    root: Vec<u8>,
}

/// Root, or the one that stamps.
#[derive(Clone, Copy)]
enum Role {
    Root,
    Stamps,
}

impl DemonstrationTsa {
    /// Draws its keys and issues its two certificates. The root's key is thrown away.
    pub fn found(period: Period, rng: &mut dyn CryptoRng) -> Result<Self, Failure> {
        let (root_key, key) = (P256Key::generate(rng), P256Key::generate(rng));
        let root = issue(Role::Root, &root_key, &root_key, period, rng)?;
        let certificate = issue(Role::Stamps, &key, &root_key, period, rng)?;
        Ok(Self { key, certificate, root })
    }
    /// Its root certificate in DER, for those who want to believe its tokens all the same.
    pub fn root(&self) -> &[u8] {
        &self.root
    }
    /// Its root certificate in PEM.
    pub fn root_pem(&self) -> Result<String, Flaw> {
        let unreadable = Flaw::unreadable("a certificate");
        let certificate = x509_cert::Certificate::from_der(&self.root).map_err(&unreadable)?;
        certificate.to_pem(der::pem::LineEnding::LF).map_err(unreadable)
    }
    /// Answers a request; what is no request for a SHA-256 is answered with a refusal, as RFC 3161 has it.
    pub fn respond(&self, request: &[u8], serial: u64, now: Moment) -> Result<Vec<u8>, Failure> {
        let asked = TimeStampReq::from_der(request).ok().filter(|asked| asked.version == 1);
        let response = match asked {
            None => refused("the request is not one of version 1", 2)?,
            Some(asked) if asked.imprint.algorithm.oid != asn1::SHA256 || asked.imprint.hash.as_bytes().len() != 32 => {
                refused("only SHA-256 is stamped here", 0)?
            }
            Some(asked) if asked.policy.is_some_and(|policy| policy != POLICY) => {
                refused("there is no such policy", 15)?
            }
            Some(asked) if asked.extensions.is_some() => refused("no extension is known here", 16)?,
            Some(asked) => {
                let token = self.token(asked.imprint, asked.nonce, asked.certificates_wanted, serial, now)?;
                let status = PkiStatusInfo { status: 0, text: None, failure: None };
                TimeStampResp { status, token: Some(token) }
            }
        };
        Ok(to_der(&response, "a time-stamp response")?)
    }
    fn token(
        &self,
        imprint: MessageImprint,
        nonce: Option<der::asn1::Int>,
        certificates: bool,
        serial: u64,
        now: Moment,
    ) -> Result<Any, Failure> {
        let unreadable = Flaw::unreadable("a time-stamp token");
        let seconds = u64::try_from(now.unix()).map_err(|_| Flaw::TimeStamp("a moment before 1970".into()))?;
        let time = GeneralizedTime::from_unix_duration(Duration::from_secs(seconds)).map_err(&unreadable)?;
        // A leading zero byte where the first bit is set, so that the number stays positive.
        let bytes = [&[0][..], &serial.to_be_bytes()].concat();
        let from = bytes.iter().position(|b| *b != 0).map_or(8, |at| if bytes[at] > 127 { at - 1 } else { at });
        let info = TstInfo {
            version: 1,
            policy: POLICY,
            imprint,
            serial: form::integer(&bytes[from..])?,
            time: encoded(&time)?,
            accuracy: None,
            ordering: false,
            nonce,
            authority: None,
            extensions: None,
        };
        let content = to_der(&info, "a time-stamp")?;
        let own = x509_cert::Certificate::from_der(&self.certificate).map_err(&unreadable)?;
        let root = x509_cert::Certificate::from_der(&self.root).map_err(&unreadable)?;
        let named = IssuerAndSerialNumber {
            issuer: own.tbs_certificate().issuer().clone(),
            serial_number: own.tbs_certificate().serial_number().clone(),
        };
        let digest = OctetString::new(*Digest::of(&[&content]).as_bytes()).map_err(&unreadable)?;
        let attributes = SetOfVec::try_from(vec![
            attribute(asn1::CONTENT_TYPE, encoded(&asn1::TST_INFO)?)?,
            attribute(asn1::MESSAGE_DIGEST, encoded(&digest)?)?,
            signing_certificate_v2(&Digest::of(&[&self.certificate]), named.clone())?,
        ])
        .map_err(&unreadable)?;
        let signature = self.key.sign_digest(&Digest::of(&[&to_der(&attributes, "signed attributes")?]))?;
        let signer = SignerInfo {
            version: CmsVersion::V1,
            sid: SignerIdentifier::IssuerAndSerialNumber(named),
            digest_alg: algorithm(asn1::SHA256),
            signed_attrs: Some(attributes),
            signature_algorithm: algorithm(asn1::ECDSA_WITH_SHA256),
            signature: OctetString::new(signature.to_der()).map_err(&unreadable)?,
            unsigned_attrs: None,
        };
        let bag = [own, root].map(CertificateChoices::Certificate).to_vec();
        let bag = if certificates { Some(bag.try_into().map_err(&unreadable)?) } else { None };
        let data = SignedData {
            version: CmsVersion::V3,
            digest_algorithms: SetOfVec::try_from(vec![algorithm(asn1::SHA256)]).map_err(&unreadable)?,
            encap_content_info: EncapsulatedContentInfo {
                econtent_type: asn1::TST_INFO,
                econtent: Some(encoded(&OctetString::new(content).map_err(&unreadable)?)?),
            },
            certificates: bag,
            crls: None,
            signer_infos: vec![signer].try_into().map_err(&unreadable)?,
        };
        let info = ContentInfo { content_type: asn1::SIGNED_DATA, content: encoded(&data)? };
        Ok(encoded(&info)?)
    }
}

/// A refusal: a sentence, and the bit of `PKIFailureInfo`.
fn refused(why: &str, bit: usize) -> Result<TimeStampResp, Flaw> {
    let mut bits = vec![0u8; bit / 8 + 1];
    bits[bit / 8] = 0x80 >> (bit % 8);
    let unused = u8::try_from(7 - bit % 8).unwrap_or_default();
    let failure = BitString::new(unused, bits).map_err(Flaw::unreadable("a refusal"))?;
    let status = PkiStatusInfo { status: 2, text: Some(vec![why.to_owned()]), failure: Some(failure) };
    Ok(TimeStampResp { status, token: None })
}

struct Profile {
    role: Role,
    subject: Name,
    issuer: Name,
}

fn name(role: Role) -> Result<Name, Flaw> {
    let who = match role {
        Role::Root => "Comity demonstration root",
        Role::Stamps => "Comity demonstration time stamps",
    };
    Name::from_str(&format!("CN={who},OU={NOTICE}")).map_err(Flaw::unreadable("a certificate's name"))
}

impl BuilderProfile for Profile {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }
    fn get_subject(&self) -> Name {
        self.subject.clone()
    }
    fn build_extensions(
        &self,
        own: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let root = matches!(self.role, Role::Root);
        let usage =
            if root { KeyUsages::KeyCertSign.into() } else { KeyUsages::DigitalSignature | KeyUsages::NonRepudiation };
        let constraints = BasicConstraints { ca: root, path_len_constraint: root.then_some(0) };
        let id = Digest::of(&[own.subject_public_key.raw_bytes()]);
        let id = SubjectKeyIdentifier(OctetString::new(&id.as_bytes()[..20])?);
        let mut list = vec![
            (true, &constraints).to_extension(&self.subject, &[])?,
            (true, &KeyUsage(usage)).to_extension(&self.subject, &[])?,
            (false, &id).to_extension(&self.subject, &[])?,
        ];
        if !root {
            let uses = ExtendedKeyUsage(vec![asn1::TIME_STAMPING]);
            list.push((true, &uses).to_extension(&self.subject, &[])?);
        }
        Ok(list)
    }
}

fn issue(
    role: Role,
    key: &P256Key,
    issuer: &P256Key,
    period: Period,
    rng: &mut dyn CryptoRng,
) -> Result<Vec<u8>, Failure> {
    let not_built = |why: x509_cert::builder::Error| Flaw::Unreadable { what: "a certificate", why: why.to_string() };
    let mut serial = [0u8; 16];
    rng.fill_bytes(&mut serial);
    serial[0] = serial[0] & 0x3f | 0x40;
    let serial = SerialNumber::new(&serial).map_err(Flaw::unreadable("a serial number"))?;
    let validity = Validity::new(time_of(period.from)?, time_of(period.until)?);
    let own: VerifyingKey = *key.public_key().verifying_key();
    let public =
        SubjectPublicKeyInfo::from_key(&own).map_err(|_| Flaw::CertificateForm("its public key cannot be written"))?;
    let profile = Profile { role, subject: name(role)?, issuer: name(Role::Root)? };
    let mut builder = CertificateBuilder::new(profile, serial, validity, public).map_err(not_built)?;
    let algorithm = Algorithm::new(*issuer.public_key().verifying_key());
    let signed = builder.finalize(&algorithm).map_err(not_built)?;
    let value = issuer.sign_digest(&Digest::of(&[&signed]))?;
    let value = BitString::from_bytes(&value.to_der()).map_err(Flaw::unreadable("a signature"))?;
    let certificate = builder.assemble(value, &algorithm).map_err(not_built)?;
    Ok(certificate.to_der().map_err(Flaw::unreadable("a certificate"))?)
}
