//! The law base: all files of `law/` read, checked for form and indexed. One version: the day of the base and the
//! digest of its files, so that two nodes can say whether they ruled under the same law.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};
use terms::{Citation, Date, State};

use crate::csv::{self, Party};
use crate::data::{Core, Declarations, Fact, Instrument, Offence, RelationKind, Source};
use crate::index::Index;
use crate::provision;
use crate::registers::Registers;

/// The files of `law/` as they stood when this library was built.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/law_files.rs"));

/// Which law base a ruling was made under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LawVersion {
    /// The day of the base.
    pub date: Date,
    /// SHA-256 over the names and texts of all its files, in hex.
    pub digest: String,
}

impl fmt::Display for LawVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}", self.date, &self.digest[..12])
    }
}

/// Why a set of files is no law base.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotLawBase {
    /// A file that should be there is not.
    #[error("law.missing-file: {0} is missing")]
    Missing(&'static str),
    /// A file does not have its form.
    #[error("law.malformed: {file}: {why}")]
    Malformed {
        /// Which file.
        file: String,
        /// What is wrong.
        why: String,
    },
    /// A file that nothing reads.
    #[error("law.unknown-file: nothing reads {0}")]
    Unread(String),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    date: Date,
    notice: String,
    #[serde(default)]
    bilaterals: Option<String>,
    #[serde(default)]
    union: Option<String>,
    #[serde(default)]
    core: Vec<Core>,
    /// By State, those of its territories that have a code of their own.
    #[serde(default)]
    territories: BTreeMap<State, Vec<State>>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    source: Vec<Source>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facts {
    fact: Vec<Fact>,
}
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Offences {
    instrument: String,
    source: String,
    #[expect(dead_code, reason = "asked of every fact; shown by the linter only through its presence")]
    certainty: crate::data::Certainty,
    #[expect(dead_code, reason = "asked of every fact; shown by the linter only through its presence")]
    checked: Date,
    offence: Vec<Offence>,
}

/// The law base.
#[derive(Debug, Clone)]
pub struct Base {
    version: LawVersion,
    notice: String,
    bilaterals: Option<String>,
    union: Option<String>,
    core: Vec<Core>,
    territories: BTreeMap<State, Vec<State>>,
    instruments: BTreeMap<String, Instrument>,
    parties: BTreeMap<String, BTreeMap<State, Party>>,
    declarations: BTreeMap<String, Declarations>,
    sources: BTreeMap<String, Source>,
    facts: BTreeMap<String, Fact>,
    derived: Vec<Fact>,
    successors: BTreeMap<String, Vec<String>>,
    protocols: BTreeMap<String, Vec<String>>,
    index: Index,
    events: BTreeSet<String>,
    measures: BTreeSet<String>,
    offences: BTreeMap<String, Offence>,
    offences_of: (String, String),
    registers: Registers,
}

impl NotLawBase {
    /// The stable code (`docs/errors.md`).
    pub fn code(&self) -> &'static str {
        match self {
            NotLawBase::Missing(_) => "law.missing-file",
            NotLawBase::Malformed { .. } => "law.malformed",
            NotLawBase::Unread(_) => "law.unknown-file",
        }
    }
}

impl Base {
    /// The law base that this library was built with.
    pub fn embedded() -> Result<Self, NotLawBase> {
        Self::load(FILES)
    }

    /// Reads a law base from (path under `law/`, text) pairs.
    pub fn load(files: &[(&str, &str)]) -> Result<Self, NotLawBase> {
        let mut sorted: Vec<_> = files.to_vec();
        sorted.sort_unstable();
        let digest = {
            use sha2::{Digest, Sha256};
            let mut hash = Sha256::new();
            for (name, text) in &sorted {
                hash.update((name.len() as u64).to_be_bytes());
                hash.update(name);
                hash.update((text.len() as u64).to_be_bytes());
                hash.update(text);
            }
            hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect::<String>()
        };
        let of = |name: &'static str| {
            sorted.iter().find(|(path, _)| *path == name).map(|(_, text)| *text).ok_or(NotLawBase::Missing(name))
        };
        let head: Head = read("base.toml", of("base.toml")?)?;
        let sources: Sources = read("sources.toml", of("sources.toml")?)?;
        let facts: Facts = read("facts.toml", of("facts.toml")?)?;
        let offences: Offences = read("offences.toml", of("offences.toml")?)?;
        let mut base = Self {
            version: LawVersion { date: head.date, digest },
            notice: head.notice,
            bilaterals: head.bilaterals,
            union: head.union,
            core: head.core,
            territories: head.territories,
            instruments: BTreeMap::new(),
            parties: BTreeMap::new(),
            declarations: BTreeMap::new(),
            sources: unique("sources.toml", sources.source, |s| s.id.clone())?,
            derived: derived(&facts.fact),
            successors: BTreeMap::new(),
            protocols: BTreeMap::new(),
            index: Index::default(),
            events: BTreeSet::new(),
            measures: BTreeSet::new(),
            facts: unique("facts.toml", facts.fact, |f| f.id.clone())?,
            offences: unique("offences.toml", offences.offence, |o| o.code.clone())?,
            offences_of: (offences.instrument, offences.source),
            registers: Registers::default(),
        };
        for (path, text) in sorted {
            base.take(path, text)?;
        }
        base.index = Index::of(&base.instruments, &base.parties);
        Ok(base)
    }

    fn take(&mut self, path: &str, text: &str) -> Result<(), NotLawBase> {
        if self.registers.take(path, text)? {
            return Ok(());
        }
        let stem = path.rsplit('/').next().and_then(|file| file.rsplit_once('.')).map_or(path, |(stem, _)| stem);
        match path.split_once('/') {
            Some(("instruments", _)) => {
                let instrument: Instrument = read(path, text)?;
                if instrument.id != stem {
                    return Err(malformed(path, format!("the id {:?} differs from the file's name", instrument.id)));
                }
                if let Some(treaty) = &instrument.bilateral {
                    let rows = treaty.states.map(|state| (state, Party::of_bilateral(treaty, state)));
                    self.parties.insert(instrument.id.clone(), rows.into());
                }
                for relation in &instrument.relations {
                    let later = match relation.kind {
                        RelationKind::Replaces => &mut self.successors,
                        RelationKind::Amends => &mut self.protocols,
                        _ => continue,
                    };
                    let parent = relation.instrument.clone().unwrap_or_default();
                    later.entry(parent).or_default().push(instrument.id.clone());
                }
                self.events.extend(instrument.clocks.iter().map(|clock| clock.event.clone()));
                self.measures.extend(instrument.measures().map(str::to_owned));
                self.instruments.insert(instrument.id.clone(), instrument);
            }
            Some(("parties", _)) => {
                let rows = csv::parse(text).map_err(|why| malformed(path, why))?;
                let rows = unique(path, rows, |party| party.state)?;
                if self.parties.insert(stem.to_owned(), rows).is_some() {
                    return Err(malformed(path, "a bilateral treaty has no party table".to_owned()));
                }
            }
            Some(("declarations", _)) => {
                let declarations: Declarations = read(path, text)?;
                if declarations.instrument != stem {
                    let named = &declarations.instrument;
                    return Err(malformed(path, format!("the instrument {named:?} differs from the file's name")));
                }
                self.declarations.insert(declarations.instrument.clone(), declarations);
            }
            None if ["base.toml", "sources.toml", "facts.toml", "offences.toml"].contains(&path) => {}
            _ => return Err(NotLawBase::Unread(path.to_owned())),
        }
        Ok(())
    }

    /// Its version.
    pub fn version(&self) -> &LawVersion {
        &self.version
    }
    /// The sentence that every ruling carries.
    pub fn notice(&self) -> &str {
        &self.notice
    }
    /// All instruments by id.
    pub fn instruments(&self) -> impl Iterator<Item = &Instrument> {
        self.instruments.values()
    }
    /// The instruments that may have something to say between two States, by id: those that name both as parties, those whose
    /// party table is not whole, and those that name States outside.
    pub(crate) fn between(&self, pair: [State; 2]) -> impl Iterator<Item = &Instrument> {
        self.index.between(pair).filter_map(|id| self.instruments.get(id))
    }
    /// One instrument.
    pub fn instrument(&self, id: &str) -> Option<&Instrument> {
        self.instruments.get(id)
    }
    /// The instruments that end this one from their own entry into force.
    pub fn successors(&self, id: &str) -> impl Iterator<Item = &Instrument> {
        self.successors.get(id).into_iter().flatten().filter_map(|id| self.instruments.get(id))
    }
    /// The protocols that amend this one between their own parties.
    pub fn protocols(&self, id: &str) -> impl Iterator<Item = &Instrument> {
        self.protocols.get(id).into_iter().flatten().filter_map(|id| self.instruments.get(id))
    }
    /// The parties of an instrument.
    pub fn parties(&self, id: &str) -> impl Iterator<Item = &Party> {
        self.parties.get(id).into_iter().flat_map(BTreeMap::values)
    }
    /// One State's row under an instrument.
    pub fn party(&self, id: &str, state: State) -> Option<&Party> {
        self.parties.get(id)?.get(&state)
    }
    /// The States that some party table names, in the order of their codes.
    pub fn states(&self) -> impl Iterator<Item = State> {
        self.index.states()
    }
    /// The files of which the embedded law base consists: path below `law/`, text.
    pub fn embedded_files() -> &'static [(&'static str, &'static str)] {
        FILES
    }
    /// The instruments of which a party table is held.
    pub fn party_tables(&self) -> impl Iterator<Item = &str> {
        self.parties.keys().map(String::as_str)
    }
    /// Declarations and reservations to an instrument.
    pub fn declarations(&self, id: &str) -> Option<&Declarations> {
        self.declarations.get(id)
    }
    /// All declarations.
    pub fn all_declarations(&self) -> impl Iterator<Item = &Declarations> {
        self.declarations.values()
    }
    /// A source by id.
    pub fn source(&self, id: &str) -> Option<&Source> {
        self.sources.get(id)
    }
    /// All sources.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        self.sources.values()
    }
    /// A fact by id.
    pub fn fact(&self, id: &str) -> Option<&Fact> {
        self.facts.get(id)
    }
    /// All facts.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values()
    }
    /// The facts that others settle, in the order of the file: what an earlier one settles a later one may use.
    pub fn derived_facts(&self) -> &[Fact] {
        &self.derived
    }
    /// Whether a clock of some instrument runs from that event.
    pub fn knows_event(&self, event: &str) -> bool {
        self.events.contains(event)
    }
    /// Whether some rule speaks of that measure.
    pub fn knows_measure(&self, measure: &str) -> bool {
        self.measures.contains(measure)
    }
    /// All measures of which some rule speaks.
    pub fn measures(&self) -> impl Iterator<Item = &str> {
        self.measures.iter().map(String::as_str)
    }
    /// All events from which clocks run.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.events.iter().map(String::as_str)
    }
    /// An offence by code.
    pub fn offence(&self, code: &str) -> Option<&Offence> {
        self.offences.get(code)
    }
    /// All offences.
    pub fn offences(&self) -> impl Iterator<Item = &Offence> {
        self.offences.values()
    }
    /// The instrument and the source by which offences are coded.
    pub fn offences_of(&self) -> (&str, &str) {
        (&self.offences_of.0, &self.offences_of.1)
    }
    /// What is said where no treaty made for the relation leads: that not every one is held.
    pub fn bilaterals(&self) -> Option<&str> {
        self.bilaterals.as_deref()
    }
    /// The State to which a territory with a code of its own belongs.
    pub fn belongs_to(&self, territory: State) -> Option<State> {
        self.territories.iter().find(|(_, all)| all.contains(&territory)).map(|(state, _)| *state)
    }
    /// What is said where the Union is named as if it were a State.
    pub fn union(&self) -> Option<&str> {
        self.union.as_deref()
    }
    /// Every territory with the State under which it is listed.
    pub(crate) fn territories(&self) -> impl Iterator<Item = (State, State)> {
        self.territories.iter().flat_map(|(state, all)| all.iter().map(|territory| (*territory, *state)))
    }
    /// What is asked where an instrument's articles on content are not held.
    pub fn core(&self) -> &[Core] {
        &self.core
    }

    /// What is looked up beside the treaties.
    pub(crate) fn registers(&self) -> &Registers {
        &self.registers
    }

    /// Whether a citation names an instrument of the base and a provision that its file knows, one inside such a provision or around
    /// it, or a heading whose number is not held.
    pub fn resolves(&self, citation: &Citation) -> bool {
        let Some(instrument) = self.instrument(&citation.instrument) else { return false };
        let cited = citation.provision.as_str();
        let inside = |one: &str, other: &str| one.strip_prefix(other).is_some_and(|rest| rest.starts_with('('));
        let offences = self.offences().filter(|_| self.offences_of.0 == instrument.id).map(|o| o.provision.as_str());
        provision::is_heading(cited)
            || (instrument.provisions().into_iter().chain(offences))
                .any(|known| known == cited || inside(cited, known) || inside(known, cited))
    }
}

fn derived(facts: &[Fact]) -> Vec<Fact> {
    facts.iter().filter(|fact| !fact.yes_if.is_empty() || !fact.no_if.is_empty()).cloned().collect()
}

pub(crate) fn read<T: serde::de::DeserializeOwned>(path: &str, text: &str) -> Result<T, NotLawBase> {
    toml::from_str(text).map_err(|e| malformed(path, e.to_string()))
}

pub(crate) fn malformed(path: &str, why: String) -> NotLawBase {
    NotLawBase::Malformed { file: path.to_owned(), why }
}

pub(crate) fn unique<K: Ord + fmt::Debug, T>(
    path: &str,
    all: Vec<T>,
    key: impl Fn(&T) -> K,
) -> Result<BTreeMap<K, T>, NotLawBase> {
    let mut map = BTreeMap::new();
    for one in all {
        let id = key(&one);
        if map.contains_key(&id) {
            return Err(malformed(path, format!("{id:?} stands there twice")));
        }
        map.insert(id, one);
    }
    Ok(map)
}
