//! Alarms: what an officer must see, each with the file that proves it to a third party.
//!
//! Raised where the node finds that an authority signed two histories, broke the word of a receipt, showed two versions of its log, or that an act in
//! this authority's own name exists which this node never sealed. An alarm changes no effect and stops nothing by itself; a person settles it
//! with a reason, and it stays on record. Never here: the finding itself.

use base64::prelude::{BASE64_STANDARD, Engine as _};
use docket::view::{Breach, View};
use docket::{Admitted, Docket};
use serde::Serialize;
use serde_json::{Value, json};
use store::alarms::{self, AlarmRow, NewAlarm};
use terms::{ActId, AuthorityId, Digest, DocketId, Moment};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::node::{Node, Work};

/// An alarm as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Alarm {
    /// Its number.
    pub seq: i64,
    /// `two-histories`, `broken-receipt`, `unknown-own-act`, `two-logs`, `log-shrank`, `log-stands-still`, `not-in-log`, `two-custodies`.
    pub kind: String,
    /// Whose doing it is about.
    pub authority: AuthorityId,
    /// In which docket.
    pub docket: Option<DocketId>,
    /// What happened.
    pub sentence: String,
    /// When it was found.
    pub raised_at: Moment,
}

impl From<AlarmRow> for Alarm {
    fn from(row: AlarmRow) -> Self {
        let NewAlarm { kind, authority, docket, sentence, raised_at, .. } = row.alarm;
        Self { seq: row.seq, kind, authority, docket, sentence, raised_at }
    }
}

/// Something that was found.
pub(crate) struct Found {
    pub kind: &'static str,
    pub authority: AuthorityId,
    pub docket: Option<DocketId>,
    pub sentence: String,
    /// What proves it, as a file.
    pub evidence: Vec<u8>,
}

impl Node {
    /// The alarms that nobody has settled, first one first.
    pub fn alarms(&self, actor: &Actor) -> Result<Vec<Alarm>, Trouble> {
        actor.may(Action::ReadDockets)?;
        self.0.read(|tx| Ok(alarms::open(tx, 0, 200)?.rows.into_iter().map(Alarm::from).collect()))
    }
    /// The file that proves an alarm to somebody else.
    pub fn alarm_evidence(&self, actor: &Actor, seq: i64) -> Result<Vec<u8>, Trouble> {
        actor.may(Action::ReadDockets)?;
        let row = self.0.read(|tx| Ok(alarms::get(tx, seq)?))?;
        Ok(row.ok_or_else(|| Trouble::not_here("alarm"))?.alarm.evidence)
    }
    /// Says that an alarm was dealt with, and how.
    pub fn settle_alarm(&self, actor: &Actor, seq: i64, why: &str) -> Result<(), Trouble> {
        actor.may(Action::ManagePeers)?;
        let (person, why) = (actor.person.clone(), why.trim().to_owned());
        if why.is_empty() {
            return Trouble::refuse("node.alarm", "An alarm is settled with a reason.", "Say what was found and done.");
        }
        self.0.write(move |work| {
            if !alarms::settle(work.tx, seq, &person, &why, work.now)? {
                return Err(Trouble::not_here("open alarm"));
            }
            work.audit(&person, "alarms", &format!("settled alarm {seq}: {why}"), None)
        })
    }
}

impl Work<'_, '_> {
    /// Raises an alarm, once for one thing.
    pub fn alarm(&mut self, found: Found) -> Result<(), Trouble> {
        let docket = found.docket.map(|id| id.to_string()).unwrap_or_default();
        let name = Digest::of(&[
            found.kind.as_bytes(),
            b"\n",
            found.authority.as_str().as_bytes(),
            b"\n",
            docket.as_bytes(),
            b"\n",
            found.sentence.as_bytes(),
        ]);
        let alarm = NewAlarm {
            name,
            kind: found.kind.to_owned(),
            authority: found.authority,
            docket: found.docket,
            sentence: found.sentence,
            evidence: found.evidence,
            raised_at: self.now,
        };
        if alarms::raise(self.tx, &alarm)? {
            tracing::error!(kind = alarm.kind, authority = %alarm.authority, sentence = alarm.sentence, "ALARM");
            self.audit("node", "alarms", &format!("raised an alarm: {}", alarm.sentence), alarm.docket)?;
        }
        Ok(())
    }

    /// Raises what a docket proves against its authors.
    pub fn alarms_of(&mut self, docket: &Docket, view: &View) -> Result<(), Trouble> {
        for fork in &view.forks {
            let acts: Vec<Value> = fork.branches.iter().filter_map(|id| docket.act(*id)).map(signed).collect();
            self.alarm(Found {
                kind: "two-histories",
                authority: fork.author.clone(),
                docket: Some(docket.id()),
                sentence: format!(
                    "{} signed {} acts that follow the same act of its own: {}.",
                    fork.author,
                    fork.branches.len(),
                    fork.branches.iter().map(ActId::short).collect::<Vec<_>>().join(", ")
                ),
                evidence: file(json!({"v": "comity.two-histories/1", "acts": acts})),
            })?;
        }
        for breach in &view.breaches {
            let Breach { by, receipt, receipted, act } = breach;
            let kept = docket.receipts().find(|kept| kept.id() == *receipt);
            let statement = kept.map(|kept| {
                json!({"statement": BASE64_STANDARD.encode(kept.statement_bytes()), "signature": BASE64_STANDARD.encode(kept.signature())})
            });
            let acts: Vec<Value> = [receipted, act].into_iter().filter_map(|id| docket.act(*id)).map(signed).collect();
            self.alarm(Found {
                kind: "broken-receipt",
                authority: by.clone(),
                docket: Some(docket.id()),
                sentence: format!(
                    "{by} receipted act {} and then sealed act {}, which does not follow it.",
                    receipted.short(),
                    act.short()
                ),
                evidence: file(json!({"v": "comity.broken-receipt/1", "receipt": statement, "acts": acts})),
            })?;
        }
        Ok(())
    }
}

/// An act as evidence: what was signed, and the signature. No body.
pub(crate) fn signed(act: &Admitted) -> Value {
    let act = act.act();
    json!({"header": BASE64_STANDARD.encode(act.header_bytes()), "signature": BASE64_STANDARD.encode(act.signature())})
}

pub(crate) fn file(value: Value) -> Vec<u8> {
    terms::canonical::to_bytes(&value).unwrap_or_else(|_| value.to_string().into_bytes())
}
