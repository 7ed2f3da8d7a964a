//! The configuration of a node: one commented TOML file, and the same settings from flags and environment.
//!
//! A setting is taken from the first of these that has it: `--set KEY=VALUE`, `COMITY_…`, the file, the default. Every setting stands in
//! [`SETTINGS`], once. What is not known is refused, not skipped. A secret is never here: only where it is ([`SecretSource`]).
//!
//! Relative paths in the file are meant from the folder of the file, those of database, exhibits and arrivals from the data folder.

mod sample;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use exchange::TimeAuthority;
use exchange::tsa::Way;
use keys::SecretSource;
use store::Location;
use store::blobs::BlobLocation;
use terms::AuthorityId;

use crate::size::Size;
use crate::{Ended, USAGE};

pub use sample::Sample;

/// The door on which people and their programs are served, unless told otherwise.
pub const PEOPLE_LISTEN: &str = "127.0.0.1:8470";

/// One setting.
pub struct Setting {
    /// As the file has it: `people.listen`.
    pub key: &'static str,
    /// As the environment has it.
    pub env: &'static str,
    /// What holds if nobody says anything; `None`: it must be said.
    pub default: Option<&'static str>,
}

const fn setting(key: &'static str, env: &'static str, default: Option<&'static str>) -> Setting {
    Setting { key, env, default }
}

/// All settings.
pub const SETTINGS: [Setting; 24] = [
    setting("authority", "COMITY_AUTHORITY", None),
    setting("data", "COMITY_DATA", Some(".")),
    setting("database", "COMITY_DATABASE", Some("node.db")),
    setting("exhibits", "COMITY_EXHIBITS", Some("exhibits")),
    setting("exhibits_credentials", "COMITY_EXHIBITS_CREDENTIALS", Some("")),
    setting("exhibits_quota", "COMITY_EXHIBITS_QUOTA", Some("")),
    setting("exhibits_keep_days", "COMITY_EXHIBITS_KEEP_DAYS", Some("")),
    setting("arrivals", "COMITY_ARRIVALS", Some("arrivals")),
    setting("keys", "COMITY_KEYS", Some("keys")),
    setting("node_secret", "COMITY_NODE_SECRET", None),
    setting("federation.listen", "COMITY_FEDERATION_LISTEN", Some("")),
    setting("federation.path", "COMITY_FEDERATION_PATH", Some("")),
    setting("federation.range", "COMITY_FEDERATION_RANGE", Some("4MiB")),
    setting("people.listen", "COMITY_PEOPLE_LISTEN", Some(PEOPLE_LISTEN)),
    setting("people.socket", "COMITY_PEOPLE_SOCKET", Some("")),
    setting("people.behind_proxy", "COMITY_PEOPLE_BEHIND_PROXY", Some("false")),
    setting("ledger.round_seconds", "COMITY_LEDGER_ROUND_SECONDS", Some("60")),
    setting("time.authorities", "COMITY_TIME_AUTHORITIES", Some("")),
    setting("time.roots", "COMITY_TIME_ROOTS", Some("")),
    setting("time.https_roots", "COMITY_TIME_HTTPS_ROOTS", Some("")),
    setting("time.every_seconds", "COMITY_TIME_EVERY_SECONDS", Some("600")),
    setting("law.publishers_file", "COMITY_LAW_PUBLISHERS_FILE", Some("")),
    setting("log.format", "COMITY_LOG_FORMAT", Some("text")),
    setting("log.level", "COMITY_LOG_LEVEL", Some("info")),
];

/// Other variables that begin with `COMITY_` and have a meaning.
const OTHER_VARIABLES: [&str; 3] = ["COMITY_CONFIG", "COMITY_NODE", "COMITY_TOKEN_FILE"];

/// Where the configuration is.
#[derive(Args, Clone, Debug)]
pub struct Source {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "COMITY_CONFIG", default_value = "comity.toml", global = true)]
    pub config: PathBuf,
    /// A setting that goes before environment and file, for example people.listen=127.0.0.1:0; may be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    pub set: Vec<String>,
}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `--set`.
    Flag,
    /// A variable.
    Environment,
    /// The file.
    File,
    /// Nobody said anything.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "--set",
            Self::Environment => "environment",
            Self::File => "file",
            Self::Default => "default",
        })
    }
}

/// How people reach the node.
#[derive(Debug, Clone)]
pub struct People {
    /// The TCP address, if any.
    pub listen: Option<SocketAddr>,
    /// The Unix socket, if any.
    pub socket: Option<PathBuf>,
    /// Whether something stands before it that speaks TLS to others.
    pub behind_proxy: bool,
}

/// How peers reach the node.
#[derive(Debug, Clone)]
pub struct Federation {
    /// The TCP address.
    pub listen: SocketAddr,
    /// The path of the endpoint in the card, mostly empty.
    pub path: String,
}

/// The largest range of an exhibit that is asked for at once.
const RANGE_MAX: u64 = 64 << 20;

/// Who stamps the log with the time.
#[derive(Debug, Clone)]
pub struct Time {
    /// Where time-stamping authorities are asked, the first one first.
    pub authorities: Vec<TimeAuthority>,
    /// The file of the roots that are believed.
    pub roots: PathBuf,
    /// The least time between two stamps.
    pub every: std::time::Duration,
}

/// How the log is written.
#[derive(Debug, Clone)]
pub struct Log {
    /// JSON, or text for people.
    pub json: bool,
    /// What is logged: `info`, or `info,exchange=debug`.
    pub level: String,
}

/// A node's configuration, read and checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file.
    pub file: PathBuf,
    /// Whose node it is.
    pub authority: AuthorityId,
    /// What belongs to this process: lock, card, and by default database and exhibits.
    pub data: PathBuf,
    /// The database.
    pub database: Location,
    /// Where whole exhibits lie.
    pub exhibits: BlobLocation,
    /// The file with the credentials for an object store, if they are not those of the environment.
    pub exhibits_credentials: Option<PathBuf>,
    /// So many bytes of exhibits are kept at most.
    pub exhibits_quota: Option<u64>,
    /// So many days an exhibit is kept; then somebody decides what becomes of it.
    pub exhibits_keep_days: Option<u32>,
    /// The folder in which exhibits of peers land.
    pub arrivals: PathBuf,
    /// The keyring.
    pub keys: PathBuf,
    /// What opens the node's keys.
    pub node_secret: SecretSource,
    /// For peers; absent where only the pouch reaches the node.
    pub federation: Option<Federation>,
    /// So many bytes of an exhibit are asked for at once.
    pub range: u64,
    /// For people.
    pub people: People,
    /// How often the node's log is padded, signed and shown to its witnesses.
    pub ledger_round: std::time::Duration,
    /// Who stamps the log with the time; absent where nobody does.
    pub time: Option<Time>,
    /// A file with the certificates of those who publish law bases, in PEM.
    pub law_publishers: Option<PathBuf>,
    /// The log.
    pub log: Log,
    /// Each setting as it was found, and where.
    pub found: Vec<(&'static str, String, Origin)>,
}

impl Config {
    /// Reads file, environment and flags.
    pub fn load(source: &Source) -> Result<Self, Ended> {
        let environment = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.to_str()?.to_owned();
            name.starts_with("COMITY_").then(|| (name, value.to_string_lossy().into_owned()))
        });
        Self::from_parts(source, environment.collect())
    }

    fn from_parts(source: &Source, environment: BTreeMap<String, String>) -> Result<Self, Ended> {
        let unreadable = |why: &dyn fmt::Display| Ended::new(USAGE, format!("{}: {why}", source.config.display()));
        let text = std::fs::read_to_string(&source.config).map_err(|why| {
            let remedy = "Name the file with --config, or make a node with `comity init`.";
            Ended::new(USAGE, format!("{} cannot be read: {why}. {remedy}", source.config.display()))
        })?;
        let mut layers = Layers { flags: BTreeMap::new(), environment, file: BTreeMap::new() };
        let table: toml::Table = text.parse().map_err(|why| unreadable(&why))?;
        flatten("", &table, &mut layers.file).map_err(|why| unreadable(&why))?;
        for pair in &source.set {
            let (key, value) = pair.split_once('=').ok_or_else(|| {
                Ended::new(USAGE, format!("--set {pair}: a setting is written KEY=VALUE, for example log.level=debug"))
            })?;
            layers.flags.insert(key.to_owned(), value.to_owned());
        }
        layers.check_names(&source.config)?;
        let file = std::path::absolute(&source.config).map_err(|why| unreadable(&why))?;
        layers.build(file)
    }
}

/// The values as they were given, by key; of the environment by variable.
struct Layers {
    flags: BTreeMap<String, String>,
    environment: BTreeMap<String, String>,
    file: BTreeMap<String, String>,
}

/// Puts `[people] listen = …` down as `people.listen`.
fn flatten(before: &str, table: &toml::Table, into: &mut BTreeMap<String, String>) -> Result<(), String> {
    for (name, value) in table {
        let key = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        let text = match value {
            toml::Value::Table(inner) => {
                flatten(&key, inner, into)?;
                continue;
            }
            toml::Value::String(text) => text.clone(),
            toml::Value::Boolean(yes) => yes.to_string(),
            toml::Value::Integer(number) => number.to_string(),
            other => return Err(format!("{key} is {}, and no setting has that form", other.type_str())),
        };
        into.insert(key, text);
    }
    Ok(())
}

impl Layers {
    /// A misspelt setting would otherwise be a setting that silently does not hold.
    fn check_names(&self, file: &Path) -> Result<(), Ended> {
        let keys = || SETTINGS.iter().map(|setting| setting.key);
        let unknown = |place: &str, name: &str, known: Vec<&str>| {
            let near = known.iter().min_by_key(|known| distance(known, name)).filter(|near| distance(near, name) <= 3);
            let hint =
                near.map_or_else(|| format!("There are {}.", known.join(", ")), |near| format!("Is {near} meant?"));
            Err(Ended::new(USAGE, format!("{place}: there is no setting {name}. {hint}")))
        };
        if let Some(name) = self.file.keys().find(|name| !keys().any(|key| key == *name)) {
            return unknown(&file.display().to_string(), name, keys().collect());
        }
        if let Some(name) = self.flags.keys().find(|name| !keys().any(|key| key == *name)) {
            return unknown("--set", name, keys().collect());
        }
        let variables: Vec<&str> = SETTINGS.iter().map(|setting| setting.env).chain(OTHER_VARIABLES).collect();
        match self.environment.keys().find(|name| !variables.contains(&name.as_str())) {
            Some(name) => unknown("the environment", name, variables),
            None => Ok(()),
        }
    }

    fn find(&self, setting: &Setting) -> Option<(String, Origin)> {
        let flag = self.flags.get(setting.key).map(|value| (value, Origin::Flag));
        let variable = || self.environment.get(setting.env).map(|value| (value, Origin::Environment));
        let file = || self.file.get(setting.key).map(|value| (value, Origin::File));
        let said = flag.or_else(variable).or_else(file).map(|(value, origin)| (value.clone(), origin));
        said.or_else(|| setting.default.map(|value| (value.to_owned(), Origin::Default)))
    }

    fn build(&self, file: PathBuf) -> Result<Config, Ended> {
        let mut found = Vec::new();
        for setting in &SETTINGS {
            let (value, origin) = self.find(setting).ok_or_else(|| {
                let (key, env, file) = (setting.key, setting.env, file.display());
                Ended::new(USAGE, format!("{key} is not set; say it in {file} or in {env}."))
            })?;
            found.push((setting.key, value, origin));
        }
        let read = Read { found: &found, folder: file.parent().unwrap_or(Path::new("/")).to_owned() };
        let data = match read.text("data") {
            "." => read.folder.clone(),
            folder => read.folder.join(folder),
        };
        let listen: Option<SocketAddr> =
            read.optional("people.listen", "an address and a port such as 127.0.0.1:8470")?;
        let behind_proxy: bool = read.parsed("people.behind_proxy", "true or false")?;
        if let Some(address) = listen.filter(|address| !address.ip().is_loopback() && !behind_proxy) {
            let why = format!(
                "{address} is reached from other machines, and people's door speaks no TLS. Bind it to 127.0.0.1 or to a socket, \
                 or put a proxy with TLS before it and say people.behind_proxy = true."
            );
            return Err(read.wrong("people.listen", why));
        }
        let path = read.text("federation.path").trim_end_matches('/').to_owned();
        if !path.is_empty() && !path.starts_with('/') {
            return Err(read.wrong("federation.path", "it begins with “/”, or is empty"));
        }
        let federation: Option<SocketAddr> =
            read.optional("federation.listen", "an address and a port such as 0.0.0.0:8443")?;
        Ok(Config {
            authority: read.parsed("authority", "an authority such as es.moj")?,
            database: read.database(&data)?,
            exhibits: read.exhibits(&data)?,
            exhibits_credentials: Some(read.text("exhibits_credentials"))
                .filter(|path| !path.is_empty())
                .map(|path| read.folder.join(path)),
            exhibits_quota: read.optional::<Size>("exhibits_quota", "a size such as 500GiB")?.map(|size| size.0),
            exhibits_keep_days: read.optional("exhibits_keep_days", "a number of days such as 3650")?,
            arrivals: data.join(read.text("arrivals")),
            keys: read.folder.join(read.text("keys")),
            node_secret: read.secret()?,
            federation: federation.map(|listen| Federation { listen, path }),
            range: match read.parsed::<Size>("federation.range", "a size such as 4MiB")?.0 {
                size @ 1..=RANGE_MAX => size,
                _ => return Err(read.wrong("federation.range", "it is at most 64MiB")),
            },
            people: People {
                listen,
                socket: Some(read.text("people.socket"))
                    .filter(|path| !path.is_empty())
                    .map(|path| read.folder.join(path)),
                behind_proxy,
            },
            ledger_round: match read.parsed::<u64>("ledger.round_seconds", "a number of seconds")? {
                seconds @ 1..=3_600 => std::time::Duration::from_secs(seconds),
                _ => return Err(read.wrong("ledger.round_seconds", "it is from 1 to 3600")),
            },
            time: read.time()?,
            law_publishers: Some(read.text("law.publishers_file"))
                .filter(|path| !path.is_empty())
                .map(|path| read.folder.join(path)),
            log: Log {
                json: match read.text("log.format") {
                    "json" => true,
                    "text" => false,
                    _ => return Err(read.wrong("log.format", "it is text or json")),
                },
                level: read.text("log.level").to_owned(),
            },
            data,
            file,
            found: found.clone(),
        })
    }
}

/// Values on their way to their types.
struct Read<'a> {
    found: &'a [(&'static str, String, Origin)],
    folder: PathBuf,
}

impl Read<'_> {
    fn text(&self, key: &str) -> &str {
        let found = self.found.iter().find(|(name, _, _)| *name == key);
        found.map(|(_, value, _)| value.as_str()).expect("INVARIANT: every setting is found before any is read")
    }
    fn wrong(&self, key: &str, why: impl fmt::Display) -> Ended {
        let found = self.found.iter().find(|(name, _, _)| *name == key);
        let origin = found.map(|(_, _, origin)| origin.to_string()).unwrap_or_default();
        Ended::new(USAGE, format!("{key} ({origin}): {why}"))
    }
    fn parsed<T: std::str::FromStr>(&self, key: &str, expected: &str) -> Result<T, Ended> {
        let text = self.text(key);
        text.parse().map_err(|_| self.wrong(key, format!("“{text}” is not {expected}")))
    }
    fn optional<T: std::str::FromStr>(&self, key: &str, expected: &str) -> Result<Option<T>, Ended> {
        if self.text(key).is_empty() { Ok(None) } else { self.parsed(key, expected).map(Some) }
    }
    fn database(&self, data: &Path) -> Result<Location, Ended> {
        let location: Location = self.text("database").parse().map_err(|why| self.wrong("database", why))?;
        Ok(location.path().map(|path| Location::file(data.join(path))).unwrap_or(location))
    }
    fn time(&self) -> Result<Option<Time>, Ended> {
        let web = match self.text("time.https_roots") {
            "" => Way::Web,
            file => {
                let read = crate::time_roots::certificates(&self.folder.join(file));
                Way::Roots(read.map_err(|why| self.wrong("time.https_roots", why.sentence))?)
            }
        };
        let way = |address: &str| if address.starts_with("http:") { Way::Plain } else { web.clone() };
        let addresses = self.text("time.authorities").split_whitespace();
        let authorities = addresses.map(|address| TimeAuthority::new(address, &way(address)));
        let authorities: Vec<_> =
            authorities.collect::<Result<_, _>>().map_err(|why| self.wrong("time.authorities", why))?;
        let every = match self.parsed::<u64>("time.every_seconds", "a number of seconds")? {
            seconds @ 1..=86_400 => std::time::Duration::from_secs(seconds),
            _ => return Err(self.wrong("time.every_seconds", "it is from 1 to 86400")),
        };
        match (authorities.is_empty(), self.text("time.roots")) {
            (true, _) => Ok(None),
            (false, "") => {
                Err(self.wrong("time.roots", "name the file of the roots to which the authorities' tokens must lead"))
            }
            (false, roots) => Ok(Some(Time { authorities, roots: self.folder.join(roots), every })),
        }
    }
    fn exhibits(&self, data: &Path) -> Result<BlobLocation, Ended> {
        let location = self.text("exhibits").parse().map_err(|why| self.wrong("exhibits", why))?;
        Ok(match location {
            BlobLocation::Folder(path) => BlobLocation::Folder(data.join(path)),
            bucket @ BlobLocation::S3 { .. } => bucket,
        })
    }
    fn secret(&self) -> Result<SecretSource, Ended> {
        let source: SecretSource = self.text("node_secret").parse().map_err(|why| self.wrong("node_secret", why))?;
        Ok(match source {
            SecretSource::KeyFile(path) => SecretSource::KeyFile(self.folder.join(path)),
            SecretSource::PassphraseFile(path) => SecretSource::PassphraseFile(self.folder.join(path)),
            other => other,
        })
    }
}

/// How many letters one must change, add or leave out to get from one name to the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut corner = row[0];
        row[0] = at + 1;
        for (place, theirs) in other.iter().enumerate() {
            let changed = corner + usize::from(letter != *theirs);
            corner = row[place + 1];
            row[place + 1] = changed.min(corner + 1).min(row[place] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "authority = \"es.moj\"\nnode_secret = \"key-file:node.key\"\n";

    fn read(text: &str, environment: &[(&str, &str)], set: &[&str]) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let config = folder.path().join("comity.toml");
        std::fs::write(&config, text).expect("written");
        let source = Source { config, set: set.iter().map(|pair| (*pair).to_owned()).collect() };
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Config::from_parts(&source, environment).map_err(|ended| ended.sentence)
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_that_before_the_file_and_that_before_the_default() {
        let with_file = format!("{SMALL}[log]\nlevel = \"warn\"\n");
        let variable = [("COMITY_LOG_LEVEL", "error")];
        let level = |found: Result<Config, String>| found.expect("a configuration").log.level;
        assert_eq!(level(read(SMALL, &[], &[])), "info");
        assert_eq!(level(read(&with_file, &[], &[])), "warn");
        assert_eq!(level(read(&with_file, &variable, &[])), "error");
        assert_eq!(level(read(&with_file, &variable, &["log.level=debug"])), "debug");
    }

    /// A file, what the environment and the flags say, and words of the refusal.
    type Case = (&'static str, &'static [(&'static str, &'static str)], &'static [&'static str], &'static str);

    #[test]
    fn what_is_not_known_or_not_safe_is_refused_with_the_setting_named() {
        let cases: [Case; 19] = [
            ("node_secret = \"key-file:k\"", &[], &[], "authority is not set"),
            ("authority = \"es.moj\"\npoeple = \"x\"\nnode_secret = \"key-file:k\"", &[], &[], "no setting poeple"),
            (SMALL, &[("COMITY_DTA", "/x")], &[], "Is COMITY_DATA meant?"),
            (SMALL, &[], &["people.listn=127.0.0.1:0"], "Is people.listen meant?"),
            (SMALL, &[], &["people.listen=0.0.0.0:80"], "people.behind_proxy = true"),
            (SMALL, &[], &["people.listen=example.org"], "is not an address"),
            (SMALL, &[], &["node_secret=hunter2hunter2"], "node_secret (--set)"),
            (SMALL, &[], &["log.format=xml"], "text or json"),
            (SMALL, &[], &["federation.path=fed"], "begins with"),
            ("authority = 3.5", &[], &[], "authority is float"),
            (SMALL, &[], &["time.authorities=https://tsa.example"], "time.roots (default)"),
            (SMALL, &[], &["time.authorities=tsa.example", "time.roots=r.pem"], "time.authorities (--set)"),
            (SMALL, &[], &["time.https_roots=/absent.pem"], "time.https_roots (--set)"),
            (SMALL, &[], &["time.https_roots=/dev/null"], "holds no certificate"),
            (SMALL, &[], &["time.every_seconds=0"], "from 1 to 86400"),
            (SMALL, &[], &["exhibits=s3://key:hunter2@bucket"], "exhibits (--set)"),
            (SMALL, &[], &["exhibits=s3://bucket?endpoint=http://s3.example"], "not https"),
            (SMALL, &[], &["exhibits_quota=much"], "a size such as 500GiB"),
            (SMALL, &[], &["exhibits_keep_days=10 years"], "a number of days such as 3650"),
        ];
        for (text, environment, set, expected) in cases {
            let refused = read(text, environment, set).expect_err(expected);
            assert!(refused.contains(expected), "{expected}: {refused}");
            assert!(!refused.contains("hunter2"), "what may be a secret is not repeated: {refused}");
        }
        assert!(read(SMALL, &[], &["people.listen=0.0.0.0:80", "people.behind_proxy=true"]).is_ok());
        let two = ["time.authorities=https://a.example  http://b.example/tsa", "time.roots=r.pem"];
        let time = read(SMALL, &[], &two).expect("a configuration").time.expect("somebody stamps");
        assert_eq!(
            time.authorities.iter().map(TimeAuthority::address).collect::<Vec<_>>(),
            ["https://a.example/", "http://b.example/tsa"]
        );
    }

    #[test]
    fn paths_are_meant_from_the_folder_of_the_file_and_of_the_data() {
        let config = read(&format!("data = \"d\"\n{SMALL}"), &[], &[]).expect("a configuration");
        let folder = config.file.parent().expect("a folder").to_owned();
        assert_eq!(config.database.path(), Some(folder.join("d/node.db").as_path()));
        assert_eq!(config.exhibits, BlobLocation::Folder(folder.join("d/exhibits")));
        assert_eq!((config.arrivals, config.exhibits_quota), (folder.join("d/arrivals"), None));
        let bucket = ["exhibits=s3://evidence/es.moj?region=eu", "exhibits_credentials=s3", "exhibits_quota=2 TiB"];
        let config = read(SMALL, &[], &bucket).expect("a configuration");
        assert_eq!(config.exhibits.to_string(), "s3://evidence/es.moj");
        assert_eq!(config.exhibits_credentials, config.file.parent().map(|folder| folder.join("s3")));
        assert_eq!(config.exhibits_quota, Some(2 << 40));
        let config = read(&format!("data = \"d\"\n{SMALL}"), &[], &[]).expect("a configuration");
        let folder = config.file.parent().expect("a folder").to_owned();
        assert_eq!(config.keys, folder.join("keys"));
        assert_eq!(config.node_secret, SecretSource::KeyFile(folder.join("node.key")));
    }

    #[test]
    fn the_sample_names_every_setting_and_is_read_as_it_was_meant() {
        let sample = Sample {
            authority: "es.moj".parse().expect("an authority"),
            node_secret: "key-file:/run/node.key".parse().expect("a reference"),
            federation_listen: Some("0.0.0.0:8443".parse().expect("an address")),
            federation_path: "/comity".to_owned(),
            people_listen: Some("127.0.0.1:8470".parse().expect("an address")),
            people_socket: Some("/run/comity.sock".into()),
            database: "postgres://comity@127.0.0.1/comity".to_owned(),
        };
        let text = sample.to_string();
        for setting in &SETTINGS {
            let name = setting.key.rsplit('.').next().expect("a name");
            assert!(text.lines().any(|line| line.trim_start_matches("# ").starts_with(&format!("{name} ="))), "{name}");
        }
        let config = read(&text, &[], &[]).expect("the sample is a configuration");
        assert_eq!(config.federation.map(|f| (f.listen.port(), f.path)), Some((8443, "/comity".to_owned())));
        assert!(config.people.socket.is_some_and(|path| path == Path::new("/run/comity.sock")));
    }
}
