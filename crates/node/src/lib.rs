//! One authority's node: its use cases, each in a file of its own: load, decide, record, deliver; and who may.
//!
//! Every use case takes an [`Actor`] and says why; the rules of law and procedure are those of the rooms below, which are asked here. What is done is
//! durable when a use case returns. Never here: a rule of law or of a procedure, SQL, a page.
//!
//! ```text
//! Draft ─propose─▶ approved by others ─send─▶ act ─▶ T1: act, leaf, outbox ─▶ T2: place, checkpoint, receipts ─▶ carry ─▶ peer
//! peer ─▶ Desk ─▶ admit: open, authenticate, admit, owe a receipt ─▶ T2 ─▶ carry ─▶ receipt
//! ```
//!
//! Where next: [`node`] for the one way to write, `drafts` for what people do, `admit` for what arrives, `carry` for the errands, `arrival` for
//! evidence, `recover` for what a restored node does. Decisions: 0001, 0012, 0015.

mod actor;
mod admit;
mod alarms;
mod arrival;
mod audit;
mod backup;
mod carry;
mod consignment;
mod custody;
mod daily;
mod deliver;
mod depot;
mod desk;
mod destruction;
mod dockets;
mod drafts;
mod exhibits;
mod export;
mod group;
mod hands;
mod hold;
mod import;
mod items;
mod jobs;
mod landing;
mod law_base;
mod manifest_time;
mod monitor;
mod newer_cards;
mod node;
mod notice;
mod operate;
mod peers;
mod persons;
mod pouch;
mod pre_check;
mod proof_check;
mod proofs;
mod record;
mod recover;
mod request;
mod retention;
mod round;
mod sequence;
mod sets;
mod shelf;
mod statement;
mod summary;
mod time;
mod transmission;
mod trouble;
mod trust;
mod witness;
mod world;

pub use actor::{Action, Actor, Role};
pub use admit::Taken;
pub use alarms::Alarm;
pub use arrival::Wanted;
pub use audit::{Entry, Trail};
pub use carry::{Rhythm, carry};
pub use custody::{Chain, CustodyLine, Handled};
pub use deliver::Parcel;
pub use depot::Depot;
pub use destruction::Asked;
pub use dockets::{ActShown, BodyShown, DocketLine, DocketPage, Possible};
pub use drafts::{Draft, NewDocket, NewDraft, Sent};
pub use evidence::ItemId;
pub use exhibits::{Alike, ExhibitShown, NewExhibit};
pub use export::Wish;
pub use hands::Hands;
pub use hold::Hold;
pub use import::{AccountShown, Imported, NewImport};
pub use items::{Came, Done, ItemShown, NewItem, NewPart, Step as ItemStep};
pub use jobs::{Job, UnderWay};
pub use landing::Landing;
pub use law_base::{LawInUse, Publisher};
pub use manifest_time::Unstamped;
pub use monitor::PeerLog;
pub use node::Node;
pub use operate::{Outstanding, Quarantined, Standing};
pub use peers::{Peer, Step};
pub use persons::Person;
pub use pouch::{Landed, Packed, PouchRead, PouchWish};
pub use pre_check::PreCheck;
pub use proof_check::{NoPolicy, Proofs};
pub use recover::{Recovering, Told};
pub use request::{Checked, Known};
pub use retention::{Due, Keep, Reason};
pub use sets::FileShown;
pub use summary::{LastAct, MeasureLine, Summary};
pub use time::{LastStamp, TimeAuthorities, TimeStanding, Waiting};
pub use trouble::Trouble;
pub use world::{Machine, World};
