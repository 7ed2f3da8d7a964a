//! Dockets in memory: copied from the shelf, caught up with the store, put back once what was done to them is durable.
//!
//! What lies here is always a state that was committed, named by the docket's `seq`. A write works on a copy, and only after the commit is that
//! laid here; so a write that failed leaves nothing behind, and whoever comes meanwhile reads from the store what is new, not everything.
//! Several processes may write: whoever finds that the store has more acts than the shelf reads the rest. Bounded by the number of acts.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use docket::receipt::SignedReceipt;
use docket::{Docket, SignedAct};
use store::acts::ActRow;
use store::dockets::DocketRow;
use store::{ReadTx, acts, dockets, receipts};
use terms::{Bug, DocketId};

use crate::Trouble;
use crate::trust::Kept;

/// So many acts are held, at most; beyond that the docket used longest ago goes.
const ACTS_MAX: usize = 200_000;

/// A docket with the state of the store that it reflects.
#[derive(Clone)]
pub struct Held {
    /// The docket, without bodies.
    pub docket: Arc<Docket>,
    /// Its row as it was read.
    pub seq: i64,
    /// How many of its acts are in it.
    pub acts: i64,
    /// The last receipt that is in it.
    pub receipts: i64,
}

/// The shelf.
#[derive(Default)]
pub struct Shelf(Mutex<Lying>);

#[derive(Default)]
struct Lying {
    dockets: HashMap<DocketId, (u64, Held)>,
    acts: usize,
    clock: u64,
}

impl Shelf {
    /// The docket as the store has it in this transaction; nothing if it is not there.
    pub fn get(&self, tx: &mut ReadTx<'_>, id: &DocketId) -> Result<Option<(DocketRow, Held)>, Trouble> {
        let Some(row) = dockets::get(tx, id)? else { return Ok(None) };
        let held = self.look(id);
        let held = match held {
            Some(held) if held.seq == row.seq => held,
            Some(held) if held.seq < row.seq && held.acts <= row.acts => catch_up(tx, &row, Some(held))?,
            _ => catch_up(tx, &row, None)?,
        };
        Ok(Some((row, held)))
    }
    /// Puts back what is committed.
    pub fn put(&self, id: DocketId, held: Held) {
        let mut lying = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lying.clock += 1;
        let clock = lying.clock;
        if lying.dockets.get(&id).is_some_and(|(_, there)| there.seq > held.seq) {
            return;
        }
        lying.acts += held.docket.acts().len();
        if let Some((_, gone)) = lying.dockets.insert(id, (clock, held)) {
            lying.acts -= gone.docket.acts().len();
        }
        while lying.acts > ACTS_MAX && lying.dockets.len() > 1 {
            let Some(oldest) = lying.dockets.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id) else {
                break;
            };
            if let Some((_, gone)) = lying.dockets.remove(&oldest) {
                lying.acts -= gone.docket.acts().len();
            }
        }
    }
    /// Takes a docket away: who needs it next reads all of it.
    pub fn forget(&self, id: &DocketId) {
        let mut lying = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, gone)) = lying.dockets.remove(id) {
            lying.acts -= gone.docket.acts().len();
        }
    }
    fn look(&self, id: &DocketId) -> Option<Held> {
        let mut lying = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        lying.clock += 1;
        let clock = lying.clock;
        let (used, held) = lying.dockets.get_mut(id)?;
        *used = clock;
        Some(held.clone())
    }
}

/// Reads what the store has beyond `held`, or all of it.
fn catch_up(tx: &mut ReadTx<'_>, row: &DocketRow, held: Option<Held>) -> Result<Held, Trouble> {
    let (mut docket, mut place, mut receipt) = match held {
        Some(held) => (Some(Arc::unwrap_or_clone(held.docket)), held.acts, held.receipts),
        None => (None, 0, 0),
    };
    loop {
        let page = acts::of_docket(tx, &row.id, place, store::PAGE_MAX)?;
        for kept in &page.rows {
            place = kept.place;
            let act = header_of(kept).authenticate(&Kept).map_err(|why| broken(row, &why))?;
            match &mut docket {
                Some(docket) => drop(docket.admit(act).map_err(|why| broken(row, &why))?),
                None => docket = Some(Docket::open(act).map_err(|why| broken(row, &why))?),
            }
        }
        if page.next.is_none() {
            break;
        }
    }
    let mut docket = docket.ok_or_else(|| Bug::new(format!("docket {} has no act", row.id)))?;
    loop {
        let page = receipts::of_docket(tx, &row.id, receipt, store::PAGE_MAX)?;
        for kept in page.rows {
            receipt = kept.seq;
            let signed = SignedReceipt { statement: kept.statement, signature: kept.signature };
            let authentic = signed.authenticate(&Kept).map_err(|why| broken(row, &why))?;
            docket.file_receipt(authentic).map_err(|why| broken(row, &why))?;
        }
        if page.next.is_none() {
            break;
        }
    }
    Ok(Held { docket: Arc::new(docket), seq: row.seq, acts: place, receipts: receipt })
}

/// A kept act without its body: the fold needs none.
fn header_of(kept: &ActRow) -> SignedAct {
    SignedAct { header: kept.header.clone(), signature: kept.signature.clone(), body: None }
}

fn broken(row: &DocketRow, why: &dyn std::fmt::Display) -> Bug {
    Bug::new(format!("what was kept of docket {} is not what was admitted: {why}", row.id))
}
