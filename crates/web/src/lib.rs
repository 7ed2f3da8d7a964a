//! The doors of a node for its own people: the JSON API that programs and the command line speak, and pages to read and work with.
//!
//! Both stand over the same use cases of `node` and add none: here a request becomes a call, and its answer a document. All three are routers
//! without a socket; whoever serves them binds to loopback or to a Unix socket. Between authorities nothing of this is spoken (`exchange`).
//! Never here: SQL, keys, a rule of law or of a procedure, a right that `node` does not ask for itself.
//!
//! Where next: [`api()`] and `docs/api.md`; `pages` for what people see; `problem` for how an error is told; `stream` for exhibits.

mod api;
mod blocking;
mod chance;
mod headers;
mod pages;
mod problem;
mod stream;

use axum::Router;
use axum::middleware::from_fn;
use node::Node;

/// The API under `/api/v1`, with `/healthz` and `/readyz` (`docs/api.md`).
pub fn api(node: Node) -> Router {
    api::routes(node).fallback(api::nowhere).layer(from_fn(headers::api))
}

/// The pages.
pub fn pages(node: Node) -> Router {
    pages::routes(node).layer(from_fn(headers::page))
}

/// Both, at one place.
pub fn service(node: Node) -> Router {
    pages(node.clone()).merge(api::routes(node).layer(from_fn(headers::api)))
}
