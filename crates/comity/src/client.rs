//! The client of a running node: what every command that asks one shares.
//!
//! It speaks `docs/api.md` over a Unix socket or over loopback, and nothing else: a token that left this machine in the clear would be
//! anybody's. The token comes from a file that only its owner may read, never from an argument or a variable. One call, one connection; a call
//! blocks. Never here: what a command means.

mod problem;
pub mod show;

use std::fs::File;
use std::io::Read as _;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bytes::Bytes;
use clap::Args;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, CONTROLS, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::Value;
use tokio::net::{TcpStream, UnixStream};
use tokio::runtime::Runtime;
use zeroize::Zeroizing;

use crate::config::PEOPLE_LISTEN;
use crate::{Ended, FAILURE, NETWORK, RIGHTS, USAGE, say};

pub use problem::Problem;

/// Where the API begins.
const ROOT: &str = "/api/v1";
/// What stands outside it and needs no token.
pub const HEALTH: [&str; 2] = ["/healthz", "/readyz"];
/// The most bytes of an answer that is kept in memory; exhibits are streamed.
const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most bytes of a token's file.
const TOKEN_BYTES_MAX: u64 = 1_000;
/// What stands in a path as it is; all else is written as `%…`.
const SEGMENT: &AsciiSet =
    &CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'/').add(b'<').add(b'>').add(b'?').add(b'`');

/// How to reach a node, as whom, and how to print.
#[derive(Args, Clone, Debug)]
pub struct Reach {
    /// The node: http://127.0.0.1:PORT or unix:PATH.
    #[arg(long, value_name = "WHERE", env = "COMITY_NODE", default_value_t = Place::default(), global = true)]
    pub node: Place,
    /// The file with the personal token; readable by its owner alone.
    #[arg(long, value_name = "FILE", env = "COMITY_TOKEN_FILE", global = true)]
    pub token_file: Option<PathBuf>,
    /// Why, in a line, for the audit trail.
    #[arg(long, value_name = "TEXT", global = true)]
    pub purpose: Option<String>,
    /// The answer as one JSON document; a problem as one on standard error.
    #[arg(long, global = true, conflicts_with = "ndjson")]
    pub json: bool,
    /// A list through to its end, each item as one JSON document on a line of its own; anything else as with --json.
    #[arg(long, global = true)]
    pub ndjson: bool,
    /// Say what would happen, or why it would be refused, and change nothing.
    #[arg(long, global = true)]
    pub dry_run: bool,
}

/// Where a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// On loopback.
    Tcp(SocketAddr),
    /// On a socket.
    Unix(PathBuf),
}

impl Default for Place {
    fn default() -> Self {
        Self::Tcp(PEOPLE_LISTEN.parse().expect("INVARIANT: the default is an address"))
    }
}
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}
impl FromStr for Place {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:").filter(|path| !path.is_empty()) {
            return Ok(Self::Unix(path.into()));
        }
        let expected = "it is written http://127.0.0.1:PORT or unix:PATH";
        let rest = text.strip_prefix("http://").ok_or(expected)?.trim_end_matches('/');
        let rest = rest.strip_prefix("localhost:").map_or_else(|| rest.to_owned(), |port| format!("127.0.0.1:{port}"));
        let address: SocketAddr = rest.parse().map_err(|_| expected)?;
        match address.ip() {
            ip if ip.is_loopback() => Ok(Self::Tcp(address)),
            IpAddr::V4(_) | IpAddr::V6(_) => {
                Err("the token would cross the network in the clear; use a socket, or a tunnel to loopback".to_owned())
            }
        }
    }
}

/// A client with a token.
pub struct Client {
    place: Place,
    token: Option<Zeroizing<String>>,
    purpose: Option<String>,
    /// Whether answers and problems are printed as JSON.
    pub json: bool,
    /// Whether lists are printed item by item.
    pub ndjson: bool,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    runtime: Runtime,
}

/// The header of a document.
const JSON: (&str, &str) = ("content-type", "application/json");

/// A body on its way.
pub type Sent = BoxBody<Bytes, std::io::Error>;

/// A body that is in memory.
fn whole(bytes: impl Into<Bytes>) -> Sent {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// A segment of a path.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}
/// A value of a query.
pub fn query(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

impl Reach {
    /// A client as this person.
    pub fn client(&self) -> Result<Client, Ended> {
        let problem = |exit, sentence: String| Problem::here(exit, sentence, self.json || self.ndjson);
        let path = self.token_file.as_deref().ok_or_else(|| {
            let sentence = "No token: name its file with --token-file or COMITY_TOKEN_FILE. An operator gives tokens: `comity person add`.";
            problem(RIGHTS, sentence.to_owned())
        })?;
        self.connect(Some(token(path).map_err(|ended| problem(ended.code, ended.sentence))?))
    }
    /// A client that is nobody, for what needs no token.
    pub fn nobody(&self) -> Result<Client, Ended> {
        self.connect(None)
    }
    fn connect(&self, token: Option<Zeroizing<String>>) -> Result<Client, Ended> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|why| Ended::new(FAILURE, format!("no thread to run on: {why}")))?;
        let (place, purpose) = (self.node.clone(), self.purpose.clone());
        let (json, ndjson, dry_run) = (self.json || self.ndjson, self.ndjson, self.dry_run);
        Ok(Client { place, token, purpose, json, ndjson, dry_run, runtime })
    }
}

/// Reads a token from its file.
fn token(path: &Path) -> Result<Zeroizing<String>, Ended> {
    let unreadable =
        |why: std::io::Error| Ended::new(USAGE, format!("the token file {} cannot be read: {why}", path.display()));
    let file = File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o7777;
    if mode & 0o077 != 0 {
        let sentence = format!(
            "Others than its owner may use the token file {} (mode {mode:04o}). Run `chmod 600` on it, and have an operator give you a new token: this one may be known.",
            path.display()
        );
        return Err(Ended::new(USAGE, sentence));
    }
    let mut text = Zeroizing::new(String::new());
    file.take(TOKEN_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    let token = Zeroizing::new(text.trim().to_owned());
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Ended::new(USAGE, format!("{} holds no token.", path.display())));
    }
    Ok(token)
}

impl Client {
    /// Asks for a document.
    pub fn get(&self, path: &str) -> Result<Value, Problem> {
        self.document(Method::GET, path, whole(Bytes::new()), &[])
    }
    /// Whether the node is there and ready; it needs no token.
    pub fn ready(&self) -> Result<(), Problem> {
        let sent = async { self.send(Method::GET, HEALTH[1], whole(Bytes::new()), &[]).await.map(drop) };
        self.runtime.block_on(sent)
    }
    /// Hands in a document.
    pub fn post(&self, path: &str, body: &impl Serialize) -> Result<Value, Problem> {
        let body = self.written(body)?;
        self.document(Method::POST, path, whole(body), &[JSON])
    }
    /// Hands in a document in the place of another.
    pub fn put(&self, path: &str, body: &impl Serialize) -> Result<Value, Problem> {
        let body = self.written(body)?;
        self.document(Method::PUT, path, whole(body), &[JSON])
    }
    /// Hands in bytes as they are.
    pub fn post_bytes(&self, path: &str, body: Vec<u8>, headers: &[(&str, &str)]) -> Result<Value, Problem> {
        self.document(Method::POST, path, whole(body), headers)
    }
    /// Asks for a document as it is written, and one of the headers that came with it.
    pub fn get_bytes(&self, path: &str, header: &str) -> Result<(Bytes, Option<String>), Problem> {
        self.runtime.block_on(async {
            let answer = self.send(Method::GET, path, whole(Bytes::new()), &[]).await?;
            let header =
                answer.headers().get(header).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
            Ok((self.read(answer.into_body()).await?, header))
        })
    }
    /// Hands in a body that is made while it travels.
    pub fn stream_in(&self, path: &str, body: Sent, headers: &[(&str, &str)]) -> Result<Value, Problem> {
        self.document(Method::POST, path, body, headers)
    }
    /// Asks with a document and gives the answer's head and, piece by piece, its body to `piece`. Interrupting it is a problem like any other.
    pub fn stream_out(
        &self,
        path: &str,
        body: &impl Serialize,
        headers: &[(&str, &str)],
        mut piece: impl FnMut(&Response<()>, &[u8]) -> std::io::Result<()>,
    ) -> Result<Response<()>, Problem> {
        let body = self.written(body)?;
        let headers = [&[JSON], headers].concat();
        let asked = async {
            let answer = self.send(Method::POST, path, whole(body), &headers).await?;
            let (head, mut body) = answer.into_parts();
            let head = Response::from_parts(head, ());
            while let Some(frame) = body.frame().await {
                let frame = frame.map_err(|why| self.failed(NETWORK, format!("The answer broke off: {why}.")))?;
                if let Ok(bytes) = frame.into_data() {
                    piece(&head, &bytes)
                        .map_err(|why| self.failed(FAILURE, format!("It cannot be written: {why}.")))?;
                }
            }
            Ok(head)
        };
        self.runtime.block_on(async {
            tokio::select! {
                done = asked => done,
                _ = tokio::signal::ctrl_c() => Err(self.failed(crate::INTERRUPTED, "Interrupted: the node stops, and nothing is left of it here.")),
            }
        })
    }

    fn written(&self, body: &impl Serialize) -> Result<Vec<u8>, Problem> {
        serde_json::to_vec(body).map_err(|why| self.failed(FAILURE, format!("It cannot be written as JSON: {why}.")))
    }

    fn document(&self, method: Method, path: &str, body: Sent, headers: &[(&str, &str)]) -> Result<Value, Problem> {
        let asked = async {
            let answer = self.send(method, path, body, headers).await?;
            let none = answer.status() == StatusCode::NO_CONTENT;
            let bytes = self.read(answer.into_body()).await?;
            if none {
                return Ok(Value::Null);
            }
            let answer: Value = serde_json::from_slice(&bytes)
                .map_err(|why| self.failed(FAILURE, format!("What answered is no node of this version: {why}.")))?;
            if self.dry_run && answer["dry_run"] == true { Err(self.would_be_done()) } else { Ok(answer) }
        };
        self.runtime.block_on(async {
            tokio::select! {
                done = asked => done,
                _ = tokio::signal::ctrl_c() => Err(self.failed(crate::INTERRUPTED, "Interrupted; whether it was done is not known.")),
            }
        })
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Sent,
        headers: &[(&str, &str)],
    ) -> Result<Response<Incoming>, Problem> {
        let uri = if HEALTH.contains(&path) { path.to_owned() } else { format!("{ROOT}{path}") };
        let changes = method != Method::GET;
        let mut request = Request::builder().method(method).uri(uri).header(header::HOST, "localhost");
        if self.dry_run && changes {
            request = request.header("comity-dry-run", "true");
        }
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {}", token.as_str()));
        }
        if let Some(purpose) = &self.purpose {
            request = request.header("comity-purpose", query(purpose));
        }
        request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = request.body(body).map_err(|why| self.failed(USAGE, format!("This cannot be asked: {why}.")))?;
        let answer = match &self.place {
            Place::Tcp(address) => self.exchange(TcpStream::connect(address).await, request).await?,
            Place::Unix(path) => self.exchange(UnixStream::connect(path).await, request).await?,
        };
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let bytes = self.read(answer.into_body()).await?;
        Err(Problem::told(status, &bytes, self.json))
    }

    async fn exchange<T>(
        &self,
        stream: std::io::Result<T>,
        request: Request<Sent>,
    ) -> Result<Response<Incoming>, Problem>
    where
        T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    {
        let absent = |why: &dyn std::fmt::Display| {
            self.failed(
                NETWORK,
                format!("No node answers at {}: {why}. Is `comity serve` running, and is --node right?", self.place),
            )
        };
        let stream = stream.map_err(|why| absent(&why))?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|why| absent(&why))?;
        tokio::spawn(async move {
            // What breaks here shows where the answer is read.
            let _ = connection.await;
        });
        sender.send_request(request).await.map_err(|why| absent(&why))
    }

    async fn read(&self, body: Incoming) -> Result<Bytes, Problem> {
        let read = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        Ok(read.map_err(|why| self.failed(NETWORK, format!("The answer broke off: {why}.")))?.to_bytes())
    }

    /// Waits a while. Interrupting it is a problem like any other.
    pub fn pause(&self, time: std::time::Duration, interrupted: &str) -> Result<(), Problem> {
        self.runtime.block_on(async {
            tokio::select! {
                () = tokio::time::sleep(time) => Ok(()),
                _ = tokio::signal::ctrl_c() => Err(self.failed(crate::INTERRUPTED, interrupted)),
            }
        })
    }

    /// How a command ends that was to change nothing: everything up to the change itself was as it must be.
    pub fn would_be_done(&self) -> Problem {
        self.failed(0, "It would be done. This was a dry run: nothing was changed.")
    }

    /// Something went wrong on this side.
    pub fn failed(&self, exit: u8, sentence: impl Into<String>) -> Problem {
        Problem::here(exit, sentence, self.json)
    }

    /// Prints an answer: as one JSON document, or as `text` makes it.
    pub fn print(&self, answer: &Value, text: impl FnOnce(&Value) -> String) {
        if self.json {
            say(answer);
        } else {
            let text = text(answer);
            say(text.trim_end());
        }
    }
}

/// How many items are asked for at a time if all are wanted: drafts have bodies, and an answer is kept in memory whole.
const AT_A_TIME: u16 = 32;

impl Client {
    /// Prints a list: one page of it for people or as one document; item by item through to its end with --ndjson.
    pub fn list(
        &self,
        path: &str,
        before: &[(&str, &str)],
        paging: &Paging,
        none: &str,
        mut line: impl FnMut(&Value) -> String,
    ) -> Result<(), Ended> {
        self.pages(path, before, paging, |page| {
            self.print_page(page, none, &mut line);
            Ok(())
        })
    }
    /// Gives a page of a list to `each`; with --ndjson, and unless a page was asked for by its length, every one that follows, too.
    pub fn pages(
        &self,
        path: &str,
        before: &[(&str, &str)],
        paging: &Paging,
        mut each: impl FnMut(&Value) -> Result<(), Ended>,
    ) -> Result<(), Ended> {
        let all = self.ndjson && paging.limit.is_none();
        let mut which = Paging { limit: paging.limit.or(all.then_some(AT_A_TIME)), after: paging.after.clone() };
        loop {
            let page = self.get(&format!("{path}{}", which.query(before)))?;
            each(&page)?;
            if !all || page["next"].is_null() {
                return Ok(());
            }
            which.after = Some(show::text(&page["next"]));
        }
    }
    /// Prints one page of a list.
    pub fn print_page(&self, page: &Value, none: &str, line: impl FnMut(&Value) -> String) {
        if self.ndjson {
            show::items(page).for_each(say);
        } else {
            self.print(page, |page| show::list(page, none, line));
        }
    }
}

/// Which page of a list.
#[derive(Args, Clone, Debug)]
pub struct Paging {
    /// How many, 1 to 1000.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub limit: Option<u16>,
    /// What the page before named as its next.
    #[arg(long, value_name = "NEXT")]
    pub after: Option<String>,
}

impl Paging {
    /// As a query, with more parts before it.
    pub fn query(&self, before: &[(&str, &str)]) -> String {
        let limit = self.limit.map(|limit| ("limit", limit.to_string()));
        let after = self.after.clone().map(|after| ("after", after));
        let before = before.iter().map(|(name, value)| (*name, (*value).to_owned()));
        let parts: Vec<String> =
            before.chain(limit).chain(after).map(|(name, value)| format!("{name}={}", query(&value))).collect();
        if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_on_loopback_or_on_a_socket_and_nowhere_else() {
        for (text, place) in [
            ("http://127.0.0.1:80", "http://127.0.0.1:80"),
            ("http://localhost:8470/", "http://127.0.0.1:8470"),
            ("http://[::1]:8470", "http://[::1]:8470"),
            ("unix:/run/comity.sock", "unix:/run/comity.sock"),
        ] {
            assert_eq!(text.parse::<Place>().map(|place| place.to_string()).as_deref(), Ok(place));
        }
        for (text, why) in [
            ("http://192.0.2.1:80", "in the clear"),
            ("https://127.0.0.1:80", "http://127.0.0.1"),
            ("http://example.org:80", "http://127.0.0.1"),
            ("unix:", "unix:PATH"),
            ("", "unix:PATH"),
        ] {
            let refused = text.parse::<Place>().expect_err(text);
            assert!(refused.contains(why), "{text}: {refused}");
        }
    }

    #[test]
    fn a_token_is_read_from_a_file_that_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "abc\n").expect("written");
        for (mode, readable) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("a mode");
            let found = token(&path);
            assert_eq!(found.as_ref().is_ok_and(|token| token.as_str() == "abc"), readable, "{mode:o}");
            assert!(readable || found.is_err_and(|ended| ended.sentence.contains("chmod 600")), "{mode:o}");
        }
    }
}
