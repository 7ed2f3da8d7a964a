//! The documents of an export: is each what its name says, signed by whom it names, and do they fit together?

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use terms::{AuthorityId, Canonical, Digest, ExhibitId, Moment, Salt};

use super::signatures::{Says, Signatures};
use super::{Finding, Held, Part, Proved, Subject, Trust};
use crate::court::names::{Form, Kind, Role};
use crate::custody::{self, CustodyEntry, Details, Handling};
use crate::document::{self, Authored as _};
use crate::manifest::{self, Presented};
use crate::{Manifest, Verdict};

/// All findings about documents and exhibits.
pub(super) fn check(held: &Held, signatures: &Signatures<'_>, trust: &Trust<'_>) -> Vec<Finding> {
    let mut checked = Checked { held, signatures, trust, findings: Vec::new(), proved: BTreeMap::new() };
    let named = checked.acts();
    checked.manifests(&named);
    checked.receipts();
    checked.custody();
    checked.cards();
    checked.proofs();
    checked.strays();
    checked.findings
}

struct Checked<'a> {
    held: &'a Held,
    signatures: &'a Signatures<'a>,
    trust: &'a Trust<'a>,
    findings: Vec<Finding>,
    /// What the ledger proofs show about the documents that are here and bear a signature.
    proved: BTreeMap<Digest, Proved>,
}

impl<'a> Checked<'a> {
    fn get(&self, role: &Role) -> Option<&'a [u8]> {
        self.held.documents.get(role).map(Vec::as_slice)
    }
    /// The documents of a kind, each under the digest in its name.
    fn of_kind(&self, kind: Kind) -> Vec<(Digest, &'a [u8])> {
        let of = |(role, bytes): (&Role, &'a Vec<u8>)| match role {
            Role::Document(of, id, Form::Document) if *of == kind => Some((*id, bytes.as_slice())),
            _ => None,
        };
        self.held.documents.iter().filter_map(of).collect()
    }
    /// Whether a document hashes to its name; says so if not.
    fn is_named(&mut self, part: Part, kind: Kind, id: Digest, bytes: &[u8]) -> bool {
        let same = Digest::of(&[bytes]) == id;
        if !same {
            let name = Role::Document(kind, id, Form::Document).name();
            self.findings.push(Finding::differs(part, &name, "name", "its SHA-256 is not the one in its name"));
        }
        same
    }
    /// Weighs a signature; answers whether it counts.
    fn weigh(
        &mut self,
        part: Part,
        kind: &'static str,
        (document, role): (&[u8], &Role),
        signature: &Role,
        (author, says): (&AuthorityId, Says),
    ) -> bool {
        let name = role.name();
        let Some(bytes) = self.get(signature) else {
            self.findings.push(Finding::cannot(part, &name, "no-signature", "its signature is missing"));
            return false;
        };
        // A proof is about the document and its signature, whether or not the seal's card is at hand.
        let id = Digest::of(&[document]);
        let proof = self.get(&Role::Proof(id)).zip(self.trust.proofs);
        let subject = Subject { kind, id, author, signature: bytes };
        let proved = proof.map(|(proof, check)| check.check(&subject, proof, self.trust.now));
        let logged = proved.as_ref().and_then(|proved| proved.existed.as_ref());
        let weighed = self.signatures.weigh(part, &name, author, document, bytes, Some(says), logged);
        let counts = weighed.first().is_some_and(|finding| finding.verdict == Verdict::Matches);
        self.proved.extend(proved.map(|proved| (id, proved)));
        self.findings.extend(weighed);
        counts
    }

    /// Acts: the header is canonical, named by its digest, signed by its author at the time it states; body and salt fit. Answers which manifests
    /// are named, by whom, in which docket.
    fn acts(&mut self) -> Named {
        let mut named = Named::default();
        for (id, bytes) in self.of_kind(Kind::Act) {
            let role = |form| Role::Document(Kind::Act, id, form);
            let name = role(Form::Document).name();
            named.any = true;
            if !self.is_named(Part::Act, Kind::Act, id, bytes) {
                continue;
            }
            let Some(header) = header(bytes, "comity.act/1", "author") else {
                self.findings.push(Finding::differs(
                    Part::Act,
                    &name,
                    "form",
                    "it is not a canonical header of an act",
                ));
                continue;
            };
            let document = (bytes, &role(Form::Document));
            let says = (&header.author, Says::At(header.time));
            let counts = self.weigh(Part::Act, "act", document, &role(Form::Signature), says);
            self.body(&name, &header.value, &role);
            let manifest = header.value.pointer("/facts/manifest").and_then(Value::as_str);
            if let (true, Some(Ok(manifest))) = (counts, manifest.map(str::parse::<Digest>)) {
                let docket = header.value.get("docket").and_then(Value::as_str).unwrap_or_default().to_owned();
                named.manifests.insert((manifest, header.author, docket), id);
            }
        }
        named
    }
    fn body(&mut self, name: &str, header: &Value, role: &dyn Fn(Form) -> Role) {
        let (disclosed, salt) = (self.get(&role(Form::Disclosed)), self.get(&role(Form::Salt)));
        let Some((body, salt)) = disclosed.zip(salt) else {
            if disclosed.is_some() || salt.is_some() {
                let what = "of its body and the salt, only one is there";
                self.findings.push(Finding::cannot(Part::Act, name, "no-salt", what));
            }
            return;
        };
        let size = header.pointer("/body/size").and_then(Value::as_u64);
        let digest = header.pointer("/body/digest").and_then(Value::as_str);
        let same = size == Some(body.len() as u64) && digest == Some(&Digest::of(&[salt, body]).to_string());
        self.findings.push(if same {
            Finding::matches(Part::Act, &role(Form::Disclosed).name(), "the body that the act binds")
        } else {
            Finding::differs(Part::Act, &role(Form::Disclosed).name(), "body", "it is not the body that the act binds")
        });
    }

    /// Manifests, and the exhibits against them.
    fn manifests(&mut self, named: &Named) {
        let mut listed = BTreeSet::new();
        for (id, bytes) in self.of_kind(Kind::Manifest) {
            let role = |form| Role::Document(Kind::Manifest, id, form);
            let name = role(Form::Document).name();
            if !self.is_named(Part::Manifest, Kind::Manifest, id, bytes) {
                continue;
            }
            let manifest = match document::parse::<Manifest>(bytes) {
                Ok(manifest) => manifest,
                Err(flaw) => {
                    self.findings.push(Finding::differs(Part::Manifest, &name, "form", flaw.to_string()));
                    continue;
                }
            };
            let document = (bytes, &role(Form::Document));
            let says = (manifest.author(), Says::NotBefore(manifest.time));
            self.weigh(Part::Manifest, "manifest", document, &role(Form::Signature), says);
            if named.any {
                let by = named.manifests.get(&(id, manifest.author.clone(), manifest.docket.to_string()));
                self.findings.push(match by {
                    Some(act) => Finding::matches(Part::Manifest, &name, format!("transmitted by act {act}")),
                    None => Finding::cannot(Part::Manifest, &name, "no-act", "no act in this export transmits it"),
                });
            }
            listed.extend(manifest.exhibits.iter().map(|entry| entry.id));
            let of = |(id, (_, held)): (&ExhibitId, &(String, Presented))| {
                manifest.entry(*id).is_some().then(|| (*id, held.clone()))
            };
            let presented = self.held.exhibits.iter().filter_map(of).collect();
            for (exhibit, finding) in manifest.compare(&presented).findings {
                self.exhibit(exhibit, &finding);
            }
        }
        for (id, (name, _)) in self.held.exhibits.iter().filter(|(id, _)| !listed.contains(*id)) {
            let what = format!("exhibit {id} stands in no manifest here");
            self.findings.push(Finding::differs(Part::Exhibit, name, "not-listed", what));
        }
    }
    fn exhibit(&mut self, id: ExhibitId, found: &manifest::Finding) {
        let name = self.held.exhibits.get(&id).map_or_else(|| id.to_string(), |(name, _)| name.clone());
        self.findings.push(match found {
            manifest::Finding::Matches => {
                Finding::matches(Part::Exhibit, &name, "size and digests are those of the manifest")
            }
            manifest::Finding::Differs(flaw) => Finding::differs(Part::Exhibit, &name, "differs", flaw.to_string()),
            manifest::Finding::NotListed => {
                Finding::differs(Part::Exhibit, &name, "not-listed", "the manifest does not list it")
            }
            manifest::Finding::NotPresented => Finding::cannot(
                Part::Exhibit,
                &name,
                "not-presented",
                "the manifest lists it, and it is not here, or not as it was signed",
            ),
            manifest::Finding::KeyMissing | manifest::Finding::DigestMissing => {
                Finding::cannot(Part::Exhibit, &name, "not-opened", "it was not opened")
            }
        });
    }

    fn receipts(&mut self) {
        for (id, bytes) in self.of_kind(Kind::Receipt) {
            let role = |form| Role::Document(Kind::Receipt, id, form);
            if !self.is_named(Part::Receipt, Kind::Receipt, id, bytes) {
                continue;
            }
            let Some(statement) = header(bytes, "comity.receipt/1", "issuer") else {
                let name = role(Form::Document).name();
                self.findings.push(Finding::differs(Part::Receipt, &name, "form", "it is not a canonical receipt"));
                continue;
            };
            let says = (&statement.author, Says::At(statement.time));
            self.weigh(Part::Receipt, "receipt", (bytes, &role(Form::Document)), &role(Form::Signature), says);
        }
    }

    /// Histories: each entry, then the line, then where parts and images come from.
    fn custody(&mut self) {
        let mut lines: BTreeMap<String, Vec<(Digest, CustodyEntry)>> = BTreeMap::new();
        let mut unbroken = BTreeMap::new();
        for (role, bytes) in &self.held.documents {
            let Role::Custody(thing, number, Form::Document) = role else { continue };
            if let Some(entry) = self.entry(thing, *number, bytes) {
                lines.entry(thing.clone()).or_default().push((Digest::of(&[bytes]), entry));
            }
            *unbroken.entry(thing.clone()).or_insert(0u16) += 1;
        }
        let all: BTreeMap<Digest, &CustodyEntry> = lines.values().flatten().map(|(id, entry)| (*id, entry)).collect();
        for (thing, line) in &lines {
            let folder = format!("custody/{thing}");
            let history = custody::check(line.iter().map(|(id, entry)| (*id, entry)), self.trust.now);
            let broken: Vec<_> = history.breaks.iter().map(|b| format!("entry {}: {}", b.index + 1, b.what)).collect();
            let named = line.iter().all(|(_, entry)| crate::court::thing_name(&entry.thing) == *thing);
            let whole = unbroken.get(thing) == u16::try_from(line.len()).ok().as_ref();
            self.findings.push(match history.verdict() {
                _ if !named => {
                    Finding::differs(Part::Custody, &folder, "thing", "an entry is about another thing than its folder")
                }
                _ if !whole => {
                    Finding::differs(Part::Custody, &folder, "broken", "an entry of the line cannot be read")
                }
                Verdict::Matches => {
                    Finding::matches(Part::Custody, &folder, format!("{} entries, unbroken from the first", line.len()))
                }
                Verdict::DoesNotMatch => Finding::differs(Part::Custody, &folder, "broken", broken.join("; ")),
                Verdict::CannotBeChecked => Finding::cannot(
                    Part::Custody,
                    &folder,
                    "beginning",
                    "entries before the first one here are missing",
                ),
            });
            if let Some((_, first)) = line.first() {
                self.origin(&folder, first, &all);
            }
        }
        // What each history says of its exhibit's digest is compared with the exhibit that is here.
        for (thing, line) in &lines {
            let exhibits = self.held.exhibits.iter().filter(|(id, _)| id.to_string() == *thing);
            for (_, (name, held)) in exhibits {
                let stated = line.first().map(|(_, entry)| entry.thing);
                if let (Presented::Plain { digests, .. }, Some(custody::Thing::Exhibit { sha256, .. })) = (held, stated)
                    && digests.sha256 != sha256
                {
                    let what = "its custody entries are about another content";
                    self.findings.push(Finding::differs(Part::Custody, name, "digest", what));
                }
            }
        }
    }
    fn entry(&mut self, thing: &str, number: u16, bytes: &[u8]) -> Option<CustodyEntry> {
        let role = |form| Role::Custody(thing.to_owned(), number, form);
        let name = role(Form::Document).name();
        let entry = match document::parse::<CustodyEntry>(bytes) {
            Ok(entry) => entry,
            Err(flaw) => {
                self.findings.push(Finding::differs(Part::CustodyEntry, &name, "form", flaw.to_string()));
                return None;
            }
        };
        let says = (entry.author(), Says::NotBefore(entry.time));
        self.weigh(Part::CustodyEntry, "custody", (bytes, &role(Form::Document)), &role(Form::Signature), says);
        let (disclosed, salt) = (self.get(&role(Form::Disclosed)), self.get(&role(Form::Salt)));
        if let Some(details) = disclosed {
            let name = role(Form::Disclosed).name();
            let salt = salt.and_then(Salt::from_slice);
            let bound = |details: &Canonical<Details>| salt.is_some_and(|salt| entry.binds(&salt, details));
            self.findings.push(match (salt, document::parse::<Details>(details)) {
                (None, _) => {
                    Finding::cannot(Part::CustodyEntry, &name, "no-salt", "the salt of the details is missing")
                }
                (_, Ok(details)) if bound(&details) => {
                    Finding::matches(Part::CustodyEntry, &name, "the details that the entry binds")
                }
                (_, Ok(_)) => {
                    Finding::differs(Part::CustodyEntry, &name, "details", "not the details that the entry binds")
                }
                (_, Err(flaw)) => Finding::differs(Part::CustodyEntry, &name, "form", flaw.to_string()),
            });
        } else if salt.is_some() {
            let what = "there is a salt, and no details that belong to it";
            self.findings.push(Finding::cannot(Part::CustodyEntry, &name, "no-details", what));
        }
        Some(entry.into_value())
    }
    fn origin(&mut self, folder: &str, first: &CustodyEntry, all: &BTreeMap<Digest, &CustodyEntry>) {
        let (Handling::Separated { origin, .. } | Handling::Acquired { origin: Some(origin) }) = &first.handling else {
            return;
        };
        let whole = all.get(&origin.entry).map(|entry| (origin.entry, *entry));
        let item = origin.item;
        self.findings.push(match custody::check_origin(first, whole) {
            Verdict::Matches => {
                Finding::matches(Part::Custody, folder, format!("comes from item {item}, as its history says"))
            }
            Verdict::DoesNotMatch => {
                Finding::differs(Part::Custody, folder, "origin", format!("the history of item {item} does not say so"))
            }
            Verdict::CannotBeChecked => Finding::cannot(
                Part::Custody,
                folder,
                "origin",
                format!("the history of item {item}, from which it comes, is missing"),
            ),
        });
    }

    /// Cards that came along: the same root as the reader approved?
    fn cards(&mut self) {
        for (role, bytes) in &self.held.documents {
            let Role::Card(authority) = role else { continue };
            let name = role.name();
            let claimed = match seal::SignedCard::parse(bytes).and_then(|card| card.claim()) {
                Ok(claimed) => claimed,
                Err(flaw) => {
                    self.findings.push(Finding::differs(Part::Card, &name, "card", flaw.to_string()));
                    continue;
                }
            };
            let found = claimed.root_fingerprint();
            let pem = crate::court::root_pem(claimed.statement().root.der()).ok();
            let finding = match self.signatures.card(authority) {
                _ if claimed.statement().authority != *authority => {
                    Finding::differs(Part::Card, &name, "name", "it is the card of another authority")
                }
                _ if self.get(&Role::Root(authority.clone())).is_some_and(|held| Some(held) != pem.as_deref()) => {
                    Finding::differs(Part::Card, &name, "root-pem", "the certificate beside it is not its root")
                }
                None => {
                    let what = format!("{authority} is not trusted here; compare the fingerprint of its root: {found}");
                    Finding {
                        missing_card: Some(authority.to_string()),
                        ..Finding::cannot(Part::Card, &name, "no-card", what)
                    }
                }
                Some(card) if card.root().fingerprint() == found => {
                    Finding::matches(Part::Card, &name, "under the root that is trusted here")
                }
                Some(_) => Finding::differs(
                    Part::Card,
                    &name,
                    "root",
                    format!("under another root than the trusted one: {found}"),
                ),
            };
            self.findings.push(finding);
        }
    }

    fn proofs(&mut self) {
        for role in self.held.documents.keys() {
            let Role::Proof(id) = role else { continue };
            let name = role.name();
            let unknown = match self.trust.proofs {
                Some(_) => "the document that it is about is not here",
                None => "ledger proofs are not checked here",
            };
            self.findings.push(match self.proved.get(id) {
                None => Finding::cannot(Part::Proof, &name, "proof", unknown),
                Some(Proved { verdict, what, .. }) => match verdict {
                    Verdict::Matches => Finding::matches(Part::Proof, &name, what),
                    Verdict::DoesNotMatch => Finding::differs(Part::Proof, &name, "proof", what),
                    Verdict::CannotBeChecked => Finding::cannot(Part::Proof, &name, "proof", what),
                },
            });
        }
    }

    /// Signatures, salts and roots that belong to nothing.
    fn strays(&mut self) {
        for role in self.held.documents.keys() {
            let owner = match role {
                Role::Document(kind, id, form) if *form != Form::Document => Role::Document(*kind, *id, Form::Document),
                Role::Custody(thing, number, form) if *form != Form::Document => {
                    Role::Custody(thing.clone(), *number, Form::Document)
                }
                Role::Root(authority) => Role::Card(authority.clone()),
                _ => continue,
            };
            if !self.held.documents.contains_key(&owner) {
                let what = format!("it belongs to {}, which is not here", owner.name());
                self.findings.push(Finding::cannot(Part::Member, &role.name(), "stray", what));
            }
        }
    }
}

/// Which acts transmit which manifests: manifest, author and docket, and the act.
#[derive(Default)]
struct Named {
    any: bool,
    manifests: BTreeMap<(Digest, AuthorityId, String), Digest>,
}

/// What this room needs of a document whose whole form is another room's business.
struct Header {
    value: Value,
    author: AuthorityId,
    time: Moment,
}

fn header(bytes: &[u8], version: &str, author: &str) -> Option<Header> {
    let value = Canonical::<Value>::parse(bytes).ok()?.into_value();
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    let (author, time) = (text(author)?.parse().ok()?, text("time")?.parse().ok()?);
    (text("v")? == version).then_some(())?;
    Some(Header { value, author, time })
}
