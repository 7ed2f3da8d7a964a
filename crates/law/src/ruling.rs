//! The answer of the law. Every line has its citation and its certainty; the whole has the law base's version and says
//! what it is: assistance to a lawyer. Two texts of it: [`Ruling::to_text`] for people, `Serialize` for programs.

use serde::Serialize;
use terms::{Citation, Date, Moment};

use crate::base::LawVersion;
use crate::clock::Counting;
use crate::data::{Certainty, Effect, GroundKind, Limit, Mode, Modelled, Unit};
use crate::question::Question;
use crate::truth::Truth;

/// The ruling on one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ruling {
    /// What was asked.
    pub question: Question,
    /// The bases in force, ranked; the first that is not displaced leads.
    pub bases: Vec<Basis>,
    /// Instruments in force that support a request but carry none by themselves: protocols, supplements, general duties.
    pub supporting: Vec<Basis>,
    /// What gives way, and to what.
    pub displaced: Vec<Displaced>,
    /// Rules of instruments that are displaced in part, which stand nevertheless.
    pub standing: Vec<RuledLine>,
    /// Instruments that may be in force: the base does not know. Those that would go before the leading basis say so.
    pub uncertain: Vec<Aside>,
    /// Instruments not yet, or no longer, in force between the two, and States that stand outside.
    pub not_in_force: Vec<Aside>,
    /// Instruments in force that do not cover the offence or the form of cooperation.
    pub out_of_scope: Vec<Aside>,
    /// Set when no basis was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reciprocity: Option<String>,
    /// That a treaty between the two alone may be missing from the base, where none leads and no act of the Union does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bilaterals: Option<String>,
    /// That one of the two is a territory, to which what binds its State may or may not extend.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub territories: Vec<String>,
    /// What is not held of the instruments that carry the request: an empty list of grounds is no promise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_held: Vec<String>,
    /// What the request must contain.
    pub requirements: Vec<RuledRequirement>,
    /// Grounds on which it may or must be refused.
    pub grounds: Vec<RuledGround>,
    /// Time limits, with due days where the event is known.
    pub clocks: Vec<RuledClock>,
    /// Channel, language, use limitation, confidentiality, costs and the like.
    pub lines: Vec<RuledLine>,
    /// Declarations and reservations of either State that bear on it.
    pub declarations: Vec<RuledDeclaration>,
    /// Who acts for the requested State in this form of cooperation, as far as that is held.
    pub authorities: Vec<RuledAuthority>,
    /// In which languages it is written to, as far as that is held.
    pub languages: Vec<RuledLanguage>,
    /// What the officer must find out, most decisive first.
    pub questions: Vec<OpenQuestion>,
    /// Under which law.
    pub law: LawVersion,
    /// What this is, and is not.
    pub notice: String,
}

/// An instrument on which the request may rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Basis {
    /// Its id.
    pub instrument: String,
    /// Its title.
    pub title: String,
    /// Whether all of it applies.
    pub extent: Extent,
    /// Why it stands where it stands.
    pub why: String,
    /// First day between the two States, if held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Date>,
    /// Only applied provisionally.
    pub provisional: bool,
    /// How sure we are that it is in force.
    pub certainty: Certainty,
    /// Whether it covers the matter.
    pub scope: Truth,
    /// What it covers, with the provision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covers: Option<(Citation, String)>,
    /// The offences of the question that it does not cover, if it covers others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub not_covered: Vec<String>,
    /// How much of its text is held.
    pub modelled: Modelled,
    /// What is asked for has a procedure of its own in it, so that it may lead although paragraphs of it give way.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub own_procedure: bool,
}

/// How much of an instrument applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// All of it.
    Whole,
    /// Its fallback paragraphs are displaced.
    InPart,
    /// Its fallback paragraphs are displaced if an instrument of unknown status binds the two.
    PerhapsInPart,
}

/// What gives way to what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Displaced {
    /// The instrument.
    pub instrument: String,
    /// Which provisions: `7(8)-(19)`, or `corresponding provisions`.
    pub provisions: String,
    /// The rule that displaces them.
    pub by: Citation,
    /// The instruments to which they give way.
    pub because: Vec<String>,
    /// Yes, or depends on an instrument of unknown status.
    pub holds: Truth,
    /// In one sentence.
    pub sentence: String,
    /// How sure.
    pub certainty: Certainty,
}

/// An instrument that is named, but does not carry the request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Aside {
    /// Its id.
    pub instrument: String,
    /// Its title.
    pub title: String,
    /// Why not.
    pub why: String,
    /// The provision, if one says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub citation: Option<Citation>,
    /// How sure.
    pub certainty: Certainty,
}

/// What a request must contain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledRequirement {
    /// Generic id to which form fields point.
    pub id: String,
    /// The provision that applies to this pair.
    pub citation: Citation,
    /// What must be stated.
    pub states: String,
    /// When it is due.
    pub mode: Mode,
    /// Only for these measures; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<String>,
    /// Protocols of unknown status that would take its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_to: Vec<String>,
    /// How sure.
    pub certainty: Certainty,
}

/// A ground for refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledGround {
    /// Stable id.
    pub id: String,
    /// The provision.
    pub citation: Citation,
    /// Must or may.
    pub kind: GroundKind,
    /// In one sentence.
    pub sentence: String,
    /// Whether it applies.
    pub applies: Truth,
    /// The facts on which that turns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// The offences to which it applies, if it does not apply to all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub only_for: Vec<String>,
    /// The offences for which it is still open although it does not bar the request as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub perhaps_for: Vec<String>,
    /// The rule by which it does not apply, or would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded_by: Option<Citation>,
    /// What follows if it is relied upon: the duty to prosecute, and the like.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub follows: Vec<RuledLine>,
    /// Instruments of unknown status that would take its place or exclude it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_to: Vec<String>,
    /// How sure.
    pub certainty: Certainty,
}

/// A time limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledClock {
    /// Stable id.
    pub id: String,
    /// The provision.
    pub citation: Citation,
    /// The event from which it runs.
    pub event: String,
    /// How many.
    pub amount: u16,
    /// Of what.
    pub unit: Unit,
    /// By which convention it is counted.
    pub counting: Counting,
    /// What its end means.
    pub limit: Limit,
    /// Whom it binds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binds: Option<String>,
    /// Whether it runs at all.
    pub applies: Truth,
    /// The facts on which that turns.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// The day of the event, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// Its last day, if the event's day is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// The last day as it was counted, where it was moved because it is no working day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmoved: Option<Date>,
    /// Its last day if everything before it happens on the last day allowed; only where the event's day is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<Date>,
    /// Its last moment, where hours count and the event's moment is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Moment>,
    /// What a reader must know about the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Whether its last day lies before the day of the question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub passed: Option<bool>,
    /// What is due, or what follows.
    pub sentence: String,
    /// What happens when it passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub then: Option<String>,
    /// Protocols of unknown status that would take its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_to: Vec<String>,
    /// How sure.
    pub certainty: Certainty,
}

/// Any other rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledLine {
    /// About what.
    pub topic: String,
    /// The provision.
    pub citation: Citation,
    /// In one sentence.
    pub sentence: String,
    /// The facts on which it turns whether it holds here; empty: it does.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<String>,
    /// Protocols of unknown status that would take its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub subject_to: Vec<String>,
    /// How sure.
    pub certainty: Certainty,
}

/// A declaration or reservation that bears on the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledDeclaration {
    /// Whose.
    pub state: terms::State,
    /// To which provision.
    pub citation: Citation,
    /// What it does.
    pub effect: Effect,
    /// In one sentence.
    pub sentence: String,
    /// Made by the requesting State, and held against it by reciprocity.
    pub by_reciprocity: bool,
    /// How sure.
    pub certainty: Certainty,
}

/// Who acts for the requested State.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledAuthority {
    /// Its name.
    pub name: String,
    /// For what part of the matter, if not for all of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Id of the source.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
}

/// A language in which the requested State is written to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuledLanguage {
    /// Its code (ISO 639-1).
    pub code: String,
    /// Id of the source.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
}

/// What the officer must find out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OpenQuestion {
    /// The fact.
    pub fact: String,
    /// The question.
    pub question: String,
    /// Who can answer: `requesting` or `requested`.
    pub asks: String,
    /// What it decides.
    pub decides: Vec<Citation>,
    /// What the registers hold that helps to answer. It decides nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<Hint>,
}

/// What a register holds that helps to answer a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// The State whose law it is.
    pub state: terms::State,
    /// In one sentence.
    pub sentence: String,
    /// Id of the source.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
}

impl Ruling {
    /// The basis that leads: the first that applies as a whole, or may, or of which what does not give way is made for the request.
    pub fn leading(&self) -> Option<&Basis> {
        self.bases.iter().find(|basis| basis.extent != Extent::InPart || basis.own_procedure)
    }
    /// Says of every clock whether its last day lies before this day, not before that of the question.
    pub fn seen_on(&mut self, today: Date) {
        for clock in &mut self.clocks {
            clock.passed = clock.due.map(|due| due < today);
        }
    }
    /// Every citation in the ruling.
    pub fn citations(&self) -> Vec<&Citation> {
        let mut all: Vec<&Citation> = self.requirements.iter().map(|r| &r.citation).collect();
        all.extend(self.grounds.iter().flat_map(|g| [Some(&g.citation), g.excluded_by.as_ref()]).flatten());
        all.extend(self.grounds.iter().flat_map(|g| &g.follows).map(|l| &l.citation));
        all.extend(self.clocks.iter().map(|c| &c.citation));
        all.extend(self.lines.iter().chain(&self.standing).map(|l| &l.citation));
        all.extend(self.displaced.iter().map(|d| &d.by));
        all.extend(self.declarations.iter().map(|d| &d.citation));
        all.extend(self.not_in_force.iter().chain(&self.out_of_scope).filter_map(|a| a.citation.as_ref()));
        all.extend(self.bases.iter().chain(&self.supporting).filter_map(|b| b.covers.as_ref()).map(|(c, _)| c));
        all.extend(self.questions.iter().flat_map(|q| &q.decides));
        all
    }
}
