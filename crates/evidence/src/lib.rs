//! Exhibits: evidence of any size, sealed once, with a manifest that one signs and a history that one can check.
//!
//! Kept here: the sealed form of an exhibit ([`cobblestone`]), sealing and opening in one pass and constant memory ([`exhibit`]),
//! the same for one that comes in by pieces ([`arrival`]), the list of exhibits in a transmission ([`manifest`]), who did what
//! with a thing ([`custody`]), a folder as one exhibit ([`set`]), what a court gets ([`court`], in a container of [`asic`]), and how anybody checks that ([`verify`]). Never here: a clock, a file, a socket, or randomness of its own; bytes come in and go out through
//! `Read`, `Write` and [`ReadAt`], and whoever calls decides where they lie. Threads hash beside encrypting: that is computation.
//!
//! ```text
//! Fresh ──exhibit::seal──▶ Sealed ──▶ Exhibit ──▶ Entry of a Manifest ──signed──▶ Authentic<Manifest>
//! ciphertext ──exhibit::open, or Arrival──▶ Verified ──Manifest::compare──▶ matches · does not match · cannot be checked
//! Dossier ──court::Export──▶ signed, stamped, written ──verify::container──▶ Report
//! CustodyEntry ──signed──▶ Authentic<CustodyEntry> … ──custody::check──▶ the same three answers
//! ```
//!
//! INVARIANT: a [`Sealed`] exists only if the whole exhibit was written, a [`Verified`] only if the whole of it was
//! authenticated and compared with its entry. Nothing else may be presented as an exhibit.
//!
//! Specifications: `docs/spec/exhibit.md`, `docs/spec/court-export.md`. Decisions: 0008 (Cobblestone-256, own code on `aws-lc-rs`),
//! 0016 (a court export is measured, then written), 0024 (a set is one exhibit).
//!
//! # From one authority to another
//!
//! ```
//! # use std::convert::Infallible;
//! # struct System;
//! # impl rand_core::TryRng for System {
//! #     type Error = Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Infallible> { let mut b = [0; 4]; self.try_fill_bytes(&mut b)?; Ok(u32::from_le_bytes(b)) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Infallible> { let mut b = [0; 8]; self.try_fill_bytes(&mut b)?; Ok(u64::from_le_bytes(b)) }
//! #     fn try_fill_bytes(&mut self, b: &mut [u8]) -> Result<(), Infallible> { aws_lc_rs::rand::fill(b).expect("random bytes"); Ok(()) }
//! # }
//! # impl rand_core::TryCryptoRng for System {}
//! # use std::collections::BTreeMap;
//! # use evidence::custody::{self, Details, Handling, Thing};
//! # use evidence::document::frame;
//! # use evidence::manifest::Presented;
//! # use evidence::*;
//! # use seal::certificate::{Period, issue_root, issue_seal};
//! # use seal::{Certified, Expected, P256Key, SigningKey as _, XWingKey, cades, unwrap_key, wrap_key};
//! # use terms::{AuthorityId, DocketId, Moment, Salt};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let mut rng = System;
//! # let now: Moment = "2026-06-01T12:00:00Z".parse()?;
//! # let period = Period::new("2026-01-01T00:00:00Z".parse()?, "2028-01-01T00:00:00Z".parse()?);
//! # let (es, ma): (AuthorityId, AuthorityId) = ("es.moj".parse()?, "ma.moj".parse()?);
//! # let root_key = P256Key::generate(&mut rng);
//! # let root = issue_root(&es, &root_key, period, &mut rng)?;
//! # let seal_key = P256Key::generate(&mut rng);
//! # let certificates_of_es = [issue_seal(&root, &root_key, seal_key.public_key(), period, &mut rng)?];
//! # let signer = Certified::new(seal_key, certificates_of_es[0].clone())?;
//! # let opener_of_ma = XWingKey::from_seed(&*XWingKey::draw_seed(&mut rng));
//! # let docket = DocketId::new([7; 32]);
//! # let statement = vec![b'7'; 100_000];
//! // Spain seals a bank statement in one pass: ciphertext into any `Write`, and the receipt for the whole.
//! let mut object = Vec::new();
//! let sealed = exhibit::seal(Fresh::draw(&mut rng), false, &mut &statement[..], &mut object, &mut unwatched)?;
//! assert_eq!((sealed.size(), sealed.sealed_size()), (100_000, object.len() as u64));
//!
//! // It lists the exhibit under conditions, signs the manifest, and wraps the key for Morocco.
//! let record = sealed.exhibit("application/pdf".parse()?, Some("statement of account 4711".to_owned()));
//! let entry = Entry::new(&record, vec!["speciality".parse()?], None);
//! let manifest = frame(Manifest::new(es.clone(), docket, now, vec![entry]))?;
//! let signature = cades::sign(manifest.bytes(), &signer, now)?;
//! let wrapped = wrap_key(sealed.id(), &ma, opener_of_ma.public(), sealed.key().expose(), &mut rng)?;
//!
//! // Morocco authenticates the manifest, opens the key, and fetches pieces in whatever order.
//! let claimed = Claimed::<Manifest>::parse(manifest.bytes(), &signature)?;
//! let listed = claimed.authenticate(&Expected::OneOf(&certificates_of_es))?;
//! let entry = &listed.document().exhibits[0];
//! let key = ContentKey::new(&*unwrap_key(&wrapped, &opener_of_ma)?);
//! let mut arrival = Arrival::begin(entry, &key)?;
//! let mut store = vec![0; usize::try_from(arrival.sealed_size())?];
//! store[..cobblestone::HEAD].copy_from_slice(&arrival.head().to_bytes());
//! let pieces: Vec<_> = arrival.missing(40_000).collect();
//! for piece in pieces.into_iter().rev() {
//!     let place = usize::try_from(piece.start)?..usize::try_from(piece.end)?;
//!     if arrival.land(piece.start, &object[place.clone()])? == Landed::New {
//!         store[place.clone()].copy_from_slice(&object[place]);
//!     }
//! }
//! let verified = arrival.finish(&store[..], &mut unwatched)?;
//! let held = BTreeMap::from([(entry.id, Presented::Verified(verified))]);
//! assert_eq!(listed.document().compare(&held).verdict(), Verdict::Matches);
//!
//! // Each handling is a signed entry that names the one before it; what is personal stands beside it.
//! let thing = Thing::Exhibit { id: entry.id, sha256: entry.digests.sha256 };
//! let details = frame(Details::new("Official 12", "Madrid", "copied from the bank's answer", "order 12/2026 of the court"))?;
//! let salt = Salt::new([5; 16]);
//! let acquired = Handling::Acquired { origin: None };
//! let acquired = frame(CustodyEntry::new(es, thing, acquired, now, None, Details::digest(&salt, details.bytes())))?;
//! let signature = cades::sign(acquired.bytes(), &signer, now)?;
//! let claimed = Claimed::<CustodyEntry>::parse(acquired.bytes(), &signature)?;
//! let first = claimed.authenticate(&Expected::OneOf(&certificates_of_es))?;
//! assert!(first.document().binds(&salt, &details));
//! assert_eq!(custody::check([(first.id(), first.document())], now).verdict(), Verdict::Matches);
//! # Ok(())
//! # }
//! ```

pub mod arrival;
pub mod asic;
mod bytes;
mod case;
pub mod cobblestone;
pub mod court;
pub mod custody;
pub mod digests;
pub mod document;
pub mod exhibit;
pub mod flaw;
pub mod manifest;
mod media;
mod pipeline;
mod quantity;
pub mod set;
mod verdict;
pub mod verify;

pub use arrival::{Arrival, Landed};
pub use bytes::{Digest512, ItemId};
pub use cobblestone::{ContentKey, Fresh, Head, Opener, ReadAt, Sealer, Unlocked};
pub use custody::CustodyEntry;
pub use digests::Digests;
pub use document::{Authentic, Authored, Claimed, Document};
pub use exhibit::{Exhibit, Sealed, Verified};
pub use flaw::{Failure, Flaw};
pub use manifest::{Entry, Manifest};
pub use media::{BEGINS, MediaType};
pub use quantity::{Quantity, Unit};
pub use verdict::Verdict;

/// Hears how many bytes of plaintext are done, after every batch; says whether to go on. `Break` ends the operation with
/// [`Failure::Cancelled`], and what was written so far is no exhibit.
pub type Progress<'a> = &'a mut dyn FnMut(u64) -> std::ops::ControlFlow<()>;

/// A [`Progress`] that nobody watches.
pub fn unwatched(_: u64) -> std::ops::ControlFlow<()> {
    std::ops::ControlFlow::Continue(())
}
