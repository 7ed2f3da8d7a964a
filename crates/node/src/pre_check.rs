//! What the law base ruled on a request on the day on which it was sent, kept with the docket: this authority's own paper, never sent.
//!
//! A docket outlives law bases; what an officer read before sending can be read again, under the version that it names. It is kept once and not
//! changed, sealed under the key of the docket's bodies, and gone with it. The requested authority rules by its own law base. Never here: the
//! ruling itself, which is `law`'s, and anything that crosses to a peer.

use std::collections::BTreeMap;

use docket::Opening;
use law::LawVersion;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::ReadTx;
use store::pre_checks::{self, PreCheckRow};
use terms::{Bug, Digest, DocketId, Moment};

use crate::Trouble;
use crate::node::{Inner, Work};
use crate::request::{self, Known};

/// The ruling as it stood when the request was sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreCheck {
    /// When.
    pub at: Moment,
    /// Under which law base.
    pub law: LawVersion,
    /// SHA-256 of the ruling in canonical JSON.
    pub digest: Digest,
    /// The ruling with its question, as programs read it.
    pub ruling: Value,
    /// The same as people read it.
    pub text: String,
}

/// Binds a sealed pre-check to its docket.
fn bound_to(docket: &DocketId) -> Vec<u8> {
    [b"pre-check/".as_slice(), docket.as_bytes()].concat()
}

impl Work<'_, '_> {
    /// Rules on a request that is being sent and keeps the ruling; enters the law base into the ledger.
    pub fn keep_pre_check(
        &mut self,
        docket: &DocketId,
        open: &Opening,
        known: &Known,
        measures: &Value,
    ) -> Result<(), Trouble> {
        let law = self.inner.law.now();
        let (states, on, kinds) = (request::states(open)?, self.now.date(), request::kinds(measures));
        let ruling = request::rule(&law.base, states, on, kinds, known, BTreeMap::new())?;
        let canonical = terms::canonical::to_bytes(&ruling)?;
        let kept = PreCheck {
            at: self.now,
            law: ruling.law.clone(),
            digest: Digest::of(&[&canonical]),
            text: ruling.to_text(),
            ruling: serde_json::from_slice(&canonical).map_err(|why| Bug::new(format!("a ruling: {why}")))?,
        };
        let bytes = terms::canonical::to_bytes(&kept)?;
        let sealed = self.body_key(docket)?.seal(&bound_to(docket), &bytes, &mut *self.inner.world.chance())?;
        let row = PreCheckRow { law: kept.law.digest, sealed, kept_at: self.now };
        pre_checks::keep(self.tx, docket, &row)?;
        self.law_leaf(&law)
    }
}

impl Inner {
    /// The pre-check of a docket; nothing if another authority sent the request, or its bodies were erased here.
    pub fn pre_check(&self, tx: &mut ReadTx<'_>, docket: &DocketId) -> Result<Option<PreCheck>, Trouble> {
        let Some(row) = pre_checks::of(tx, docket)? else { return Ok(None) };
        let Some(key) = self.body_key(tx, docket)? else { return Ok(None) };
        let bytes = key.open(&bound_to(docket), &row.sealed)?;
        let kept = serde_json::from_slice(&bytes);
        Ok(Some(kept.map_err(|why| Bug::new(format!("the pre-check of docket {docket}: {why}")))?))
    }
}
