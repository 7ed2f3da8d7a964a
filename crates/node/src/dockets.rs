//! Dockets as people see them: the list, and the page of one matter. Every look at a page enters the audit trail.
//!
//! What stands is the view of acts and receipts; what may be said next is asked of the procedure; the ruling and its clocks are the law base's word
//! on the two States, under the version named in it. Bodies are shown to those who may see bodies. Never here: a change.

use std::collections::BTreeSet;

use docket::housekeeping;
use docket::procedure::Row;
use docket::view::{Breach, Shown, View};
use docket::{Docket, Party, SignedAct};
use law::Ruling;
use serde::Serialize;
use serde_json::{Map, Value};
use store::{ReadTx, acts, dockets, leaves};
use terms::{ActId, AuthorityId, Bug, Digest, DocketId, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::node::{Inner, Node};
use crate::pre_check::PreCheck;
use crate::record::ACT_LEAF;
use crate::request::{self, Known};
use crate::summary::Summary;

/// A docket in a list.
#[derive(Debug, Clone, Serialize)]
pub struct DocketLine {
    /// Which.
    pub id: DocketId,
    /// Its procedure and edition.
    pub procedure: String,
    /// When it was opened.
    pub opened_at: Moment,
    /// In a few words.
    pub summary: Summary,
    /// How many acts it has.
    pub acts: i64,
}

/// The page of one docket.
#[derive(Debug, Clone, Serialize)]
pub struct DocketPage {
    /// Which.
    pub id: DocketId,
    /// Its procedure and edition.
    pub procedure: String,
    /// In a few words.
    pub summary: Summary,
    /// The parties with their parts.
    pub parties: Vec<Party>,
    /// This authority's part.
    pub role: String,
    /// Some of the acts, in an order in which each stands after all its ancestors.
    pub acts: Vec<ActShown>,
    /// How many acts there are.
    pub acts_in_all: usize,
    /// From which the next page begins.
    pub next: Option<usize>,
    /// Whether an author signed two histories and nobody has settled it.
    pub disputed: bool,
    /// Receipts and acts of one authority that contradict each other: alarms.
    pub breaches: Vec<Said>,
    /// What this authority may say now.
    pub possible: Vec<Possible>,
    /// What the law base rules on the two States, where the procedure is assistance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ruling: Option<Box<Ruling>>,
    /// What the law base ruled when this authority sent the request, for those who may see bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pre_check: Option<PreCheck>,
    /// When the request arrived, from which the ruling's clocks run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<Moment>,
}

/// A breach in words.
#[derive(Debug, Clone, Serialize)]
pub struct Said {
    /// Whose word was broken.
    pub by: AuthorityId,
    /// In one sentence.
    pub sentence: String,
}

/// An act on the page.
#[derive(Debug, Clone, Serialize)]
pub struct ActShown {
    /// Which.
    pub id: ActId,
    /// Its kind.
    pub kind: String,
    /// Its author.
    pub author: AuthorityId,
    /// The author's part.
    pub role: String,
    /// When, by its author's clock.
    pub time: Moment,
    /// When it was kept here.
    pub kept_at: Moment,
    /// The facts of the header.
    pub facts: Map<String, Value>,
    /// The body, as far as it may be shown.
    pub body: BodyShown,
    /// Why it has no effect, if it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_effect: Option<String>,
    /// Whether it counts; false only where its author signed two histories.
    pub stands: bool,
    /// Who has receipted it: delivered to them and to nobody else.
    pub delivered_to: BTreeSet<AuthorityId>,
    /// To whom it was not yet delivered.
    pub outstanding: BTreeSet<AuthorityId>,
    /// Its place in this node's log: generation and index.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<(i64, u64)>,
}

/// The body of an act on the page.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum BodyShown {
    /// The header binds none.
    None,
    /// It is here.
    Here {
        /// What it says.
        says: Value,
    },
    /// It was erased on this side.
    Erased,
    /// Not for this person.
    Withheld,
}

/// Something that this authority might say now.
#[derive(Debug, Clone, Serialize)]
pub struct Possible {
    /// The kind.
    pub kind: String,
    /// How many approvals it needs.
    pub approvals: u8,
    /// From which state, in words.
    pub from: String,
    /// What it would do, in words.
    pub effect: String,
    /// Whether it is open now: yes, or perhaps, depending on what is named.
    pub certain: bool,
}

impl Node {
    /// The dockets, the one that changed last first.
    pub fn dockets(
        &self,
        actor: &Actor,
        after: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<DocketLine>, Option<i64>), Trouble> {
        actor.may(Action::ReadDockets)?;
        self.0.read(|tx| {
            let page = dockets::list(tx, after, limit)?;
            let line = |row: dockets::DocketRow| {
                let summary = serde_json::from_str(&row.summary);
                let summary = summary.map_err(|why| Bug::new(format!("the summary of docket {}: {why}", row.id)))?;
                Ok(DocketLine {
                    id: row.id,
                    procedure: row.procedure,
                    opened_at: row.opened_at,
                    summary,
                    acts: row.acts,
                })
            };
            let rows: Result<Vec<DocketLine>, Trouble> = page.rows.into_iter().map(line).collect();
            Ok((rows?, page.next))
        })
    }

    /// The docket whose id begins with `text`, if exactly one does among those listed last.
    pub fn find_docket(&self, actor: &Actor, text: &str) -> Result<DocketId, Trouble> {
        actor.may(Action::ReadDockets)?;
        if let Ok(id) = text.parse::<DocketId>() {
            return Ok(id);
        }
        let plain = text.len() >= 4 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if !plain {
            return Err(Trouble::not_here("docket"));
        }
        let mut found = BTreeSet::new();
        let mut after = None;
        loop {
            let (rows, next) = self.dockets(actor, after, store::PAGE_MAX)?;
            found.extend(rows.iter().map(|row| row.id).filter(|id| id.to_string().starts_with(text)));
            after = next;
            if after.is_none() {
                break;
            }
        }
        match found.first() {
            Some(id) if found.len() == 1 => Ok(*id),
            Some(_) => Trouble::refuse("node.not-one", "Several dockets begin like this.", "Give more of the id."),
            None => Err(Trouble::not_here("docket")),
        }
    }

    /// The page of a docket, from the act at `from` on.
    pub fn docket_page(
        &self,
        actor: &Actor,
        purpose: &str,
        id: &DocketId,
        from: usize,
        limit: usize,
    ) -> Result<DocketPage, Trouble> {
        actor.may(Action::ReadDockets)?;
        let bodies = actor.may(Action::ReadBodies).is_ok();
        let (person, purpose, looked) = (actor.person.clone(), purpose.to_owned(), *id);
        let page = self.0.read(|tx| {
            let held = self.0.docket(tx, id)?.ok_or_else(|| Trouble::not_here("docket"))?;
            self.0.page(tx, &held.docket, bodies, from, limit.clamp(1, store::PAGE_MAX))
        })?;
        self.0.write(move |work| work.audit(&person, &purpose, "looked at the docket", Some(looked)))?;
        Ok(page)
    }
}

impl Node {
    /// An act as it was signed, with its body: for an export, a witness, a court.
    pub fn signed_act(&self, actor: &Actor, id: &ActId) -> Result<SignedAct, Trouble> {
        actor.may(Action::ReadBodies)?;
        let (docket, act) = self.0.read(|tx| {
            let row = acts::get(tx, id)?.ok_or_else(|| Trouble::not_here("act"))?;
            Ok((row.docket, self.0.whole_act(tx, row)?))
        })?;
        let (person, what) = (actor.person.clone(), format!("took the signed act {id}"));
        self.0.write(move |work| work.audit(&person, "acts", &what, Some(docket)))?;
        Ok(act)
    }
}

impl Inner {
    fn page(
        &self,
        tx: &mut ReadTx<'_>,
        docket: &Docket,
        bodies: bool,
        from: usize,
        limit: usize,
    ) -> Result<DocketPage, Trouble> {
        let view = View::of(docket);
        let summary = Summary::of(docket, &view, &self.me);
        let some: Vec<&Shown> = view.acts.iter().skip(from).take(limit).collect();
        let acts: Result<Vec<ActShown>, Trouble> =
            some.iter().map(|shown| self.act_shown(tx, docket, shown, bodies)).collect();
        let in_all = view.acts.len();
        let received = self.received(tx, docket)?;
        Ok(DocketPage {
            id: docket.id(),
            procedure: docket.procedure().edition().to_owned(),
            role: summary.role.clone(),
            parties: view.parties.to_vec(),
            acts: acts?,
            acts_in_all: in_all,
            next: Some(from + some.len()).filter(|next| *next < in_all),
            disputed: view.disputed(),
            breaches: view.breaches.iter().map(in_words).collect(),
            possible: self.possible(docket, &summary.role),
            ruling: self.ruling(docket, received)?.map(Box::new),
            pre_check: if bodies { self.pre_check(tx, &docket.id())? } else { None },
            received,
            summary,
        })
    }

    fn act_shown(
        &self,
        tx: &mut ReadTx<'_>,
        docket: &Docket,
        shown: &Shown,
        bodies: bool,
    ) -> Result<ActShown, Trouble> {
        let missing = || Bug::new(format!("act {} was there a moment ago", shown.id));
        let header = docket.act(shown.id).ok_or_else(missing)?.act().header();
        let row = acts::get(tx, &shown.id)?.ok_or_else(missing)?;
        let kept_at = row.received_at;
        let body = match (header.body, bodies) {
            (None, _) => BodyShown::None,
            (Some(_), false) => BodyShown::Withheld,
            (Some(_), true) => match self.whole_act(tx, row)?.body {
                Some(body) => BodyShown::Here {
                    says: serde_json::from_slice(&body.bytes)
                        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body.bytes).into_owned())),
                },
                None => BodyShown::Erased,
            },
        };
        let leaf = leaves::of(tx, ACT_LEAF, &Digest::new(*shown.id.as_bytes()))?;
        let others = docket.parties();
        let others = others.iter().map(|party| &party.authority).filter(|authority| **authority != shown.author);
        Ok(ActShown {
            id: shown.id,
            kind: shown.kind.clone(),
            author: shown.author.clone(),
            role: shown.role.clone(),
            time: header.time,
            kept_at,
            facts: header.facts.clone(),
            body,
            no_effect: shown.verdict.as_ref().err().map(|why| format!("{}: {}", why.code, why.sentence)),
            stands: shown.stands,
            outstanding: others.filter(|authority| !shown.delivered_to.contains(*authority)).cloned().collect(),
            delivered_to: shown.delivered_to.clone(),
            place: leaf.and_then(|leaf| leaf.place),
        })
    }

    /// What may be said next: each kind of this part's, unless the procedure says that it is not the time for it.
    fn possible(&self, docket: &Docket, role: &str) -> Vec<Possible> {
        let procedure = docket.procedure().rows().iter().filter(|row| row.who.contains(&role));
        let rows: Vec<&Row> = procedure.chain(&housekeeping::ROWS).collect();
        let weighed = rows.into_iter().filter_map(|row| {
            let certain = match docket.would(&self.me, row.kind, &Map::new()) {
                Ok(_) => true,
                // What is wrong is that nothing was named yet.
                Err(why) if matches!(why.code, "malformed-facts" | "unknown-act" | "unknown-measure") => false,
                Err(_) => return None,
            };
            Some(Possible {
                kind: row.kind.to_owned(),
                approvals: row.approvals,
                from: row.from.to_owned(),
                effect: row.effect.to_owned(),
                certain,
            })
        });
        weighed.collect()
    }

    /// When the opening act arrived: here, if another wrote it; otherwise by the first receipt of another party.
    fn received(&self, tx: &mut ReadTx<'_>, docket: &Docket) -> Result<Option<Moment>, Trouble> {
        let opening = docket.id().opening_act();
        let Some(act) = docket.act(opening) else { return Ok(None) };
        if *act.author() != self.me {
            return Ok(acts::get(tx, &opening)?.map(|row| row.received_at));
        }
        let told = docket.receipts().filter(|receipt| receipt.statement().acts.contains(&opening));
        Ok(told.filter(|receipt| receipt.statement().issuer != self.me).map(|receipt| receipt.statement().time).min())
    }

    /// The law base's word on a request, as of the day of the request, with clocks from the day on which it arrived.
    fn ruling(&self, docket: &Docket, received: Option<Moment>) -> Result<Option<Ruling>, Trouble> {
        let Some(opening) = docket.act(docket.id().opening_act()) else { return Ok(None) };
        let header = opening.act().header();
        let Some(open) = header.open.as_ref().filter(|open| open.procedure.starts_with("assistance/")) else {
            return Ok(None);
        };
        let Ok(states) = request::states(open) else { return Ok(None) };
        let kinds = header.facts.get("measures").map(request::kinds).unwrap_or_default();
        let moments = received.map(|received| ("received".to_owned(), received)).into_iter().collect();
        let ruled = request::rule(&self.law.now().base, states, header.time.date(), kinds, &Known::default(), moments);
        // A measure that this law base does not know is no reason to show no page.
        let ruled = ruled.inspect_err(|trouble| tracing::warn!(%trouble, "no ruling for a docket")).ok();
        Ok(ruled.map(|mut ruling| {
            ruling.seen_on(self.world.now().date());
            ruling
        }))
    }
}

fn in_words(breach: &Breach) -> Said {
    let sentence = format!(
        "{} receipted act {} and then sealed act {}, which does not follow it. The receipt and the act prove it.",
        breach.by,
        breach.receipted.short(),
        breach.act.short()
    );
    Said { by: breach.by.clone(), sentence }
}
