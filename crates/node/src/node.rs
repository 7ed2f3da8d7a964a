//! The node itself: what every use case stands on, and the one way to write.
//!
//! A use case that changes something runs inside [`Inner::write`]: one transaction, on the store's writer, while no other writes. There it
//! reads what it decides on, decides, and records; when `write` returns, all of it is durable or none of it is there. Writes that come together
//! share a commit, and what is the same work for one and for many is done once for them all ([`crate::group`]).
//!
//! INVARIANT: what leaves the node was recorded and sequenced before. INVARIANT: while the node is recovering it seals nothing.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use docket::Docket;
use forms::Form;
use keys::BodyKey;
use store::{ReadTx, Store, WriteTx, dockets, settings};
use terms::{AuthorityId, Bug, DocketId, Fault, Moment};
use tokio::sync::Notify;

use crate::depot::Depot;
use crate::group::{Attending, Group};
use crate::hands::Hands;
use crate::law_base::LawBase;
use crate::newer_cards::NewerCards;
use crate::shelf::{Held, Shelf};
use crate::time::{TimeAuthorities, Waiting};
use crate::trust::{Trust, Trusted};
use crate::world::World;
use crate::{Trouble, recover};

/// One authority's node. Cloning it is cheap.
#[derive(Clone)]
pub struct Node(pub(crate) Arc<Inner>);

/// What all use cases stand on.
pub(crate) struct Inner {
    shared: Arc<Shared>,
    /// Whether every write is taken back.
    rehearsal: bool,
}

impl std::ops::Deref for Inner {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// What all of them share.
pub(crate) struct Shared {
    pub me: AuthorityId,
    pub store: Store,
    pub world: Box<dyn World>,
    pub law: LawBase,
    pub request_form: Form,
    pub shelf: Shelf,
    /// The group of writes under way.
    pub group: Mutex<Group>,
    /// Rings when something may be due.
    pub bell: Notify,
    /// Rings when peers' logs are to be looked at now.
    pub look: Notify,
    pub depot: Depot,
    pub newer_cards: NewerCards,
    trust: Trust,
    /// The peers as they were last read: for whoever must not wait for the store.
    believed: RwLock<Arc<Trusted>>,
    hands: RwLock<Arc<Hands>>,
    body_keys: Mutex<HashMap<DocketId, Arc<BodyKey>>>,
    desk_key: OnceLock<Arc<BodyKey>>,
    pub time: OnceLock<TimeAuthorities>,
    pub time_waiting: Mutex<Option<Waiting>>,
}

/// The setting in which the key of drafts and of what waits is kept, and what that key is for.
const DESK_KEY: &str = "desk.key";
const DESK: &str = "drafts";

/// So many body keys are held unlocked.
const BODY_KEYS_MAX: usize = 4_096;

impl Node {
    /// Opens the node over its store. What was queued before a crash is sequenced at once.
    ///
    /// `depot` is where sealed exhibits lie.
    pub fn open(store: Store, hands: Hands, world: Box<dyn World>, depot: Depot) -> Result<Self, Trouble> {
        let me = hands.authority().clone();
        let law = LawBase::built_in()?;
        let request_form = Form::assistance_request();
        let request_form = request_form.map_err(|why| Bug::new(format!("the built-in form cannot be read: {why}")))?;
        let shared = Shared {
            me,
            store,
            world,
            law,
            request_form,
            shelf: Shelf::default(),
            group: Mutex::default(),
            bell: Notify::new(),
            look: Notify::new(),
            depot,
            newer_cards: NewerCards::default(),
            trust: Trust::default(),
            believed: RwLock::default(),
            hands: RwLock::new(Arc::new(hands)),
            body_keys: Mutex::default(),
            desk_key: OnceLock::new(),
            time: OnceLock::new(),
            time_waiting: Mutex::default(),
        };
        let node = Self(Arc::new(Inner { shared: Arc::new(shared), rehearsal: false }));
        node.0.store.attend(Arc::new(Attending(Arc::downgrade(&node.0))));
        node.0.draw_desk_key()?;
        node.0.believe()?;
        node.0.write(|work| work.end_recovery())?;
        node.sequence()?;
        Ok(node)
    }
    /// The same node, of which nothing stays: a use case runs up to the end of its first write, which is taken back and ends in the refusal
    /// [`Trouble::REHEARSED`]. So whatever would follow a write does not happen either.
    pub fn rehearsal(&self) -> Self {
        Self(Arc::new(Inner { shared: Arc::clone(&self.0.shared), rehearsal: true }))
    }
    /// Whose node it is.
    pub fn authority(&self) -> &AuthorityId {
        &self.0.me
    }
    /// The time by its clock.
    pub fn now(&self) -> Moment {
        self.0.world.now()
    }
    /// Puts keys and card in the place of the former ones: after a rotation.
    pub fn replace_hands(&self, hands: Hands) -> Result<(), Trouble> {
        if hands.authority() != &self.0.me {
            return Err(Fault::new("node.other-keys", "these are the keys of another authority").into());
        }
        *self.0.hands.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(hands);
        self.0.write(|work| {
            Trust::changes(work.tx)?;
            // A new generation of the log may be what a recovery waits for.
            work.end_recovery()?;
            work.sequence()
        })
    }
}

impl Inner {
    /// The keys.
    pub fn hands(&self) -> Arc<Hands> {
        Arc::clone(&self.hands.read().unwrap_or_else(PoisonError::into_inner))
    }
    /// The peers as they stand.
    pub fn trusted(&self, tx: &mut ReadTx<'_>) -> Result<Arc<Trusted>, Trouble> {
        self.trust.read(tx, &self.hands().card)
    }
    /// The peers as they were last read.
    pub fn believed(&self) -> Arc<Trusted> {
        Arc::clone(&self.believed.read().unwrap_or_else(PoisonError::into_inner))
    }
    /// Reads the peers anew, if anything about them changed.
    pub fn believe(&self) -> Result<(), Trouble> {
        let trusted = self.read(|tx| self.trusted(tx))?;
        *self.believed.write().unwrap_or_else(PoisonError::into_inner) = trusted;
        Ok(())
    }
    /// Reads.
    pub fn read<T>(&self, what: impl FnOnce(&mut ReadTx<'_>) -> Result<T, Trouble>) -> Result<T, Trouble> {
        self.store.read(what)
    }
    /// A docket as it stands, to look at.
    pub fn docket(&self, tx: &mut ReadTx<'_>, id: &DocketId) -> Result<Option<Held>, Trouble> {
        let Some((_, held)) = self.shelf.get(tx, id)? else { return Ok(None) };
        self.shelf.put(*id, held.clone());
        Ok(Some(held))
    }
    /// Writes: everything that `what` did is durable when this returns, or none of it is there.
    pub fn write<T: Send + 'static>(
        self: &Arc<Self>,
        what: impl FnOnce(&mut Work<'_, '_>) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let inner = Arc::clone(self);
        self.store.write(move |tx| {
            let mut group = inner.group.lock().unwrap_or_else(PoisonError::into_inner);
            let mut work = Work::begin(&inner, tx, &mut group);
            let value = what(&mut work)?;
            if inner.rehearsal {
                return Err(Trouble::rehearsed());
            }
            work.stands();
            Ok(value)
        })
    }
    /// The key under which a docket's bodies lie; nothing if it was destroyed or never drawn.
    pub fn body_key(&self, tx: &mut ReadTx<'_>, docket: &DocketId) -> Result<Option<Arc<BodyKey>>, Trouble> {
        let mut keys = self.body_keys.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(wrapped) = dockets::body_key(tx, docket)? else {
            keys.remove(docket);
            return Ok(None);
        };
        if let Some(key) = keys.get(docket) {
            return Ok(Some(Arc::clone(key)));
        }
        let key = Arc::new(BodyKey::unwrap(&wrapped, &kept_for(docket), &self.me, &*self.hands())?);
        if keys.len() >= BODY_KEYS_MAX {
            keys.clear();
        }
        keys.insert(*docket, Arc::clone(&key));
        Ok(Some(key))
    }
}

impl Inner {
    /// The key under which drafts, titles, details and what waits for its parents lie.
    pub fn desk_key(&self) -> Result<Arc<BodyKey>, Trouble> {
        Ok(self.desk_key.get().cloned().ok_or_else(|| Bug::new("the desk's key is read when a node opens"))?)
    }
    /// Reads that key, or draws it when the node opens for the first time.
    fn draw_desk_key(self: &Arc<Self>) -> Result<(), Trouble> {
        let wrapped = self.write(|work| {
            if let Some(wrapped) = settings::get(work.tx, DESK_KEY)? {
                return Ok(wrapped);
            }
            let hands = work.inner.hands();
            let to = hands.encryption(work.now).ok_or_else(no_encryption_key)?;
            let key = BodyKey::draw(&mut *work.inner.world.chance());
            let wrapped = key.wrap(DESK, &work.inner.me, to, &mut *work.inner.world.chance())?;
            settings::put(work.tx, DESK_KEY, &wrapped)?;
            Ok(wrapped)
        })?;
        let key = BodyKey::unwrap(&wrapped, DESK, &self.me, &*self.hands())?;
        let _ = self.desk_key.set(Arc::new(key));
        Ok(())
    }
}

/// What the key of a docket's bodies is kept for.
fn kept_for(docket: &DocketId) -> String {
    format!("docket/{docket}")
}

/// A write under way: one step of its group.
pub(crate) struct Work<'a, 'c> {
    pub now: Moment,
    pub inner: &'a Arc<Inner>,
    pub tx: &'a mut WriteTx<'c>,
    pub group: &'a mut Group,
    touched: BTreeSet<DocketId>,
    quiet: bool,
}

/// A write that did not come to its end leaves nothing in the group: who needs the dockets next reads them anew.
impl Drop for Work<'_, '_> {
    fn drop(&mut self) {
        self.touched.iter().for_each(|id| self.group.forget(id));
    }
}

impl<'a, 'c> Work<'a, 'c> {
    /// Begins a step of a group.
    pub fn begin(inner: &'a Arc<Inner>, tx: &'a mut WriteTx<'c>, group: &'a mut Group) -> Self {
        Self { now: inner.world.now(), inner, tx, group, touched: BTreeSet::new(), quiet: false }
    }
    /// The step is to be kept.
    pub fn stands(mut self) {
        self.touched.clear();
        self.group.ring |= !self.quiet;
    }
    /// Nothing came of it for which an errand would have to be run.
    pub fn quiet(&mut self) {
        self.quiet = true;
    }
}

impl Work<'_, '_> {
    /// A docket, to look at or to change; nothing if it is not there.
    pub fn docket(&mut self, id: &DocketId) -> Result<Option<&mut Docket>, Trouble> {
        if !self.group.has(id) {
            let Some((_, held)) = self.inner.shelf.get(self.tx, id)? else { return Ok(None) };
            self.group.take_in(Arc::unwrap_or_clone(held.docket), held.receipts);
        }
        self.touched.insert(*id);
        Ok(self.group.docket(id))
    }
    /// A docket that is known to be there.
    pub fn the_docket(&mut self, id: &DocketId) -> Result<&mut Docket, Trouble> {
        let missing = Bug::new(format!("docket {id} was there a moment ago"));
        self.docket(id)?.ok_or_else(|| missing.into())
    }
    /// Takes in a docket that was just opened.
    pub fn opened(&mut self, docket: Docket) {
        self.touched.insert(docket.id());
        self.changed(&docket.id());
        self.group.take_in(docket, 0);
    }
    /// Says that something was recorded in a docket.
    pub fn changed(&mut self, id: &DocketId) {
        self.group.changed(id);
    }
    /// The peers, as this write leaves them so far.
    pub fn trusted(&mut self) -> Result<Arc<Trusted>, Trouble> {
        self.inner.trust.within(self.tx, &self.inner.hands().card)
    }
    /// Refuses while the node is recovering: it seals nothing then.
    pub fn may_seal(&mut self) -> Result<(), Trouble> {
        if recover::recovering(self.tx)?.is_none() {
            return Ok(());
        }
        Trouble::refuse(
            "node.recovering",
            "This node was restored and has not yet heard from every peer what it signed before.",
            "Wait until all peers have answered; the operator sees who has not.",
        )
    }
    /// The key for a docket's bodies, drawn now if there is none.
    pub fn body_key(&mut self, docket: &DocketId) -> Result<Arc<BodyKey>, Trouble> {
        if let Some(key) = self.inner.body_key(self.tx, docket)? {
            return Ok(key);
        }
        let hands = self.inner.hands();
        let to = hands.encryption(self.now).ok_or_else(no_encryption_key)?;
        let key = BodyKey::draw(&mut *self.inner.world.chance());
        let wrapped = key.wrap(&kept_for(docket), &self.inner.me, to, &mut *self.inner.world.chance())?;
        dockets::set_body_key(self.tx, docket, Some(&wrapped))?;
        Ok(Arc::new(key))
    }
}

/// Without a key in its card nobody can seal to this node.
pub(crate) fn no_encryption_key() -> Fault {
    Fault::new("node.no-encryption-key", "the card names no encryption key that is in use now; issue a new edition")
}
