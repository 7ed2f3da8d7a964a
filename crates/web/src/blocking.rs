//! Use cases block: on the store, on a disk, on cryptography. Here they are called on threads that may.

use node::{Node, Trouble};
use terms::Bug;

/// Calls a use case where it may block. What it logs belongs to the request under way.
pub async fn call<T: Send + 'static>(
    node: &Node,
    use_case: impl FnOnce(&Node) -> Result<T, Trouble> + Send + 'static,
) -> Result<T, Trouble> {
    let (node, span) = (node.clone(), tracing::Span::current());
    let called = tokio::task::spawn_blocking(move || span.in_scope(|| use_case(&node))).await;
    called.unwrap_or_else(|why| Err(Bug::new(format!("a use case ended without an answer: {why}")).into()))
}
