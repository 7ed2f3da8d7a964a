//! Which time-stamping authorities a reader believes: a list of root certificates that it chose.

use rustls_pki_types::{CertificateDer, TrustAnchor};

use crate::Flaw;

/// So many roots may be given.
const ROOTS_MAX: usize = 256;

/// Root certificates under which tokens are believed. Empty: no token is.
#[derive(Debug, Clone, Default)]
pub struct TimeRoots(Vec<CertificateDer<'static>>);

impl TimeRoots {
    /// From certificates in DER; refuses what is no certificate.
    pub fn new(certificates: impl IntoIterator<Item = Vec<u8>>) -> Result<Self, Flaw> {
        let mut roots = Vec::new();
        for der in certificates {
            let der = CertificateDer::from(der);
            webpki::anchor_from_trusted_cert(&der)
                .map_err(|why| Flaw::Unreadable { what: "a time-stamping authority's root", why: why.to_string() })?;
            roots.push(der);
        }
        if roots.len() > ROOTS_MAX {
            return Err(Flaw::TooLarge { what: "the list of time-stamping roots", size: roots.len(), max: ROOTS_MAX });
        }
        Ok(Self(roots))
    }
    /// Whether none was given, so that nothing can be said about any token.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub(super) fn anchors(&self) -> Vec<TrustAnchor<'_>> {
        // Each was readable when it was given.
        self.0.iter().filter_map(|der| webpki::anchor_from_trusted_cert(der).ok()).collect()
    }
}
