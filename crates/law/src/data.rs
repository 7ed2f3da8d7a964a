//! The shape of the files under `law/`: what a lawyer may write there. Unknown members are refused, so a slip of the
//! pen is found at load and not in a ruling. Every fact has a source, a certainty and the day it was checked; where a
//! rule names none, those of its file's `[text]` apply.

use serde::{Deserialize, Serialize};
use terms::{Date, State};

mod around;

pub use around::{Core, Declaration, Declarations, Effect, Fact, Offence, Source};

/// How sure we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Certainty {
    /// Read in the source named.
    Confirmed,
    /// Not read, computed from an unread date, or known only second hand. Every ruling that uses it says so.
    Unconfirmed,
}

/// Forms of cooperation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// Mutual legal assistance: evidence, searches, records, hearings, service.
    Assistance,
    /// Extradition or surrender.
    Extradition,
    /// Arrest before the request for extradition.
    ProvisionalArrest,
    /// Freezing of property.
    Freezing,
    /// Confiscation.
    Confiscation,
    /// Controlled delivery.
    ControlledDelivery,
    /// Joint investigation team.
    JointTeam,
    /// Boarding of a vessel.
    Boarding,
    /// Transfer of proceedings.
    TransferOfProceedings,
    /// An order to a service provider in another State.
    ElectronicEvidenceOrder,
}

/// What an instrument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A treaty of mutual legal assistance: the only kind to which fallback paragraphs give way.
    MutualAssistanceTreaty,
    /// A treaty of extradition.
    ExtraditionTreaty,
    /// A convention against a kind of crime that contains rules of cooperation.
    SuppressionConvention,
    /// A duty to help without a procedure: supports a request, is no basis by itself.
    GeneralDuty,
    /// Amends or adds to a parent instrument between its own parties.
    Protocol,
    /// Applied with another instrument, not instead of it.
    Supplement,
    /// An act of mutual recognition.
    MutualRecognition,
    /// A way of sending only.
    Channel,
    /// Not binding.
    Scheme,
}

/// What sort of law it is; only for explaining a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// An act of the European Union.
    UnionAct,
    /// Between two States, or between the Union and a State.
    Bilateral,
    /// Of a region or an organisation.
    Regional,
    /// Open to all States.
    Universal,
    /// A non-binding scheme.
    Scheme,
}

/// How much of the text is held as rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Modelled {
    /// The articles on this cooperation.
    Articles,
    /// Some articles; what a request must contain is not among them.
    Partly,
    /// Existence and status only: articles not modelled.
    Status,
}

/// Who is bound to whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Between {
    /// Every party to every other.
    #[default]
    All,
    /// Only across the two sides (the Union's members and the other party), never within a side.
    Sides,
}

/// A source with its certainty and the day it was checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
    /// When it was checked.
    pub checked: Date,
}

/// When an instrument entered into force as such. Without a day: it was not in force when checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InForce {
    /// First day.
    #[serde(default)]
    pub from: Option<Date>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
}

/// The two parties of a bilateral treaty and their days.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilateral {
    /// The two States.
    pub states: [State; 2],
    /// First day in force.
    #[serde(default)]
    pub from: Option<Date>,
    /// First day of provisional application.
    #[serde(default)]
    pub provisional: Option<Date>,
    /// Last day in force.
    #[serde(default)]
    pub until: Option<Date>,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
    /// What a reader must know about the days.
    #[serde(default)]
    pub note: String,
}

/// To what an instrument applies.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Where it says so.
    pub provision: String,
    /// In one sentence.
    pub sentence: String,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
    /// Facts that must all hold.
    #[serde(default)]
    pub all: Vec<String>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub any: Vec<String>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<String>,
}

/// Paragraphs of one article that apply only where no mutual assistance treaty binds the two States.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fallback {
    /// The article.
    pub article: String,
    /// First paragraph that gives way.
    pub from: u32,
    /// Last paragraph that gives way.
    pub to: u32,
    /// The paragraph that says so.
    pub by: String,
    /// The fact that keeps them: both States agreed to apply them instead.
    pub unless: String,
    /// In one sentence.
    pub sentence: String,
}

/// How two instruments stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationKind {
    /// Ends the other from its own entry into force.
    Replaces,
    /// Takes the place of the corresponding provisions between its own parties.
    ReplacesBetween,
    /// Amends the parent between common parties.
    Amends,
    /// Applied with the parent.
    Supplements,
    /// Bilateral treaties between the parties stand only as supplements.
    BilateralsOnlySupplement,
}

/// A relation to another instrument.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// How.
    pub kind: RelationKind,
    /// To which; none for relations to a class.
    #[serde(default)]
    pub instrument: Option<String>,
    /// Where it says so.
    pub provision: String,
    /// The instrument whose text says so, if another than this one.
    #[serde(default)]
    pub citing: Option<String>,
    /// The provision there.
    #[serde(default)]
    pub citing_provision: Option<String>,
    /// In one sentence.
    #[serde(default)]
    pub sentence: String,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// A State that stands outside an act to which it might be thought to belong.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// The State.
    pub state: State,
    /// In one sentence.
    pub sentence: String,
    /// Where it says so.
    pub provision: String,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// How sure.
    pub certainty: Certainty,
}

/// When a piece of content is due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Without it the request is incomplete.
    #[default]
    Always,
    /// As far as it is known; "not known" is an answer.
    WherePossible,
    /// Only if the requesting State wants it.
    IfWanted,
}

/// What a request must contain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requirement {
    /// Generic id to which form fields point: `req.purpose`.
    pub id: String,
    /// Where it says so.
    pub provision: String,
    /// What must be stated.
    pub states: String,
    /// When it is due.
    #[serde(default)]
    pub mode: Mode,
    /// Only for these forms of cooperation; empty: all of the instrument's.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Only for these measures; empty: all.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Not for these measures.
    #[serde(default)]
    pub except_measures: Vec<String>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// Whether a ground binds the requested State to refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GroundKind {
    /// It must refuse.
    Mandatory,
    /// It may refuse.
    Optional,
}

/// A ground for refusal.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// Stable id, shared by instruments that know the same ground: `political`.
    pub id: String,
    /// Where it says so.
    pub provision: String,
    /// Must or may.
    pub kind: GroundKind,
    /// In one sentence.
    pub sentence: String,
    /// Facts that must all hold.
    #[serde(default)]
    pub all: Vec<String>,
    /// Facts of which one must hold.
    #[serde(default)]
    pub any: Vec<String>,
    /// Facts of which none may hold.
    #[serde(default)]
    pub none: Vec<String>,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Only for these measures.
    #[serde(default)]
    pub measures: Vec<String>,
    /// Not for these measures.
    #[serde(default)]
    pub except_measures: Vec<String>,
    /// The protocol that removes it between common parties.
    #[serde(default)]
    pub removed_by: Option<String>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// A time limit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Stable id.
    pub id: String,
    /// Where it says so.
    pub provision: String,
    /// The event from which it runs: `received`.
    pub event: String,
    /// How many.
    pub amount: u16,
    /// Of what.
    pub unit: Unit,
    /// What is due, or what follows.
    pub sentence: String,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// In what a time limit is counted. The day of the event is not counted; the last day is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Calendar days.
    Days,
}

/// Any other operative rule, told in one sentence.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// About what: `channel`, `language`, `bank-secrecy`, `use-limitation`, ...
    pub topic: String,
    /// Where it says so.
    pub provision: String,
    /// In one sentence.
    pub sentence: String,
    /// Only for these forms of cooperation.
    #[serde(default)]
    pub forms: Vec<Form>,
    /// The protocol whose line takes its place between common parties.
    #[serde(default)]
    pub amended_by: Option<String>,
    /// Overrides the file's source.
    #[serde(default)]
    pub source: Option<String>,
    /// Overrides the file's certainty.
    #[serde(default)]
    pub certainty: Option<Certainty>,
}

/// One instrument: `law/instruments/<id>.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instrument {
    /// Its id; the name of the file.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What sort of law.
    pub class: Class,
    /// What it is.
    pub kinds: Vec<Kind>,
    /// Where it applies.
    pub region: String,
    /// Whether it binds.
    pub binding: bool,
    /// Rank among bases; lower leads. A choice of the reviewers: mutual recognition 10, bilateral 20, regional 30, universal 40 and above.
    pub precedence: u16,
    /// Who keeps it.
    #[serde(default)]
    pub depositary: Option<String>,
    /// When it was adopted or signed.
    #[serde(default)]
    pub adopted: Option<Date>,
    /// For which forms of cooperation.
    pub forms: Vec<Form>,
    /// How much of it is held.
    pub modelled: Modelled,
    /// Who is bound to whom.
    #[serde(default)]
    pub between: Between,
    /// Default provenance of the rules.
    pub text: Provenance,
    /// Its own entry into force.
    #[serde(default)]
    pub in_force: Option<InForce>,
    /// The parties of a bilateral treaty.
    #[serde(default)]
    pub bilateral: Option<Bilateral>,
    /// To what it applies.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// Which paragraphs give way.
    #[serde(default)]
    pub fallback: Option<Fallback>,
    /// Relations.
    #[serde(default, rename = "relation")]
    pub relations: Vec<Relation>,
    /// States outside.
    #[serde(default, rename = "outside")]
    pub outside: Vec<Outside>,
    /// Required content.
    #[serde(default, rename = "requirement")]
    pub requirements: Vec<Requirement>,
    /// Grounds for refusal.
    #[serde(default, rename = "ground")]
    pub grounds: Vec<Ground>,
    /// Time limits.
    #[serde(default, rename = "clock")]
    pub clocks: Vec<Clock>,
    /// Other rules.
    #[serde(default, rename = "line")]
    pub lines: Vec<Line>,
}

impl Instrument {
    /// Whether it is of that kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.kinds.contains(&kind)
    }
    /// Every provision that a rule of this file cites.
    pub fn provisions(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.requirements.iter().map(|r| r.provision.as_str()).collect();
        all.extend(self.grounds.iter().map(|g| g.provision.as_str()));
        all.extend(self.clocks.iter().map(|c| c.provision.as_str()));
        all.extend(self.lines.iter().map(|l| l.provision.as_str()));
        all.extend(self.relations.iter().map(|r| r.provision.as_str()));
        all.extend(self.outside.iter().map(|o| o.provision.as_str()));
        all.extend(self.scope.iter().map(|s| s.provision.as_str()));
        all.extend(self.fallback.iter().map(|f| f.by.as_str()));
        all
    }
}
