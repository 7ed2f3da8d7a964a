//! What every answer carries: an id for the log, and the headers that keep a browser from doing more than it is told.

use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use tracing::Instrument as _;

/// The header in which an answer bears the id that its log entries have.
pub const REQUEST: HeaderName = HeaderName::from_static("comity-request");

/// Nothing may be loaded or run that an API answers.
pub const API_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// Pages load their own style and nothing else; there is no script to run.
pub const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A file that somebody else made is kept, and never shown: a browser that shows it all the same gives it no script, no form and no origin.
pub const FILE_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// For answers of the API.
pub async fn api(request: Request, next: Next) -> Response {
    answer(request, next, API_POLICY).await
}
/// For pages.
pub async fn page(request: Request, next: Next) -> Response {
    answer(request, next, PAGE_POLICY).await
}

/// Runs a request under an id of its own. Neither address nor query is logged, since both may name persons; the route is.
async fn answer(request: Request, next: Next, policy: &'static str) -> Response {
    let id = crate::chance::bytes::<8>().map(hex::encode).unwrap_or_default();
    let route = request.extensions().get::<MatchedPath>().map_or("-", |path| path.as_str()).to_owned();
    let span = tracing::info_span!("request", id, method = %request.method(), route);
    let begun = tokio::time::Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    span.in_scope(|| tracing::info!(status, micros = begun.elapsed().as_micros() as u64, "answered"));
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST, id);
    }
    guard(headers, if headers.contains_key(header::CONTENT_DISPOSITION) { FILE_POLICY } else { policy });
    response
}

fn guard(headers: &mut HeaderMap, policy: &'static str) {
    let mut fix = |name: HeaderName, value| {
        headers.insert(name, HeaderValue::from_static(value));
    };
    fix(header::CONTENT_SECURITY_POLICY, policy);
    fix(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    fix(header::X_FRAME_OPTIONS, "DENY");
    // A form's POST must name its origin, so the referrer may go to this node itself and to nobody else.
    fix(header::REFERRER_POLICY, "same-origin");
    fix(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    fix(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    fix(HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), usb=()");
    // What a person saw of a case stays in no cache; only what is the same for everybody says otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
