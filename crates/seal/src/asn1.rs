//! Small helpers around DER: object identifiers by name, and moments as X.509 times.

use std::time::Duration;

use der::DateTime;
use der::asn1::ObjectIdentifier;
use spki::AlgorithmIdentifierOwned;
use terms::Moment;
use x509_cert::time::Time;

use crate::Flaw;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// `ecdsa-with-SHA256`
pub(crate) const ECDSA_WITH_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
/// `ecdsa-with-SHA384`
pub(crate) const ECDSA_WITH_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
/// `ecdsa-with-SHA512`
pub(crate) const ECDSA_WITH_SHA512: ObjectIdentifier = oid("1.2.840.10045.4.3.4");
/// `rsaEncryption`, which leaves the digest to be named beside it
pub(crate) const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
/// `sha256WithRSAEncryption`
pub(crate) const RSA_WITH_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
/// `sha384WithRSAEncryption`
pub(crate) const RSA_WITH_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
/// `sha512WithRSAEncryption`
pub(crate) const RSA_WITH_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");
/// `id-sha256`
pub(crate) const SHA256: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.1");
/// `id-sha384`
pub(crate) const SHA384: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.2");
/// `id-sha512`
pub(crate) const SHA512: ObjectIdentifier = oid("2.16.840.1.101.3.4.2.3");
/// `id-ct-TSTInfo`
pub(crate) const TST_INFO: ObjectIdentifier = oid("1.2.840.113549.1.9.16.1.4");
/// `id-kp-timeStamping`
pub(crate) const TIME_STAMPING: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.8");
/// `id-data`
pub(crate) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
/// `id-signedData`
pub(crate) const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
/// `id-contentType`
pub(crate) const CONTENT_TYPE: ObjectIdentifier = oid("1.2.840.113549.1.9.3");
/// `id-messageDigest`
pub(crate) const MESSAGE_DIGEST: ObjectIdentifier = oid("1.2.840.113549.1.9.4");
/// `id-signingTime`
pub(crate) const SIGNING_TIME: ObjectIdentifier = oid("1.2.840.113549.1.9.5");
/// `id-aa-signingCertificateV2`
pub(crate) const SIGNING_CERTIFICATE_V2: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.47");
/// `id-aa-timeStampToken`
pub(crate) const TIME_STAMP_TOKEN: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.14");
/// `id-kp-serverAuth`
pub(crate) const SERVER_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.1");
/// `id-kp-clientAuth`
pub(crate) const CLIENT_AUTH: ObjectIdentifier = oid("1.3.6.1.5.5.7.3.2");
/// `id-at-commonName`
pub(crate) const COMMON_NAME: ObjectIdentifier = oid("2.5.4.3");
/// `id-at-organizationalUnitName`
pub(crate) const UNIT_NAME: ObjectIdentifier = oid("2.5.4.11");

/// An algorithm without parameters, as RFC 5754 and RFC 5758 ask for.
pub(crate) const fn algorithm(oid: ObjectIdentifier) -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid, parameters: None }
}

/// The X.509 time of a moment: UTCTime until 2049, GeneralizedTime from 2050. Moments before 1970 have none.
pub(crate) fn time_of(moment: Moment) -> Result<Time, Flaw> {
    let before_1970 = Flaw::CertificateForm("a moment before 1970");
    let seconds = u64::try_from(moment.unix()).map_err(|_| before_1970.clone())?;
    DateTime::from_unix_duration(Duration::from_secs(seconds)).map(Time::from).map_err(|_| before_1970)
}

/// The moment of an X.509 time.
pub(crate) fn moment_of(time: &Time) -> Option<Moment> {
    i64::try_from(time.to_unix_duration().as_secs()).ok().and_then(Moment::from_unix)
}

/// Encodes what was built here; a failure would mean a length beyond what DER can hold.
pub(crate) fn to_der(value: &impl der::Encode, what: &'static str) -> Result<Vec<u8>, Flaw> {
    value.to_der().map_err(Flaw::unreadable(what))
}
