//! C2SP `tlog-policy`: which logs are read, which witnesses count, and how many of them are enough.
//!
//! ```text
//! log es.moj/ledger/1+3f1c2a90+AZ…
//! witness ma ma.moj/witness+9ad012cc+BK…
//! witness fr fr.moj/witness+51be77d0+BP…
//! witness pt pt.moj/witness+0c6b11fe+BD…
//! group peers 2 ma fr pt
//! quorum peers
//! ```
//!
//! A policy is the reader's, never the log's. It says nothing about what is logged, and it reads no clock.
//! INVARIANT: a witness contributes to a group in one way only, so no key is ever counted twice.

use std::collections::{HashMap, HashSet};
use std::fmt;

use terms::Moment;

use crate::error::malformed;
use crate::key::{KeyKind, VerifierKey};
use crate::{KeyName, LedgerError, text};

/// Longest policy that is read.
pub const POLICY_LEN_MAX: usize = 256 * 1024;
/// Most logs, witnesses and groups, each; C2SP asks for at least 32.
pub const ENTRIES_MAX: usize = 256;

const WHAT: &str = "policy";

/// Who counts: one witness, a group with a threshold, or nobody is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    None,
    Witness(usize),
    AtLeast(usize, Vec<Rule>),
}

/// Whom the reader of a checkpoint trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    source: Vec<u8>,
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    quorum: Rule,
}

impl Policy {
    /// Any `k` of these witnesses, over any of these logs.
    ///
    /// # Errors
    /// If `k` is zero or more than there are witnesses, keys repeat, or a key is for another purpose.
    pub fn any_of(k: usize, logs: &[VerifierKey], witnesses: &[VerifierKey]) -> Result<Self, LedgerError> {
        let mut text: String = logs.iter().map(|key| format!("log {key}\n")).collect();
        let mut names = String::new();
        for (at, key) in witnesses.iter().enumerate() {
            text.push_str(&format!("witness w{at} {key}\n"));
            names.push_str(&format!(" w{at}"));
        }
        Self::parse(format!("{text}group peers {k}{names}\nquorum peers\n").as_bytes())
    }

    /// These logs, and no witness is asked.
    ///
    /// # Errors
    /// If keys repeat or a key is for another purpose.
    pub fn unwitnessed(logs: &[VerifierKey]) -> Result<Self, LedgerError> {
        let text: String = logs.iter().map(|key| format!("log {key}\n")).collect();
        Self::parse(format!("{text}quorum none\n").as_bytes())
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// Names the line that is not well formed.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        if bytes.len() > POLICY_LEN_MAX {
            return Err(LedgerError::TooLarge { what: WHAT, limit: POLICY_LEN_MAX, unit: "bytes" });
        }
        let allowed = |byte: u8| byte == b'\t' || byte == b'\n' || (byte >= b' ' && byte != 0x7f);
        if let Some(at) = bytes.iter().position(|byte| !allowed(*byte)) {
            return malformed(WHAT, 1 + newlines(&bytes[..at]), "there is a control character");
        }
        let Some(body) = bytes.strip_suffix(b"\n") else {
            return malformed(WHAT, 1 + newlines(bytes), "the last line does not end in a newline");
        };
        let mut reading = Reading::default();
        for (at, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let items: Vec<&[u8]> =
                line.split(|byte| matches!(byte, b' ' | b'\t')).filter(|item| !item.is_empty()).collect();
            if items.first().is_some_and(|first| !first.starts_with(b"#")) {
                reading.line(&items).map_err(|reason| reason.at(at + 1))?;
            }
        }
        let Some(quorum) = reading.quorum else {
            return malformed(WHAT, 1 + newlines(body), "there is no quorum line");
        };
        Ok(Self { source: bytes.to_vec(), logs: reading.logs, witnesses: reading.witnesses, quorum })
    }

    /// The logs that are read; the name of each key is its log's origin.
    pub fn logs(&self) -> &[VerifierKey] {
        &self.logs
    }

    /// The witnesses that count.
    pub fn witnesses(&self) -> &[VerifierKey] {
        &self.witnesses
    }

    /// Whether these witnesses are enough.
    pub fn is_satisfied(&self, signed: impl Fn(&VerifierKey) -> bool) -> bool {
        fn holds(rule: &Rule, signed: &dyn Fn(usize) -> bool) -> bool {
            match rule {
                Rule::None => true,
                Rule::Witness(at) => signed(*at),
                Rule::AtLeast(k, members) => members.iter().filter(|member| holds(member, signed)).count() >= *k,
            }
        }
        holds(&self.quorum, &|at| signed(&self.witnesses[at]))
    }

    /// The first moment at which the cosignatures given before or at it are enough: *this existed before then*.
    /// `None` if they never are, or if the policy needs none and therefore proves no time.
    pub fn moment_reached(&self, cosignatures: &[(&VerifierKey, Moment)]) -> Option<Moment> {
        if self.quorum == Rule::None {
            return None;
        }
        let mut times: Vec<Moment> = cosignatures.iter().map(|(_, time)| *time).collect();
        times.sort_unstable();
        times.into_iter().find(|until| {
            self.is_satisfied(|witness| cosignatures.iter().any(|(key, time)| *key == witness && time <= until))
        })
    }
}

/// The file as it was read.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.source))
    }
}

/// Why a line is refused; the line's number is added outside.
enum Wrong {
    Said(&'static str),
    Key(LedgerError),
}

impl Wrong {
    fn at(self, line: usize) -> LedgerError {
        match self {
            Self::Said(reason) => LedgerError::Malformed { what: WHAT, line, reason },
            Self::Key(error) => error,
        }
    }
}

/// What has been read so far. A name is a string of octets and means nothing outside the file.
#[derive(Default)]
struct Reading {
    logs: Vec<VerifierKey>,
    witnesses: Vec<VerifierKey>,
    names: HashMap<Vec<u8>, Rule>,
    members: HashSet<Vec<u8>>,
    groups: usize,
    quorum: Option<Rule>,
}

impl Reading {
    fn line(&mut self, items: &[&[u8]]) -> Result<(), Wrong> {
        match items {
            [b"log", key] | [b"log", key, _] => {
                let key = read_key(key, KeyKind::Log)?;
                add_key(&mut self.logs, key)
            }
            [b"witness", name, key] | [b"witness", name, key, _] => {
                let key = read_key(key, KeyKind::Cosigner)?;
                add_key(&mut self.witnesses, key)?;
                self.define(name, Rule::Witness(self.witnesses.len() - 1))
            }
            [b"group", name, threshold, members @ ..] => self.group(name, threshold, members),
            [b"quorum", name] => {
                let rule = match *name {
                    b"none" => Rule::None,
                    name => self.names.get(name).cloned().ok_or(Wrong::Said("the quorum is not defined above"))?,
                };
                match self.quorum.replace(rule) {
                    None => Ok(()),
                    Some(_) => Err(Wrong::Said("there is a second quorum line")),
                }
            }
            _ => Err(Wrong::Said("expected a log, witness, group or quorum line with its items")),
        }
    }

    fn group(&mut self, name: &[u8], threshold: &[u8], members: &[&[u8]]) -> Result<(), Wrong> {
        let n = members.len() as u64;
        let k = match threshold {
            b"all" => Some(n),
            b"any" => Some(1),
            number => std::str::from_utf8(number).ok().and_then(text::decimal),
        };
        let k = k.filter(|k| (1..=n).contains(k)).ok_or(Wrong::Said("a group needs 1 to n of its n members"))?;
        if self.groups >= ENTRIES_MAX {
            return Err(Wrong::Said("there are too many groups"));
        }
        self.groups += 1;
        let mut rules = Vec::with_capacity(members.len());
        for member in members {
            if !self.members.insert(member.to_vec()) {
                return Err(Wrong::Said("a name is a member twice"));
            }
            rules.push(self.names.get(*member).cloned().ok_or(Wrong::Said("a member is not defined above"))?);
        }
        self.define(name, Rule::AtLeast(k as usize, rules))
    }

    fn define(&mut self, name: &[u8], rule: Rule) -> Result<(), Wrong> {
        if name == b"none" || self.names.insert(name.to_vec(), rule).is_some() {
            return Err(Wrong::Said("the name is taken"));
        }
        Ok(())
    }
}

fn read_key(item: &[u8], kind: KeyKind) -> Result<VerifierKey, Wrong> {
    let text = std::str::from_utf8(item).map_err(|_| Wrong::Said("the key is not UTF-8"))?;
    let key: VerifierKey = text.parse().map_err(Wrong::Key)?;
    if key.kind() == kind {
        return Ok(key);
    }
    let purpose = if kind == KeyKind::Log { "a log" } else { "a witness" };
    Err(Wrong::Key(LedgerError::KeyPurpose { name: key.name().to_string(), purpose }))
}

fn add_key(keys: &mut Vec<VerifierKey>, key: VerifierKey) -> Result<(), Wrong> {
    if keys.len() >= ENTRIES_MAX {
        return Err(Wrong::Said("there are too many keys"));
    }
    if keys.iter().any(|known| known.public_key() == key.public_key()) {
        return Err(Wrong::Said("the same key stands twice"));
    }
    keys.push(key);
    Ok(())
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}

/// The custom in Comity: the key of a node's witness is called `<authority>/witness`.
pub fn witness_name(authority: &terms::AuthorityId) -> KeyName {
    format!("{authority}/witness").parse().expect("an authority's name has no space and no plus sign")
}
