//! A token: CMS SignedData around what the authority says, read from anybody and verified by `rustls-webpki`.
//!
//! A token's signature does not cover all of it: certificates and further attributes stand outside, and anybody could change them. So what
//! an authority sent is [`ReceivedToken::pruned`] before it is kept: nothing is left but what was signed and the certificates between signer and root.
//! INVARIANT: [`ReceivedToken::verify`] accepts a pruned token only, so every bit of it counts.

use std::time::Duration;

use cms::cert::CertificateChoices;
use cms::content_info::{CmsVersion, ContentInfo};
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::{Any, ObjectIdentifier, OctetString, SetOfVec};
use der::{Decode as _, Encode as _};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use spki::AlgorithmIdentifierOwned;
use terms::Digest;
use webpki::aws_lc_rs as algorithms;
use webpki::{EndEntityCert, KeyUsage};
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::form::{self, TstInfo};
use super::{Stamped, TimeRoots, demonstration};
use crate::asn1::to_der;
use crate::cades::form::{EssCertIdV2, SigningCertificateV2, encoded, single};
use crate::{Flaw, asn1};

/// The bytes of `id-kp-timeStamping`, 1.3.6.1.5.5.7.3.8.
const TIME_STAMPING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 8];
/// So many certificates one token may carry.
const CERTIFICATES_MAX: usize = 8;

/// A token of the right form. Nothing is known yet about its truth.
#[derive(Debug, Clone)]
pub struct ReceivedToken {
    data: SignedData,
    /// Whether writing it again gives the same bytes. Not every authority sorts its certificates as DER asks.
    exact: bool,
    info: TstInfo,
    /// What the signer hashed: `TSTInfo` in DER.
    content: Vec<u8>,
    signer: SignerInfo,
    certificate: x509_cert::Certificate,
    certificates: Vec<Vec<u8>>,
}

impl ReceivedToken {
    /// Reads a token.
    pub fn parse(der: &[u8]) -> Result<Self, Flaw> {
        let unreadable = Flaw::unreadable("a time-stamp token");
        let refuse = |why: &str| Flaw::TimeStamp(why.to_owned());
        let info = ContentInfo::from_der(der).map_err(&unreadable)?;
        if info.content_type != asn1::SIGNED_DATA {
            return Err(refuse("it is not CMS SignedData"));
        }
        let data: SignedData = info.content.decode_as().map_err(&unreadable)?;
        if data.encap_content_info.econtent_type != asn1::TST_INFO {
            return Err(refuse("it does not contain a time-stamp"));
        }
        let content = data.encap_content_info.econtent.as_ref().ok_or_else(|| refuse("it is empty"))?;
        let content = content.decode_as::<OctetString>().map_err(&unreadable)?.into_bytes().to_vec();
        let info = TstInfo::from_der(&content).map_err(&unreadable)?;
        let exact = to_der(&info_of(&data)?, "a time-stamp token")? == der;
        if info.version != 1 || data.version != CmsVersion::V3 {
            return Err(refuse("it is of another version"));
        }
        let [signer] = data.signer_infos.0.as_slice() else {
            return Err(refuse("it does not have exactly one signer"));
        };
        let bag = data.certificates.as_ref().map(|bag| bag.0.as_slice()).unwrap_or_default();
        let plain = bag.iter().filter_map(|choice| match choice {
            CertificateChoices::Certificate(certificate) => Some(certificate),
            CertificateChoices::Other(_) => None,
        });
        let plain: Vec<_> = plain.take(CERTIFICATES_MAX + 1).collect();
        if plain.len() > CERTIFICATES_MAX {
            return Err(refuse("it carries too many certificates"));
        }
        let own = plain.iter().find(|certificate| names(&signer.sid, certificate));
        let certificate = (**own.ok_or_else(|| refuse("it does not carry the certificate of its signer"))?).clone();
        let certificates = plain.iter().map(|c| to_der(*c, "a certificate")).collect::<Result<_, _>>()?;
        let signer = signer.clone();
        check_algorithms(&data, &signer)?;
        Ok(Self { data, exact, info, content, signer, certificate, certificates })
    }
    /// The number that ties it to a question.
    pub fn nonce(&self) -> Option<&[u8]> {
        self.info.nonce.as_ref().map(|nonce| nonce.as_bytes())
    }
    /// Verifies that it stamps this SHA-256, that its signature holds, that one of the roots vouches for its signer, and that it was pruned.
    pub fn verify(&self, imprint: &Digest, roots: &TimeRoots) -> Result<Stamped, Flaw> {
        let (stamped, path) = self.check(imprint, roots)?;
        let more = self.signer.unsigned_attrs.is_some() || self.data.crls.is_some();
        if more || !self.exact || self.certificates.len() != path.len() {
            return Err(Flaw::TimeStamp("it is not pruned: it carries, outside what was signed, more than what vouches for it, or another spelling".into()));
        }
        Ok(stamped)
    }
    /// The same token with nothing in it that is not signed, but the certificates between its signer and one of the roots; after verifying it.
    pub fn pruned(&self, imprint: &Digest, roots: &TimeRoots) -> Result<(Vec<u8>, Stamped), Flaw> {
        let unreadable = Flaw::unreadable("a time-stamp token");
        let (stamped, path) = self.check(imprint, roots)?;
        let kept = path.iter().map(|der| x509_cert::Certificate::from_der(der).map(CertificateChoices::Certificate));
        let kept = kept.collect::<Result<Vec<_>, _>>().map_err(&unreadable)?;
        let mut data = self.data.clone();
        data.certificates = Some(kept.try_into().map_err(&unreadable)?);
        data.crls = None;
        let signer = SignerInfo { unsigned_attrs: None, ..self.signer.clone() };
        data.signer_infos = vec![signer].try_into().map_err(&unreadable)?;
        Ok((to_der(&info_of(&data)?, "a time-stamp token")?, stamped))
    }
    /// Answers, beside the receipt, the certificates from the signer's up to the one that a root issued.
    fn check(&self, imprint: &Digest, roots: &TimeRoots) -> Result<(Stamped, Vec<Vec<u8>>), Flaw> {
        if !self.info.imprint.is(imprint) {
            return Err(Flaw::TimeStamp("it is about something else: its digest differs".into()));
        }
        let (stated, by) = form::moments(&self.info)?;
        let own = CertificateDer::from(to_der(&self.certificate, "a certificate")?);
        let unreadable = |why: webpki::Error| Flaw::TimeStamp(format!("its certificate cannot be used: {why}"));
        let end = EndEntityCert::try_from(&own).map_err(unreadable)?;
        self.check_value(&end)?;
        self.check_for_stamping_alone()?;
        let others: Vec<CertificateDer<'_>> =
            self.certificates.iter().map(|der| CertificateDer::from(der.as_slice())).collect();
        let seconds = u64::try_from(stated.unix()).map_err(|_| Flaw::TimeStamp("its time lies before 1970".into()))?;
        let at = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        // The end of the path was asked above, strictly; what stands between may be silent about it, or must agree.
        let usage = KeyUsage::required_if_present(TIME_STAMPING);
        let anchors = roots.anchors();
        let path = end
            .verify_for_usage(webpki::ALL_VERIFICATION_ALGS, &anchors, &others, at, usage, None, None)
            .map_err(|why| Flaw::TimeStampUntrusted(why.to_string()))?;
        let between = path.intermediate_certificates().map(|certificate| certificate.der().to_vec());
        let path = std::iter::once(own.to_vec()).chain(between).collect();
        let authority = self.certificate.tbs_certificate().subject().to_string();
        let stamped = Stamped {
            by,
            stated,
            serial: hex::encode(self.info.serial.as_bytes()),
            policy: self.info.policy.to_string(),
            demonstration: authority.contains(demonstration::NOTICE),
            authority,
        };
        Ok((stamped, path))
    }
    fn check_value(&self, end: &EndEntityCert<'_>) -> Result<(), Flaw> {
        let refuse = |why: &str| Flaw::TimeStamp(why.to_owned());
        let unreadable = Flaw::unreadable("a time-stamp token");
        let (digest, candidates) = by_digest(self.signer.digest_alg.oid, &self.content)
            .ok_or_else(|| refuse("its digest algorithm is not SHA-256, SHA-384 or SHA-512"))?;
        let attributes = self.signer.signed_attrs.as_ref().ok_or_else(|| refuse("it has no signed attributes"))?;
        let list = attributes.as_slice();
        let stated: OctetString = single(list, asn1::MESSAGE_DIGEST)?.decode_as().map_err(&unreadable)?;
        if stated.as_bytes() != digest {
            return Err(refuse("what it says is not what was signed"));
        }
        let kind: ObjectIdentifier = single(list, asn1::CONTENT_TYPE)?.decode_as().map_err(&unreadable)?;
        let named: SigningCertificateV2 =
            single(list, asn1::SIGNING_CERTIFICATE_V2)?.decode_as().map_err(&unreadable)?;
        let own = to_der(&self.certificate, "a certificate")?;
        if kind != asn1::TST_INFO || !named.certificates.first().is_some_and(|first| is_of(first, &own)) {
            return Err(refuse("its signed attributes do not name its content and its certificate"));
        }
        let signed = SetOfVec::to_der(attributes).map_err(&unreadable)?;
        let value = self.signer.signature.as_bytes();
        let rsa = ![asn1::ECDSA_WITH_SHA256, asn1::ECDSA_WITH_SHA384, asn1::ECDSA_WITH_SHA512]
            .contains(&self.signer.signature_algorithm.oid);
        let candidates = if rsa { &candidates[3..] } else { &candidates[..3] };
        let holds = candidates.iter().any(|algorithm| end.verify_signature(*algorithm, &signed, value).is_ok());
        if holds { Ok(()) } else { Err(refuse("its signature does not verify under its certificate")) }
    }
    /// RFC 3161, section 2.3: the certificate is for time stamping, says so critically, and is for nothing else.
    fn check_for_stamping_alone(&self) -> Result<(), Flaw> {
        let unreadable = Flaw::unreadable("a time-stamping certificate");
        let found = self.certificate.tbs_certificate().get_extension::<x509_cert::ext::pkix::ExtendedKeyUsage>();
        match found.map_err(unreadable)? {
            Some((true, uses)) if uses.0.as_slice() == [asn1::TIME_STAMPING] => Ok(()),
            _ => Err(Flaw::TimeStamp("its certificate is not for time stamping alone".into())),
        }
    }
}

/// Whether an entry of signing-certificate-v2 is about this certificate.
fn is_of(entry: &EssCertIdV2, der: &[u8]) -> bool {
    let hash = match entry.algorithm.as_ref().map_or(asn1::SHA256, |algorithm| algorithm.oid) {
        asn1::SHA256 => Sha256::digest(der).to_vec(),
        asn1::SHA384 => Sha384::digest(der).to_vec(),
        asn1::SHA512 => Sha512::digest(der).to_vec(),
        _ => return false,
    };
    entry.hash.as_bytes() == hash
}

fn names(signer: &SignerIdentifier, certificate: &x509_cert::Certificate) -> bool {
    let tbs = certificate.tbs_certificate();
    match signer {
        SignerIdentifier::IssuerAndSerialNumber(named) => {
            named.issuer == *tbs.issuer() && named.serial_number == *tbs.serial_number()
        }
        SignerIdentifier::SubjectKeyIdentifier(id) => {
            matches!(tbs.get_extension::<SubjectKeyIdentifier>(), Ok(Some((_, own))) if own == *id)
        }
    }
}

fn info_of(data: &SignedData) -> Result<ContentInfo, Flaw> {
    Ok(ContentInfo { content_type: asn1::SIGNED_DATA, content: encoded(data)? })
}

/// Every place that names an algorithm names the same one, so that none of them says something that nobody relies on.
fn check_algorithms(data: &SignedData, signer: &SignerInfo) -> Result<(), Flaw> {
    let refuse = |why: &str| Err(Flaw::TimeStamp(why.to_owned()));
    let plain = |algorithm: &AlgorithmIdentifierOwned| algorithm.parameters.as_ref().is_none_or(|p| *p == Any::null());
    let [digest] = data.digest_algorithms.as_slice() else {
        return refuse("it does not name exactly one digest algorithm");
    };
    if *digest != signer.digest_alg || !plain(digest) || !plain(&signer.signature_algorithm) {
        return refuse("its algorithms differ from place to place, or have parameters");
    }
    let fits = match signer.signature_algorithm.oid {
        asn1::ECDSA_WITH_SHA256 | asn1::RSA_WITH_SHA256 => digest.oid == asn1::SHA256,
        asn1::ECDSA_WITH_SHA384 | asn1::RSA_WITH_SHA384 => digest.oid == asn1::SHA384,
        asn1::ECDSA_WITH_SHA512 | asn1::RSA_WITH_SHA512 => digest.oid == asn1::SHA512,
        asn1::RSA => true,
        _ => false,
    };
    let version = match signer.sid {
        SignerIdentifier::IssuerAndSerialNumber(_) => CmsVersion::V1,
        SignerIdentifier::SubjectKeyIdentifier(_) => CmsVersion::V3,
    };
    if !fits || signer.version != version {
        return refuse("its signature algorithm is neither ECDSA nor RSA with that digest, or its version is another");
    }
    Ok(())
}

type Algorithms = [&'static dyn SignatureVerificationAlgorithm; 4];

/// The digest of the content and the algorithms that use it. Which of them fits, the key says.
fn by_digest(oid: ObjectIdentifier, content: &[u8]) -> Option<(Vec<u8>, Algorithms)> {
    match oid {
        asn1::SHA256 => Some((
            Sha256::digest(content).to_vec(),
            [
                algorithms::ECDSA_P256_SHA256,
                algorithms::ECDSA_P384_SHA256,
                algorithms::ECDSA_P521_SHA256,
                algorithms::RSA_PKCS1_2048_8192_SHA256,
            ],
        )),
        asn1::SHA384 => Some((
            Sha384::digest(content).to_vec(),
            [
                algorithms::ECDSA_P256_SHA384,
                algorithms::ECDSA_P384_SHA384,
                algorithms::ECDSA_P521_SHA384,
                algorithms::RSA_PKCS1_2048_8192_SHA384,
            ],
        )),
        asn1::SHA512 => Some((
            Sha512::digest(content).to_vec(),
            [
                algorithms::ECDSA_P256_SHA512,
                algorithms::ECDSA_P384_SHA512,
                algorithms::ECDSA_P521_SHA512,
                algorithms::RSA_PKCS1_2048_8192_SHA512,
            ],
        )),
        _ => None,
    }
}
