//! One signed document by itself, outside any export, with the ledger proof about it if there is one.

use serde_json::Value;
use terms::{AuthorityId, Canonical, Digest, Moment};

use super::signatures::{Says, Signatures};
use super::{Finding, Part, Report, Subject, Trust};
use crate::Verdict;

/// What is checked alone: its version, its kind in a log, the member that names its author, and whether it was signed exactly at the time that it states.
const KINDS: [(&str, &str, Part, &str, bool); 4] = [
    ("comity.act/1", "act", Part::Act, "author", true),
    ("comity.receipt/1", "receipt", Part::Receipt, "issuer", true),
    ("comity.custody/1", "custody", Part::CustodyEntry, "author", false),
    ("comity.manifest/1", "manifest", Part::Manifest, "author", false),
];

/// Checks the signature over a document, and the proof. Whether the document is of its whole form, is not asked here.
pub fn document(name: &str, document: &[u8], signature: &[u8], proof: Option<&[u8]>, trust: &Trust<'_>) -> Report {
    let Some((kind, part, author, says)) = read(document) else {
        let what = "it is no act, receipt, custody entry or manifest in canonical form";
        return Report::new(trust.now, vec![Finding::differs(Part::Member, name, "form", what)]);
    };
    let subject = Subject { kind, id: Digest::of(&[document]), author: &author, signature };
    let proved = proof.zip(trust.proofs).map(|(proof, check)| check.check(&subject, proof, trust.now));
    let logged = proved.as_ref().and_then(|proved| proved.existed.as_ref());
    let mut findings = Signatures::new(trust).weigh(part, name, &author, document, signature, Some(says), logged);
    findings.extend(proved.map(|proved| match proved.verdict {
        Verdict::Matches => Finding::matches(Part::Proof, name, proved.what),
        Verdict::DoesNotMatch => Finding::differs(Part::Proof, name, "proof", proved.what),
        Verdict::CannotBeChecked => Finding::cannot(Part::Proof, name, "proof", proved.what),
    }));
    Report::new(trust.now, findings)
}

fn read(document: &[u8]) -> Option<(&'static str, Part, AuthorityId, Says)> {
    let value = Canonical::<Value>::parse(document).ok()?.into_value();
    let text = |member: &str| value.get(member).and_then(Value::as_str);
    let version = text("v")?;
    let (_, kind, part, author, exactly) = KINDS.iter().find(|(known, ..)| *known == version)?;
    let time: Moment = text("time")?.parse().ok()?;
    let says = if *exactly { Says::At(time) } else { Says::NotBefore(time) };
    Some((*kind, *part, text(author)?.parse().ok()?, says))
}
