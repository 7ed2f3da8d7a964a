//! The one form of a certificate: which fields vary, and how they are written and read.
//!
//! All that varies between two certificates stands in [`Fields`]; everything else is fixed here, and `parse` compares. The subject key
//! identifier is the first 20 bytes of SHA-256 over the point (RFC 7093, method 1, on the point rather than SHA-1).

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr as _;

use cms::cert::IssuerAndSerialNumber;
use der::Encode as _;
use der::asn1::{BitString, Ia5String, OctetString};
use p256::ecdsa::VerifyingKey;
use p256::ecdsa::signature::Keypair;
use serde::{Deserialize, Serialize};
use spki::{AlgorithmIdentifierOwned, DynSignatureAlgorithmIdentifier};
use terms::{AuthorityId, Digest};
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectAltName,
    SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension as _};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::Validity;

use super::issue::Period;
use crate::asn1::{self, moment_of, time_of};
use crate::{EcdsaSignature, Flaw, PublicKey};

/// The most names a TLS certificate may carry.
const TLS_NAMES_MAX: usize = 16;

/// What a certificate's key may be used for; written in the subject's organisational unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Issues the others and signs the card.
    Root,
    /// Seals acts, receipts and notices.
    Seal,
    /// Answers and calls over TLS.
    Tls,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Root, Self::Seal, Self::Tls];
    const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Seal => "seal",
            Self::Tls => "tls",
        }
    }
}
impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name under which a node is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TlsName {
    /// A host name in lower case.
    Dns(String),
    /// An address.
    Ip(IpAddr),
}

impl TlsName {
    fn well_formed(&self) -> bool {
        let label = |l: &str| {
            (1..=63).contains(&l.len())
                && l.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
                && !l.starts_with('-')
                && !l.ends_with('-')
        };
        match self {
            Self::Dns(name) => name.len() <= 253 && name.split('.').all(label) && name.parse::<IpAddr>().is_err(),
            Self::Ip(_) => true,
        }
    }
    fn general_name(&self) -> der::Result<GeneralName> {
        Ok(match self {
            Self::Dns(name) => GeneralName::DnsName(Ia5String::new(name)?),
            Self::Ip(address) => (*address).into(),
        })
    }
}

/// Names a key by what it hashes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyIdentifier([u8; 20]);

impl KeyIdentifier {
    /// The identifier of a public key.
    pub fn of(key: &PublicKey) -> Self {
        let digest = Digest::of(&[&key.to_sec1()]);
        let mut bytes = [0; 20];
        bytes.copy_from_slice(&digest.as_bytes()[..20]);
        Self(bytes)
    }
}

/// All that varies between two certificates.
#[derive(Debug, PartialEq, Eq)]
pub struct Fields {
    pub authority: AuthorityId,
    pub purpose: Purpose,
    pub serial: Vec<u8>,
    pub period: Period,
    pub public_key: PublicKey,
    pub issuer_key: KeyIdentifier,
    pub tls_names: Vec<TlsName>,
}

/// Stands where the builder wants a signer: it only needs to know the algorithm, since the key may be far away.
pub(crate) struct Algorithm(VerifyingKey);

impl Algorithm {
    pub(crate) fn new(key: VerifyingKey) -> Self {
        Self(key)
    }
}

impl Keypair for Algorithm {
    type VerifyingKey = VerifyingKey;
    fn verifying_key(&self) -> VerifyingKey {
        self.0
    }
}
impl DynSignatureAlgorithmIdentifier for Algorithm {
    fn signature_algorithm_identifier(&self) -> spki::Result<AlgorithmIdentifierOwned> {
        Ok(asn1::algorithm(asn1::ECDSA_WITH_SHA256))
    }
}

/// Names and extensions, for the builder.
struct Profile<'a> {
    fields: &'a Fields,
    subject: Name,
    issuer: Name,
}

impl BuilderProfile for Profile<'_> {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }
    fn get_subject(&self) -> Name {
        self.subject.clone()
    }
    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(extensions(self.fields, &self.subject)?)
    }
}

fn extensions(fields: &Fields, subject: &Name) -> der::Result<Vec<Extension>> {
    let root = fields.purpose == Purpose::Root;
    let usage = match fields.purpose {
        // The root signs certificates and the card; a card is neither certificate nor revocation list, so RFC 5280 asks for the first bit too.
        Purpose::Root => KeyUsages::DigitalSignature | KeyUsages::KeyCertSign | KeyUsages::CRLSign,
        Purpose::Seal => KeyUsages::DigitalSignature | KeyUsages::NonRepudiation,
        Purpose::Tls => KeyUsages::DigitalSignature.into(),
    };
    let constraints = BasicConstraints { ca: root, path_len_constraint: root.then_some(0) };
    let mut list =
        vec![(true, &constraints).to_extension(subject, &[])?, (true, &KeyUsage(usage)).to_extension(subject, &[])?];
    if fields.purpose == Purpose::Tls {
        let uses = ExtendedKeyUsage(vec![asn1::SERVER_AUTH, asn1::CLIENT_AUTH]);
        list.push((false, &uses).to_extension(subject, &[])?);
    }
    let own = SubjectKeyIdentifier(OctetString::new(KeyIdentifier::of(&fields.public_key).0)?);
    list.push((false, &own).to_extension(subject, &[])?);
    let issuing = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(fields.issuer_key.0)?),
        ..AuthorityKeyIdentifier::default()
    };
    list.push((false, &issuing).to_extension(subject, &[])?);
    let mut names =
        vec![GeneralName::UniformResourceIdentifier(Ia5String::new(&format!("comity:{}", fields.authority))?)];
    for name in &fields.tls_names {
        names.push(name.general_name()?);
    }
    list.push((false, &SubjectAltName(names)).to_extension(subject, &[])?);
    Ok(list)
}

fn distinguished_name(authority: &AuthorityId, purpose: Purpose) -> Result<Name, Flaw> {
    // RFC 4514 writes the most specific part first. An AuthorityId contains nothing that needs escaping.
    let text = format!("CN={authority},OU={purpose},C={}", authority.state().code());
    Name::from_str(&text).map_err(Flaw::unreadable("a certificate's name"))
}

fn serial_number(fields: &Fields) -> Result<SerialNumber, Flaw> {
    if fields.serial.is_empty() || fields.serial.len() > 20 {
        return Err(Flaw::CertificateForm("its serial number has not 1 to 20 bytes"));
    }
    SerialNumber::new(&fields.serial).map_err(Flaw::unreadable("a certificate's serial number"))
}

fn builder(fields: &Fields) -> Result<CertificateBuilder<Profile<'_>>, Flaw> {
    let well_formed = fields.tls_names.iter().all(TlsName::well_formed);
    let named = !fields.tls_names.is_empty() && fields.tls_names.len() <= TLS_NAMES_MAX;
    if !well_formed || named != (fields.purpose == Purpose::Tls) {
        return Err(Flaw::CertificateForm("a TLS certificate has 1 to 16 host names or addresses, another has none"));
    }
    if fields.period.until < fields.period.from {
        return Err(Flaw::CertificateForm("it ends before it begins"));
    }
    let validity = Validity::new(time_of(fields.period.from)?, time_of(fields.period.until)?);
    let public_key = SubjectPublicKeyInfo::from_key(fields.public_key.verifying_key())
        .map_err(|_| Flaw::CertificateForm("its public key cannot be written"))?;
    let profile = Profile {
        fields,
        subject: distinguished_name(&fields.authority, fields.purpose)?,
        issuer: distinguished_name(&fields.authority, Purpose::Root)?,
    };
    CertificateBuilder::new(profile, serial_number(fields)?, validity, public_key).map_err(not_built)
}

fn not_built(error: x509_cert::builder::Error) -> Flaw {
    Flaw::Unreadable { what: "a certificate's contents", why: error.to_string() }
}

/// The bytes over which the issuer signs.
pub fn to_be_signed(fields: &Fields) -> Result<Vec<u8>, Flaw> {
    builder(fields)?.finalize(&Algorithm(*fields.public_key.verifying_key())).map_err(not_built)
}

/// The whole certificate.
pub fn assemble(fields: &Fields, signature: &EcdsaSignature) -> Result<Vec<u8>, Flaw> {
    let algorithm = Algorithm(*fields.public_key.verifying_key());
    let mut builder = builder(fields)?;
    builder.finalize(&algorithm).map_err(not_built)?;
    let value = BitString::from_bytes(&signature.to_der()).map_err(Flaw::unreadable("a signature"))?;
    let certificate = builder.assemble(value, &algorithm).map_err(not_built)?;
    certificate.to_der().map_err(Flaw::unreadable("a certificate"))
}

/// How CMS names the certificate.
pub fn issuer_and_serial(fields: &Fields) -> Result<IssuerAndSerialNumber, Flaw> {
    let issuer = distinguished_name(&fields.authority, Purpose::Root)?;
    Ok(IssuerAndSerialNumber { issuer, serial_number: serial_number(fields)? })
}

/// Takes out what varies. That the rest is as it must be, the caller learns by writing it again.
pub fn read(certificate: &x509_cert::Certificate) -> Result<(Fields, EcdsaSignature), Flaw> {
    let unreadable = Flaw::unreadable("a certificate");
    let tbs = certificate.tbs_certificate();
    let algorithms = [certificate.signature_algorithm().oid, tbs.signature().oid];
    if algorithms.iter().any(|oid| *oid != asn1::ECDSA_WITH_SHA256) {
        return Err(Flaw::Algorithm);
    }
    let (authority, purpose) = subject(tbs.subject())?;
    let moment = |time| moment_of(time).ok_or(Flaw::CertificateForm("a moment that cannot be written"));
    let period = Period::new(moment(&tbs.validity().not_before)?, moment(&tbs.validity().not_after)?);
    let point = tbs.subject_public_key_info().subject_public_key.as_bytes();
    let public_key = PublicKey::from_sec1(point.unwrap_or_default())?;
    let (_, issuing) = tbs
        .get_extension::<AuthorityKeyIdentifier>()
        .map_err(&unreadable)?
        .ok_or(Flaw::CertificateForm("it does not name its issuing key"))?;
    let issuer_key = issuing.key_identifier.as_ref().and_then(|id| id.as_bytes().try_into().ok());
    let issuer_key = issuer_key.map(KeyIdentifier).ok_or(Flaw::CertificateForm("it does not name its issuing key"))?;
    let (_, names) = tbs
        .get_extension::<SubjectAltName>()
        .map_err(&unreadable)?
        .ok_or(Flaw::CertificateForm("it has no alternative name"))?;
    let signature = certificate.signature().as_bytes().unwrap_or_default();
    let signature = EcdsaSignature::from_der(signature)?;
    let serial = tbs.serial_number().as_bytes().to_vec();
    let tls_names = tls_names(&names)?;
    Ok((Fields { authority, purpose, serial, period, public_key, issuer_key, tls_names }, signature))
}

fn subject(name: &Name) -> Result<(AuthorityId, Purpose), Flaw> {
    let text = |oid| {
        let part = name.iter().find(|part| part.oid == oid);
        part.and_then(|part| std::str::from_utf8(part.value.value()).ok())
    };
    let authority = text(asn1::COMMON_NAME).and_then(|text| text.parse().ok());
    let purpose = text(asn1::UNIT_NAME).and_then(|text| Purpose::ALL.into_iter().find(|p| p.as_str() == text));
    match (authority, purpose) {
        (Some(authority), Some(purpose)) => Ok((authority, purpose)),
        (None, _) => Err(Flaw::CertificateForm("its common name is no authority")),
        (_, None) => Err(Flaw::CertificateForm("its organisational unit is not root, seal or tls")),
    }
}

fn tls_names(names: &SubjectAltName) -> Result<Vec<TlsName>, Flaw> {
    let other = Flaw::CertificateForm("it carries a name that is neither a host nor an address");
    let mut found = Vec::new();
    for name in names.0.iter().skip(1) {
        found.push(match name {
            GeneralName::DnsName(name) => TlsName::Dns(name.to_string()),
            GeneralName::IpAddress(bytes) => match *bytes.as_bytes() {
                [a, b, c, d] => TlsName::Ip([a, b, c, d].into()),
                ref other_length => match <[u8; 16]>::try_from(other_length) {
                    Ok(bytes) => TlsName::Ip(bytes.into()),
                    Err(_) => return Err(other),
                },
            },
            _ => return Err(other),
        });
    }
    Ok(found)
}
