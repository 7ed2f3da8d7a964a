//! The record of an export in CASE 1.5 / UCO, as JSON-LD: what investigators' programs read in place of our own documents.
//!
//! It is a rendering: organisations, files with their digests, one investigative action for each custody entry, chained through the file, and
//! a provenance record for each exhibit. Identifiers are derived from ours, so the same export gives the same record.
//! Witness: `case_validate`, which checks it against the ontology (<https://caseontology.org>).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use terms::{AuthorityId, Digest, Moment};

use crate::court::{Dossier, Step, thing_name};
use crate::custody::Thing;
use crate::{Entry, Flaw};

/// An identifier such as `kb:File-…`, its UUID derived from what it names. Its version says 5, *from a name*; that the digest is SHA-256 and
/// not SHA-1 would make it version 8, which the ontology does not know yet.
fn name(class: &str, of: &str) -> String {
    let digest = Digest::of(&[b"comity.case/1\n", class.as_bytes(), b"\n", of.as_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_bytes()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = hex::encode(bytes);
    format!("kb:{class}-{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn reference(id: &str) -> Value {
    json!({ "@id": id })
}

fn time(moment: Moment) -> Value {
    json!({"@type": "xsd:dateTime", "@value": moment.to_string()})
}

fn hash(method: &str, hexadecimal: &str) -> Value {
    json!({
        "@id": name("Hash", hexadecimal),
        "@type": "uco-types:Hash",
        "uco-types:hashMethod": method,
        "uco-types:hashValue": {"@type": "xsd:hexBinary", "@value": hexadecimal}
    })
}

fn organization(authority: &AuthorityId) -> Value {
    json!({
        "@id": name("Organization", authority.as_str()),
        "@type": "uco-identity:Organization",
        "uco-core:name": authority.as_str()
    })
}

fn file(entry: &Entry) -> Value {
    let id = entry.id.to_string();
    let size = json!({"@type": "xsd:integer", "@value": entry.size.to_string()});
    let mut hashes = vec![hash("SHA256", &entry.digests.sha256.to_string())];
    hashes.extend(entry.digests.sha512.map(|digest| hash("SHA512", &digest.to_string())));
    json!({
        "@id": name("File", &id),
        "@type": "uco-observable:File",
        "uco-core:hasFacet": [
            {
                "@id": name("FileFacet", &id),
                "@type": "uco-observable:FileFacet",
                "uco-observable:sizeInBytes": size
            },
            {
                "@id": name("ContentDataFacet", &id),
                "@type": "uco-observable:ContentDataFacet",
                "uco-observable:mimeType": entry.media.as_str(),
                "uco-observable:sizeInBytes": size,
                "uco-observable:hash": hashes
            }
        ]
    })
}

fn thing(of: &Thing) -> String {
    match of {
        Thing::Exhibit { id, .. } => name("File", &id.to_string()),
        Thing::Item { id } => name("Item", &id.to_string()),
    }
}

/// One action for one custody entry: who, when, with what.
fn action(step: &Step) -> Value {
    let entry = &step.entry;
    let mut action = Map::new();
    action.insert("@id".into(), json!(name("InvestigativeAction", &step.id.to_string())));
    action.insert("@type".into(), json!("case-investigation:InvestigativeAction"));
    action.insert("uco-core:name".into(), json!(entry.handling.kind()));
    action.insert("uco-core:description".into(), json!(format!("Custody entry {}", step.id)));
    action.insert("uco-action:startTime".into(), time(entry.time));
    action.insert("uco-action:endTime".into(), time(entry.time));
    action.insert("uco-action:performer".into(), reference(&name("Organization", entry.author.as_str())));
    action.insert("uco-action:object".into(), reference(&thing(&entry.thing)));
    action.insert("uco-action:result".into(), reference(&thing(&entry.thing)));
    if let Some(previous) = &entry.previous {
        let informant = name("InvestigativeAction", &previous.to_string());
        action.insert("case-investigation:wasInformedBy".into(), reference(&informant));
    }
    Value::Object(action)
}

/// The JSON-LD record of an export.
pub(crate) fn record(dossier: &Dossier, histories: &[Vec<Step>]) -> Result<Vec<u8>, Flaw> {
    let entries: BTreeMap<_, _> =
        dossier.manifests.iter().flat_map(|m| &m.document().exhibits).map(|entry| (entry.id, entry)).collect();
    let steps = || histories.iter().flatten();
    let mut authorities = BTreeSet::from([dossier.exporter.clone()]);
    authorities.extend(dossier.manifests.iter().map(|manifest| manifest.document().author.clone()));
    authorities.extend(steps().map(|step| step.entry.author.clone()));
    let mut graph: Vec<Value> = authorities.iter().map(organization).collect();
    graph.extend(entries.values().map(|entry| file(entry)));
    // A thing that no manifest lists still has a history: an item, or an exhibit that was not transmitted.
    let listed: BTreeSet<String> = entries.keys().map(ToString::to_string).collect();
    let things: BTreeMap<String, &Thing> =
        steps().map(|step| (thing_name(&step.entry.thing), &step.entry.thing)).collect();
    for (id, unlisted) in things.iter().filter(|(id, _)| !listed.contains(*id)) {
        let class = if matches!(unlisted, Thing::Item { .. }) { "uco-core:Item" } else { "uco-observable:File" };
        graph.push(json!({"@id": thing(unlisted), "@type": class, "uco-core:name": id}));
    }
    let known: BTreeSet<Digest> = steps().map(|step| step.id).collect();
    graph.extend(steps().map(|step| {
        let mut action = action(step);
        // Nothing points at an action that is not in the record.
        if step.entry.previous.is_some_and(|previous| !known.contains(&previous)) {
            action.as_object_mut().map(|action| action.remove("case-investigation:wasInformedBy"));
        }
        action
    }));
    for (number, id) in (1..).zip(entries.keys()) {
        let id = id.to_string();
        graph.push(json!({
            "@id": name("ProvenanceRecord", &id),
            "@type": "case-investigation:ProvenanceRecord",
            "uco-core:description": format!("Exhibit {number} of the export by {} on {}", dossier.exporter, dossier.time),
            "case-investigation:exhibitNumber": id,
            "uco-core:object": reference(&name("File", &id))
        }));
    }
    let document = json!({
        "@context": {
            "case-investigation": "https://ontology.caseontology.org/case/investigation/",
            "kb": "http://example.org/kb/",
            "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
            "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
            "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
            "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
            "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
            "xsd": "http://www.w3.org/2001/XMLSchema#"
        },
        "@graph": graph
    });
    serde_json::to_vec_pretty(&document)
        .map_err(|why| Flaw::Container(format!("the CASE record cannot be written: {why}")))
}
