//! The procedure as two tables: what every act does after every history (`cases.table`), and what declarations mean that crossed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use terms::{ActId, AuthorityId};

use super::crossed::RULES;
use super::matter::{Execution, Matter};
use super::standing::Is;
use super::{ASSISTANCE_1, REQUESTED, REQUESTING, TABLE};
use crate::act::Party;
use crate::procedure::{NoEffect, Procedure, Step};
use crate::register::{Entry, Registers};

/// A matter in the making: each act sees all before it, unless said otherwise.
#[derive(Default)]
struct Story {
    registers: Registers,
    acts: u8,
}

fn id(n: u8) -> ActId {
    ActId::new([n; 32])
}

fn party(side: &str) -> (AuthorityId, &'static str) {
    let role = if side == "es" { REQUESTING } else { REQUESTED };
    (format!("{side}.moj").parse().expect("an authority"), role)
}

fn value(word: &str) -> Value {
    let one = |word: &str| match word {
        "true" => json!(true),
        "false" => json!(false),
        "#" => json!("ab".repeat(32)),
        _ => word.strip_prefix('@').map_or(json!(word), |n| json!(id(n.parse().expect("the number of an act")))),
    };
    match word.strip_prefix('[').and_then(|list| list.strip_suffix(']')) {
        Some(list) => list.split(',').filter(|w| !w.is_empty()).map(one).collect(),
        None => one(word),
    }
}

fn facts(words: &[&str]) -> Map<String, Value> {
    let fact = |word: &&str| match word.split_once('=') {
        Some((name, word)) => (name.to_owned(), value(word)),
        None => ("measures".to_owned(), word.split(',').collect()),
    };
    words.iter().map(fact).collect()
}

impl Story {
    fn submitted() -> Self {
        let mut story = Story::default();
        let measures = json!({"measures": [{"id": "m1", "kind": "bank-records"}, {"id": "m2", "kind": "statement"}]});
        let facts = measures.as_object().cloned().expect("an object");
        story.tell("es", "submit", &facts, None).expect("a request");
        story
    }

    /// Judges an act by the table's rule on roles and by the procedure, in the light of `seen` or of everything.
    fn tell(
        &mut self,
        side: &str,
        kind: &str,
        facts: &Map<String, Value>,
        seen: Option<&Registers>,
    ) -> Result<ActId, NoEffect> {
        let (author, role) = party(side);
        let row = ASSISTANCE_1.row(kind).unwrap_or_else(|| panic!("no row for {kind}"));
        if !row.who.contains(&role) {
            return Err(NoEffect::new("not-your-role", ""));
        }
        let act = id(self.acts);
        let parties = ["es", "ma"].map(|side| Party { authority: party(side).0, role: party(side).1.to_owned() });
        let opening = self.acts == 0;
        let step = Step { id: act, kind, author: &author, role, parties: &parties, opening, introduces: &[], facts };
        let before = seen.unwrap_or(&self.registers).clone();
        let writes = ASSISTANCE_1.judge(&before, &step)?;
        let entry = Entry { act, author: author.clone(), role: role.to_owned(), value: Value::Null };
        let known: BTreeSet<ActId> = (0..self.acts).map(id).collect();
        let visible: BTreeSet<ActId> = match seen {
            None => known,
            Some(seen) => {
                seen.subjects("").iter().flat_map(|s| seen.declared(s).map(|e| e.act).collect::<Vec<_>>()).collect()
            }
        };
        self.registers.apply(&entry, &writes, |earlier| visible.contains(&earlier));
        self.acts += 1;
        Ok(act)
    }

    fn say(&mut self, sentence: &str) -> Result<ActId, NoEffect> {
        let words: Vec<&str> = sentence.split_whitespace().collect();
        self.tell(words[0], words[1], &facts(&words[2..]), None)
    }
}

/// One aspect of a matter, as the table writes it.
fn aspect(matter: &Matter, name: &str) -> String {
    match name {
        "questions" => matter.open_questions.len().to_string(),
        "waiting" => matter.waiting.len().to_string(),
        "under-way" => matter.under_way.len().to_string(),
        "originals" => matter.originals_out.len().to_string(),
        "late" => matter.measures.values().map(|m| m.too_late.len()).sum::<usize>().to_string(),
        "secrecy" => matter.confidentiality.clone().unwrap_or_default(),
        "competent" => if matter.not_competent.is_some() { "no" } else { "yes" }.to_owned(),
        "closed" => if matter.closed { "yes" } else { "no" }.to_owned(),
        measure => matter.measures[measure].standing.is.word().to_owned(),
    }
}

fn execution(matter: &Matter, measure: &str) -> &'static str {
    match matter.measures[measure].execution {
        Execution::None => "none",
        Execution::Partial => "partial",
        Execution::Complete => "complete",
    }
}

#[test]
fn every_act_after_every_history_does_what_the_table_says() {
    for line in include_str!("cases.table").lines().skip(1) {
        let [history, act, outcome] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else { panic!("{line}") };
        let mut story = Story::submitted();
        for earlier in history.split(';').filter(|earlier| !earlier.trim().is_empty()) {
            story.say(earlier).unwrap_or_else(|none| panic!("{line}: “{earlier}” has no effect: {}", none.sentence));
        }
        match (story.say(act), outcome.strip_prefix('!')) {
            (Err(none), Some(code)) => assert_eq!(none.code, code, "{line}: {}", none.sentence),
            (Ok(_), Some(_)) => panic!("{line}: it has an effect"),
            (Err(none), None) => panic!("{line}: {}", none.sentence),
            (Ok(_), None) => {
                let matter = Matter::of(&story.registers);
                for (name, expected) in outcome.split_whitespace().filter_map(|word| word.split_once('=')) {
                    let done = ["none", "partial", "complete"].contains(&expected);
                    let found = if done { execution(&matter, name).to_owned() } else { aspect(&matter, name) };
                    assert_eq!(found, expected, "{line}: {name}");
                }
            }
        }
    }
}

/// How each side comes to declare something on m1, after a common history that allows both.
fn ways(rule: &super::crossed::Rule) -> Vec<(&'static str, &'static str, &'static str)> {
    let asking = |common: &'static str, act: &'static str| (common, act);
    let lefts = match rule.requesting {
        Is::Withdrawn => vec![asking("", "es withdraw m1")],
        Is::Agreed => vec![asking("ma offer-conditions m1", "es agree-conditions act=@1")],
        Is::Declined => vec![asking("ma offer-conditions m1", "es decline-conditions act=@1")],
        _ => vec![asking("", "es supplement m1")],
    };
    let right = match rule.requested {
        Is::Accepted => "ma accept m1",
        Is::Refused => "ma refuse m1 grounds=[g1]",
        Is::Postponed => "ma accept m1; ma postpone m1 reason=trial",
        Is::Offered if rule.requesting == Is::Agreed || rule.requesting == Is::Declined => {
            "ma accept m1; ma offer-conditions m1"
        }
        Is::Offered => "ma offer-conditions m1",
        _ => "ma resume m1",
    };
    let common = |common| if right == "ma resume m1" { "ma postpone m1 reason=trial" } else { common };
    lefts.into_iter().map(|(before, left)| (common(before), left, right)).collect()
}

#[test]
fn what_crossed_means_what_the_table_says_in_both_orders() {
    for rule in RULES.iter() {
        for (common, left, right) in ways(rule) {
            let mut outcomes = Vec::new();
            for left_first in [true, false] {
                let mut story = Story::submitted();
                for act in common.split(';').filter(|act| !act.trim().is_empty()) {
                    story.say(act).expect("the common history");
                }
                let common = story.registers.clone();
                let mut side = |acts: &str| {
                    let mut seen = common.clone();
                    for act in acts.split(';') {
                        let words: Vec<&str> = act.split_whitespace().collect();
                        let (before, number) = (seen.clone(), story.acts);
                        story
                            .tell(words[0], words[1], &facts(&words[2..]), Some(&before))
                            .unwrap_or_else(|none| panic!("{act}: {}", none.sentence));
                        // What this side has said it has seen; what the other side said it has not.
                        let own: Vec<Entry> = story
                            .registers
                            .declared("measure/m1/standing")
                            .filter(|e| e.act == id(number))
                            .cloned()
                            .collect();
                        for entry in own {
                            let write = crate::register::Write::declare("measure/m1/standing", entry.value.clone());
                            seen.apply(&entry, &[write], |_| true);
                        }
                    }
                };
                if left_first {
                    side(left);
                    side(right);
                } else {
                    side(right);
                    side(left);
                }
                let measure = Matter::of(&story.registers).measures["m1"].clone();
                let crossing = measure.crossing.unwrap_or_else(|| panic!("{left} and {right} did not cross"));
                assert_eq!((crossing.owed, crossing.why), (rule.owed, rule.why), "{left} x {right}");
                outcomes.push(measure.standing.is);
            }
            assert_eq!(outcomes, [rule.outcome, rule.outcome], "{left} x {right}");
        }
    }
}

#[test]
fn the_table_of_crossings_is_complete() {
    let rows: BTreeMap<(&str, &str), usize> = RULES.iter().fold(BTreeMap::new(), |mut rows, rule| {
        *rows.entry((rule.requesting.word(), rule.requested.word())).or_default() += 1;
        rows
    });
    for left in ["withdrawn", "asked", "agreed", "declined"] {
        for right in ["accepted", "refused", "postponed", "offered"] {
            assert_eq!(rows.get(&(left, right)), Some(&1), "{left} x {right}");
        }
    }
    assert!(rows.contains_key(&("withdrawn", "asked")) && rows.contains_key(&("asked", "asked")), "what was resumed");
}

#[test]
fn the_specification_shows_the_same_tables() {
    let spec = include_str!("../../../../../docs/spec/assistance.md");
    for table in [TABLE, include_str!("crossed.table")] {
        assert!(spec.contains(table.trim_end()), "docs/spec/assistance.md does not show the table as it is");
    }
}
