//! A batch, or a checkpoint to be cosigned, on its way in: counted while it arrives, bounded in bytes and time.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use super::gate::Arriving;
use super::{Caller, Server};
use crate::SUBMISSION_BYTES_MAX;
use crate::answer::{Answer, Cosigned};
use crate::batch::{BATCH_BYTES_MAX, BatchReader};
use crate::fault::Wrong;

/// How long to wait for more of what is thrown away.
const PAUSE: Duration = Duration::from_secs(1);

impl Server {
    /// Receives a batch and hands it to the desk. Its place and its bytes are held until the desk has answered, even if the caller
    /// does not wait for that.
    pub(super) async fn receive(&self, caller: &Arc<Caller>, mut body: Incoming) -> Result<Vec<Answer>, Wrong> {
        let mut reader = BatchReader::default();
        let whole = self.arrive(caller, &mut body, BATCH_BYTES_MAX, &mut |bytes| reader.push(bytes)).await;
        match whole.and_then(|held| Ok((reader.finish()?, held))) {
            Ok((envelopes, held)) => {
                let expected = envelopes.len();
                let answers = self.ask(caller, move |desk, from| {
                    let answers = desk.take(from, envelopes);
                    drop(held);
                    answers
                });
                let answers = answers.await?;
                if answers.len() == expected { Ok(answers) } else { Err(Wrong::Bug) }
            }
            Err(why) => {
                self.throw_away(body).await;
                Err(why)
            }
        }
    }
    /// Receives a checkpoint to be cosigned. It counts as a batch does.
    pub(super) async fn witness(&self, caller: &Arc<Caller>, mut body: Incoming) -> Result<Cosigned, Wrong> {
        let mut asked = Vec::new();
        let mut take = |bytes: &[u8]| {
            asked.extend_from_slice(bytes);
            Ok(())
        };
        match self.arrive(caller, &mut body, SUBMISSION_BYTES_MAX, &mut take).await {
            Ok(held) => {
                let answer = self.ask(caller, move |desk, from| {
                    let answer = desk.add_checkpoint(from, asked);
                    drop(held);
                    answer
                });
                answer.await
            }
            Err(why) => {
                self.throw_away(body).await;
                Err(why)
            }
        }
    }
    /// Hands on the bytes of a body as they arrive. Who sends them must be a peer still when the last one has come.
    async fn arrive(
        &self,
        caller: &Caller,
        body: &mut Incoming,
        max: usize,
        take: &mut (dyn FnMut(&[u8]) -> Result<(), Wrong> + Send),
    ) -> Result<Arriving, Wrong> {
        if body.size_hint().lower() > max as u64 {
            return Err(Wrong::TooLarge("the body"));
        }
        let mut held = self.gate.batch(&caller.authority)?;
        let mut arrived = 0;
        let arriving = async {
            while let Some(frame) = timeout(self.limits.pause, body.frame()).await.map_err(|_| Wrong::TooSlow)? {
                if let Ok(bytes) = frame.map_err(|_| Wrong::BrokenOff)?.into_data() {
                    arrived += bytes.len();
                    if arrived > max {
                        return Err(Wrong::TooLarge("the body"));
                    }
                    held.more(bytes.len())?;
                    take(&bytes)?;
                }
            }
            Ok(())
        };
        timeout(self.limits.batch, arriving).await.unwrap_or(Err(Wrong::TooSlow))?;
        self.still(caller)?;
        Ok(held)
    }
    /// Reads on without keeping anything, for a while, so that a caller that is still sending can read the answer. One that pauses is listening
    /// already.
    pub(super) async fn throw_away(&self, mut body: Incoming) {
        let mut rest = BATCH_BYTES_MAX;
        let reading = async {
            while let Ok(Some(Ok(frame))) = timeout(self.limits.handshake.min(PAUSE), body.frame()).await {
                rest = rest.saturating_sub(frame.data_ref().map_or(1, |bytes| bytes.len()));
                if rest == 0 {
                    break;
                }
            }
        };
        let _ = timeout(self.limits.handshake, reading).await;
    }
}
