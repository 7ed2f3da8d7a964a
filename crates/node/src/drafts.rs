//! Drafts: what an officer wants to say, until it is approved by others and sent.
//!
//! ```text
//! writing ──propose──▶ proposed ──approve (others)──▶ … ──send──▶ sent
//!    ▲                    │ return
//!    └────────────────────┘
//! ```
//! What people approve is [`Words`]: kind, facts, newcomers, the body's digest, and for kinds that say *show again* the heads that the author
//! had seen. Its hash is the *approved digest*; if any of it changes, earlier approvals count no more. The author never approves. A
//! draft's body lies sealed under a key of this node alone.

mod ready;

use docket::{Body, BodyBinding, Opening, Party};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::drafts::{self, Approved, DraftRow};
use store::leaves::{self, NewLeaf};
use terms::{ActId, Bug, Digest, DocketId, ExhibitId, Moment, Salt};

use crate::actor::{Action, Actor};
use crate::node::{Node, Work};
use crate::request::Known;
use crate::{Trouble, world};

/// What an officer hands in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDraft {
    /// The docket in which it is to be said; absent where a new docket is to be opened.
    #[serde(default)]
    pub docket: Option<DocketId>,
    /// The docket that is to be opened.
    #[serde(default)]
    pub open: Option<NewDocket>,
    /// The kind: `ask`.
    pub kind: String,
    /// The kind's facts; for a request most of them are made from the body.
    #[serde(default)]
    pub facts: Map<String, Value>,
    /// What is said to persons: any JSON; for a request, the form's answers.
    #[serde(default)]
    pub body: Option<Value>,
    /// Newcomers whom the act brings in.
    #[serde(default)]
    pub introduces: Vec<Party>,
    /// For a request: what is known of offences and facts, beyond what the form asks.
    #[serde(default)]
    pub known: Known,
    /// For an act that transmits: the exhibits, which are here.
    #[serde(default)]
    pub exhibits: Vec<ExhibitId>,
}

/// A docket that is to be opened.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDocket {
    /// Procedure and edition: `assistance/1`.
    pub procedure: String,
    /// The parties with their parts; this authority among them.
    pub parties: Vec<Party>,
}

/// A draft as it is kept beside its body.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Frame {
    open: Option<Opening>,
    facts: Map<String, Value>,
    introduces: Vec<Party>,
    salt: Salt,
    seen: Vec<ActId>,
    known: Known,
    #[serde(default)]
    exhibits: Vec<ExhibitId>,
    /// The manifest that was written when the draft was proposed.
    #[serde(default)]
    manifest: Option<String>,
    has_body: bool,
    returned: Option<String>,
    sent: Option<ActId>,
}

/// What people approve, in one canonical document.
#[derive(Serialize)]
struct Words<'a> {
    v: &'static str,
    docket: Option<DocketId>,
    open: &'a Option<Opening>,
    kind: &'a str,
    facts: &'a Map<String, Value>,
    introduces: &'a [Party],
    body: Option<BodyBinding>,
    seen: &'a [ActId],
}

/// A draft as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Draft {
    /// Its name.
    pub id: String,
    /// Where it is to be said.
    pub docket: Option<DocketId>,
    /// The docket that it is to open.
    pub open: Option<NewDocket>,
    /// The kind.
    pub kind: String,
    /// The facts.
    pub facts: Map<String, Value>,
    /// The body.
    pub body: Option<Value>,
    /// Newcomers.
    pub introduces: Vec<Party>,
    /// For a request: what is known beyond the form.
    pub known: Known,
    /// For an act that transmits: the exhibits.
    pub exhibits: Vec<ExhibitId>,
    /// Who wrote it.
    pub author: String,
    /// `writing`, `proposed`, `sent` or `discarded`.
    pub state: String,
    /// What an approval is of.
    pub approved_digest: Digest,
    /// How many approvals it needs.
    pub approvals_needed: u8,
    /// Who has approved exactly this, and when.
    pub approvals: Vec<(String, Moment)>,
    /// Why it came back to its author.
    pub returned: Option<String>,
    /// The act it became.
    pub sent: Option<ActId>,
    /// Rises with every change.
    pub version: i64,
    /// When it changed.
    pub changed_at: Moment,
    /// The order of changes, for paging.
    pub seq: i64,
}

/// What was sent.
#[derive(Debug, Clone, Serialize)]
pub struct Sent {
    /// The act.
    pub act: ActId,
    /// Its docket.
    pub docket: DocketId,
}

const WRITING: &str = "writing";
const PROPOSED: &str = "proposed";
const SENT: &str = "sent";
const DISCARDED: &str = "discarded";

impl Node {
    /// Keeps a new draft.
    pub fn write_draft(&self, actor: &Actor, purpose: &str, new: NewDraft) -> Result<Draft, Trouble> {
        actor.may(Action::Write)?;
        let (author, purpose) = (actor.person.clone(), purpose.to_owned());
        self.0.write(move |work| {
            let id = Digest::new(world::bytes(&*work.inner.world)).short() + &world::digest(&*work.inner.world).short();
            let row = work.draft_row(id.clone(), &author, new)?;
            work.audit(&author, &purpose, &format!("wrote draft {id} of {}", row.kind), row.docket)?;
            drafts::create(work.tx, &row)?;
            work.draft(&id)
        })
    }

    /// What would become of a draft if it were written and proposed now: as it would stand, or why it would be refused. Nothing is kept.
    pub fn check_draft(&self, actor: &Actor, new: NewDraft) -> Result<Draft, Trouble> {
        actor.may(Action::Write)?;
        let author = actor.person.clone();
        self.0.write(move |work| {
            let row = work.draft_row("none".to_owned(), &author, new)?;
            let row = work.ready(row)?;
            let draft = work.shown(row)?;
            if draft.approvals_needed == 0 {
                // It would be sent at once.
                work.may_seal()?;
            }
            Ok(draft)
        })
    }

    /// Writes a draft anew; `version` is the one that was seen.
    pub fn rewrite_draft(&self, actor: &Actor, id: &str, version: i64, new: NewDraft) -> Result<Draft, Trouble> {
        actor.may(Action::Write)?;
        let (person, id) = (actor.person.clone(), id.to_owned());
        self.0.write(move |work| {
            let row = work.own_draft(&id, &person)?;
            let again = work.draft_row(id.clone(), &person, new)?;
            work.update(&DraftRow { version, seq: row.seq, ..again })?;
            work.draft(&id)
        })
    }

    /// Says that a draft is ready: its completeness and its effect are checked now.
    pub fn propose(&self, actor: &Actor, id: &str) -> Result<Draft, Trouble> {
        actor.may(Action::Write)?;
        let (person, id) = (actor.person.clone(), id.to_owned());
        self.0.write(move |work| {
            let row = work.own_draft(&id, &person)?;
            let row = work.ready(row)?;
            work.update(&row)?;
            work.audit(&person, "drafts", &format!("proposed draft {id}"), row.docket)?;
            work.draft(&id)
        })
    }

    /// Approves exactly what has this digest.
    pub fn approve(&self, actor: &Actor, id: &str, digest: &Digest) -> Result<Draft, Trouble> {
        actor.may(Action::Approve)?;
        let (person, id, digest) = (actor.person.clone(), id.to_owned(), *digest);
        self.0.write(move |work| {
            let row = work.draft_in(&id, &[PROPOSED])?;
            let refuse = |code: &str, sentence: &str, remedy: &str| Trouble::refuse(code, sentence, remedy);
            match drafts::approve(work.tx, &id, &person, &digest, work.now)? {
                Approved::Yes | Approved::Already => {}
                Approved::BodyChanged => {
                    return refuse("node.changed", "The draft is no longer what was shown to you.", "Read it again.");
                }
                Approved::OwnDraft => {
                    return refuse("node.same-person", "You wrote this yourself.", "Another person approves it.");
                }
                Approved::NoDraft => return Err(Trouble::not_here("draft")),
            }
            let leaf = NewLeaf {
                kind: "approval".to_owned(),
                id: Digest::of(&[b"comity.approval/1\n", digest.as_bytes(), person.as_bytes()]),
                signature_hash: Digest::of(&[]),
                salt: world::salt(&*work.inner.world),
            };
            leaves::queue(work.tx, &leaf)?;
            work.audit(&person, "drafts", &format!("approved draft {id}, {digest}"), row.docket)?;
            work.draft(&id)
        })
    }

    /// Gives a draft back to its author, with a reason.
    pub fn return_draft(&self, actor: &Actor, id: &str, why: &str) -> Result<Draft, Trouble> {
        actor.may(Action::Approve)?;
        let (person, id, why) = (actor.person.clone(), id.to_owned(), why.to_owned());
        self.0.write(move |work| {
            let mut row = work.draft_in(&id, &[PROPOSED])?;
            let mut frame = frame_of(&row)?;
            frame.returned = Some(format!("{person}: {why}"));
            row.frame = to_bytes(&frame)?;
            row.state = WRITING.to_owned();
            work.update(&row)?;
            work.audit(&person, "drafts", &format!("returned draft {id}: {why}"), row.docket)?;
            work.draft(&id)
        })
    }

    /// Gives a draft up.
    pub fn discard(&self, actor: &Actor, id: &str) -> Result<(), Trouble> {
        actor.may(Action::Write)?;
        let (person, id) = (actor.person.clone(), id.to_owned());
        self.0.write(move |work| {
            let mut row = work.own_draft(&id, &person)?;
            row.state = DISCARDED.to_owned();
            work.update(&row)?;
            work.audit(&person, "drafts", &format!("discarded draft {id}"), row.docket)
        })
    }

    /// Seals what was approved and sends it to every other party.
    pub fn send(&self, actor: &Actor, id: &str, purpose: &str) -> Result<Sent, Trouble> {
        actor.may(Action::Write)?;
        let (person, id, purpose) = (actor.person.clone(), id.to_owned(), purpose.to_owned());
        let sender = actor.clone();
        self.0.write(move |work| {
            let mut row = work.draft_in(&id, &[WRITING, PROPOSED, SENT])?;
            let mut frame = frame_of(&row)?;
            if let (SENT, Some(act)) = (row.state.as_str(), frame.sent) {
                // The answer to an earlier call was lost: the act is what it was.
                return Ok(Sent { act, docket: row.docket.unwrap_or_else(|| act.opens()) });
            }
            let rule = work.row_of(&row, &frame)?;
            if row.state == WRITING && rule.0 == 0 {
                row = work.ready(row)?;
                frame = frame_of(&row)?;
            }
            work.check_approvals(&row, rule.0)?;
            work.check_heads(&row, &frame, rule.1)?;
            let body = work.body_of(&row, &frame)?;
            let header = work.header_of(&row, &frame, body.as_ref())?;
            let act = work.author(header, body)?;
            let docket = row.docket.unwrap_or_else(|| act.opens());
            work.after_sending(&row, act, docket)?;
            if let Some(open) = frame.open.as_ref().filter(|open| open.procedure.starts_with("assistance/")) {
                let measures = frame.facts.get("measures").unwrap_or(&serde_json::Value::Null);
                work.keep_pre_check(&docket, open, &frame.known, measures)?;
            }
            if let Some(manifest) = &frame.manifest {
                work.transmitted(act, &docket, manifest, &sender)?;
            }
            frame.sent = Some(act);
            row.frame = to_bytes(&frame)?;
            row.state = SENT.to_owned();
            work.update(&row)?;
            work.audit(&person, &purpose, &format!("sent draft {id} as {} {act}", row.kind), Some(docket))?;
            work.sequence()?;
            Ok(Sent { act, docket })
        })
    }

    /// One draft.
    pub fn draft(&self, actor: &Actor, id: &str) -> Result<Draft, Trouble> {
        actor.may(Action::ReadBodies)?;
        let (person, id) = (actor.person.clone(), id.to_owned());
        self.0.write(move |work| {
            let draft = work.draft(&id)?;
            if draft.author != person {
                work.audit(&person, "drafts", &format!("looked at draft {id}"), draft.docket)?;
            }
            Ok(draft)
        })
    }

    /// The drafts in one state, the one that changed last first.
    pub fn drafts(
        &self,
        actor: &Actor,
        state: &str,
        after: Option<i64>,
        limit: usize,
    ) -> Result<(Vec<Draft>, Option<i64>), Trouble> {
        actor.may(Action::ReadBodies)?;
        let state = state.to_owned();
        self.0.write(move |work| {
            let page = drafts::list(work.tx, &state, after, limit)?;
            let rows: Result<Vec<Draft>, Trouble> = page.rows.into_iter().map(|row| work.shown(row)).collect();
            Ok((rows?, page.next))
        })
    }
}

fn to_bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, Trouble> {
    Ok(terms::canonical::to_bytes(value)?)
}

fn frame_of(row: &DraftRow) -> Result<Frame, Trouble> {
    Ok(serde_json::from_slice(&row.frame).map_err(|why| Bug::new(format!("draft {}: {why}", row.id)))?)
}

/// Binds a draft's sealed body to the draft.
fn bound_to(draft: &str) -> Vec<u8> {
    [b"draft/", draft.as_bytes()].concat()
}

impl Work<'_, '_> {
    /// A draft as it is kept, from what was handed in.
    fn draft_row(&mut self, id: String, author: &str, new: NewDraft) -> Result<DraftRow, Trouble> {
        let open = match (&new.docket, new.open) {
            (Some(docket), None) => {
                self.docket(docket)?.ok_or_else(|| Trouble::not_here("docket"))?;
                None
            }
            (None, Some(open)) => {
                let mut parties = open.parties;
                parties.sort();
                Some(Opening { procedure: open.procedure, parties, nonce: world::salt(&*self.inner.world) })
            }
            _ => {
                let remedy = "Name one of the two.";
                return Trouble::refuse("node.draft", "A draft belongs to one docket, or opens one.", remedy);
            }
        };
        let mut introduces = new.introduces;
        introduces.sort();
        let salt = world::salt(&*self.inner.world);
        let body = new.body.as_ref().map(to_bytes).transpose()?;
        let frame = Frame {
            open,
            facts: new.facts,
            introduces,
            salt,
            seen: vec![],
            known: new.known,
            exhibits: new.exhibits,
            manifest: None,
            has_body: body.is_some(),
            returned: None,
            sent: None,
        };
        let row = DraftRow {
            docket: new.docket,
            kind: new.kind,
            author: author.to_owned(),
            frame: vec![],
            body: vec![],
            body_digest: Digest::new([0; 32]),
            version: 1,
            state: WRITING.to_owned(),
            changed_at: self.now,
            seq: 0,
            id,
        };
        self.put_together(row, &frame, &body.unwrap_or_default())
    }

    /// Writes frame, sealed body and approved digest into a row.
    fn put_together(&mut self, mut row: DraftRow, frame: &Frame, body: &[u8]) -> Result<DraftRow, Trouble> {
        let words = Words {
            v: "comity.words/1",
            docket: row.docket,
            open: &frame.open,
            kind: &row.kind,
            facts: &frame.facts,
            introduces: &frame.introduces,
            body: frame.has_body.then(|| BodyBinding::of(&frame.salt, body)),
            seen: &frame.seen,
        };
        row.body_digest = Digest::of(&[&to_bytes(&words)?]);
        row.frame = to_bytes(frame)?;
        let key = self.inner.desk_key()?;
        row.body = key.seal(&bound_to(&row.id), body, &mut *self.inner.world.chance())?;
        Ok(row)
    }

    fn body_of(&mut self, row: &DraftRow, frame: &Frame) -> Result<Option<Body>, Trouble> {
        let key = self.inner.desk_key()?;
        let bytes = key.open(&bound_to(&row.id), &row.body)?.to_vec();
        Ok(frame.has_body.then_some(Body { salt: frame.salt, bytes }))
    }

    fn draft_in(&mut self, id: &str, states: &[&str]) -> Result<DraftRow, Trouble> {
        let row = drafts::get(self.tx, id)?.ok_or_else(|| Trouble::not_here("draft"))?;
        if states.contains(&row.state.as_str()) {
            return Ok(row);
        }
        let sentence =
            format!("The draft is “{}”; this is possible only while it is {}.", row.state, states.join(" or "));
        Trouble::refuse("node.draft-state", sentence, "Look at it again.")
    }

    fn own_draft(&mut self, id: &str, person: &str) -> Result<DraftRow, Trouble> {
        let row = self.draft_in(id, &[WRITING, PROPOSED])?;
        if row.author == person {
            return Ok(row);
        }
        Trouble::refuse("node.not-author", "Another person wrote this draft.", "Ask them, or return it with a reason.")
    }

    fn update(&mut self, row: &DraftRow) -> Result<(), Trouble> {
        let row = DraftRow { changed_at: self.now, ..row.clone() };
        if drafts::update(self.tx, &row)? {
            return Ok(());
        }
        Trouble::refuse("node.stale", "Somebody has changed the draft since you saw it.", "Read it again.")
    }

    /// What follows from an act of our own, on this side.
    fn after_sending(&mut self, row: &DraftRow, act: ActId, docket: DocketId) -> Result<(), Trouble> {
        if row.kind == "erase-bodies" {
            store::acts::erase_bodies(self.tx, &docket)?;
            store::dockets::set_body_key(self.tx, &docket, None)?;
            tracing::info!(%act, "the bodies of docket {} were erased here", docket.short());
        }
        Ok(())
    }

    fn draft(&mut self, id: &str) -> Result<Draft, Trouble> {
        let row = drafts::get(self.tx, id)?.ok_or_else(|| Trouble::not_here("draft"))?;
        self.shown(row)
    }

    fn shown(&mut self, row: DraftRow) -> Result<Draft, Trouble> {
        let frame = frame_of(&row)?;
        let body = self.body_of(&row, &frame)?;
        let approvals_needed = self.row_of(&row, &frame).map_or(0, |rule| rule.0);
        let approvals = drafts::approvers(self.tx, &row.id, 16)?;
        Ok(Draft {
            body: body.and_then(|body| serde_json::from_slice(&body.bytes).ok()),
            open: frame.open.map(|open| NewDocket { procedure: open.procedure, parties: open.parties }),
            facts: frame.facts,
            introduces: frame.introduces,
            known: frame.known,
            exhibits: frame.exhibits,
            returned: frame.returned,
            sent: frame.sent,
            docket: row.docket,
            kind: row.kind,
            author: row.author,
            state: row.state,
            approved_digest: row.body_digest,
            approvals_needed,
            approvals,
            version: row.version,
            changed_at: row.changed_at,
            seq: row.seq,
            id: row.id,
        })
    }
}
