//! `comity docket`: the matters of this authority, and the page of one.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::Ended;
use crate::client::show::{self, short, text};
use crate::client::{Client, Paging, Problem, Reach, segment};
use crate::exhibit_command::Handling;
use crate::fitted::fitted;
use crate::landing::Landing;
use crate::ledger_command::proof_of;
use crate::watched::Watched;

/// Look at dockets.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity docket list
  comity docket show 3f9a
  comity docket pre-check 3f9a
  comity docket show 3f9a --json | jq '.possible[].kind'
  comity docket export 3f9a --to docket.asice --exhibits --wait --where Madrid --why \"for the trial\" --authority \"order 3/2026\"

A docket may be named by the first four or more digits of its id.")]
pub struct Docket {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// All dockets, the one that changed last first.
    List {
        #[command(flatten)]
        paging: Paging,
    },
    /// What was said in a docket, what stands, and what may be said next.
    Show {
        /// The docket's id, or its beginning.
        docket: String,
        /// From which act on.
        #[arg(long, value_name = "N")]
        from: Option<usize>,
        /// How many acts, 1 to 1000.
        #[arg(long, value_name = "N")]
        limit: Option<u16>,
    },
    /// What the law base ruled on a request on the day on which this authority sent it.
    PreCheck {
        /// The docket's id, or its beginning.
        docket: String,
    },
    /// Write a docket, with everything signed about it, for a court or the defence: checked by `comity verify`.
    Export(Box<Export>),
}

#[derive(Args)]
struct Export {
    /// The docket's id, or its beginning.
    docket: String,
    /// The file, which must not exist; mostly it ends in .asice.
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// The exhibits go along, in plaintext. That they do enters their history.
    #[arg(long)]
    exhibits: bool,
    /// The histories of the docket's physical items go along.
    #[arg(long)]
    items: bool,
    /// If acts were logged since the last round of the log, wait for the next, so that their proofs are inside.
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    handling: Handling,
}

impl Export {
    fn run(self, client: &Client) -> Result<(), Ended> {
        let said = self.handling.said(client)?;
        let unproved = self.unproved(client)?;
        let mut landing = Landing::begin(&self.to)?;
        let wish = json!({ "exhibits": self.exhibits, "items": self.items, "said": said });
        let mut watched = Watched::begin("exporting", client.ndjson);
        let path = format!("/dockets/{}/export", segment(&self.docket));
        client.stream_out(&path, &wish, &[], |_, piece| {
            watched.more(piece.len());
            landing.take(piece)
        })?;
        drop(watched);
        let sha256 = landing.keep(&self.to, None)?;
        client.print(&json!({ "file": self.to, "sha256": sha256, "unproved": unproved }), |_| {
            let written = format!("{} is written: sha256 {sha256}. Check it with `comity verify`.", self.to.display());
            match unproved {
                0 => written,
                one => format!(
                    "{written}\n{one} act(s) are not proved yet by the log, whose next round is still to come: export again after it, or with --wait."
                ),
            }
        });
        Ok(())
    }

    /// How many acts the log does not prove yet; none if it is waited for. Later acts are logged later, or beside: so the latest are looked at until one is proved.
    fn unproved(&self, client: &Client) -> Result<usize, Problem> {
        let docket = whole_id(client, &self.docket)?;
        let mut pending = 0;
        for act in acts(client, &docket)?.iter().rev() {
            match proof_of(client, act, self.wait)? {
                Some(_) => break,
                None => pending += 1,
            }
        }
        Ok(pending)
    }
}

impl Docket {
    /// Asks the node.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            Verb::List { paging } => {
                client.list("/dockets", &[], &paging, "No dockets.", line)?;
            }
            Verb::Show { docket, from, limit } => {
                let from = from.map(|from| ("from", from.to_string()));
                let limit = limit.map(|limit| ("limit", limit.to_string()));
                let parts: Vec<String> =
                    from.into_iter().chain(limit).map(|(name, value)| format!("{name}={value}")).collect();
                let query = if parts.is_empty() { String::new() } else { format!("?{}", parts.join("&")) };
                let page = client.get(&format!("/dockets/{}{query}", segment(&docket)))?;
                client.print(&page, self::page);
            }
            Verb::PreCheck { docket } => {
                let page = client.get(&format!("/dockets/{}?limit=1", segment(&docket)))?;
                if page["pre_check"].is_null() {
                    let none = "No ruling is kept: another authority sent the request, its bodies were erased, or it is not for your role.";
                    return Err(client.failed(crate::NOT_FOUND, none).into());
                }
                client.print(&page["pre_check"], |kept| {
                    let ruling = kept["text"].as_str().map(show::printable).unwrap_or_default();
                    let (at, digest) = (text(&kept["at"]), text(&kept["digest"]));
                    fitted(&format!("Ruled {at} on the request as it was sent. SHA-256 {digest}\n\n{ruling}"))
                });
            }
            Verb::Export(export) => return export.run(&client),
        }
        Ok(())
    }
}

fn parties(parties: &Value) -> String {
    let one = |party: &Value| format!("{} ({})", text(&party["authority"]), text(&party["role"]));
    parties.as_array().into_iter().flatten().map(one).collect::<Vec<_>>().join(", ")
}

fn line(docket: &Value) -> String {
    let summary = &docket["summary"];
    let last = &summary["last"];
    let mut line = format!(
        "{}  {}  {}  last: {} by {}, {}",
        short(&docket["id"]),
        parties(&summary["parties"]),
        text(&summary["standing"]),
        text(&last["kind"]),
        text(&last["author"]),
        text(&last["time"]),
    );
    for (flag, word) in [("disputed", "DISPUTED"), ("breach", "BREACH")] {
        if summary[flag] == true {
            line += &format!("  {word}");
        }
    }
    if summary["undelivered"].as_u64().unwrap_or(0) > 0 {
        line += &format!("  {} not yet delivered", summary["undelivered"]);
    }
    line
}

fn page(page: &Value) -> String {
    let mut lines = vec![
        format!("docket    {}", text(&page["id"])),
        format!("procedure {}", text(&page["procedure"])),
        format!("parties   {}", parties(&page["parties"])),
        format!("stands    {}", text(&page["summary"]["standing"])),
    ];
    for measure in page["summary"]["measures"].as_array().into_iter().flatten() {
        lines.push(format!("  {}  {}: {}", text(&measure["id"]), text(&measure["kind"]), text(&measure["standing"])));
    }
    let kept = &page["pre_check"];
    if !kept.is_null() {
        let bases = kept["ruling"]["bases"].as_array().into_iter().flatten().map(|basis| text(&basis["instrument"]));
        let bases = bases.collect::<Vec<_>>().join(", ");
        let law = format!(
            "{}+{}",
            text(&kept["law"]["date"]),
            kept["law"]["digest"].as_str().and_then(|all| all.get(..12)).unwrap_or_default()
        );
        let rests = if bases.is_empty() { "no basis".to_owned() } else { bases };
        lines.push(format!("pre-check {}, law base {law}: {rests} (comity docket pre-check)", text(&kept["at"])));
    }
    if page["disputed"] == true {
        lines.push("DISPUTED: an author signed two histories, and nobody has settled it.".to_owned());
    }
    for breach in page["breaches"].as_array().into_iter().flatten() {
        lines.push(format!("BREACH: {}", text(&breach["sentence"])));
    }
    lines.push(String::new());
    for act in page["acts"].as_array().into_iter().flatten() {
        lines.extend(self::act(act));
    }
    if !page["next"].is_null() {
        lines.push(format!("More: --from {} ({} acts in all)", page["next"], page["acts_in_all"]));
    }
    let possible: Vec<&Value> = page["possible"].as_array().into_iter().flatten().collect();
    if !possible.is_empty() {
        lines.push(String::new());
        lines.push(format!("{} may say next:", text(&page["role"])));
        let row = |one: &&Value| {
            let perhaps = if one["certain"] == true { "" } else { ", depending on what is named" };
            let approvals = match one["approvals"].as_u64() {
                Some(1) => "1 approval".to_owned(),
                other => format!("{} approvals", other.unwrap_or(0)),
            };
            vec![format!("  {}", text(&one["kind"])), approvals, format!("{}{perhaps}", text(&one["effect"]))]
        };
        lines.push(show::table(&possible.iter().map(row).collect::<Vec<_>>()));
    }
    lines.join("\n")
}

fn act(act: &Value) -> Vec<String> {
    let mut lines = vec![format!(
        "{}  {}  {} ({})",
        text(&act["time"]),
        text(&act["kind"]),
        text(&act["author"]),
        text(&act["role"])
    )];
    let mut note = format!("  act {}", text(&act["id"]));
    if let Some([_, place]) = act["place"].as_array().map(Vec::as_slice) {
        note += &format!(", place {place} in this node's log");
    }
    lines.push(note);
    for (name, value) in act["facts"].as_object().into_iter().flatten() {
        lines.push(format!("  {}: {}", show::printable(name), text(value)));
    }
    match act["body"]["is"].as_str() {
        Some("here") => {
            let says = &act["body"]["says"];
            let written = match says["text"].as_str() {
                Some(words) if says.as_object().is_some_and(|all| all.len() == 1) => show::printable(words),
                _ => serde_json::to_string_pretty(says).map(|text| show::printable(&text)).unwrap_or_default(),
            };
            lines.extend(written.lines().map(|line| format!("  | {line}")));
        }
        Some("erased") => lines.push("  | (the body was erased on this side)".to_owned()),
        Some("withheld") => lines.push("  | (the body is for officers and approvers)".to_owned()),
        _ => {}
    }
    if !act["no_effect"].is_null() {
        lines.push(format!("  WITHOUT EFFECT: {}", text(&act["no_effect"])));
    }
    if act["stands"] == false {
        lines.push("  DOES NOT STAND: its author signed another history.".to_owned());
    }
    let outstanding = text(&act["outstanding"]);
    lines.push(match (text(&act["delivered_to"]).as_str(), outstanding.as_str()) {
        ("", "") => String::new(),
        (all, "") => format!("  delivered to {all}"),
        ("", none) => format!("  not yet delivered to {none}"),
        (some, others) => format!("  delivered to {some}; not yet to {others}"),
    });
    lines.retain(|line| !line.is_empty());
    lines
}

/// The whole id of the docket that begins like this.
pub fn whole_id(client: &Client, docket: &str) -> Result<String, Problem> {
    let page = client.get(&format!("/dockets/{}?limit=1", segment(docket)))?;
    Ok(page["id"].as_str().unwrap_or_default().to_owned())
}

/// The ids of all acts of a docket, in the order in which it shows them.
fn acts(client: &Client, docket: &str) -> Result<Vec<String>, Problem> {
    let (mut found, mut from) = (Vec::new(), 0);
    loop {
        let page = client.get(&format!("/dockets/{}?limit=1000&from={from}", segment(docket)))?;
        found.extend(
            page["acts"].as_array().into_iter().flatten().filter_map(|act| act["id"].as_str()).map(str::to_owned),
        );
        match page["next"].as_u64() {
            Some(next) => from = next,
            None => return Ok(found),
        }
    }
}

/// The whole id of the act in a docket that begins like this.
pub fn whole_act(client: &Client, docket: &str, act: &str) -> Result<String, Problem> {
    if act.len() == 64 {
        return Ok(act.to_owned());
    }
    let found: Vec<String> = acts(client, docket)?.into_iter().filter(|id| id.starts_with(act)).collect();
    match found.as_slice() {
        [one] if act.len() >= 4 => Ok(one.clone()),
        [] => Err(client.failed(crate::NOT_FOUND, format!("No act of this docket begins with {act}."))),
        _ => Err(client.failed(crate::USAGE, format!("{act} does not name one act; give more of it."))),
    }
}
