//! What the tests need beside Rust: independent witnesses, and a real database server.
//!
//! Python's `cryptography` and pyHanko go into an environment of their own under `target/witness`, axe-core into `target/axe`; OpenSSL, PostgreSQL, Node
//! and Chromium come from the distribution. Nothing is installed that is there already.

use std::path::PathBuf;

use crate::run::{command, has, root, run};

/// Makes the Python environment of the witnesses and says where its interpreter is.
pub fn python() -> Result<PathBuf, String> {
    let home = root().join("target/witness");
    let interpreter = home.join("bin/python3");
    let wanted = include_str!("../witness/requirements.txt");
    let done = home.join("requirements.txt");
    if std::fs::read_to_string(&done).is_ok_and(|held| held == wanted) {
        return Ok(interpreter);
    }
    println!("xtask: installing into target/witness, from PyPI: {}", wanted.trim().replace('\n', ", "));
    let place = home.display().to_string();
    let made = || run(command("python3", &["-m", "venv", &place]));
    if made().is_err() {
        debian("python3-venv")?;
        made()?;
    }
    let python = interpreter.display().to_string();
    run(command(&python, &["-m", "pip", "install", "--quiet", "--requirement", "xtask/witness/requirements.txt"]))?;
    std::fs::write(done, wanted).map_err(|error| format!("target/witness cannot be written: {error}"))?;
    Ok(interpreter)
}

/// Sees to OpenSSL's command.
pub fn openssl() -> Result<(), String> {
    if has("openssl", "version") { Ok(()) } else { debian("openssl") }
}

/// Sees to `unzip`, with which a court opens an export.
pub fn unzip() -> Result<(), String> {
    if has("unzip", "-v") { Ok(()) } else { debian("unzip") }
}

/// Sees to a PostgreSQL server that tests can start for themselves.
pub fn postgresql() -> Result<(), String> {
    let in_path = has("initdb", "--version");
    let by_debian = std::fs::read_dir("/usr/lib/postgresql")
        .is_ok_and(|versions| versions.flatten().any(|version| version.path().join("bin/initdb").exists()));
    if in_path || by_debian { Ok(()) } else { debian("postgresql") }
}

/// Sees to a browser, to Node, and to axe-core, which judges pages in it; says where axe-core is.
pub fn axe() -> Result<PathBuf, String> {
    for (program, package) in [("chromium", "chromium"), ("node", "nodejs"), ("npm", "npm")] {
        if !has(program, "--version") {
            debian(package)?;
        }
    }
    let home = root().join("target/axe");
    let script = home.join("node_modules/axe-core/axe.min.js");
    let wanted = include_str!("../witness/axe/package-lock.json");
    let held = home.join("package-lock.json");
    if script.exists() && std::fs::read_to_string(&held).is_ok_and(|held| held == wanted) {
        return Ok(script);
    }
    println!(
        "xtask: installing into target/axe, from npm's registry: axe-core, as xtask/witness/axe/package-lock.json names it"
    );
    let written = std::fs::create_dir_all(&home)
        .and_then(|()| std::fs::write(home.join("package.json"), include_str!("../witness/axe/package.json")))
        .and_then(|()| std::fs::write(&held, wanted));
    written.map_err(|error| format!("target/axe cannot be written: {error}"))?;
    run(command("npm", &["ci", "--no-audit", "--no-fund", "--prefix", &home.display().to_string()]))?;
    Ok(script)
}

/// Installs a package of the distribution.
pub fn debian(package: &str) -> Result<(), String> {
    println!("xtask: installing Debian's package {package}");
    let failed = |error| format!("{error}; this needs Debian's package {package}: install it, or run this as root");
    let apt = |arguments: &[&str]| {
        let mut apt = command("apt-get", arguments);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        run(apt).map_err(failed)
    };
    apt(&["update", "-q"])?;
    apt(&["install", "-q", "-y", "--no-install-recommends", package])
}
