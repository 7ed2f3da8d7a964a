//! One instrument, `law/instruments/<id>.toml`: what it is, whom it binds and when, how it stands to others, and its rules.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use terms::{Date, State};

use super::rule::{Clock, Exclusion, Ground, Line, Requirement, Scope};
use super::{Between, Certainty, Class, Form, Kind, Modelled, Roster};
use crate::provision::article_and_paragraph;

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

/// By which rule a last day that is no working day is moved to the next one. Without it no day is moved.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastDay {
    /// The rule, with its provision, in a sentence.
    pub sentence: String,
    /// Id in `sources.toml`.
    pub source: String,
    /// How sure that it applies to this instrument.
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
    /// The forms of cooperation of which the article is the procedure; elsewhere the instrument's other articles carry.
    #[serde(default = "assistance_only")]
    pub forms: Vec<Form>,
}

fn assistance_only() -> Vec<Form> {
    vec![Form::Assistance]
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
    /// Ends, between its parties, bilateral treaties that are older than it is between them.
    SupersedesBilaterals,
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
    /// To which kind of treaty, where it names no instrument; mutual assistance treaties unless another is said.
    #[serde(default = "mutual_assistance")]
    pub of: Kind,
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

fn mutual_assistance() -> Kind {
    Kind::MutualAssistanceTreaty
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

/// The rank of an instrument for some forms of cooperation, or for some measures of one.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rank {
    /// The forms.
    pub forms: Vec<Form>,
    /// Only where nothing but these measures is asked for; empty: whatever is.
    #[serde(default)]
    pub measures: Vec<String>,
    /// The rank; lower leads.
    pub precedence: u16,
}

impl Rank {
    /// Whether nothing is asked for but the measures that it names.
    fn made_for(&self, measures: &BTreeSet<String>) -> bool {
        !measures.is_empty() && measures.iter().all(|asked| self.measures.contains(asked))
    }
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
    /// Other ranks for some forms of cooperation, where the instrument is made for them.
    #[serde(default, rename = "rank")]
    pub ranks: Vec<Rank>,
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
    /// The forms for which it is a basis of its own although its kind only supports others.
    #[serde(default)]
    pub carries: Vec<Form>,
    /// Who is bound to whom.
    #[serde(default)]
    pub between: Between,
    /// Whether its party table names every party.
    #[serde(default)]
    pub roster: Roster,
    /// Default provenance of the rules.
    pub text: Provenance,
    /// Its own entry into force.
    #[serde(default)]
    pub in_force: Option<InForce>,
    /// How last days are moved.
    #[serde(default)]
    pub last_day: Option<LastDay>,
    /// The parties of a bilateral treaty.
    #[serde(default)]
    pub bilateral: Option<Bilateral>,
    /// To what it applies.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// To what it applies for some forms of cooperation only.
    #[serde(default, rename = "scope_of")]
    pub scopes: Vec<Scope>,
    /// Which paragraphs give way.
    #[serde(default, rename = "fallback")]
    pub fallbacks: Vec<Fallback>,
    /// Provisions of which no rule is held, and to which a declaration or another instrument refers.
    #[serde(default)]
    pub mentioned: Vec<String>,
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
    /// What makes grounds inapplicable.
    #[serde(default, rename = "exclusion")]
    pub exclusions: Vec<Exclusion>,
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
    /// Whether for that form of cooperation it only supports other bases.
    pub fn supports(&self, form: Form) -> bool {
        let supporting = [Kind::GeneralDuty, Kind::Protocol, Kind::Supplement, Kind::Channel, Kind::Scheme];
        self.kinds.iter().any(|kind| supporting.contains(kind)) && !self.carries.contains(&form)
    }
    /// Its rank among bases for that form of cooperation and these measures; lower leads.
    pub fn rank(&self, form: Form, measures: &BTreeSet<String>) -> u16 {
        let rank =
            self.ranks.iter().find(|r| r.forms.contains(&form) && (r.measures.is_empty() || r.made_for(measures)));
        rank.map_or(self.precedence, |r| r.precedence)
    }
    /// Whether what is asked for has a procedure of its own in it, apart from paragraphs that may give way.
    pub fn own_procedure(&self, form: Form, measures: &BTreeSet<String>) -> bool {
        self.ranks.iter().any(|r| r.forms.contains(&form) && r.made_for(measures))
    }
    /// Whether that provision lies within paragraphs that give way to a treaty of mutual assistance.
    pub fn gives_way(&self, provision: &str) -> bool {
        let (article, paragraph) = article_and_paragraph(provision);
        let within = |rule: &Fallback| paragraph.is_some_and(|n| (rule.from..=rule.to).contains(&n));
        self.fallbacks.iter().any(|rule| rule.article == article && within(rule))
    }
    /// To what it applies for that form of cooperation.
    pub fn scope_for(&self, form: Form) -> Option<&Scope> {
        let general = || self.scope.as_ref().filter(|s| s.forms.is_empty() || s.forms.contains(&form));
        self.scopes.iter().find(|s| s.forms.contains(&form)).or_else(general)
    }
    /// The measures of which its rules speak, some of them several times.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        let requirements = self.requirements.iter().flat_map(|r| r.measures.iter().chain(&r.except_measures));
        let grounds = self.grounds.iter().flat_map(|g| g.measures.iter().chain(&g.except_measures));
        let others = self.clocks.iter().flat_map(|c| &c.measures).chain(self.lines.iter().flat_map(|l| &l.measures));
        requirements.chain(grounds).chain(others).map(String::as_str)
    }
    /// Every provision that a rule of this file cites, and those that it only names.
    pub fn provisions(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.requirements.iter().map(|r| r.provision.as_str()).collect();
        all.extend(self.grounds.iter().map(|g| g.provision.as_str()));
        all.extend(self.grounds.iter().flat_map(|g| &g.follows).map(|f| f.provision.as_str()));
        all.extend(self.exclusions.iter().map(|e| e.provision.as_str()));
        all.extend(self.clocks.iter().map(|c| c.provision.as_str()));
        all.extend(self.lines.iter().map(|l| l.provision.as_str()));
        all.extend(self.relations.iter().map(|r| r.provision.as_str()));
        all.extend(self.outside.iter().map(|o| o.provision.as_str()));
        all.extend(self.scope.iter().chain(&self.scopes).map(|s| s.provision.as_str()));
        all.extend(self.fallbacks.iter().map(|f| f.by.as_str()));
        all.extend(self.mentioned.iter().map(String::as_str));
        all
    }
}
