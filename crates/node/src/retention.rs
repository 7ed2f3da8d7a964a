//! How long exhibits are kept: which are due, for an officer to decide, and until when one is to be kept.
//!
//! An exhibit is due when its term has ended (its own, or else the node's), or when it is to be returned or destroyed after the proceedings and its
//! docket is closed. What is due is listed and nothing else: nobody and nothing destroys it by itself. Whoever looks at the list asks for its
//! destruction (`destruction.rs`), holds it (`hold.rs`), or has it kept longer. What is held is not due.

use std::collections::HashMap;

use evidence::Entry;
use evidence::custody::Handling;
use evidence::manifest::Condition;
use serde::{Deserialize, Serialize};
use store::exhibits::{self, ExhibitRow};
use store::{ReadTx, dockets};
use terms::{Bug, DocketId, ExhibitId, Moment, Refusal};

use crate::actor::{Action, Actor};
use crate::custody::Handled;
use crate::exhibits::{ExhibitShown, HERE, entry_of};
use crate::node::{Inner, Node};
use crate::summary::Summary;
use crate::{Trouble, hold};

/// Why an exhibit is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// What was said of it, or the node's term, has ended.
    TermEnded,
    /// It is to be returned or destroyed when the proceedings end, and its docket is closed.
    ProceedingsEnded,
}

/// An exhibit about which somebody must decide.
#[derive(Debug, Clone, Serialize)]
pub struct Due {
    /// Why.
    pub reason: Reason,
    /// Since when, for a term.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Moment>,
    /// The exhibit.
    pub exhibit: ExhibitShown,
}

/// Until when an exhibit is to be kept, and who says so.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// Until when; then it is due.
    pub until: Moment,
    /// Who, where, why, and on what authority.
    pub said: Handled,
}

/// When an exhibit's term ends: as somebody said of it, or so many days after it came.
pub(crate) fn term_ends(row: &ExhibitRow, days: Option<u32>) -> Option<Moment> {
    let came = row.since.unwrap_or(row.changed_at);
    row.keep_until.or_else(|| days.map(|days| came.plus_seconds(i64::from(days) * 86_400)))
}

/// Why an exhibit is due, if it is.
fn due(row: &ExhibitRow, entry: &Entry, days: Option<u32>, closed: bool, now: Moment) -> Option<Reason> {
    if closed && entry.conditions.iter().any(|condition| condition.as_str() == Condition::RETURN_OR_DESTROY) {
        return Some(Reason::ProceedingsEnded);
    }
    term_ends(row, days).is_some_and(|ends| ends <= now).then_some(Reason::TermEnded)
}

impl Node {
    /// The exhibits that are due, in the order in which they came. What is held is not among them.
    pub fn due_exhibits(&self, actor: &Actor, after: i64, limit: usize) -> Result<(Vec<Due>, Option<i64>), Trouble> {
        actor.may(Action::ReadDockets)?;
        let titles = actor.may(Action::ReadBodies).is_ok();
        let (days, now) = (self.0.depot.keep_days, self.now());
        self.0.read(|tx| {
            let (mut all, mut after, mut closed) = (Vec::new(), after, HashMap::new());
            loop {
                let page = exhibits::in_state(tx, HERE, after, store::PAGE_MAX)?;
                for row in page.rows {
                    if all.len() == limit {
                        return Ok((all, Some(after)));
                    }
                    after = row.seq;
                    let entry = entry_of(&row)?;
                    let over = match row.docket {
                        Some(docket) => is_closed(tx, &mut closed, docket)?,
                        None => false,
                    };
                    let Some(reason) = due(&row, &entry, days, over, now) else { continue };
                    if self.0.held(tx, &row.id)? {
                        continue;
                    }
                    let since = term_ends(&row, days).filter(|_| reason == Reason::TermEnded);
                    all.push(Due { reason, since, exhibit: self.0.exhibit_shown(row, titles)? });
                }
                if page.next.is_none() {
                    return Ok((all, None));
                }
            }
        })
    }

    /// Has an exhibit kept until a moment, instead of the term that would hold otherwise: a signed entry of its history.
    pub fn keep_exhibit(&self, actor: &Actor, id: &ExhibitId, keep: Keep) -> Result<ExhibitShown, Trouble> {
        actor.may(Action::Write)?;
        let (actor, id) = (actor.clone(), *id);
        self.0.write(move |work| {
            let (row, entry) = work.inner.exhibit_here(work.tx, &id)?;
            let Keep { until, said } = keep;
            if until <= work.now {
                let sentence = format!("{until} has passed.");
                return Err(Refusal::new("node.exhibit-term", sentence, "Name a later moment.").into());
            }
            let docket = row.docket;
            let said = said.by(&actor);
            work.handled(id, &entry.digests, Handling::Kept { until }, &said)?;
            exhibits::put(work.tx, &ExhibitRow { keep_until: Some(until), ..row })?;
            let what = format!("had exhibit {id} kept until {until}: {}", said.authority);
            work.audit(&actor.person, &said.why, &what, docket)?;
            work.sequence()?;
            work.inner.exhibit_whole(work.tx, &id).map(|(shown, _)| shown)
        })
    }
}

impl Inner {
    fn held(&self, tx: &mut ReadTx<'_>, id: &ExhibitId) -> Result<bool, Trouble> {
        let told = self.told(tx, id.as_bytes())?;
        Ok(hold::after(&told.chain, told.standing.as_ref()).is_some())
    }
}

/// Whether a docket is closed, asked once for each.
fn is_closed(tx: &mut ReadTx<'_>, known: &mut HashMap<DocketId, bool>, docket: DocketId) -> Result<bool, Trouble> {
    if let Some(closed) = known.get(&docket) {
        return Ok(*closed);
    }
    let closed = match dockets::get(tx, &docket)? {
        Some(row) => {
            let summary: Summary = serde_json::from_str(&row.summary)
                .map_err(|why| Bug::new(format!("the summary of docket {docket}: {why}")))?;
            summary.closed()
        }
        None => false,
    };
    known.insert(docket, closed);
    Ok(closed)
}
