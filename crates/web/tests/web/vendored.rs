//! What was taken from elsewhere is what it is said to be, and what is ours knows no left and right.

use std::path::PathBuf;

use terms::Digest;

fn read(path: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("assets").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

#[test]
fn the_vendored_style_sheets_are_those_of_the_package_that_is_named() {
    let sums = read("vendor/designsystemet/SHA256SUMS");
    assert_eq!(sums.lines().count(), 3);
    for line in sums.lines() {
        let (digest, name) = line.split_once("  ").expect("a digest and a name");
        let found = Digest::of(&[read(&format!("vendor/designsystemet/{name}")).as_bytes()]);
        assert_eq!(found.to_string(), digest, "{name}");
    }
    let (script, readme) = (read("vendor/update.sh"), read("vendor/README.md"));
    for setting in ["package=", "version=", "integrity="] {
        let value = script.lines().find_map(|line| line.strip_prefix(setting)).expect(setting);
        assert!(readme.contains(value), "{setting}{value} does not stand in README.md");
    }
}

#[test]
fn our_own_style_serves_both_directions() {
    let ours = read("comity.css");
    for physical in ["-left", "-right", " left:", " right:", "float:"] {
        assert!(!ours.contains(physical), "{physical}");
    }
    assert!(!ours.contains("@import") && !ours.contains("url("), "nothing is loaded from elsewhere");
    for template in
        std::fs::read_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("templates")).expect("templates").flatten()
    {
        let text = std::fs::read_to_string(template.path()).expect("a template");
        for barred in ["|safe", "| safe", "style=", "<script", "onclick", "autoescape"] {
            assert!(!text.contains(barred), "{}: {barred}", template.path().display());
        }
    }
}
