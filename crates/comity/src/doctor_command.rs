//! `comity doctor`: looks at a node from outside and says what is not in order, or will not be soon, each with what to do.
//!
//! It changes nothing, needs no secret, and opens neither database nor keys: it reads what may be read while the node runs. With a token it also
//! asks the running node.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use clap::Args;
use keys::{Keyring, SecretSource};
use seal::Card;
use serde_json::{Value, json};
use store::blobs::BlobLocation;
use terms::Moment;

use crate::client::show::{self, text};
use crate::client::{Client, Reach};
use crate::config::{Config, Source};
use crate::serve::credentials;
use crate::{Ended, FAILURE, key_command, now, say, serve};

const DAY: i64 = 86_400;
/// Below so many days the end of a key is told: 30 as a reminder, 7 as urgent; 90 is only noted.
const REMIND: [(i64, Grade); 3] = [(7, Grade::Wrong), (30, Grade::Soon), (90, Grade::Note)];
/// Below so much free room the disk is told.
const ROOM_WRONG: u64 = 256 * 1024 * 1024;
const ROOM_SOON: u64 = 2 * 1024 * 1024 * 1024;
/// How far this machine's clock and the node's may be apart, in seconds.
const CLOCK_APART: i64 = 5;
/// After so many attempts something that waits is told.
const ATTEMPTS: i64 = 5;

/// Look whether a node is in order, and say what to do where it is not.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity doctor --config /var/lib/comity/comity.toml
  comity doctor --config /var/lib/comity/comity.toml --token-file operator.token --json

Without a token only what lies on this machine is looked at, and whether the node answers. Exit code 1 if something is wrong.")]
pub struct Doctor {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    reach: Reach,
}

/// How a finding stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Good,
    Note,
    Soon,
    Wrong,
}

impl Grade {
    fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Soon => "soon",
            Self::Wrong => "WRONG",
        }
    }
}

/// What was found.
#[derive(Default)]
struct Findings(Vec<(Grade, &'static str, String)>);

impl Findings {
    fn tell(&mut self, grade: Grade, about: &'static str, sentence: impl Into<String>) {
        self.0.push((grade, about, sentence.into()));
    }
    fn good(&mut self, about: &'static str, sentence: impl Into<String>) {
        self.tell(Grade::Good, about, sentence);
    }
    fn wrong(&mut self, about: &'static str, sentence: impl Into<String>) {
        self.tell(Grade::Wrong, about, sentence);
    }
}

impl Doctor {
    /// Looks.
    pub fn run(self) -> Result<(), Ended> {
        let mut found = Findings::default();
        match Config::load(&self.source) {
            Err(Ended { sentence, .. }) => found.wrong("configuration", sentence),
            Ok(config) => {
                found.good("configuration", format!("{}, {}", config.file.display(), config.authority));
                secret(&mut found, &config);
                room(&mut found, &config.data);
                exhibits(&mut found, &config);
                database(&mut found, &config);
                card(&mut found, &config, now()?);
                match serve::running(&config.data) {
                    Some(process) => found.good("process", format!("the node runs as process {process}")),
                    None => found.tell(
                        Grade::Note,
                        "process",
                        "no node runs on this data folder; start it with `comity serve`",
                    ),
                }
            }
        }
        online(&mut found, &self.reach)?;
        self.print(&found)
    }

    fn print(&self, found: &Findings) -> Result<(), Ended> {
        if self.reach.json {
            let one = |(grade, about, sentence): &(Grade, &str, String)| json!({ "grade": grade.word().to_lowercase(), "about": about, "sentence": sentence });
            say(Value::Array(found.0.iter().map(one).collect()));
        } else {
            let row = |(grade, about, sentence): &(Grade, &str, String)| {
                vec![grade.word().to_owned(), (*about).to_owned(), sentence.clone()]
            };
            say(show::table(&found.0.iter().map(row).collect::<Vec<_>>()));
        }
        match found.0.iter().filter(|(grade, _, _)| *grade == Grade::Wrong).count() {
            0 => Ok(()),
            1 => Err(Ended::new(FAILURE, "One thing is wrong.")),
            many => Err(Ended::new(FAILURE, format!("{many} things are wrong."))),
        }
    }
}

/// Whether the secret's file is there and closed to others. It is not read.
fn secret(found: &mut Findings, config: &Config) {
    let (SecretSource::KeyFile(path) | SecretSource::PassphraseFile(path)) = &config.node_secret else {
        return found
            .good("secret", format!("{}; only the node's own start can show whether it is there", config.node_secret));
    };
    match std::fs::metadata(path) {
        Err(why) => found.wrong("secret", format!("{}: {why}; without it the node does not start", path.display())),
        Ok(meta) if meta.mode() & 0o077 != 0 => {
            let sentence = format!(
                "others may use {} (mode {:04o}); chmod 600 it, and consider it as known: rotate the keys",
                path.display(),
                meta.mode() & 0o7777
            );
            found.wrong("secret", sentence);
        }
        Ok(_) => {
            let beside = path.starts_with(&config.keys) || path.parent() == config.keys.parent();
            match beside {
                true => found.tell(
                    Grade::Note,
                    "secret",
                    format!("{} lies beside the keyring: one stolen backup opens everything", path.display()),
                ),
                false => found.good("secret", path.display().to_string()),
            }
        }
    }
}

fn room(found: &mut Findings, folder: &Path) {
    let at = folder.display();
    match rustix::fs::statvfs(folder) {
        Err(why) => found.wrong("disk", format!("{at}: {why}")),
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let mib = free / (1024 * 1024);
            match free {
                0..ROOM_WRONG => {
                    found.wrong("disk", format!("{at}: {mib} MiB free; what cannot be written is refused. Make room"))
                }
                ROOM_WRONG..ROOM_SOON => found.tell(Grade::Soon, "disk", format!("{at}: {mib} MiB free; make room")),
                _ => found.good("disk", format!("{at}: {mib} MiB free")),
            }
        }
    }
}

/// Whether there is room for exhibits, and whether their credentials are closed to others. Nobody is asked.
fn exhibits(found: &mut Findings, config: &Config) {
    match &config.exhibits {
        BlobLocation::Folder(folder) if folder.exists() => room(found, folder),
        BlobLocation::Folder(_) => {}
        bucket @ BlobLocation::S3 { .. } => {
            found.good("exhibits", format!("{bucket}; the running node tells whether it answers"));
        }
    }
    if config.arrivals.exists() {
        room(found, &config.arrivals);
    }
    if let Some(Err(ended)) = config.exhibits_credentials.as_deref().map(credentials) {
        found.wrong("exhibits", ended.sentence);
    }
}

/// Whether the database's file is there and closed to others. It is not opened: a running node alone does that.
fn database(found: &mut Findings, config: &Config) {
    let Some(path) = config.database.path() else {
        return found.good("database", format!("{}; the running node tells whether it answers", config.database));
    };
    match std::fs::metadata(path) {
        Err(_) => found.tell(
            Grade::Note,
            "database",
            format!("{} is not there yet; the first start makes it", path.display()),
        ),
        Ok(meta) if meta.mode() & 0o077 != 0 => {
            found.wrong(
                "database",
                format!("others may use {} (mode {:04o}); chmod 600 it", path.display(), meta.mode() & 0o7777),
            );
        }
        Ok(meta) => found.good("database", format!("{}, {} MiB", path.display(), meta.len().div_ceil(1024 * 1024))),
    }
}

/// Keyring, card and the ends of what the card names.
fn card(found: &mut Findings, config: &Config, now: Moment) {
    let keyring = match Keyring::open(&config.keys) {
        Err(why) => return found.wrong("keyring", terms::Fault::from(why).to_string()),
        Ok(keyring) => keyring,
    };
    match keyring.list() {
        Err(why) => found.wrong("keyring", terms::Fault::from(why).to_string()),
        Ok(listing) => {
            for why in listing.unreadable {
                found.wrong("keyring", terms::Fault::from(why).to_string());
            }
            if listing.entries.iter().any(|entry| entry.kind() == keys::Kind::Root) {
                found.tell(
                    Grade::Soon,
                    "root",
                    "the root's file is in the keyring; take it offline: `comity key take-root-offline`",
                );
            }
            found.good("keyring", format!("{}, {} keys", config.keys.display(), listing.entries.len()));
        }
    }
    let card = match key_command::held(&keyring) {
        Err(Ended { sentence, .. }) => return found.wrong("card", sentence),
        Ok(card) => card,
    };
    if *card.authority() != config.authority {
        found.wrong(
            "card",
            format!("it is the card of {}, and the configuration says {}", card.authority(), config.authority),
        );
    }
    if card.issued() > now.plus_seconds(CLOCK_APART) {
        found.wrong(
            "clock",
            format!(
                "the card was issued at {}, which by this machine's clock has not come: set the clock",
                card.issued()
            ),
        );
    }
    match (&config.federation, card.statement().endpoints.is_empty()) {
        (Some(_), true) => {
            found.wrong("endpoint", "peers are listened for, but the card names no endpoint: nobody knows where")
        }
        (None, false) => found
            .wrong("endpoint", "the card names an endpoint, but federation.listen is empty: nobody is answered there"),
        _ => {}
    }
    for (about, last, remedy) in ends(&card, now) {
        end(found, about, last, remedy, now);
    }
}

/// When the last of each kind of key ends: in use now, or to come.
fn ends(card: &Card, now: Moment) -> [(&'static str, Option<Moment>, &'static str); 4] {
    let statement = card.statement();
    let seals = statement.seals.iter().filter(|entry| entry.compromised_since.is_none()).map(|entry| entry.last());
    let tls = statement.tls.iter().map(|entry| entry.until);
    let encryption = statement.encryption.iter().map(|entry| entry.until);
    let last = |ends: &mut dyn Iterator<Item = Moment>| ends.filter(|end| *end >= now).max();
    [
        ("root", Some(card.root().certificate().until()), "prepare a new root: peers must approve it"),
        ("seal", last(&mut seals.into_iter()), "comity key rotate seal"),
        ("tls", last(&mut tls.into_iter()), "comity key rotate tls"),
        ("encryption", last(&mut encryption.into_iter()), "comity key rotate encryption"),
    ]
}

fn end(found: &mut Findings, about: &'static str, last: Option<Moment>, remedy: &str, now: Moment) {
    let Some(last) = last.filter(|last| *last >= now) else {
        return found.wrong(about, format!("none that can be used now is listed by the card: {remedy}"));
    };
    let days = (last.unix() - now.unix()) / DAY;
    match REMIND.iter().find(|(within, _)| days < *within) {
        Some((_, grade)) => found.tell(*grade, about, format!("ends {last}, in {days} days: {remedy}")),
        None => found.good(about, format!("until {last}")),
    }
}

/// What the running node says.
fn online(found: &mut Findings, reach: &Reach) -> Result<(), Ended> {
    if let Err(problem) = reach.nobody()?.ready() {
        found.wrong("node", problem.text());
        return Ok(());
    }
    if reach.token_file.is_none() {
        found.good("node", format!("{} answers; with --token-file it is asked for more", reach.node));
        return Ok(());
    }
    // What is found is told in one way, whatever the way in which all of it is printed.
    let client = match (Reach { json: false, ndjson: false, ..reach.clone() }).client() {
        Ok(client) => client,
        Err(Ended { sentence, .. }) => {
            found.wrong("token", sentence);
            return Ok(());
        }
    };
    match client.get("/node") {
        Err(problem) => found.wrong("node", problem.text()),
        Ok(node) => standing(found, &node, now()?),
    }
    outbox(found, &client);
    if let Ok(peers) = client.get("/peers?limit=1000") {
        for peer in show::items(&peers).filter(|peer| peer["status"] == "suspended" || peer["status"] == "proposed") {
            found.tell(Grade::Note, "peer", format!("{} is {}", text(&peer["authority"]), text(&peer["status"])));
        }
    }
    Ok(())
}

fn standing(found: &mut Findings, node: &Value, now: Moment) {
    found.good(
        "node",
        format!(
            "{}, edition {}, {} leaves, {} peers",
            text(&node["authority"]),
            node["edition"],
            node["leaves"],
            node["peers"]
        ),
    );
    if let Ok(theirs) = text(&node["now"]).parse::<Moment>() {
        let apart = (theirs.unix() - now.unix()).abs();
        if apart > CLOCK_APART {
            found.wrong("clock", format!("the node's clock and this machine's are {apart} s apart"));
        }
    }
    time_stamps(found, &node["time"], now);
    if let Some(count) = node["unstamped"]["manifests"].as_u64() {
        let (since, why) =
            (text(&node["unstamped"]["since"]), show::printable(&text(&node["unstamped"]["why"])).to_string());
        let why = if why.is_empty() { "nobody was asked yet".to_owned() } else { why };
        found.tell(
            Grade::Soon,
            "time",
            format!("{count} manifest(s) wait for a token since {since}, asked for anew every round: {why}"),
        );
    }
    if !node["recovering"].is_null() {
        found.tell(Grade::Soon, "recovery", "the node seals nothing until every peer has answered: `comity recover`");
    }
}

/// Whether somebody stamps the log with the time, and answers.
fn time_stamps(found: &mut Findings, time: &Value, now: Moment) {
    if time.is_null() {
        return found.tell(Grade::Note, "time", "nobody stamps the log; name an authority in time.authorities");
    }
    let last = &time["last"];
    let stamped = match last.is_null() {
        true => "no token yet".to_owned(),
        false => {
            let by = last["authority"].as_str().map_or_else(
                || "an authority that is not believed any more".to_owned(),
                |authority| show::printable(authority).to_string(),
            );
            format!("{} leaves existed by {}, says {by}", last["leaves"], text(&last["by"]))
        }
    };
    let waiting = &time["waiting"];
    match text(&waiting["since"]).parse::<Moment>() {
        Ok(since) => {
            let grade = if since.plus_seconds(DAY) < now { Grade::Wrong } else { Grade::Soon };
            let why = show::printable(&text(&waiting["why"])).to_string();
            found.tell(
                grade,
                "time",
                format!("a token is awaited since {since}, and asked for anew every round: {why}; {stamped}"),
            );
        }
        Err(_) if last["demonstration"] == true => {
            found.tell(Grade::Note, "time", format!("{stamped}; for demonstration and tests only, it proves nothing"));
        }
        Err(_) => found.good("time", stamped),
    }
}

fn outbox(found: &mut Findings, client: &Client) {
    match client.get("/outbox?limit=1000") {
        Err(problem) => found.tell(Grade::Note, "outbox", problem.text().replace('\n', " ")),
        Ok(outbox) => {
            let mut stuck: Vec<(String, String)> = Vec::new();
            for row in show::items(&outbox).filter(|row| row["attempts"].as_i64().unwrap_or(0) >= ATTEMPTS) {
                let to = text(&row["to"]);
                if !row["last_error"].is_null() && !stuck.iter().any(|(known, _)| *known == to) {
                    stuck.push((to, text(&row["last_error"])));
                }
            }
            for (to, why) in &stuck {
                found.tell(Grade::Soon, "outbox", format!("{to} has not been reached for several attempts: {why}"));
            }
            if stuck.is_empty() {
                found.good("outbox", format!("{} things wait", show::items(&outbox).count()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_key_is_told_at_90_30_and_7_days() {
        let now: Moment = "2026-11-24T08:00:00Z".parse().expect("a moment");
        for (days, grade) in [
            (400, Grade::Good),
            (90, Grade::Good),
            (89, Grade::Note),
            (29, Grade::Soon),
            (6, Grade::Wrong),
            (-1, Grade::Wrong),
        ] {
            let mut found = Findings::default();
            end(&mut found, "seal", Some(now.plus_seconds(days * DAY)), "rotate it", now);
            assert!(found.0[0].0 == grade, "{days} days: {}", found.0[0].2);
        }
        let mut found = Findings::default();
        end(&mut found, "seal", None, "rotate it", now);
        assert!(found.0[0].0 == Grade::Wrong);
    }
}
