//! `comity init`: founds an authority on this machine. Root, node keys, card, configuration and, if wanted, the first operator.
//!
//! It asks nothing but a passphrase, at a terminal. Secrets are named by reference; where a key file is to be made, it is made closed to others. What is wrong with the
//! arguments is said before anything is written; keys are made last but one, so that what cannot be founded leaves no key behind.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use clap::Args;
use keys::authority::Validity;
use keys::{Founded, Founding, SecretSource};
use seal::TlsName;
use seal::certificate::Period;
use serde_json::json;
use store::Location;
use terms::{AuthorityId, Moment};

use crate::config::{Config, PEOPLE_LISTEN, Sample, Source};
use crate::person_command::{self, TokenTo};
use crate::{Ended, FAILURE, USAGE, fault, now, passphrase, say};

/// The procedures that this edition speaks.
const PROCEDURES: [&str; 2] = ["assistance/1", "consultation/1"];
const YEAR: i64 = 366 * 86_400;

/// Found an authority: keys, card and configuration in a new folder.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity init es.moj --folder /var/lib/comity --name es=\"Ministerio de Justicia\" --name en=\"Ministry of Justice\" \\
      --endpoint https://comity.example.es:8443 \\
      --root-secret passphrase-file:/media/ceremony/root.txt --make-node-key /etc/comity/node.key \\
      --operator ana.ruiz --operator-name \"Ana Ruiz\" --operator-token /etc/comity/ana.token

What is made: FOLDER/comity.toml, FOLDER/keys/, FOLDER/AUTHORITY.card.json and an empty FOLDER/node.db.
Nothing is ever overwritten. Afterwards take the root offline: `comity key take-root-offline`.")]
pub struct Init {
    /// The authority, for example es.moj: the State's code, a dot, a name.
    pub authority: AuthorityId,
    /// The folder; it must not hold a node yet.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// The authority's name in a language; may be repeated.
    #[arg(long = "name", value_name = "LANGUAGE=NAME", value_parser = name, required = true)]
    pub names: Vec<(String, String)>,
    /// A language in which the authority works, the preferred one first; may be repeated. Otherwise those of the names.
    #[arg(long = "language", value_name = "TAG")]
    pub languages: Vec<String>,
    /// A procedure that the authority speaks; may be repeated. Otherwise all that this program knows.
    #[arg(long = "procedure", value_name = "NAME/EDITION")]
    pub procedures: Vec<String>,
    /// Where peers reach the node: https://HOST[:PORT][/PATH]. Without it only the pouch reaches it.
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// A host name or address for the TLS certificate; may be repeated. Otherwise that of the endpoint.
    #[arg(long = "tls-name", value_name = "NAME")]
    pub tls_names: Vec<String>,
    /// The address on which the node listens for peers, if it is not the endpoint's port on all addresses.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub federation_listen: Option<SocketAddr>,
    /// The address for people; loopback.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = PEOPLE_LISTEN)]
    pub people_listen: SocketAddr,
    /// A Unix socket for people, beside the address.
    #[arg(long, value_name = "PATH")]
    pub people_socket: Option<PathBuf>,
    /// The database: a file in the folder, or postgres://…
    #[arg(long, value_name = "WHERE", default_value = "node.db")]
    pub database: String,
    /// Where the secret is that locks the root, for example passphrase-file:/media/ceremony/root.txt. Otherwise its passphrase is asked for, at a terminal.
    #[arg(long, value_name = "REFERENCE")]
    pub root_secret: Option<SecretSource>,
    /// Make a key file that locks the root; keep it apart from everything else.
    #[arg(long, value_name = "FILE", conflicts_with = "root_secret")]
    pub make_root_key: Option<PathBuf>,
    /// Where the secret is that locks the node's keys, for example key-file:/etc/comity/node.key.
    #[arg(long, value_name = "REFERENCE")]
    pub node_secret: Option<SecretSource>,
    /// Make a key file that locks the node's keys.
    #[arg(long, value_name = "FILE", conflicts_with = "node_secret", required_unless_present = "node_secret")]
    pub make_node_key: Option<PathBuf>,
    /// For how many years the root is used.
    #[arg(long, value_name = "YEARS", default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=30))]
    pub root_years: u8,
    /// For how many years seal, TLS and encryption keys are used.
    #[arg(long, value_name = "YEARS", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=10))]
    pub years: u8,
    /// Enter the first operator, by a short name such as ana.ruiz.
    #[arg(long, value_name = "ID", requires = "operator_name")]
    pub operator: Option<String>,
    /// The operator's name as others read it.
    #[arg(long, value_name = "NAME", requires = "operator")]
    pub operator_name: Option<String>,
    /// Write the operator's token to a new file instead of showing it.
    #[arg(long, value_name = "FILE", requires = "operator")]
    pub operator_token: Option<PathBuf>,
    /// What was made, as one JSON document.
    #[arg(long)]
    pub json: bool,
    /// Say what would be made, or why it would be refused, and make nothing.
    #[arg(long)]
    pub dry_run: bool,
}

fn name(text: &str) -> Result<(String, String), String> {
    let (language, name) =
        text.split_once('=').ok_or("a name is written LANGUAGE=NAME, for example es=\"Ministerio\"")?;
    if name.trim().is_empty() {
        Err("the name is empty".to_owned())
    } else {
        Ok((language.to_owned(), name.to_owned()))
    }
}

/// Host, port and path of an endpoint.
struct Endpoint {
    host: String,
    port: u16,
    path: String,
}

fn endpoint(url: &str) -> Result<Endpoint, Ended> {
    let refuse =
        |why: &str| Ended::new(USAGE, format!("--endpoint {url}: {why}; it is written https://HOST[:PORT][/PATH]"));
    let uri: http::Uri = url.parse().map_err(|_| refuse("it is no address"))?;
    if uri.scheme_str() != Some("https") {
        return Err(refuse("peers are reached over https alone"));
    }
    if uri.query().is_some() || url.contains(['#', '@']) {
        return Err(refuse("it has parts that an endpoint does not have"));
    }
    let host = uri.host().ok_or_else(|| refuse("it names no host"))?.trim_matches(['[', ']']).to_ascii_lowercase();
    Ok(Endpoint { host, port: uri.port_u16().unwrap_or(443), path: uri.path().trim_end_matches('/').to_owned() })
}

fn tls_name(text: &str) -> TlsName {
    text.parse::<IpAddr>().map_or_else(|_| TlsName::Dns(text.to_ascii_lowercase()), TlsName::Ip)
}

/// What stands after an authority was founded.
pub struct Made {
    /// The configuration's file.
    pub config: PathBuf,
    /// The card, to give to others.
    pub card: PathBuf,
    /// The root's fingerprint.
    pub root: seal::Fingerprint,
    /// The operator's token, if it went to no file.
    pub token: Option<keys::Token>,
}

/// What is to be made, once nothing speaks against it.
struct Plan {
    folder: PathBuf,
    config: PathBuf,
    keyring: PathBuf,
    card: PathBuf,
    sample: Sample,
    founding: Founding,
}

impl Init {
    /// Founds, and says what comes next.
    pub fn run(self) -> Result<(), Ended> {
        if self.dry_run {
            return self.rehearse();
        }
        let made = self.found()?;
        let aloud = made.root.for_reading_aloud();
        if self.json {
            let token = made.token.as_ref().map(keys::Token::reveal);
            let document = json!({
                "config": made.config, "card": made.card, "fingerprint": made.root.to_string(), "token": token,
            });
            say(document);
            return Ok(());
        }
        say(format!("{} is founded.\n", self.authority));
        say(format!("configuration  {}", made.config.display()));
        say(format!("card           {}   give it to peers", made.card.display()));
        say(format!("\nThe root's fingerprint, for reading aloud over a second channel:\n\n{aloud}\n"));
        if let Some(token) = &made.token {
            say(format!(
                "The operator's token, shown this once; put it in a file of mode 0600:\n\n{}\n",
                token.reveal()
            ));
        }
        let config = made.config.display();
        say("What comes next:");
        say(format!(
            "  1. comity key take-root-offline FOLDER --config {config}   FOLDER stands on a medium that goes into a safe"
        ));
        say(
            "     Do it again on a second medium (docs/operating/keys.md). Until then whoever has this disk has the root's file.",
        );
        say(format!("  2. comity serve --config {config}"));
        if self.operator.is_none() {
            say(format!("     Before it: comity person first ID NAME --config {config}   enters the first operator"));
        }
        say("  3. comity person add …   an officer and an approver; comity peer add …   the peers' cards");
        Ok(())
    }

    /// Founds in a place of its own, under keys that are thrown away with it, and says what would be made.
    fn rehearse(&self) -> Result<(), Ended> {
        let made = self.check()?;
        let aside =
            tempfile::tempdir().map_err(|why| Ended::new(FAILURE, format!("There is no place to try it: {why}.")))?;
        let one_time = |name: &str| secret(&passphrase::of_root(None), Some(&aside.path().join(name)));
        for source in [&self.root_secret, &self.node_secret].into_iter().flatten() {
            if !matches!(source, SecretSource::PassphrasePrompt(_)) {
                source.read().map_err(fault)?;
            }
        }
        keys::found(&aside.path().join("keys"), &made.founding, &one_time("root")?, &one_time("node")?, now()?)
            .map_err(fault)?;
        let key_files = [&self.make_root_key, &self.make_node_key, &self.operator_token].into_iter().flatten().cloned();
        let files: Vec<PathBuf> = [made.config, made.keyring, made.card].into_iter().chain(key_files).collect();
        if self.json {
            say(json!({ "dry_run": true, "files": files }));
            return Ok(());
        }
        say(format!("{} would be founded. These would be made:", self.authority));
        files.iter().for_each(|file| say(format!("  {}", file.display())));
        say("This was a dry run: nothing was made.");
        Ok(())
    }

    /// Founds: everything is there afterwards, or the sentence says what is.
    pub fn found(&self) -> Result<Made, Ended> {
        let Plan { folder, config, keyring, card, sample, founding } = self.check()?;
        let made = [&self.make_root_key, &self.make_node_key].into_iter().flatten();
        let there_before: Vec<&PathBuf> = made.filter(|path| path.symlink_metadata().is_ok()).collect();
        let founded = self.keys(&folder, &keyring, &founding).inspect_err(|_| {
            // Made a moment ago, and nothing was locked by them.
            let made = [&self.make_root_key, &self.make_node_key].into_iter().flatten();
            made.filter(|path| !there_before.contains(path)).for_each(|path| drop(fs::remove_file(path)));
        })?;
        let Founded { card: signed, root, .. } = founded;
        write_new(&card, &signed.to_file(), 0o644)?;
        write_new(&config, sample.to_string().as_bytes(), 0o600)?;
        let token = match (&self.operator, &self.operator_name) {
            (Some(id), Some(name)) => {
                let source = Source { config: config.clone(), set: vec![] };
                let to = TokenTo { token_file: self.operator_token.clone() };
                person_command::first(&Config::load(&source)?, id, name, &to).map_err(|ended| {
                    let again = format!("comity person first {id} NAME --config {}", config.display());
                    Ended::new(ended.code, format!("{} Everything else was made; try `{again}`.", ended.sentence))
                })?
            }
            _ => None,
        };
        Ok(Made { config, card, root, token })
    }

    /// Looks at everything that can be said before anything is written.
    fn check(&self) -> Result<Plan, Ended> {
        let folder = absolute(&self.folder)?;
        let (config, keyring) = (folder.join("comity.toml"), folder.join("keys"));
        let card = folder.join(format!("{}.card.json", self.authority));
        let made_apart = [&self.make_root_key, &self.make_node_key, &self.operator_token].into_iter().flatten();
        for path in [&config, &keyring, &card].into_iter().chain(made_apart) {
            if path.symlink_metadata().is_ok() {
                let sentence =
                    format!("{} is there already, and nothing is overwritten. Choose another place.", path.display());
                return Err(Ended::new(USAGE, sentence));
            }
        }
        if self.make_root_key.is_none() {
            passphrase::can_be_had(&passphrase::of_root(self.root_secret.as_ref()))?;
        }
        self.node_secret.as_ref().map_or(Ok(()), passphrase::can_be_had)?;
        let endpoint = self.endpoint.as_deref().map(endpoint).transpose()?;
        let sample = self.sample(endpoint.as_ref())?;
        let founding = self.founding(endpoint.as_ref(), now()?);
        Ok(Plan { folder, config, keyring, card, sample, founding })
    }

    fn keys(&self, folder: &Path, keyring: &Path, founding: &Founding) -> Result<Founded, Ended> {
        let root = secret(&passphrase::of_root(self.root_secret.as_ref()), self.make_root_key.as_deref())?;
        let node = match (&self.node_secret, &self.make_node_key) {
            (Some(source), _) => secret(source, None)?,
            (None, make) => secret(&SecretSource::PassphrasePrompt("node".to_owned()), make.as_deref())?,
        };
        make_folder(folder)?;
        keys::found(keyring, founding, &root, &node, now()?).map_err(fault)
    }

    fn founding(&self, endpoint: Option<&Endpoint>, now: Moment) -> Founding {
        let names: BTreeMap<String, String> = self.names.iter().cloned().collect();
        let mut languages = self.languages.clone();
        for (tag, _) in self.names.iter().filter(|_| self.languages.is_empty()) {
            if !languages.contains(tag) {
                languages.push(tag.clone());
            }
        }
        let mut procedures: Vec<String> = match self.procedures.is_empty() {
            true => PROCEDURES.map(str::to_owned).to_vec(),
            false => self.procedures.clone(),
        };
        procedures.sort();
        procedures.dedup();
        let tls_names = match (self.tls_names.is_empty(), endpoint) {
            (false, _) => self.tls_names.iter().map(|name| tls_name(name)).collect(),
            (true, Some(endpoint)) => vec![tls_name(&endpoint.host)],
            // The node still calls others; its certificate names the authority itself.
            (true, None) => vec![TlsName::Dns(self.authority.to_string())],
        };
        let until = |years: u8| Period::new(now, now.plus_seconds(i64::from(years) * YEAR));
        let leaf = until(self.years.min(self.root_years));
        Founding {
            authority: self.authority.clone(),
            names,
            languages,
            procedures,
            endpoints: self.endpoint.iter().cloned().collect(),
            tls_names,
            validity: Validity { root: until(self.root_years), leaf, encryption: leaf },
        }
    }

    fn sample(&self, endpoint: Option<&Endpoint>) -> Result<Sample, Ended> {
        let everywhere = |port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), port);
        let here = |host: &str| host.parse::<IpAddr>().ok().filter(IpAddr::is_loopback);
        let listen = self.federation_listen.or_else(|| {
            let Endpoint { host, port, .. } = endpoint?;
            Some(here(host).map_or_else(|| everywhere(*port), |address| SocketAddr::new(address, *port)))
        });
        if !self.people_listen.ip().is_loopback() {
            let loopback = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
            let sentence = format!(
                "--people-listen {}: people are served on loopback ({} or {}).",
                self.people_listen, loopback[0], loopback[1]
            );
            return Err(Ended::new(USAGE, sentence));
        }
        let node_secret = match (&self.node_secret, &self.make_node_key) {
            (Some(source), _) => settled(source)?,
            (None, Some(path)) => SecretSource::KeyFile(absolute(path)?),
            (None, None) => {
                return Err(Ended::new(USAGE, "Name the node's secret by --node-secret or --make-node-key."));
            }
        };
        let root_source = self.root_secret.clone().or_else(|| self.make_root_key.clone().map(SecretSource::KeyFile));
        let root_source = root_source.as_ref().map(settled).transpose()?;
        if root_source.as_ref() == Some(&node_secret) {
            let sentence = "Root and node have the same secret: whoever has the node then has the root, too. Give the root another.";
            return Err(Ended::new(USAGE, sentence));
        }
        let _: Location = self.database.parse().map_err(|why| Ended::new(USAGE, format!("--database: {why}")))?;
        Ok(Sample {
            authority: self.authority.clone(),
            node_secret,
            federation_listen: listen,
            federation_path: endpoint.map(|endpoint| endpoint.path.clone()).unwrap_or_default(),
            people_listen: Some(self.people_listen),
            people_socket: self.people_socket.as_deref().map(absolute).transpose()?,
            database: self.database.clone(),
        })
    }
}

fn absolute(path: &Path) -> Result<PathBuf, Ended> {
    std::path::absolute(path).map_err(|why| Ended::new(USAGE, format!("{}: {why}", path.display())))
}

/// The same reference, whatever folder is the current one later.
pub fn settled(source: &SecretSource) -> Result<SecretSource, Ended> {
    Ok(match source {
        SecretSource::KeyFile(path) => SecretSource::KeyFile(absolute(path)?),
        SecretSource::PassphraseFile(path) => SecretSource::PassphraseFile(absolute(path)?),
        other => other.clone(),
    })
}

/// Gets the secret, or makes the key file that is to hold it.
fn secret(source: &SecretSource, make: Option<&Path>) -> Result<keys::Secret, Ended> {
    let Some(path) = make else { return passphrase::get_new(source) };
    let path = absolute(path)?;
    keys::secret::create_key_file(&path).map_err(fault)?;
    SecretSource::KeyFile(path).read().map_err(fault)
}

fn make_folder(folder: &Path) -> Result<(), Ended> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|why| Ended::new(FAILURE, format!("the folder {} cannot be made: {why}", folder.display())))
}

/// Writes a file that was not there, durably.
pub fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), Ended> {
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    let synced = written.and_then(|()| match path.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        Some(parent) => fs::File::open(parent)?.sync_all(),
        None => fs::File::open(".")?.sync_all(),
    });
    synced.map_err(|why| match why.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Ended::new(USAGE, format!("{} is there already, and nothing is overwritten.", path.display()))
        }
        _ => Ended::new(FAILURE, format!("{} cannot be written: {why}", path.display())),
    })
}
