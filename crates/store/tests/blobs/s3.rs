//! An S3 server for a test: Python's `moto`, from the environment of the independent witnesses, on a port of its own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use store::blobs::BlobLocation;

const PREPARE: &str = "prepare the independent witnesses with `cargo xtask test`";

fn python() -> PathBuf {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let python = std::env::var_os("COMITY_PYTHON").map(PathBuf::from);
    let python = python.unwrap_or_else(|| workspace.join("target/witness/bin/python3"));
    assert!(python.exists(), "no Python at {}: {PREPARE}, or name one in COMITY_PYTHON", python.display());
    python
}

/// The server takes any credentials, but wants some.
pub const CREDENTIALS: Option<(&str, &str)> = Some(("test", "test"));

/// A server that ends with the test.
pub struct Server {
    child: Child,
    port: u16,
}

impl Server {
    /// Starts it, waits until it answers, and makes a bucket.
    pub fn start() -> Self {
        let script = "
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server
server = make_server('127.0.0.1', 0, DomainDispatcherApplication(create_backend_app), threaded=True)
print(server.server_port, flush=True)
server.serve_forever()
";
        let mut command = Command::new(python());
        command.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap_or_else(|why| panic!("moto did not start ({why}): {PREPARE}"));
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it says its port");
        let port = line.trim().parse().unwrap_or_else(|_| panic!("moto did not say its port but “{line}”: {PREPARE}"));
        let server = Self { child, port };
        let made = server.ask("PUT /evidence HTTP/1.1");
        assert!(made.starts_with("HTTP/1.1 200"), "{made}");
        server
    }
    fn ask(&self, line: &str) -> String {
        let mut connection = TcpStream::connect(("127.0.0.1", self.port)).expect("it listens");
        let request =
            format!("{line}\r\nHost: 127.0.0.1:{}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", self.port);
        connection.write_all(request.as_bytes()).expect("asks");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("answers");
        answer
    }
    /// A place in its bucket.
    pub fn location(&self, prefix: &str) -> BlobLocation {
        let text = format!("s3://evidence/{prefix}?endpoint=http://127.0.0.1:{}&region=us-east-1", self.port);
        text.parse().expect("a bucket")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
