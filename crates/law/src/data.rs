//! The shape of the files under `law/`: what a lawyer may write there. Unknown members are refused, so a slip of the
//! pen is found at load and not in a ruling. Every fact has a source, a certainty and the day it was checked; where a
//! rule names none, those of its file's `[text]` apply.

use serde::{Deserialize, Serialize};

mod around;
mod condition;
mod instrument;
mod rule;

pub use around::{Answer, Core, Declaration, Declarations, Effect, Fact, Offence, Source};
pub use condition::{Atom, Test};
pub use instrument::{Bilateral, Fallback, InForce, Instrument, Outside, Provenance, Relation, RelationKind};
pub use rule::{Clock, Exclusion, Follows, Ground, GroundKind, Limit, Line, Mode, Requirement, Scope, Unit};

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
    /// Information given without a request.
    SpontaneousInformation,
}

impl Form {
    /// All forms, in the order in which they are shown.
    pub const ALL: [Form; 11] = [
        Form::Assistance,
        Form::Extradition,
        Form::ProvisionalArrest,
        Form::Freezing,
        Form::Confiscation,
        Form::ControlledDelivery,
        Form::JointTeam,
        Form::Boarding,
        Form::TransferOfProceedings,
        Form::ElectronicEvidenceOrder,
        Form::SpontaneousInformation,
    ];
    /// Its name in files and on the command line: `provisional-arrest`.
    pub fn name(self) -> &'static str {
        match self {
            Form::Assistance => "assistance",
            Form::Extradition => "extradition",
            Form::ProvisionalArrest => "provisional-arrest",
            Form::Freezing => "freezing",
            Form::Confiscation => "confiscation",
            Form::ControlledDelivery => "controlled-delivery",
            Form::JointTeam => "joint-team",
            Form::Boarding => "boarding",
            Form::TransferOfProceedings => "transfer-of-proceedings",
            Form::ElectronicEvidenceOrder => "electronic-evidence-order",
            Form::SpontaneousInformation => "spontaneous-information",
        }
    }
    /// Whether it concerns the surrender of a person.
    pub fn is_surrender(self) -> bool {
        matches!(self, Form::Extradition | Form::ProvisionalArrest)
    }
}

impl std::str::FromStr for Form {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let names = || Form::ALL.map(Form::name).join(", ");
        Form::ALL
            .into_iter()
            .find(|form| form.name() == text)
            .ok_or_else(|| format!("the forms of cooperation are: {}", names()))
    }
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
    /// Whoever asks: it binds the State that is asked alone.
    Requested,
}

/// Whether a party table names every party.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Roster {
    /// Who is not in it is no party, as far as its source shows.
    #[default]
    Whole,
    /// Who is not in it may be a party: for parties of the parent instrument the answer is *not known*.
    Partial,
}
