//! Who is bound when. For one State: from its first day to its last. A row without a first day counts in force from
//! the day of the source that shows it, and unknown before; never before the instrument itself was in force.
//! For a pair: the later of the two first days, not after the earlier last day, and only across the two sides where
//! an agreement has sides. A duty that binds the State that is asked alone needs no second party.

use serde::Serialize;
use terms::{Date, State};

use crate::base::Base;
use crate::csv::{Party, Status};
use crate::data::{Between, Certainty, Instrument, RelationKind, Roster};

/// Whether an instrument is in force on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "status")]
pub enum Force {
    /// In force.
    In {
        /// Since when, if the first day is held.
        since: Option<Date>,
        /// Only applied provisionally.
        provisional: bool,
    },
    /// Not known.
    Unknown,
    /// Not yet.
    NotYet {
        /// From when, if held.
        from: Option<Date>,
    },
    /// No longer.
    NoLonger {
        /// The last day.
        until: Date,
    },
    /// Signed only, as far as the source shows.
    SignedOnly,
}

/// The status of an instrument between two States on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairForce {
    /// Whether in force.
    pub force: Force,
    /// How sure.
    pub certainty: Certainty,
    /// Why, in words: which State, which day.
    pub why: String,
}

/// The status of an instrument for one State on a day.
pub fn for_state(base: &Base, instrument: &Instrument, party: &Party, on: Date) -> Force {
    match party.status {
        Status::Signatory => return signed(base, instrument, party, on),
        Status::Unknown => return not_yet(instrument, None, on).unwrap_or(Force::Unknown),
        Status::Party => {}
    }
    if let Some(until) = party.until.filter(|until| *until < on) {
        return Force::NoLonger { until };
    }
    if let Some(since) = party.provisional.filter(|p| *p <= on && party.from.is_none_or(|from| on < from)) {
        return Force::In { since: Some(since), provisional: true };
    }
    if let Some(not_yet) = not_yet(instrument, party.from, on) {
        return not_yet;
    }
    match party.from {
        Some(from) if from <= on => Force::In { since: Some(from), provisional: false },
        Some(from) => Force::NotYet { from: Some(from) },
        None if party.provisional.is_some_and(|first| on < first) => Force::NotYet { from: party.provisional },
        // on its last day it was still bound, whenever it began
        None if party.until == Some(on) => Force::In { since: None, provisional: false },
        None if party.succeeds && party.consented.is_some_and(|told| told <= on) => {
            Force::In { since: None, provisional: false }
        }
        None => match base.source(&party.source) {
            Some(source) if source.of <= on => Force::In { since: None, provisional: false },
            _ => Force::Unknown,
        },
    }
}

/// Whether the instrument itself was not adopted, or not in force, on that day: then it bound nobody, whatever a row says.
fn not_yet(instrument: &Instrument, own_first: Option<Date>, on: Date) -> Option<Force> {
    let adopted = instrument.adopted.is_none_or(|adopted| adopted <= on);
    match instrument.in_force.as_ref().map(|own| own.from) {
        Some(None) => Some(Force::NotYet { from: None }),
        Some(Some(first)) if on < first => {
            Some(Force::NotYet { from: Some(own_first.map_or(first, |own| own.max(first))) })
        }
        _ if !adopted => Some(Force::NotYet { from: own_first }),
        _ => None,
    }
}

/// A signature says nothing of what was ratified after the day of its source, once there is something to ratify into.
fn signed(base: &Base, instrument: &Instrument, party: &Party, on: Date) -> Force {
    let shown = base.source(&party.source).is_some_and(|source| on <= source.of);
    let not_yet = instrument.in_force.as_ref().is_some_and(|own| own.from.is_none_or(|first| on < first));
    if shown || not_yet { Force::SignedOnly } else { Force::Unknown }
}

/// The status of an instrument between two States on a day, the requesting one first; `None` if the base holds nothing of one of them.
pub fn for_pair(base: &Base, instrument: &Instrument, pair: [State; 2], on: Date) -> Option<PairForce> {
    if instrument.between == Between::Requested {
        let row = base.party(&instrument.id, pair[1])?;
        let force = for_state(base, instrument, row, on);
        let rows = [row, row];
        let why = why(base, instrument, &rows, [force, force], force, 0);
        return Some(PairForce { force, certainty: row.certainty, why });
    }
    let rows = match pair.map(|state| base.party(&instrument.id, state)) {
        [Some(one), Some(other)] => [one, other],
        rows if instrument.roster == Roster::Partial => return not_in_the_table(base, instrument, pair, rows, on),
        _ => return None,
    };
    if instrument.between == Between::Sides && rows[0].side == rows[1].side {
        return None;
    }
    let each = rows.map(|row| for_state(base, instrument, row, on));
    let own = instrument.in_force.as_ref().map_or(Certainty::Confirmed, |own| own.certainty);
    let certainty = rows[0].certainty.max(rows[1].certainty).max(own);
    let weakest = usize::from(weight(each[1]) > weight(each[0]));
    let force = match each {
        [Force::In { since: a, provisional: p }, Force::In { since: b, provisional: q }] => {
            // an unknown first day that the source covers leaves the pair's first day unknown
            let since = a.zip(b).map(|(a, b)| a.max(b));
            Force::In { since, provisional: p || q }
        }
        [Force::NotYet { from: a }, Force::NotYet { from: b }] => {
            Force::NotYet { from: a.zip(b).map(|(a, b)| a.max(b)) }
        }
        _ => each[weakest],
    };
    let mut why = why(base, instrument, &rows, each, force, weakest);
    if force == Force::Unknown
        && let Some(protocol) = protocol_between(base, instrument, pair, on)
    {
        why.push_str(&format!("; its protocol {protocol}, open to its parties only, binds both"));
    }
    Some(PairForce { force, certainty, why })
}

/// A protocol by which both are bound. Who is bound by it is bound by what it amends; that is told, and no day is made of it.
fn protocol_between<'b>(base: &'b Base, parent: &Instrument, pair: [State; 2], on: Date) -> Option<&'b str> {
    let protocol = base.protocols(&parent.id).find(|protocol| {
        pair.iter().all(|state| {
            base.party(&protocol.id, *state)
                .is_some_and(|row| matches!(for_state(base, protocol, row, on), Force::In { .. }))
        })
    })?;
    Some(&protocol.id)
}

/// A State that an incomplete table does not name may be a party, if the parent instrument binds both.
fn not_in_the_table(
    base: &Base,
    instrument: &Instrument,
    pair: [State; 2],
    rows: [Option<&Party>; 2],
    on: Date,
) -> Option<PairForce> {
    let adds = [RelationKind::Amends, RelationKind::Supplements];
    let parents = instrument.relations.iter().filter(|r| adds.contains(&r.kind));
    let bound = parents.filter_map(|r| base.instrument(r.instrument.as_deref()?)).any(|parent| {
        parent.id != instrument.id
            && for_pair(base, parent, pair, on).is_some_and(|p| matches!(p.force, Force::In { .. }))
    });
    let exists = instrument.in_force.as_ref().is_none_or(|own| own.from.is_some_and(|first| first <= on));
    if !bound || !exists || instrument.adopted.is_some_and(|adopted| on < adopted) {
        return None;
    }
    let known = rows.into_iter().flatten().map(|row| (row, for_state(base, instrument, row, on)));
    let barred = known.clone().find(|(_, force)| weight(*force) > weight(Force::Unknown));
    if let Some((row, force)) = barred {
        return Some(PairForce { force, certainty: row.certainty, why: format!("{} is not bound", row.state.name()) });
    }
    let missing: Vec<&str> =
        pair.iter().zip(rows).filter(|(_, row)| row.is_none()).map(|(state, _)| state.name()).collect();
    let why = format!("whether {} takes part is not held", missing.join(" or "));
    Some(PairForce { force: Force::Unknown, certainty: Certainty::Unconfirmed, why })
}

/// What hinders most decides.
fn weight(force: Force) -> u8 {
    match force {
        Force::In { .. } => 0,
        Force::Unknown => 1,
        Force::SignedOnly => 2,
        Force::NotYet { .. } => 3,
        Force::NoLonger { .. } => 4,
    }
}

fn why(base: &Base, own: &Instrument, rows: &[&Party; 2], each: [Force; 2], force: Force, weakest: usize) -> String {
    let bilateral = own.bilateral.is_some();
    let who = |at: usize| rows[at].state.name();
    let shown = |at: usize| base.source(&rows[at].source).map_or(String::new(), |s| format!(" (shown as of {})", s.of));
    let text = match force {
        Force::In { since: Some(day), provisional: true } => format!("applied provisionally since {day}"),
        Force::In { since: Some(day), .. } if own.between == Between::Requested => {
            format!("binds {} since {day}, whoever asks", who(0))
        }
        Force::In { since: Some(day), .. } => format!("in force between the two since {day}"),
        Force::In { since: None, .. } => {
            let undated = usize::from(!matches!(each[0], Force::In { since: None, .. }));
            format!("in force; the first day for {} is not held{}", who(undated), shown(undated))
        }
        Force::Unknown if rows[weakest].status == Status::Signatory => {
            format!("{} had signed; whether it ratified since is not held{}", who(weakest), shown(weakest))
        }
        Force::Unknown => format!("not known whether {} was bound on this day{}", who(weakest), shown(weakest)),
        Force::NotYet { from: Some(day) } if bilateral => format!("not in force before {day}"),
        Force::NotYet { from: Some(day) } => format!("{} is not bound before {day}", who(weakest)),
        Force::NotYet { from: None } => "not in force when last checked".to_owned(),
        Force::NoLonger { until } => format!("{} was bound until {until} only", who(weakest)),
        Force::SignedOnly => format!("{} has only signed, as far as the source shows", who(weakest)),
    };
    let mut notes: Vec<&str> = rows.iter().map(|row| row.note.as_str()).filter(|note| !note.is_empty()).collect();
    notes.dedup();
    if notes.is_empty() { text } else { format!("{text}; {}", notes.join("; ")) }
}
