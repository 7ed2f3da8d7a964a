//! The running node's errands: what is due is brought to peers, exhibits are fetched, cards renewed, digests told.
//!
//! One errand per peer at a time, so a slow peer holds up nobody else. A failure is written beside what did not travel, with the time of the next
//! attempt; nothing is ever given up. Work that may block runs on threads that may. Never here: what is inside an envelope.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use exchange::{Answer, Batch, Carrier, ExchangeFault, Route, again};
use terms::{AuthorityId, Bug, ExhibitId};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::task::AbortOnDropHandle;

use crate::arrival::Wanted;
use crate::deliver::Parcel;
use crate::node::Node;
use crate::{Trouble, round};

/// The pause between two looks at what is due, if nobody rings.
const LOOK: Duration = Duration::from_millis(500);
/// So many exhibits are fetched at a time.
const FETCHES: usize = 4;
/// So many ranges of one exhibit are under way at a time.
const RANGES: usize = 4;
/// The usual size of a range, in sealed bytes.
const RANGE: u64 = 4 * 1024 * 1024;

/// How often the errands are run that nothing rings for.
#[derive(Debug, Clone, Copy)]
pub struct Rhythm {
    /// The own log is padded, signed and cosigned, and the peers' logs are looked at.
    pub log: Duration,
    /// Cards are asked for and digests considered.
    pub cards: Duration,
    /// What interrupted intakes and arrivals left behind is swept.
    pub sweep: Duration,
    /// So many sealed bytes of an exhibit are asked for at once: what a cut costs at most, four of them being under way.
    pub range: u64,
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { log: round::EVERY, cards: Duration::from_secs(600), sweep: Duration::from_secs(6 * 3_600), range: RANGE }
    }
}

/// What is under way.
#[derive(Default)]
struct Busy {
    peers: HashSet<AuthorityId>,
    exhibits: HashSet<ExhibitId>,
}

/// Runs the node's errands until `shutdown` completes.
pub async fn carry(node: Node, carrier: Carrier, rhythm: Rhythm, shutdown: impl Future<Output = ()>) {
    let busy = Arc::new(Mutex::new(Busy::default()));
    let fetches = Arc::new(Semaphore::new(FETCHES));
    let mut errands = JoinSet::new();
    let mut round = tokio::time::interval(rhythm.cards);
    let mut minute = tokio::time::interval(rhythm.log);
    let mut sweep = tokio::time::interval(rhythm.sweep);
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            () = node.0.bell.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
            _ = round.tick() => {
                errands.spawn(a_round(node.clone(), carrier.clone()));
            }
            _ = minute.tick() => {
                errands.spawn(a_minute(node.clone(), carrier.clone(), rhythm.log));
            }
            () = node.0.look.notified() => {
                errands.spawn(a_minute(node.clone(), carrier.clone(), rhythm.log));
            }
            _ = sweep.tick() => {
                errands.spawn(a_sweep(node.clone()));
            }
        }
        while errands.try_join_next().is_some() {}
        for peer in node.cards_wanted() {
            let (node, carrier) = (node.clone(), carrier.clone());
            errands.spawn(async move {
                renew(&node, &carrier, &peer).await;
                node.card_fetched(&peer);
            });
        }
        let looked = blocking(&node, |node| {
            node.0.believe()?;
            if let Some(why) = node.follow_law()? {
                tracing::warn!(%why, "the law base that was loaded is not used");
            }
            node.sequence()?;
            Ok((node.due()?, node.wanted(64)?))
        });
        let (due, wanted) = match looked.await {
            Ok(found) => found,
            Err(trouble) => {
                tracing::error!(%trouble, "what is due could not be read");
                continue;
            }
        };
        for peer in due {
            if lock(&busy).peers.insert(peer.clone()) {
                let (node, carrier, busy) = (node.clone(), carrier.clone(), Arc::clone(&busy));
                errands.spawn(async move {
                    bring(&node, &carrier, &peer).await;
                    lock(&busy).peers.remove(&peer);
                });
            }
        }
        for one in wanted {
            if lock(&busy).exhibits.insert(one.exhibit) {
                let (node, carrier, busy) = (node.clone(), carrier.clone(), Arc::clone(&busy));
                let fetches = Arc::clone(&fetches);
                errands.spawn(async move {
                    let id = one.exhibit;
                    if let Ok(_place) = fetches.acquire().await {
                        fetch(&node, &carrier, one, rhythm.range).await;
                    }
                    lock(&busy).exhibits.remove(&id);
                });
            }
        }
    }
    errands.shutdown().await;
}

fn lock(busy: &Mutex<Busy>) -> std::sync::MutexGuard<'_, Busy> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs something that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    node: &Node,
    work: impl FnOnce(&Node) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let node = node.clone();
    joined(tokio::task::spawn_blocking(move || work(&node)).await)?
}

fn route(node: &Node, peer: &AuthorityId) -> Option<Route> {
    node.0.believed().peer(peer).map(Route::of)
}

/// Brings a peer what is due, envelope after envelope in their order, until nothing is or something fails. While one travels, the next is put together.
async fn bring(node: &Node, carrier: &Carrier, peer: &AuthorityId) {
    let next = |under_way: Vec<i64>| {
        let to = peer.clone();
        blocking(node, move |node| node.parcel_beyond(&to, &under_way))
    };
    let mut coming = next(Vec::new()).await;
    loop {
        let parcel = match coming {
            Ok(Some(parcel)) => parcel,
            Ok(None) => return,
            Err(trouble) => return tracing::error!(%peer, %trouble, "what is due could not be put together"),
        };
        let Some(route) = route(node, peer) else { return };
        let (outcome, after) = tokio::join!(deliver(carrier, &route, &parcel), next(parcel.things()));
        let went = matches!(outcome, Outcome::Taken);
        let noted = blocking(node, move |node| match outcome {
            Outcome::Taken => node.carried(&parcel),
            Outcome::Failed { why, peers_word } => node.not_carried(&parcel, &why, peers_word),
        });
        if let Err(trouble) = noted.await {
            return tracing::error!(%peer, %trouble, "what became of an envelope could not be noted");
        }
        if !went {
            return;
        }
        // What was queued while nothing more was due is looked for once more.
        coming = match after {
            Ok(None) => next(Vec::new()).await,
            after => after,
        };
    }
}

enum Outcome {
    Taken,
    Failed { why: String, peers_word: Option<u64> },
}

async fn deliver(carrier: &Carrier, route: &Route, parcel: &Parcel) -> Outcome {
    let failed = |fault: ExchangeFault| {
        let peers_word = fault.retry_after();
        Outcome::Failed { why: fault.to_string(), peers_word }
    };
    let mut batch = Batch::default();
    if !batch.add(&parcel.envelope) {
        return failed(ExchangeFault::TooLarge("an envelope"));
    }
    match carrier.deliver(route, batch).await {
        Ok(answers) => match answers.first() {
            Some(Answer::Taken) => Outcome::Taken,
            Some(Answer::Refused(refused)) => {
                tracing::warn!(peer = %route.authority, code = refused.code, "a peer refused an envelope");
                Outcome::Failed { why: format!("{}: {}", refused.code, refused.sentence), peers_word: Some(900) }
            }
            Some(Answer::Later { after_seconds }) => {
                Outcome::Failed { why: "the peer asked to wait".to_owned(), peers_word: Some(*after_seconds) }
            }
            None => Outcome::Failed { why: "the peer gave no answer for the envelope".to_owned(), peers_word: None },
        },
        Err(fault) => failed(fault),
    }
}

/// Fetches one exhibit; what fails is tried again later, and what had landed stays.
async fn fetch(node: &Node, carrier: &Carrier, wanted: Wanted, range: u64) {
    let mut failures: u32 = 0;
    loop {
        let landed = node.0.landed_so_far(&wanted.exhibit);
        let before = wanted.clone();
        let fetched = match blocking(node, move |node| node.lies_here(&before)).await {
            Ok(Some(proof)) => Ok(proof),
            Ok(None) => fetch_once(node, carrier, &wanted, range).await,
            Err(trouble) => Err(trouble),
        };
        match fetched {
            Ok(proof) => {
                let came = wanted.clone();
                match blocking(node, move |node| node.came(&came, &proof)).await {
                    Ok(()) => return,
                    Err(trouble) => {
                        tracing::error!(exhibit = %wanted.exhibit, %trouble, "a whole exhibit could not be noted")
                    }
                }
            }
            Err(trouble) => {
                tracing::warn!(exhibit = %wanted.exhibit, from = %wanted.from, %trouble, "an exhibit was not fetched")
            }
        }
        // A line that breaks often and carries something in between is asked again soon.
        failures = if node.0.landed_so_far(&wanted.exhibit) > landed { 1 } else { failures + 1 };
        let chance = u64::from_le_bytes(crate::world::bytes(&*node.0.world));
        tokio::time::sleep(Duration::from_secs(again(failures, chance).min(60))).await;
        let id = wanted.exhibit;
        let still = blocking(node, move |node| Ok(node.wanted_one(&id)?.is_some()));
        if !still.await.unwrap_or(true) {
            return;
        }
    }
}

async fn fetch_once(
    node: &Node,
    carrier: &Carrier,
    wanted: &Wanted,
    range: u64,
) -> Result<evidence::Verified, Trouble> {
    let begun = wanted.clone();
    let mut landing = blocking(node, move |node| node.land(&begun)).await?;
    let mut under_way = VecDeque::new();
    let (mut from, mut failure) = (0, None);
    loop {
        while failure.is_none()
            && under_way.len() < RANGES
            && let Some(next) = landing.missing_from(from, range)
        {
            let Some(route) = route(node, &wanted.from) else {
                return Trouble::refuse("node.not-a-peer", "The sender is no approved peer now.", "Approve it again.");
            };
            from = next.end;
            let asked = fetch_range(carrier.clone(), route, wanted.exhibit, next);
            under_way.push_back(AbortOnDropHandle::new(tokio::spawn(asked)));
        }
        // In order, so that each is hashed as it lands; those behind it travel meanwhile.
        let Some(first) = under_way.pop_front() else { break };
        match joined(first.await)? {
            Ok((offset, bytes)) => {
                let taken = tokio::task::spawn_blocking(move || {
                    let taken = landing.take(offset, &bytes);
                    (landing, taken)
                });
                let (back, taken) = joined(taken.await)?;
                landing = back;
                taken?;
            }
            Err(fault) => failure = Some(fault),
        }
    }
    match failure {
        None => joined(tokio::task::spawn_blocking(move || landing.finish()).await)?,
        Some(fault) => {
            joined(tokio::task::spawn_blocking(move || landing.keep_note()).await)??;
            Err(terms::Fault::from(fault).into())
        }
    }
}

/// The sealed bytes of a range, and where they stand.
async fn fetch_range(
    carrier: Carrier,
    route: Route,
    exhibit: ExhibitId,
    range: Range<u64>,
) -> Result<(u64, Vec<u8>), ExchangeFault> {
    let length = range.end - range.start;
    let mut pieces = carrier.fetch_range(&route, &exhibit, range.start, length).await?;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    while let Some(piece) = pieces.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok((range.start, bytes))
}

fn joined<T>(ended: Result<T, tokio::task::JoinError>) -> Result<T, Trouble> {
    ended.map_err(|why| Bug::new(format!("an errand ended badly: {why}")).into())
}

/// What interrupted intakes and arrivals left behind goes.
async fn a_sweep(node: Node) {
    match blocking(&node, Node::sweep_exhibits).await {
        Ok(0) => {}
        Ok(swept) => tracing::warn!(swept, "what was left of intakes and arrivals that were cut was removed"),
        Err(trouble) => tracing::error!(%trouble, "the exhibits could not be swept"),
    }
}

/// Now and then: newer cards of peers, and the digest of what is shared.
async fn a_round(node: Node, carrier: Carrier) {
    if let Err(trouble) = blocking(&node, |node| node.daily_digests().map(drop)).await {
        tracing::error!(%trouble, "the daily digests could not be told");
    }
    let peers: Vec<AuthorityId> = node.0.believed().peers().cloned().collect();
    for peer in peers {
        renew(&node, &carrier, &peer).await;
    }
}

/// Asks a peer for its card, and puts it in force if it may succeed the one held.
async fn renew(node: &Node, carrier: &Carrier, peer: &AuthorityId) {
    let Some(route) = route(node, peer) else { return };
    match carrier.fetch_card(&route).await {
        Ok(card) => {
            let from = peer.clone();
            if let Err(trouble) = blocking(node, move |node| node.renew_peer(&from, &card).map(drop)).await {
                tracing::warn!(%peer, %trouble, "the card that a peer shows was not put in force");
            }
        }
        Err(fault) => tracing::info!(%peer, %fault, "a peer's card could not be asked for"),
    }
}

/// Once a minute: a round of the own log ends, if it is time, and its head is shown to every witness; and the peers' logs are looked at.
async fn a_minute(node: Node, carrier: Carrier, every: Duration) {
    if let Err(trouble) = blocking(&node, move |node| node.end_due_round(every)).await {
        tracing::error!(%trouble, "the round of the log could not be ended");
    }
    let peers: Vec<AuthorityId> = node.0.believed().peers().cloned().collect();
    let mut each = JoinSet::new();
    let own = node.clone();
    each.spawn(async move {
        own.stamp_head().await;
        own.stamp_manifests().await
    });
    for peer in peers {
        let (node, carrier) = (node.clone(), carrier.clone());
        each.spawn(async move {
            if let Err(why) = be_cosigned(&node, &carrier, &peer).await {
                tracing::info!(%peer, %why, "a peer could not be asked to cosign");
            }
            if let Err(why) = look_at_log(&node, &carrier, &peer).await {
                tracing::info!(%peer, %why, "a peer's log could not be looked at");
            }
        });
    }
    while each.join_next().await.is_some() {}
}

async fn be_cosigned(node: &Node, carrier: &Carrier, peer: &AuthorityId) -> Result<(), Trouble> {
    let mut from = None;
    // Once from where we believe the witness stands, once from where it says it does.
    for _ in 0..2 {
        let to = peer.clone();
        let Some(head) = blocking(node, move |node| node.head_for(&to, from)).await? else { return Ok(()) };
        let Some(route) = route(node, peer) else { return Ok(()) };
        let answer = carrier.add_checkpoint(&route, head.body.clone()).await.map_err(terms::Fault::from)?;
        let by = peer.clone();
        match blocking(node, move |node| node.cosigned(&by, &head, answer)).await? {
            Some(size) => from = Some(size),
            None => return Ok(()),
        }
    }
    Ok(())
}

async fn look_at_log(node: &Node, carrier: &Carrier, peer: &AuthorityId) -> Result<(), Trouble> {
    let Some(route) = route(node, peer) else { return Ok(()) };
    // A node that recovers shows no log, nor one of which no round has ended.
    let asked_at = node.now();
    let Some(checkpoint) = ledger_file(carrier, &route, "checkpoint").await? else { return Ok(()) };
    judge(node, carrier, &route, checkpoint.clone()).await?;
    let of = peer.clone();
    blocking(node, move |node| node.answered(&of, &checkpoint, asked_at)).await?;
    compare(node, carrier, peer, &route).await?;
    let of = peer.clone();
    for promised in blocking(node, move |node| node.promised(&of)).await? {
        let promised = Arc::new(promised);
        if !promised.places.is_empty() {
            judge(node, carrier, &route, promised.checkpoint.clone()).await?;
        }
        for place in promised.places.clone() {
            let proof = ledger_file(carrier, &route, &format!("proof/{}", place.act)).await?;
            let (of, about) = (peer.clone(), Arc::clone(&promised));
            let stands = blocking(node, move |node| node.redeemed(&of, &about, &place, proof.as_deref())).await?;
            if let Some(checkpoint) = stands {
                judge(node, carrier, &route, checkpoint).await?;
            }
        }
        let of = peer.clone();
        blocking(node, move |node| node.looked_for(&of, &promised)).await?;
    }
    Ok(())
}

/// Asks a peer which heads it has seen of the other logs, and judges them like those that were shown here.
async fn compare(node: &Node, carrier: &Carrier, peer: &AuthorityId, at: &Route) -> Result<(), Trouble> {
    let trusted = node.0.believed();
    for other in trusted.peers().filter(|other| *other != peer) {
        let Some((of, card)) = route(node, other).zip(trusted.peer(other)) else { continue };
        let path = format!("seen/{}", card.statement().ledger.origin);
        if let Some(seen) = ledger_file(carrier, at, &path).await?
            && let Err(why) = judge(node, carrier, &of, seen).await
        {
            tracing::info!(%peer, %other, %why, "what a peer saw of another log could not be compared");
        }
    }
    Ok(())
}

/// Follows a peer's log to a head that it shows.
async fn judge(node: &Node, carrier: &Carrier, route: &Route, checkpoint: Vec<u8>) -> Result<(), Trouble> {
    let of = route.authority.clone();
    let Some(shown) = blocking(node, move |node| node.shown(&of, &checkpoint)).await? else { return Ok(()) };
    let mut tiles = BTreeMap::new();
    for tile in shown.tiles.clone() {
        if let Some(bytes) = ledger_file(carrier, route, &tile.to_string()).await? {
            tiles.insert(tile, bytes);
        }
    }
    blocking(node, move |node| node.follow(shown, &tiles)).await
}

/// A file of a peer's ledger; nothing if the peer says that there is none.
async fn ledger_file(carrier: &Carrier, route: &Route, path: &str) -> Result<Option<Vec<u8>>, Trouble> {
    match carrier.fetch_ledger(route, path).await {
        Ok(bytes) => Ok(Some(bytes)),
        Err(ExchangeFault::Refused { code, .. }) if code == "exchange.no-such-place" => Ok(None),
        Err(fault) => Err(terms::Fault::from(fault).into()),
    }
}
