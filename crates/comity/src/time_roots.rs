//! The roots of time-stamping authorities that somebody believes, from PEM files: what an operator configures and what a verifier names.

use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use seal::TimeRoots;

use crate::verify::small;
use crate::{Ended, USAGE};

/// Reads them all.
pub fn read<'p>(paths: impl IntoIterator<Item = &'p Path>) -> Result<TimeRoots, Ended> {
    let mut roots = Vec::new();
    for path in paths {
        roots.extend(certificates(path)?);
    }
    TimeRoots::new(roots).map_err(|flaw| Ended::new(USAGE, flaw))
}

/// The certificates (DER) in a PEM file, one at least.
pub fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, Ended> {
    let pem = small(path)?;
    let wrong = |why: &dyn std::fmt::Display| Ended::new(USAGE, format!("{}: {why}", path.display()));
    let read = CertificateDer::pem_slice_iter(&pem).map(|one| one.map(|one| one.to_vec()));
    let all = read.collect::<Result<Vec<_>, _>>().map_err(|why| wrong(&why))?;
    if all.is_empty() { Err(wrong(&"it holds no certificate")) } else { Ok(all) }
}
