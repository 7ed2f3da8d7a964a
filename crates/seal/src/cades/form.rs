//! The one form of a signature: which parts vary, and how they are written and read.
//!
//! The layout is the one that `openssl cms -sign -cades -binary -nosmimecap -md sha256` writes: RFC 5652 SignedData of
//! version 1, four signed attributes, the signer named by issuer and serial number, his certificate and nothing else beside it.

use cms::cert::{CertificateChoices, IssuerAndSerialNumber};
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{EncapsulatedContentInfo, SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode as _, Encode as _, Sequence};
use spki::AlgorithmIdentifierOwned;
use terms::{Digest, Moment};
use x509_cert::attr::{Attribute, Attributes};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::serial_number::SerialNumber;
use x509_cert::time::Time;

use crate::asn1::{self, moment_of, time_of, to_der};
use crate::{Certificate, EcdsaSignature, Flaw};

/// All that varies between two signatures.
#[derive(Debug, Clone)]
pub struct Parts {
    pub certificate: Certificate,
    pub content: Digest,
    pub time: Moment,
    pub signature: EcdsaSignature,
    pub timestamp: Option<Vec<u8>>,
}

/// `SigningCertificateV2` (RFC 5035); ours has one entry and leaves out what may be left out, SHA-256 being the default.
#[derive(Sequence)]
pub(crate) struct SigningCertificateV2 {
    pub certificates: Vec<EssCertIdV2>,
    #[asn1(optional = "true")]
    pub policies: Option<Any>,
}

#[derive(Sequence)]
pub(crate) struct EssCertIdV2 {
    #[asn1(optional = "true")]
    pub algorithm: Option<AlgorithmIdentifierOwned>,
    pub hash: OctetString,
    #[asn1(optional = "true")]
    pub issuer_serial: Option<IssuerSerial>,
}

#[derive(Sequence)]
pub(crate) struct IssuerSerial {
    issuer: Vec<GeneralName>,
    serial: SerialNumber,
}

fn unreadable(error: der::Error) -> Flaw {
    Flaw::Unreadable { what: "a signature", why: error.to_string() }
}

pub(crate) fn attribute(oid: ObjectIdentifier, value: Any) -> Result<Attribute, Flaw> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![value]).map_err(unreadable)? })
}

pub(crate) fn encoded<T: der::Tagged + der::EncodeValue>(value: &T) -> Result<Any, Flaw> {
    Any::encode_from(value).map_err(unreadable)
}

fn signing_certificate(certificate: &Certificate) -> Result<Attribute, Flaw> {
    signing_certificate_v2(certificate.fingerprint().digest(), certificate.issuer_and_serial().clone())
}

/// The attribute that names a certificate by its SHA-256, issuer and serial number.
pub(crate) fn signing_certificate_v2(hash: &Digest, named: IssuerAndSerialNumber) -> Result<Attribute, Flaw> {
    let hash = OctetString::new(*hash.as_bytes()).map_err(unreadable)?;
    let issuer_serial =
        Some(IssuerSerial { issuer: vec![GeneralName::DirectoryName(named.issuer)], serial: named.serial_number });
    let entry = EssCertIdV2 { algorithm: None, hash, issuer_serial };
    let value = SigningCertificateV2 { certificates: vec![entry], policies: None };
    attribute(asn1::SIGNING_CERTIFICATE_V2, encoded(&value)?)
}

fn signed_attributes(certificate: &Certificate, content: &Digest, time: Moment) -> Result<Attributes, Flaw> {
    let digest = OctetString::new(*content.as_bytes()).map_err(unreadable)?;
    let time = match time_of(time)? {
        Time::UtcTime(time) => encoded(&time)?,
        Time::GeneralTime(time) => encoded(&time)?,
    };
    SetOfVec::try_from(vec![
        attribute(asn1::CONTENT_TYPE, encoded(&asn1::DATA)?)?,
        attribute(asn1::SIGNING_TIME, time)?,
        attribute(asn1::MESSAGE_DIGEST, encoded(&digest)?)?,
        signing_certificate(certificate)?,
    ])
    .map_err(unreadable)
}

/// What the key signs: SHA-256 of the signed attributes in DER, as a SET OF (RFC 5652, section 5.4).
pub fn digest_to_sign(certificate: &Certificate, content: &Digest, time: Moment) -> Result<Digest, Flaw> {
    let attributes = signed_attributes(certificate, content, time)?;
    Ok(Digest::of(&[&to_der(&attributes, "signed attributes")?]))
}

/// The signature's bytes.
pub fn write(parts: &Parts) -> Result<Vec<u8>, Flaw> {
    let unsigned = match &parts.timestamp {
        None => None,
        Some(token) => {
            let token = Any::from_der(token).map_err(Flaw::unreadable("a time-stamp token"))?;
            Some(SetOfVec::try_from(vec![attribute(asn1::TIME_STAMP_TOKEN, token)?]).map_err(unreadable)?)
        }
    };
    let signer = SignerInfo {
        version: CmsVersion::V1,
        sid: SignerIdentifier::IssuerAndSerialNumber(parts.certificate.issuer_and_serial().clone()),
        digest_alg: asn1::algorithm(asn1::SHA256),
        signed_attrs: Some(signed_attributes(&parts.certificate, &parts.content, parts.time)?),
        signature_algorithm: asn1::algorithm(asn1::ECDSA_WITH_SHA256),
        signature: OctetString::new(parts.signature.to_der()).map_err(unreadable)?,
        unsigned_attrs: unsigned,
    };
    let data = SignedData {
        version: CmsVersion::V1,
        digest_algorithms: SetOfVec::try_from(vec![asn1::algorithm(asn1::SHA256)]).map_err(unreadable)?,
        encap_content_info: EncapsulatedContentInfo { econtent_type: asn1::DATA, econtent: None },
        certificates: Some(
            vec![CertificateChoices::Certificate(parts.certificate.parsed().clone())].try_into().map_err(unreadable)?,
        ),
        crls: None,
        signer_infos: vec![signer].try_into().map_err(unreadable)?,
    };
    to_der(&ContentInfo { content_type: asn1::SIGNED_DATA, content: encoded(&data)? }, "a signature")
}

/// Takes out what varies, then writes it again and compares. The checks before that only give the refusal a name. A certificate that is
/// among the `known` is not read again.
pub fn read(der: &[u8], known: &[Certificate]) -> Result<Parts, Flaw> {
    let form = |rule| Err(Flaw::SignatureForm(rule));
    let info = ContentInfo::from_der(der).map_err(unreadable)?;
    if info.content_type != asn1::SIGNED_DATA {
        return form("it is not CMS SignedData");
    }
    let data: SignedData = info.content.decode_as().map_err(unreadable)?;
    if data.encap_content_info.econtent.is_some() {
        return form("it carries the content, which must stand beside it");
    }
    if data.crls.is_some() {
        return form("it carries revocation lists");
    }
    let bag = data.certificates.as_ref().map(|bag| bag.0.as_slice()).unwrap_or_default();
    let [CertificateChoices::Certificate(certificate)] = bag else {
        return form("it does not carry exactly one certificate");
    };
    let [signer] = data.signer_infos.0.as_slice() else {
        return form("it does not have exactly one signer");
    };
    if signer.digest_alg.oid != asn1::SHA256 || signer.signature_algorithm.oid != asn1::ECDSA_WITH_SHA256 {
        return Err(Flaw::Algorithm);
    }
    let certificate = match known.iter().find(|known| known.parsed() == certificate) {
        Some(known) => known.clone(),
        None => Certificate::parse(&to_der(certificate, "a certificate")?)?,
    };
    let attributes = signer.signed_attrs.as_ref().map(SetOfVec::as_slice).unwrap_or_default();
    let digest: OctetString = single(attributes, asn1::MESSAGE_DIGEST)?.decode_as().map_err(unreadable)?;
    let Some(content) = Digest::from_slice(digest.as_bytes()) else {
        return form("its message digest has not 32 bytes");
    };
    let time = to_der(single(attributes, asn1::SIGNING_TIME)?, "a signing time")?;
    let time = Time::from_der(&time).map_err(unreadable)?;
    let Some(time) = moment_of(&time) else {
        return form("its signing time cannot be written");
    };
    single(attributes, asn1::CONTENT_TYPE)?;
    if single(attributes, asn1::SIGNING_CERTIFICATE_V2)? != &signing_certificate(&certificate)?.values.as_slice()[0] {
        return form("its signing-certificate-v2 does not name the certificate it carries");
    }
    let parts = Parts {
        content,
        time,
        certificate,
        signature: EcdsaSignature::from_der(signer.signature.as_bytes())?,
        timestamp: timestamp(signer)?,
    };
    if write(&parts)? != der {
        return form("written again from its contents, it differs");
    }
    Ok(parts)
}

/// The only value of the only attribute of this kind.
pub(crate) fn single(attributes: &[Attribute], oid: ObjectIdentifier) -> Result<&Any, Flaw> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    match (found.next().map(|attribute| attribute.values.as_slice()), found.next()) {
        (Some([value]), None) => Ok(value),
        _ => Err(Flaw::SignatureForm("a required signed attribute does not stand there exactly once")),
    }
}

fn timestamp(signer: &SignerInfo) -> Result<Option<Vec<u8>>, Flaw> {
    let Some(attributes) = &signer.unsigned_attrs else {
        return Ok(None);
    };
    let [Attribute { oid: asn1::TIME_STAMP_TOKEN, values }] = attributes.as_slice() else {
        return Err(Flaw::SignatureForm("an unsigned attribute other than one time-stamp token"));
    };
    let [token] = values.as_slice() else {
        return Err(Flaw::SignatureForm("an unsigned attribute other than one time-stamp token"));
    };
    let token = token.to_der().map_err(unreadable)?;
    let info = ContentInfo::from_der(&token).map_err(Flaw::unreadable("a time-stamp token"))?;
    if info.content_type != asn1::SIGNED_DATA || info.to_der().map_err(unreadable)? != token {
        return Err(Flaw::SignatureForm("its time-stamp token is not CMS SignedData"));
    }
    Ok(Some(token))
}
