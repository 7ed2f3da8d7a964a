//! A PostgreSQL of our own for one test program: fresh, on a Unix socket and on loopback with TLS, gone with the program.
//!
//! A shell that holds it waits for the end of its standard input; that comes when the test program ends, however
//! it ends. As PostgreSQL refuses to run as root, root runs all of it as the user `postgres`.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const SCRIPT: &str = r#"
dir="$1"; bin="$2"; port="$3"; fsync="$4"; cd "$dir" || exit 1
key='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
"$bin/initdb" -D data -U comity -A trust --locale=C -E UTF8 -N >log 2>&1 || { cat log; exit 1; }
{
  for name in root other; do openssl req -x509 $key -keyout $name.key -out $name.pem -subj /CN=$name -days 30; done
  openssl req $key -keyout server.key -out server.csr -subj /CN=localhost
  echo subjectAltName=DNS:localhost >names
  openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 30 -extfile names -out server.pem
  chmod 600 server.key
  chmod 755 . && chmod 644 root.pem other.pem
} >>log 2>&1 || { cat log; exit 1; }
"$bin/postgres" -D data -k "$dir" -p "$port" -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync="$fsync" \
  -c ssl=on -c ssl_cert_file="$dir/server.pem" -c ssl_key_file="$dir/server.key" >>log 2>&1 </dev/null &
pid=$!
tries=0
until "$bin/pg_isready" -q -h "$dir" -p "$port"; do
  tries=$((tries + 1))
  [ $tries -lt 1200 ] && kill -0 $pid || { cat log; kill -INT $pid; exit 1; }
  sleep 0.05
done
echo ready
cat >/dev/null
kill -INT $pid; wait $pid; cd / && rm -rf "$dir"
"#;

/// A running server.
pub struct Server {
    dir: PathBuf,
    port: u16,
    /// Its standard input stays open as long as this program lives.
    _shell: Child,
}

/// The server of this test program.
pub fn server() -> &'static Server {
    static SERVER: OnceLock<Server> = OnceLock::new();
    SERVER.get_or_init(|| start("off"))
}

/// A server that does what its users' servers do: what it has confirmed is on the disk. For measuring; nothing if PostgreSQL is not installed.
#[allow(dead_code, reason = "only examples/store_rate.rs measures")]
pub fn durable() -> Option<Server> {
    programs().map(|_| start("on"))
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = versions.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let whole = |bin: &PathBuf| ["initdb", "postgres", "pg_isready"].iter().all(|name| bin.join(name).exists());
    debian.chain(std::env::split_paths(&path)).find(whole)
}

fn start(fsync: &str) -> Server {
    let programs = programs();
    let programs =
        programs.expect("PostgreSQL is not installed here: run `cargo xtask test`, which installs what the tests need");
    let dir = tempfile::Builder::new().prefix("comity-pg-").tempdir().expect("a temporary folder").keep();
    let root = std::fs::metadata(&dir).expect("the folder is there").uid() == 0;
    let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
    let mut command = if root {
        let given = Command::new("chown").arg("postgres").arg(&dir).status().expect("chown runs");
        assert!(given.success(), "the user postgres must exist: run `cargo xtask test`, which installs PostgreSQL");
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "sh"]);
        command
    } else {
        Command::new("sh")
    };
    command.args(["-c", SCRIPT, "sh"]).arg(&dir).arg(programs).arg(port.to_string()).arg(fsync);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a shell runs");
    let mut said = String::new();
    let mut lines = BufReader::new(child.stdout.take().expect("its output is ours")).lines();
    while let Some(Ok(line)) = lines.next() {
        if line == "ready" {
            return Server { dir, port, _shell: child };
        }
        said.push_str(&line);
        said.push('\n');
    }
    let _ = child.wait();
    panic!("PostgreSQL did not start:\n{said}");
}

impl Server {
    /// The address of a schema that nobody else uses.
    pub fn fresh(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let schema = format!("s{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let base = self.socket();
        let mut client = postgres::Client::connect(&base, postgres::NoTls).expect("the server answers");
        client.batch_execute(&format!("CREATE SCHEMA {schema}")).expect("a schema is created");
        format!("{base}?options=-csearch_path%3D{schema}")
    }

    fn socket(&self) -> String {
        let dir = self.dir.display().to_string().replace('/', "%2F");
        format!("postgres://comity@{dir}:{}/postgres", self.port)
    }

    /// The address over loopback, without any parameter.
    pub fn loopback(&self, host: &str) -> String {
        format!("postgres://comity@{host}:{}/postgres", self.port)
    }

    /// A certificate file of the server's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.dir).join(name)
    }
}
