//! C2SP checkpoints: the signed head of a log. Origin, size, root, and opaque extension lines that Comity never writes.
//!
//! ```text
//! es.moj/ledger/1
//! 20852163
//! CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
//!
//! — es.moj/ledger/1 Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+…
//! ```
//!
//! Two types for two states of knowledge: a [`SignedCheckpoint`] is well formed, and only
//! [`SignedCheckpoint::verify`] says who signed it. The log's key bears the origin as its name.

use std::fmt;
use std::str::FromStr;

use terms::{AuthorityId, Digest, Moment};

use crate::error::malformed;
use crate::key::{KeyKind, NAME_LEN_MAX, NoteSigner, VerifierKey};
use crate::note::GoodSignature;
use crate::{KeyName, LedgerError, Note, NoteSignature, cosignature, stamp, text};

const WHAT: &str = "checkpoint";

/// Which log: unique for ever. Comity's own are `<authority>/ledger/<generation>`; others' may be any line of text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(Box<str>);

impl Origin {
    /// The log of a node. A new generation is a new log: it opens when a restored node is behind what its peers hold.
    pub fn of_node(authority: &AuthorityId, generation: u32) -> Self {
        Self(format!("{authority}/ledger/{generation}").into())
    }

    /// Whose log and which generation, if it is a Comity log.
    pub fn node(&self) -> Option<(AuthorityId, u32)> {
        let (authority, generation) = self.0.split_once("/ledger/")?;
        let node = (authority.parse().ok()?, generation.parse().ok()?);
        (Self::of_node(&node.0, node.1) == *self).then_some(node)
    }

    /// The line.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name that the log's key must bear.
    ///
    /// # Errors
    /// If the origin, which may be any line, cannot be a key name.
    pub fn key_name(&self) -> Result<KeyName, LedgerError> {
        self.0.parse()
    }
}

impl FromStr for Origin {
    type Err = LedgerError;
    fn from_str(line: &str) -> Result<Self, LedgerError> {
        if line.is_empty() || line.len() > NAME_LEN_MAX || line.contains(|c: char| c < ' ') {
            return malformed(WHAT, 1, "the origin is one line of 1 to 255 bytes");
        }
        Ok(Self(line.into()))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({})", self.0)
    }
}

/// The head of a log at one size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub origin: Origin,
    /// How many leaves.
    pub size: u64,
    /// The root over them.
    pub root: Digest,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A head without extension lines, as Comity writes them.
    pub fn new(origin: Origin, size: u64, root: Digest) -> Self {
        Self { origin, size, root, extensions: Vec::new() }
    }

    /// Others' extension lines. They are signed, and mean nothing here.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    /// Reads the text of a note as a checkpoint.
    ///
    /// # Errors
    /// If a line is missing, empty or misspelt.
    pub fn parse(note_text: &str) -> Result<Self, LedgerError> {
        let Some(body) = note_text.strip_suffix('\n') else {
            return malformed(WHAT, 1, "the text does not end in a newline");
        };
        let mut lines = body.split('\n');
        let origin = lines.next().unwrap_or_default().parse()?;
        let Some(size) = lines.next().and_then(text::decimal) else {
            return malformed(WHAT, 2, "the tree size is not a decimal without leading zeros, at most 2^62");
        };
        let Some(root) = lines.next().and_then(text::hash) else {
            return malformed(WHAT, 3, "the root is not a SHA-256 hash in base64");
        };
        let extensions: Vec<String> = lines.map(str::to_owned).collect();
        match extensions.iter().position(String::is_empty) {
            Some(at) => malformed(WHAT, 4 + at, "an extension line is empty"),
            None => Ok(Self { origin, size, root, extensions }),
        }
    }

    /// Signs the head with the log's key.
    ///
    /// # Errors
    /// If the key does not bear the origin as its name or is not for signing, or the signer fails.
    pub fn sign(self, signer: &dyn NoteSigner) -> Result<SignedCheckpoint, LedgerError> {
        if signer.key().name().as_str() != self.origin.as_str() {
            return Err(LedgerError::KeyPurpose { name: signer.key().label(), purpose: "this origin" });
        }
        let mut note = Note::unsigned(self.to_string())?;
        note.sign(signer)?;
        Ok(SignedCheckpoint { note, checkpoint: self })
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, text::base64(self.root.as_bytes()))?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A well-formed checkpoint with signatures that nobody has checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedCheckpoint {
    note: Note,
    checkpoint: Checkpoint,
}

impl SignedCheckpoint {
    /// Reads note and checkpoint.
    ///
    /// # Errors
    /// If either is malformed.
    pub fn parse(bytes: &[u8]) -> Result<Self, LedgerError> {
        let note = Note::parse(bytes)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { note, checkpoint })
    }

    /// What it says, if its signatures are to be believed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note around it.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Puts a witness's cosignature under it, replacing an older one of the same key.
    ///
    /// # Errors
    /// If it is not a valid cosignature by `key`, or the note is full.
    pub fn add_cosignature(&mut self, signature: NoteSignature, key: &VerifierKey) -> Result<Moment, LedgerError> {
        let time = match key.kind() {
            KeyKind::Cosigner if signature.claims(key) => cosignature::verify(key, self.note.text(), signature.bytes()),
            _ => None,
        };
        let time = time.ok_or_else(|| LedgerError::SignatureInvalid { name: key.label() })?;
        self.note.add(signature)?;
        Ok(time)
    }

    /// Puts a time-stamping authority's token under it, unchecked, replacing another one.
    ///
    /// # Errors
    /// If the note is full.
    pub fn add_stamp(&mut self, token: Vec<u8>) -> Result<(), LedgerError> {
        self.note.add(stamp::line(token))
    }

    /// Checks that the log itself signed it: by a key among `keys` that is a log's and bears the origin as its name.
    /// Signatures by unknown keys are ignored.
    ///
    /// # Errors
    /// If no such key signed, or a signature that claims one does not verify.
    pub fn verify<'k>(&self, keys: &'k [VerifierKey]) -> Result<&'k VerifierKey, LedgerError> {
        let origin = self.checkpoint.origin.as_str();
        let fits = |key: &VerifierKey| key.kind() == KeyKind::Log && key.name().as_str() == origin;
        let good = self.note.verify(keys)?;
        good.into_iter().map(|signature| signature.key).find(|key| fits(key)).ok_or(LedgerError::NoKnownSignature)
    }

    /// The valid cosignatures by `witnesses`, each witness once, with its earliest time; none is not an error.
    ///
    /// # Errors
    /// If a signature that claims one of them does not verify.
    pub fn cosignatures<'k>(
        &self,
        witnesses: &'k [VerifierKey],
    ) -> Result<Vec<(&'k VerifierKey, Moment)>, LedgerError> {
        let good = match self.note.verify(witnesses) {
            Ok(good) => good,
            Err(LedgerError::NoKnownSignature) => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut found: Vec<(&VerifierKey, Moment)> = Vec::new();
        for GoodSignature { key, time } in good {
            let Some(time) = time else { continue };
            match found.iter_mut().find(|(known, _)| *known == key) {
                Some((_, earliest)) => *earliest = time.min(*earliest),
                None => found.push((key, time)),
            }
        }
        Ok(found)
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}
