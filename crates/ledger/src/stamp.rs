//! A time stamp beside the signatures of a checkpoint: a third party's word on by when it existed (RFC 3161).
//!
//! The token stands as a signature line of a type of its own, so that whoever does not know it passes over it, as C2SP *signed-note* has it:
//!
//! ```text
//! — time-stamp base64(key id ‖ token in DER)          key id of the type 0xff ‖ "comity.time-stamp/1", with no key
//! ```
//!
//! What is stamped is SHA-256 of the note's text: origin, size and root, and so every leaf below. Never here: whether a token is believed. Its
//! reader knows which authorities it trusts, and `seal` how tokens are read.

use terms::Digest;

use crate::key::{KeyId, KeyName};
use crate::note::{Note, NoteSignature};

/// The name on the line.
pub const NAME: &str = "time-stamp";
/// The type of the signature: 0xff says that a longer name follows.
const TYPE: u8 = 0xff;
const TYPE_NAME: &[u8] = b"comity.time-stamp/1";

/// What a time-stamping authority stamps of a checkpoint.
pub fn imprint(note: &Note) -> Digest {
    Digest::of(&[note.text().as_bytes()])
}

/// The line that a token is.
pub fn line(token: Vec<u8>) -> NoteSignature {
    let (name, id) = key();
    NoteSignature::claimed(name, id, token)
}

/// The tokens under a note, unchecked, in their order.
pub fn tokens(note: &Note) -> impl Iterator<Item = &[u8]> {
    let (name, id) = key();
    note.signatures().iter().filter(move |line| *line.name() == name && line.id() == id).map(NoteSignature::bytes)
}

fn key() -> (KeyName, KeyId) {
    let name: KeyName = NAME.parse().expect("INVARIANT: the name has no space and no plus sign");
    let id = KeyId::derive(&name, TYPE, TYPE_NAME);
    (name, id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SignedCheckpoint;

    const HEAD: &[u8] = b"es.moj/ledger/1\n7\nOUCgYHsdCyErmgDtzjm0ubMui3NukPp/KJB/LANbz5w=\n\n\xe2\x80\x94 es.moj/ledger/1 z72RYWhqsD56yQmOQeUeMsxbJ8J59QqZym4pEe+Ve/XDblG/bGQP9tyK8ftHbZJcb77OD+0H4fLbuhktln4XXZyVugw=\n";

    #[test]
    fn a_token_is_a_line_that_others_pass_over_and_is_about_the_text_alone() {
        let mut head = SignedCheckpoint::parse(HEAD).expect("a checkpoint");
        let bare = imprint(head.note());
        assert_eq!(bare, Digest::of(&[&HEAD[..HEAD.len() - 114]]), "origin, size and root, with their newlines");
        head.add_stamp(b"a token".to_vec()).expect("there is room");
        let text = head.to_string();
        assert!(text.ends_with("\u{2014} time-stamp 5Xi/imEgdG9rZW4=\n"), "{text}");
        let read = SignedCheckpoint::parse(text.as_bytes()).expect("still a checkpoint");
        assert_eq!(tokens(read.note()).collect::<Vec<_>>(), [b"a token"]);
        assert_eq!(imprint(read.note()), bare);
        let other = text.replace("time-stamp 5Xi/", "time-stamp 5Xi+");
        let other = SignedCheckpoint::parse(other.as_bytes()).expect("a line of somebody else");
        assert_eq!(tokens(other.note()).count(), 0);
    }
}
