//! `comity draft`: what is to be said, from the first writing over the approval by others to the sending.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use crate::client::show::{self, short, text};
use crate::client::{Client, Paging, Problem, Reach, segment};
use crate::{Ended, FAILURE, USAGE, docket_command};

/// Write, approve and send drafts.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity draft new --file request.toml --propose
  comity draft show 0b649418aa2b98fc            what an approver reads; its last line is the digest
  comity draft approve 0b649418aa2b98fc --digest 9f3c…
  comity draft send 0b649418aa2b98fc

A draft file is TOML or JSON. To say something in a docket:

  docket = \"3f9a\"
  kind = \"ask\"
  [facts]
  measures = [\"m1\"]
  [body]
  text = \"Which branch holds the account?\"

To open one, instead of docket:

  [open]
  procedure = \"assistance/1\"
  parties = [{ authority = \"es.moj\", role = \"requesting\" }, { authority = \"ma.moj\", role = \"requested\" }]")]
pub struct Draft {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Keep a draft.
    New {
        /// The draft: a TOML or JSON file, or - for standard input.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// Say at once that it is ready.
        #[arg(long)]
        propose: bool,
    },
    /// Write a draft anew.
    Rewrite {
        /// The draft.
        id: String,
        /// The draft as it is to be.
        #[arg(long, value_name = "FILE")]
        file: PathBuf,
        /// The version that was seen; otherwise the present one.
        #[arg(long, value_name = "N")]
        version: Option<i64>,
    },
    /// Drafts in one state.
    List {
        /// Which.
        #[arg(long, value_enum, default_value_t = State::Writing)]
        state: State,
        #[command(flatten)]
        paging: Paging,
    },
    /// A draft in full, with the digest that an approval names.
    Show {
        /// The draft.
        id: String,
    },
    /// Say that a draft is ready: it is checked now.
    Propose {
        /// The draft.
        id: String,
    },
    /// Approve exactly what has this digest.
    Approve {
        /// The draft.
        id: String,
        /// The digest of what was read.
        #[arg(long, value_name = "DIGEST")]
        digest: terms::Digest,
    },
    /// Give a draft back to its author.
    Return {
        /// The draft.
        id: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Seal what was approved and send it to every other party.
    Send {
        /// The draft.
        id: String,
    },
    /// Give a draft up.
    Discard {
        /// The draft.
        id: String,
    },
}

/// In which state drafts are.
#[derive(Clone, Copy, ValueEnum)]
enum State {
    Writing,
    Proposed,
    Sent,
    Discarded,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Writing => "writing",
            Self::Proposed => "proposed",
            Self::Sent => "sent",
            Self::Discarded => "discarded",
        }
    }
}

impl Draft {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let at = |id: &str, verb: &str| format!("/drafts/{}/{verb}", segment(id));
        match self.verb {
            Verb::New { file, propose } => {
                let draft = keep(&client, &read(&client, &file)?, propose)?;
                client.print(&draft, next_step);
            }
            Verb::Rewrite { id, file, version } => {
                let seen = match version {
                    Some(version) => version,
                    None => client.get(&format!("/drafts/{}", segment(&id)))?["version"].as_i64().unwrap_or(0),
                };
                let draft = client.put(&format!("/drafts/{}?version={seen}", segment(&id)), &read(&client, &file)?)?;
                client.print(&draft, next_step);
            }
            Verb::List { state, paging } => {
                client.list("/drafts", &[("state", state.word())], &paging, "No drafts.", line)?;
            }
            Verb::Show { id } => {
                let draft = client.get(&format!("/drafts/{}", segment(&id)))?;
                client.print(&draft, shown);
            }
            Verb::Propose { id } => {
                let draft = client.post(&at(&id, "propose"), &json!({}))?;
                client.print(&draft, next_step);
            }
            Verb::Approve { id, digest } => {
                let draft = client.post(&at(&id, "approve"), &json!({ "digest": digest }))?;
                client.print(&draft, next_step);
            }
            Verb::Return { id, why } => {
                let draft = client.post(&at(&id, "return"), &json!({ "why": why }))?;
                client.print(&draft, |draft| {
                    format!("Draft {} went back to {}.", text(&draft["id"]), text(&draft["author"]))
                });
            }
            Verb::Send { id } => {
                let sent = client.post(&at(&id, "send"), &json!({}))?;
                client.print(&sent, self::sent);
            }
            Verb::Discard { id } => {
                client.post(&at(&id, "discard"), &json!({}))?;
                client.print(&json!({ "discarded": id }), |_| format!("Draft {id} is given up."));
            }
        }
        Ok(())
    }
}

/// Keeps a draft and, if wanted, says that it is ready; gives it as it stands then. What cannot be proposed stays kept.
pub fn keep(client: &Client, draft: &Value, propose: bool) -> Result<Value, Ended> {
    if client.dry_run && propose {
        return Err(tried(client, draft)?);
    }
    let draft = client.post("/drafts", draft)?;
    if !propose {
        return Ok(draft);
    }
    let id = text(&draft["id"]);
    Ok(client.post(&format!("/drafts/{}/propose", segment(&id)), &json!({})).inspect_err(|_| kept(&id))?)
}

/// What would become of a draft if it were kept and proposed now.
fn tried(client: &Client, draft: &Value) -> Result<Ended, Problem> {
    let ready = client.post("/drafts/check", draft)?;
    let what = match ready["approvals_needed"].as_u64() {
        Some(0) => "It is complete and would be sent at once: nobody needs to approve it.".to_owned(),
        Some(1) => "It is complete, and would wait for the approval of another person.".to_owned(),
        needed => format!("It is complete, and would wait for the approval of {} other persons.", needed.unwrap_or(0)),
    };
    let sentence = match client.json {
        true => json!({ "dry_run": true, "draft": ready }).to_string(),
        false => format!("{what} This was a dry run: nothing was kept."),
    };
    Ok(Ended::new(0, sentence))
}

/// Says on standard error that the work was not lost.
fn kept(id: &str) {
    eprintln!(
        "Draft {id} is kept: change it with `comity draft rewrite {id} --file FILE`, or `comity draft discard {id}`."
    );
}

/// What was sent.
pub fn sent(sent: &Value) -> String {
    let docket = short(&sent["docket"]);
    format!(
        "Sent as act {} in docket {docket}.\n`comity docket show {docket}` tells when the other side has it.",
        text(&sent["act"])
    )
}

/// What comes next of a draft, in a line or two.
pub fn next_step(draft: &Value) -> String {
    let (id, needed) = (text(&draft["id"]), draft["approvals_needed"].as_u64().unwrap_or(0));
    let have = draft["approvals"].as_array().map_or(0, Vec::len) as u64;
    let head = format!("Draft {id}, {}, is “{}”.", text(&draft["kind"]), text(&draft["state"]));
    let next = match text(&draft["state"]).as_str() {
        "writing" => format!("Next: comity draft propose {id}"),
        "proposed" if have >= needed => format!("It has what it needs. Next: comity draft send {id}"),
        "proposed" => {
            let lacking =
                if needed - have == 1 { "one person".to_owned() } else { format!("{} persons", needed - have) };
            format!(
                "It waits for the approval of {lacking} other than {}.\nNext: comity draft approve {id} --digest {}",
                text(&draft["author"]),
                text(&draft["approved_digest"])
            )
        }
        _ => String::new(),
    };
    format!("{head}\n{next}")
}

fn line(draft: &Value) -> String {
    let place = match draft["docket"].is_null() {
        true => "opens a docket".to_owned(),
        false => format!("docket {}", short(&draft["docket"])),
    };
    let approvals = draft["approvals"].as_array().map_or(0, Vec::len);
    let needed = text(&draft["approvals_needed"]);
    format!(
        "{}  {}  {place}  by {}, {approvals} of {needed} approvals, {}",
        text(&draft["id"]),
        text(&draft["kind"]),
        text(&draft["author"]),
        text(&draft["changed_at"])
    )
}

fn shown(draft: &Value) -> String {
    let pretty = |value: &Value| show::printable(&serde_json::to_string_pretty(value).unwrap_or_default());
    let mut lines = vec![
        format!("draft    {} (version {})", text(&draft["id"]), text(&draft["version"])),
        format!("kind     {}", text(&draft["kind"])),
        format!("author   {}", text(&draft["author"])),
    ];
    match draft["docket"].is_null() {
        true => lines.push(format!("opens    {}", pretty(&draft["open"]))),
        false => lines.push(format!("docket   {}", text(&draft["docket"]))),
    }
    if draft["facts"].as_object().is_some_and(|facts| !facts.is_empty()) {
        lines.push(format!("facts    {}", pretty(&draft["facts"])));
    }
    if draft["introduces"].as_array().is_some_and(|introduced| !introduced.is_empty()) {
        lines.push(format!("brings in {}", pretty(&draft["introduces"])));
    }
    if !draft["body"].is_null() {
        lines.push(format!("body     {}", pretty(&draft["body"])));
    }
    if !draft["returned"].is_null() {
        lines.push(format!("returned {}", text(&draft["returned"])));
    }
    for approval in draft["approvals"].as_array().into_iter().flatten() {
        lines.push(format!("approved by {} at {}", text(&approval[0]), text(&approval[1])));
    }
    lines.push(next_step(draft));
    lines.push(format!("digest   {}", text(&draft["approved_digest"])));
    lines.join("\n")
}

/// A draft from a file. A docket that is named by its beginning gets its whole id.
fn read(client: &Client, file: &Path) -> Result<Value, Ended> {
    let mut draft = document(file)?;
    if let Some(docket) = draft["docket"].as_str().filter(|docket| docket.len() < 64) {
        draft["docket"] = docket_command::whole_id(client, docket)?.into();
    }
    Ok(draft)
}

/// A JSON or TOML document from a file, or from standard input: the ending decides, and without one the first character.
pub fn document(file: &Path) -> Result<Value, Ended> {
    let name = file.display();
    let text = match file.as_os_str() == "-" {
        true => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        }
        false => std::fs::read_to_string(file),
    };
    let text = text.map_err(|why| Ended::new(USAGE, format!("{name} cannot be read: {why}")))?;
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let json = ending == "json" || (ending != "toml" && text.trim_start().starts_with(['{', '[']));
    if json {
        return serde_json::from_str(&text).map_err(|why| Ended::new(USAGE, format!("{name}: {why}")));
    }
    let table: toml::Table = text.parse().map_err(|why| Ended::new(USAGE, format!("{name}: {why}")))?;
    plain(toml::Value::Table(table)).map_err(|why| Ended::new(USAGE, format!("{name}: {why}")))
}

/// TOML as JSON. Dates become their text; what JSON does not have is refused.
fn plain(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Boolean(yes) => yes.into(),
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Float(number) => {
            return Err(format!("{number}: amounts are written as text, for example \"12.50\""));
        }
        toml::Value::Array(items) => Value::Array(items.into_iter().map(plain).collect::<Result<_, _>>()?),
        toml::Value::Table(table) => {
            let members = table.into_iter().map(|(name, value)| Ok((name, plain(value)?)));
            Value::Object(members.collect::<Result<Map<_, _>, String>>()?)
        }
    })
}

/// Keeps a draft, proposes it, and sends it if nobody needs to approve. A draft that cannot be proposed is given up: it was typed in one line and can be typed again.
pub fn say_at_once(client: &Client, draft: &Value) -> Result<(), Ended> {
    if client.dry_run {
        return Err(tried(client, draft)?);
    }
    let written = client.post("/drafts", draft)?;
    let id = text(&written["id"]);
    let at = |verb: &str| format!("/drafts/{}/{verb}", segment(&id));
    let proposed = client.post(&at("propose"), &json!({})).inspect_err(|_| {
        let given_up = client.post(&at("discard"), &json!({}));
        if given_up.is_err() {
            kept(&id);
        }
    })?;
    if proposed["approvals_needed"].as_u64() != Some(0) {
        client.print(&proposed, next_step);
        return Ok(());
    }
    let sent = client.post(&at("send"), &json!({})).inspect_err(|_| kept(&id))?;
    client.print(&sent, self::sent);
    Ok(())
}

/// The body that a person gives on the command line: text, or a file.
#[derive(Args)]
#[group(multiple = false)]
pub struct Words {
    /// What is said, in a line or two.
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// What is said, as a TOML or JSON file, or - for standard input.
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
}

impl Words {
    /// The body, if any.
    pub fn body(&self) -> Result<Option<Value>, Ended> {
        match (&self.text, &self.body) {
            (Some(text), _) if text.trim().is_empty() => Err(Ended::new(FAILURE, "--text is empty.")),
            (Some(text), _) => Ok(Some(json!({ "text": text }))),
            (None, Some(file)) => document(file).map(Some),
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_toml_or_json_and_says_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("written");
            document(&path).map_err(|ended| ended.sentence)
        };
        let toml = "kind = \"postpone\"\n[facts]\nmeasures = [\"m1\"]\nuntil = 2026-12-24\n[body]\ntext = \"wait\"\n";
        let expected =
            json!({"kind": "postpone", "facts": {"measures": ["m1"], "until": "2026-12-24"}, "body": {"text": "wait"}});
        assert_eq!(write("a.toml", toml), Ok(expected.clone()));
        assert_eq!(write("a", toml), Ok(expected.clone()));
        assert_eq!(write("a.json", &expected.to_string()), Ok(expected.clone()));
        assert_eq!(write("b", &expected.to_string()), Ok(expected));
        assert!(write("c.toml", "amount = 1.5").is_err_and(|why| why.contains("as text")));
        assert!(write("d.json", "{").is_err());
    }
}
