//! A court export: what an authority hands to a court or to the defence, in one container that anybody can check offline.
//!
//! [`Export::assemble`] lays out exhibits in plaintext, the manifests with their signatures, the acts, receipts and ledger proofs that concern
//! them, their custody, the cards of the authorities, a CASE/UCO record and a page for people. The caller signs [`Export::manifest`], may have
//! the signature stamped, and streams it out with [`Export::write`]. [`crate::verify`] reads it again. Layout: `docs/spec/court-export.md`.
//!
//! Conditions of use are enforced here: what is for intelligence only, or under a condition that nobody here understands, is refused.
//! Never here: whether the export is allowed otherwise, and the custody entry *exported*, which the caller makes first, so that it is inside.

mod index;
pub mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use der::Decode as _;
use der::EncodePem as _;
use der::pem::LineEnding;
use seal::SignedCard;
use terms::{AuthorityId, Digest, ExhibitId, Moment, Refusal, Salt};

use crate::asic::{Measure, Member, Plan};
use crate::custody::{CustodyEntry, Details, Thing};
use crate::document::{self, Document as _};
use crate::manifest::Condition;
use crate::{Authentic, Failure, Flaw, Manifest, case};
use names::{Form, Kind, Role};

/// A document and the detached signature over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// The signed bytes.
    pub document: Vec<u8>,
    /// Detached CAdES.
    pub signature: Vec<u8>,
}

/// A signed document, with what it binds by a salted digest where that is disclosed to the court.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disclosed {
    /// An act's header or a custody entry.
    pub signed: Signed,
    /// The salt, and the act's body or the entry's details.
    pub disclosed: Option<(Salt, Vec<u8>)>,
}

/// An exhibit that goes to court.
#[derive(Debug, Clone)]
pub struct Produced {
    /// Its id.
    pub id: ExhibitId,
    /// What people call it.
    pub title: Option<String>,
    /// Its measure, taken while it was verified ([`crate::asic::Checksum`]).
    pub measure: Measure,
}

/// What an export is made of.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// Who exports.
    pub exporter: AuthorityId,
    /// When.
    pub time: Moment,
    /// The manifests in which the exhibits stand.
    pub manifests: Vec<Authentic<Manifest>>,
    /// The exhibits; each stands in one of the manifests.
    pub exhibits: Vec<Produced>,
    /// Histories, each from its beginning: of the exhibits, and of the items from which they come.
    pub custody: Vec<Vec<Disclosed>>,
    /// Acts that concern them.
    pub acts: Vec<Disclosed>,
    /// Receipts for those acts.
    pub receipts: Vec<Signed>,
    /// Ledger proofs (C2SP tlog-proof), by the SHA-256 of the document that is proved.
    pub proofs: BTreeMap<Digest, Vec<u8>>,
    /// Cards of all who signed.
    pub cards: Vec<SignedCard>,
}

/// Why an export is not made.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// A condition of use stands against it.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// What was handed in does not fit together.
    #[error(transparent)]
    Flaw(#[from] Flaw),
}

/// An export that is laid out and waits for its signature.
#[derive(Debug, Clone)]
pub struct Export {
    plan: Plan,
    small: BTreeMap<String, Vec<u8>>,
    exhibits: BTreeMap<String, ExhibitId>,
}

/// A custody entry as it was read, for the page and the CASE record.
#[derive(Debug)]
pub(crate) struct Step {
    pub id: Digest,
    pub entry: CustodyEntry,
    pub details: Option<Details>,
}

impl Export {
    /// Lays the export out.
    pub fn assemble(dossier: &Dossier) -> Result<Self, Denied> {
        let mut export = Self { plan: Plan::new(), small: BTreeMap::new(), exhibits: BTreeMap::new() };
        let histories = dossier.custody.iter().map(|line| read_line(line)).collect::<Result<Vec<_>, _>>()?;
        let mut exhibits = BTreeMap::new();
        for produced in &dossier.exhibits {
            let entry = dossier.manifests.iter().find_map(|manifest| manifest.document().entry(produced.id));
            let entry = entry.ok_or_else(|| container(format!("exhibit {} stands in no manifest", produced.id)))?;
            check_conditions(produced.id, &entry.conditions)?;
            if (entry.size, entry.digests.sha256) != (produced.measure.size, produced.measure.sha256) {
                return Err(Flaw::Differs { exhibit: produced.id, what: "measure" }.into());
            }
            exhibits.insert(produced.id, entry);
        }
        let page = index::page(dossier, &histories);
        export.small(&Role::Index, page.into_bytes())?;
        export.documents(dossier)?;
        for (line, steps) in dossier.custody.iter().zip(&histories) {
            let thing = steps.first().map(|step| thing_name(&step.entry.thing)).unwrap_or_default();
            for (number, entry) in (1u16..).zip(line) {
                export.disclosed(entry, |form| Role::Custody(thing.clone(), number, form))?;
            }
        }
        export.small(&Role::Case, case::record(dossier, &histories)?)?;
        for produced in &dossier.exhibits {
            let media = exhibits[&produced.id].media.clone();
            let name = names::exhibit(produced.id, &media);
            let member = Member { name: name.parse().map_err(unnamed)?, media, measure: produced.measure };
            export.plan.add(member)?;
            export.exhibits.insert(name, produced.id);
        }
        let sums: Vec<_> = export.plan.members().iter().map(|m| (m.name.to_string(), m.measure.sha256)).collect();
        let sums = sha256sums(sums.iter().map(|(name, sha256)| (name.as_str(), *sha256)));
        export.small(&Role::Sums, sums)?;
        Ok(export)
    }
    fn documents(&mut self, dossier: &Dossier) -> Result<(), Flaw> {
        for manifest in &dossier.manifests {
            let role = |form| Role::Document(Kind::Manifest, manifest.id(), form);
            self.small(&role(Form::Document), manifest.bytes().to_vec())?;
            self.small(&role(Form::Signature), manifest.signature().to_vec())?;
        }
        for act in &dossier.acts {
            let id = Digest::of(&[&act.signed.document]);
            self.disclosed(act, |form| Role::Document(Kind::Act, id, form))?;
        }
        for receipt in &dossier.receipts {
            let id = Digest::of(&[&receipt.document]);
            self.signed(receipt, |form| Role::Document(Kind::Receipt, id, form))?;
        }
        for (id, proof) in &dossier.proofs {
            self.small(&Role::Proof(*id), proof.clone())?;
        }
        for card in &dossier.cards {
            let claimed = card.claim().map_err(|why| container(format!("a card does not count: {why}")))?;
            let statement = claimed.statement();
            self.small(&Role::Card(statement.authority.clone()), card.to_file())?;
            self.small(&Role::Root(statement.authority.clone()), root_pem(statement.root.der())?)?;
        }
        Ok(())
    }
    fn disclosed(&mut self, entry: &Disclosed, role: impl Fn(Form) -> Role) -> Result<(), Flaw> {
        self.signed(&entry.signed, &role)?;
        if let Some((salt, bytes)) = &entry.disclosed {
            self.small(&role(Form::Disclosed), bytes.clone())?;
            self.small(&role(Form::Salt), salt.as_bytes().to_vec())?;
        }
        Ok(())
    }
    fn signed(&mut self, signed: &Signed, role: impl Fn(Form) -> Role) -> Result<(), Flaw> {
        self.small(&role(Form::Document), signed.document.clone())?;
        self.small(&role(Form::Signature), signed.signature.clone())
    }
    fn small(&mut self, role: &Role, bytes: Vec<u8>) -> Result<(), Flaw> {
        let name = role.name();
        let media = role.media().parse().map_err(unnamed)?;
        self.plan.add(Member { name: name.parse().map_err(unnamed)?, media, measure: Measure::of(&bytes) })?;
        self.small.insert(name, bytes);
        Ok(())
    }
    /// What the exporter signs: the digests of all members.
    pub fn manifest(&self) -> Vec<u8> {
        self.plan.manifest()
    }
    /// The members, in order.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
    /// Writes the container. `open` writes the plaintext of an exhibit, mostly by [`crate::exhibit::open`]; it is called once for each, in order. If
    /// it answers another plaintext than was measured, the writing ends, and what was written is no container.
    pub fn write<W: Write>(
        &self,
        signature: &[u8],
        sink: W,
        open: &mut dyn FnMut(ExhibitId, &mut dyn Write) -> Result<(), Failure>,
    ) -> Result<W, Failure> {
        self.plan.write(signature, sink, &mut |member, out| {
            let name = member.name.as_str();
            match (self.small.get(name), self.exhibits.get(name)) {
                (Some(bytes), _) => out.write_all(bytes).map_err(Failure::sink),
                (None, Some(id)) => open(*id, out),
                (None, None) => Err(container(format!("{name} has no content")).into()),
            }
        })
    }
}

/// The lines of `SHA256SUMS`.
pub(crate) fn sha256sums<'a>(members: impl IntoIterator<Item = (&'a str, Digest)>) -> Vec<u8> {
    members.into_iter().map(|(name, sha256)| format!("{sha256}  {name}\n")).collect::<String>().into_bytes()
}

/// A root certificate as OpenSSL takes it.
pub(crate) fn root_pem(der: &[u8]) -> Result<Vec<u8>, Flaw> {
    let unreadable = |why: der::Error| container(format!("a root cannot be written: {why}"));
    let certificate = x509_cert::Certificate::from_der(der).map_err(unreadable)?;
    Ok(certificate.to_pem(LineEnding::LF).map_err(unreadable)?.into_bytes())
}

/// The name under which a thing's custody stands.
pub(crate) fn thing_name(thing: &Thing) -> String {
    match thing {
        Thing::Exhibit { id, .. } => id.to_string(),
        Thing::Item { id } => id.to_string(),
    }
}

fn read_line(line: &[Disclosed]) -> Result<Vec<Step>, Flaw> {
    let step = |entry: &Disclosed| {
        let id = Digest::of(&[&entry.signed.document]);
        let read = document::parse::<CustodyEntry>(&entry.signed.document)?;
        let details = entry.disclosed.as_ref().map(|(salt, bytes)| {
            let details = document::parse::<Details>(bytes)?;
            let binds = read.binds(salt, &details);
            let other = || Flaw::form(Details::WHAT, "they are not those that the entry binds");
            if binds { Ok(details.into_value()) } else { Err(other()) }
        });
        Ok(Step { id, details: details.transpose()?, entry: read.into_value() })
    };
    line.iter().map(step).collect()
}

fn check_conditions(id: ExhibitId, conditions: &[Condition]) -> Result<(), Refusal> {
    let barring: BTreeSet<_> = conditions.iter().filter(|c| c.bars_court_export()).map(Condition::as_str).collect();
    if barring.is_empty() {
        return Ok(());
    }
    let sentence = format!(
        "Exhibit {id} was handed over under the condition “{}”, which stands against producing it in court.",
        barring.into_iter().collect::<Vec<_>>().join("”, “")
    );
    let remedy =
        "Ask the authority that transmitted it for its consent; it then transmits it anew without the condition.";
    Err(Refusal::new("evidence.condition", sentence, remedy))
}

fn container(why: String) -> Flaw {
    Flaw::Container(why)
}

fn unnamed(why: terms::Malformed) -> Flaw {
    container(why.to_string())
}
