//! The cast of the demonstration: an authority with a folder, a running node, and three people who work there.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::time::Stamper;
use crate::{Ended, FAILURE};

/// Where everything lies, and how this program is run.
pub struct Stage {
    program: PathBuf,
    folder: PathBuf,
    /// Who stamps the three logs with the time.
    pub stamper: Stamper,
    _temporary: Option<tempfile::TempDir>,
}

pub fn failed(what: impl std::fmt::Display) -> Ended {
    Ended::new(FAILURE, format!("The demonstration ends here: {what}."))
}

impl Stage {
    /// A new folder; a temporary one goes when the stage does.
    pub fn set(folder: Option<&Path>) -> Result<Self, Ended> {
        let program = std::env::current_exe().map_err(|why| failed(format!("this program cannot be found: {why}")))?;
        match folder {
            Some(folder) => {
                fs::create_dir(folder).map_err(|why| failed(format!("{} cannot be made: {why}", folder.display())))?;
                let folder = folder.canonicalize().map_err(failed)?;
                Ok(Self { program, stamper: Stamper::open(&folder)?, folder, _temporary: None })
            }
            None => {
                let temporary = tempfile::Builder::new().prefix("comity-demo-").tempdir().map_err(failed)?;
                let folder = temporary.path().to_owned();
                Ok(Self { program, stamper: Stamper::open(&folder)?, folder, _temporary: Some(temporary) })
            }
        }
    }
    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
    /// This program, with no setting from the environment: what is shown depends on nothing around it.
    fn program(&self) -> Command {
        let mut program = Command::new(&self.program);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("COMITY_")) {
            program.env_remove(name);
        }
        program
    }
    /// Runs this program with these arguments; its standard output.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Result<String, Ended> {
        let (status, out, err) = self.try_run(arguments)?;
        if status != 0 {
            return Err(failed(format!("a step was refused (exit code {status}): {}{}", err.trim(), out.trim())));
        }
        Ok(out)
    }
    /// Runs this program and gives exit code, standard output and standard error, whatever they are.
    pub fn try_run<S: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<(i32, String, String), Ended> {
        let ran = self.program().args(arguments).output();
        let ran = ran.map_err(|why| failed(format!("this program cannot be run: {why}")))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok((ran.status.code().unwrap_or(-1), text(&ran.stdout), text(&ran.stderr)))
    }
}

/// A person of an authority.
#[derive(Clone, Copy)]
pub enum Who {
    /// Works on matters.
    Officer,
    /// Approves what the officer wrote.
    Approver,
    /// A second one, where two are asked for.
    Second,
    /// Keeps the node running.
    Operator,
}

impl Who {
    /// The short name.
    pub fn id(self) -> &'static str {
        match self {
            Self::Officer => "officer",
            Self::Approver => "approver",
            Self::Second => "second-approver",
            Self::Operator => "operator",
        }
    }
}

/// One authority on the stage. Its node is a process of its own, and ends with it.
pub struct Side<'s> {
    stage: &'s Stage,
    /// The authority.
    pub authority: &'static str,
    /// How it is called in the telling.
    pub name: &'static str,
    folder: PathBuf,
    node: Option<Child>,
    address: String,
}

impl Drop for Side<'_> {
    fn drop(&mut self) {
        if let Some(mut node) = self.node.take() {
            // Politely first: a node that is told to end finishes what is under way.
            let told = rustix::process::Pid::from_raw(i32::try_from(node.id()).unwrap_or(0))
                .map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::TERM));
            if !matches!(told, Some(Ok(()))) {
                let _ = node.kill();
            }
            let _ = node.wait();
        }
    }
}

/// A port that is free now. Between asking and using it another program could take it; then the node says so.
fn free_port() -> Result<u16, Ended> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(failed)?;
    Ok(listener.local_addr().map_err(failed)?.port())
}

impl<'s> Side<'s> {
    /// Founds an authority, with its first operator. Gives the fingerprint of its root as it is read aloud.
    pub fn found(
        stage: &'s Stage,
        authority: &'static str,
        name: &'static str,
        (language, title): (&str, &str),
    ) -> Result<(Self, String), Ended> {
        let folder = stage.folder().join(authority);
        let port = free_port()?;
        let side = Self { stage, authority, name, folder, node: None, address: String::new() };
        let made = stage.run([
            "init".to_owned(),
            authority.to_owned(),
            format!("--folder={}", side.folder.display()),
            format!("--name={language}={title}"),
            format!("--endpoint=https://127.0.0.1:{port}"),
            format!("--federation-listen=127.0.0.1:{port}"),
            format!("--make-root-key={}", stage.folder().join(format!("{authority}.root-key")).display()),
            format!("--make-node-key={}", stage.folder().join(format!("{authority}.node-key")).display()),
            "--operator=operator".to_owned(),
            format!("--operator-name=Operator of {name}"),
            format!("--operator-token={}", side.token(Who::Operator).display()),
            "--people-listen=127.0.0.1:0".to_owned(),
            "--json".to_owned(),
        ])?;
        let made: Value = serde_json::from_str(&made).map_err(failed)?;
        let fingerprint = made["fingerprint"].as_str().unwrap_or_default().to_owned();
        Ok((side, fingerprint))
    }
    fn token(&self, who: Who) -> PathBuf {
        self.stage.folder().join(format!("{}.{}.token", self.authority, who.id()))
    }
    /// A file of this side's, outside its node's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.stage.folder().join(format!("{}.{name}", self.authority))
    }
    /// The card that it gives to others.
    pub fn card(&self) -> PathBuf {
        self.folder.join(format!("{}.card.json", self.authority))
    }
    /// Starts the node and waits until it says that it is ready.
    pub fn serve(&mut self) -> Result<String, Ended> {
        let log = fs::File::create(self.file("log")).map_err(failed)?;
        let mut node = self
            .stage
            .program()
            .arg("serve")
            .arg(format!("--config={}", self.folder.join("comity.toml").display()))
            .arg("--set=ledger.round_seconds=2")
            .arg(format!("--set=time.authorities={}", self.stage.stamper.address))
            .arg(format!("--set=time.roots={}", self.stage.stamper.root.display()))
            .arg("--set=time.every_seconds=2")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .map_err(failed)?;
        let out = node.stdout.take().ok_or_else(|| failed("the node has no output"))?;
        self.node = Some(node);
        let mut lines = BufReader::new(out).lines();
        let ready = loop {
            let line = lines.next().ok_or_else(|| {
                failed(format!("the node of {} did not start; see {}", self.name, self.file("log").display()))
            })?;
            if let Some(ready) = line.map_err(failed)?.strip_prefix("ready ") {
                break serde_json::from_str::<Value>(ready).map_err(failed)?;
            }
        };
        // What it says further is of no interest, and must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        self.address = ready["people"]
            .as_str()
            .map(|address| format!("http://{}", address.trim_start_matches("http://")))
            .unwrap_or_default();
        Ok(self.address.clone())
    }
    /// Enters the people who work here.
    pub fn staff(&self) -> Result<(), Ended> {
        for (who, role) in [(Who::Officer, "officer"), (Who::Approver, "approver"), (Who::Second, "approver")] {
            let name = format!("{} of {}", who.id(), self.name);
            let to = format!("--to={}", self.token(who).display());
            self.comity(Who::Operator, ["person", "add", who.id(), &name, "--role", role, &to])?;
        }
        Ok(())
    }
    /// Runs a command against this side's node, as one of its people; its standard output.
    pub fn comity<S: AsRef<OsStr>>(&self, who: Who, arguments: impl IntoIterator<Item = S>) -> Result<String, Ended> {
        self.stage.run(self.reaching(who, arguments))
    }
    /// The same, whatever comes of it.
    pub fn try_comity<S: AsRef<OsStr>>(
        &self,
        who: Who,
        arguments: impl IntoIterator<Item = S>,
    ) -> Result<(i32, String, String), Ended> {
        self.stage.try_run(self.reaching(who, arguments))
    }
    fn reaching<S: AsRef<OsStr>>(&self, who: Who, arguments: impl IntoIterator<Item = S>) -> Vec<std::ffi::OsString> {
        let mut all: Vec<std::ffi::OsString> = arguments.into_iter().map(|one| one.as_ref().to_owned()).collect();
        all.push(format!("--node={}", self.address).into());
        all.push(format!("--token-file={}", self.token(who).display()).into());
        all
    }
    /// The same, as JSON.
    pub fn ask<S: AsRef<OsStr>>(&self, who: Who, arguments: impl IntoIterator<Item = S>) -> Result<Value, Ended> {
        let mut all: Vec<std::ffi::OsString> = arguments.into_iter().map(|one| one.as_ref().to_owned()).collect();
        all.push("--json".into());
        serde_json::from_str(&self.comity(who, all)?).map_err(failed)
    }
    /// Where people sign in, and with which files.
    pub fn addresses(&self) -> Vec<String> {
        vec![
            format!("  {:<8} {}", self.name, self.address),
            format!("           officer  {}", self.token(Who::Officer).display()),
            format!("           approver {}", self.token(Who::Approver).display()),
        ]
    }
}
