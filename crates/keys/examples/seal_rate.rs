//! What sealing and verifying cost a running node: `cargo run --release -p keys --example seal_rate`.

use std::time::Instant;

use keys::{SealKey, system_random};
use seal::cades::{self, Expected};
use seal::certificate::{Period, issue_root, issue_seal};
use seal::{Certified, P256Key, SigningKey as _};
use terms::{AuthorityId, Digest, Moment};

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn timed(what: &str, count: u32, mut once: impl FnMut()) {
    let start = Instant::now();
    (0..count).for_each(|_| once());
    let each = start.elapsed() / count;
    println!("{what:44} {each:>12.1?} each   {:>10.0}/s", 1.0 / each.as_secs_f64());
}

fn main() {
    let es: AuthorityId = "es.moj".parse().expect("a name");
    let at = |second: i64| Moment::from_unix(1_790_000_000 + second).expect("within range");
    let period = Period::new(at(-1000), at(1_000_000));
    let mut rng = system_random().expect("randomness");
    let root_key = P256Key::generate(&mut rng);
    let root = issue_root(&es, &root_key, period, &mut rng).expect("a root");
    let key = P256Key::generate(&mut rng);
    let seal = issue_seal(&root, &root_key, key.public_key(), period, &mut rng).expect("a seal");
    let fast = SealKey::from_pkcs8_der(&key.to_pkcs8_der().expect("PKCS#8")).expect("the same key");
    let signer = Certified::new(fast.clone(), seal.clone()).expect("they belong together");
    let header = [b'x'; 600];
    let digest = Digest::of(&[&header]);
    let value = fast.sign_digest(&digest).expect("signs");
    let signature = cades::sign(&header, &signer, at(0)).expect("seals");
    let seals = [seal];
    for _ in 0..2 {
        timed("sign a digest, RFC 6979 (root)", 2_000, || {
            let _ = key.sign_digest(&digest).expect("signs");
        });
        timed("sign a digest, AWS-LC (seal)", 2_000, || {
            let _ = fast.sign_digest(&digest).expect("signs");
        });
        timed("verify a value", 2_000, || key.public_key().verify(&digest, &value).expect("good"));
        timed("seal a header (CAdES-B), checked", 2_000, || drop(cades::sign(&header, &signer, at(0)).expect("seals")));
        timed("verify a seal (strict)", 2_000, || {
            drop(cades::verify(&header, &signature, &Expected::OneOf(&seals)).expect("good"))
        });
        timed("verify a seal, certificate read anew", 2_000, || {
            drop(
                cades::ReceivedSignature::parse(&signature).expect("in form").verify(&header, &Expected::OneOf(&seals)),
            )
        });
    }
}
