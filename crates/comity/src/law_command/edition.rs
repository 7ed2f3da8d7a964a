//! A law base as one document: made from a folder, signed by a publisher, loaded into a running node (`docs/spec/law-base.md`).
//!
//! What is signed here was opened before, by the rules that a node applies: nobody signs what no node would take.

use std::path::{Path, PathBuf};

use clap::Args;
use keys::Keyring;
use law::edition::{DOCUMENT_BYTES_MAX, open};
use law::{Base, Edition, LawVersion};
use seal::{Certificate, Signer as _, cades};

use crate::client::Reach;
use crate::client::show::text;
use crate::config::{Config, Source};
use crate::serve::in_use::InUse;
use crate::serve::{KEYS_LOCK, lock::Lock};
use crate::{Ended, FAILURE, INCOMPLETE, NOT_FOUND, USAGE, fault, init, key_command, now, say};

/// Print a law base as one document.
#[derive(Args)]
pub struct Export {
    /// The folder of another law base than the one that is built in, with the files of `law/`.
    #[arg(long, value_name = "FOLDER")]
    from: Option<PathBuf>,
}

/// Sign a law base, as its publisher, with the seal of an authority.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  comity law export --from law > 2026-12.law.json
  comity law sign 2026-12.law.json --config /srv/es.law/comity.toml --certificate es.law.pem

The signature is written beside the document, as 2026-12.law.json.p7s. Give both to operators by any channel, and the certificate once, its
fingerprint over a second one. It needs the keyring of the configuration and no running node.")]
pub struct Sign {
    /// The document, as `comity law export` prints it.
    document: PathBuf,
    #[command(flatten)]
    source: Source,
    /// Also write the certificate that operators name in law.publishers_file, in PEM, to a new file.
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
}

/// Load a law base that a publisher signed into a running node.
#[derive(Args)]
#[command(after_long_help = "\
Example:
  comity law load 2026-12.law.json

The node rules by it from now on and after a restart. It refuses what no publisher of law.publishers_file signed, what is older than the one in
use, and what the linter finds fault with.")]
pub struct Load {
    /// The document.
    document: PathBuf,
    /// The detached signature; otherwise the document's name with .p7s behind it.
    #[arg(long, value_name = "FILE")]
    signature: Option<PathBuf>,
    #[command(flatten)]
    reach: Reach,
}

impl Export {
    /// Prints it.
    pub fn run(self) -> Result<(), Ended> {
        let document = match &self.from {
            None => Edition::of(Base::embedded_files()),
            Some(folder) => {
                let files = collect(folder)?;
                let borrowed: Vec<(&str, &str)> =
                    files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
                Edition::of(&borrowed)
            }
        };
        let document =
            document.map_err(|why| Ended::coded(INCOMPLETE, why.code(), format!("This is no law base: {why}.")))?;
        // canonical JSON is one line of UTF-8; a reader that drops the last line feed has the bytes to sign
        say(String::from_utf8_lossy(document.bytes()));
        Ok(())
    }
}

/// The files of a law base below a folder: no cases, no prose.
fn collect(folder: &Path) -> Result<Vec<(String, String)>, Ended> {
    let unreadable = |path: &Path, why: std::io::Error| {
        let code = if why.kind() == std::io::ErrorKind::NotFound { NOT_FOUND } else { FAILURE };
        Ended::new(code, format!("{} cannot be read: {why}", path.display()))
    };
    let list = |folder: &Path| -> Result<Vec<PathBuf>, Ended> {
        let entries = std::fs::read_dir(folder).map_err(|why| unreadable(folder, why))?;
        entries.map(|entry| entry.map(|entry| entry.path()).map_err(|why| unreadable(folder, why))).collect()
    };
    let (folders, mut all): (Vec<PathBuf>, Vec<PathBuf>) = list(folder)?.into_iter().partition(|path| path.is_dir());
    for inner in folders.iter().filter(|inner| !inner.ends_with("cases")) {
        all.extend(list(inner)?.into_iter().filter(|path| path.is_file()));
    }
    let data = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "toml" || ending == "csv");
    let one = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).map_err(|why| unreadable(&path, why))?;
        let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        Ok((name, text))
    };
    all.into_iter().filter(data).map(one).collect()
}

/// A document as it was made, without the line feed that `export` prints behind it.
fn read(path: &Path) -> Result<Vec<u8>, Ended> {
    let mut bytes = small(path, DOCUMENT_BYTES_MAX + 1)?;
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    Ok(bytes)
}

fn small(path: &Path, most: usize) -> Result<Vec<u8>, Ended> {
    use std::io::Read as _;
    let unreadable = |why: std::io::Error| {
        let code = if why.kind() == std::io::ErrorKind::NotFound { NOT_FOUND } else { USAGE };
        Ended::new(code, format!("{} cannot be read: {why}", path.display()))
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > most {
        return Err(Ended::new(USAGE, format!("{} is larger than any such file.", path.display())));
    }
    Ok(bytes)
}

/// `FILE.p7s`.
fn beside(document: &Path) -> PathBuf {
    let mut name = document.as_os_str().to_owned();
    name.push(".p7s");
    name.into()
}

impl Sign {
    /// Opens the document as a node would, and signs it.
    pub fn run(self) -> Result<(), Ended> {
        let document = read(&self.document)?;
        let (base, ()) = open(&document, |_| Ok::<(), std::convert::Infallible>(()), None).map_err(|why| {
            Ended::coded(INCOMPLETE, why.code(), format!("{} is not signed: {why}.", self.document.display()))
        })?;
        let (config, now) = (Config::load(&self.source)?, now()?);
        let _nobody = Lock::take(&config.data.join(KEYS_LOCK), "The keyring")?;
        let keyring = Keyring::open(&config.keys).map_err(fault)?;
        let card = key_command::held(&keyring)?;
        let seal = InUse::of(&card, now)
            .seal
            .ok_or_else(|| Ended::new(USAGE, "The card names no seal that is in use now."))?;
        let signer = keyring.seal(&seal, &config.node_secret.read().map_err(fault)?).map_err(fault)?;
        let signature = cades::sign(&document, &signer, now).map_err(|why| Ended::new(FAILURE, why))?;
        let file = beside(&self.document);
        init::write_new(&file, &signature, 0o644)?;
        if let Some(path) = &self.certificate {
            init::write_new(path, pem(signer.certificate()).as_bytes(), 0o644)?;
        }
        say(format!("{} is signed by {}: {}", base.version(), card.authority(), file.display()));
        say(format!("The certificate's fingerprint, for reading aloud:\n\n{}", seal.for_reading_aloud()));
        Ok(())
    }
}

/// A certificate in PEM (RFC 7468).
fn pem(certificate: &Certificate) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(certificate.der());
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|from| &text[from..text.len().min(from + 64)]).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

impl Load {
    /// Hands both to the node.
    pub fn run(self) -> Result<(), Ended> {
        use base64::Engine as _;
        let signature = self.signature.unwrap_or_else(|| beside(&self.document));
        let both =
            read(&self.document).and_then(|document| Ok((document, small(&signature, cades::SIGNATURE_BYTES_MAX)?)));
        let (document, signature) = both.map_err(|ended| ended.told(self.reach.json))?;
        let signature = base64::engine::general_purpose::STANDARD.encode(signature);
        let client = self.reach.client()?;
        let loaded = client.post_bytes("/law/base", document, &[("comity-signature", signature.as_str())])?;
        client.print(&loaded, |law| {
            let by = &law["publisher"];
            let version: Option<LawVersion> = serde_json::from_value(law["version"].clone()).ok();
            let version = version.map_or_else(|| text(&law["version"]), |version| version.to_string());
            format!(
                "The node rules by law base {version}, signed by {} on {}.",
                text(&by["authority"]),
                text(&by["signed_at"])
            )
        });
        Ok(())
    }
}
