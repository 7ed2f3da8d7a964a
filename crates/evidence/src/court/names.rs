//! Where each thing stands in a court export: the one table of names, for writing and for reading.

use terms::{AuthorityId, Digest, ExhibitId};

use crate::{ItemId, MediaType};

/// What a member is, by its name alone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The page for people.
    Index,
    /// The CASE/UCO record for programs.
    Case,
    /// The digests of all others, as `sha256sum` reads them.
    Sums,
    /// A document of a kind.
    Document(Kind, Digest, Form),
    /// A custody entry of a thing, by its place in the line.
    Custody(String, u16, Form),
    /// An exhibit in plaintext.
    Exhibit(ExhibitId),
    /// A proof from a ledger, about the document of this name.
    Proof(Digest),
    /// A card.
    Card(AuthorityId),
    /// The root certificate of a card, for OpenSSL.
    Root(AuthorityId),
}

/// Kinds of signed documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A manifest.
    Manifest,
    /// An act's header.
    Act,
    /// A receipt.
    Receipt,
}

/// Which of the files that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The signed bytes.
    Document,
    /// The detached signature.
    Signature,
    /// An act's body, or the details of a custody entry.
    Disclosed,
    /// The salt of what is disclosed.
    Salt,
}

impl Kind {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Manifest, "manifests"), (Self::Act, "acts"), (Self::Receipt, "receipts")];
    fn folder(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
}

impl Form {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Document, "json"), (Self::Signature, "p7s"), (Self::Disclosed, "disclosed.json"), (Self::Salt, "salt")];
    fn ending(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
    fn media(self) -> &'static str {
        match self {
            Self::Document | Self::Disclosed => "application/json",
            Self::Signature => "application/pkcs7-signature",
            Self::Salt => "application/octet-stream",
        }
    }
}

/// The ending of a set.
pub(crate) const SET: &str = "set.zip";

/// The ending that programs expect for a media type; it decides nothing.
const ENDINGS: [(&str, &str); 15] = [
    (crate::set::MEDIA, SET),
    ("application/pdf", "pdf"),
    ("application/zip", "zip"),
    ("application/json", "json"),
    ("audio/mpeg", "mp3"),
    ("audio/wav", "wav"),
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/tiff", "tif"),
    ("message/rfc822", "eml"),
    ("text/csv", "csv"),
    ("text/plain", "txt"),
    ("video/mp4", "mp4"),
    ("application/vnd.ms-excel", "xls"),
    ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
];

/// The name of an exhibit.
pub fn exhibit(id: ExhibitId, media: &MediaType) -> String {
    let ending = ENDINGS.iter().find(|row| row.0 == media.as_str()).map_or("bin", |row| row.1);
    format!("exhibits/{id}.{ending}")
}

impl Role {
    /// The name of a member of this role; exhibits are named by [`exhibit`].
    pub fn name(&self) -> String {
        match self {
            Self::Index => "index.html".to_owned(),
            Self::Case => "case.jsonld".to_owned(),
            Self::Sums => "SHA256SUMS".to_owned(),
            Self::Document(kind, id, form) => format!("{}/{id}.{}", kind.folder(), form.ending()),
            Self::Custody(thing, number, form) => format!("custody/{thing}/{number:04}.{}", form.ending()),
            Self::Exhibit(id) => exhibit(*id, &MediaType::unknown()),
            Self::Proof(id) => format!("proofs/{id}.tlog-proof"),
            Self::Card(authority) => format!("cards/{authority}.json"),
            Self::Root(authority) => format!("cards/{authority}.root.pem"),
        }
    }
    /// What program might show it.
    pub(super) fn media(&self) -> &'static str {
        match self {
            Self::Index => "text/html",
            Self::Case => "application/ld+json",
            Self::Sums | Self::Proof(_) => "text/plain",
            Self::Document(_, _, form) | Self::Custody(_, _, form) => form.media(),
            Self::Exhibit(_) => "application/octet-stream",
            Self::Card(_) => "application/json",
            Self::Root(_) => "application/x-pem-file",
        }
    }
    /// The role of a member of this name; `None` if a court export has no such member.
    pub fn of(name: &str) -> Option<Self> {
        let form = |ending: &str| Form::ALL.iter().find(|row| row.1 == ending).map(|row| row.0);
        let role = match name.split('/').collect::<Vec<_>>().as_slice() {
            ["index.html"] => Self::Index,
            ["case.jsonld"] => Self::Case,
            ["SHA256SUMS"] => Self::Sums,
            ["exhibits", file] => {
                let (id, ending) = file.split_once('.')?;
                let known = ending == "bin" || ENDINGS.iter().any(|row| row.1 == ending);
                return known.then(|| id.parse().ok().map(Self::Exhibit)).flatten();
            }
            ["proofs", file] => Self::Proof(file.strip_suffix(".tlog-proof")?.parse().ok()?),
            ["cards", file] => match file.strip_suffix(".root.pem") {
                Some(authority) => Self::Root(authority.parse().ok()?),
                None => Self::Card(file.strip_suffix(".json")?.parse().ok()?),
            },
            ["custody", thing, file] => {
                let (number, ending) = file.split_once('.')?;
                // Exhibits and items are named alike: 32 digits.
                let thing: ItemId = thing.parse().ok()?;
                Self::Custody(thing.to_string(), number.parse().ok()?, form(ending)?)
            }
            [folder, file] => {
                let kind = Kind::ALL.iter().find(|row| row.1 == *folder)?.0;
                let (id, ending) = file.split_once('.')?;
                Self::Document(kind, id.parse().ok()?, form(ending)?)
            }
            _ => return None,
        };
        (role.name() == name).then_some(role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_it_is_and_there_is_one_name_for_it() {
        let id = "ab".repeat(32);
        let thing = "cd".repeat(16);
        for name in [
            "index.html".to_owned(),
            "case.jsonld".to_owned(),
            "SHA256SUMS".to_owned(),
            format!("manifests/{id}.json"),
            format!("acts/{id}.p7s"),
            format!("acts/{id}.disclosed.json"),
            format!("acts/{id}.salt"),
            format!("receipts/{id}.json"),
            format!("proofs/{id}.tlog-proof"),
            format!("custody/{thing}/0001.json"),
            "cards/es.moj.json".to_owned(),
            "cards/es.moj.root.pem".to_owned(),
        ] {
            let role = Role::of(&name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!(role.name(), name);
            name.parse::<crate::asic::MemberName>().expect("a member's name");
        }
        for ending in ["pdf", "set.zip"] {
            assert!(matches!(Role::of(&format!("exhibits/{thing}.{ending}")), Some(Role::Exhibit(_))));
        }
        for wrong in [
            "index.htm".to_owned(),
            format!("manifests/{id}"),
            format!("manifests/{}.json", id.to_uppercase()),
            format!("custody/{thing}/1.json"),
            format!("custody/{thing}/00001.json"),
            format!("exhibits/{thing}.exe"),
            format!("exhibits/{thing}"),
            "cards/es.json.json".to_owned() + "x",
        ] {
            assert_eq!(Role::of(&wrong), None, "{wrong}");
        }
    }
}
