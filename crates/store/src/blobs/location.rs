//! Which place: a folder, or `s3://bucket/prefix?endpoint=…&region=…`. Credentials never stand in it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, S3ConditionalPut};
use object_store::local::LocalFileSystem;
use object_store::path::Path;

use super::unusable;
use crate::StoreError;

/// The store, below what in it, and the folder if it is one.
pub(super) type Opened = (Box<dyn ObjectStore>, Path, Option<PathBuf>);

/// Where sealed exhibits lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlobLocation {
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket.
    S3 {
        /// Its name.
        bucket: String,
        /// Below which everything stands; may be empty.
        prefix: String,
        /// The server, `https://…`; absent for Amazon's own. Without encryption only on loopback, for tests.
        endpoint: Option<String>,
        /// The region; absent: what `AWS_REGION` says, or `us-east-1`.
        region: Option<String>,
    },
}

impl FromStr for BlobLocation {
    type Err = StoreError;
    fn from_str(text: &str) -> Result<Self, StoreError> {
        // What may be a secret is not repeated.
        let shown = if text.contains('@') { "the address of exhibits" } else { text };
        let refuse = |why: &str| StoreError::Location(format!("{shown}: {why}"));
        let Some(rest) = text.strip_prefix("s3://") else {
            return match text {
                "" => Err(refuse("it is empty")),
                _ if text.contains("://") => Err(refuse("neither a folder nor s3://")),
                _ => Ok(Self::Folder(text.into())),
            };
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        if bucket.is_empty() || bucket.contains('@') {
            return Err(refuse("it names no bucket, or carries credentials, which have no place there"));
        }
        let (mut endpoint, mut region) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("endpoint", url)) if encrypted_or_here(url) => endpoint = Some(url.to_owned()),
                Some(("endpoint", _)) => return Err(refuse("its endpoint is not https")),
                Some(("region", name)) => region = Some(name.to_owned()),
                _ => return Err(refuse("only “endpoint” and “region” may stand after the question mark")),
            }
        }
        Ok(Self::S3 { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned(), endpoint, region })
    }
}

/// Sealed bytes tell nobody anything, but requests carry who asks for what, so they are encrypted wherever they leave the machine.
fn encrypted_or_here(url: &str) -> bool {
    let here = |host: &str| {
        ["127.0.0.1", "localhost", "[::1]"].iter().any(|loopback| {
            host.strip_prefix(loopback).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
        })
    };
    !url.contains('@')
        && (url.strip_prefix("https://").is_some_and(|host| !host.is_empty())
            || url.strip_prefix("http://").is_some_and(here))
}

impl fmt::Display for BlobLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(path) => write!(f, "{}", path.display()),
            Self::S3 { bucket, prefix, .. } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

impl BlobLocation {
    pub(super) fn open(&self, credentials: Option<(&str, &str)>) -> Result<Opened, StoreError> {
        match self {
            Self::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|why| unusable(&format!("making the folder {}", folder.display()), why))?;
                let store = LocalFileSystem::new_with_prefix(folder)
                    .map_err(|why| unusable(&format!("opening the folder {}", folder.display()), why))?;
                // What was acknowledged survives the loss of power.
                Ok((Box::new(store.with_fsync(true)), Path::default(), Some(folder.clone())))
            }
            Self::S3 { bucket, prefix, endpoint, region } => {
                let mut builder = AmazonS3Builder::from_env()
                    .with_bucket_name(bucket)
                    .with_conditional_put(S3ConditionalPut::ETagMatch);
                if let Some((id, secret)) = credentials {
                    builder = builder.with_access_key_id(id).with_secret_access_key(secret);
                }
                if let Some(url) = endpoint {
                    builder = builder.with_endpoint(url).with_allow_http(url.starts_with("http://"));
                }
                if let Some(region) = region {
                    builder = builder.with_region(region);
                }
                let store = builder.build().map_err(|why| unusable(&format!("opening {self}"), why))?;
                Ok((Box::new(store), Path::from(prefix.as_str()), None))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket_and_carries_no_credentials() {
        assert_eq!(
            "/var/lib/comity/exhibits".parse::<BlobLocation>().expect("a folder"),
            BlobLocation::Folder("/var/lib/comity/exhibits".into())
        );
        let bucket: BlobLocation =
            "s3://evidence/es.moj/?endpoint=https://s3.example:9000&region=eu".parse().expect("a bucket");
        assert_eq!(bucket.to_string(), "s3://evidence/es.moj");
        for wrong in [
            "",
            "s3://",
            "s3:///x",
            "s3://key:secret@bucket",
            "s3://b?endpoint=http://s3.example",
            "s3://b?endpoint=https://",
            "s3://b?secret=x",
            "https://s3.example/b",
            "s3://b?endpoint=http://127.0.0.1.example",
            "s3://b?endpoint=https://u:p@s3.example",
        ] {
            assert!(wrong.parse::<BlobLocation>().is_err(), "{wrong:?} must be refused");
        }
        assert!("s3://b?endpoint=http://127.0.0.1:9000".parse::<BlobLocation>().is_ok());
    }
}
