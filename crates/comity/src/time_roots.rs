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
        let pem = small(path)?;
        for one in CertificateDer::pem_slice_iter(&pem) {
            let one = one.map_err(|why| Ended::new(USAGE, format!("{}: {why}", path.display())))?;
            roots.push(one.to_vec());
        }
    }
    TimeRoots::new(roots).map_err(|flaw| Ended::new(USAGE, flaw))
}
