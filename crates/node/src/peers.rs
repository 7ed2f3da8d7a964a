//! Peers: entered by one person, approved by another who has compared the root's fingerprint over a second channel.
//!
//! Until then nothing is exchanged. A suspension works at once and alone; only a new approval leads back from a new root. A newer card under
//! an approved root takes the place of the older one by itself if it may succeed it (`docs/spec/card.md`); what it changes is entered in
//! the audit trail and the ledger.

use seal::card::SignedCard;
use seal::{Card, Fingerprint, Succession};
use serde::Serialize;
use store::leaves::{self, NewLeaf};
use store::peers::{self, PeerRow, PeerStatus};
use store::{ReadTx, outbox};
use terms::{AuthorityId, Digest, Moment};

use crate::actor::{Action, Actor};
use crate::alarms::Found;
use crate::node::{Node, Work};
use crate::trust::{Trust, fingerprint};
use crate::{Trouble, world};

/// A peer as it is shown.
#[derive(Debug, Clone, Serialize)]
pub struct Peer {
    /// Which authority.
    pub authority: AuthorityId,
    /// How it stands: `proposed`, `approved`, `suspended`, `revoked`.
    pub status: String,
    /// The fingerprint of its root, in groups for reading aloud.
    pub fingerprint: String,
    /// Its names by language.
    pub names: std::collections::BTreeMap<String, String>,
    /// The edition of its card.
    pub edition: u64,
    /// Where its node is reached.
    pub endpoints: Vec<String>,
    /// Who entered it.
    pub proposed_by: String,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When any of this changed.
    pub changed_at: Moment,
}

/// A change of how a peer stands that needs no second person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing is exchanged until it is lifted.
    Suspend,
    /// The suspension is lifted.
    Lift,
    /// It is over.
    Revoke,
}

impl Node {
    /// This authority's own card, as a file to give to others, and its root's fingerprint.
    pub fn own_card(&self) -> (Vec<u8>, String) {
        let hands = self.0.hands();
        (hands.card.signed().to_file(), hands.card.root().certificate().fingerprint().for_reading_aloud())
    }
    /// This authority's own card file.
    pub fn card_file(&self) -> Vec<u8> {
        self.0.hands().card.signed().to_file()
    }

    /// Enters a peer from its card file. A second person approves it after comparing the fingerprint.
    pub fn propose_peer(&self, actor: &Actor, file: &[u8]) -> Result<Peer, Trouble> {
        actor.may(Action::ManagePeers)?;
        let signed = SignedCard::parse(file).map_err(unreadable)?;
        let claimed = signed.claim().map_err(unreadable)?;
        let (by, authority) = (actor.person.clone(), claimed.statement().authority.clone());
        if authority == self.0.me {
            return Trouble::refuse("node.own-card", "This is our own card.", "Enter the card of another authority.");
        }
        let digest = *claimed.root_fingerprint().digest();
        self.0.write(move |work| {
            peers::propose(work.tx, &authority, &digest, &signed.to_file(), &signed.signature, &by, work.now)?;
            Trust::changes(work.tx)?;
            work.audit(&by, "peers", &format!("entered the peer {authority}"), None)?;
            peer(work.tx, &authority)
        })
    }

    /// Approves a peer: `typed` is the fingerprint that the other side read aloud.
    pub fn approve_peer(&self, actor: &Actor, authority: &AuthorityId, typed: &str) -> Result<Peer, Trouble> {
        actor.may(Action::ManagePeers)?;
        let typed = Fingerprint::as_typed(typed).map_err(|why| {
            terms::Refusal::new("node.fingerprint", format!("This is no fingerprint: {why}."), "Type all 64 digits.")
        })?;
        let (by, authority) = (actor.person.clone(), authority.clone());
        self.0
            .write(move |work| {
                let row = peers::get(work.tx, &authority)?.ok_or_else(|| Trouble::not_here("peer"))?;
                if row.fingerprint != *typed.digest() {
                    let remedy = "Do not approve it. Ask for the card and the fingerprint again, over two channels.";
                    return Trouble::refuse(
                        "node.fingerprint",
                        "The card was signed under another root than this one.",
                        remedy,
                    );
                }
                if row.proposed_by == by {
                    let remedy = "Ask a colleague to compare the fingerprint and approve.";
                    return Trouble::refuse("node.same-person", "You entered this peer yourself.", remedy);
                }
                if !peers::approve(work.tx, &authority, typed.digest(), &by, work.now)? {
                    return Trouble::refuse(
                        "node.peer-step",
                        "This peer does not wait for an approval.",
                        "Look at its state.",
                    );
                }
                work.peer_changed(&authority, &by, "approved the peer")?;
                outbox::hurry(work.tx, &authority, work.now)?;
                work.sequence()?;
                peer(work.tx, &authority)
            })
            .and_then(|changed| self.0.believe().map(|()| changed))
            .inspect(|changed| self.ask_for_card(changed))
    }

    /// Suspends a peer, lifts the suspension, or revokes the peer.
    pub fn step_peer(
        &self,
        actor: &Actor,
        authority: &AuthorityId,
        step: Step,
        purpose: &str,
    ) -> Result<Peer, Trouble> {
        actor.may(Action::ManagePeers)?;
        let (by, authority, purpose) = (actor.person.clone(), authority.clone(), purpose.to_owned());
        self.0
            .write(move |work| {
                peers::get(work.tx, &authority)?.ok_or_else(|| Trouble::not_here("peer"))?;
                let (status, what) = match step {
                    Step::Suspend => (PeerStatus::Suspended, "suspended the peer"),
                    Step::Lift => (PeerStatus::Approved, "lifted the suspension of the peer"),
                    Step::Revoke => (PeerStatus::Revoked, "revoked the peer"),
                };
                if !peers::set_status(work.tx, &authority, status, work.now)? {
                    return Trouble::refuse(
                        "node.peer-step",
                        "The peer does not stand where this is possible.",
                        "Look at its state.",
                    );
                }
                work.peer_changed(&authority, &by, &format!("{what}: {purpose}"))?;
                outbox::hurry(work.tx, &authority, work.now)?;
                work.sequence()?;
                peer(work.tx, &authority)
            })
            .and_then(|changed| self.0.believe().map(|()| changed))
            .inspect(|changed| self.ask_for_card(changed))
    }

    /// The card in hand may be old: whoever is a peer from now on is asked for the present one at once.
    fn ask_for_card(&self, peer: &Peer) {
        if peer.status == PeerStatus::Approved.as_str() {
            self.0.newer_cards.want(&peer.authority, self.now());
            self.0.bell.notify_one();
        }
    }

    /// The peers whose cards are to be asked for now, since newer ones may be there; each is given out once.
    pub fn cards_wanted(&self) -> Vec<AuthorityId> {
        self.0.newer_cards.wanted()
    }
    /// A peer's card was asked for, and put in force if it came and may be.
    pub fn card_fetched(&self, of: &AuthorityId) {
        self.0.newer_cards.ended(of);
    }

    /// The peers, by name.
    pub fn peers(
        &self,
        actor: &Actor,
        after: Option<&AuthorityId>,
        limit: usize,
    ) -> Result<(Vec<Peer>, Option<AuthorityId>), Trouble> {
        actor.may(Action::ReadDockets)?;
        self.0.read(|tx| {
            let page = peers::list(tx, after, limit)?;
            let rows: Result<Vec<Peer>, Trouble> = page.rows.into_iter().map(shown).collect();
            Ok((rows?, page.next))
        })
    }

    /// A newer card that a peer shows: put in force if it may succeed the one held; says whether it did.
    pub fn renew_peer(&self, authority: &AuthorityId, file: &[u8]) -> Result<bool, Trouble> {
        let next = SignedCard::parse(file)?;
        let authority = authority.clone();
        self.0
            .write(move |work| {
                let Some(row) = peers::get(work.tx, &authority)? else { return Ok(false) };
                if row.card == next.to_file() || row.status != PeerStatus::Approved {
                    return Ok(false);
                }
                let held = SignedCard::parse(&row.card)?.verify(&fingerprint(&row.fingerprint)?)?;
                let succession = held.succeeded_by(&next)?;
                if let Succession::Accepted(card) = &succession
                    && card.statement().ledger.generation > held.statement().ledger.generation
                {
                    work.new_generation(&held, card)?;
                }
                let Succession::Accepted(_) = succession else {
                    // A new root: two persons compare its fingerprint first.
                    work.audit("node", "peers", &format!("{authority} shows a card under a new root"), None)?;
                    return Ok(false);
                };
                peers::renew_card(work.tx, &authority, &row.fingerprint, &next.to_file(), &next.signature, work.now)?;
                work.peer_changed(&authority, "node", "put a newer card in force of")?;
                work.sequence()?;
                Ok(true)
            })
            .and_then(|renewed| self.0.believe().map(|()| renewed))
    }
}

impl Work<'_, '_> {
    /// A peer says that it lost its log and began another: perhaps a restore, perhaps a way to be rid of the old one. A person asks.
    fn new_generation(&mut self, held: &Card, next: &Card) -> Result<(), Trouble> {
        let whose = held.authority();
        self.alarm(Found {
            kind: "new-log",
            authority: whose.clone(),
            docket: None,
            sentence: format!(
                "{whose} began generation {} of its log in edition {} of its card. Ask it, over a second channel, what happened to the former log; what it receipted before still binds it.",
                next.statement().ledger.generation,
                next.edition()
            ),
            evidence: next.signed().to_file(),
        })
    }
    /// Notes that something about a peer changed: for the other processes, for the auditor, and in the ledger.
    fn peer_changed(&mut self, authority: &AuthorityId, by: &str, what: &str) -> Result<(), Trouble> {
        Trust::changes(self.tx)?;
        self.audit(by, "peers", &format!("{what} {authority}"), None)?;
        let Some(row) = peers::get(self.tx, authority)? else { return Ok(()) };
        let leaf = NewLeaf {
            kind: "card".to_owned(),
            id: Digest::of(&[b"comity.peer/1\n", row.status.as_str().as_bytes(), b"\n", &row.card]),
            signature_hash: Digest::of(&[&row.card_signature]),
            salt: world::salt(&*self.inner.world),
        };
        leaves::queue(self.tx, &leaf)?;
        Ok(())
    }
}

fn unreadable(flaw: seal::Flaw) -> Trouble {
    let sentence = format!("The card cannot be used: {flaw}.");
    terms::Refusal::new("node.card", sentence, "Ask the other authority for its card again.").into()
}

fn peer(tx: &mut ReadTx<'_>, authority: &AuthorityId) -> Result<Peer, Trouble> {
    shown(peers::get(tx, authority)?.ok_or_else(|| Trouble::not_here("peer"))?)
}

fn shown(row: PeerRow) -> Result<Peer, Trouble> {
    let claimed = SignedCard::parse(&row.card)?.claim()?;
    let statement = claimed.statement();
    Ok(Peer {
        authority: row.authority,
        status: row.status.as_str().to_owned(),
        fingerprint: fingerprint(&row.fingerprint)?.for_reading_aloud(),
        names: statement.names.clone(),
        edition: statement.edition,
        endpoints: statement.endpoints.clone(),
        proposed_by: row.proposed_by,
        approved_by: row.approved_by,
        changed_at: row.changed_at,
    })
}
