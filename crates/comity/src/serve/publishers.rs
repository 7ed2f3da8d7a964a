//! Whose law bases the node may load: certificates from a file that the operator names, and what is done with the law base that is kept.
//!
//! Nothing here says what a certificate must be: the node refuses what is none of a seal.

use std::path::Path;

use node::Node;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use seal::Certificate;

use super::trouble;
use crate::{Ended, USAGE};

/// Reads the certificates of a file in PEM; none without a file.
pub fn read(file: Option<&Path>) -> Result<Vec<Certificate>, Ended> {
    let Some(file) = file else { return Ok(vec![]) };
    let wrong =
        |why: &dyn std::fmt::Display| Ended::new(USAGE, format!("law.publishers_file: {}: {why}", file.display()));
    let text = std::fs::read(file).map_err(|why| wrong(&why))?;
    let ders = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>().map_err(|why| wrong(&why))?;
    if ders.is_empty() {
        return Err(wrong(&"it holds no certificate in PEM"));
    }
    ders.iter().map(|der| Certificate::parse(der)).collect::<Result<_, _>>().map_err(|flaw| wrong(&flaw))
}

/// Names them to the node. That a law base which is kept cannot be used any more is told, and no reason not to run.
pub fn name(node: &Node, publishers: Vec<Certificate>) -> Result<(), Ended> {
    if let Some(why) = node.trust_publishers(publishers).map_err(trouble)? {
        tracing::error!(%why, "the law base that was loaded is not used; the one that is built in is");
    }
    Ok(())
}
