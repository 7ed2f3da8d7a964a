//! Where the database is, and whom that makes us trust.
//!
//! A path means SQLite. A `postgres://` address means PostgreSQL; three of its parameters are read here:
//!
//! | parameter | meaning |
//! |---|---|
//! | `sslmode=disable` | no TLS. The default on a Unix socket or loopback; elsewhere it must be said |
//! | `sslmode=require`, `verify-ca`, `verify-full` | TLS; certificate *and* name are always checked. The default elsewhere |
//! | `sslrootcert=FILE` | the PEM file of the authorities that may vouch for the server. There is no built-in list |
//! | `passfile=FILE` | the file whose first line is the password, so that no address holds a secret |
//!
//! `prefer` and `allow` are refused: whoever sits between could then choose that nothing is encrypted.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use postgres::config::{Host, SslMode};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::{Access, Connect, postgres as pg, sqlite};
use crate::StoreError;

/// Where the database is.
#[derive(Clone)]
pub struct Location(Kind);

#[derive(Clone)]
enum Kind {
    Sqlite(PathBuf),
    Postgres { config: Box<postgres::Config>, tls: Option<Arc<rustls::ClientConfig>> },
}

impl Location {
    /// An SQLite file.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Kind::Sqlite(path.into()))
    }

    /// The SQLite file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        match &self.0 {
            Kind::Sqlite(path) => Some(path),
            Kind::Postgres { .. } => None,
        }
    }

    pub(crate) fn connector(&self) -> Connect {
        match self.0.clone() {
            Kind::Sqlite(path) => Box::new(move |access| sqlite::connect(&path, access)),
            Kind::Postgres { config, tls } => {
                Box::new(move |access: Access| pg::connect(&config, tls.as_deref(), access))
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Sqlite(path) => write!(f, "SQLite at {}", path.display()),
            Kind::Postgres { config, tls } => {
                let how = if tls.is_some() { "over TLS" } else { "without TLS" };
                write!(f, "PostgreSQL at {:?}, {how}", config.get_hosts())
            }
        }
    }
}

fn refused(why: impl fmt::Display) -> StoreError {
    StoreError::Location(why.to_string())
}

impl FromStr for Location {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres_location(text);
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err(refused("it is neither a path nor postgres://…"));
        }
        Ok(Self::file(path))
    }
}

fn postgres_location(text: &str) -> Result<Location, StoreError> {
    let (address, query) = text.split_once('?').unwrap_or((text, ""));
    let (mut mode, mut roots, mut pass, mut rest) = (None, None, None, Vec::new());
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "sslmode" => mode = Some(value.to_owned()),
            "sslrootcert" => roots = Some(decoded(value)?),
            "passfile" => pass = Some(decoded(value)?),
            _ => rest.push(pair),
        }
    }
    let plain = if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) };
    // The library's words may repeat the address, and with it a password: they are not repeated here.
    let mut config: postgres::Config =
        plain.parse().map_err(|_| refused("it is not a well-formed postgres:// address"))?;
    if let Some(file) = pass {
        let text = std::fs::read_to_string(&file).map_err(|error| refused(format!("passfile {file}: {error}")))?;
        config.password(text.lines().next().unwrap_or_default());
    }
    if config.get_hosts().is_empty() {
        return Err(refused("it names no host"));
    }
    let tls = match mode.as_deref() {
        Some("disable") => false,
        Some("require" | "verify-ca" | "verify-full") => true,
        None => !config.get_hosts().iter().all(is_here),
        Some("prefer" | "allow") => {
            return Err(refused(
                "sslmode prefer and allow let anybody between turn encryption off; say require or disable",
            ));
        }
        Some(_) => return Err(refused("sslmode is one of disable, require, verify-ca, verify-full")),
    };
    let tls = if tls {
        let roots = roots.ok_or_else(|| refused("TLS needs sslrootcert=FILE: who may vouch for the server"))?;
        config.ssl_mode(SslMode::Require);
        Some(Arc::new(tls_config(&roots)?))
    } else {
        config.ssl_mode(SslMode::Disable);
        None
    };
    config.application_name("comity");
    config.connect_timeout(std::time::Duration::from_secs(10));
    Ok(Location(Kind::Postgres { config: Box::new(config), tls }))
}

fn is_here(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn tls_config(file: &str) -> Result<rustls::ClientConfig, StoreError> {
    let wrong = |error: String| refused(format!("sslrootcert {file}: {error}"));
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(wrong("it holds no certificate".into()));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Undoes percent-encoding in a file name.
fn decoded(text: &str) -> Result<String, StoreError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let value = digits.and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(value.ok_or_else(|| refused("a % is not followed by two hexadecimal digits"))?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|_| refused("a file name is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_whom_it_trusts_or_is_refused() {
        let cases = [
            ("node.db", Ok("SQLite at node.db")),
            ("sqlite:/var/lib/comity/node.db", Ok("SQLite at /var/lib/comity/node.db")),
            ("postgres://comity@127.0.0.1/comity", Ok("without TLS")),
            ("postgres://comity@%2Frun%2Fpostgresql/comity", Ok("without TLS")),
            ("postgres://comity@db.example/comity?sslmode=disable", Ok("without TLS")),
            ("postgres://comity@db.example/comity", Err("sslrootcert")),
            ("postgres://comity@127.0.0.1/comity?sslmode=require", Err("sslrootcert")),
            ("postgres://comity@db.example/comity?sslmode=prefer", Err("turn encryption off")),
            ("postgres://comity@db.example/comity?sslmode=sometimes", Err("sslmode is one of")),
            ("postgres://comity@db.example/c?sslmode=require&sslrootcert=%2Fnowhere", Err("sslrootcert /nowhere")),
            ("postgres://comity@db.example/c?sslmode=require&sslrootcert=%zz", Err("hexadecimal")),
            ("postgres://comity@127.0.0.1/c?passfile=/nowhere", Err("passfile /nowhere")),
            ("postgres:///comity", Err("no host")),
            ("mysql://host/db", Err("neither a path")),
            ("", Err("neither a path")),
        ];
        for (text, expected) in cases {
            match (text.parse::<Location>(), expected) {
                (Ok(location), Ok(part)) => assert!(location.to_string().contains(part), "{text}: {location}"),
                (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text}: {error}"),
                (found, _) => panic!("{text}: {found:?}"),
            }
        }
    }

    #[test]
    fn a_password_is_never_repeated() {
        for text in ["postgres://comity:geheim@127.0.0.1/comity", "postgres://comity:geheim@127.0.0.1:port/comity"] {
            assert!(!format!("{:?}", text.parse::<Location>()).contains("geheim"), "{text}");
        }
    }
}
