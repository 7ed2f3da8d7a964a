//! The witness's decision (C2SP `tlog-witness`): may this head be cosigned, after what was cosigned before?
//!
//! ```text
//! submission ─► origin known? ─► signed by its log? ─► old size = mine? ─► proof holds? ─► Accepted
//!                   404              403                  409                422            │ store its record
//!                                                                                           ▼ then cosign
//! ```
//!
//! INVARIANT: for one origin, each record handed out extends the record it was given. The caller replaces the stored
//! record by compare-and-swap *before* it calls [`Accepted::cosign_stored`]; a witness that answered first and crashed
//! could cosign two histories.
//!
//! A refusal keeps what speaks against the log ([`Evidence`]). No clock here: the time of cosigning is an argument.

use terms::{Digest, Moment};

use crate::evidence::Evidence;
use crate::key::{NoteSigner, VerifierKey};
use crate::submission::Submission;
use crate::tree::empty_root;
use crate::{LedgerError, NoteSignature, Origin, SignedCheckpoint, cosignature};

/// What a witness remembers of one log: the last head that it cosigned, as the log signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(SignedCheckpoint);

impl Record {
    /// Takes a record back from the store that was given it.
    pub fn restored(checkpoint: SignedCheckpoint) -> Self {
        Self(checkpoint)
    }
    /// The log.
    pub fn origin(&self) -> &Origin {
        &self.0.checkpoint().origin
    }
    /// The size that was cosigned; what a store compares before it swaps.
    pub fn size(&self) -> u64 {
        self.0.checkpoint().size
    }
    /// The root that was cosigned.
    pub fn root(&self) -> Digest {
        self.0.checkpoint().root
    }
    /// The head, as it is kept.
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.0
    }
}

/// Why a witness does not cosign.
#[derive(Debug, thiserror::Error)]
pub enum Reason {
    /// The witness has no key for this log.
    #[error("this log is not known here")]
    UnknownOrigin,
    /// Not signed by the log, or wrongly.
    #[error("the checkpoint is not signed by its log")]
    NotSigned(#[source] LedgerError),
    /// The old size is larger than the checkpoint.
    #[error("the old size is larger than the checkpoint")]
    OldSizeBeyond,
    /// The witness stands elsewhere; the log asks again from there.
    #[error("the last checkpoint cosigned here has {latest} leaves")]
    OtherSize {
        /// The size that the witness cosigned last.
        latest: u64,
    },
    /// The head is not shown to extend the last one.
    #[error("the checkpoint is not shown to extend the last one cosigned here")]
    NotConsistent(#[source] LedgerError),
}

impl Reason {
    /// The status with which `tlog-witness` has it answered over HTTP.
    pub fn http_status(&self) -> u16 {
        match self {
            Self::UnknownOrigin => 404,
            Self::NotSigned(_) => 403,
            Self::OldSizeBeyond => 400,
            Self::OtherSize { .. } => 409,
            Self::NotConsistent(_) => 422,
        }
    }
}

/// A refusal, and what speaks against the log, if anything does.
#[derive(Debug)]
pub struct Refused {
    /// What the log is answered.
    pub reason: Reason,
    /// What the witness keeps and shows to an officer. Boxed: most refusals have none.
    pub evidence: Option<Box<Evidence>>,
}

/// A head that may be cosigned once its record is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    record: Record,
}

impl Accepted {
    /// What to store, in place of the record that was given to [`consider`].
    pub fn record(&self) -> &Record {
        &self.record
    }

    /// Cosigns. Call it only after the record is durable; that is why it takes the acceptance.
    ///
    /// # Errors
    /// If the key is not a cosigner's, the time is not after 1970, or the signer fails.
    pub fn cosign_stored(self, time: Moment, signer: &dyn NoteSigner) -> Result<NoteSignature, LedgerError> {
        cosignature::make(self.record.0.note().text(), time, signer)
    }
}

/// Decides on a submission. `keys` are those that the witness trusts for logs; `last` is what it cosigned last for the
/// submission's origin.
///
/// # Errors
/// The refusal, with its evidence.
pub fn consider(keys: &[VerifierKey], last: Option<&Record>, submission: &Submission) -> Result<Accepted, Refused> {
    let plainly = |reason| Refused { reason, evidence: None };
    let signed = &submission.checkpoint;
    let head = signed.checkpoint();
    if !keys.iter().any(|key| key.name().as_str() == head.origin.as_str()) {
        return Err(plainly(Reason::UnknownOrigin));
    }
    signed.verify(keys).map_err(|error| plainly(Reason::NotSigned(error)))?;

    // From here on the log itself speaks, so what contradicts its earlier word is worth keeping.
    let last = last.filter(|record| *record.origin() == head.origin);
    let against = || last.and_then(|record| Evidence::of(record.0.clone(), signed.clone())).map(Box::new);
    let (size, root) = last.map_or((0, empty_root()), |record| (record.size(), record.root()));
    let contradicts = head.size < size || (head.size == size && head.root != root);
    let kept = || if contradicts { against() } else { None };
    if submission.old_size > head.size {
        return Err(Refused { reason: Reason::OldSizeBeyond, evidence: kept() });
    }
    if submission.old_size != size {
        return Err(Refused { reason: Reason::OtherSize { latest: size }, evidence: kept() });
    }
    let consistent = submission.proof.check(size, &root, head.size, &head.root);
    consistent.map_err(|error| Refused { reason: Reason::NotConsistent(error), evidence: against() })?;
    Ok(Accepted { record: Record(signed.clone()) })
}
