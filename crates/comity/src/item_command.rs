//! `comity item`: physical things under custody: entered, handled, listed, shown with their history.
//!
//! What may follow what is the node's business; here words of a command line become what it is told, and its answer lines for people.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Map, Value, json};

use crate::client::show::text;
use crate::client::{Client, Paging, Problem, Reach, segment};
use crate::exhibit_command::{Handling, history};
use crate::{Ended, USAGE};

/// Enter physical items, what was done with them, and look at their history.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity item add 3f9a --what \"white powder in a taped block\" --substance cocaine --weight \"1.0000 kg\" --seal ES-001 \\
      --who \"Inspector 4711\" --where \"Algeciras, pier 2\" --why seizure --authority \"order 12/2026\"
  comity item handle ITEM opened --seal ES-001 --where Laboratory --why analysis --authority \"order 14/2026\"
  comity item handle ITEM split --part \"5.00 g; sample 1; ES-011\" --part \"994.9 g; the rest; ES-012\" --loss \"0.1 g\" \\
      --where Laboratory --why sampling --authority \"order 14/2026\"
  comity item list 3f9a
  comity item show ITEM

A weight is a number, a space and mg, g, kg, ml, l or pcs. What is split ends; its parts, what remains included, and the loss add up to it exactly.")]
pub struct Item {
    #[command(flatten)]
    reach: Reach,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Enter an item into a docket: its history begins.
    Add(Box<Add>),
    /// Enter what was done with an item.
    Handle(Box<Handle>),
    /// The items of a docket.
    List {
        /// The docket's id, or its beginning.
        docket: String,
        #[command(flatten)]
        paging: Paging,
    },
    /// An item and its history.
    Show {
        /// The item's id.
        item: String,
    },
}

/// Who did it and when.
#[derive(Args)]
struct Doing {
    #[command(flatten)]
    handling: Handling,
    /// Who did it; otherwise the person of the token.
    #[arg(long, value_name = "PERSON")]
    who: Option<String>,
    /// When, as 2026-11-24T09:30:00Z; otherwise now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
}

impl Doing {
    fn said(&self, client: &Client) -> Result<Value, Problem> {
        let mut said = self.handling.said(client)?;
        if let Some(who) = &self.who {
            said["who"] = json!(who);
        }
        Ok(said)
    }
}

/// What is known of a drug by then.
#[derive(Args)]
struct Drug {
    /// Of a drug: its salt or form.
    #[arg(long, value_name = "TEXT")]
    salt: Option<String>,
    /// Of a drug: how pure it is.
    #[arg(long, value_name = "TEXT")]
    purity: Option<String>,
    /// Of a drug: what it weighs with its packaging.
    #[arg(long, value_name = "WEIGHT")]
    gross: Option<String>,
    /// Of a drug: what it weighs without.
    #[arg(long, value_name = "WEIGHT")]
    net: Option<String>,
    /// Of a drug: how it was packed.
    #[arg(long, value_name = "TEXT")]
    packaging: Option<String>,
    /// Of a drug: logos, stamps, inscriptions.
    #[arg(long, value_name = "TEXT")]
    markings: Option<String>,
    /// Of a drug: the laboratory's report.
    #[arg(long, value_name = "REFERENCE")]
    report: Option<String>,
    /// Of a drug: the number of the sample.
    #[arg(long, value_name = "NUMBER")]
    sample: Option<String>,
    /// Of a drug: precursors.
    #[arg(long, value_name = "TEXT")]
    precursors: Option<String>,
    /// Of a drug: where it was seized.
    #[arg(long, value_name = "PLACE")]
    seized_where: Option<String>,
    /// Of a drug: when it was seized, as 2026-11-24T09:30:00Z.
    #[arg(long, value_name = "TIME")]
    seized_at: Option<String>,
    /// Of a drug: how and when what is not kept is to be destroyed.
    #[arg(long, value_name = "TEXT")]
    destruction: Option<String>,
    /// Of a drug: which samples are retained.
    #[arg(long, value_name = "TEXT")]
    retained: Option<String>,
}

impl Drug {
    /// As the node is told it: what is stated, or nothing.
    fn stated(&self) -> Value {
        let all = [
            ("salt", &self.salt),
            ("purity", &self.purity),
            ("gross", &self.gross),
            ("net", &self.net),
            ("packaging", &self.packaging),
            ("markings", &self.markings),
            ("report", &self.report),
            ("sample", &self.sample),
            ("precursors", &self.precursors),
            ("seized_where", &self.seized_where),
            ("seized_at", &self.seized_at),
            ("destruction", &self.destruction),
            ("retained", &self.retained),
        ];
        let stated: Map<String, Value> =
            all.into_iter().filter_map(|(name, text)| Some((name.to_owned(), json!(text.as_ref()?)))).collect();
        if stated.is_empty() { Value::Null } else { stated.into() }
    }
}

#[derive(Args)]
struct Add {
    /// The docket's id, or its beginning.
    docket: String,
    /// What it is, in a line.
    #[arg(long, value_name = "TEXT")]
    what: String,
    /// The substance, of a drug.
    #[arg(long, value_name = "TEXT")]
    substance: Option<String>,
    /// How it came.
    #[arg(long, value_enum, default_value_t = Came::Seized)]
    came: Came,
    /// What it weighed, or how many pieces there were.
    #[arg(long, value_name = "WEIGHT")]
    weight: Option<String>,
    /// The number of a seal on it; may be repeated.
    #[arg(long = "seal", value_name = "NUMBER")]
    seals: Vec<String>,
    #[command(flatten)]
    drug: Drug,
    #[command(flatten)]
    doing: Doing,
}

#[derive(Clone, Copy, ValueEnum)]
enum Came {
    /// Taken by force of law.
    Seized,
    /// Handed over.
    Acquired,
    /// From an authority that is no party of the docket; what a party sends lists itself.
    Received,
}

#[derive(Args)]
struct Handle {
    /// The item's id.
    item: String,
    /// What was done.
    #[arg(value_enum)]
    kind: Kind,
    /// The number of a seal that was put on, broken or found; may be repeated.
    #[arg(long = "seal", value_name = "NUMBER")]
    seals: Vec<String>,
    /// With “opened”: the number of a seal under which it was closed again; may be repeated.
    #[arg(long = "sealed", value_name = "NUMBER")]
    sealed: Vec<String>,
    /// With “weighed” and “received”: what it weighs.
    #[arg(long, value_name = "WEIGHT")]
    weight: Option<String>,
    /// With “split”: a part, as “WEIGHT; WHAT” or “WEIGHT; WHAT; SEAL,SEAL”; may be repeated.
    #[arg(long = "part", value_name = "PART")]
    parts: Vec<String>,
    /// With “split”: what was consumed or lost.
    #[arg(long, value_name = "WEIGHT")]
    loss: Option<String>,
    /// With “transmitted”: the authority to which it goes.
    #[arg(long, value_name = "AUTHORITY")]
    to: Option<String>,
    /// Seals or weight are not what they should be, and this is how they were found. The history shows it for good.
    #[arg(long)]
    as_found: bool,
    #[command(flatten)]
    drug: Drug,
    #[command(flatten)]
    doing: Doing,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    /// Closed under numbered seals.
    Sealed,
    /// Its seals were broken.
    Opened,
    /// Weighed or counted again.
    Weighed,
    /// Divided into items of their own.
    Split,
    /// Sent to another authority.
    Transmitted,
    /// Arrived from another authority, or came back undelivered.
    Received,
    /// To be kept, whoever wants it gone.
    Held,
    /// The hold was lifted.
    Lifted,
    /// Given back to whom it belongs.
    Returned,
    /// Destroyed.
    Destroyed,
}

/// The word of a choice, as the node has it.
fn word(choice: &impl ValueEnum) -> String {
    choice.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl Item {
    /// Does it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        match self.verb {
            Verb::Add(add) => add.run(&client),
            Verb::Handle(handle) => handle.run(&client),
            Verb::List { docket, paging } => {
                client.list(&format!("/dockets/{}/items", segment(&docket)), &[], &paging, "No items.", line)
            }
            Verb::Show { item } => {
                let shown = client.get(&format!("/items/{}", segment(&item)))?;
                client.print(&shown, |shown| {
                    let mut lines = vec![line(&shown["item"])];
                    for (name, value) in shown["item"]["drug"].as_object().into_iter().flatten() {
                        lines.push(format!("{}: {}", name.replace('_', " "), text(value)));
                    }
                    lines.extend(history(&shown["custody"]));
                    lines.join("\n")
                });
                Ok(())
            }
        }
    }
}

impl Add {
    fn run(self, client: &Client) -> Result<(), Ended> {
        let new = json!({
            "what": self.what, "substance": self.substance, "came": word(&self.came), "weight": self.weight,
            "seals": self.seals, "drug": self.drug.stated(), "at": self.doing.at, "said": self.doing.said(client)?,
        });
        let entered = client.post(&format!("/dockets/{}/items", segment(&self.docket)), &new)?;
        client.print(&entered, |entered| format!("Entered as item {}", line(entered)));
        Ok(())
    }
}

impl Handle {
    fn run(self, client: &Client) -> Result<(), Ended> {
        let step = json!({
            "done": self.done()?, "at": self.doing.at, "as_found": self.as_found, "drug": self.drug.stated(), "said": self.doing.said(client)?,
        });
        let handled = client.post(&format!("/items/{}/handle", segment(&self.item)), &step)?;
        client.print(&handled, |handled| {
            let parts = handled["parts"].as_array().into_iter().flatten().map(|part| format!("  part {}", line(part)));
            [format!("Entered. {}", line(&handled["item"]))].into_iter().chain(parts).collect::<Vec<_>>().join("\n")
        });
        Ok(())
    }
    /// What was done, with what was said of it and nothing else: the node refuses what does not belong to it.
    fn done(&self) -> Result<Value, Ended> {
        let parts: Vec<Value> = self.parts.iter().map(|text| part(text)).collect::<Result<_, _>>()?;
        let (list, said) = (
            |all: &[String]| (!all.is_empty()).then(|| json!(all)),
            |one: &Option<String>| one.as_ref().map(|one| json!(one)),
        );
        let facts = [
            ("seals", list(&self.seals)),
            ("sealed", list(&self.sealed)),
            ("weight", said(&self.weight)),
            ("parts", (!parts.is_empty()).then(|| json!(parts))),
            ("loss", said(&self.loss)),
            ("to", said(&self.to)),
        ];
        let facts = facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Ok(Value::Object(
            [("kind".to_owned(), json!(word(&self.kind)))].into_iter().chain(facts).collect::<Map<_, _>>(),
        ))
    }
}

/// A part as it is typed: weight, what it is, and its seals.
fn part(text: &str) -> Result<Value, Ended> {
    let pieces: Vec<&str> = text.split(';').map(str::trim).collect();
    let (weight, what, seals) = match pieces.as_slice() {
        [weight, what] => (weight, what, vec![]),
        [weight, what, seals] => (weight, what, seals.split(',').map(str::trim).collect()),
        _ => return Err(Ended::new(USAGE, format!("“{text}” is no part: “5.00 g; sample 1; ES-011” is one."))),
    };
    Ok(json!({ "weight": weight, "what": what, "seals": seals }))
}

fn line(item: &Value) -> String {
    let held = if item["held"] == true { ", held" } else { "" };
    let mut line = format!("{}  {}{held}", text(&item["id"]), text(&item["state"]));
    for (name, before) in
        [("to", " to "), ("weight", "  "), ("seals", "  sealed "), ("substance", "  "), ("what", "  ")]
    {
        let value = text(&item[name]);
        if !value.is_empty() {
            line.push_str(before);
            line.push_str(&value);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_weight_what_and_seals() {
        let read = |text: &str| part(text).ok();
        assert_eq!(read("5 g; a; X-1, X-2"), Some(json!({"weight": "5 g", "what": "a", "seals": ["X-1", "X-2"]})));
        assert_eq!(read("5 g;a"), Some(json!({"weight": "5 g", "what": "a", "seals": []})));
        assert_eq!((read("5 g"), read("5 g; a; X; Y")), (None, None));
    }
}
