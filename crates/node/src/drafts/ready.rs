//! Whether a draft can go: complete for what it is, certain to have its effect, approved by others, and not overtaken.
//!
//! Asked when it is proposed and again when it is sent. The rules are those of the procedure, the form and the law base; here they are put to a draft.

use docket::procedure::IfMoved;
use docket::{Body, BodyBinding, Docket, Header, Said, SignedAct};
use serde_json::{Map, Value};
use store::drafts::{self, DraftRow};
use terms::{ActId, Bug, Digest, Moment, Refusal};

use super::{Frame, PROPOSED, frame_of, to_bytes};
use crate::node::Work;
use crate::{Trouble, request, transmission};

impl Work<'_, '_> {
    /// How many approvals the kind needs, and what happens if heads moved.
    pub(super) fn row_of(&mut self, row: &DraftRow, frame: &Frame) -> Result<(u8, IfMoved), Trouble> {
        let found = match (&row.docket, &frame.open) {
            (Some(docket), _) => self.the_docket(docket)?.row(&row.kind),
            (None, Some(open)) => docket::procedures::by_edition(&open.procedure).and_then(|p| p.row(&row.kind)),
            (None, None) => None,
        };
        match found {
            Some(found) => Ok((found.approvals, found.if_moved)),
            None => {
                let sentence = format!("The procedure knows no act “{}”.", row.kind);
                Trouble::refuse("node.unknown-kind", sentence, "Choose one of the acts that the docket page lists.")
            }
        }
    }

    /// Makes a draft ready for approval: a request complete, its facts made from it, its effect certain as far as one sees here.
    pub(super) fn ready(&mut self, row: DraftRow) -> Result<DraftRow, Trouble> {
        let mut frame = frame_of(&row)?;
        let mut body = self.body_of(&row, &frame)?;
        let rule = self.row_of(&row, &frame)?;
        if !frame.exhibits.is_empty() {
            body = Some(self.with_manifest(&row, &mut frame, body)?);
        }
        if let Some(open) = frame.open.as_ref().filter(|open| open.procedure == "assistance/1" && row.kind == "submit")
        {
            let facts = request::complete(self, open, &frame.known, body.as_ref(), &frame.facts)?;
            frame.facts = facts;
        }
        frame.seen = match (rule.1, &row.docket) {
            (IfMoved::ShowAgain, Some(docket)) => self.the_docket(docket)?.heads().collect(),
            _ => vec![],
        };
        frame.returned = None;
        self.check_effect(&row, &frame, body.as_ref())?;
        let bytes = body.map(|body| body.bytes).unwrap_or_default();
        let mut row = self.put_together(row, &frame, &bytes)?;
        row.state = PROPOSED.to_owned();
        Ok(row)
    }

    /// Writes the manifest of the exhibits that a draft lists; its digest becomes a fact, the titles go into the body.
    fn with_manifest(&mut self, row: &DraftRow, frame: &mut Frame, body: Option<Body>) -> Result<Body, Trouble> {
        let Some(docket) = row.docket else {
            let remedy = "Send them in a docket that is open.";
            return Trouble::refuse("node.draft", "Exhibits cannot travel with the act that opens a docket.", remedy);
        };
        let (manifest, titles) = self.write_manifest(&docket, &frame.exhibits)?;
        frame.facts.insert(transmission::FACT.to_owned(), Digest::of(&[manifest.as_bytes()]).to_string().into());
        frame.manifest = Some(manifest);
        frame.has_body = true;
        let written: Value = match &body {
            Some(body) => {
                serde_json::from_slice(&body.bytes).map_err(|why| Bug::new(format!("a draft's body: {why}")))?
            }
            None => Value::Object(Map::new()),
        };
        let Value::Object(mut written) = written else {
            let remedy = "Write it as an object with a member “text”.";
            return Trouble::refuse("node.draft", "What accompanies exhibits is not an object.", remedy);
        };
        written.insert("exhibits".to_owned(), titles);
        Ok(Body { salt: frame.salt, bytes: to_bytes(&written)? })
    }

    /// An act that would have no effect is not sent: what is sent by mistake cannot be taken back.
    fn check_effect(&mut self, row: &DraftRow, frame: &Frame, body: Option<&Body>) -> Result<(), Trouble> {
        let me = self.inner.me.clone();
        let verdict = match &row.docket {
            Some(docket) => self.the_docket(docket)?.would(&me, &row.kind, &frame.facts),
            None => {
                let header = self.header_of(row, frame, body)?;
                let framed = SignedAct::frame(header).map_err(|why| bad_form(&why))?;
                let trial = SignedAct { header: framed.bytes().to_vec(), signature: vec![], body: None };
                let unsigned = |_: &terms::AuthorityId, _: Moment, _: &[u8], _: &[u8]| Ok(Digest::new([0; 32]));
                let trial = trial.authenticate(&unsigned).map_err(|why| bad_form(&why))?;
                let opened = Docket::open(trial).map_err(|why| bad_form(&why))?;
                let acts = opened.acts();
                acts.first().map(|act| act.verdict().clone()).ok_or_else(|| Bug::new("an opened docket has an act"))?
            }
        };
        // Newcomers are judged with the act itself; what is asked here is all the rest.
        match verdict {
            Ok(_) => Ok(()),
            Err(_) if !frame.introduces.is_empty() => Ok(()),
            Err(why) => {
                let remedy = "Change it, or say something else; the docket page lists what is open.";
                let refusal = Refusal::new(
                    "node.no-effect",
                    format!("It would have no effect ({}): {}", why.code, why.sentence),
                    remedy,
                );
                Err(refusal.into())
            }
        }
    }

    pub(super) fn check_approvals(&mut self, row: &DraftRow, needed: u8) -> Result<(), Trouble> {
        let approvals = drafts::approvers(self.tx, &row.id, usize::from(needed) + 1)?.len();
        if approvals >= usize::from(needed) {
            return Ok(());
        }
        let sentence = format!("It needs {needed} approval(s) by persons other than its author, and has {approvals}.");
        Trouble::refuse("node.not-approved", sentence, "Ask a colleague to read and approve it.")
    }

    /// If other acts came since the author looked, some kinds must be looked at again.
    pub(super) fn check_heads(&mut self, row: &DraftRow, frame: &Frame, if_moved: IfMoved) -> Result<(), Trouble> {
        let Some(docket) = row.docket.filter(|_| if_moved == IfMoved::ShowAgain) else { return Ok(()) };
        let heads: Vec<ActId> = self.the_docket(&docket)?.heads().collect();
        if heads == frame.seen {
            return Ok(());
        }
        let new = heads.iter().filter(|id| !frame.seen.contains(id)).count();
        let sentence = format!("{new} act(s) came since this was proposed.");
        Trouble::refuse("node.moved", sentence, "Read them, then propose and approve it again, or discard it.")
    }

    pub(super) fn header_of(&mut self, row: &DraftRow, frame: &Frame, body: Option<&Body>) -> Result<Header, Trouble> {
        let (me, now) = (self.inner.me.clone(), self.now);
        let said = Said {
            kind: row.kind.clone(),
            facts: frame.facts.clone(),
            body: body.map(|body| BodyBinding::of(&body.salt, &body.bytes)),
            introduces: frame.introduces.clone(),
        };
        if let Some(docket) = &row.docket {
            return Ok(self.the_docket(docket)?.frame(&me, said, now));
        }
        Ok(Header {
            v: docket::act::ACT_VERSION.to_owned(),
            docket: None,
            open: frame.open.clone(),
            kind: said.kind,
            author: me,
            previous: None,
            parents: vec![],
            lamport: 1,
            time: now,
            body: said.body,
            introduces: said.introduces,
            facts: said.facts,
        })
    }
}

fn bad_form(why: &dyn std::fmt::Display) -> Trouble {
    Refusal::new("node.draft", format!("It cannot be sent: {why}."), "Change it.").into()
}
