//! What can be asked, by whom, and what is answered: the routes of `docs/spec/exchange.md`.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, ALLOW, CONNECTION, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, RANGE, RETRY_AFTER};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{Either, Full};
use hyper::body::Incoming;
use terms::{AuthorityId, ExhibitId};
use tokio::task::spawn_blocking;

use super::download::Download;
use super::{Caller, Server};
use crate::answer::{self, Denial, Refused, SIZE_TYPE, Said, WitnessRefusal};
use crate::desk::{Desk, Exhibit};
use crate::fault::Wrong;

type Body = Either<Full<Bytes>, Download>;
type Answered = Result<Response<Body>, Wrong>;

/// Answers a request; with `only`, by turning it away.
pub(super) async fn answer(
    server: Arc<Server>,
    caller: Arc<Caller>,
    only: Option<Wrong>,
    request: Request<Incoming>,
) -> Result<Response<Body>, Infallible> {
    let only = server.still(&caller).err().or(only);
    let answered = match only {
        Some(why) => {
            server.throw_away(request.into_body()).await;
            Err(why)
        }
        None => server.route(&caller, request).await,
    };
    Ok(answered.unwrap_or_else(|why| {
        let code = why.code();
        if why == Wrong::Bug {
            tracing::error!(caller = %caller.authority, code, "a request was not served: the desk panicked, or broke a promise");
        } else {
            tracing::info!(caller = %caller.authority, code, %why, "a request was not served");
        }
        server.refuse(why)
    }))
}

impl Server {
    async fn route(self: &Arc<Self>, caller: &Arc<Caller>, request: Request<Incoming>) -> Answered {
        let (head, body) = request.into_parts();
        let place = head.uri.path().strip_prefix(self.root.as_str()).ok_or(Wrong::NoSuchPlace)?;
        let get = || if head.method == Method::GET { Ok(()) } else { Err(Wrong::Method("GET")) };
        match place.split_once('/') {
            None if place == "envelopes" => {
                if head.method != Method::POST {
                    return Err(Wrong::Method("POST"));
                }
                let answers = self.receive(caller, body).await?;
                Ok(file("application/json", answer::write(answers)))
            }
            None if place == "card" => {
                get()?;
                Ok(file("application/json", self.ask(caller, |desk, _| desk.card()).await?))
            }
            Some(("ledger", path)) if crate::is_ledger_path(path) => {
                get()?;
                let path = path.to_owned();
                let found = self
                    .ask(caller, move |desk, from| desk.ledger_file(from, &path))
                    .await?
                    .ok_or(Wrong::NoSuchPlace)?;
                if found.len() > crate::LEDGER_FILE_BYTES_MAX {
                    return Err(Wrong::Bug);
                }
                Ok(file("application/octet-stream", found))
            }
            Some(("exhibits", id)) => {
                get()?;
                let id = id.parse().map_err(|_| Wrong::NoSuchPlace)?;
                let mut ranges = head.headers.get_all(RANGE).iter();
                let range = ranges.next();
                self.exhibit(caller, id, range, ranges.next().is_some()).await
            }
            Some(("witness", "add-checkpoint")) => {
                if head.method != Method::POST {
                    return Err(Wrong::Method("POST"));
                }
                Ok(match self.witness(caller, body).await? {
                    Ok(cosignatures) => file("text/plain; charset=utf-8", cosignatures),
                    Err(why) => self.not_cosigned(why),
                })
            }
            _ => Err(Wrong::NoSuchPlace),
        }
    }
    async fn exhibit(
        self: &Arc<Self>,
        caller: &Arc<Caller>,
        id: ExhibitId,
        range: Option<&HeaderValue>,
        ranges: bool,
    ) -> Answered {
        let Exhibit { size, source } = match self.ask(caller, move |desk, from| desk.exhibit(from, &id)).await? {
            Ok(exhibit) => exhibit,
            Err(Denial::Refused(why)) => return Ok(denied(StatusCode::NOT_FOUND, &why)),
            Err(Denial::Later { after_seconds }) => return Ok(self.later(after_seconds)),
        };
        if ranges {
            return Err(Wrong::Range { size });
        }
        let asked = range.map(|range| within(range, size)).transpose()?;
        let (offset, length) = asked.unwrap_or((0, size));
        let mut answer =
            Response::new(Either::Right(Download::new(self.clone(), caller.clone(), source, offset, length)));
        answer.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
        answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        if asked.is_some() {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            insert(&mut answer, CONTENT_RANGE, format!("bytes {offset}-{}/{size}", offset + length - 1));
        }
        Ok(answer)
    }
    /// Why a checkpoint was not cosigned, with the statuses of C2SP `tlog-witness`.
    fn not_cosigned(&self, why: WitnessRefusal) -> Response<Body> {
        match why {
            WitnessRefusal::Later { after_seconds } => self.later(after_seconds),
            WitnessRefusal::OtherSize { latest } => {
                let mut answer = file(SIZE_TYPE, format!("{latest}\n").into_bytes());
                *answer.status_mut() = StatusCode::CONFLICT;
                answer
            }
            other => denied(
                StatusCode::from_u16(other.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                &Refused::new(other.code(), &other.to_string(), false),
            ),
        }
    }
    fn later(&self, after_seconds: u64) -> Response<Body> {
        let mut later = self.refuse(Wrong::Busy);
        later.headers_mut().insert(RETRY_AFTER, after_seconds.into());
        later
    }
    /// Asks the desk on a thread that may block.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        caller: &Arc<Caller>,
        ask: impl FnOnce(&dyn Desk, &AuthorityId) -> T + Send + 'static,
    ) -> Result<T, Wrong> {
        let (desk, caller) = (self.desk.clone(), caller.clone());
        spawn_blocking(move || ask(&*desk, &caller.authority)).await.map_err(|_| Wrong::Bug)
    }
    fn refuse(&self, why: Wrong) -> Response<Body> {
        let status = StatusCode::from_u16(why.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = denied(status, &Refused::new(why.code(), &why.to_string(), false));
        match why {
            Wrong::TooMany | Wrong::Busy => {
                answer.headers_mut().insert(RETRY_AFTER, self.limits.retry_after_seconds.into());
            }
            Wrong::Method(method) => {
                answer.headers_mut().insert(ALLOW, HeaderValue::from_static(method));
            }
            Wrong::Range { size } => insert(&mut answer, CONTENT_RANGE, format!("bytes */{size}")),
            _ => {}
        }
        if why.closes() {
            answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        answer
    }
}

/// Offset and length of the one range that is asked for.
fn within(range: &HeaderValue, size: u64) -> Result<(u64, u64), Wrong> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let asked = range.to_str().ok().and_then(|text| text.strip_prefix("bytes=")?.split_once('-')).and_then(|(a, b)| {
        let last = if b.is_empty() { u64::MAX } else { number(b)? };
        Some((number(a)?, last.min(size.checked_sub(1)?)))
    });
    match asked {
        Some((first, last)) if first <= last => Ok((first, last - first + 1)),
        _ => Err(Wrong::Range { size }),
    }
}

fn file(kind: &'static str, bytes: Vec<u8>) -> Response<Body> {
    let mut answer = Response::new(Either::Left(Full::from(bytes)));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    answer
}

fn denied(status: StatusCode, why: &Refused) -> Response<Body> {
    let Refused { code, sentence, .. } = Refused::new(&why.code, &why.sentence, why.for_good);
    let said = terms::canonical::to_bytes(&Said { code, sentence });
    let mut answer = file("application/json", said.unwrap_or_default());
    *answer.status_mut() = status;
    answer
}

fn insert(answer: &mut Response<Body>, name: http::HeaderName, value: String) {
    let value = HeaderValue::try_from(value).expect("INVARIANT: digits and punctuation are a header's value");
    answer.headers_mut().insert(name, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_within_the_exhibit_is_understood_and_nothing_else() {
        let ok = |text: &'static str| within(&HeaderValue::from_static(text), 1000).ok();
        assert_eq!(ok("bytes=0-0"), Some((0, 1)));
        assert_eq!(ok("bytes=10-"), Some((10, 990)));
        assert_eq!(ok("bytes=990-2000"), Some((990, 10)), "an end beyond the end is the end");
        for wrong in [
            "bytes=1000-",
            "bytes=5-4",
            "bytes=-5",
            "bytes=-",
            "bytes=0-1,3-4",
            "bytes= 0-1",
            "bytes=+1-2",
            "octets=0-1",
            "bytes=0x1-2",
            "bytes=99999999999999999999-",
            "bytes",
            "",
        ] {
            assert_eq!(ok(wrong), None, "{wrong}");
        }
        assert_eq!(within(&HeaderValue::from_static("bytes=0-"), 0).ok(), None, "nothing has no range");
    }
}
