//! Time stamps in the signatures of manifests: each manifest that was sent is stamped by itself, later if no authority answers.
//!
//! Nothing waits for it: the act travels, and when the token is here, the stamped signature takes the place of the bare one and goes to every other
//! party, which keeps it if it is the same signature with a token about it. What waits is kept, shown, and asked for again at every round.
//! Never here: whether a token is believed by somebody else (`docs/spec/time-stamp.md`).

use docket::contents::{Bytes, Exhibits, Item};
use seal::ReceivedSignature;
use seal::timestamp::{ReceivedToken, imprint_of};
use serde::Serialize;
use store::jobs::{self, JobRow};
use store::{ReadTx, manifests};
use terms::{AuthorityId, Digest, Moment};

use crate::Trouble;
use crate::carry::blocking;
use crate::node::{Inner, Node, Work};

/// The job that waits until a manifest is stamped.
const STAMP: &str = "stamp-manifest";
/// So many are looked at in a round.
const AT_ONCE: usize = 200;

/// Manifests whose signatures no token vouches for yet.
#[derive(Debug, Clone, Serialize)]
pub struct Unstamped {
    /// How many, of those that were looked at.
    pub manifests: usize,
    /// Since when the oldest of them waits.
    pub since: Moment,
    /// Why, the last time somebody was asked; empty if nobody was.
    pub why: String,
}

fn job(digest: &Digest, why: String, at: Moment) -> JobRow {
    JobRow {
        id: format!("{STAMP}/{digest}"),
        kind: STAMP.to_owned(),
        started_by: "node".to_owned(),
        done: 0,
        total: None,
        cancel: false,
        state: at.to_string(),
        message: why,
        changed_at: at,
        seq: 0,
    }
}

/// The manifests that wait, and since when and why.
fn waiting(tx: &mut ReadTx<'_>) -> Result<Vec<(Digest, Moment, String)>, Trouble> {
    let rows = jobs::list(tx, None, AT_ONCE)?.rows.into_iter().filter(|job| job.kind == STAMP);
    let read = |job: JobRow| Some((job.id.rsplit('/').next()?.parse().ok()?, job.state.parse().ok()?, job.message));
    Ok(rows.filter_map(read).collect())
}

impl Work<'_, '_> {
    /// A manifest of ours was signed: it is to be stamped, if there is anybody to ask.
    pub fn owe_stamp(&mut self, manifest: &Digest) -> Result<(), Trouble> {
        if self.inner.time.get().is_some() {
            jobs::put(self.tx, &job(manifest, String::new(), self.now))?;
        }
        Ok(())
    }
    /// The token is here: the stamped signature takes the place of the bare one, and goes to the other parties.
    fn stamped(&mut self, manifest: &Digest, signature: &[u8]) -> Result<(), Trouble> {
        jobs::remove(self.tx, &format!("{STAMP}/{manifest}"))?;
        let Some(row) = manifests::get(self.tx, manifest)? else { return Ok(()) };
        manifests::set_signature(self.tx, manifest, signature)?;
        let me = self.inner.me.clone();
        let parties: Vec<AuthorityId> =
            self.the_docket(&row.docket)?.parties().iter().map(|party| party.authority.clone()).collect();
        for to in parties.into_iter().filter(|party| *party != me) {
            let (manifest, signature) = (Bytes(row.statement.clone()), Bytes(signature.to_vec()));
            let item = Item::Exhibits(Exhibits { manifest, signature, keys: vec![], custody: vec![] });
            self.owe_item(&to, "stamped", &item)?;
        }
        Ok(())
    }
    /// A peer sent the signature of a manifest again: if it is the one that is kept, with a token about it, it is kept so.
    pub fn take_stamp(&mut self, manifest: &Digest, kept: &[u8], came: &[u8]) -> Result<(), Trouble> {
        if kept != came && is_the_same_stamped(kept, came, &self.inner.time_roots()) {
            manifests::set_signature(self.tx, manifest, came)?;
        }
        Ok(())
    }
}

/// Whether `came` is the bare signature `kept` with a token that is about it. Who vouches for the token is for whoever reads it.
fn is_the_same_stamped(kept: &[u8], came: &[u8], roots: &seal::TimeRoots) -> bool {
    let (Ok(kept), Ok(came)) = (ReceivedSignature::parse(kept), ReceivedSignature::parse(came)) else { return false };
    let same = kept.unchecked_timestamp().is_none() && kept.value() == came.value();
    let Some(token) = came.unchecked_timestamp().filter(|_| same) else { return false };
    let about = ReceivedToken::parse(token).and_then(|token| token.verify(&imprint_of(&came), roots));
    about.is_ok() || about.is_err_and(|flaw| flaw.code() == "seal.time-stamp-untrusted")
}

impl Inner {
    fn time_roots(&self) -> seal::TimeRoots {
        let none = || seal::TimeRoots::new([]).expect("INVARIANT: no root is a list of roots");
        self.time.get().map_or_else(none, |time| time.roots().clone())
    }
    /// What waits to be stamped; nothing if nothing does.
    pub(crate) fn unstamped_manifests(&self, tx: &mut ReadTx<'_>) -> Result<Option<Unstamped>, Trouble> {
        let waiting = waiting(tx)?;
        let Some(since) = waiting.iter().map(|(_, since, _)| *since).min() else { return Ok(None) };
        let why = waiting.iter().map(|(.., why)| why).find(|why| !why.is_empty()).cloned().unwrap_or_default();
        Ok(Some(Unstamped { manifests: waiting.len(), since, why }))
    }
}

impl Node {
    /// Has the manifests stamped that wait for it. What fails is noted, and tried again when this is called again.
    pub async fn stamp_manifests(&self) {
        if let Err(trouble) = self.stamp_waiting().await {
            tracing::warn!(%trouble, "a manifest was not time-stamped");
        }
    }
    async fn stamp_waiting(&self) -> Result<(), Trouble> {
        for (digest, since, _) in blocking(self, |node| node.0.read(waiting)).await? {
            let bare = blocking(self, move |node| node.0.read(|tx| Ok(manifests::get(tx, &digest)?))).await?;
            let Some(bare) = bare.map(|row| row.signature) else { continue };
            let signature = ReceivedSignature::parse(&bare)?;
            match self.time_stamp(imprint_of(&signature)).await {
                Ok(Some((token, _))) => {
                    let stamped = signature.with_timestamp(&token)?;
                    blocking(self, move |node| node.0.write(move |work| work.stamped(&digest, &stamped))).await?;
                }
                Ok(None) => return Ok(()),
                Err(trouble) => {
                    let why = job(&digest, trouble.to_string(), since);
                    blocking(self, move |node| node.0.write(move |work| Ok(jobs::put(work.tx, &why).map(drop)?)))
                        .await?;
                    return Err(trouble);
                }
            }
        }
        Ok(())
    }
}
