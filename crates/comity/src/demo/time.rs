//! The time-stamping authority of the demonstration: real tokens over HTTP on this machine, worth nothing, and they say so.
//!
//! It is asked by the three nodes as any other would be (`time.authorities`), and lives as long as this process.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use seal::DemonstrationTsa;
use seal::certificate::Period;

use super::cast::failed;
use crate::{Ended, machine};

/// A year: longer than any demonstration.
const VALID_SECONDS: i64 = 366 * 86_400;

/// Where it is, and the file of its root.
pub struct Stamper {
    /// Where it is asked.
    pub address: String,
    /// Its root in PEM, for those who want to believe it all the same.
    pub root: PathBuf,
}

impl Stamper {
    /// Draws its keys, writes its root into the folder, and answers from now on.
    pub fn open(folder: &Path) -> Result<Self, Ended> {
        let world = machine()?;
        let now = node::World::now(&world);
        let period = Period::new(now.plus_seconds(-3_600), now.plus_seconds(VALID_SECONDS));
        let tsa = DemonstrationTsa::found(period, &mut *node::World::chance(&world)).map_err(failed)?;
        let root = folder.join("demonstration-tsa.root.pem");
        std::fs::write(&root, tsa.root_pem().map_err(failed)?).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).map_err(failed)?;
        let address = format!("http://{}/", listener.local_addr().map_err(failed)?);
        let (tsa, serial) = (Arc::new(tsa), Arc::new(AtomicU64::new(1)));
        let stamps =
            move |request: Bytes| async move { answer(&tsa, serial.fetch_add(1, Ordering::Relaxed), &request) };
        let router = Router::new().route("/", post(stamps));
        std::thread::spawn(move || runtime.block_on(async { axum::serve(listener, router).await }));
        Ok(Self { address, root })
    }
}

fn answer(tsa: &DemonstrationTsa, serial: u64, request: &[u8]) -> Response {
    let answered = crate::now().ok().and_then(|now| tsa.respond(request, serial, now).ok());
    match answered {
        Some(token) => ([(CONTENT_TYPE, "application/timestamp-reply")], token).into_response(),
        None => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
