//! Lists the files of `law/` so that the library can embed them: one table of (path, text), sorted by path.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let home = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = home.join("../../law");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort();
    let mut table = String::from("&[\n");
    for (name, path) in files {
        println!("cargo::rerun-if-changed={}", path.display());
        let path = path.canonicalize().expect("the file was just listed");
        table.push_str(&format!("({name:?}, include_str!({:?})),\n", path.display().to_string()));
    }
    table.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("law_files.rs");
    fs::write(out, table).expect("cargo's output directory is writable");
}

fn collect(root: &Path, folder: &Path, into: &mut Vec<(String, PathBuf)>) {
    for entry in fs::read_dir(folder).expect("law/ is readable") {
        let path = entry.expect("law/ is readable").path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            collect(root, &path, into);
        } else if path.extension().is_some_and(|e| e == "toml" || e == "csv") {
            let name = path.strip_prefix(root).expect("found under the root").to_string_lossy().replace('\\', "/");
            if !name.starts_with("cases/") {
                into.push((name, path));
            }
        }
    }
}
