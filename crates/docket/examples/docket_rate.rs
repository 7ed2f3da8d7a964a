//! What one act costs: sealing its header, verifying the seal, admitting and folding it. `cargo xtask bench` runs this.

use std::convert::Infallible;
use std::time::Instant;

use docket::{Docket, Header, Opening, Party, Said, SignedAct, View};
use rand_core::{TryCryptoRng, TryRng};
use seal::cades::{self, Expected};
use seal::certificate::{Period, issue_root, issue_seal};
use seal::{Certified, P256Key, SigningKey as _};
use serde_json::{Map, json};
use terms::{AuthorityId, Canonical, Digest, Moment, Salt};

/// A hash chain: the figures must not depend on the system's randomness.
struct Chain(Digest);

impl TryRng for Chain {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.try_next_u64()? as u32)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(32) {
            self.0 = Digest::of(&[self.0.as_bytes()]);
            chunk.copy_from_slice(&self.0.as_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}
impl TryCryptoRng for Chain {}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn timed(what: &str, count: u32, mut once: impl FnMut(u32)) {
    let start = Instant::now();
    (0..count).for_each(&mut once);
    let each = start.elapsed() / count;
    println!("{what:44} {each:>12.1?} each   {:>10.0}/s", 1.0 / each.as_secs_f64());
}

fn at(second: i64) -> Moment {
    Moment::from_unix(1_790_000_000 + second).expect("within range")
}

fn unsealed(_: &AuthorityId, _: Moment, _: &[u8], _: &[u8]) -> Result<Digest, String> {
    Ok(Digest::of(&[]))
}

fn admitted(header: Header) -> docket::AuthenticAct {
    let header = Canonical::new(header).expect("canonical").bytes().to_vec();
    SignedAct { header, signature: vec![], body: None }.authenticate(&unsealed).expect("in form")
}

fn main() {
    let (es, ma): (AuthorityId, AuthorityId) = ("es.moj".parse().expect("a name"), "ma.moj".parse().expect("a name"));
    let party = |authority: &AuthorityId, role: &str| Party { authority: authority.clone(), role: role.to_owned() };
    let facts = json!({"measures": [{"id": "m1", "kind": "bank-records"}]}).as_object().cloned().expect("an object");
    let opening = Header {
        v: "comity.act/1".to_owned(),
        docket: None,
        open: Some(Opening {
            procedure: "assistance/1".to_owned(),
            parties: vec![party(&es, "requesting"), party(&ma, "requested")],
            nonce: Salt::new([1; 16]),
        }),
        kind: "submit".to_owned(),
        author: es.clone(),
        previous: None,
        parents: vec![],
        lamport: 1,
        time: at(0),
        body: None,
        introduces: vec![],
        facts,
    };
    let mut rng = Chain(Digest::of(&[b"bench"]));
    let period = Period::new(at(-1000), at(1_000_000));
    let root_key = P256Key::generate(&mut rng);
    let root = issue_root(&es, &root_key, period, &mut rng).expect("a root");
    let key = P256Key::generate(&mut rng);
    let seal = issue_seal(&root, &root_key, key.public_key(), period, &mut rng).expect("a seal");
    let signer = Certified::new(key, seal.clone()).expect("they belong together");
    let bytes = Canonical::new(opening.clone()).expect("canonical").bytes().to_vec();
    let signature = cades::sign(&bytes, &signer, at(0)).expect("sealed");
    println!("header {} bytes, signature {} bytes", bytes.len(), signature.len());
    timed("seal a header (CAdES-B, P-256)", 2_000, |_| drop(cades::sign(&bytes, &signer, at(0)).expect("sealed")));
    let seals = [seal];
    timed("verify the seal (strict)", 1_000, |_| {
        drop(cades::verify(&bytes, &signature, &Expected::OneOf(&seals)).expect("good"))
    });

    let mut docket = Docket::open(admitted(opening)).expect("opens");
    timed("frame, check, admit and judge one act", 10_000, |n| {
        let (author, kind) = if n % 2 == 0 { (&ma, "progress") } else { (&es, "supplement") };
        let said = Said { kind: kind.to_owned(), facts: Map::new(), ..Said::default() };
        docket.admit(admitted(docket.frame(author, said, at(n.into())))).expect("admitted");
    });
    timed("view of that docket of 10,001 acts", 20, |_| drop(View::of(&docket)));
}
