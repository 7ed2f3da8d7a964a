//! The answer of the law. Every line has its citation and its certainty; the whole has the law base's version and says
//! what it is: assistance to a lawyer. Two texts of it: [`Ruling::to_text`] for people, `Serialize` for programs.

use serde::Serialize;
use terms::{Citation, Date};

use crate::base::LawVersion;
use crate::data::{Certainty, Effect, GroundKind, Mode, Modelled};
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
    /// Instruments that may be in force: the base does not know.
    pub uncertain: Vec<Aside>,
    /// Instruments not yet, or no longer, in force between the two, and States that stand outside.
    pub not_in_force: Vec<Aside>,
    /// Instruments in force that do not cover the offence or the form of cooperation.
    pub out_of_scope: Vec<Aside>,
    /// Set when no basis was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reciprocity: Option<String>,
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
    /// How much of its text is held.
    pub modelled: Modelled,
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
    /// How many calendar days; the day of the event is not counted, the last day is.
    pub days: u16,
    /// The last day, if the event's day is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<Date>,
    /// What is due, or what follows.
    pub sentence: String,
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
}

impl Ruling {
    /// The basis that leads: the first that applies as a whole, or may.
    pub fn leading(&self) -> Option<&Basis> {
        self.bases.iter().find(|basis| basis.extent != Extent::InPart)
    }
    /// Every citation in the ruling.
    pub fn citations(&self) -> Vec<&Citation> {
        let mut all: Vec<&Citation> = self.requirements.iter().map(|r| &r.citation).collect();
        all.extend(self.grounds.iter().map(|g| &g.citation));
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
