//! A batch on its way in: counted while it arrives, bounded in bytes and time.

use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::time::timeout;

use super::gate::Arriving;
use super::{Caller, Server};
use crate::answer::Answer;
use crate::batch::{BATCH_BYTES_MAX, BatchReader};
use crate::fault::Wrong;

impl Server {
    /// Receives a batch and hands it to the desk. Its place and its bytes are held until the desk has answered, even if the caller
    /// does not wait for that.
    pub(super) async fn receive(&self, caller: &Caller, mut body: Incoming) -> Result<Vec<Answer>, Wrong> {
        let whole = timeout(self.limits.batch, self.arrive(caller, &mut body)).await;
        match whole.unwrap_or(Err(Wrong::TooSlow)) {
            Ok((envelopes, held)) => {
                let (desk, from) = (self.desk.clone(), caller.authority.clone());
                let expected = envelopes.len();
                let taking = tokio::task::spawn_blocking(move || {
                    let answers = desk.take(&from, envelopes);
                    drop(held);
                    answers
                });
                let answers = taking.await.map_err(|_| Wrong::Bug)?;
                if answers.len() == expected { Ok(answers) } else { Err(Wrong::Bug) }
            }
            Err(why) => {
                self.throw_away(body).await;
                Err(why)
            }
        }
    }
    async fn arrive(&self, caller: &Caller, body: &mut Incoming) -> Result<(Vec<Vec<u8>>, Arriving), Wrong> {
        if body.size_hint().lower() > BATCH_BYTES_MAX as u64 {
            return Err(Wrong::TooLarge("the batch"));
        }
        let mut held = self.gate.batch(&caller.authority)?;
        let mut reader = BatchReader::default();
        while let Some(frame) = timeout(self.limits.pause, body.frame()).await.map_err(|_| Wrong::TooSlow)? {
            if let Ok(bytes) = frame.map_err(|_| Wrong::BrokenOff)?.into_data() {
                held.more(bytes.len())?;
                reader.push(&bytes)?;
            }
        }
        Ok((reader.finish()?, held))
    }
    /// Reads on without keeping anything, for a while, so that a caller that is still sending can read the answer.
    pub(super) async fn throw_away(&self, mut body: Incoming) {
        let mut rest = BATCH_BYTES_MAX;
        let reading = async {
            while let Some(Ok(frame)) = body.frame().await {
                rest = rest.saturating_sub(frame.data_ref().map_or(1, |bytes| bytes.len()));
                if rest == 0 {
                    break;
                }
            }
        };
        let _ = timeout(self.limits.handshake, reading).await;
    }
}
