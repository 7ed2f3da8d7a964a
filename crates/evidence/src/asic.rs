//! The container in which a court gets evidence: ASiC-E with CAdES (EN 319 162-1), written and read in one form.
//!
//! ```text
//! members, each measured ─▶ Plan ─manifest()─▶ signed by somebody ─▶ Plan::write (a stream, once)
//! container, anywhere ─▶ Container::open (every header compared) ─▶ member(name) ─▶ bytes, checked to the last
//! ```
//!
//! A ZIP of stored members: `mimetype`, `META-INF/ASiCManifest.xml` with the SHA-256 of every other member, its detached signature, then the
//! members. Any `unzip` opens it; EU DSS, OpenSSL and `sha256sum` check it. Sizes are known before writing, so there are no data descriptors,
//! and nothing is compressed, since evidence mostly is already: see decision 0016.
//!
//! INVARIANT: a container is determined by the list of its members. [`Container::open`] takes that list from its directory, writes every
//! header again and compares; so two names for one byte, gaps, overlaps, bombs, trailing data and second directories cannot be said in it.

pub(crate) mod container;
pub(crate) mod layout;
mod listing;
mod member;
pub(crate) mod plan;

pub use container::{Container, MemberReader};
pub use listing::Listing;
pub use member::{Checksum, Measure, Member, MemberName};
pub use plan::Plan;

/// Content of the member `mimetype`.
pub const MIMETYPE: &str = "application/vnd.etsi.asic-e+zip";
/// The member with the digests of all others.
pub const MANIFEST: &str = "META-INF/ASiCManifest.xml";
/// The member with the signature over [`MANIFEST`].
pub const SIGNATURE: &str = "META-INF/signature.p7s";
/// So many members may stand beside those three.
pub const MEMBERS_MAX: usize = 20_000;
