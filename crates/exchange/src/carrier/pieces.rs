//! A range of an exhibit on its way in, piece by piece.

use std::time::Duration;

use bytes::Bytes;
use tokio::time::{Instant, timeout_at};

use super::PACE;
use super::call::Answered;
use crate::fault::ExchangeFault;

/// The pieces of a range. Whoever stops reading drops it; what arrived can be kept, and the rest asked for later.
pub struct Pieces {
    answer: Option<Answered>,
    remaining: u64,
    size: u64,
    began: Instant,
    arrived: u64,
}

impl Pieces {
    pub(super) fn new(answer: Answered, length: u64, size: u64) -> Self {
        Self { answer: Some(answer), remaining: length, size, began: Instant::now(), arrived: 0 }
    }
    /// The size of the whole exhibit's sealed bytes, as the peer says.
    pub const fn size(&self) -> u64 {
        self.size
    }
    /// How many bytes of the range have not arrived.
    pub const fn remaining(&self) -> u64 {
        self.remaining
    }
    /// The next piece, some hundred KiB at most; `None` once the range is whole.
    pub async fn next(&mut self) -> Result<Option<Bytes>, ExchangeFault> {
        let Some(answer) = self.answer.as_mut() else { return Ok(None) };
        let until = self.began + answer.patience().whole + Duration::from_secs(self.arrived / PACE);
        let arriving = timeout_at(until, answer.piece()).await;
        let piece = arriving.unwrap_or_else(|_| Err(answer.late()))?;
        let length = piece.as_ref().map_or(0, |piece| piece.len() as u64);
        if length > self.remaining || (piece.is_none() && self.remaining > 0) {
            let why = format!("the range has {} bytes other than announced", self.remaining.abs_diff(length));
            return Err(ExchangeFault::Broken { peer: answer.peer().to_string(), why });
        }
        self.remaining -= length;
        self.arrived += length;
        if piece.is_none()
            && let Some(answer) = self.answer.take()
        {
            answer.done().await;
        }
        Ok(piece)
    }
}

/// Length and total size from `Content-Range`, if it is what was asked for: from `first` on, to `last` or to the end before it.
pub(super) fn given(text: &str, first: u64, last: u64) -> Option<(u64, u64)> {
    let (range, size) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (from, to) = range.split_once('-')?;
    let (from, to, size): (u64, u64, u64) = (from.parse().ok()?, to.parse().ok()?, size.parse().ok()?);
    let right = from == first && from <= to && to == last.min(size.checked_sub(1)?);
    right.then(|| (to - from + 1, size))
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn only_the_range_that_was_asked_for_is_believed() {
        assert_eq!(given("bytes 10-19/1000", 10, 19), Some((10, 1000)));
        assert_eq!(given("bytes 990-999/1000", 990, 2000), Some((10, 1000)), "the end of the exhibit");
        for wrong in [
            "bytes 11-19/1000",
            "bytes 10-18/1000",
            "bytes 10-20/1000",
            "bytes 10-19/*",
            "bytes 10-19/15",
            "bytes 10-9/1000",
            "bytes */1000",
            "10-19/1000",
            "bytes 10-19/0",
            "",
        ] {
            assert_eq!(given(wrong, 10, 19), None, "{wrong}");
        }
    }
}
