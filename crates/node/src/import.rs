//! Evidence that comes back from a court export: the container is verified first, then its exhibits are taken in like any file.
//!
//! ```text
//! container ─▶ verify: matches ─▶ each exhibit sealed anew, under an id of its own
//!                      does not match ─▶ nothing is taken in
//!                      cannot be checked ─▶ nothing, unless that was said to be known
//! ```
//! What the container says of an exhibit (its manifest and history, who signed them, and how the check came out) is kept as an *account*: the word of
//! whoever exported it, shown as such. The history that begins here says that it was taken from that container, and nothing that this node has not
//! seen. Conditions of use come along. Never here: how a container is checked (`evidence::verify`).

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use evidence::asic::Container;
use evidence::cobblestone::RandomAccess;
use evidence::court::names::{Form, Kind, Role};
use evidence::custody::{CustodyEntry, Details};
use evidence::document::parse;
use evidence::verify::{self, Finding, Part, Report, Trust};
use evidence::{Entry, Fresh, Manifest, Progress, ReadAt, Verdict, exhibit, unwatched};
use seal::{Card, TimeRoots};
use serde::{Deserialize, Serialize};
use store::{ReadTx, exhibits};
use terms::{Bug, Digest, DocketId, ExhibitId, Moment, Refusal, Salt};

use crate::Trouble;
use crate::actor::{Action, Actor};
use crate::custody::{Chain, Kept, chain_of};
use crate::exhibits::{ExhibitShown, NewExhibit, failed};
use crate::node::{Inner, Node};
use crate::proof_check::Proofs;

/// So many findings a refusal repeats; `comity verify` shows all.
const REPEATED: usize = 3;
/// The largest document of a container that is read here.
const DOCUMENT_MAX: usize = 1024 * 1024;

/// What is said of a container that is taken in.
#[derive(Debug, Clone)]
pub struct NewImport {
    /// The docket to which its exhibits will belong.
    pub docket: DocketId,
    /// Where it was obtained.
    pub place: String,
    /// Why.
    pub why: String,
    /// On what authority.
    pub authority: String,
    /// Whether it is taken in even if something about it cannot be checked here.
    pub unchecked: bool,
    /// Whether exhibits are left whose content the docket has already.
    pub unless_here: bool,
}

/// What came of a container.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// SHA-256 of the container.
    pub container: Digest,
    /// How the check came out. A ledger proof that cannot be checked is left out of it.
    pub verdict: Verdict,
    /// What was not found to match.
    pub findings: Vec<Finding>,
    /// The exhibits that were taken in.
    pub exhibits: Vec<ExhibitShown>,
    /// Those that were left, by the id that they have in the container: the docket has their content.
    pub already: Vec<ExhibitId>,
}

/// What a container said of an exhibit, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Account {
    container: Digest,
    exporter: Option<String>,
    exhibit: ExhibitId,
    verdict: String,
    checked_at: Moment,
    custody: Vec<Entered>,
}

/// An entry with what belongs to it, in base64.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Entered {
    entry: String,
    signature: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    details: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
}

/// What a container said of an exhibit, as it is shown: the word of whoever exported it.
#[derive(Debug, Clone, Serialize)]
pub struct AccountShown {
    /// SHA-256 of the container.
    pub container: Digest,
    /// Who signed it, if that was established.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exporter: Option<String>,
    /// The id that the exhibit has there.
    pub exhibit: ExhibitId,
    /// How the check of the container came out when it was taken in.
    pub verdict: String,
    /// When that was.
    pub checked_at: Moment,
    /// Its history there.
    pub custody: Chain,
}

/// A sealed container on this node's disk, without a name.
struct Spooled(File);

impl ReadAt for Spooled {
    fn size(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }
    fn read_exact_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        self.0.read_exact_at(into, offset)
    }
}

impl Node {
    /// Verifies a court export, and takes its exhibits in. `progress` hears the bytes that have come.
    pub fn import(
        &self,
        actor: &Actor,
        purpose: &str,
        new: &NewImport,
        source: &mut dyn Read,
        size: Option<u64>,
        progress: Progress<'_>,
    ) -> Result<Imported, Trouble> {
        actor.may(Action::Write)?;
        if self.0.read(|tx| Ok(store::dockets::get(tx, &new.docket)?))?.is_none() {
            return Err(Trouble::not_here("docket"));
        }
        let (spooled, digest) = self.kept_aside(source, size, progress)?;
        let report = self.checked(&spooled)?;
        let verdict =
            Verdict::over(report.findings.iter().filter(|finding| counts(finding)).map(|finding| finding.verdict));
        let wrong = |finding: &&Finding| counts(finding) && finding.verdict != Verdict::Matches;
        let findings: Vec<Finding> = report.findings.iter().filter(wrong).cloned().collect();
        refuse(verdict, &findings, new.unchecked)?;
        let container = Container::open(&spooled).map_err(failed)?;
        let inside = Inside::read(&container)?;
        if inside.exhibits.is_empty() {
            let sentence = "There is no exhibit in it: it was exported without.";
            return Trouble::refuse("node.import-nothing", sentence, "Ask for an export with the exhibits.");
        }
        let exporter = report.findings.iter().find(|one| one.part == Part::Container && one.signed.is_some());
        let exporter = exporter.and_then(|one| one.signed.as_ref()).map(|signed| signed.authority.clone());
        let mut imported = Imported { container: digest, verdict, findings, exhibits: vec![], already: vec![] };
        for (id, (name, entry)) in &inside.exhibits {
            let account = Account {
                container: digest,
                exporter: exporter.clone(),
                exhibit: *id,
                verdict: verdict.to_string(),
                checked_at: self.now(),
                custody: inside.custody.get(id).map(|line| line.values().cloned().collect()).unwrap_or_default(),
            };
            let account = serde_json::to_vec(&account)
                .map_err(|why| Bug::new(format!("what a container says cannot be written: {why}")))?;
            let taken = NewExhibit {
                docket: new.docket,
                media: Some(entry.media.to_string()),
                title: inside.titles.get(id).cloned(),
                conditions: entry.conditions.iter().map(ToString::to_string).collect(),
                handling: entry.handling.clone(),
                place: new.place.clone(),
                why: format!("{}; taken from the court export {digest}, in which it is exhibit {id}", new.why),
                authority: new.authority.clone(),
                size: Some(entry.size),
                sha512: entry.digests.sha512.is_some(),
                keep_until: None,
                unless_here: new.unless_here,
                image_of: None,
            };
            let mut member = container.member(name).ok_or_else(|| Bug::new("a member was there a moment ago"))?;
            match self.take_in(actor, purpose, taken, Some(account), &mut member, &mut unwatched) {
                Ok(shown) => imported.exhibits.push(shown),
                Err(trouble) if trouble.code() == "node.exhibit-known" => imported.already.push(*id),
                Err(trouble) => return Err(trouble),
            }
        }
        Ok(imported)
    }

    /// The container as a file without a name, gone with whoever holds it, and under a key that nobody keeps: what is inside is evidence in plaintext.
    /// Gives its SHA-256 too.
    fn kept_aside(
        &self,
        source: &mut dyn Read,
        size: Option<u64>,
        progress: Progress<'_>,
    ) -> Result<(RandomAccess<Spooled>, Digest), Trouble> {
        self.with_room(|| self.0.depot.room_to_land(size.unwrap_or(0)))?;
        let fresh = Fresh::draw(&mut *self.0.world.chance());
        let mut file = self.spool()?;
        let sealed = exhibit::seal(fresh, false, source, &mut file, progress).map_err(failed)?;
        let opened = RandomAccess::new(sealed.key(), sealed.id(), Spooled(file)).map_err(failed)?;
        Ok((opened, sealed.digests().sha256))
    }

    /// What anybody would find who trusts what this node trusts.
    fn checked(&self, container: &impl ReadAt) -> Result<Report, Trouble> {
        let trusted = self.0.read(|tx| self.0.trusted(tx))?;
        let cards: Vec<Card> = trusted.cards.all().cloned().collect();
        let none = TimeRoots::new([]).map_err(|flaw| Bug::new(format!("no roots at all: {flaw}")))?;
        let time_roots = self.0.time.get().map_or(&none, |time| time.roots());
        let proofs = Proofs::of(&cards, None, time_roots.clone());
        let proofs = proofs.map_err(|why| Bug::new(format!("cards that were approved: {why}")))?;
        let trust = Trust { cards: &cards, time_roots, proofs: Some(&proofs), now: self.now() };
        verify::container(container, &trust, &mut unwatched).map_err(failed)
    }
}

/// Whether a finding decides what becomes of a container. A ledger proof that contradicts itself does. One that is missing, or not cosigned by those whom this
/// node knows, says nothing against the rest.
fn counts(finding: &Finding) -> bool {
    finding.part != Part::Proof || finding.verdict == Verdict::DoesNotMatch
}

/// What is taken in matches, or is known not to be checked.
fn refuse(verdict: Verdict, findings: &[Finding], unchecked: bool) -> Result<(), Trouble> {
    let first: Vec<String> = findings
        .iter()
        .filter(|finding| finding.verdict == verdict)
        .take(REPEATED)
        .map(|finding| format!("{}: {}", finding.name, finding.what))
        .collect();
    let sentence = format!("The container {verdict}: {}.", first.join("; "));
    match verdict {
        Verdict::Matches => Ok(()),
        Verdict::DoesNotMatch => {
            let remedy = "Nothing was taken in. `comity verify` shows all that was found; ask whoever handed it over.";
            Err(Refusal::new("node.import-differs", sentence, remedy).into())
        }
        Verdict::CannotBeChecked if unchecked => Ok(()),
        Verdict::CannotBeChecked => {
            let remedy =
                "Approve the card that is missing, or say that it is to be taken in unchecked; that stays on record.";
            Err(Refusal::new("node.import-unchecked", sentence, remedy).into())
        }
    }
}

/// What stands in a container.
#[derive(Default)]
struct Inside {
    /// By id: the member, and what the manifest says.
    exhibits: BTreeMap<ExhibitId, (String, Entry)>,
    custody: BTreeMap<ExhibitId, BTreeMap<u16, Entered>>,
    titles: BTreeMap<ExhibitId, String>,
}

impl Inside {
    fn read<S: ReadAt>(container: &Container<S>) -> Result<Self, Trouble> {
        let mut inside = Self::default();
        let names: Vec<String> = container.listed().iter().map(|listed| listed.name.to_string()).collect();
        let mut listed = BTreeMap::new();
        let whole = |name: &str| container.read(name, DOCUMENT_MAX).map_err(failed);
        for name in &names {
            match Role::of(name) {
                Some(Role::Document(Kind::Manifest, _, Form::Document)) => {
                    let manifest = parse::<Manifest>(&whole(name)?).map_err(|flaw| failed(flaw.into()))?;
                    listed.extend(manifest.exhibits.iter().map(|entry| (entry.id, entry.clone())));
                }
                Some(Role::Document(Kind::Act, _, Form::Disclosed)) => inside.name(&whole(name)?),
                Some(Role::Custody(thing, number, Form::Document)) => {
                    let Ok(id) = thing.parse::<ExhibitId>() else { continue };
                    let beside = |form| {
                        let name = Role::Custody(thing.clone(), number, form).name();
                        container.size(&name).map(|_| whole(&name)).transpose()
                    };
                    let entered = Entered {
                        entry: STANDARD.encode(whole(name)?),
                        signature: STANDARD.encode(beside(Form::Signature)?.unwrap_or_default()),
                        details: beside(Form::Disclosed)?.map(|details| STANDARD.encode(details)),
                        salt: beside(Form::Salt)?.map(|salt| STANDARD.encode(salt)),
                    };
                    inside.custody.entry(id).or_default().insert(number, entered);
                }
                _ => {}
            }
        }
        for name in names {
            if let Some(Role::Exhibit(id)) = Role::of(&name)
                && let Some(entry) = listed.remove(&id)
            {
                inside.exhibits.insert(id, (name, entry));
            }
        }
        Ok(inside)
    }
    /// Takes over what an act calls its exhibits.
    fn name(&mut self, body: &[u8]) {
        let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        for one in body["exhibits"].as_array().into_iter().flatten() {
            let id = one["id"].as_str().and_then(|id| id.parse().ok());
            if let (Some(id), Some(title)) = (id, one["title"].as_str()) {
                self.titles.insert(id, title.to_owned());
            }
        }
    }
}

impl Inner {
    /// Seals an account, as the database keeps it.
    pub(crate) fn seal_account(&self, id: &ExhibitId, account: &[u8]) -> Result<Vec<u8>, Trouble> {
        Ok(self.desk_key()?.seal(&kept_for(id), account, &mut *self.world.chance())?)
    }
    /// What a container said of an exhibit, if it came from one.
    pub(crate) fn account(&self, tx: &mut ReadTx<'_>, id: &ExhibitId) -> Result<Option<AccountShown>, Trouble> {
        let Some(sealed) = exhibits::account(tx, id)? else { return Ok(None) };
        let opened = self.desk_key()?.open(&kept_for(id), &sealed)?;
        let broken = |why: &dyn std::fmt::Display| Bug::new(format!("an account that was kept: {why}"));
        let account: Account = serde_json::from_slice(&opened).map_err(|why| broken(&why))?;
        let mut kept = Vec::new();
        for entered in &account.custody {
            let bytes = STANDARD.decode(&entered.entry).map_err(|why| broken(&why))?;
            // Only what a container holds that could not be checked can be of no form; then there is nothing to show of it.
            let Ok(entry) = parse::<CustodyEntry>(&bytes) else { continue };
            let decoded = |text: &Option<String>| STANDARD.decode(text.as_ref()?).ok();
            let (details, salt) = (decoded(&entered.details), decoded(&entered.salt));
            let details = details.and_then(|details| parse::<Details>(&details).ok());
            let bound = details.zip(salt.and_then(|salt| Salt::from_slice(&salt)));
            let bound =
                bound.filter(|(details, salt)| entry.binds(salt, details)).map(|(details, _)| details.into_value());
            kept.push(Kept { name: Digest::of(&[&bytes]), entry: entry.into_value(), details: bound });
        }
        let Account { container, exporter, exhibit, verdict, checked_at, .. } = account;
        let custody = chain_of(&kept, self.world.now()).0;
        Ok(Some(AccountShown { container, exporter, exhibit, verdict, checked_at, custody }))
    }
}

fn kept_for(id: &ExhibitId) -> Vec<u8> {
    [b"account/".as_slice(), id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_ledger_proof_counts_and_a_missing_one_does_not() {
        let finding = |part, verdict| {
            let (name, what) = (String::new(), String::new());
            Finding { part, name, verdict, code: "ok", what, signed: None, missing_card: None }
        };
        for (part, verdict, expected) in [
            (Part::Proof, Verdict::DoesNotMatch, true),
            (Part::Proof, Verdict::CannotBeChecked, false),
            (Part::Custody, Verdict::CannotBeChecked, true),
            (Part::Act, Verdict::DoesNotMatch, true),
        ] {
            assert_eq!(counts(&finding(part, verdict)), expected, "{part:?} {verdict}");
        }
    }
}
