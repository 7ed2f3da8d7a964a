//! One act on the page of a docket: who said what and when, what it did, and how far it is proven.

use std::collections::BTreeMap;

use node::{ActShown, BodyShown, Node};
use terms::{ActId, AuthorityId, Moment};

use super::shown::{self, Line};

/// An act as the template shows it.
pub struct Act {
    pub id: ActId,
    pub kind: String,
    pub author: AuthorityId,
    pub role: String,
    pub ours: bool,
    pub time: Moment,
    pub kept_at: Moment,
    pub facts: Vec<Line>,
    /// Other acts that the facts name, with their kinds where they stand on this page.
    pub refers: Vec<(ActId, Option<String>)>,
    pub body: Body,
    /// Code and sentence.
    pub no_effect: Option<String>,
    pub stands: bool,
    pub delivered_to: Vec<AuthorityId>,
    pub outstanding: Vec<AuthorityId>,
    pub place: Option<(i64, u64)>,
}

/// Its body.
pub enum Body {
    None,
    Here(Vec<Line>),
    Erased,
    Withheld,
}

/// Facts whose value names other acts.
const REFERRING: [&str; 4] = ["act", "answers", "keep", "settle"];

/// The acts of a page.
pub fn of(node: &Node, acts: Vec<ActShown>) -> Vec<Act> {
    let kinds: BTreeMap<ActId, String> = acts.iter().map(|act| (act.id, act.kind.clone())).collect();
    acts.into_iter().map(|act| one(node, &kinds, act)).collect()
}

fn one(node: &Node, kinds: &BTreeMap<ActId, String>, act: ActShown) -> Act {
    let mut facts = act.facts;
    let mut refers = Vec::new();
    for name in REFERRING {
        let named = facts.get(name).map(|value| match value {
            serde_json::Value::Array(all) => all.iter().map(id).collect::<Option<Vec<ActId>>>(),
            one => id(one).map(|id| vec![id]),
        });
        // What names no act stays among the facts and is shown as it is written.
        if let Some(Some(ids)) = named {
            facts.remove(name);
            refers.extend(ids.into_iter().map(|id| (id, kinds.get(&id).cloned())));
        }
    }
    let body = match act.body {
        BodyShown::None => Body::None,
        BodyShown::Erased => Body::Erased,
        BodyShown::Withheld => Body::Withheld,
        BodyShown::Here { says } if act.kind == "submit" => Body::Here(shown::answers(node.request_form(), &says)),
        BodyShown::Here { says } => Body::Here(shown::value(&says)),
    };
    let me = node.authority();
    Act {
        id: act.id,
        ours: act.author == *me,
        kind: act.kind,
        author: act.author,
        role: act.role,
        time: act.time,
        kept_at: act.kept_at,
        facts: shown::facts(&facts),
        refers,
        body,
        no_effect: act.no_effect,
        stands: act.stands,
        delivered_to: act.delivered_to.into_iter().collect(),
        outstanding: act.outstanding.into_iter().collect(),
        place: act.place,
    }
}

fn id(value: &serde_json::Value) -> Option<ActId> {
    value.as_str()?.parse().ok()
}
