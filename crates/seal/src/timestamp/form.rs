//! The ASN.1 of RFC 3161: request, response, and what a token says. Written for our own, read from anybody.

use der::asn1::{Any, BitString, Int, ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _, Sequence, Tag, Tagged as _};
use spki::AlgorithmIdentifierOwned;
use terms::{Digest, Moment};
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::name::GeneralName;

use super::RESPONSE_BYTES_MAX;
use crate::{Flaw, asn1};

/// A digest, and by which algorithm.
#[derive(Debug, Clone, PartialEq, Eq, Sequence)]
pub struct MessageImprint {
    pub algorithm: AlgorithmIdentifierOwned,
    pub hash: OctetString,
}

impl MessageImprint {
    pub fn sha256(digest: &Digest) -> Result<Self, Flaw> {
        let hash = OctetString::new(*digest.as_bytes()).map_err(Flaw::unreadable("a digest"))?;
        Ok(Self { algorithm: asn1::algorithm(asn1::SHA256), hash })
    }
    /// Whether it is this SHA-256; whether its algorithm has NULL parameters or none is all the same (RFC 5754).
    pub fn is(&self, digest: &Digest) -> bool {
        self.algorithm.oid == asn1::SHA256 && self.hash.as_bytes() == digest.as_bytes()
    }
}

#[derive(Debug, Clone, Sequence)]
pub struct TimeStampReq {
    pub version: u8,
    pub imprint: MessageImprint,
    #[asn1(optional = "true")]
    pub policy: Option<ObjectIdentifier>,
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    #[asn1(default = "no")]
    pub certificates_wanted: bool,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub extensions: Option<Extensions>,
}

#[derive(Debug, Clone, Sequence)]
pub struct TimeStampResp {
    pub status: PkiStatusInfo,
    #[asn1(optional = "true")]
    pub token: Option<Any>,
}

#[derive(Debug, Clone, Sequence)]
pub struct PkiStatusInfo {
    pub status: u8,
    #[asn1(optional = "true")]
    pub text: Option<Vec<String>>,
    #[asn1(optional = "true")]
    pub failure: Option<BitString>,
}

/// What a token says (`TSTInfo`).
#[derive(Debug, Clone, Sequence)]
pub struct TstInfo {
    pub version: u8,
    pub policy: ObjectIdentifier,
    pub imprint: MessageImprint,
    pub serial: Int,
    /// GeneralizedTime, perhaps with fractions of a second, which the type of `der` does not take.
    pub time: Any,
    #[asn1(optional = "true")]
    pub accuracy: Option<Accuracy>,
    #[asn1(default = "no")]
    pub ordering: bool,
    #[asn1(optional = "true")]
    pub nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    pub authority: Option<GeneralName>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub extensions: Option<Extensions>,
}

#[derive(Debug, Clone, Sequence)]
pub struct Accuracy {
    #[asn1(optional = "true")]
    pub seconds: Option<u32>,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub millis: Option<u16>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    pub micros: Option<u16>,
}

fn no() -> bool {
    false
}

/// A positive integer of these bytes, the first of which is neither zero nor above 127.
pub fn integer(bytes: &[u8]) -> Result<Int, Flaw> {
    Int::new(bytes).map_err(Flaw::unreadable("an integer"))
}

/// The token of an answer, if the authority granted one.
pub fn granted(response: &[u8]) -> Result<Vec<u8>, Flaw> {
    if response.len() > RESPONSE_BYTES_MAX {
        let size = response.len();
        return Err(Flaw::TooLarge { what: "a time-stamp response", size, max: RESPONSE_BYTES_MAX });
    }
    let unreadable = Flaw::unreadable("a time-stamp response");
    let response = TimeStampResp::from_der(response).map_err(&unreadable)?;
    match (response.status.status, response.token) {
        (0 | 1, Some(token)) => token.to_der().map_err(unreadable),
        (0 | 1, None) => Err(Flaw::TimeStamp("it is granted, and there is no token".into())),
        (status, _) => {
            let said = response.status.text.unwrap_or_default().join("; ");
            let said: String = said.chars().filter(|c| !c.is_control()).take(300).collect();
            Err(Flaw::TimeStampRefused(if said.is_empty() { format!("status {status}") } else { said }))
        }
    }
}

/// The moments of a token: as stated, with fractions of a second cut; and the one by which the content existed for certain.
pub fn moments(info: &TstInfo) -> Result<(Moment, Moment), Flaw> {
    let refuse = || Flaw::TimeStamp("its time is no moment in UTC".into());
    if info.time.tag() != Tag::GeneralizedTime {
        return Err(refuse());
    }
    let text =
        std::str::from_utf8(info.time.value()).ok().and_then(|text| text.strip_suffix('Z')).ok_or_else(refuse)?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit()) => {
            (whole, fraction)
        }
        Some(_) => return Err(refuse()),
        None => (text, ""),
    };
    if whole.len() != 14 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return Err(refuse());
    }
    let part = |from: usize, to: usize| &whole[from..to];
    let (date, time) = ([part(0, 4), part(4, 6), part(6, 8)], [part(8, 10), part(10, 12), part(12, 14)]);
    let stated: Moment = format!("{}T{}Z", date.join("-"), time.join(":")).parse().map_err(|_| refuse())?;
    let begun = i64::from(fraction.bytes().any(|b| b != b'0'));
    let inaccurate = info.accuracy.as_ref().map_or(0, |accuracy| {
        let fraction = accuracy.millis.unwrap_or(0) > 0 || accuracy.micros.unwrap_or(0) > 0;
        i64::from(accuracy.seconds.unwrap_or(0)) + i64::from(fraction)
    });
    let by = Moment::from_unix(stated.unix() + begun + inaccurate).ok_or_else(refuse)?;
    Ok((stated, by))
}
