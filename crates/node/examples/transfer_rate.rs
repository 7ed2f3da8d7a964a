//! How fast an exhibit goes from node to node, verified, beside a plain download of the same bytes.
//!
//! `cargo run --release -p node --example transfer_rate -- [MiB] [directory]`; by default 1024 MiB in `/dev/shm`. Both nodes, their databases and
//! the network between them are in this one process. Measured is from the moment at which the receiving node begins to carry to the moment
//! at which the exhibit is *here*: every chunk authenticated, the whole hashed and compared, the object made. The peer is `curl` from nginx over
//! TLS 1.3 into a file, the sealed bytes themselves, and then the same followed by `openssl dgst -sha256`: the whole of it compared, but not each piece authenticated. Without nginx the peer
//! is named as not at hand.

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[path = "../tests/node/evidence.rs"]
#[allow(dead_code, unused_imports)]
mod evidence;
#[path = "../tests/node/serving.rs"]
mod serving;
#[path = "../tests/node/world.rs"]
#[allow(dead_code)]
mod world;

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serving::start;
use tokio::net::TcpListener;
use world::Side;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

#[expect(clippy::disallowed_methods, reason = "this is a measurement")]
fn clock() -> Instant {
    Instant::now()
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Outcome<()> {
    let mut arguments = std::env::args().skip(1);
    let mebibytes: u64 = arguments.next().as_deref().unwrap_or("1024").parse()?;
    let home = PathBuf::from(arguments.next().as_deref().unwrap_or("/dev/shm"));
    let size = mebibytes << 20;
    // Memory that nobody used before is slow to come by: what the copies will need is used once before anything is measured.
    let warm = home.join(format!("comity-transfer-warm-{}", std::process::id()));
    let warmed =
        std::fs::File::create(&warm).and_then(|mut file| io::copy(&mut io::repeat(1).take(4 * size), &mut file));
    std::fs::remove_file(&warm)?;
    warmed?;
    let (at_es, at_ma) = (TcpListener::bind("127.0.0.1:0").await?, TcpListener::bind("127.0.0.1:0").await?);
    let endpoint = |listener: &TcpListener| format!("https://{}", listener.local_addr().expect("an address"));
    let depot = |folder: &Path| node::Depot::folder(&folder.join("exhibits")).expect("a depot");
    let es = Side::found_beneath(&home, "es.moj", &endpoint(&at_es), depot);
    let ma = Side::found_beneath(&home, "ma.moj", &endpoint(&at_ma), depot);
    es.knows(&ma);
    ma.knows(&es);
    let (es, ma, docket) = evidence::opened_by(es, ma);
    let (es_carrier, ma_carrier) = (start(&es, at_es), start(&ma, at_ma));

    let mut source = io::repeat(0x5a).take(size);
    let take =
        || ma.node.take_exhibit(&ma.officer, "bench", evidence::about(docket), &mut source, &mut evidence::go_on);
    let exhibit = tokio::task::block_in_place(take).expect("taken in");
    evidence::transmit(&ma, docket, std::slice::from_ref(&exhibit));
    world::settle(&[&es, &ma]);
    drop(ma_carrier);
    println!("{mebibytes} MiB in {}", home.display());

    let (begun, used) = (clock(), processor_seconds());
    tokio::spawn(node::carry(es.node.clone(), es_carrier, node::Rhythm::default(), std::future::pending()));
    loop {
        let (rows, _) = es.node.exhibits(&es.officer, &docket, 0, 10).expect("listed");
        if rows.iter().any(|row| row.state == "here") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    tell("node to node, verified", size, begun.elapsed());
    println!("{:<44}{:>8.2} CPU s/GB", "  of both nodes", (processor_seconds() - used) / (size as f64 / 1e9));

    let sealed = ma.folder.path().join("exhibits");
    let sealed = largest(&sealed)?.ok_or("no sealed exhibit was found")?;
    match Nginx::start(&ma.folder.path().join("nginx"), &sealed) {
        Ok(nginx) => nginx.measure(size)?,
        Err(why) => println!("{:<44} not at hand: {why}", "curl from nginx, TLS 1.3"),
    }
    Ok(())
}

fn tell(what: &str, size: u64, time: Duration) {
    println!("{what:<44}{:>8.2} GB/s", size as f64 / 1e9 / time.as_secs_f64());
}

/// What this process has used of processors so far, in hundredths of a second.
fn processor_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = told.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}

/// The largest file beneath a folder: the sealed exhibit.
fn largest(folder: &Path) -> io::Result<Option<PathBuf>> {
    let mut found: Option<(u64, PathBuf)> = None;
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let about = entry.metadata()?;
            if about.is_dir() {
                open.push(entry.path());
            } else if found.as_ref().is_none_or(|(size, _)| *size < about.len()) {
                found = Some((about.len(), entry.path()));
            }
        }
    }
    Ok(found.map(|(_, path)| path))
}

/// A web server over one file, with a certificate of its own.
struct Nginx {
    child: Child,
    folder: PathBuf,
    url: String,
}

impl Nginx {
    fn start(folder: &Path, file: &Path) -> Outcome<Self> {
        let root = file.parent().ok_or("a file without a folder")?;
        let name = file.file_name().and_then(|name| name.to_str()).ok_or("a file without a name")?;
        std::fs::create_dir_all(folder)?;
        let (key, certificate) = (folder.join("key.pem"), folder.join("cert.pem"));
        let made = Command::new("openssl")
            .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"])
            .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout"])
            .args([key.as_os_str(), "-out".as_ref(), certificate.as_os_str()])
            .stderr(Stdio::null())
            .status()?;
        if !made.success() {
            return Err("openssl made no certificate".into());
        }
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let at = |name: &str| folder.join(name).display().to_string();
        let configuration = format!(
            "daemon off; worker_processes 2; pid {pid}; error_log {log};\n\
             events {{ worker_connections 64; }}\n\
             http {{ access_log off; sendfile on; client_body_temp_path {a}; proxy_temp_path {b}; fastcgi_temp_path {c};\n\
             uwsgi_temp_path {d}; scgi_temp_path {e};\n\
             server {{ listen 127.0.0.1:{port} ssl; ssl_protocols TLSv1.3; ssl_certificate {cert}; ssl_certificate_key {key};\n\
             root \"{root}\"; }} }}\n",
            pid = at("pid"),
            log = at("log"),
            a = at("a"),
            b = at("b"),
            c = at("c"),
            d = at("d"),
            e = at("e"),
            cert = certificate.display(),
            key = key.display(),
            root = root.display(),
        );
        let written = folder.join("nginx.conf");
        std::fs::write(&written, configuration)?;
        // Debian keeps it where only an administrator looks; whoever measures may be one without the path.
        let program = ["nginx", "/usr/sbin/nginx"].into_iter().find(|program| {
            Command::new(program).arg("-v").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        });
        let mut command = Command::new(program.ok_or("nginx is not installed")?);
        command.arg("-e").arg(folder.join("log")).arg("-c").arg(&written).stderr(Stdio::null());
        // Its workers may read what is ours only.
        command.arg("-g").arg("user root;");
        let child = command.spawn()?;
        let nginx = Self { child, folder: folder.to_owned(), url: format!("https://127.0.0.1:{port}/{name}") };
        for _ in 0..100 {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return Ok(nginx);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err("nginx did not start".into())
    }
    fn measure(&self, size: u64) -> Outcome<()> {
        let into = self.folder.join("download");
        let download = || -> Outcome<()> {
            let status = Command::new("curl")
                .args(["--silent", "--fail", "--tlsv1.3", "--cacert"])
                .arg(self.folder.join("cert.pem"))
                .arg("--output")
                .arg(&into)
                .arg(&self.url)
                .status()?;
            if status.success() { Ok(()) } else { Err("curl failed".into()) }
        };
        let begun = clock();
        download()?;
        tell("curl from nginx, TLS 1.3", size, begun.elapsed());
        std::fs::remove_file(&into)?;
        let begun = clock();
        download()?;
        let hashed = Command::new("openssl").args(["dgst", "-sha256"]).arg(&into).stdout(Stdio::null()).status()?;
        if !hashed.success() {
            return Err("openssl failed".into());
        }
        tell("curl from nginx, then openssl dgst -sha256", size, begun.elapsed());
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // Its workers end with it only if it is asked to end.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
