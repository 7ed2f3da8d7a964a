//! The house is in order: arrows point down, every module says what it is for, maps are true, nothing is half done.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const LAYERS: [&str; 5] = ["words", "mind", "hands", "shell", "doors"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask stands in the workspace").to_owned()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All files below the root with one of these endings, build output and hidden folders aside.
fn files(endings: &[&str]) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found
}

struct Room {
    layer: String,
    beside: BTreeSet<String>,
}

/// The table of `ARCHITECTURE.md`.
fn table(text: &str) -> BTreeMap<String, Room> {
    let cells = |line: &str| -> Vec<String> { line.split('|').map(|cell| cell.trim().to_owned()).collect() };
    let words = |cell: &str| -> BTreeSet<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let rows = text.lines().filter(|line| line.starts_with("| ") && line.contains('`')).map(cells);
    let room = |row: Vec<String>| {
        let name = words(&row[2]).pop_first().expect("a crate's name");
        (name, Room { layer: row[1].clone(), beside: words(&row[3]) })
    };
    rows.filter(|row| row.len() == 7).map(room).collect()
}

/// Each crate of ours and what it depends on in the product (not in its tests).
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = cargo_metadata::MetadataCommand::new().manifest_path(root().join("Cargo.toml")).no_deps().exec();
    let packages = metadata.expect("cargo metadata").packages;
    let ours: BTreeSet<String> = packages.iter().map(|package| package.name.to_string()).collect();
    let of = |package: &cargo_metadata::Package| {
        let normal = package.dependencies.iter().filter(|d| d.kind == cargo_metadata::DependencyKind::Normal);
        normal.map(|d| d.name.clone()).filter(|name| ours.contains(name)).collect()
    };
    packages.iter().map(|package| (package.name.to_string(), of(package))).collect()
}

/// Every arrow that the table does not allow, and every crate that stands on one side only.
fn wrong_arrows(rooms: &BTreeMap<String, Room>, crates: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let height = |room: &Room| LAYERS.iter().position(|layer| *layer == room.layer);
    let mut wrong: Vec<String> =
        crates.keys().filter(|name| !rooms.contains_key(*name)).map(|n| format!("{n} is not in the table")).collect();
    wrong.extend(rooms.keys().filter(|name| !crates.contains_key(*name)).map(|n| format!("{n} is not in the tree")));
    for (name, room) in rooms {
        for target in crates.get(name).into_iter().flatten() {
            let Some(other) = rooms.get(target) else { continue };
            let allowed = match (height(room), height(other)) {
                (None, _) => true,
                (Some(_), None) => false,
                (Some(from), Some(to)) => from > to || (from == to && room.beside.contains(target)),
            };
            if !allowed {
                wrong.push(format!("{name} -> {target}"));
            }
        }
    }
    wrong
}

#[test]
fn arrows_point_down() {
    let wrong = wrong_arrows(&table(&read(&root().join("ARCHITECTURE.md"))), &dependencies());
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn the_check_of_arrows_can_fail() {
    let rooms = table(
        "| words | `a` | | x | y |\n| words | `b` | `a` | x | y |\n| mind | `c` | | x | y |\n| beside | `t` | | x | y |",
    );
    let crates = |arrows: &[(&str, &[&str])]| -> BTreeMap<String, BTreeSet<String>> {
        arrows.iter().map(|(from, to)| ((*from).to_owned(), to.iter().map(|t| (*t).to_owned()).collect())).collect()
    };
    assert!(wrong_arrows(&rooms, &crates(&[("a", &[]), ("b", &["a"]), ("c", &["a"]), ("t", &["c"])])).is_empty());
    for (arrows, found) in [
        (crates(&[("a", &["c"]), ("b", &[]), ("c", &[]), ("t", &[])]), "a -> c"),
        (crates(&[("a", &["b"]), ("b", &[]), ("c", &[]), ("t", &[])]), "a -> b"),
        (crates(&[("a", &["t"]), ("b", &[]), ("c", &[]), ("t", &[])]), "a -> t"),
        (crates(&[("a", &[]), ("b", &[]), ("c", &[]), ("t", &[]), ("d", &[])]), "d is not in the table"),
        (crates(&[("a", &[]), ("b", &[]), ("t", &[])]), "c is not in the tree"),
    ] {
        assert_eq!(wrong_arrows(&rooms, &arrows), [found]);
    }
}

/// What is wrong with one Rust file.
fn untidy(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    if !text.starts_with("//!") && !text.starts_with("// Generated") {
        found.push(format!("{path} does not open with what it is for"));
    }
    if text.lines().count() > 600 {
        found.push(format!("{path} has more than 600 lines: does it still hold one concept?"));
    }
    let marks = [
        ["to", "do!("].concat(),
        ["unimple", "mented!("].concat(),
        ["FIX", "ME"].concat(),
        ["#[ig", "nore"].concat(),
        ["db", "g!("].concat(),
    ];
    found.extend(marks.iter().filter(|mark| text.contains(*mark)).map(|mark| format!("{path} holds {mark}")));
    found
}

#[test]
fn every_module_says_what_it_is_for_and_nothing_is_half_done() {
    let found: Vec<String> =
        files(&[".rs"]).iter().flat_map(|path| untidy(&path.display().to_string(), &read(path))).collect();
    assert!(found.is_empty(), "{found:#?}");
    let bad = ["fn f() {}".to_owned(), format!("//! x\n{}", "\n".repeat(601)), format!("//! x\n// {}{}", "FIX", "ME")];
    assert!(bad.iter().all(|text| untidy("bad.rs", text).len() == 1), "the check itself can fail");
}

#[test]
fn the_rooms_that_decide_read_no_clock_file_socket_or_chance() {
    let rooms = table(&read(&root().join("ARCHITECTURE.md")));
    let pure = rooms.iter().filter(|(_, room)| ["words", "mind"].contains(&room.layer.as_str()));
    for name in pure.map(|(name, _)| name) {
        let inside = root().join("crates").join(name).join("src");
        for path in files(&[".rs"]).iter().filter(|path| path.starts_with(&inside)) {
            let text = read(path);
            // An address is a name; only what opens a socket is barred.
            let code = product(&text).replace("std::net::IpAddr", "");
            for outside in ["std::fs", "std::net", "SystemTime", "Instant::now", "getrandom", "std::env::var"] {
                assert!(!code.contains(outside) || path.ends_with("tests.rs"), "{} reads {outside}", path.display());
            }
        }
    }
}

#[test]
fn documents_have_one_title_and_their_links_lead_somewhere() {
    for path in files(&[".md"]) {
        let text = read(&path);
        let prose: String = text.split("```").step_by(2).collect();
        assert_eq!(prose.lines().filter(|line| line.starts_with("# ")).count(), 1, "{}", path.display());
        for link in prose.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = link.split('#').next().expect("split gives at least one part");
            if !file.is_empty() && !file.contains("://") {
                let target = path.parent().expect("a folder").join(file);
                assert!(target.exists(), "{}: {link} leads nowhere", path.display());
            }
        }
    }
}

#[test]
fn every_decision_is_listed() {
    let folder = root().join("docs/decisions");
    let list = read(&folder.join("README.md"));
    for entry in std::fs::read_dir(&folder).expect("decisions").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name == "README.md" || list.contains(&format!("({name})")), "{name} is not listed");
    }
}

/// What of a file stands in the product: all before its tests.
fn product(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or(text)
}

/// The codes that a file of the product can answer with: each text in quotes that is a room, a dot and a few words.
fn codes(text: &str, rooms: &BTreeSet<String>) -> BTreeSet<String> {
    let code = |quoted: &&str| {
        quoted.split_once('.').is_some_and(|(room, words)| {
            let spelt = words.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase()));
            rooms.contains(room)
                && spelt
                && !["db", "toml", "json", "md", "sql", "css", "html", "lock"].contains(&words)
        })
    };
    let prose = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    prose.flat_map(|line| line.split('"')).filter(code).map(str::to_owned).collect()
}

#[test]
fn every_error_code_is_listed_once_and_every_listed_code_is_used() {
    let list = read(&root().join("docs/errors.md"));
    let listed: Vec<String> =
        list.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next().map(str::to_owned)).collect();
    let known: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(known.len(), listed.len(), "a code stands twice");
    let rooms: BTreeSet<String> = dependencies().into_keys().collect();
    let of_product = |path: &PathBuf| {
        let place = path.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
        place.starts_with("crates/") && place.contains("/src/") && !place.ends_with("/tests.rs")
    };
    let sources = files(&[".rs"]).into_iter().filter(of_product);
    let used: BTreeSet<String> = sources.flat_map(|path| codes(product(&read(&path)), &rooms)).collect();
    let missing: Vec<_> = used.difference(&known).collect();
    let stale: Vec<_> = known.difference(&used).collect();
    assert!(missing.is_empty() && stale.is_empty(), "docs/errors.md: add {missing:?}, remove {stale:?}");
}

#[test]
fn the_search_for_codes_sees_codes_and_nothing_else() {
    let rooms = BTreeSet::from(["seal".to_owned()]);
    let text = "Self::Root => \"seal.root\",\n  Fault::new(\n \"seal.not-held\", x)\n/// \"seal.in-prose\"\n\"seal.db\" \"es.moj\" \"seal.A\" \"seal.\"";
    let found: Vec<String> = codes(text, &rooms).into_iter().collect();
    assert_eq!(found, ["seal.not-held", "seal.root"]);
}
