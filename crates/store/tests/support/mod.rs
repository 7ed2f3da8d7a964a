//! A fresh store on either database, and small things to put into it.

pub mod postgres;

use store::acts::NewAct;
use store::leaves::NewLeaf;
use store::outbox::Outgoing;
use store::{Location, Options, ReadTx, Store, StoreError, WriteTx};
use terms::{ActId, AuthorityId, Digest, DocketId, Moment, Salt};

/// A place for a database that nobody else uses.
pub struct Place {
    /// The address.
    pub location: Location,
    address: String,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    /// A file in a folder of its own.
    pub fn on_sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = folder.path().join("node.db").display().to_string();
        Self { location: address.parse().expect("a path"), address, _folder: Some(folder) }
    }

    /// A schema of its own.
    pub fn on_postgres() -> Self {
        let address = postgres::server().fresh();
        Self { location: address.parse().expect("an address"), address, _folder: None }
    }

    /// Opens the store.
    pub fn open(&self) -> Store {
        self.open_with(Options::default())
    }

    /// Opens the store with other bounds.
    pub fn open_with(&self, options: Options) -> Store {
        Store::open(&self.location, options).expect("the store opens")
    }

    /// Runs statements behind the store's back.
    pub fn raw(&self, sql: &str) {
        if let Some(path) = self.location.path() {
            rusqlite::Connection::open(path).expect("opens").execute_batch(sql).expect("runs");
        } else {
            self.client().batch_execute(sql).expect("runs");
        }
    }

    /// Another client of the same PostgreSQL schema.
    pub fn client(&self) -> ::postgres::Client {
        ::postgres::Client::connect(&self.address, ::postgres::NoTls).expect("the server answers")
    }
}

/// Writes and insists that it is kept.
pub fn write<T: Send + 'static>(
    store: &Store,
    work: impl FnOnce(&mut WriteTx<'_>) -> Result<T, StoreError> + Send + 'static,
) -> T {
    store.write(work).expect("the write is kept")
}

/// Reads and insists on an answer.
pub fn read<T>(store: &Store, work: impl FnOnce(&mut ReadTx<'_>) -> Result<T, StoreError>) -> T {
    store.read(work).expect("the store can be read")
}

/// Ends a job with an error, so that nothing of it is kept.
pub fn code<T>(outcome: Result<T, StoreError>) -> &'static str {
    outcome.map_or_else(|error| error.code(), |_| "kept")
}

pub fn at(seconds: i64) -> Moment {
    Moment::from_unix(1_795_000_000 + seconds).expect("in range")
}

pub fn authority(text: &str) -> AuthorityId {
    text.parse().expect("well formed")
}

pub fn digest(text: &str) -> Digest {
    Digest::of(&[text.as_bytes()])
}

pub fn docket(text: &str) -> DocketId {
    DocketId::new(*digest(text).as_bytes())
}

/// An act whose header is `text`.
pub fn act(docket: DocketId, author: &str, text: &str, parents: &[ActId]) -> NewAct {
    NewAct {
        id: ActId::of_header(text.as_bytes()),
        docket,
        author: authority(author),
        kind: "say".to_owned(),
        lamport: 1,
        header: text.as_bytes().to_vec(),
        signature: format!("signed {text}").into_bytes(),
        salt: Some(Salt::new([7; 16])),
        body: Some(format!("body of {text}").into_bytes()),
        parents: parents.to_vec(),
        received_at: at(0),
    }
}

pub fn leaf(act: &NewAct) -> NewLeaf {
    NewLeaf {
        kind: "act".to_owned(),
        id: Digest::new(*act.id.as_bytes()),
        signature_hash: Digest::of(&[&act.signature]),
        salt: Salt::new([9; 16]),
    }
}

pub fn outgoing(recipient: &str, act: &NewAct) -> Outgoing {
    Outgoing {
        recipient: authority(recipient),
        kind: "act".to_owned(),
        item: act.id.as_bytes().to_vec(),
        payload: None,
        bytes: act.header.len() as u64,
        until_receipt: true,
        created_at: at(0),
    }
}

/// Opens a docket and records acts in it, each the child of the one before, for `ma.moj`.
pub fn record_line(tx: &mut WriteTx<'_>, docket: DocketId, texts: &[&str]) -> Result<Vec<NewAct>, StoreError> {
    store::dockets::open(tx, &docket, "consultation/1", at(0), "new")?;
    let mut acts: Vec<NewAct> = Vec::new();
    for text in texts {
        let parents: Vec<ActId> = acts.last().map(|act| act.id).into_iter().collect();
        let act = act(docket, "es.moj", text, &parents);
        store::record(tx, &act, &leaf(&act), &[outgoing("ma.moj", &act)])?;
        acts.push(act);
    }
    Ok(acts)
}
