//! The commented file that `comity init` writes: every setting with what it does and whom it makes the operator trust.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use keys::SecretSource;
use terms::AuthorityId;

/// What the file says beside the defaults.
pub struct Sample {
    /// Whose node it is.
    pub authority: AuthorityId,
    /// What opens the node's keys.
    pub node_secret: SecretSource,
    /// The address for peers.
    pub federation_listen: Option<SocketAddr>,
    /// The path of the endpoint.
    pub federation_path: String,
    /// The TCP address for people.
    pub people_listen: Option<SocketAddr>,
    /// The socket for people.
    pub people_socket: Option<PathBuf>,
    /// The database.
    pub database: String,
}

fn quoted(text: impl fmt::Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}

fn or_empty<T: ToString>(value: &Option<T>) -> String {
    quoted(value.as_ref().map(ToString::to_string).unwrap_or_default())
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            r#"# The configuration of a Comity node. A setting is taken from the first of these that has it: --set KEY=VALUE,
# the variable COMITY_KEY (COMITY_PEOPLE_LISTEN for people.listen), this file, the default.
# Relative paths are meant from the folder of this file. `comity config check` reads it as the node does.

# Whose node this is. It must be the authority of the card in the keyring.
authority = {authority}

# What belongs to this process alone; one process at a time uses it.
data = "."

# A file below the data folder (SQLite), or postgres://… (docs/operating/store.md says whom each makes you trust).
database = {database}

# Where sealed exhibits lie: a folder below the data folder, or s3://BUCKET/PREFIX?endpoint=https://…&region=… (docs/operating/exhibits.md).
# Whoever can delete there can destroy exhibits, but read none.
exhibits = "exhibits"
# The file with key id and secret for an object store, a line each, readable by its owner alone. Empty: the environment's.
# exhibits_credentials = "/etc/comity/s3"
# So much of them is kept at most, for example "20TiB"; what does not fit is refused, from people and from peers. Empty: what the disk holds.
# exhibits_quota = ""
# After so many days an exhibit is listed as due (`comity exhibit due`), for an officer to decide; nothing is destroyed by itself. Empty: never.
# exhibits_keep_days = ""
# The folder, below the data folder, in which exhibits of peers land until they are whole: best on the same disk as the folder of exhibits.
# arrivals = "arrivals"

# The keyring. Its files are encrypted; docs/operating/keys.md.
keys = "keys"

# Where the secret is that opens the node's keys: key-file:PATH, passphrase-file:PATH, key-credential:NAME,
# passphrase-credential:NAME or passphrase-descriptor:N. Whoever can read it and the keyring can seal in this authority's name.
node_secret = {secret}

[federation]
# Where peers reach this node, behind the endpoint that the card names. Only certificates that approved cards name are
# answered. Empty: nobody is answered, and only the pouch reaches this node.
listen = {federation}
# The path in that endpoint, if it has one.
path = {path}
# So much of a peer's exhibit is asked for at once, four times. Smaller on a line that breaks often: it is what a cut costs.
# range = "4MiB"

[people]
# Where people and their programs reach this node: plain HTTP, so on this machine alone. Empty: on the socket alone.
listen = {people}
# A Unix socket that only the owner of the process may use. Empty: none.
socket = {socket}
# true allows an address that other machines reach. Say it only if a proxy with TLS stands before it: it reads everything.
behind_proxy = false

[ledger]
# How often the log is padded, signed and shown to the other authorities, which cosign it. In between nobody outside sees it grow; receipts do not wait,
# the proof of an act does. Shorter: what happened is witnessed sooner, and its rhythm shows more. Seconds, 1 to 3600.
# round_seconds = 60

[time]
# Time-stamping authorities (RFC 3161) that stamp the log's head, so that a court need not take the witnesses' word on when a thing existed; spaces between
# them, each is asked if the one before does not answer. They see digests and nothing else. Empty: nobody stamps. With http:// whoever is on the way can
# withhold the answer; a false one is noticed.
# authorities = "https://tsa.example/stamp"
# The file (PEM) of the roots to which their tokens must lead. Whoever has such a root can state any time.
# roots = "tsa.roots.pem"
# The file (PEM) of the roots under which an https address is believed, and no others: for an authority of a State's own network. Empty: those of the web.
# https_roots = "network.roots.pem"
# At most one stamp in so many seconds, 1 to 86400: authorities may charge for each, and every token is kept.
# every_seconds = 600

[law]
# A file with the certificates of those whose law bases this node may load (`comity law load`), in PEM. Whoever holds one of
# their keys decides what this node says of the law. Empty: the law base that is built in is used until the next release.
publishers_file = ""

[log]
# To standard error: text for people, json for programs. Neither bodies nor tokens are logged.
format = "text"
# error, warn, info, debug; or by room: info,exchange=debug
level = "info"
"#,
            authority = quoted(&self.authority),
            database = quoted(&self.database),
            secret = quoted(&self.node_secret),
            federation = or_empty(&self.federation_listen),
            path = quoted(&self.federation_path),
            people = or_empty(&self.people_listen),
            socket = quoted(self.people_socket.as_ref().map(|path| path.display().to_string()).unwrap_or_default()),
        )
    }
}
