//! What a list shows of a docket: derived from the view, kept beside the docket so that a list reads no acts.
//!
//! No personal data: everything here stands in headers.

use docket::procedures::{assistance::matter::Matter, consultation};
use docket::view::View;
use docket::{Docket, Party};
use serde::{Deserialize, Serialize};
use terms::{ActId, AuthorityId, Moment};

/// A docket in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// The parties and their parts.
    pub parties: Vec<Party>,
    /// This node's part.
    pub role: String,
    /// Where it stands, in words: `asked`, `accepted, 1 question open`, `closed`.
    pub standing: String,
    /// What is asked for, by measure id: kind and standing.
    pub measures: Vec<MeasureLine>,
    /// The act that came last.
    pub last: LastAct,
    /// Whether the author of the last act is another authority: it may be this node's turn.
    pub theirs: bool,
    /// Whether a history forks and nobody has settled it.
    pub disputed: bool,
    /// Whether a receipt and an act of one authority contradict each other.
    pub breach: bool,
    /// Own acts that some party has not receipted.
    pub undelivered: usize,
}

/// A measure in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureLine {
    /// Its id.
    pub id: String,
    /// What is asked for.
    pub kind: String,
    /// Where it stands.
    pub standing: String,
}

/// The last act, as it is named in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAct {
    /// Its id.
    pub id: ActId,
    /// Its kind.
    pub kind: String,
    /// Its author.
    pub author: AuthorityId,
    /// Its time, by its author's clock.
    pub time: Moment,
}

impl Summary {
    /// The summary of a docket, as `me` sees it.
    pub fn of(docket: &Docket, view: &View, me: &AuthorityId) -> Self {
        let last = docket.acts().iter().max_by_key(|act| (act.act().header().lamport, act.id()));
        let last = last.expect("INVARIANT: a docket has its opening act").act();
        let mine = view.parties.iter().find(|party| party.authority == *me);
        let others = view.parties.iter().filter(|party| party.authority != *me).count();
        let own = view.acts.iter().filter(|act| act.author == *me);
        let undelivered = own.filter(|act| act.delivered_to.iter().filter(|to| *to != me).count() < others).count();
        let (standing, measures) = standing(docket, view);
        Self {
            parties: view.parties.to_vec(),
            role: mine.map(|party| party.role.clone()).unwrap_or_default(),
            standing,
            measures,
            theirs: last.header().author != *me,
            last: LastAct {
                id: last.id(),
                kind: last.header().kind.clone(),
                author: last.header().author.clone(),
                time: last.header().time,
            },
            disputed: view.disputed(),
            breach: !view.breaches.is_empty(),
            undelivered,
        }
    }
    /// Whether the matter is closed.
    pub fn closed(&self) -> bool {
        self.standing.split(", ").next() == Some(CLOSED)
    }
    /// As it is kept.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("INVARIANT: plain data")
    }
}

/// The first word of the standing of a docket that is closed.
const CLOSED: &str = "closed";

fn standing(docket: &Docket, view: &View) -> (String, Vec<MeasureLine>) {
    if docket.procedure().edition() == "consultation/1" {
        let word = if consultation::closed(&view.registers) { CLOSED } else { "open" };
        return (word.to_owned(), vec![]);
    }
    let matter = Matter::of(&view.registers);
    let line = |(id, measure): (&String, &docket::procedures::assistance::matter::Measure)| MeasureLine {
        id: id.clone(),
        kind: measure.kind.clone(),
        standing: measure.standing.is.word().to_owned(),
    };
    let measures: Vec<MeasureLine> = matter.measures.iter().map(line).collect();
    let mut words: Vec<String> = measures.iter().map(|measure| measure.standing.clone()).collect();
    words.sort();
    words.dedup();
    if matter.closed {
        words = vec![CLOSED.to_owned()];
    }
    let counted = |count: usize, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        count => Some(format!("{count} {many}")),
    };
    words.extend(counted(matter.open_questions.len(), "question open", "questions open"));
    words.extend(counted(matter.waiting.len(), "answer awaited", "answers awaited"));
    words.extend(counted(matter.under_way.len(), "transmission under way", "transmissions under way"));
    (words.join(", "), measures)
}
