//! What a service manager is told (systemd, `sd_notify`): that all doors are open, that the node still answers, that it ends.
//!
//! Without `NOTIFY_SOCKET` nobody is told anything. *Alive* means that the store answers, so that a process that only looks alive is restarted.

use node::Node;
use sd_notify::NotifyState;

fn tell(state: NotifyState<'_>) {
    if let Err(why) = sd_notify::notify(&[state]) {
        tracing::warn!(%why, "the service manager could not be told");
    }
}

/// All doors are open.
pub fn ready() {
    tell(NotifyState::Ready);
}

/// What is under way is finished; then the process ends.
pub fn ending() {
    tell(NotifyState::Stopping);
}

/// Says, twice as often as the service manager looks, that the node still answers, until `ended`.
pub async fn alive(node: Node, ended: impl Future<Output = ()>) {
    tokio::pin!(ended);
    let Some(looked_at) = sd_notify::watchdog_enabled() else { return ended.await };
    let mut often = tokio::time::interval(looked_at / 2);
    loop {
        tokio::select! {
            () = &mut ended => return,
            _ = often.tick() => {}
        }
        let node = node.clone();
        match tokio::task::spawn_blocking(move || node.due()).await {
            Ok(Ok(_)) => tell(NotifyState::Watchdog),
            Ok(Err(trouble)) => {
                tracing::error!(%trouble, "the store does not answer; the service manager is not told that the node is alive")
            }
            Err(why) => tracing::error!(%why, "a look at the store ended badly"),
        }
    }
}
