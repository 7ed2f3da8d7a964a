//! The caller's side: to reach a peer at the endpoints of its card, and to say what became of it.
//!
//! A call goes to the approved peer or nowhere: the certificate decides, not the name or the address that led there. It follows no redirect,
//! asks no proxy, and reads of every answer only so much. Nothing is tried again here but once on a fresh connection, when one that was kept
//! from before turns out to be closed; when to try again is for the outbox, with [`crate::again`].

mod call;
mod endpoint;
mod pieces;
mod pool;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_RANGE, RANGE};
use http::{Method, StatusCode};
use seal::Card;
use seal::card::FILE_BYTES_MAX;
use terms::{AuthorityId, ExhibitId};

pub use pieces::Pieces;

use crate::answer::{self, ANSWERS_BYTES_MAX, Answer, Cosigned, WitnessRefusal};
use crate::batch::Batch;
use crate::fault::ExchangeFault;
use crate::tls::{Identity, Pins};
use call::Ask;
use pool::Pool;

/// The most bytes in which a witness names a size: twenty digits and a line feed.
const LATEST_BYTES_MAX: usize = 21;

/// A number as a log writes it: no sign, no zero before it.
fn decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Whom to reach, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Whom.
    pub authority: AuthorityId,
    /// Where: `https://…`, in the order to try.
    pub endpoints: Vec<String>,
}

impl Route {
    /// As the card says.
    pub fn of(card: &Card) -> Self {
        Self { authority: card.authority().clone(), endpoints: card.statement().endpoints.clone() }
    }
}

/// How long to wait for a peer.
#[derive(Debug, Clone)]
pub struct Patience {
    /// For one endpoint: address, connection, handshake.
    pub connect: Duration,
    /// Until the answer to a batch has begun, which includes sending it.
    pub deliver: Duration,
    /// Until any other answer has begun, and for each further piece of an answer.
    pub answer: Duration,
    /// For an answer that is read as a whole, once it has begun; and as a start for a piece of an exhibit, which then must keep a pace of
    /// [`PACE`]. A peer that sends a byte now and then shall not keep anybody waiting for ever.
    pub whole: Duration,
}

/// The least bytes a second at which a range of an exhibit may arrive, on the whole.
pub const PACE: u64 = 1024;

impl Default for Patience {
    fn default() -> Self {
        let [connect, deliver, answer, whole] = [10, 360, 30, 120].map(Duration::from_secs);
        Self { connect, deliver, answer, whole }
    }
}

/// Carries batches to peers and fetches what they show. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Carrier {
    identity: Identity,
    pins: Arc<dyn Pins>,
    patience: Patience,
    pool: Arc<Pool>,
}

impl Carrier {
    /// A carrier that shows this identity and speaks to those whom the node knows.
    pub fn new(identity: Identity, pins: Arc<dyn Pins>, patience: Patience) -> Self {
        Self { identity, pins, patience, pool: Arc::default() }
    }
    /// Delivers a batch: one answer for each envelope, in order. After any fault it is open whether the peer took them; send them again.
    pub async fn deliver(&self, to: &Route, batch: Batch) -> Result<Vec<Answer>, ExchangeFault> {
        let count = batch.count();
        let body = Bytes::from(batch.into_body());
        let ask = Ask { method: Method::POST, place: "envelopes".to_owned(), range: None, body };
        let answer = self.ask(to, ask, self.patience.deliver).await?.expect(StatusCode::OK).await?;
        let bytes = answer.whole(ANSWERS_BYTES_MAX).await?;
        let malformed = |why| ExchangeFault::Malformed { peer: to.authority.to_string(), why };
        answer::read(&bytes, count).map_err(malformed)
    }
    /// Fetches at most `length` bytes of an exhibit from `offset` on, piece by piece; fewer if it ends before.
    pub async fn fetch_range(
        &self,
        from: &Route,
        exhibit: &ExhibitId,
        offset: u64,
        length: u64,
    ) -> Result<Pieces, ExchangeFault> {
        let last = length.checked_sub(1).and_then(|more| offset.checked_add(more));
        let last = last.ok_or(ExchangeFault::TooLarge("a range"))?;
        let range = Some((RANGE, format!("bytes={offset}-{last}")));
        let ask = Ask { method: Method::GET, place: format!("exhibits/{exhibit}"), range, body: Bytes::new() };
        let answer = self.ask(from, ask, self.patience.answer).await?.expect(StatusCode::PARTIAL_CONTENT).await?;
        let given = answer.header(&CONTENT_RANGE).and_then(|text| pieces::given(text, offset, last));
        match given {
            Some((length, size)) => Ok(Pieces::new(answer, length, size)),
            None => Err(answer.malformed("another range than was asked for")),
        }
    }
    /// Fetches the peer's own card file, to be checked like any other.
    pub async fn fetch_card(&self, from: &Route) -> Result<Vec<u8>, ExchangeFault> {
        self.fetch(from, "card".to_owned(), FILE_BYTES_MAX).await
    }
    /// Fetches a file of the peer's ledger, to be checked like any other.
    pub async fn fetch_ledger(&self, from: &Route, path: &str) -> Result<Vec<u8>, ExchangeFault> {
        self.fetch(from, format!("ledger/{path}"), crate::LEDGER_FILE_BYTES_MAX).await
    }
    /// Asks a peer to cosign a checkpoint, in the words of C2SP `tlog-witness`. What it answers is to be checked like anything that a peer says.
    pub async fn add_checkpoint(&self, at: &Route, body: Vec<u8>) -> Result<Cosigned, ExchangeFault> {
        if body.is_empty() || body.len() > crate::SUBMISSION_BYTES_MAX {
            return Err(ExchangeFault::TooLarge("a checkpoint"));
        }
        let place = "witness/add-checkpoint".to_owned();
        let ask = Ask { method: Method::POST, place, range: None, body: body.into() };
        let answer = self.ask(at, ask, self.patience.answer).await?;
        match answer.status() {
            StatusCode::OK => Ok(Ok(answer.whole(crate::SUBMISSION_BYTES_MAX).await?.into())),
            StatusCode::CONFLICT => {
                let malformed = answer.malformed("no size of a log");
                let text = answer.whole(LATEST_BYTES_MAX).await?;
                let latest = std::str::from_utf8(&text).ok().and_then(|text| decimal(text.strip_suffix('\n')?));
                Ok(Err(WitnessRefusal::OtherSize { latest: latest.ok_or(malformed)? }))
            }
            status => match answer.refusal().await {
                ExchangeFault::Refused { peer, code, sentence, retryable } => {
                    let known = WitnessRefusal::of(status.as_u16(), &code);
                    known.map(Err).ok_or(ExchangeFault::Refused { peer, code, sentence, retryable })
                }
                ExchangeFault::Later { after_seconds, .. } => Ok(Err(WitnessRefusal::Later { after_seconds })),
                fault => Err(fault),
            },
        }
    }
    async fn fetch(&self, from: &Route, place: String, max: usize) -> Result<Vec<u8>, ExchangeFault> {
        let ask = Ask { method: Method::GET, place, range: None, body: Bytes::new() };
        let answer = self.ask(from, ask, self.patience.answer).await?.expect(StatusCode::OK).await?;
        Ok(answer.whole(max).await?.into())
    }
}
