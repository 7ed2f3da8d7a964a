//! `comity act`: says one thing in a docket in one line: written, checked, and sent if nobody else needs to approve.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use serde_json::{Map, Value, json};

use crate::client::Reach;
use crate::draft_command::{Words, say_at_once};
use crate::{Ended, docket_command};

/// Facts that are lists, whatever procedure they belong to.
const LISTS: [&str; 4] = ["measures", "answers", "grounds", "keep"];

/// Say something in a docket.
#[derive(Args)]
#[command(after_long_help = "\
Examples:
  comity act acknowledge 3f9a
  comity act ask 3f9a --measure m1 --text \"Which branch holds the account?\"
  comity act supplement 3f9a --answers 77ab --text \"The branch in Tangier.\"
  comity act execute 3f9a --measure m1 --fact complete=true
  comity act transmit 3f9a --measure m1 --exhibit EXHIBIT --text \"Certified copies.\"
  comity act refuse 3f9a --fact grounds=essential-interests,ordre-public --body reasons.json

What may be said now: `comity docket show`. Acts that need approvals are proposed, and wait; the last line says for what.
In --fact, true and false are truth values, what begins with [ or { is JSON, grounds, measures and answers are lists between commas,
and all else is text. An act is named by its id or the first four or more digits of it.")]
pub struct Act {
    #[command(flatten)]
    reach: Reach,
    /// What is said: acknowledge, ask, supplement, accept, execute, transmit, …
    kind: String,
    /// The docket's id, or its beginning.
    docket: String,
    /// A measure that it is about; may be repeated.
    #[arg(long = "measure", value_name = "ID")]
    measures: Vec<String>,
    /// The act that is answered, corrected or received.
    #[arg(long, value_name = "ACT")]
    act: Option<String>,
    /// A question that is answered; may be repeated.
    #[arg(long, value_name = "ACT")]
    answers: Vec<String>,
    /// A fact of the act; may be repeated.
    #[arg(long = "fact", value_name = "NAME=VALUE", value_parser = fact)]
    facts: Vec<(String, Value)>,
    /// An exhibit that is transmitted; may be repeated.
    #[arg(long = "exhibit", value_name = "ID")]
    exhibits: Vec<String>,
    #[command(flatten)]
    words: Words,
}

fn fact(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').ok_or("a fact is written NAME=VALUE")?;
    let value = match value {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ if value.starts_with(['[', '{']) => serde_json::from_str(value).map_err(|why| format!("{name}: {why}"))?,
        _ if LISTS.contains(&name) => sorted(value.split(',').map(|item| item.trim().to_owned())),
        _ => Value::String(value.to_owned()),
    };
    Ok((name.to_owned(), value))
}

/// A list as headers have it: sorted, each once.
fn sorted(items: impl IntoIterator<Item = String>) -> Value {
    items.into_iter().filter(|item| !item.is_empty()).collect::<BTreeSet<_>>().into_iter().map(Value::String).collect()
}

impl Act {
    /// Says it.
    pub fn run(self) -> Result<(), Ended> {
        let client = self.reach.client()?;
        let docket = docket_command::whole_id(&client, &self.docket)?;
        let whole = |act: &String| docket_command::whole_act(&client, &docket, act);
        let mut facts: BTreeMap<String, Value> = self.facts.into_iter().collect();
        if !self.measures.is_empty() {
            facts.insert("measures".to_owned(), sorted(self.measures));
        }
        if let Some(act) = &self.act {
            facts.insert("act".to_owned(), whole(act)?.into());
        }
        if !self.answers.is_empty() {
            let acts: Result<Vec<String>, _> = self.answers.iter().map(whole).collect();
            facts.insert("answers".to_owned(), sorted(acts?));
        }
        let draft = json!({
            "docket": docket, "kind": self.kind, "facts": facts.into_iter().collect::<Map<_, _>>(),
            "body": self.words.body()?, "exhibits": self.exhibits,
        });
        say_at_once(&client, &draft)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_keeps_its_kind_and_an_id_stays_text() {
        let digits = "1".repeat(64);
        for (typed, expected) in [
            ("complete=true", json!(true)),
            ("originals=false", json!(false)),
            ("until=2026-12-24", json!("2026-12-24")),
            ("grounds=b, a,b", json!(["a", "b"])),
            ("measures=m1", json!(["m1"])),
            ("x=[1]", json!([1])),
            ("reason=a=b", json!("a=b")),
            (&format!("act={digits}"), json!(digits)),
        ] {
            assert_eq!(fact(typed).map(|(_, value)| value), Ok(expected), "{typed}");
        }
        assert!(fact("complete").is_err() && fact("x=[").is_err());
    }
}
