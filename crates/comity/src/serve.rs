//! `comity serve`: the node as a process: one lock, one store, borrowed keys, three doors (peers, people's TCP, people's socket), the errands.
//!
//! What it trusts is printed when it starts. Once all doors are open it writes one line to standard output that begins with `ready` and goes
//! on as JSON: for service managers, tests and whoever wants to know the port that `:0` became. SIGTERM and SIGINT end it in order; SIGHUP has it
//! read keyring, card and the publishers of law bases anew. It also does so by itself when the use of a key begins or ends. The log goes to standard error.

pub mod in_use;
pub mod lock;
mod log;
mod people;
mod publishers;
mod service;

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use exchange::carrier::Patience;
use exchange::{Carrier, Identity, Limits};
use keys::{Keyring, Secret};
use node::{Depot, Node, TimeAuthorities, Trouble, World as _};
use serde_json::json;
use store::blobs::{BlobLocation, Blobs};
use store::{Options, Store};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::config::{Config, Source};
use crate::{Ended, FAILURE, NETWORK, fault, machine, passphrase, say, time_roots};
use in_use::{Borrowed, InUse};
use lock::Lock;
use people::Door;

/// How often it is looked whether the use of a key began or ended.
const KEYS_LOOK: Duration = Duration::from_secs(30);
/// The threads that answer; blocking work has its own.
const THREADS: std::ops::RangeInclusive<usize> = 2..=4;
/// Threads that may wait for disk and database at once.
const BLOCKING_THREADS: usize = 64;

/// Run the node.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity serve --config /var/lib/comity/comity.toml
  comity serve --config /var/lib/comity/comity.toml --set log.level=debug --set people.listen=127.0.0.1:0

Standard output: what it trusts, where it is reached, and then one line `ready {…}` (JSON: authority, people, socket, federation, pid).
Standard error: the log. SIGTERM and SIGINT end it in order. SIGHUP: keyring, card and the file of law.publishers_file are read anew, for example after
`comity key rotate`; settings are read at the start alone.")]
pub struct Serve {
    #[command(flatten)]
    pub source: Source,
}

/// The file that says which process uses a data folder.
pub const NODE_LOCK: &str = "node.lock";
/// The file of those who change the keyring, or read all of it.
pub const KEYS_LOCK: &str = "keys.lock";

impl Serve {
    /// Runs until it is told to end.
    pub fn run(self) -> Result<(), Ended> {
        let config = Config::load(&self.source)?;
        log::begin(&config.log)?;
        // Whatever this process makes is its owner's alone.
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
        let opened = Opened::open(config)?;
        let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads.clamp(*THREADS.start(), *THREADS.end()))
            .max_blocking_threads(BLOCKING_THREADS)
            .enable_all()
            .build()
            .map_err(|why| Ended::new(FAILURE, format!("no threads to run on: {why}")))?;
        runtime.block_on(opened.serve())
    }
}

/// A trouble of the node as it starts.
fn trouble(why: Trouble) -> Ended {
    Ended::new(FAILURE, why)
}

/// A node that is open and serves nobody yet. While it stands no other process opens the same data folder.
pub struct Opened {
    config: Config,
    /// The node.
    pub node: Node,
    keyring: Keyring,
    secret: Secret,
    identity: Identity,
    in_use: InUse,
    /// The publishers of law bases, as they stood at the start.
    publishers: Vec<seal::Certificate>,
    _lock: Lock,
}

impl Opened {
    /// Locks the data folder, borrows the keys, opens the store.
    pub fn open(config: Config) -> Result<Self, Ended> {
        let folder = |path: &Path| {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.map_err(|why| Ended::new(FAILURE, format!("the folder {} cannot be made: {why}", path.display())))
        };
        if let BlobLocation::Folder(path) = &config.exhibits {
            folder(path)?;
        }
        folder(&config.arrivals)?;
        let lock = Lock::take(&config.data.join(NODE_LOCK), &format!("The data folder {}", config.data.display()))?;
        let keyring = Keyring::open(&config.keys).map_err(fault)?;
        let secret = passphrase::get(&config.node_secret)?;
        let machine = machine()?;
        let borrowed = borrow(&config, &keyring, &secret, true, machine.now())?;
        let identity = borrowed.identity().map_err(fault)?;
        let store = Store::open(&config.database, Options::default()).map_err(|why| trouble(why.into()))?;
        let credentials = config.exhibits_credentials.as_deref().map(credentials).transpose()?;
        let credentials = credentials.as_ref().map(|(id, secret)| (id.as_str(), secret.as_str()));
        let blobs = Blobs::open_as(&config.exhibits, credentials).map_err(|why| trouble(why.into()))?;
        let depot = Depot::open(blobs, config.arrivals.clone(), config.exhibits_quota).map_err(trouble)?;
        let depot = depot.keeping(config.exhibits_keep_days);
        let node = Node::open(store, borrowed.hands, Box::new(machine), depot).map_err(trouble)?;
        if let Some(time) = &config.time {
            let roots = time_roots::read([time.roots.as_path()])?;
            node.trust_time(TimeAuthorities::new(time.authorities.clone(), roots, time.every));
        }
        let publishers = publishers::read(config.law_publishers.as_deref())?;
        publishers::name(&node, publishers.clone())?;
        Ok(Self { config, node, keyring, secret, identity, in_use: borrowed.in_use, publishers, _lock: lock })
    }

    /// Opens the doors, says where they are, and serves until a signal ends it.
    async fn serve(mut self) -> Result<(), Ended> {
        let (ending, _) = watch::channel(false);
        let ended = || {
            let mut ended = ending.subscribe();
            async move { drop(ended.wait_for(|ended| *ended).await) }
        };
        let mut signals = Signals::listen()?;
        let mut tasks = tokio::task::JoinSet::new();
        let router = web::service(self.node.clone());
        let mut at = At::default();
        if let Some(address) = self.config.people.listen {
            let listener = bind("people.listen", address).await?;
            at.people = listener.local_addr().ok();
            tasks.spawn(people::serve(Door::Tcp(listener), router.clone(), ended()));
        }
        if let Some(path) = &self.config.people.socket {
            tasks.spawn(people::serve(Door::socket(path)?, router, ended()));
        }
        let peer: Arc<Node> = Arc::new(self.node.clone());
        if let Some(federation) = &self.config.federation {
            let listener = bind("federation.listen", federation.listen).await?;
            at.federation = listener.local_addr().ok();
            let (path, identity) = (federation.path.clone(), self.identity.clone());
            let (pins, desk, ended) = (peer.clone(), peer.clone(), ended());
            tasks.spawn(async move {
                let served = exchange::serve(listener, &path, &identity, pins, desk, Limits::default(), ended).await;
                if let Err(why) = served {
                    tracing::error!(%why, "peers are not served any more");
                }
            });
        }
        let carrier = Carrier::new(self.identity.clone(), peer, Patience::default());
        let rhythm =
            node::Rhythm { log: self.config.ledger_round, range: self.config.range, ..node::Rhythm::default() };
        tasks.spawn(node::carry(self.node.clone(), carrier, rhythm, ended()));
        self.say_where(&at);
        tasks.spawn(service::alive(self.node.clone(), ended()));
        service::ready();
        let mut look = tokio::time::interval(KEYS_LOOK);
        let outcome = loop {
            let told = tokio::select! {
                signal = signals.next() => signal,
                _ = look.tick() => Told::Look,
                // Nothing ends by itself; what does, ended badly.
                Some(ended) = tasks.join_next() => {
                    let why = ended.err().map(|why| format!(": {why}")).unwrap_or_default();
                    break Err(Ended::new(FAILURE, format!("a part of the node ended by itself{why}; see the log")));
                }
            };
            match told {
                Told::End => break Ok(()),
                Told::Reload => {
                    self.renew_publishers();
                    self.renew_keys(true).await;
                }
                Told::Look => self.renew_keys(false).await,
            }
        };
        tracing::info!("ending");
        service::ending();
        ending.send_replace(true);
        while tasks.join_next().await.is_some() {}
        // The last clone of the store waits for what is queued, which an asynchronous thread may not.
        tokio::task::spawn_blocking(move || drop(self)).await.ok();
        outcome
    }

    /// Reads the publishers of law bases anew, and the law base that is kept. What fails leaves all as it was.
    fn renew_publishers(&self) {
        let named = tokio::task::block_in_place(|| {
            publishers::name(&self.node, publishers::read(self.config.law_publishers.as_deref())?)
        });
        if let Err(Ended { sentence, .. }) = named {
            tracing::error!(why = sentence, "the publishers of law bases were not read anew");
        }
    }

    /// Reads keyring and card anew, if told so or if the use of a key began or ended. What fails leaves all as it was.
    async fn renew_keys(&mut self, told: bool) {
        let now = self.node.now();
        let (config, keyring) = (self.config.clone(), self.keyring.clone());
        let changes = |card: &seal::Card| InUse::of(card, now) != self.in_use;
        let held = own_card(&self.node);
        if !told && !held.as_ref().is_some_and(changes) {
            return;
        }
        let borrowed = tokio::task::block_in_place(|| borrow(&config, &keyring, &self.secret, false, now));
        let replaced = borrowed.and_then(|borrowed| {
            self.identity.replace(&borrowed.tls.certificate, borrowed.tls.pkcs8_der()).map_err(fault)?;
            tokio::task::block_in_place(|| self.node.replace_hands(borrowed.hands)).map_err(trouble)?;
            Ok(borrowed.in_use)
        });
        match replaced {
            Ok(in_use) => {
                tracing::info!(edition = in_use.edition, seal = ?in_use.seal, tls = ?in_use.tls, "keys and card were read anew");
                self.in_use = in_use;
            }
            Err(Ended { sentence, .. }) => {
                tracing::error!(why = sentence, "keys and card were not read anew; those from before are used on");
            }
        }
    }

    /// What it trusts and where it is; then the line for programs.
    fn say_where(&self, at: &At) {
        let (config, card) = (&self.config, own_card(&self.node));
        let edition = card.as_ref().map_or(0, seal::Card::edition);
        say(format!("comity {}: {}, card edition {edition}", env!("CARGO_PKG_VERSION"), config.authority));
        match (&at.federation, card.iter().flat_map(|card| &card.statement().endpoints).next()) {
            (Some(address), Some(endpoint)) => {
                say(format!("peers:    {endpoint}, answered at {address}; only certificates that approved cards name"))
            }
            (Some(address), None) => say(format!(
                "peers:    answered at {address}, but the card names no endpoint: nobody knows where that is"
            )),
            (None, Some(endpoint)) => say(format!(
                "peers:    nobody is answered, though the card names {endpoint}; federation.listen is empty"
            )),
            (None, None) => say("peers:    nobody is answered; the pouch alone reaches this node"),
        }
        if let Some(address) = at.people {
            let whom = match (address.ip().is_loopback(), config.people.behind_proxy) {
                (true, false) => "every account on this machine can reach it; a token decides",
                (_, true) => "the proxy before it reads everything",
                (false, false) => "other machines can reach it",
            };
            say(format!("people:   http://{address}; {whom}"));
        }
        if let Some(path) = &config.people.socket {
            say(format!("people:   unix:{}; this account alone", path.display()));
        }
        let law = self.node.law_in_use();
        say(match &law.publisher {
            Some(by) => format!(
                "law:      {}, signed by {} ({}) {}",
                law.version,
                by.authority,
                by.fingerprint.short(),
                by.signed_at
            ),
            None => format!("law:      {}, built in", law.version),
        });
        for publisher in &self.publishers {
            let (authority, fingerprint) = (publisher.authority(), publisher.fingerprint());
            say(format!("law:      also whatever {authority} signs with {}", fingerprint.for_reading_aloud()));
        }
        match &config.time {
            Some(time) => {
                let addresses: Vec<String> = time.authorities.iter().map(exchange::TimeAuthority::address).collect();
                say(format!("time:     {}, believed under {}", addresses.join(", "), time.roots.display()));
            }
            None => say("time:     nobody stamps the log; only its witnesses say when a thing existed"),
        }
        say(format!("keeps:    {}, exhibits in {}", config.database, config.exhibits));
        say(format!(
            "keys:     {}, opened by {}; whoever has both can seal for {}",
            config.keys.display(),
            config.node_secret,
            config.authority
        ));
        say(format!(
            "ready {}",
            json!({
                "authority": config.authority, "edition": edition, "pid": std::process::id(), "people": at.people.map(|address| format!("http://{address}")),
                "socket": config.people.socket, "federation": at.federation,
            })
        ));
    }
}

/// Where the doors are.
#[derive(Default)]
struct At {
    people: Option<SocketAddr>,
    federation: Option<SocketAddr>,
}

/// Key id and secret for an object store, from a file of two lines that only its owner may read.
pub fn credentials(path: &Path) -> Result<(String, Zeroizing<String>), Ended> {
    let wrong = |why: &dyn std::fmt::Display| {
        Ended::new(crate::USAGE, format!("exhibits_credentials: {}: {why}", path.display()))
    };
    let mode = std::fs::metadata(path).map_err(|why| wrong(&why))?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(wrong(&format!("others may use it (mode {mode:04o}); chmod 600 it, and ask for new credentials")));
    }
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|why| wrong(&why))?);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next(), lines.next()) {
        (Some(id), Some(secret), None) => Ok((id.to_owned(), Zeroizing::new(secret.to_owned()))),
        _ => Err(wrong(&"it holds two lines, key id and secret")),
    }
}

/// The node's own card as it is in force.
fn own_card(node: &Node) -> Option<seal::Card> {
    let claimed = seal::SignedCard::parse(&node.card_file()).ok()?.claim().ok()?;
    let root = claimed.root_fingerprint();
    claimed.approve(&root).ok()
}

/// Borrows the keys, while nobody changes the keyring.
fn borrow(
    config: &Config,
    keyring: &Keyring,
    secret: &Secret,
    sweep: bool,
    now: terms::Moment,
) -> Result<Borrowed, Ended> {
    let _nobody = Lock::take(&config.data.join(KEYS_LOCK), "The keyring")?;
    if sweep {
        let swept = keyring.sweep().map_err(fault)?;
        if swept > 0 {
            tracing::warn!(files = swept, "leftovers of an interrupted change were removed from the keyring");
        }
    }
    let borrowed = Borrowed::from(keyring, secret, now).map_err(fault)?;
    if *borrowed.hands.authority() != config.authority {
        let sentence = format!(
            "The keys in {} are those of {}, and the configuration says {}.",
            config.keys.display(),
            borrowed.hands.authority(),
            config.authority
        );
        return Err(Ended::new(crate::USAGE, sentence));
    }
    Ok(borrowed)
}

async fn bind(setting: &str, address: SocketAddr) -> Result<TcpListener, Ended> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|why| Ended::new(NETWORK, format!("{setting}: {address} cannot be listened at: {why}")))
}

/// What the process was told.
enum Told {
    End,
    Reload,
    Look,
}

struct Signals {
    term: tokio::signal::unix::Signal,
    int: tokio::signal::unix::Signal,
    hup: tokio::signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, Ended> {
        let listen =
            |kind| signal(kind).map_err(|why| Ended::new(FAILURE, format!("signals cannot be listened to: {why}")));
        let (term, int) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
        Ok(Self { term, int, hup: listen(SignalKind::hangup())? })
    }
    async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.term.recv() => Told::End,
            _ = self.int.recv() => Told::End,
            _ = self.hup.recv() => Told::Reload,
        }
    }
}

/// The process that runs the node of this data folder, if one does.
pub fn running(data: &Path) -> Option<i32> {
    Lock::held_by(&data.join(NODE_LOCK))
}
